/* How runs of the model end, what is built on it works in it, and thousands of runs leave nothing behind. */
#include "model_run.h"

#include "base/mem.h"
#include "base/sync_more.h"

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
	has_str(result.why, "test_sync_model_runs.c:", "and where");
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
	pin();
	test_ends();
	test_more();
	test_many();
	return done_testing();
}
