/* The turnstile: strict order of tickets, never two inside, whoever comes first. */
#include "work/turnstile.h"

#include "base/clock.h"
#include "../support/tap.h"

#define THREADS 8
#define TICKETS 4000

struct hall {
	struct turnstile turnstile;
	unsigned thread_of[TICKETS];
	_Atomic unsigned inside, bad;
	uint64_t passed; /* written inside only: the turnstile is its lock */
};

struct visitor {
	struct hall *hall;
	struct sync_thread thread;
	unsigned id;
	uint64_t ticket; /* of the one that has a single one */
	uint64_t seed;
};

static uint64_t rnd(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static void pass(struct hall *h, uint64_t ticket, int64_t stay_ns)
{
	turnstile_enter(&h->turnstile, ticket);
	h->bad += ++h->inside != 1;
	h->bad += h->passed++ != ticket;
	if (stay_ns)
		sync_sleep_until(sync_now_ns() + stay_ns);
	h->inside--;
	turnstile_leave(&h->turnstile, ticket);
}

static void visit_many(void *arg)
{
	struct visitor *v = arg;

	for (uint64_t n = 0; n < TICKETS; n++) {
		if (v->hall->thread_of[n] != v->id)
			continue;
		if (rnd(&v->seed) % 50 == 0)
			sync_sleep_until(sync_now_ns() + (int64_t)(rnd(&v->seed) % 300000));
		pass(v->hall, n, rnd(&v->seed) % 100 == 0 ? 100000 : 0);
	}
}

static void visit_once(void *arg)
{
	struct visitor *v = arg;

	pass(v->hall, v->ticket, 0);
}

static void start(struct visitor *v, void (*fn)(void *))
{
	struct err why;

	if (sync_thread_start(&v->thread, "visitor", fn, v, &why) != 0)
		abort();
}

/* Tickets go to threads at random; each thread uses its own in order, as workers do. */
static void test_shuffled(uint64_t seed)
{
	static struct hall h;
	struct visitor v[THREADS];

	h = (struct hall){0};
	turnstile_init(&h.turnstile, "turnstile");
	for (unsigned n = 0; n < TICKETS; n++)
		h.thread_of[n] = (unsigned)(rnd(&seed) % THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		v[i] = (struct visitor){.hall = &h, .id = i, .seed = seed + i};
		start(&v[i], visit_many);
	}
	for (unsigned i = 0; i < THREADS; i++)
		sync_thread_join(&v[i].thread);
	is_int(h.bad, 0, "%d threads, %d tickets: strict order, at most one inside", THREADS, TICKETS);
	is_int(h.passed, TICKETS, "all passed");
	turnstile_done(&h.turnstile);
}

static unsigned waiting(struct turnstile *t)
{
	unsigned n = 0;

	sync_lock(&t->lock);
	for (unsigned i = 0; i < TURNSTILE_WAITERS; i++)
		n += t->seats[i].ticket != UINT64_MAX;
	sync_unlock(&t->lock);
	return n;
}

/* As many as there may be, the last ticket first. */
static void test_crowd(void)
{
	static struct hall h;
	struct visitor v[TURNSTILE_WAITERS];

	h = (struct hall){0};
	turnstile_init(&h.turnstile, "turnstile");
	for (unsigned i = 0; i < TURNSTILE_WAITERS - 1; i++) {
		v[i] = (struct visitor){.hall = &h, .ticket = TURNSTILE_WAITERS - 1 - i};
		start(&v[i], visit_once);
		while (waiting(&h.turnstile) != i + 1)
			sync_sleep_until(sync_now_ns() + NS_PER_MS / 4);
	}
	is_int(h.passed, 0, "%d wait for ticket 0", TURNSTILE_WAITERS - 1);
	v[TURNSTILE_WAITERS - 1] = (struct visitor){.hall = &h, .ticket = 0};
	start(&v[TURNSTILE_WAITERS - 1], visit_once);
	for (unsigned i = 0; i < TURNSTILE_WAITERS; i++)
		sync_thread_join(&v[i].thread);
	is_int(h.bad, 0, "who came last goes first, and so on");
	is_int(h.passed, TURNSTILE_WAITERS, "all passed");
	turnstile_done(&h.turnstile);
}

int main(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		test_shuffled(seed);
	test_crowd();
	return done_testing();
}
