/* The pool, before a sink that fails on demand: order, retries, the deadline, and a start that fails half-way. */
#include "work/pool.h"

#include <dirent.h>

#include "base/mem.h"
#include "scene.h"

static struct scene s;

static bool drain(int64_t in_ns, int64_t grace_ns)
{
	queue_close(s.q);
	return pool_drain(s.pool, in_ns == SYNC_FOREVER ? in_ns : sync_now_ns() + in_ns, grace_ns);
}

static void test_order(unsigned workers)
{
	struct pool_status p;
	struct queue_status q;

	scene_begin(&s, 5);
	s.slow_ns = 100000;
	scene_offer(&s, 100);
	scene_start(&s, workers);
	for (unsigned i = 0; i < 100; i++) {
		scene_offer(&s, 7);
		if (i % 10 == 0)
			sync_sleep_until(sync_now_ns() + NS_PER_MS);
	}
	ok(drain(SYNC_FOREVER, 0), "%u workers: all leave", workers);
	pool_status(s.pool, &p);
	q = status_of(s.q);
	ok(scene_all_stored(&s, 800), "%u workers: all is stored, each message once and in order", workers);
	is_int(s.bad, 0, "%u workers: one at a time, in the order of the tickets", workers);
	is_int(s.settles, s.calls, "%u workers: each take is settled once", workers);
	ok(s.tends == s.calls && p.commits == s.calls, "%u workers: and tended to, and counted", workers);
	ok(p.workers == workers && p.busy == 0 && !p.retrying && !p.failed && p.retries == 0, "%u workers: at rest", workers);
	ok(p.last_commit_ns > 0 && p.last_commit_took_ns >= 0, "%u workers: the last commit is known", workers);
	ok(q.sums.stored == 800 && q.balanced && q.bytes == 0, "%u workers: the books balance", workers);
	is_int(s.finished, 1, "%u workers: the last one says so", workers);
	scene_end(&s);
}

/* The sink is tended when it wants to be, with nothing to store; a stop does not wait for that. */
static void test_errands(void)
{
	struct pool_status p;
	struct queue_status q;
	int64_t begun_ns;

	scene_begin(&s, 5);
	s.errands = 50;
	s.errand_ns = NS_PER_MS;
	scene_start(&s, 3);
	queue_errand(s.q, sync_now_ns());
	ok(scene_reaches(&s.tends, 51), "tended as often as it asked for, without a message");
	is_int(s.calls, 0, "and nothing was stored for it");
	s.errands = 1000000;
	s.errand_ns = 0;
	scene_offer(&s, 500);
	queue_errand(s.q, sync_now_ns());
	ok(scene_reaches(&s.calls, 20), "beside messages too");
	s.errand_ns = 3600 * NS_PER_S;
	begun_ns = sync_now_ns();
	ok(drain(SYNC_FOREVER, 0), "all leave");
	ok(sync_now_ns() < begun_ns + 10 * NS_PER_S, "without waiting for the next errand");
	pool_status(s.pool, &p);
	q = status_of(s.q);
	ok(scene_all_stored(&s, 500) && s.bad == 0, "all is stored, in order, one at a time");
	ok(p.commits == s.calls && s.tends > s.calls, "errands are no commits");
	ok(q.balanced && q.messages == 0, "the books balance");
	scene_end(&s);
}

static void test_retries(void)
{
	static const enum sink_result script[] = {SINK_BUSY, SINK_FULL,  SINK_IOERR, SINK_OK, SINK_IOERR,
						  SINK_OK,   SINK_BUSY,  SINK_BUSY,  SINK_OK, SINK_FULL};
	struct pool_status p;

	scene_begin(&s, 5);
	memcpy(s.script, script, sizeof(script));
	s.script_len = ARRAY_LEN(script);
	scene_offer(&s, 100);
	scene_start(&s, 3);
	ok(drain(SYNC_FOREVER, 0), "all leave");
	pool_status(s.pool, &p);
	is_int(s.bad, 0, "what failed is tried again, the same take, before any other");
	ok(scene_all_stored(&s, 100), "nothing is lost, nothing is stored twice");
	is_int(p.retries, 7, "every retry is counted");
	ok(!p.retrying && !p.failed && s.failures == 0, "and forgiven");
	is_int(s.tends, p.commits, "only a commit is tended to");
	scene_end(&s);
}

static void test_retrying_shows(void)
{
	struct pool_status p;

	scene_begin(&s, 5);
	s.then = SINK_FULL;
	scene_offer(&s, 10);
	scene_start(&s, 2);
	ok(scene_reaches(&s.calls, 3), "it goes on trying");
	pool_status(s.pool, &p);
	ok(p.retrying && p.retries >= 2 && p.commits == 0 && !p.failed, "the status says so");
	has_str(p.why.text, "store test: answer", "and why");
	ok(p.busy >= 1 && p.busy <= 2, "a worker is busy with it");
	s.then = SINK_OK;
	ok(drain(SYNC_FOREVER, 0), "when the disk is well again");
	pool_status(s.pool, &p);
	ok(scene_all_stored(&s, 10) && !p.retrying, "all is stored");
	scene_end(&s);
}

static void test_fatal(void)
{
	struct pool_status p;
	struct queue_status q;
	unsigned calls;

	scene_begin(&s, 5);
	s.script[0] = s.script[1] = SINK_OK;
	s.script[2] = SINK_FATAL;
	s.script_len = 3;
	scene_offer(&s, 100);
	scene_start(&s, 4);
	ok(scene_reaches(&s.failures, 1), "a store that can never work is told");
	has_str(s.why.text, "store test: answer", "with the reason");
	pool_status(s.pool, &p);
	ok(p.failed && !p.retrying, "the status does not pretend to be healthy");
	has_str(p.why.text, "store test: answer", "and knows why");
	calls = s.calls;
	scene_offer(&s, 20);
	ok(drain(SYNC_FOREVER, 5 * NS_PER_S), "all leave, without waiting for a deadline");
	q = status_of(s.q);
	is_int(calls, 3, "the store had been asked three times");
	is_int(s.calls, 3, "and was not asked again");
	is_int(s.failures, 1, "told once");
	is_int(s.bad, 0, "in order all the same");
	ok(scene_all_stored(&s, 10) && q.sums.stored == 10, "what was stored before stays stored");
	is_int(q.sums.lost[LOSS_SHUTDOWN], 110, "the rest is counted");
	ok(q.balanced && q.messages == 0, "the books balance");
	scene_end(&s);
}

static void test_deadline(void)
{
	struct queue_status q;
	struct pool_status p;
	int64_t begun;

	scene_begin(&s, 5);
	s.then = SINK_BUSY;
	scene_offer(&s, 50);
	scene_start(&s, 3);
	begun = sync_now_ns();
	ok(drain(150 * NS_PER_MS, 10 * NS_PER_S), "a store that stays busy: all leave");
	ok(sync_now_ns() - begun >= 150 * NS_PER_MS, "not before the deadline");
	ok(sync_now_ns() - begun < 5 * NS_PER_S, "but soon after");
	q = status_of(s.q);
	pool_status(s.pool, &p);
	is_int(q.sums.lost[LOSS_SHUTDOWN], 50, "everything is counted");
	ok(q.balanced && q.messages == 0 && q.bytes == 0 && s.stored_count == 0, "and the books balance");
	ok(s.abandoned_takes == s.settles && s.settles >= 1 && s.tends == 0, "each take was given up once");
	ok(!p.failed && !p.retrying, "that is no failure, and nothing is retried any more");
	is_int(s.bad, 0, "in order");
	is_int(s.finished, 1, "the last one says so");
	scene_end(&s);
}

static void test_hang(void)
{
	struct queue_status q;
	int64_t begun;

	scene_begin(&s, 5);
	s.hang = true;
	scene_offer(&s, 50);
	scene_start(&s, 2);
	ok(scene_reaches(&s.calls, 1), "a worker sits in the store");
	begun = sync_now_ns();
	ok(!drain(50 * NS_PER_MS, 100 * NS_PER_MS), "it does not come back");
	ok(sync_now_ns() - begun >= 150 * NS_PER_MS && sync_now_ns() - begun < 5 * NS_PER_S, "which is known in time");
	q = status_of(s.q);
	ok(q.in_flight >= 5 && q.queued == 0 && q.balanced, "what it holds is in flight still");
	is_int(q.sums.lost[LOSS_SHUTDOWN] + q.in_flight, 50, "the rest is counted");
	s.hang = false;
	sync_flag_set(&s.release);
	ok(pool_drain(s.pool, sync_now_ns() + 10 * NS_PER_S, NS_PER_S), "if it comes back after all, it can be waited for");
	q = status_of(s.q);
	ok(q.balanced && q.messages == 0 && s.stored_count == q.sums.stored && q.sums.stored >= 5, "what it stored is stored");
	scene_end(&s);
}

static void give_up_soon(void *arg)
{
	(void)arg;
	sync_sleep_until(sync_now_ns() + 50 * NS_PER_MS);
	pool_give_up(s.pool);
}

static void test_give_up(void)
{
	struct sync_thread t;
	struct err why;
	int64_t begun;

	scene_begin(&s, 5);
	s.then = SINK_IOERR;
	scene_offer(&s, 50);
	scene_start(&s, 3);
	begun = sync_now_ns();
	if (sync_thread_start(&t, "hurry", give_up_soon, NULL, &why) != 0)
		abort();
	ok(drain(SYNC_FOREVER, 10 * NS_PER_S), "given up: all leave");
	ok(sync_now_ns() - begun < 5 * NS_PER_S, "at once");
	sync_thread_join(&t);
	is_int(status_of(s.q).sums.lost[LOSS_SHUTDOWN], 50, "everything is counted");
	ok(status_of(s.q).balanced, "the books balance");
	scene_end(&s);
}

/* The same with a worker that sits in the store: the wait ends, the worker does not. */
static void test_give_up_hanging(void)
{
	struct sync_thread t;
	struct err why;
	int64_t begun;

	scene_begin(&s, 5);
	s.hang = true;
	scene_offer(&s, 50);
	scene_start(&s, 1);
	ok(scene_reaches(&s.calls, 1), "a worker sits in the store");
	begun = sync_now_ns();
	if (sync_thread_start(&t, "hurry", give_up_soon, NULL, &why) != 0)
		abort();
	ok(!drain(SYNC_FOREVER, 50 * NS_PER_MS), "given up: it is not waited for");
	ok(sync_now_ns() - begun < 5 * NS_PER_S, "any longer");
	sync_thread_join(&t);
	ok(status_of(s.q).sums.lost[LOSS_SHUTDOWN] == 45 && status_of(s.q).balanced, "what it does not hold is counted");
	s.hang = false;
	sync_flag_set(&s.release);
	ok(pool_drain(s.pool, SYNC_FOREVER, 10 * NS_PER_S), "it comes back");
	scene_end(&s);
}

static void test_refused(void)
{
	struct queue_status q;

	scene_begin(&s, 7);
	s.refuse = true;
	scene_offer(&s, 100);
	scene_start(&s, 3);
	gate_refuse(&s.gate, LOSS_DENIED, 0, 0, 1);
	ok(drain(SYNC_FOREVER, 0), "all leave");
	q = status_of(s.q);
	ok(q.sums.stored == 90 && s.stored_count == 90, "what the database takes is stored");
	is_int(q.sums.lost[LOSS_STORE], 10, "what it refuses is lost as store");
	is_int(q.sums.lost_bytes[LOSS_STORE], 10 * LEN, "with its bytes");
	ok(q.balanced, "the books balance");
	scene_end(&s);
}

/* ---- starting ---- */

static unsigned threads_now(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	for (const struct dirent *e; dir && (e = readdir(dir));)
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static long fail_at, allocations;
static int64_t slow_ns;
static _Atomic unsigned early;

/* Only what the thread that starts the pool asks for is counted, and slowed down. */
static bool may_have_it(void)
{
	if (strcmp(sync_thread_name(), "main") != 0)
		return true;
	if (slow_ns)
		sync_sleep_until(sync_now_ns() + slow_ns);
	return ++allocations != fail_at;
}

static void *hook_alloc(size_t size)
{
	return may_have_it() ? malloc(size) : NULL;
}

static const struct mem_hooks hooks = {hook_alloc, realloc, free};

static enum sink_result store_when_all_are_there(void *self, struct take *t, struct err *reterr)
{
	early += threads_now() < 9;
	return scene_store(self, t, reterr);
}

static void test_start_together(void)
{
	static const struct sink_ops ops = {store_when_all_are_there, NULL};
	struct pool_opts opts;
	struct err why;

	scene_begin(&s, 5);
	scene_offer(&s, 100);
	opts = scene_opts(&s, 8);
	opts.sink.ops = &ops;
	opts.settled = NULL;
	opts.finished = NULL;
	mem_hook(&hooks);
	fail_at = -1;
	slow_ns = 5 * NS_PER_MS;
	s.pool = pool_start(&opts, &why);
	slow_ns = 0;
	if (!s.pool)
		abort();
	/* No worker leaves before the last has stored: the sink waits for all to be counted. */
	ok(scene_reaches(&s.ok_calls, 20), "work is there before the workers are");
	is_int(early, 0, "nothing is taken before all eight stand ready");
	ok(drain(SYNC_FOREVER, 0) && scene_all_stored(&s, 100), "then all is stored, without tend, settled and finished");
	mem_hook(NULL);
	scene_end(&s);
}

/* The n-th allocation of the start fails. False: it started. */
static bool start_fails(long n)
{
	struct pool_opts opts;
	struct err why = {0};
	unsigned before = threads_now();
	struct queue_status q;

	scene_begin(&s, 5);
	scene_offer(&s, 10);
	opts = scene_opts(&s, 4);
	mem_hook(&hooks);
	allocations = 0;
	fail_at = n;
	s.pool = pool_start(&opts, &why);
	fail_at = -1;
	q = status_of(s.q);
	if (!s.pool) {
		ok(why.exit_code == EXIT_INTERNAL && why.text[0], "allocation %ld fails: %s", n, why.text);
		/* A joined thread may be seen for a moment longer. */
		for (unsigned i = 0; i < 10000 && threads_now() != before; i++)
			sync_sleep_until(sync_now_ns() + NS_PER_MS);
		is_int(threads_now(), before, "allocation %ld fails: no thread is left", n);
		ok(s.bad == 0 && s.finished == 0 && q.in_flight == 0 && q.balanced && s.stored_count == q.sums.stored,
		   "allocation %ld fails: nothing is half done", n);
	} else {
		ok(drain(SYNC_FOREVER, 0), "with memory it starts and ends");
	}
	mem_hook(NULL);
	if (s.pool) {
		scene_end(&s);
		return false;
	}
	queue_free(s.q);
	sync_flag_done(&s.release);
	return true;
}

int main(void)
{
	long n = 1;

	for (unsigned workers = 1; workers <= 8; workers++)
		test_order(workers);
	test_order(64);
	test_errands();
	test_retries();
	test_retrying_shows();
	test_fatal();
	test_deadline();
	test_hang();
	test_give_up();
	test_give_up_hanging();
	test_refused();
	test_start_together();
	while (n < 100 && start_fails(n))
		n++;
	is_int(n, 10, "nine allocations can fail: the pool, and two for each thread");
	return done_testing();
}
