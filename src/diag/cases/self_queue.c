/* The queue itself: feeders offer, takers take and settle as they come, somebody closes; in every order there is. */
#include <stddef.h>

#include "diag/cases/cases.h"
#include "diag/cases/self.h"

#define RUN run_queue

struct taker {
	unsigned no;
	struct sync_thread thread;
};

/* What becomes of a take: stored as a rule; while there are faults left, it may be given up. */
static enum take_outcome decide(struct take *t)
{
	if (self_run()->size->faults && self_answer("sink", 2) == 1)
		return TAKE_ABANDONED;
	self_maybe_refuse(t);
	return TAKE_STORED;
}

static void serve(void *arg UNUSED)
{
	struct take t = {0};

	take_init(&t);
	while (queue_take(self_run()->q, &t) == TAKE_WORK) {
		enum take_outcome outcome;

		self_taken(&t);
		outcome = decide(&t);
		self_readable(&t);
		self_fated(&t, outcome == TAKE_STORED ? SELF_STORED : SELF_GIVEN_UP, false);
		queue_settle(self_run()->q, &t, outcome);
		self_let_go(&t);
		take_reset(&t);
	}
	take_done(&t);
}

static void run_queue(void *arg)
{
	static const char *const names[SELF_TAKERS] = {"taker 1", "taker 2"};
	const struct self_size *s = arg;
	struct taker taker[SELF_TAKERS] = {0};
	struct err why = {0};

	self_begin(s);
	self_feed();
	for (unsigned i = 0; i < s->takers; i++) {
		taker[i].no = i;
		if (sync_thread_start(&taker[i].thread, names[i], serve, &taker[i], &why) != 0)
			model_fail("%s", why.text);
	}
	self_close();
	for (unsigned i = 0; i < s->takers; i++)
		sync_thread_join(&taker[i].thread);
	self_end();
}

/* feeders x takers x messages of each. */
SELF_SIZE(q111, "1x1x1", 1, 1, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true, .refuses = true, .faults = 1);
SELF_SIZE(q112, "1x1x2", 1, 1, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true);
SELF_SIZE(q112n, "1x1x2-drop-newest", 1, 1, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = NEWEST, .early = true, .faults = 1);
SELF_SIZE(q112o, "1x1x2-drop-oldest", 1, 1, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = OLDEST, .early = true);
SELF_SIZE(q121, "1x2x1", 1, 1, 0, .feeders = 1, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true);
SELF_SIZE(q211, "2x1x1", 1, 1, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true);
SELF_SIZE(q211f, "2x1x1-faults", 1, 1, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .refuses = true, .faults = 1);
SELF_SIZE(q211o, "2x1x1-drop-oldest", 1, 1, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = OLDEST, .early = true);
SELF_SIZE(patient21, "2x1x1-patient", 1, 1, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 8,
	  .limit = 2, .policy = BLOCK, .patient = true, .calm = true);
SELF_SIZE(patient12, "1x2x2-patient", 1, 1, 0, .feeders = 1, .takers = 2, .messages = 2, .at_once = 1, .capacity = 8,
	  .limit = 2, .policy = BLOCK, .patient = true, .calm = true);
SELF_SIZE(split, "1x2x2-split", 1, 1, 0, .feeders = 1, .takers = 2, .messages = 2, .at_once = 2, .capacity = 2,
	  .limit = 1, .policy = BLOCK, .early = true);
SELF_SIZE(splitfull, "1x2x3-split-drop-oldest", 0, 0, 0, .feeders = 1, .takers = 2, .messages = 3, .at_once = 2,
	  .capacity = 2, .limit = 1, .policy = OLDEST);
SELF_SIZE(abandon, "2x1x1-abandon", 1, 1, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .abandons = true);
SELF_SIZE(line, "2x1x2-calm", 0, 0, 0, .feeders = 2, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .calm = true);
SELF_SIZE(tight, "2x1x1-tight", 1, 1, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 8,
	  .limit = 1, .tight = true, .policy = BLOCK, .early = true);
SELF_SIZE(tightsplit, "1x2x4-split-tight", 0, 0, 0, .feeders = 1, .takers = 2, .messages = 4, .at_once = 2,
	  .capacity = 8, .limit = 1, .tight = true, .policy = BLOCK);
SELF_SIZE(asks, "2x1x1-asks", 1, 1, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .asks = true);
SELF_SIZE(asks_less, "2x1x3-asks-less", 0, 0, 2, .feeders = 2, .takers = 1, .messages = 3, .at_once = 2, .capacity = 2,
	  .limit = 1, .policy = BLOCK, .asks = true);
SELF_SIZE(leaves, "2x1x1-leaves", 1, 1, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .leaves = true);
SELF_SIZE(leaves2, "2x1x2-leaves", 0, 0, 2, .feeders = 2, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .leaves = true);
SELF_SIZE(asks_leaves, "2x1x1-asks-leaves", 0, 0, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1,
	  .capacity = 1, .limit = 1, .policy = BLOCK, .asks = true, .leaves = true);
SELF_SIZE(leaves_calm, "1x1x2-leaves-calm", 0, 1, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1,
	  .capacity = 1, .limit = 1, .policy = BLOCK, .leaves = true, .calm = true);
SELF_SIZE(newest_calm, "1x2x2-drop-newest-calm", 0, 0, 0, .feeders = 1, .takers = 2, .messages = 2, .at_once = 1,
	  .capacity = 1, .limit = 1, .policy = NEWEST, .calm = true, .faults = 1);
SELF_SIZE(q221n, "2x2x1-drop-newest", 1, 0, 0, .feeders = 2, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = NEWEST, .early = true);
SELF_SIZE(q221x, "2x2x1-mixed", 0, 1, 0, .feeders = 2, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = MIXED, .early = true);
SELF_SIZE(splito, "1x2x4-split-drop-oldest", 0, 0, 0, .feeders = 1, .takers = 2, .messages = 4, .at_once = 2,
	  .capacity = 2, .limit = 1, .policy = OLDEST);
SELF_SIZE(q221f, "2x2x1-faults", 0, 0, 0, .feeders = 2, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .faults = 1);
SELF_SIZE(q221, "2x2x1", 1, 1, 0, .feeders = 2, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true);
SELF_SIZE(q222, "2x2x2", 0, 0, 2, .feeders = 2, .takers = 2, .messages = 2, .at_once = 1, .capacity = 2, .limit = 1,
	  .policy = BLOCK);

const struct diag_case *case_self_queue(void)
{
	static const struct diag_case self_queue = {
		.name = "self-queue",
		.description = "the production queue: feeders, takers and a closer, in every order",
		.story = "Feeders hand messages to the very queue.o, gate.o and take.o that serve in this program, "
			 "as sources do; takers take, store, refuse or give up, and settle; somebody closes the "
			 "queue at any moment. After every step the books must balance and the bounds hold; in the "
			 "end every message is stored once and in order or counted as lost, and nobody waits. A "
			 "wait under if, a wake-up too few, a count outside the lock: that is what would show here, and "
			 "does, where tests/mutants plants it.",
		.watch = "",
		.variant = {&q111, &q112, &q112n, &q112o, &q121, &q211, &q211f, &q211o, &patient21, &patient12, &split,
			    &splitfull, &abandon, &line, &tight, &tightsplit, &asks, &asks_less, &leaves, &leaves2,
			    &asks_leaves, &leaves_calm, &newest_calm, &q221n, &q221x, &splito, &q221, &q221f, &q222},
	};

	return &self_queue;
}
