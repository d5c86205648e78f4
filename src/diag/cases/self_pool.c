/* The pool: workers take, wait for their turn, store, retry, fail; feeders feed them; then the queue is closed. */
#include "base/mem.h"
#include "diag/cases/cases.h"
#include "diag/cases/self.h"
#include "work/turnstile.h"

#define RUN run_pool

static void run_pool(void *arg)
{
	self_begin(arg);
	self_pool_begin();
	self_feed();
	self_errands();
	self_close();
	self_drain(SYNC_FOREVER);
	self_pool_end();
	self_end();
}

/* ---- the turnstile by itself: of three, two wait at once ---- */

#define PASSERS 3
#define PASSES 2 /* of each */

struct passage {
	struct sync_mutex lock;
	uint64_t next_ticket; /* under the lock, as the queue gives them */
	struct turnstile turnstile;
	uint64_t passed;      /* whoever is inside counts */
};

static void pass(void *arg)
{
	struct passage *p = arg;

	for (unsigned i = 0; i < PASSES; i++) {
		uint64_t ticket;

		sync_lock(&p->lock);
		ticket = p->next_ticket++;
		sync_unlock(&p->lock);
		turnstile_enter(&p->turnstile, ticket);
		if (ticket != p->passed)
			model_fail("ticket %u has the turn of ticket %u", (unsigned)ticket, (unsigned)p->passed);
		model_step(MODEL_NOTE, "turnstile", "is inside", NULL, NULL);
		p->passed++;
		turnstile_leave(&p->turnstile, ticket);
	}
}

static void run_turnstile(void *arg UNUSED)
{
	static const char *const names[PASSERS] = {"w/1", "w/2", "w/3"};
	struct passage *p = mem_zalloc(1, sizeof(*p));
	struct sync_thread thread[PASSERS] = {0};
	struct err why = {0};

	sync_mutex_init(&p->lock, "tickets");
	turnstile_init(&p->turnstile, "turnstile");
	for (unsigned i = 0; i < PASSERS; i++) {
		if (sync_thread_start(&thread[i], names[i], pass, p, &why) != 0)
			model_fail("%s", why.text);
	}
	for (unsigned i = 0; i < PASSERS; i++)
		sync_thread_join(&thread[i]);
	if (p->passed != PASSERS * PASSES)
		model_fail("%u have passed", (unsigned)p->passed);
	turnstile_done(&p->turnstile);
	sync_mutex_done(&p->lock);
	mem_free(p);
}

static const struct diag_variant turnstile = {
	.name = "turnstile",
	.run = run_turnstile,
	.expect = MODEL_PASSED,
	.tells = "Three workers pass twice each, one at a time, in the order of their tickets.",
	.limits = {.spurious = 1, .whole = true},
	.proof = true,
};

/* feeders x takers x messages of each. */
SELF_SIZE(p111, "1x1x1", 1, 1, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true, .refuses = true, .results = 5, .faults = 2);
SELF_SIZE(p112, "1x1x2", 1, 0, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true, .results = 5, .faults = 1);
SELF_SIZE(p121, "1x2x1", 0, 1, 0, .feeders = 1, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .results = 5, .faults = 1);
SELF_SIZE(p211, "2x1x1", 1, 1, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .results = 2, .faults = 1);
SELF_SIZE(p122, "1x2x2", 0, 0, 2, .feeders = 1, .takers = 2, .messages = 2, .at_once = 1, .capacity = 2, .limit = 1,
	  .policy = BLOCK, .results = 3, .faults = 1);
SELF_SIZE(psplit, "1x2x2-split", 0, 0, 2, .feeders = 1, .takers = 2, .messages = 2, .at_once = 2, .capacity = 2,
	  .limit = 1, .policy = BLOCK, .results = 3, .faults = 1);
SELF_SIZE(p221, "2x2x1", 0, 0, 2, .feeders = 2, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true, .results = 3, .faults = 1);
SELF_SIZE(perrand, "1x2x1-errands", 0, 1, 0, .feeders = 1, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .errands = 2, .results = 1);
SELF_SIZE(perrand_late, "1x1x2-errands", 0, 1, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .errands = 1, .results = 1);

const struct diag_case *case_self_pool(void)
{
	static const struct diag_case self_pool = {
		.name = "self-pool",
		.description = "the production pool: workers, turnstile and a store that may refuse, in every order",
		.story = "Workers of the very pool.o and turnstile.o that serve in this program take from the "
			 "queue and store in the order of their tickets; the store is a stand-in whose every "
			 "answer (stored, busy, full, I/O error, never again, a refused row) is a choice that is "
			 "tried. Two in the store at once, a ticket out of turn, rows booked before they are "
			 "stored, a failure that is told twice or never: none of that may happen in any order.",
		.watch = "",
		.variant = {&p111, &p112, &p121, &p211, &p122, &psplit, &p221, &perrand, &perrand_late,
			    &turnstile},
	};

	return &self_pool;
}
