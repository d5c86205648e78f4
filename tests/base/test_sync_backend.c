/* Another back end in the place of pthreads gets every call, also those of what is built from mutex and condition. */
#include "base/sync_backend.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/sync_more.h"

/* One thread, virtual time: a wait returns at its deadline, a thread runs when it is started. */
static struct {
	int mutex_init, mutex_done, lock, unlock, cond_init, cond_done, wait, signal, broadcast, start, join, now,
	    sleep;
	int64_t time_ns;
	const struct sync_src *at;
	const char *thread;
	bool owner_seen;
} got;

static void fake_mutex_init(struct sync_mutex *m)
{
	got.mutex_init++;
	m->impl[0] = 0;
}

static void fake_mutex_done(struct sync_mutex *m)
{
	(void)m;
	got.mutex_done++;
}

static void fake_lock(struct sync_mutex *m, const struct sync_src *at)
{
	got.lock++;
	got.at = at;
	m->impl[0]++;
}

static void fake_unlock(struct sync_mutex *m, const struct sync_src *at)
{
	got.unlock++;
	got.at = at;
	m->impl[0]--;
}

static void fake_cond_init(struct sync_cond *c)
{
	(void)c;
	got.cond_init++;
}

static void fake_cond_done(struct sync_cond *c)
{
	(void)c;
	got.cond_done++;
}

static bool fake_wait(struct sync_cond *c, struct sync_mutex *m, int64_t deadline_ns, const struct sync_src *at)
{
	(void)c;
	got.wait++;
	got.at = at;
	got.owner_seen = sync_held(m);
	got.time_ns = deadline_ns;
	return false;
}

static void fake_wake(struct sync_cond *c, bool all, const struct sync_src *at)
{
	(void)c;
	got.at = at;
	if (all)
		got.broadcast++;
	else
		got.signal++;
}

static int fake_start(struct sync_thread *t, void (*fn)(void *), void *arg, const struct sync_src *at,
		      struct err *reterr)
{
	got.start++;
	got.at = at;
	if (!t->info) {
		err_set(reterr, EXIT_INTERNAL, "no info");
		return -1;
	}
	fn(arg);
	return 0;
}

static void fake_join(struct sync_thread *t, const struct sync_src *at)
{
	(void)t;
	got.join++;
	got.at = at;
}

static int64_t fake_now_ns(void)
{
	got.now++;
	return got.time_ns;
}

static void fake_sleep_until(int64_t deadline_ns, const struct sync_src *at)
{
	got.sleep++;
	got.at = at;
	got.time_ns = deadline_ns;
}

static const struct sync_backend fake = {
    .mutex_init = fake_mutex_init,
    .mutex_done = fake_mutex_done,
    .lock = fake_lock,
    .unlock = fake_unlock,
    .cond_init = fake_cond_init,
    .cond_done = fake_cond_done,
    .wait = fake_wait,
    .wake = fake_wake,
    .start = fake_start,
    .join = fake_join,
    .now_ns = fake_now_ns,
    .sleep_until = fake_sleep_until,
};

static void tell_name(void *arg)
{
	(void)arg;
	got.thread = strcmp(sync_thread_name(), "fake 1") == 0 ? "fake 1" : "?";
}

#define AT_LINE(n) (got.at && got.at->line == (n))

static void test_calls(void)
{
	struct sync_mutex m;
	struct sync_cond c;
	struct sync_thread t;

	sync_use(&fake);
	sync_mutex_init(&m, "m");
	is_int(got.mutex_init, 1, "mutex_init");
	sync_lock(&m);
	ok(got.lock == 1 && AT_LINE(__LINE__ - 1), "lock, with its place");
	ok(sync_held(&m), "and the owner is known");
	sync_cond_init(&c, "c");
	is_int(got.cond_init, 1, "cond_init");
	ok(!sync_wait_until(&c, &m, 55), "the result of a wait comes back");
	ok(got.wait == 1 && AT_LINE(__LINE__ - 1), "wait, with its place");
	ok(!got.owner_seen && sync_held(&m), "the lock has no owner while waiting");
	sync_signal(&c);
	ok(got.signal == 1 && AT_LINE(__LINE__ - 1), "signal");
	sync_broadcast(&c);
	ok(got.broadcast == 1 && AT_LINE(__LINE__ - 1), "broadcast");
	sync_unlock(&m);
	ok(got.unlock == 1 && AT_LINE(__LINE__ - 1) && !sync_held(&m), "unlock");
	sync_sleep_until(77);
	ok(got.sleep == 1 && AT_LINE(__LINE__ - 1), "sleep");
	is_int(sync_now_ns(), 77, "now, in the back end's time");
	is_int(sync_thread_start(&t, "fake 1", tell_name, NULL, NULL), 0, "start");
	ok(got.start == 1 && AT_LINE(__LINE__ - 1), "with its place");
	is_str(got.thread, "fake 1", "the thread has its name under any back end");
	is_str(sync_thread_name(), "main", "and main has its own again");
	sync_thread_join(&t);
	ok(got.join == 1 && AT_LINE(__LINE__ - 1), "join");
	sync_cond_done(&c);
	sync_mutex_done(&m);
	ok(got.cond_done == 1 && got.mutex_done == 1, "done");
	sync_use(NULL);
}

static void test_composites(void)
{
	struct sync_flag f;
	struct sync_sem s;
	struct sync_barrier b;

	memset(&got, 0, sizeof(got));
	sync_use(&fake);
	sync_flag_init(&f, "f");
	ok(!sync_flag_wait_until(&f, 10), "a flag waits in the back end");
	is_int(got.wait, 1, "once");
	sync_flag_set(&f);
	is_int(got.broadcast, 1, "and wakes there");
	sync_flag_done(&f);
	sync_sem_init(&s, "s", 1);
	sync_sem_wait(&s);
	ok(!sync_sem_try(&s), "a semaphore counts there");
	sync_sem_post(&s);
	is_int(got.signal, 1, "and wakes there");
	sync_sem_done(&s);
	sync_barrier_init(&b, "b", 1);
	sync_barrier_wait(&b);
	sync_barrier_wait(&b);
	sync_barrier_done(&b);
	is_int(got.broadcast, 3, "a barrier too");
	is_int(got.mutex_init, got.mutex_done, "as many mutexes ended as begun");
	is_int(got.cond_init, got.cond_done, "as many conditions");
	is_int(got.lock, got.unlock, "as many locks released as taken");
	sync_use(NULL);
}

static void test_change_while_alive(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct sync_mutex m;

		if (!freopen("/dev/null", "w", stderr))
			_exit(3);
		sync_mutex_init(&m, "m");
		sync_use(&fake);
		_exit(0);
	}
	ok(pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
	   "a change while a lock is alive asserts");
}

int main(void)
{
	struct sync_mutex m;

	test_change_while_alive();
	test_calls();
	test_composites();
	memset(&got, 0, sizeof(got));
	sync_mutex_init(&m, "m");
	sync_lock(&m);
	sync_unlock(&m);
	sync_mutex_done(&m);
	is_int(got.lock + got.mutex_init, 0, "pthreads are back");
	return done_testing();
}
