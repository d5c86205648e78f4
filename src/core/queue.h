/*
 * queue - where batches wait between the listeners and the workers, and where the books are kept.
 *
 * Owns     every batch from the gate_offer (core/gate.h) that took it until the settle (core/take.h) of its last message; the ledger
 * Threads  queue_new, queue_free: one thread when nobody else uses it; the rest: any
 * Blocks   never; waiting for work is in core/take.h
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
#include "core/ledger.h"

struct queue;

struct queue_opts {
	const char *name;            /* the store's; copied */
	uint64_t capacity_count;     /* messages, queued and in flight */
	uint64_t budget_bytes;       /* allocated bytes of the same */
	uint32_t batch_count;        /* a transaction ends at this many messages, */
	int64_t batch_interval_ns;   /* or when its oldest message has waited this long */
	void (*wake)(void *arg);     /* a held source may go on (see queue_admit). Called without the lock, on any
	                              * thread that uses queue, gate or take; be quick */
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

/* At that time a worker is wanted, though nothing may have come: then it gets a take of nothing. Once; in the place of what
 * was said before; SYNC_FOREVER: never. Forgotten when the queue is closed. */
void queue_errand(struct queue *q, int64_t at_ns);

/* No more is taken in; queue_take gives out what is there at once, then TAKE_CLOSED. */
void queue_close(struct queue *q);
/* Closes, and loses what is queued as `shutdown`. Returns how many messages. */
uint64_t queue_abandon(struct queue *q);

/* The losses that no transaction has carried, for the receipt; after the last settle of a closed queue. Lends the
 * names and gives each loss once. Returns how many of at most max; call again if that was max. */
unsigned queue_last_losses(struct queue *q, struct loss_delta *ret, unsigned max);

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
