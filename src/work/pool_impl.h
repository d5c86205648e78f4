/*
 * pool_impl - the inside of the pool: pool.c's, and looked at by the proofs of diag/cases.
 *
 * Owns     see pool.h
 * Threads  see the comments on the members
 * Blocks   see pool.h
 * Units    see pool.h
 * Errors   see pool.h
 * Limits   see pool.h
 * Upholds  see pool.h
 */
#ifndef WORK_POOL_IMPL_H
#define WORK_POOL_IMPL_H

#include "base/counter.h"
#include "base/sync_more.h"
#include "work/pool.h"
#include "work/turnstile.h"

struct worker {
	struct pool *pool;
	struct sync_thread thread;
	struct take take;
	struct counter steps;   /* what pool_each_worker tells: no lock, so that a worker that hangs in one is seen */
	struct counter working; /* 1 or 0 */
};

struct pool {
	struct pool_opts opts;
	char name[48];
	struct turnstile turnstile;
	struct sync_barrier start;
	struct sync_flag give_up; /* what cannot be stored now never will be */
	int64_t errand_ns;        /* when the sink is to be tended next at the latest; who is in turn knows */
	struct histogram histograms[HISTOGRAM_COUNT];

	struct sync_mutex lock;   /* guards the rest */
	struct sync_cond left;    /* a worker has left */
	unsigned working;
	struct pool_status status;

	unsigned started;
	struct worker workers[];
};

#endif
