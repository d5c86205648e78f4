/* The model: what it lets happen, what it does not, how a run ends, and that nothing is left of it. */
#include "config.h"

#include "base/sync_model.h"

#include <sched.h>

#include "../support/tap.h"
#include "base/mem.h"
#include "base/sync_more.h"

#define MOST 256

/* A policy that takes the options of a script, and the first (the running thread, if it can go on) after its end. */
struct script {
	const unsigned *pick;
	unsigned count, at;
	struct model_point seen[MOST]; /* where it was asked */
	unsigned asked;
	char events[2048];             /* "A lock value;" … */
};

static struct script script;

static unsigned choose(void *arg, const struct model_point *p)
{
	struct script *s = arg;

	if (s->asked < MOST)
		s->seen[s->asked] = *p;
	s->asked++;
	if (s->at < s->count)
		return s->pick[s->at++];
	for (unsigned i = 0; p->kind == MODEL_SCHEDULE && i < p->count; i++) {
		if (p->options[i].thread == p->current && p->options[i].how == MODEL_RUN)
			return i;
	}
	return 0;
}

static void event(void *arg, const struct model_event *e)
{
	struct script *s = arg;
	static const char how[] = " ^~";
	size_t at = strlen(s->events);

	snprintf(s->events + at, sizeof(s->events) - at, "%c%c%s%s%s;", how[e->how], (char)('A' + e->thread),
		 model_op_name(e->op), *e->object ? " " : "", e->object);
}

static struct model_result result;
static struct model_limits limits = {.max_steps = 200};

static void run_picking(void (*body)(void *), const unsigned *pick, unsigned count)
{
	struct model_policy policy = {.choose = choose, .event = event, .arg = &script};

	script = (struct script){.pick = pick, .count = count};
	model_run(body, NULL, &policy, &limits, &result);
}

#define run(body) run_picking((body), NULL, 0)
#define run_with(body, ...)                                                                         \
	run_picking((body), (const unsigned[]){__VA_ARGS__}, ARRAY_LEN(((const unsigned[]){__VA_ARGS__})))

static struct sync_mutex lock, other;
static struct sync_cond cond;
static bool ready, came;
static unsigned woken;

static void start(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg)
{
	struct err why;

	if (sync_thread_start(t, name, fn, arg, &why) != 0)
		model_fail("%s", why.text);
}

/* ---- locks ---- */

static void hold(void *arg UNUSED)
{
	sync_lock(&lock);
	model_step(MODEL_NOTE, "inside", "", NULL, NULL);
	sync_unlock(&lock);
}

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

static void hold_both(void *arg)
{
	struct sync_mutex *first = arg ? &lock : &other, *second = arg ? &other : &lock;

	sync_lock(first);
	sync_lock(second);
	sync_unlock(second);
	sync_unlock(first);
}

static void opposite(void *arg UNUSED)
{
	struct sync_thread a, b;

	sync_mutex_init(&lock, "ledger");
	sync_mutex_init(&other, "journal");
	start(&a, "first", hold_both, &lock);
	start(&b, "second", hold_both, NULL);
	sync_thread_join(&a);
	sync_thread_join(&b);
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

/* ---- ends ---- */

static void check_fails(void *arg UNUSED)
{
	assert(limits.max_steps == 0);
}

static void exits(void *arg UNUSED)
{
	struct sync_thread t;

	sync_mutex_init(&lock, "door");
	start(&t, "worker", hold, NULL);
	model_exit();
}

static void spins(void *arg UNUSED)
{
	for (;;)
		model_step(MODEL_NOTE, "turns", "", NULL, NULL);
}

static void starts_many(void *arg UNUSED)
{
	struct sync_thread t[MODEL_THREADS];
	struct err why;

	sync_mutex_init(&lock, "door");
	for (unsigned i = 0; i < MODEL_THREADS; i++) {
		if (sync_thread_start(&t[i], "worker", hold, NULL, &why) != 0)
			model_fail("thread %u", i + 1);
	}
}

static void nothing(void *arg UNUSED)
{
}

static void silent_thread(void *arg UNUSED)
{
	struct sync_thread t;

	start(&t, "silent", nothing, NULL);
	sync_thread_join(&t);
}

static void test_ends(void)
{
	run(check_fails);
	is_int(result.verdict, MODEL_FAILED, "an assert is a finding");
	has_str(result.why, "max_steps == 0", "which says what");
	has_str(result.why, "test_sync_model.c:", "and where");
	run(exits);
	is_int(result.verdict, MODEL_PASSED, "the process may exit over others");
	ok(!result.thread[1].ended, "who have not ended");
	run(spins);
	is_int(result.verdict, MODEL_LONG, "a run without end is ended");
	is_int(result.steps, limits.max_steps, "after so many steps");
	run(starts_many);
	is_int(result.verdict, MODEL_FAILED, "there is a limit to threads");
	is_int(result.threads, MODEL_THREADS, "and all up to it were there");
	run(silent_thread);
	is_int(result.verdict, MODEL_PASSED, "a thread may do nothing at all");
}

/* ---- things made of locks and conditions ---- */

static struct sync_barrier barrier;
static struct sync_flag flag;
static struct sync_sem sem;
static unsigned fired;

static void meet(void *arg UNUSED)
{
	sync_barrier_wait(&barrier);
	sync_sem_wait(&sem);
	sync_sem_post(&sem);
	if (!sync_flag_wait_until(&flag, SYNC_FOREVER))
		model_fail("the flag is not set");
}

static void fire(void *arg UNUSED)
{
	fired++;
}

static void use_all(void *arg UNUSED)
{
	struct sync_timer timer;
	struct sync_thread t;
	struct err why;

	fired = 0;
	sync_barrier_init(&barrier, "start", 2);
	sync_sem_init(&sem, "permits", 1);
	sync_flag_init(&flag, "done");
	start(&t, "worker", meet, NULL);
	sync_barrier_wait(&barrier);
	if (sync_timer_init(&timer, "timer", fire, NULL, &why) != 0)
		model_fail("%s", why.text);
	sync_timer_set(&timer, sync_now_ns() + 5000);
	sync_sleep_until(sync_now_ns() + 10000);
	sync_timer_done(&timer);
	if (sync_flag_is_set(&flag))
		model_fail("the flag is set too early");
	sync_flag_set(&flag);
	sync_thread_join(&t);
	sync_flag_done(&flag);
	sync_sem_done(&sem);
	sync_barrier_done(&barrier);
}

static void test_more(void)
{
	limits.max_steps = 400;
	run(use_all);
	is_int(result.verdict, MODEL_PASSED, "barrier, semaphore, flag and timer work in the model: %s", result.why);
	is_int(fired, 1, "the timer fired while main slept");
	has_str(script.events, " Alock done; Aunlock done;", "a look at a flag is a step");
}

/* ---- again and again ---- */

static uint64_t dice = 1;

static unsigned throw(void *arg, const struct model_point *p)
{
	(void)arg;
	dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(dice >> 33) % p->count;
}

static void allocates(void *arg UNUSED)
{
	char *text = mem_alloc(1000);

	if (!text)
		model_fail("no memory");
	memset(text, 1, 1000);
	opposite(NULL);
}

static uint64_t summed;

static void sum_up(void *arg UNUSED, const struct model_event *e)
{
	summed = (summed ^ (e->thread * MODEL_OPS + (unsigned)e->op)) * UINT64_C(1099511628211);
}

/* Runs n times at random; the hash of all that happened. Deadlocked runs among them: their threads are sent home. */
static uint64_t many(unsigned n, unsigned *ret_deadlocks)
{
	struct model_policy policy = {.choose = throw, .event = sum_up};

	dice = 1;
	summed = UINT64_C(14695981039346656037);
	*ret_deadlocks = 0;
	for (unsigned i = 0; i < n; i++) {
		model_run(allocates, NULL, &policy, &limits, &result);
		*ret_deadlocks += result.verdict == MODEL_DEADLOCK;
	}
	return summed;
}

/* Threads of this process. */
static int threads_now(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	int n = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Threads: %d", &n) == 1)
			break;
	}
	if (f)
		fclose(f);
	return n;
}

static void test_many(void)
{
	unsigned first, second;
	int threads;
	uint64_t hash;

	hash = many(10000, &first);
	threads = threads_now();
	ok(many(10000, &second) == hash, "10,000 runs at random are the same a second time");
	is_int(first, second, "with the same number of deadlocks");
	ok(first > 1000 && first < 9000, "which is neither small nor all: %u", first);
	is_int(threads_now(), threads, "no thread is left behind");
	ok(!model_running(), "outside of runs, no run is on");
}

int main(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	test_locks();
	test_misuse();
	test_deadlock();
	test_waiters();
	test_time();
	test_ends();
	test_more();
	test_many();
	return done_testing();
}
