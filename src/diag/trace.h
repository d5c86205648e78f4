/*
 * trace - one run of a case, written down step by step.
 *
 * Owns     its steps
 * Threads  one
 * Blocks   never
 * Units    steps from 1
 * Errors   none: a trace without memory is shorter, and says so
 * Limits   none
 * Upholds  the same schedule gives the same trace, byte for byte, whatever renders it
 */
#ifndef DIAG_TRACE_H
#define DIAG_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sync_model.h"
#include "diag/case.h"

struct trace_step {
	unsigned step, thread;
	enum model_op op;
	enum model_how how;
	const char *object, *text;     /* lends: copies owned by the trace */
	int64_t value;
	struct sync_src at;            /* file: base name only */
};

struct trace {
	const struct diag_case *owner;
	const struct diag_variant *variant;
	struct trace_step *steps;
	unsigned count, cap;
	bool cut;                      /* some steps are missing for want of memory */
	char **strings;                /* the copies */
	unsigned string_count, string_cap;
	struct model_result result;    /* names are copies too */
	char thread_name[MODEL_THREADS][SYNC_NAME];
	char outcome[64];              /* "" without a table of outcomes */
	uint32_t digest;               /* of thread, op, object, value of each step, and the verdict; no line numbers */
};

void trace_init(struct trace *t, const struct diag_case *c, const struct diag_variant *v);
void trace_done(struct trace *t);
/* Forgets the steps, for another run. */
void trace_reset(struct trace *t);
/* For model_policy.event; arg: the trace. Runs on the model's threads: uses libc's memory, never mem_alloc. */
void trace_event(void *arg, const struct model_event *e);
/* In its last step the surroundings, or the waker, chose k: the step's value. */
void trace_chosen(struct trace *t, unsigned k);
/* After the run: copies the result, asks for the outcome, computes the digest. */
void trace_finish(struct trace *t, const struct model_result *r);

#endif
