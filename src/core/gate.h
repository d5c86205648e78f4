/*
 * gate - one source's way into the queue: takes, holds back or drops.
 *
 * Owns     nothing: the struct is part of its holder; a held batch stays with the source
 * Threads  each gate in one thread; queue_admit: any
 * Blocks   never
 * Units    as core/queue.h
 * Errors   verdicts
 * Limits   the queue's
 * Upholds  `received` is counted here and nowhere else; held sources go on in the order in which they were held,
 *          before any newer push; a block source's messages are never discarded
 */
#ifndef CORE_GATE_H
#define CORE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "core/batch.h"
#include "core/queue.h"

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
	uint64_t place;             /* its number in the line, kept while it is admitted */
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

/* The next held source for whom there is room now, out of the line; NULL if none. Call after `wake` until NULL. The
 * room is kept for each one given, and all others wait, until it calls gate_offer, gate_ready or gate_done: let it do
 * so at once. If it is held again, it has its old place. */
struct gate *queue_admit(struct queue *q) MUST_CHECK;

#endif
