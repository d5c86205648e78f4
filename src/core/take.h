/*
 * take - the way out of the queue: what one worker takes under one ticket, and what becomes of it.
 *
 * Owns     a take owns its arrays; the batches stay the queue's until the settle has given them to the take
 * Threads  each take in one thread; queue_take, queue_settle, take_reset: any
 * Blocks   queue_take until there is work; nothing else
 * Units    as core/queue.h
 * Errors   none: without memory a take is smaller, or comes later
 * Limits   batch_count messages a take
 * Upholds  tickets are given in queue order, without a gap; every take is settled once
 */
#ifndef CORE_TAKE_H
#define CORE_TAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "core/batch.h"
#include "core/queue.h"

/* Messages first … first + count - 1 of a batch. */
struct slice {
	struct batch *batch;
	uint32_t first, count;
	uint64_t bytes;             /* of their bodies */
	uint32_t refused;           /* after settle: how many of them, */
	uint64_t refused_bytes;     /* and their bodies */
	bool shared;                /* after settle: the batch has more messages than these */
};

/* What one worker took under one ticket: messages of one transaction. */
struct take {
	uint64_t ticket;
	struct slice *slices;
	uint32_t slice_count, slice_cap;
	uint64_t messages, bytes;   /* bytes: of the bodies */
	struct loss_delta *losses;  /* to be written in the same transaction */
	uint32_t loss_count, loss_cap;
	int64_t oldest_ns;          /* monotonic: when its oldest message came */
	struct queue *queue;        /* where it came from; borrowed */
	bool shared;                /* after settle: some slice is */
	struct batch *spent;        /* after settle: to be freed by take_reset */
	bool last;                  /* after settle: nothing is left of what once was much */
	struct take *next;          /* among the takes under way, by ticket */
};

enum take_result { TAKE_WORK, TAKE_CLOSED };

/* What became of a take. Messages marked `refused` in their batch are lost as `store`. */
enum take_outcome {
	TAKE_STORED,    /* committed: all but the refused */
	TAKE_ABANDONED, /* given up at the deadline or after a failure: lost as `shutdown` */
};

void take_init(struct take *t);
void take_done(struct take *t);
/* Lets go of the batches, frees those that nobody else needs, and empties t; its arrays are kept for the next time.
 * Before queue_free. */
void take_reset(struct take *t);

/* Waits for work and takes it together with the next ticket. t must be reset. TAKE_CLOSED: closed and empty.
 * A take may hold losses only, or nothing at all (queue_errand). No memory: waits a little and tries again; nothing is lost. */
enum take_result queue_take(struct queue *q, struct take *t);
/* Books the outcome. The slices stay readable until take_reset. Wakes held sources. */
void queue_settle(struct queue *q, struct take *t, enum take_outcome outcome);

#endif
