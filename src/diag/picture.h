/*
 * picture - what a run looks like: who held and wanted what from when to when, who woke whom, and which step decided.
 *
 * Owns     its spans, wakes and rows
 * Threads  one
 * Blocks   never
 * Units    indices into trace.steps; an end of trace.count: until the run ended
 * Errors   without memory: empty, and says so
 * Limits   none
 * Upholds  worked out of the trace alone: same trace, same picture
 */
#ifndef DIAG_PICTURE_H
#define DIAG_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "diag/trace.h"

enum span_kind { SPAN_HELD, SPAN_WANTED, SPAN_ASLEEP };

/* A thread and an object, from the step at `from` up to and with the step at `to`; trace.count: it never ended. */
struct span {
	enum span_kind kind;
	unsigned thread, from, to;
	const char *object;            /* lends: the trace's */
	int holder;                    /* WANTED, of a lock: who had it when the wait began; else -1 */
};

/* The step at `from` let the sleeper of the step at `to` go on. */
struct wakeup {
	unsigned from, to;
};

struct row {
	bool watched;                  /* the watched object has a value here */
	int64_t value;
	const char *mark;              /* why this step decides, or NULL. Lends: static, or the trace's */
};

struct picture {
	const struct trace *trace;
	struct row *row;               /* trace.count of them */
	struct span *span;
	unsigned span_count, span_cap;
	struct wakeup *wakeup;
	unsigned wakeup_count;
	unsigned repeat_from, repeat_steps; /* steps from index repeat_from on come again and again; 0: they do not */
	bool no_memory;
};

void picture_make(struct picture *p, const struct trace *t);
void picture_done(struct picture *p);
/* Part of picture_make: marks the rows that decide. What a case's text says behind `<<` is such a mark. */
void picture_mark(struct picture *p);

/* What a step did, in words ("has lock queue", "read value -> 0"). */
void picture_words(const struct trace_step *s, char *ret_text, size_t size);
/* What a thread that did not end was about to do ("waits for lock queue"). */
void picture_pending_words(const struct model_thread_view *v, char *ret_text, size_t size);
/* "file.c:12", "" if there is none. */
void picture_place(const struct sync_src *at, char *ret_text, size_t size);
/* "passed", "failed", "deadlock", "misuse", "livelock", "pruned". Lends: static. */
const char *picture_verdict_name(enum model_verdict verdict);
/* Cuts a text into lines of at most width columns; the first begins at column indent, the others at hang. */
void picture_wrap(const char *text, unsigned indent, unsigned hang, unsigned width,
		  void (*tell)(void *arg, const char *line), void *arg);

#endif
