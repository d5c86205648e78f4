/*
 * stop - the order in which a pipeline ends: sources first, then queues, then pools; late or in a hurry, what is left
 * is given up.
 *
 * Owns     the word that sources are done, and that somebody is in a hurry
 * Threads  stop_init, stop_add, stop_done: one thread when nobody else uses it; stop_sources_done, stop_hurry: any;
 *          the rest: the one that stops
 * Blocks   stop_drain_sources, stop_drain_pools: until the deadline, then grace_ns more for each they wait for
 * Units    _ns monotonic
 * Errors   none; what is given up is in the books as `shutdown` loss
 * Limits   none
 * Upholds  no queue is closed before the sources have offered what they had, unless it is too late for them
 */
#ifndef WORK_STOP_H
#define WORK_STOP_H

#include "base/sync.h"
#include "work/pool.h"

/* A queue and the pool behind it. */
struct stop_lane {
	struct stop_lane *next;
	struct queue *queue;
	struct pool *pool;
	bool drained; /* the pool's workers are joined */
};

struct stop {
	struct stop_lane *lanes;
	struct sync_mutex lock; /* guards the rest */
	struct sync_cond changed;
	bool sources_done, hurry;
};

void stop_init(struct stop *s);
void stop_done(struct stop *s);
/* Borrows all until stop_done. */
void stop_add(struct stop *s, struct stop_lane *lane, struct queue *queue, struct pool *pool);

/* Every source has offered what it had. */
void stop_sources_done(struct stop *s);
/* From now on it is as if the deadline had passed. */
void stop_hurry(struct stop *s);
bool stop_is_hurried(struct stop *s);

/* Waits until the sources are done. Past the deadline, or in a hurry, gives up what is queued, so that they find closed
 * queues, and waits grace_ns more. */
void stop_drain_sources(struct stop *s, int64_t deadline_ns, int64_t grace_ns);
/* Closes the queues and drains the pools, see pool_drain. True if every worker has come back. */
bool stop_drain_pools(struct stop *s, int64_t deadline_ns, int64_t grace_ns) MUST_CHECK;

#endif
