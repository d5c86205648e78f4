/*
 * lock_graph - which lock was taken while which other was held, and rings among these orders.
 *
 * Owns     nothing: the graph is the caller's, zeroed at first
 * Threads  one at a time, but for lock_graph_knows: any
 * Blocks   never
 * Units    kinds of locks, by name; 0 is what is not followed
 * Errors   none: what is beyond the limits is not followed, words that do not fit are cut
 * Limits   LOCK_KINDS kinds
 * Upholds  an order, once known, stays known; no memory is allocated
 */
#ifndef BASE_LOCK_GRAPH_H
#define BASE_LOCK_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sync.h"

#define LOCK_KINDS 64

/* One order: places and threads as they were seen first. */
struct lock_order {
	const struct sync_src *held_at, *taken_at;
	unsigned threads;             /* different ones that took it; no more than two are counted */
	int thread[2];
	char name[2][SYNC_NAME];
	uint64_t guard;               /* kinds that were held besides whenever it was taken: a bit each */
};

struct lock_graph {
	/* A bit for each kind that was taken while this one was held. Who sees an old value comes in and looks again. */
	_Atomic uint64_t after[LOCK_KINDS];
	struct lock_order order[LOCK_KINDS][LOCK_KINDS]; /* [held][taken] */
	char name[LOCK_KINDS][SYNC_NAME];
	unsigned kinds, orders;
};

/* Who took it. */
struct lock_taker {
	int thread;                   /* a number of its own */
	const char *name;
	uint64_t guard;
};

/* Orders that follow one another until they come back to the first. */
struct lock_ring {
	unsigned kind[LOCK_KINDS + 1]; /* each was held when the next one was taken; the last is the first again */
	unsigned count;                /* of orders */
};

/* The kind of locks of this name; 0: there is no room for another. */
unsigned lock_graph_kind(struct lock_graph *g, const char *name);
bool lock_graph_knows(const struct lock_graph *g, unsigned held, unsigned taken);
/* An order was taken, for the first time or again. */
void lock_graph_add(struct lock_graph *g, unsigned held, const struct sync_src *held_at, unsigned taken,
		    const struct sync_src *taken_at, const struct lock_taker *by);
/* The shortest ring that begins with `taken` and ends on the known order "held, then taken". False: there is none. */
bool lock_graph_ring(const struct lock_graph *g, unsigned held, unsigned taken, struct lock_ring *ret);
/* Can threads stand in this ring? Not where one thread alone took all its orders, nor where a lock outside kept them
 * apart. */
bool lock_graph_can_meet(const struct lock_graph *g, const struct lock_ring *r);
/* One took "a" (at) then "b" (at); another took "b" (at) then "a" (at). last: what is said of the last "then". */
void lock_graph_words(const struct lock_graph *g, const struct lock_ring *r, const char *last, char *ret_text,
		      size_t size);

#endif
