/*
 * sink - where a worker puts what it took: the interface between the pool and a store.
 *
 * Owns     nothing: plain function pointers, implemented by store/writer, by tests and by the model
 * Threads  prepare: many at a time; store, tend: one at a time, in ticket order (the turnstile)
 * Blocks   store and tend: as long as the disk takes
 * Units    wait in nanoseconds
 * Errors   the result says what to do; reterr says what happened
 * Limits   none
 * Upholds  SINK_OK: everything not marked refused is committed. Any other: nothing of it is, or, after an
 *          ambiguous commit, the next store of the same take finds out; it never stores twice
 */
#ifndef CORE_SINK_H
#define CORE_SINK_H

#include "base/attr.h"
#include "base/err.h"
#include "core/take.h"

enum sink_result {
	SINK_OK,    /* committed */
	SINK_BUSY,  /* somebody else holds the database: try the same take again */
	SINK_FULL,  /* no space: try again later */
	SINK_IOERR, /* the disk failed: try again later */
	SINK_HELD,  /* it does not want to for now, and has told why: try again later */
	SINK_FATAL, /* it can never work: corrupt, gone, out of luck */
};

struct sink_ops {
	/* Commits the take: rows in order, losses with them. Marks messages the database refuses. */
	enum sink_result (*store)(void *self, struct take *take, struct err *reterr);
	/* After a commit, still in turn, and at the time it gave: checkpoints and the like. Failures are not fatal: they come
	 * back later. Gives when it wants to be called again, monotonic, though nothing may have come to be stored;
	 * SYNC_FOREVER: after the next commit. */
	int64_t (*tend)(void *self);
};

struct sink {
	const struct sink_ops *ops;
	void *self;
};

#endif
