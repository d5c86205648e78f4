/*
 * self_size - the sizes of a proof, and how they are written down: one variant of its case each.
 *
 * Owns     nothing
 * Threads  any: constants
 * Blocks   never
 * Units    messages, times they happen
 * Errors   none
 * Limits   SELF_FEEDERS feeders, SELF_TAKERS takers, SELF_MESSAGES messages each
 * Upholds  none
 */
#ifndef DIAG_CASES_SELF_SIZE_H
#define DIAG_CASES_SELF_SIZE_H

#include "core/gate.h"
#include "diag/case.h"

#define SELF_FEEDERS 2
#define SELF_TAKERS 2
#define SELF_MESSAGES 4

/* The size of a run. */
struct self_size {
	unsigned feeders, takers; /* takers: or workers */
	unsigned messages;        /* that each feeder brings, */
	unsigned at_once;         /* so many in one batch */
	unsigned capacity, limit; /* of the queue, and of a transaction */
	bool tight;               /* the queue has memory for one batch alone */
	enum gate_policy policy[SELF_FEEDERS];
	bool patient;             /* the transaction may wait for more */
	bool asks;                /* feeders ask before they read, as sources do */
	bool leaves;              /* a held source may go away */
	bool early;               /* the queue is closed at any moment, not when all is offered, */
	bool calm;                /* or only when everything has come to its end */
	bool abandons;            /* it is not only closed, but given up */
	bool refuses;             /* the database may refuse a row */
	unsigned results;         /* of the sink: 1: OK alone, 2: and BUSY, 3: and FATAL, 5: and FULL, IOERR; 0: there is none,
				   * takes are given up */
	unsigned faults;          /* how often it may answer otherwise than OK */
	unsigned errands;         /* how often the sink wants to be tended though nothing has come */
	bool busy;                /* the database is busy, for ever */
	bool stuck;               /* it answers only when nobody waits for it any more */
	bool deadline;            /* the stop has one; without it, there is all the time in the world */
	bool hurry;               /* somebody says to give up, at any moment */
	bool second;              /* there is another store, with a queue, a message and a worker of its own */
};

/* For diag_variant.surroundings: of a size. */
void self_surroundings(const void *config, struct diag_surroundings *ret);

#define SELF_TELLS                                                                                  \
	"Every message is stored once and in order, or counted as lost; the bounds hold; everybody comes to an end."

#define BLOCK {GATE_BLOCK, GATE_BLOCK}
#define NEWEST {GATE_DROP_NEWEST, GATE_DROP_NEWEST}
#define OLDEST {GATE_DROP_OLDEST, GATE_DROP_OLDEST}
#define MIXED {GATE_BLOCK, GATE_DROP_OLDEST}

/* RUN is the body; timeouts and spurious wake-ups that may happen; preemptions to search up to, 0: until complete.
 * Then members of struct self_size. */
#define SELF_SIZE(id, says, most_timeouts, most_spurious, to_bound, ...)                            \
	static const struct self_size size_##id = {__VA_ARGS__};                                    \
	static const struct diag_variant id = {                                                     \
		.name = (says),                                                                     \
		.run = RUN,                                                                         \
		.config = &size_##id,                                                               \
		.expect = MODEL_PASSED,                                                             \
		.tells = SELF_TELLS,                                                                \
		.limits = {.timeouts = (most_timeouts), .spurious = (most_spurious), .whole = true}, \
		.proof = true,                                                                      \
		.most_bound = (to_bound),                                                           \
		.surroundings = self_surroundings,                                                  \
		.check = self_check,                                                                \
	}

#endif
