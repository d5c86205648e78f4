/*
 * pipeline_impl - the inside of the pipeline, shared by its files alone.
 *
 * Owns     see pipeline.h
 * Threads  the list of lanes does not change between open and free
 * Blocks   see pipeline.h
 * Units    see pipeline.h
 * Errors   see pipeline.h
 * Limits   see pipeline.h
 * Upholds  a lane's parts come up in the order store, queue, pool and go down in reverse
 */
#ifndef PIPE_PIPELINE_IMPL_H
#define PIPE_PIPELINE_IMPL_H

#include "base/sync.h"
#include "pipe/pipeline.h"
#include "work/stop.h"

/* One store, the queue before it and the pool between. */
struct lane {
	struct lane *next;
	struct pipeline *pipeline;
	char *name;
	struct store *store;
	struct queue *queue;
	struct pool *pool;
	struct stop_lane end;
	char *path;
	/* Answers in the making; under the turnstile of the lane's pool. */
	struct net_answer *answers;
	unsigned answer_count, answer_cap;
};

struct pipeline {
	struct pipeline_opts opts;
	struct net *net;
	bool net_started;
	struct lane *lanes;

	struct sync_thread stopper;
	bool stopper_started;
	int64_t signal_at, begun_ns, deadline_ns;
	struct pipeline_result result;
	struct stop stop;

	struct sync_mutex lock; /* guards the rest, and each lane's store pointer once a stop has begun */
	bool stopping;
	bool failed;
	struct err failure;
};

/* The lane of that name, NULL if there is none. */
struct lane *lane_named(struct pipeline *p, const char *name);

/* The pool's settled callback: tells the sources that asked. arg: the lane. */
void answers_settled(void *arg, const struct take *take, enum take_outcome outcome);

#endif
