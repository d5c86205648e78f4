/* The report: who holds what, who waits for whom, and that it may be asked at any time. */
#include "base/sync_report.h"

#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync_more.h"

static int start(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg)
{
	struct err e = {0};
	int rc = sync_thread_start(t, name, fn, arg, &e);

	if (rc)
		ok(0, "thread %s: %s", name, e.text);
	return rc;
}

/* ---- the report ---- */

struct scene {
	struct sync_mutex first, second;
	struct sync_cond work;
	struct sync_flag go;
	bool stop;
};

static void take_second(void *arg)
{
	struct scene *s = arg;

	sync_lock(&s->second);
	sync_unlock(&s->second);
}

static void wait_work(void *arg)
{
	struct scene *s = arg;

	sync_lock(&s->first);
	while (!s->stop)
		sync_wait(&s->work, &s->first);
	sync_unlock(&s->first);
}

struct text {
	char bytes[8192];
};

static void collect(void *arg, enum sync_tone tone UNUSED, const char *line)
{
	struct text *t = arg;
	size_t len = strlen(t->bytes);

	/* Only some builds watch orders: test_sync_order.c looks at this line. */
	if (strncmp(line, "lock orders: ", 13) == 0)
		return;
	snprintf(t->bytes + len, sizeof(t->bytes) - len, "%s\n", line);
}

/* Reports until the text has both parts, for at most ten seconds. */
static const char *report_with(struct text *t, const char *one, const char *two)
{
	int64_t end = sync_now_ns() + 10 * NS_PER_S;

	do {
		t->bytes[0] = '\0';
		sync_report(collect, t);
		if (strstr(t->bytes, one) && strstr(t->bytes, two))
			break;
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	} while (sync_now_ns() < end);
	return t->bytes;
}

static void test_report(void)
{
	struct sync_thread locker, waiter;
	struct scene s = {0};
	struct text t;
	const char *text;

	sync_mutex_init(&s.first, "first");
	sync_mutex_init(&s.second, "queue main");
	sync_cond_init(&s.work, "work");
	sync_lock(&s.second);
	if (start(&waiter, "worker main/1", wait_work, &s) || start(&locker, "worker main/2", take_second, &s))
		return;
	report_with(&t, "worker main/2 waits", "worker main/1 waits");
	/* Both wait now and stay: a second look sees nothing on its way. */
	text = report_with(&t, "worker main/2 waits", "worker main/1 waits");
	has_str(text, "1 thread waits for a lock, and there is no knot\n", "how it stands");
	has_str(text, "lock \"queue main\" held by main for ", "the holder, and since when");
	has_str(text, " (test_report)\n", "and where");
	has_str(text, "\n  worker main/2 waits for lock queue main at test_sync_report.c:", "who waits for a lock");
	has_str(text, " (take_second), for ", "where");
	has_str(text, " ms\n    held by main for ", "held by whom");
	has_str(text, "\n  worker main/1 sleeps on work at test_sync_report.c:", "who sleeps on a condition");
	ok(!strstr(text, "lock \"first\""), "a lock that is waited with is not held");
	ok(!strstr(text, "STUCK"), "nobody is stuck");
	ok(sync_held_for_ns("queue main") > 0 && sync_held_for_ns(NULL) > 0, "for how long it has been held");
	is_int(sync_held_for_ns("first"), 0, "another is free");
	sync_unlock(&s.second);
	sync_lock(&s.first);
	s.stop = true;
	sync_broadcast(&s.work);
	sync_unlock(&s.first);
	sync_thread_join(&locker);
	sync_thread_join(&waiter);
	t.bytes[0] = '\0';
	sync_report(collect, &t);
	is_str(t.bytes, "no thread waits for a lock\n", "nothing held, nobody waits");
	sync_cond_done(&s.work);
	sync_mutex_done(&s.second);
	sync_mutex_done(&s.first);
}

/* Reports while locks and threads come and go: for the sanitizers. */
static void churn(void *arg)
{
	struct scene *s = arg;

	while (!sync_flag_is_set(&s->go)) {
		struct sync_mutex m;
		struct sync_cond c;
		struct sync_thread t;

		sync_mutex_init(&m, "short-lived");
		sync_cond_init(&c, "short-lived");
		sync_lock(&m);
		if (sync_thread_start(&t, "short-lived", take_second, s, NULL) == 0) {
			sync_wait_until(&c, &m, sync_now_ns() + NS_PER_MS / 10);
			sync_thread_join(&t);
		}
		sync_unlock(&m);
		sync_cond_done(&c);
		sync_mutex_done(&m);
	}
}

static void test_report_churn(void)
{
	struct sync_thread threads[2];
	struct scene s = {0};
	struct text t;

	sync_mutex_init(&s.second, "second");
	sync_flag_init(&s.go, "go");
	for (int i = 0; i < 2; i++)
		if (start(&threads[i], "churn", churn, &s))
			return;
	for (int i = 0; i < 300; i++) {
		t.bytes[0] = '\0';
		sync_report(collect, &t);
	}
	sync_flag_set(&s.go);
	for (int i = 0; i < 2; i++)
		sync_thread_join(&threads[i]);
	sync_flag_done(&s.go);
	sync_mutex_done(&s.second);
	ok(1, "a report may run while objects come and go");
}

/* ---- a deadlock, in a process of its own ---- */

static void first_second(void *arg)
{
	struct scene *s = arg;

	sync_lock(&s->first);
	sync_flag_wait_until(&s->go, SYNC_FOREVER);
	sync_lock(&s->second);
}

static void second_first(void *arg)
{
	struct scene *s = arg;

	sync_lock(&s->second);
	sync_flag_wait_until(&s->go, SYNC_FOREVER);
	sync_lock(&s->first);
}

static int deadlock(void)
{
	static struct scene s;
	static struct text t;
	struct sync_thread a, b;
	const char *text;

	sync_mutex_init(&s.first, "ledger");
	sync_mutex_init(&s.second, "journal");
	sync_flag_init(&s.go, "go");
	if (sync_thread_start(&a, "worker-1", first_second, &s, NULL) ||
	    sync_thread_start(&b, "worker-2", second_first, &s, NULL))
		return 2;
	report_with(&t, "\"ledger\" held by worker-1", "\"journal\" held by worker-2");
	sync_flag_set(&s.go);
	text = report_with(&t, "STUCK: cycle of 2\n", "worker-1 waits for lock journal");
	return strstr(text, "\n  worker-2 waits for lock ledger at ") && strstr(text, "\n    held by worker-2 for ") ? 0 : 1;
}

static void test_deadlock(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(deadlock());
	ok(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0,
	   "a deadlock is told as a cycle");
}

/* ---- the register itself may be stuck ---- */

/* As report_churn's threads, but without a wait: the register is busy most of the time. */
static void keep_busy(void *arg)
{
	struct scene *s = arg;

	while (!sync_flag_is_set(&s->go)) {
		struct sync_mutex m;

		sync_mutex_init(&m, "short-lived");
		sync_mutex_done(&m);
	}
}

/* In a child of a process whose threads were in the register just then, it stays locked for ever. */
static bool told_stuck(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		static struct text t;
		int64_t begun_ns = sync_now_ns();

		sync_report(collect, &t);
		if (strstr(t.bytes, "cannot be told"))
			_exit(sync_now_ns() - begun_ns < 10 * NS_PER_S && sync_held_for_ns("go") == -1 ? 7 : 8);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 8)
		ok(0, "the report comes back soon");
	return WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static void test_stuck_register(void)
{
	int64_t end_ns = sync_now_ns() + 30 * NS_PER_S;
	struct sync_thread threads[2];
	struct scene s = {0};
	bool told = false;

	sync_flag_init(&s.go, "go");
	for (int i = 0; i < 2; i++)
		if (start(&threads[i], "busy", keep_busy, &s))
			return;
	while (!told && sync_now_ns() < end_ns)
		told = told_stuck();
	sync_flag_set(&s.go);
	for (int i = 0; i < 2; i++)
		sync_thread_join(&threads[i]);
	sync_flag_done(&s.go);
	ok(told, "with the register itself stuck, that is told, and the report comes back");
}

int main(void)
{
	/* Forks first, while there is one thread. */
	test_deadlock();
	test_report();
	test_report_churn();
	/* ThreadSanitizer has no children of processes with several threads. */
	if (!UNDER_TSAN)
		test_stuck_register();
	return done_testing();
}
