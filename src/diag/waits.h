/*
 * waits - why a run got stuck, as far as its trace shows.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   never
 * Units    thread numbers; -1: none
 * Errors   none
 * Limits   none
 * Upholds  no run that passed has a kind
 */
#ifndef DIAG_WAITS_H
#define DIAG_WAITS_H

#include <stdbool.h>

#include "diag/trace.h"

enum wait_kind {
	WAIT_NONE,
	WAIT_SELF,       /* wants the lock it holds */
	WAIT_CYCLE,      /* each wants what the next one holds */
	WAIT_ORPHAN,     /* the owner has ended */
	WAIT_FULL,       /* a producer, and no consumer is left */
	WAIT_LOST,       /* the wake-up came too early, or to somebody else */
	WAIT_NOBODY,     /* whoever could have ended the wait has ended */
	WAIT_LIVELOCK,   /* all run, none gets anywhere */
	WAIT_KINDS
};

/* Who in the end keeps everybody waiting. */
struct waits {
	enum wait_kind kind;
	int thread;                     /* the culprit, or the first of a cycle */
	int ring[MODEL_THREADS];        /* of a cycle, in order: each waits for the next, the last for the first */
	unsigned ring_count;
	const struct trace_step *early; /* LOST: the wake-up that found nobody waiting, or NULL */
};

void waits_find(const struct trace *t, struct waits *ret);
/* Lends: static. */
const char *waits_kind_name(enum wait_kind kind);
/* The thread that v waits for: owner of its lock, or the one it joins; -1. */
int waits_next(const struct trace *t, const struct model_thread_view *v);
/* The last step of a thread, or NULL if it had none. Lends. */
const struct trace_step *waits_last_step(const struct trace *t, unsigned thread);

#endif
