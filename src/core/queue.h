/*
 * queue - where batches wait between the listeners and the workers, and where the books are kept.
 *
 * Owns     every batch from the gate_offer that took it until the settle of its last message; the ledger
 * Threads  gate_*: the gate's thread; queue_new, queue_free: one thread when nobody else uses it; the rest: any
 * Blocks   queue_take until there is work; nothing else
 * Units    capacity in messages, budget in allocated bytes, _ns monotonic
 * Errors   returned, never logged
 * Limits   queued + in flight: messages <= capacity, bytes <= budget, always; refused beyond, never grown
 * Upholds  the ledger's identity at every unlock; tickets are given in queue order; what one source offers leaves
 *          in that order; held sources get freed space before newer pushes
 */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "core/batch.h"
#include "core/ledger.h"

struct queue;

struct queue_opts {
	const char *name;            /* the store's; copied */
	uint64_t capacity_count;     /* messages, queued and in flight */
	uint64_t budget_bytes;       /* allocated bytes of the same */
	uint32_t batch_count;        /* a transaction ends at this many messages, */
	int64_t batch_interval_ns;   /* or when its oldest message has waited this long */
	void (*wake)(void *arg);     /* called without the lock: a held source may go on (see queue_admit) */
	void *wake_arg;
};

/* NULL with reterr if there is no memory. */
struct queue *queue_new(const struct queue_opts *opts, struct err *reterr) MUST_CHECK;
/* Frees what is still queued. */
void queue_free(struct queue *q);
/* Live keys. */
void queue_tune(struct queue *q, uint32_t batch_count, int64_t batch_interval_ns);
/* The listener's account in this queue's books, made if new. NULL: no memory. */
struct account *queue_account(struct queue *q, const char *listener) MUST_CHECK;

/* ---- the way in: gates ---- */

enum gate_policy { GATE_BLOCK, GATE_DROP_NEWEST, GATE_DROP_OLDEST };
enum gate_verdict {
	GATE_TAKEN,  /* the queue has the batch, or has counted what it dropped of it */
	GATE_HELD,   /* block: full; the batch is still yours, the gate waits in line: offer it again when admitted */
	GATE_CLOSED, /* no more is taken; the batch is still yours and not in the books */
};

/* One source's way in: a connection, or a datagram socket. Part of its holder; private to queue and gate. */
struct gate {
	struct queue *queue;
	struct account *account;
	enum gate_policy policy;
	void *owner;                /* the holder's: comes back from queue_admit */
	struct gate *prev, *next;   /* in the line of held sources */
	bool held, admitted;
	uint64_t want_count, want_bytes;
};

void gate_init(struct gate *g, struct queue *q, struct account *account, enum gate_policy policy, void *owner);
/* Leaves the line. */
void gate_done(struct gate *g);
/* A live change of policy: if the gate stands in line it keeps its place. */
void gate_set_policy(struct gate *g, enum gate_policy policy);
/* Offers a batch: takes *b and empties it, unless HELD or CLOSED. Never waits. */
enum gate_verdict gate_offer(struct gate *g, struct batch **b) MUST_CHECK;
/* May this source read now? False (block only): the queue is full or others wait; the gate now waits in line. */
bool gate_ready(struct gate *g) MUST_CHECK;
/* Writes messages into the books that never came to be a batch (kernel, oversize, incomplete, denied, or
 * queue_full for want of memory). at: wall time. */
void gate_refuse(struct gate *g, enum loss_reason why, uint64_t messages, uint64_t bytes, int64_t at);

/* The next held source for whom there is room now, out of the line and first served until it offers or is done;
 * NULL if none. Call after `wake` until NULL; each one given must go on reading or offering. */
struct gate *queue_admit(struct queue *q) MUST_CHECK;

/* ---- the way out: takes ---- */

/* Messages first … first + count - 1 of a batch. */
struct slice {
	struct batch *batch;
	uint32_t first, count;
};

/* What one worker took under one ticket: messages of one transaction. */
struct take {
	uint64_t ticket;
	struct slice *slices;
	uint32_t slice_count, slice_cap;
	uint64_t messages, bytes;   /* bytes: of the bodies */
	struct loss_delta *losses;  /* to be written in the same transaction */
	uint32_t loss_count, loss_cap;
	struct batch *spent;        /* after settle: to be freed by take_reset */
};

enum take_result { TAKE_WORK, TAKE_CLOSED };

/* What became of a take. Messages marked `refused` in their batch are lost as `store`. */
enum take_outcome {
	TAKE_STORED,    /* committed: all but the refused */
	TAKE_ABANDONED, /* given up at the deadline or after a failure: lost as `shutdown` */
};

void take_init(struct take *t);
void take_done(struct take *t);
/* Frees what the last settle left and empties t; its arrays are kept for the next time. */
void take_reset(struct take *t);

/* Waits for work and takes it together with the next ticket. t must be reset. TAKE_CLOSED: closed and empty.
 * A take may hold losses only. No memory: waits a little and tries again; nothing is lost. */
enum take_result queue_take(struct queue *q, struct take *t);
/* Books the outcome. The slices stay readable until take_reset. Wakes held sources. */
void queue_settle(struct queue *q, struct take *t, enum take_outcome outcome);

/* No more is taken in; queue_take gives out what is there at once, then TAKE_CLOSED. */
void queue_close(struct queue *q);
/* Closes, and loses what is queued as `shutdown`. Returns how many messages. */
uint64_t queue_abandon(struct queue *q);

/* ---- looking at it ---- */

struct queue_status {
	uint64_t messages, bytes;            /* queued and in flight */
	uint64_t queued, in_flight;
	uint64_t capacity_count, budget_bytes;
	uint64_t high_count, high_bytes;     /* the most there ever was */
	uint64_t held_sources;
	int64_t oldest_ns;                   /* monotonic: when the oldest unstored message came; 0: none */
	bool closed;
	struct account_sums sums;
	bool balanced;                       /* the books of every account */
};

void queue_status(struct queue *q, struct queue_status *ret);
/* Calls fn for each account, under the lock: be short. */
void queue_each_account(struct queue *q, void (*fn)(void *arg, const struct account *a), void *arg);

#endif
