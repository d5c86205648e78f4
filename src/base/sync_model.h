/*
 * sync_model - a back end in which one thread runs at a time, and a policy says which.
 *
 * Owns     the real threads behind modelled ones (kept from run to run), the state of one run
 * Threads  model_run: one at a time, never beside real objects of sync
 * Blocks   model_run, until the run has ended
 * Units    virtual nanoseconds, from 0
 * Errors   a run ends with a verdict; misuse of an object is one
 * Limits   MODEL_THREADS threads, MODEL_OPTIONS options at a point, max_steps steps
 * Upholds  same choices, same run: nothing depends on time, addresses or real thread ids
 *
 * At a point a thread says what it is about to do, and the policy picks who goes on; what lies between two happens at
 * once. Points: lock, woken, join, sleep, a case's steps; wait and wake-up unless only a lock was taken since the last
 * point, or (wake-up) it has the waiters' lock and none may give up. No points: unlock, start, end, the clock's time.
 */
#ifndef BASE_SYNC_MODEL_H
#define BASE_SYNC_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/sync.h"
#include "base/sync_model_case.h"

#define MODEL_THREADS 12
#define MODEL_OPTIONS 32
#define MODEL_TEXT 160

/* How a thread goes on. */
enum model_how { MODEL_RUN, MODEL_TIMEOUT, MODEL_SPURIOUS };

enum model_verdict {
	MODEL_PASSED,
	MODEL_FAILED,    /* a check of the case, or an assert */
	MODEL_DEADLOCK,  /* nobody can go on, not all have ended */
	MODEL_MISUSE,    /* unlock by a stranger, a thread that ends with a lock held */
	MODEL_LONG,      /* max_steps: livelock */
	MODEL_PRUNED,    /* the policy had seen enough */
};

struct model_option {
	unsigned thread; /* of a schedule point; else the option's own number */
	enum model_how how;
	bool due;        /* a timeout whose time has come: it will happen, and costs nothing */
};

enum model_point_kind { MODEL_SCHEDULE, MODEL_WAITER, MODEL_DATA };

/* Where the policy chooses. */
struct model_point {
	enum model_point_kind kind;
	unsigned count;              /* at least 2 */
	struct model_option options[MODEL_OPTIONS];
	unsigned current;            /* the thread that ran last */
	bool current_can;            /* it could go on: another choice is a preemption */
	uint64_t signature;          /* of all that has happened so far, whatever the order of what is independent; with
	                              * limits.whole: of what the future depends on. Needs all data of the case in
	                              * memory of mem_alloc, or on the stacks of its threads */
};

#define MODEL_PRUNE UINT32_MAX

/* One step as it happens; lends all for the call. */
struct model_event {
	unsigned step, thread;
	enum model_op op;
	enum model_how how;
	const char *object;          /* its name, "" if there is none */
	const char *text;            /* what a case says of it, "" */
	int64_t value;               /* of READ, WRITE, CHOOSE */
	const struct sync_src *at;
};

struct model_policy {
	/* The index of the option to take, or MODEL_PRUNE. */
	unsigned (*choose)(void *arg, const struct model_point *point);
	void (*event)(void *arg, const struct model_event *event); /* may be NULL */
	/* After each step: NULL, or what is wrong (lends). May be NULL. */
	const char *(*check)(void *arg);
	void *arg;
};

struct model_limits {
	unsigned max_steps;
	unsigned timeouts;           /* that may fire though others could go on */
	unsigned spurious;           /* wake-ups for no reason */
	bool whole;                  /* a point's signature is the state in memory, where model_can_whole */
};

/* A thread as it stood when the run ended. */
struct model_thread_view {
	const char *name;
	bool ended;
	enum model_op op;            /* what it was about to do */
	const char *object;
	const struct sync_src *at;
	int owner;                   /* of the lock it wants; -1: nobody, or none */
	const struct sync_src *owner_at;
	unsigned owner_step;
	unsigned held;               /* locks it holds */
};

struct model_result {
	enum model_verdict verdict;
	char why[MODEL_TEXT];
	unsigned steps, threads;
	unsigned forced_timeouts;    /* nothing but a timeout could go on */
	struct model_thread_view thread[MODEL_THREADS];
};

/* Runs body(arg) as thread 0, "main", on the caller's stack, and all that it starts, to an end. Memory of mem_alloc comes
 * from an arena that is gone afterwards. Lends the names and places in ret until the next run. */
void model_run(void (*body)(void *), void *arg, const struct model_policy *policy, const struct model_limits *limits,
	       struct model_result *ret);

/* Can limits.whole be had in this build? Else every history counts as a state of its own. */
bool model_can_whole(void);

#endif
