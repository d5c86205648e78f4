/* Flag, semaphore, barrier and timer, each with the mistake that it is known for. */
#include "base/sync_more.h"

#include "../support/tap.h"
#include "base/clock.h"

static int start(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg)
{
	struct err e = {0};
	int rc = sync_thread_start(t, name, fn, arg, &e);

	if (rc)
		ok(0, "thread %s: %s", name, e.text);
	return rc;
}

/* ---- flag ---- */

struct flags {
	struct sync_flag asked, answered;
};

static void answer(void *arg)
{
	struct flags *f = arg;

	if (sync_flag_wait_until(&f->asked, SYNC_FOREVER))
		sync_flag_set(&f->answered);
}

static void test_flag(void)
{
	struct sync_thread t[2];
	struct flags f;
	int64_t begin = sync_now_ns();

	sync_flag_init(&f.asked, "asked");
	sync_flag_init(&f.answered, "answered");
	ok(!sync_flag_is_set(&f.asked), "a flag begins unset");
	ok(!sync_flag_wait_until(&f.asked, begin + 20 * NS_PER_MS), "waiting for it ends at the deadline");
	ok(sync_now_ns() >= begin + 20 * NS_PER_MS, "not before");
	if (start(&t[0], "one", answer, &f) || start(&t[1], "two", answer, &f))
		return;
	sync_flag_set(&f.asked);
	ok(sync_flag_wait_until(&f.answered, SYNC_FOREVER), "set wakes");
	sync_thread_join(&t[0]);
	sync_thread_join(&t[1]);
	ok(1, "all who wait");
	ok(sync_flag_wait_until(&f.asked, 0), "a set flag needs no time");
	sync_flag_clear(&f.asked);
	ok(!sync_flag_is_set(&f.asked) && !sync_flag_wait_until(&f.asked, 0), "cleared is unset");
	sync_flag_done(&f.asked);
	sync_flag_done(&f.answered);
}

/* Who has seen a flag set may end it at once, though the setter is still inside. */
static void set_it(void *arg)
{
	sync_flag_set((struct sync_flag *)arg);
}

static void test_flag_end(void)
{
	for (int i = 0; i < 200; i++) {
		struct sync_flag *f = malloc(sizeof(*f));
		struct sync_thread t;

		sync_flag_init(f, "short-lived");
		if (start(&t, "setter", set_it, f))
			return;
		if (i % 2)
			sync_flag_wait_until(f, SYNC_FOREVER);
		else
			while (!sync_flag_is_set(f))
				;
		sync_flag_done(f);
		memset(f, 0xee, sizeof(*f));
		free(f);
		sync_thread_join(&t);
	}
	ok(1, "a flag may end as soon as it has been seen");
}

/* ---- semaphore ---- */

#define USERS	6
#define PERMITS 2

struct pool {
	struct sync_sem sem;
	_Atomic int inside, most, turns;
};

static void use(void *arg)
{
	struct pool *p = arg;

	for (int i = 0; i < 200; i++) {
		int now, most;

		sync_sem_wait(&p->sem);
		now = atomic_fetch_add(&p->inside, 1) + 1;
		most = atomic_load(&p->most);
		while (now > most && !atomic_compare_exchange_weak(&p->most, &most, now))
			;
		if (i % 20 == 0)
			sync_sleep_until(sync_now_ns() + NS_PER_MS / 20);
		atomic_fetch_sub(&p->inside, 1);
		atomic_fetch_add(&p->turns, 1);
		sync_sem_post(&p->sem);
	}
}

static void test_semaphore(void)
{
	struct sync_thread t[USERS];
	struct pool p = {0};

	sync_sem_init(&p.sem, "pool", PERMITS);
	for (int i = 0; i < USERS; i++)
		if (start(&t[i], "user", use, &p))
			return;
	for (int i = 0; i < USERS; i++)
		sync_thread_join(&t[i]);
	is_int(p.turns, USERS * 200, "everybody had every turn");
	ok(p.most <= PERMITS, "never more inside than permits (%d)", p.most);
	ok(sync_sem_try(&p.sem) && sync_sem_try(&p.sem), "all permits are back");
	ok(!sync_sem_try(&p.sem), "and not one more");
	sync_sem_done(&p.sem);
}

/* ---- barrier ---- */

#define RUNNERS 4
#define LAPS	300

struct race {
	struct sync_barrier line;
	_Atomic int lap[RUNNERS];
	_Atomic int ahead;
	_Atomic int next;
};

/* Nobody may begin lap n + 1 before all have ended lap n. */
static void run_laps(void *arg)
{
	struct race *r = arg;
	int me = atomic_fetch_add(&r->next, 1);

	for (int lap = 1; lap <= LAPS; lap++) {
		atomic_store(&r->lap[me], lap);
		sync_barrier_wait(&r->line);
		for (int i = 0; i < RUNNERS; i++) {
			int other = atomic_load(&r->lap[i]);

			if (other < lap || other > lap + 1)
				atomic_fetch_add(&r->ahead, 1);
		}
	}
}

static void test_barrier(void)
{
	struct sync_thread t[RUNNERS];
	struct race r = {0};

	sync_barrier_init(&r.line, "line", RUNNERS);
	for (int i = 0; i < RUNNERS; i++)
		if (start(&t[i], "runner", run_laps, &r))
			return;
	for (int i = 0; i < RUNNERS; i++)
		sync_thread_join(&t[i]);
	is_int(r.ahead, 0, "nobody laps anybody");
	is_int(r.line.generation, LAPS, "one generation a lap");
	sync_barrier_done(&r.line);
}

static void meet(void *arg)
{
	sync_barrier_wait((struct sync_barrier *)arg);
}

static void test_excuse(void)
{
	struct sync_barrier b;
	struct sync_thread t;

	sync_barrier_init(&b, "meeting", 3);
	if (start(&t, "early", meet, &b))
		return;
	sync_barrier_excuse(&b, 1);
	sync_barrier_wait(&b);
	sync_thread_join(&t);
	ok(1, "an excused thread is not waited for, where it is told before");
	if (start(&t, "early", meet, &b))
		return;
	for (;;) {
		bool here;

		sync_lock(&b.lock);
		here = b.here == 1;
		sync_unlock(&b.lock);
		if (here)
			break;
		sync_sleep_until(sync_now_ns() + NS_PER_MS / 10);
	}
	sync_barrier_excuse(&b, 1);
	sync_thread_join(&t);
	ok(1, "nor where it is told after all others came");
	sync_barrier_done(&b);
}

/* ---- timer ---- */

struct alarm {
	struct sync_timer timer;
	struct sync_flag rang, hold;
	_Atomic int count, again;
	_Atomic bool inside;
	_Atomic int64_t at_ns;
};

static void ring(void *arg)
{
	struct alarm *a = arg;

	atomic_store(&a->inside, true);
	atomic_store(&a->at_ns, sync_now_ns());
	atomic_fetch_add(&a->count, 1);
	sync_flag_set(&a->rang);
	sync_flag_wait_until(&a->hold, SYNC_FOREVER);
	if (atomic_load(&a->again) > 0) {
		atomic_fetch_sub(&a->again, 1);
		sync_timer_set(&a->timer, sync_now_ns() + NS_PER_MS);
	}
	atomic_store(&a->inside, false);
}

static void release(void *arg)
{
	struct alarm *a = arg;

	sync_sleep_until(sync_now_ns() + 20 * NS_PER_MS);
	sync_flag_set(&a->hold);
}

static void test_timer(void)
{
	struct alarm a = {0};
	struct sync_thread t;
	struct err e = {0};
	int64_t due;

	sync_flag_init(&a.rang, "rang");
	sync_flag_init(&a.hold, "hold");
	sync_flag_set(&a.hold);
	if (!ok(sync_timer_init(&a.timer, "alarm", ring, &a, &e) == 0, "a timer %s", e.text))
		return;
	due = sync_now_ns() + 20 * NS_PER_MS;
	sync_timer_set(&a.timer, due);
	ok(sync_flag_wait_until(&a.rang, due + 10 * NS_PER_S), "rings");
	ok(a.at_ns >= due, "not before its time");
	sync_timer_set(&a.timer, sync_now_ns() + NS_PER_S * 3600);
	sync_timer_cancel(&a.timer);
	is_int(a.count, 1, "once for each time it is set");

	sync_flag_clear(&a.rang);
	a.again = 3;
	sync_timer_set(&a.timer, 0);
	for (int i = 0; i < 10000 && a.count < 5; i++)
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	is_int(a.count, 5, "the callback may set it again");

	/* Cancel meets a running callback, which sets the timer again. */
	sync_timer_cancel(&a.timer);
	sync_flag_clear(&a.rang);
	sync_flag_clear(&a.hold);
	a.again = 100;
	sync_timer_set(&a.timer, 0);
	sync_flag_wait_until(&a.rang, SYNC_FOREVER);
	if (start(&t, "release", release, &a))
		return;
	sync_timer_cancel(&a.timer);
	ok(!a.inside, "cancel waits for a running callback");
	sync_thread_join(&t);
	sync_sleep_until(sync_now_ns() + 5 * NS_PER_MS);
	is_int(a.count, 6, "and for good");
	sync_timer_set(&a.timer, sync_now_ns() + 3600 * NS_PER_S);
	sync_timer_done(&a.timer);
	is_int(a.count, 6, "an end does not ring");
	sync_flag_done(&a.hold);
	sync_flag_done(&a.rang);
}

int main(void)
{
	test_flag();
	test_flag_end();
	test_semaphore();
	test_barrier();
	test_excuse();
	test_timer();
	return done_testing();
}
