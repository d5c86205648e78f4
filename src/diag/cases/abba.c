/* Two threads, two locks, opposite order; and what becomes of it when they try and back off. */
#include "base/clock.h"
#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

#define PAUSE_NS (NS_PER_MS)

enum manner { MANNER_BLOCK, MANNER_TRY };

struct way {
	enum manner manner;
	bool one_order;
	int pause[2];     /* of each thread, when it backs off: in PAUSE_NS */
	bool first_ends;  /* who gets both locks ends the run: there is no livelock */
};

struct abba {
	const struct way *way;
	struct kit_lock ledger, journal;
	struct model_datum done;
	struct sync_thread worker[2];
};

/* Takes the first, tries the second; where that is taken, gives back the first and pauses. */
static void take_by_trying(struct abba *a, struct kit_lock *first, struct kit_lock *second, int pause)
{
	for (;;) {
		kit_lock(first);
		if (kit_trylock(second))
			break;
		kit_unlock(first);
		sync_sleep_until(sync_now_ns() + pause * PAUSE_NS);
	}
	if (a->way->first_ends)
		model_exit();
}

static void transfer(void *arg)
{
	struct abba *a = arg;

	if (a->way->manner == MANNER_TRY) {
		take_by_trying(a, &a->ledger, &a->journal, a->way->pause[0]);
	} else {
		kit_lock(&a->ledger);
		kit_lock(&a->journal);
	}
	model_on(MODEL_NOTE, &a->done, "transfers", NULL, NULL, 1);
	kit_unlock(&a->journal);
	kit_unlock(&a->ledger);
}

static void audit(void *arg)
{
	struct abba *a = arg;

	if (a->way->manner == MANNER_TRY) {
		take_by_trying(a, &a->journal, &a->ledger, a->way->pause[1]);
	} else if (a->way->one_order) {
		kit_lock(&a->ledger);
		kit_lock(&a->journal);
	} else {
		kit_lock(&a->journal);
		kit_lock(&a->ledger);
	}
	model_on(MODEL_NOTE, &a->done, "audits", NULL, NULL, 1);
	kit_unlock(&a->ledger);
	kit_unlock(&a->journal);
}

static void run(void *arg)
{
	struct abba *a = kit_begin(sizeof(*a));

	a->way = arg;
	a->done = (struct model_datum){.name = "done", .apart = true};
	kit_lock_init(&a->ledger, "ledger", false);
	kit_lock_init(&a->journal, "journal", false);
	kit_start(&a->worker[0], "transfer", transfer, a);
	kit_start(&a->worker[1], "audit", audit, a);
	for (unsigned i = 0; i < ARRAY_LEN(a->worker); i++)
		sync_thread_join(&a->worker[i]);
	if (a->done.value != 2)
		model_fail("%d of 2 are done", (int)a->done.value);
}

static const struct way opposite = {.manner = MANNER_BLOCK}, same = {.manner = MANNER_BLOCK, .one_order = true},
			unlike = {.manner = MANNER_TRY, .pause = {1, 2}}, alike = {.manner = MANNER_TRY, .pause = {1, 1}, .first_ends = true};

static const struct diag_variant broken = {
	.name = "broken",
	.run = run,
	.config = &opposite,
	.expect = MODEL_DEADLOCK,
	.tells = "Each holds one lock and waits for the other's: neither will ever let go.",
};

static const struct diag_variant fixed = {
	.name = "fixed",
	.run = run,
	.config = &same,
	.tells = "Both take the ledger before the journal: whoever has the first lock meets nobody on the way to the"
		 " second.",
};

static const struct diag_variant trylock = {
	.name = "trylock",
	.run = run,
	.config = &unlike,
	.tells = "Who cannot have the second lock gives back the first and pauses, one longer than the other: both get"
		 " through.",
};

static const struct diag_variant livelock = {
	.name = "livelock",
	.run = run,
	.config = &alike,
	.expect = MODEL_LONG,
	.tells = "With pauses of the same length they can meet again every time: both run, neither gets anywhere.",
	/* Five rounds in step; nothing forbids the next one. */
	.limits = {.max_steps = 40},
};

const struct diag_case *case_deadlock_abba(void)
{
	static const struct diag_case abba = {
		.name = "deadlock-abba",
		.description = "two threads take two locks in opposite order",
		.story = "One takes the ledger and wants the journal, the other takes the journal and wants the ledger. It"
			 " needs a switch between two acquires that lie next to each other, so it passes every test and shows"
			 " under load. One order for all prevents it; trying and backing off does too, if the pauses differ,"
			 " else the two may dance in step. In catchbasin hardly any lock is taken inside another: the queue's"
			 " memory is freed and the writer entered (src/work/turnstile.c) with the queue's lock released.",
		.watch = "done",
		.variant = {&broken, &livelock, &trylock, &fixed},
	};

	return &abba;
}
