/*
 * queue_impl - the inside of the queue, shared by queue.c (the way out) and gate.c (the way in); the proofs look at it.
 *
 * Owns     see queue.h
 * Threads  every function here with the queue's lock held
 * Blocks   never
 * Units    as queue.h
 * Errors   none
 * Limits   as queue.h
 * Upholds  queue_sane() at every unlock
 */
#ifndef CORE_QUEUE_IMPL_H
#define CORE_QUEUE_IMPL_H

#include "base/sync.h"
#include "core/gate.h"
#include "core/take.h"

#define QUEUE_NAME 48
#define QUEUE_SWOLLEN_BYTES (2 * 1024 * 1024) /* so much is given back to the system once the queue is empty */

struct queue {
	struct sync_mutex lock;
	/* One worker, the watcher, waits at `watch` for the moment there is work; the others at `idle` to become
	 * the watcher. So a push wakes one thread, and an idle pool none. */
	struct sync_cond watch, idle;
	bool watched, poked;

	char name[QUEUE_NAME];
	uint64_t capacity_count, budget_bytes;
	uint32_t batch_count;
	int64_t batch_interval_ns;
	void (*wake)(void *arg);
	void *wake_arg;

	struct batch *head, *tail;           /* queued, oldest first, linked by next */
	struct batch *drop_head, *drop_tail; /* those of them that drop-oldest may discard */
	uint64_t queued_count, flying_count; /* messages */
	uint64_t bytes;                      /* allocated, queued or in flight */
	uint64_t droppable_count, droppable_bytes;
	uint64_t ack_batches;                /* queued, whose source waits for an acknowledgement */
	uint64_t high_count, high_bytes;
	bool swollen;                        /* it held QUEUE_SWOLLEN_BYTES since it was last empty */

	struct gate *line_head, *line_tail;  /* held sources, the longest waiting first */
	uint64_t line_count, next_place;
	uint64_t admitted_count;             /* out of the line, and not yet back with what they were held for */
	uint64_t promised_count, promised_bytes; /* the room that is kept for them */

	uint64_t next_ticket, outstanding;   /* tickets given; of them not yet settled */
	struct take *under_way;              /* these, the oldest first */
	int64_t errand_ns;                   /* when a worker is wanted, though there may be nothing to take */
	bool closed;
	struct ledger ledger;
};

/* Takes and releases the queue's lock, telling so in the debug log. */
void queue_lock(struct queue *q, const char *why);
void queue_unlock(struct queue *q, const char *why);

/* Is there work for a worker now? If not, *ret_until is when there will be for reasons of time. */
bool queue_ready(const struct queue *q, int64_t now_ns, int64_t *ret_until);
/* Wakes the watcher if there is work for it, or (sooner) its deadline may have come nearer. */
void queue_poke(struct queue *q, bool sooner);
/* Unlinks a batch of which no message is left to take. */
void queue_unlink(struct queue *q, struct batch *b);
/* Takes n messages off the front of b's untaken ones, in the queue's counts. */
void queue_advance(struct queue *q, struct batch *b, uint32_t n);
/* The batch is out of the queue and nobody reads it any more: its bytes are free again. Pushes it on *spent. */
void queue_release(struct queue *q, struct batch *b, struct batch **spent);
/* May the first of the line go on? */
bool queue_line_moves(const struct queue *q);
/* Should `wake` be called once the lock is released? Asked wherever room appears, an admission ends, or the line
 * changes: whoever may go on has been told so at every unlock. */
bool queue_wants_wake(const struct queue *q);
/* Frees a list linked by next; without the lock. */
void queue_free_spent(struct batch *spent);
/* The invariants, for asserts. */
bool queue_sane(const struct queue *q);

#endif
