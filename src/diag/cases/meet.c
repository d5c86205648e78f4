/* Semaphore and barrier: at most so many at once, and all or nobody. */
#include "base/sync_more.h"
#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

/* ---- semaphore ---- */

#define WORKERS 5
#define PERMITS 2
#define FAILING 2 /* so many of the jobs meet an error */

enum guard { GUARD_NONE, GUARD_LEAKY, GUARD_WHOLE, GUARD_HOUSE };

struct job {
	unsigned no;
	struct crowd *crowd;
	struct sync_thread thread;
};

struct crowd {
	enum guard guard;
	unsigned came;
	struct kit_gate permits;
	struct sync_sem sem;
	struct model_datum in_use;
	struct job job[WORKERS];
};

/* Workers that are alike come one after the other: any other order is the same under other names. */
static bool may_enter(void *of)
{
	const struct job *j = of;

	return (j->crowd->guard == GUARD_NONE || j->crowd->permits.permits.value > 0) && j->no == j->crowd->came;
}

static void enter(struct job *j)
{
	struct crowd *c = j->crowd;

	switch (c->guard) {
	case GUARD_NONE:
		model_on(MODEL_NOTE, &c->in_use, "enters", may_enter, j, 1);
		c->came++;
		break;
	case GUARD_LEAKY:
		kit_acquire(&c->permits);
		c->in_use.value++;
		break;
	case GUARD_WHOLE:
		model_on(MODEL_ACQUIRE, &c->permits.permits, "", may_enter, j, -1);
		c->came++;
		c->in_use.value++;
		break;
	case GUARD_HOUSE:
		sync_sem_wait(&c->sem);
		model_on(MODEL_NOTE, &c->in_use, "enters", NULL, NULL, 1);
		break;
	}
	if (c->in_use.value > PERMITS)
		model_fail("%d connections in use, at most %d were to be", (int)c->in_use.value, PERMITS);
}

static void leave(struct crowd *c)
{
	if (c->guard == GUARD_LEAKY || c->guard == GUARD_WHOLE) {
		kit_release(&c->permits);
		c->in_use.value--;
		return;
	}
	model_on(MODEL_NOTE, &c->in_use, "leaves", NULL, NULL, -1);
	if (c->guard == GUARD_HOUSE)
		sync_sem_post(&c->sem);
}

static void use(void *arg)
{
	struct job *j = arg;

	enter(j);
	if (j->crowd->guard == GUARD_LEAKY && j->no < FAILING) {
		kit_note("error: returns with its permit");
		return;
	}
	leave(j->crowd);
}

struct size {
	enum guard guard;
	unsigned workers;
};

static void run_semaphore(void *arg)
{
	static const char *const names[WORKERS] = {"ben", "cleo", "dan", "eve", "finn"};
	struct crowd *c = kit_begin(sizeof(*c));
	const struct size *size = arg;

	c->guard = size->guard;
	c->in_use = (struct model_datum){.name = "in use", .apart = true};
	kit_gate_init(&c->permits, "permits", PERMITS);
	sync_sem_init(&c->sem, "permits", PERMITS);
	for (unsigned i = 0; i < size->workers; i++) {
		c->job[i] = (struct job){.no = i, .crowd = c};
		kit_start(&c->job[i].thread, names[i], use, &c->job[i]);
	}
	for (unsigned i = 0; i < size->workers; i++)
		sync_thread_join(&c->job[i].thread);
	sync_sem_done(&c->sem);
}

static const struct size leaky = {GUARD_LEAKY, 5}, unguarded = {GUARD_NONE, 5}, guarded = {GUARD_WHOLE, 5},
			 house = {GUARD_HOUSE, 3};

static const struct diag_variant sem_broken = {
	.name = "broken",
	.run = run_semaphore,
	.config = &leaky,
	.expect = MODEL_DEADLOCK,
	.tells = "Two jobs have met an error and kept their permits: the other three wait for ever.",
};

static const struct diag_variant sem_none = {
	.name = "none",
	.run = run_semaphore,
	.config = &unguarded,
	.expect = MODEL_FAILED,
	.tells = "Without a semaphore nothing keeps a third one out.",
};

static const struct diag_variant sem_house = {
	.name = "house",
	.run = run_semaphore,
	.config = &house,
	.tells = "Three workers and two permits of our own semaphore, made of a lock and a condition (src/base/sync_more.c).",
};

static const struct diag_variant sem_fixed = {
	.name = "fixed",
	.run = run_semaphore,
	.config = &guarded,
	.tells = "Each gives back its permit, with an error too: never more than 2 of the 5 are in, and all get in. (They are"
		 " alike, and come one after the other: ben, cleo, dan, eve, finn.)",
};

const struct diag_case *case_semaphore(void)
{
	static const struct diag_case semaphore = {
		.name = "semaphore",
		.description = "five workers share two permits, and an error path keeps one",
		.story = "A semaphore lets two in at a time. A job that returns early on an error keeps its permit: the first"
			 " time it gets only slower, and when as many have failed as there are permits everything stands"
			 " still, long after the errors. Take and give back in one function, with the work in another. A"
			 " permit given back twice is as bad. In catchbasin the places of the queue are permits: the gate"
			 " keeps them for held sources and takes them back when one goes away (src/core/gate.c).",
		.watch = "in use",
		.variant = {&sem_broken, &sem_none, &sem_house, &sem_fixed},
	};

	return &semaphore;
}

/* ---- barrier ---- */

#define RUNNERS 3
#define MEETINGS 2

enum barrier { BARRIER_RESET, BARRIER_COUNTS_ON, BARRIER_HOUSE };

struct runner {
	struct meeting *meeting;
	struct model_datum laps; /* meetings it came to */
	struct sync_thread thread;
};

struct meeting {
	enum barrier barrier;
	struct sync_mutex lock;
	struct sync_cond met;
	unsigned here;
	struct sync_barrier house;
	struct runner runner[RUNNERS];
};

/* Here nothing tells one meeting from the next. */
static void meet_naively(struct meeting *m)
{
	sync_lock(&m->lock);
	m->here++;
	if (m->here >= RUNNERS) {
		if (m->barrier == BARRIER_RESET)
			m->here = 0;
		sync_broadcast(&m->met);
	} else if (m->barrier == BARRIER_RESET) {
		while (m->here != 0)
			sync_wait(&m->met, &m->lock);
	} else {
		while (m->here < RUNNERS)
			sync_wait(&m->met, &m->lock);
	}
	sync_unlock(&m->lock);
}

static void check_all_came(const struct meeting *m, int lap)
{
	int came = 0;

	for (unsigned i = 0; i < RUNNERS; i++)
		came += m->runner[i].laps.value >= lap;
	if (came < RUNNERS)
		model_fail("passes meeting %d when %d of %d have come", lap, came, RUNNERS);
}

static void run_laps(void *arg)
{
	struct runner *r = arg;

	for (int lap = 1; lap <= MEETINGS; lap++) {
		model_on(MODEL_NOTE, &r->laps, kit_words("comes to meeting %d", lap), NULL, NULL, 1);
		if (r->meeting->barrier == BARRIER_HOUSE)
			sync_barrier_wait(&r->meeting->house);
		else
			meet_naively(r->meeting);
		check_all_came(r->meeting, lap);
	}
}

static void run_barrier(void *arg)
{
	static const char *const names[RUNNERS] = {"worker-1", "worker-2", "worker-3"};
	struct meeting *m = kit_begin(sizeof(*m));

	m->barrier = *(const enum barrier *)arg;
	sync_mutex_init(&m->lock, "barrier");
	sync_cond_init(&m->met, "met");
	sync_barrier_init(&m->house, "barrier", RUNNERS);
	for (unsigned i = 0; i < RUNNERS; i++)
		m->runner[i] = (struct runner){.meeting = m, .laps = {.name = "laps", .apart = true}};
	for (unsigned i = 0; i < RUNNERS; i++)
		kit_start(&m->runner[i].thread, names[i], run_laps, &m->runner[i]);
	for (unsigned i = 0; i < RUNNERS; i++)
		sync_thread_join(&m->runner[i].thread);
	sync_barrier_done(&m->house);
	sync_cond_done(&m->met);
	sync_mutex_done(&m->lock);
}

static const enum barrier reset = BARRIER_RESET, counts_on = BARRIER_COUNTS_ON, of_house = BARRIER_HOUSE;

static const struct diag_variant barrier_broken = {
	.name = "broken",
	.run = run_barrier,
	.config = &reset,
	.expect = MODEL_DEADLOCK,
	.tells = "A fast one comes round again before a slow one has left: its arrival shuts the door, and all wait for"
		 " ever.",
};

static const struct diag_variant barrier_open = {
	.name = "counts-on",
	.run = run_barrier,
	.config = &counts_on,
	.expect = MODEL_FAILED,
	.tells = "A count that is never set back leaves the door open: the fast one passes the second meeting alone.",
};

static const struct diag_variant barrier_fixed = {
	.name = "fixed",
	.run = run_barrier,
	.config = &of_house,
	.tells = "Each meeting has a generation of its own: who waits leaves when that has changed, however far others are.",
};

const struct diag_case *case_barrier(void)
{
	static const struct diag_case barrier = {
		.name = "barrier",
		.description = "three workers meet twice, and a fast one laps a slow one",
		.story = "The last to come wakes all and sets the count back to 0; those who wake look whether it is 0. If one"
			 " is fast enough to come to the second meeting first, it is 1 again, and the slow one goes back to"
			 " sleep in a meeting that is over. Used once the barrier is right, which is how it is tested. A"
			 " generation number tells one meeting from the next: that is the barrier of src/base/sync_more.c,"
			 " at which catchbasin's tests line up their threads.",
		.watch = "",
		.variant = {&barrier_broken, &barrier_open, &barrier_fixed},
	};

	return &barrier;
}
