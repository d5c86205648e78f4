/*
 * pipeline - the only room where rooms meet: sockets to queues to pools to stores, and back for the answers.
 *
 * Owns     the net, and each store with its queue and pool
 * Threads  open, start, stop, join, tune, free: the daemon's main thread; the rest: any
 * Blocks   pipeline_open while stores are opened and workers start; pipeline_join until the stop is done
 * Units    wall times in ns since 1970 (at), _ns monotonic
 * Errors   of opening and starting are returned; of running are told through `event`
 * Limits   none of its own
 * Upholds  nothing is read before every worker stands ready; a stop ends with a receipt
 */
#ifndef PIPE_PIPELINE_H
#define PIPE_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"
#include "net/net.h"
#include "pipe/plan.h"
#include "store/store.h"
#include "work/pool.h"

struct pipeline;

enum pipeline_event {
	PIPELINE_FAILED,  /* a worker gave up: stop */
	PIPELINE_STOPPED, /* the stop is done: join */
};

struct pipeline_opts {
	const struct config *config; /* borrowed for the call of pipeline_open */
	const char *version;
	struct inherited *inherited; /* those taken are marked */
	unsigned inherited_count;
	/* On any thread; must not block. */
	void (*event)(void *arg, enum pipeline_event event);
	void *arg;
};

/* Opens every store, starts every pool, binds every listener. NULL with reterr, and nothing is left open. */
struct pipeline *pipeline_open(const struct pipeline_opts *opts, struct err *reterr) MUST_CHECK;
/* From now on sockets are read. */
int pipeline_start(struct pipeline *p, struct err *reterr) MUST_CHECK;

/* Begins the stop: what the sockets held at signal_at is read, queues are drained until deadline_ns. Returns at
 * once; PIPELINE_STOPPED follows. */
void pipeline_stop(struct pipeline *p, int64_t signal_at, int64_t deadline_ns);
/* Stops now: what is not stored is counted as `shutdown`. */
void pipeline_hurry(struct pipeline *p);

/* What the stop came to. */
struct pipeline_result {
	int exit_code;
	bool stuck; /* a worker still sits in a store: end the process without freeing */
};

/* Waits for the end of the stop; logs the receipt. Then free, unless stuck. */
struct pipeline_result pipeline_join(struct pipeline *p);
/* Also after an open without a start or stop: stores are closed as they were. */
void pipeline_free(struct pipeline *p);

/* Puts a settled configuration (config_settle) into force, listeners that came or went among it. Borrowed for the call.
 * -1 with reterr, and nothing changed, if a new listener cannot be bound. */
int pipeline_tune(struct pipeline *p, const struct config *fresh, struct err *reterr) MUST_CHECK;

/* on: nothing is read any more; what comes waits in the kernel. A stop ends it, and so does a reload that takes a
 * listener away. Any thread. */
void pipeline_pause(struct pipeline *p, bool on);
/* It is so now. */
bool pipeline_paused(struct pipeline *p);

/* ---- looking at it ---- */

/* One store with its queue and pool; lends all, for the call. */
struct store_view {
	const char *name, *path;
	struct queue *queue;
	struct queue_status queue_status;
	struct pool_status pool;
	struct store_status store;
	const struct histogram *histograms; /* HISTOGRAM_COUNT of them; these live as long as the pipeline */
};

void pipeline_each_store(struct pipeline *p, void (*fn)(void *arg, const struct store_view *v), void *arg);
void pipeline_each_listener(struct pipeline *p, void (*fn)(void *arg, const struct listener_view *v), void *arg);
/* Whether a store gets on; does not look at its files, so no disk can hold it up. Lends the name, for the call. */
struct store_gait {
	const char *name;
	struct queue *queue; /* lives as long as the pipeline */
	uint64_t waiting;    /* messages not stored yet */
	uint64_t answers;    /* of the store: commits, and errors that pass */
};

void pipeline_each_gait(struct pipeline *p, void (*fn)(void *arg, const struct store_gait *v), void *arg);
/* The workers of all stores; takes no lock. */
void pipeline_each_worker(struct pipeline *p, void (*fn)(void *arg, const struct worker_view *v), void *arg);
/* Turns of the event loop so far; asks it for one more. */
uint64_t pipeline_turns(struct pipeline *p);
/* As net_look. */
void pipeline_look(struct pipeline *p);
/* As net_when_read. */
void pipeline_when_read(struct pipeline *p, void (*fn)(void *arg, int64_t began_ns), void *arg);

/* The whole in one look. */
struct pipeline_totals {
	struct account_sums sums;
	uint64_t queued, capacity; /* messages waiting or in flight; room for as many */
	bool balanced, stopping, failed, retrying;
	bool held; /* a store is: see store_room */
};

void pipeline_totals(struct pipeline *p, struct pipeline_totals *ret);

#endif
