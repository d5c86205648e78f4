/* The door to threads on pthreads: exclusion, timed waits, names, signals, and the report. */
#include "base/sync.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync_more.h"

#define ADDERS 4
#define ROUNDS 20000

static int start(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg)
{
	struct err e = {0};
	int rc = sync_thread_start(t, name, fn, arg, &e);

	if (rc)
		ok(0, "thread %s: %s", name, e.text);
	return rc;
}

/* ---- exclusion ---- */

struct sum {
	struct sync_mutex lock;
	long value; /* plain: the lock must do */
	unsigned inside, most;
};

static void add(void *arg)
{
	struct sum *s = arg;

	for (int i = 0; i < ROUNDS; i++) {
		sync_lock(&s->lock);
		if (++s->inside > s->most)
			s->most = s->inside;
		s->value++;
		s->inside--;
		sync_unlock(&s->lock);
	}
}

static void test_exclusion(void)
{
	struct sync_thread threads[ADDERS];
	struct sum s = {0};

	sync_mutex_init(&s.lock, "sum");
	for (int i = 0; i < ADDERS; i++)
		if (start(&threads[i], "adder", add, &s))
			return;
	for (int i = 0; i < ADDERS; i++)
		sync_thread_join(&threads[i]);
	is_int(s.value, ADDERS * ROUNDS, "no addition is lost");
	is_int(s.most, 1, "one thread inside at a time");
	ok(!sync_held(&s.lock), "held by nobody");
	sync_lock(&s.lock);
	ok(sync_held(&s.lock), "held by me");
	sync_unlock(&s.lock);
	sync_mutex_done(&s.lock);
}

/* ---- waiting ---- */

struct turn {
	struct sync_mutex lock;
	struct sync_cond moved;
	int whose, count;
};

static void pong(void *arg)
{
	struct turn *t = arg;

	sync_lock(&t->lock);
	while (t->count < 1000) {
		while (t->whose == 0 && t->count < 1000)
			sync_wait(&t->moved, &t->lock);
		t->whose = 0;
		t->count++;
		sync_signal(&t->moved);
	}
	sync_unlock(&t->lock);
}

static void test_ping_pong(void)
{
	struct turn t = {0};
	struct sync_thread thread;

	sync_mutex_init(&t.lock, "turn");
	sync_cond_init(&t.moved, "moved");
	if (start(&thread, "pong", pong, &t))
		return;
	sync_lock(&t.lock);
	while (t.count < 1000) {
		while (t.whose == 1 && t.count < 1000)
			sync_wait(&t.moved, &t.lock);
		t.whose = 1;
		t.count++;
		sync_signal(&t.moved);
	}
	sync_unlock(&t.lock);
	sync_thread_join(&thread);
	ok(t.count >= 1000, "two threads wake each other");
	sync_cond_done(&t.moved);
	sync_mutex_done(&t.lock);
}

static void test_timed_wait(void)
{
	struct sync_mutex m;
	struct sync_cond c;
	int64_t begin, end;
	bool in_time = true;

	sync_mutex_init(&m, "m");
	sync_cond_init(&c, "c");
	sync_lock(&m);
	begin = sync_now_ns();
	while (in_time)
		in_time = sync_wait_until(&c, &m, begin + 30 * NS_PER_MS);
	end = sync_now_ns();
	ok(end >= begin + 30 * NS_PER_MS, "a timed wait lasts until its deadline");
	ok(end < begin + 10 * NS_PER_S, "and not for ever");
	ok(sync_held(&m), "and holds the lock again");
	in_time = true;
	for (int i = 0; in_time && i < 1000; i++)
		in_time = sync_wait_until(&c, &m, -5);
	ok(!in_time, "a deadline long past is past");
	sync_unlock(&m);
	sync_cond_done(&c);
	sync_mutex_done(&m);
	begin = sync_now_ns();
	sync_sleep_until(begin + 20 * NS_PER_MS);
	ok(sync_now_ns() >= begin + 20 * NS_PER_MS, "sleep lasts until its deadline");
	sync_sleep_until(0);
	ok(1, "and not at all if that is past");
}

/* ---- names and signals ---- */

struct who {
	char name[64], system[64];
	sigset_t mask;
};

static void tell(void *arg)
{
	struct who *w = arg;
	FILE *f = fopen("/proc/thread-self/comm", "r");

	snprintf(w->name, sizeof(w->name), "%s", sync_thread_name());
	if (f) {
		if (fgets(w->system, sizeof(w->system), f))
			w->system[strcspn(w->system, "\n")] = '\0';
		fclose(f);
	}
	sigprocmask(SIG_BLOCK, NULL, &w->mask);
}

static void test_names(void)
{
	struct sync_thread t;
	struct who w = {0};
	sigset_t mine;

	is_str(sync_thread_name(), "main", "main is main");
	if (start(&t, "worker main/1", tell, &w))
		return;
	sync_thread_join(&t);
	is_str(w.name, "worker main/1", "a thread knows its name");
	is_str(w.system, "worker main/1", "and so does the system");
	ok(sigismember(&w.mask, SIGTERM) && sigismember(&w.mask, SIGHUP) && sigismember(&w.mask, SIGALRM),
	   "signals are blocked in it");
	ok(!sigismember(&w.mask, SIGSEGV), "faults are not");
	sigprocmask(SIG_BLOCK, NULL, &mine);
	ok(!sigismember(&mine, SIGTERM), "nor are signals in main");
	if (start(&t, "a name that is far too long for it", tell, &w))
		return;
	sync_thread_join(&t);
	is_str(w.name, "a name that is far too ", "a long name is cut");
	is_str(w.system, "a name that is ", "and cut shorter for the system");
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

static void collect(void *arg, const char *line)
{
	struct text *t = arg;
	size_t len = strlen(t->bytes);

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
	has_str(text, "lock \"queue main\" held by main at test_sync.c:", "the holder");
	has_str(text, " (test_report) for ", "and since when");
	has_str(text, "worker main/2 waits for lock \"queue main\" at test_sync.c:", "who waits for a lock");
	has_str(text, " (take_second) for ", "where");
	has_str(text, " ms, held by main\n", "held by whom");
	has_str(text, "worker main/1 waits for condition \"work\" at test_sync.c:", "who waits for a condition");
	ok(!strstr(text, "lock \"first\""), "a lock that is waited with is not held");
	ok(!strstr(text, "deadlock"), "no deadlock");
	sync_unlock(&s.second);
	sync_lock(&s.first);
	s.stop = true;
	sync_broadcast(&s.work);
	sync_unlock(&s.first);
	sync_thread_join(&locker);
	sync_thread_join(&waiter);
	t.bytes[0] = '\0';
	sync_report(collect, &t);
	is_str(t.bytes, "", "nothing held, nobody waits");
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

/* ---- deadlock and misuse, each in a process of its own ---- */

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
	report_with(&t, "\"ledger\" held", "\"journal\" held");
	sync_flag_set(&s.go);
	text = report_with(&t, "deadlock (cycle of 2): ", "worker-1 waits for lock \"journal\"");
	return strstr(text, "worker-1 waits for worker-2") && strstr(text, "worker-2 waits for worker-1") ? 0 : 1;
}

static int lock_twice(void)
{
	struct sync_mutex m;

	sync_mutex_init(&m, "m");
	sync_lock(&m);
	sync_lock(&m);
	return 0;
}

static void unlock_it(void *arg)
{
	sync_unlock((struct sync_mutex *)arg);
}

static int unlock_by_stranger(void)
{
	struct sync_mutex m;
	struct sync_thread t;

	sync_mutex_init(&m, "m");
	sync_lock(&m);
	if (sync_thread_start(&t, "stranger", unlock_it, &m, NULL) == 0)
		sync_thread_join(&t);
	return 0;
}

static int done_while_held(void)
{
	struct sync_mutex m;

	sync_mutex_init(&m, "m");
	sync_lock(&m);
	sync_mutex_done(&m);
	return 0;
}

static void lock_it(void *arg)
{
	sync_lock((struct sync_mutex *)arg);
}

static int end_with_lock(void)
{
	struct sync_mutex m;
	struct sync_thread t;

	sync_mutex_init(&m, "m");
	if (sync_thread_start(&t, "careless", lock_it, &m, NULL) == 0)
		sync_thread_join(&t);
	return 0;
}

static int wait_without_lock(void)
{
	struct sync_mutex m;
	struct sync_cond c;

	sync_mutex_init(&m, "m");
	sync_cond_init(&c, "c");
	sync_wait_until(&c, &m, 0);
	return 0;
}

/* The wait status of fn in a child. */
static int child(int (*fn)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		/* The words of a failed assert are not for the reader of this test. */
		if (!freopen("/dev/null", "w", stderr))
			_exit(3);
		_exit(fn());
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static void test_misuse(void)
{
	static const struct {
		const char *what;
		int (*fn)(void);
	} cases[] = {
		{"a second lock", lock_twice},
		{"unlock by a stranger", unlock_by_stranger},
		{"the end of a held lock", done_while_held},
		{"a thread that ends with a lock", end_with_lock},
		{"a wait without the lock", wait_without_lock},
	};
	int status = child(deadlock);

	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a deadlock is told as a cycle");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		status = child(cases[i].fn);
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "%s asserts", cases[i].what);
	}
}

int main(void)
{
	/* Forks first, while there is one thread. */
	test_misuse();
	test_exclusion();
	test_ping_pong();
	test_timed_wait();
	test_names();
	test_report();
	test_report_churn();
	return done_testing();
}
