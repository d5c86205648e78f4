/*
 * pool - the workers of one store: each takes a batch's worth and a ticket, and stores it in its turn.
 *
 * Owns     its threads and its turnstile
 * Threads  start, drain, free: one thread; pool_status: any
 * Blocks   pool_start until every worker stands ready; pool_drain until its deadline
 * Units    _ns monotonic
 * Errors   pool_start returns them; a worker's failure is logged with the batch it held, kept in the status, and
 *          told through `failed`
 * Limits   1 to TURNSTILE_WAITERS workers
 * Upholds  everything taken is settled once; a ticket that fails keeps its turn until it is stored or given up
 */
#ifndef WORK_POOL_H
#define WORK_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "core/histogram.h"
#include "core/sink.h"

struct pool;

struct pool_opts {
	const char *name;        /* the store's; copied */
	unsigned workers;
	struct queue *queue;     /* borrowed until pool_free */
	struct sink sink;
	/* After a take is settled, in ticket order, on the worker's thread: who wants acknowledgements reads the
	 * slices. May be NULL. Must not block. */
	void (*settled)(void *arg, const struct take *take, enum take_outcome outcome);
	/* A worker met SINK_FATAL: once per pool. */
	void (*failed)(void *arg, const struct err *why);
	/* The last worker has left. */
	void (*finished)(void *arg);
	void *arg;
};

/* Starts the workers and returns when each stands at its post. NULL with reterr. */
struct pool *pool_start(const struct pool_opts *opts, struct err *reterr) MUST_CHECK;

/* Waits until all workers have left (the queue must be closed) or the deadline has passed; then gives up what is
 * queued and what is being retried, as `shutdown` loss, and waits grace_ns more for the workers. True: all have
 * left and are joined. False: a worker still sits in the store; the pool must not be freed. */
bool pool_drain(struct pool *p, int64_t deadline_ns, int64_t grace_ns) MUST_CHECK;
/* Ends waiting in pool_drain as if the deadline had passed. Any thread. */
void pool_give_up(struct pool *p);
/* After a drain that returned true. */
void pool_free(struct pool *p);

struct pool_status {
	unsigned workers, busy;
	uint64_t commits;                 /* transactions */
	int64_t last_commit_ns;           /* monotonic; 0: none yet */
	int64_t last_commit_took_ns;
	uint64_t retries;                 /* of BUSY, FULL and IOERR */
	bool retrying;                    /* a ticket is being retried now */
	bool failed;
	struct err why;                   /* of failed, or of retrying */
};

void pool_status(struct pool *p, struct pool_status *ret);
/* HISTOGRAM_COUNT of them, of every transaction so far; in those of other things the sink may count. Lends: valid until
 * pool_free. */
struct histogram *pool_histograms(struct pool *p);

/* How one worker gets on. Lends all, for the call. */
struct worker_view {
	const char *name; /* the thread's: "main/1" */
	uint64_t steps;   /* takes, turns, tries and commits so far: a number that stands still while it works tells
			   * of a worker that hangs */
	bool working;     /* false: it waits for messages, or for its turn */
};

/* Calls fn for each worker; takes no lock. Any thread. */
void pool_each_worker(struct pool *p, void (*fn)(void *arg, const struct worker_view *v), void *arg);

#endif
