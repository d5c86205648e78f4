/*
 * self - what the proofs of the production code share: feeders that behave as sources do, and an observer who keeps
 * books of his own.
 *
 * Owns     the queue and all else of the run that is on
 * Threads  those of a run of the model
 * Blocks   as the model does
 * Units    messages are known by feeder and number
 * Errors   what the books or the observer find wrong fails the run
 * Limits   SELF_FEEDERS feeders, SELF_TAKERS takers, SELF_MESSAGES messages each
 * Upholds  nothing of the code under proof is built otherwise, or told that it is watched
 */
#ifndef DIAG_CASES_SELF_H
#define DIAG_CASES_SELF_H

#include "core/gate.h"
#include "core/take.h"
#include "diag/cases/self_size.h"
#include "work/pool.h"

#define SELF_BODY 2 /* bytes */
#define SELF_INTERVAL_NS INT64_C(50000000)
#define SELF_DEADLINE_NS INT64_C(20000000)
#define SELF_GRACE_NS INT64_C(250000000)

enum self_fate { SELF_NOWHERE, SELF_TAKEN, SELF_STORED, SELF_REFUSED, SELF_GIVEN_UP };

struct self_feeder {
	unsigned no;
	struct gate gate;
	struct sync_thread thread;
	bool admitted;
	unsigned done;            /* messages */
};

/* The run that is on. */
struct self_run {
	const struct self_size *size;
	struct queue *q;
	struct self_feeder feeder[SELF_FEEDERS];
	bool rung;                /* the loop has been told that a held source may go on, */
	unsigned admitting;       /* and so many are at it */
	enum self_fate fate[SELF_FEEDERS][SELF_MESSAGES];
	int last_taken[SELF_FEEDERS], last_stored[SELF_FEEDERS];
	uint64_t next_ticket;
	const struct take *hand[SELF_TAKERS]; /* what is being worked at */
	unsigned count[SELF_GIVEN_UP + 1]; /* messages by fate */
	unsigned late;            /* found the queue closed */
	uint64_t told;            /* losses that went along with a transaction */
	unsigned faults;          /* there have been */
	bool given_up;            /* somebody said so, or a deadline has passed */
	int64_t deadline_ns;      /* of the stop */
	struct pool *pool;
	bool inside;              /* the sink */
	uint64_t trying;          /* the ticket that was last tried, plus 1 */
	bool broken;              /* it has said that it can never work */
	bool left_behind;         /* the drain no longer waits for who is inside */
	unsigned settled, commits, finished, failures;
	unsigned errands, empty;  /* that the sink has asked for; takes of nothing */
	bool wanted;              /* the last of them has not been run yet */
	bool closed;              /* the queue, for certain */
};

/* Lends: the one there is. */
struct self_run *self_run(void);

/* Starts afresh: a queue of that size, and its accounts. */
void self_begin(const struct self_size *size);
/* Starts the feeders; waits for their end. */
void self_feed(void);
void self_join_feeders(void);
/* Closes the queue, or gives it up, as the size says; the feeders are joined before or after. */
void self_close(void);
/* Call with all threads joined: checks the books, and the observer's, then frees the queue. */
void self_end(void);
void self_check_end(void);
/* For diag_variant.check: what must hold after every step. */
const char *self_check(void);

/* A take has come out of the queue: nothing twice, in order, within the limit. At once with queue_take. */
void self_taken(const struct take *t);
/* Its messages are what they were; so for the last time. */
void self_readable(const struct take *t);
void self_let_go(const struct take *t);
/* What became of a take; messages marked refused are booked so. Each source's in order: with a turnstile. */
void self_fated(const struct take *t, enum self_fate fate, bool in_order);
/* One of n answers of a sink; another than the first as often as the size allows. */
unsigned self_answer(const char *sink, unsigned n);
/* Lets the surroundings refuse the take's first message. */
void self_maybe_refuse(struct take *t);

/* Somebody gives the drain up, at any moment and in order with nothing; and whether somebody has. */
void self_give_up(void);
bool self_given_up(void);

/* ---- a pool before a store that answers as the surroundings choose (self_sink.c) ---- */

/* Starts it; self_run()->pool. */
void self_pool_begin(void);
/* Waits until every errand the sink has asked for has been run. */
void self_errands(void);
/* Drains it, however long that takes; at the deadline it gives up. */
void self_drain(int64_t deadline_ns);
/* A drain has given up and come back without a worker, who may go on now. */
void self_leave_behind(void);
/* If it has passed, it is right to have given up. */
void self_note_deadline(int64_t deadline_ns);
/* Frees it; everything must have been told. */
void self_pool_end(void);

#endif
