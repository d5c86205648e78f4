/* The door to threads on pthreads: exclusion, timed waits, names, signals, and misuse. */
#include "base/sync.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"

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

/* ---- misuse, each in a process of its own ---- */

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

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int status = child(cases[i].fn);

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
	return done_testing();
}
