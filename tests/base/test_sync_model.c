/* The model: what it lets happen, what it does not, and how time passes in it. */
#include "model_run.h"

static struct sync_cond cond;
static bool ready, came;
static unsigned woken;

/* ---- locks ---- */

static void two_holders(void *arg UNUSED)
{
	struct sync_thread a, b;

	sync_mutex_init(&lock, "door");
	start(&a, "first", hold, NULL);
	start(&b, "second", hold, NULL);
	sync_thread_join(&a);
	sync_thread_join(&b);
	sync_mutex_done(&lock);
}

static void test_locks(void)
{
	run(two_holders);
	is_int(result.verdict, MODEL_PASSED, "two threads and a lock: passes");
	is_int(result.threads, 3, "three threads took part");
	is_str(script.events,
	       " Astart first; Astart second; Block door; Bnote inside; Bunlock door; Bend; Ajoin first;"
	       " Clock door; Cnote inside; Cunlock door; Cend; Ajoin second; Aend;",
	       "every step is told");
	/* C is let in first, and B may not go on before it has released. */
	run_with(two_holders, 1);
	has_str(script.events, "Clock door; Cnote inside; Cunlock door;", "another order is another run");
	ok(script.seen[0].count == 2 && script.seen[0].options[0].thread == 1 && script.seen[0].options[1].thread == 2,
	   "the choice was between the two");
	ok(script.seen[0].kind == MODEL_SCHEDULE && !script.seen[0].current_can && script.seen[0].current == 0,
	   "main, which ran last, could not go on");
}

static void twice(void *arg UNUSED)
{
	sync_mutex_init(&lock, "door");
	sync_lock(&lock);
	sync_lock(&lock);
}

static void stranger(void *arg UNUSED)
{
	sync_mutex_init(&lock, "door");
	sync_unlock(&lock);
}

static void leave_locked(void *arg UNUSED)
{
	sync_mutex_init(&lock, "door");
	sync_lock(&lock);
}

static void destroy_held(void *arg UNUSED)
{
	sync_mutex_init(&lock, "door");
	sync_lock(&lock);
	sync_mutex_done(&lock);
}

static void test_misuse(void)
{
	run(twice);
	is_int(result.verdict, MODEL_DEADLOCK, "a lock taken twice: nobody can go on");
	is_int(result.thread[0].owner, 0, "main waits for main");
	is_int(result.thread[0].op, MODEL_LOCK, "for a lock");
	is_str(result.thread[0].object, "door", "of that name");
	ok(result.thread[0].at->line > result.thread[0].owner_at->line, "both lines are known");
	is_str(result.thread[0].at->func, "twice", "and the function");
	run(stranger);
	is_int(result.verdict, MODEL_MISUSE, "a release by somebody else");
	has_str(result.why, "does not hold it", "is told");
	run(leave_locked);
	is_int(result.verdict, MODEL_MISUSE, "an end with the lock held");
	run(destroy_held);
	is_int(result.verdict, MODEL_MISUSE, "a held lock destroyed");
}

static void test_deadlock(void)
{
	run(opposite);
	is_int(result.verdict, MODEL_PASSED, "opposite orders, one after the other: passes");
	run_with(opposite, 0, 1);
	is_int(result.verdict, MODEL_DEADLOCK, "and with an interruption: a deadlock");
	ok(result.thread[1].owner == 2 && result.thread[2].owner == 1, "each waits for the other");
	is_int(result.thread[1].held, 1, "and holds one");
	ok(!result.thread[0].ended && result.thread[0].op == MODEL_JOIN, "main waits for the first");
}

/* ---- conditions ---- */

static void sleeper(void *arg)
{
	unsigned bit = *(const unsigned *)arg;

	sync_lock(&lock);
	if (!ready)
		sync_wait(&cond, &lock);
	woken |= bit;
	sync_unlock(&lock);
}

static void wake_one_of_three(void *arg UNUSED)
{
	static const unsigned bits[] = {1, 2, 4};
	struct sync_thread t[3];

	ready = false;
	woken = 0;
	sync_mutex_init(&lock, "bed");
	sync_cond_init(&cond, "alarm");
	start(&t[0], "one", sleeper, (void *)(uintptr_t)&bits[0]);
	start(&t[1], "two", sleeper, (void *)(uintptr_t)&bits[1]);
	start(&t[2], "three", sleeper, (void *)(uintptr_t)&bits[2]);
	model_step(MODEL_NOTE, "night", "", NULL, NULL);
	sync_lock(&lock);
	sync_signal(&cond);
	sync_unlock(&lock);
	for (unsigned i = 0; i < 3; i++)
		sync_thread_join(&t[i]);
}

static void test_waiters(void)
{
	for (unsigned k = 0; k < 3; k++) {
		/* All three sleep, then main signals: 1, 2, 3 to bed, then main twice, then waiter k. */
		run_with(wake_one_of_three, 1, 1, 1, k);
		is_int(result.verdict, MODEL_DEADLOCK, "one signal, three waiters: two sleep on");
		is_int(woken, 1u << k, "waiter %u can be the one", k);
		ok(script.asked >= 4 && script.seen[3].kind == MODEL_WAITER && script.seen[3].count == 3,
		   "the choice is among all three");
	}
	run(wake_one_of_three);
	is_int(woken, 0, "a signal that comes too early wakes nobody");
	is_int(result.thread[1].op, MODEL_WAKE, "they wait to wake");
	is_int(result.thread[1].owner, -1, "for nobody in particular");
}

static bool in_time;

static void wait_a_second(void *arg UNUSED)
{
	int64_t begun = sync_now_ns();

	sync_mutex_init(&lock, "bed");
	sync_cond_init(&cond, "alarm");
	sync_lock(&lock);
	in_time = sync_wait_until(&cond, &lock, begun + 1000);
	if (!sync_held(&lock))
		model_fail("the lock is not held");
	sync_unlock(&lock);
	if (sync_now_ns() != begun + 1000)
		model_fail("the clock says %d", (int)(sync_now_ns() - begun));
}

static void late_sleeper(void *arg UNUSED)
{
	sync_lock(&lock);
	in_time = sync_wait_until(&cond, &lock, 1000);
	came = true;
	sync_unlock(&lock);
}

static void wait_or_not(void *arg UNUSED)
{
	struct sync_thread t;

	came = in_time = false;
	sync_mutex_init(&lock, "bed");
	sync_cond_init(&cond, "alarm");
	start(&t, "sleeper", late_sleeper, NULL);
	model_step(MODEL_NOTE, "evening", "", NULL, NULL);
	model_step(MODEL_NOTE, "morning", "", NULL, NULL);
	sync_lock(&lock);
	sync_broadcast(&cond);
	sync_unlock(&lock);
	sync_thread_join(&t);
}

static void test_time(void)
{
	run(wait_a_second);
	is_int(result.verdict, MODEL_PASSED, "where nobody else can go on time passes: %s", result.why);
	ok(!in_time, "the wait timed out");
	is_int(result.forced_timeouts, 1, "which is told");
	/* The sleeper lies down after main's first note; then main goes on. */
	limits.timeouts = 0;
	run_with(wait_or_not, 1, 1);
	ok(came && in_time, "without a budget a timeout waits for others");
	limits.timeouts = 1;
	/* The options are main, and the timeout. */
	run_with(wait_or_not, 1, 1);
	ok(script.seen[1].count == 2 && script.seen[1].options[1].how == MODEL_TIMEOUT, "with one it is an option");
	ok(came && !in_time, "which fires");
	has_str(script.events, "^Bwoken alarm;", "and is told");
	limits.timeouts = 0;
	limits.spurious = 1;
	run_with(wait_or_not, 1, 1);
	ok(script.seen[1].count == 2 && script.seen[1].options[1].how == MODEL_SPURIOUS, "so is a wake-up for no reason");
	ok(came && in_time, "which is no timeout");
	has_str(script.events, "~Bwoken alarm;", "and is told");
	limits.spurious = 0;
}

int main(void)
{
	pin();
	test_locks();
	test_misuse();
	test_deadlock();
	test_waiters();
	test_time();
	return done_testing();
}
