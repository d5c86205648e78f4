/*
 * waits - why a run got stuck, as far as its trace shows: feeds the report of base/waits.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   never
 * Units    thread numbers; moments are steps
 * Errors   none
 * Limits   none
 * Upholds  no run that passed has a kind
 */
#ifndef DIAG_WAITS_H
#define DIAG_WAITS_H

#include "base/waits.h"
#include "diag/trace.h"

/* How a run stood when it ended, and the knot it ended in. Lends from the trace. */
struct trace_waits {
	struct waits_snapshot all;
	struct waits_thread thread[MODEL_THREADS];
	struct waits_held held[MODEL_THREADS];
	struct waits_knot knot;
};

void trace_waits(const struct trace *t, struct trace_waits *ret);
/* What a thread that is about to do this may be waiting for; WAITS_NOT: nothing. */
enum waits_for trace_waits_for(enum model_op op);

#endif
