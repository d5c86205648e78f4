/*
 * render - shows a run to people: lanes of text, one JSON object, or a page to step through.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   while it writes
 * Units    columns
 * Errors   -1 with reterr if a file cannot be written
 * Limits   lanes fit 100 columns
 * Upholds  byte-identical from run to run: no times, addresses or real thread ids
 */
#ifndef DIAG_RENDER_H
#define DIAG_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/err.h"
#include "diag/explore.h"
#include "diag/trace.h"

/* All there is to show of one variant. explored: NULL where only a schedule was replayed. */
struct render_input {
	const struct trace *trace;
	const char *schedule;                  /* as text */
	const struct explore_result *explored;
	bool as_expected;
	bool again;                            /* the case's story has been told just before */
	const char *const *line;               /* of a case that is no run of the model: what it said, and how much; its trace
	                                        * has a verdict and no steps. Else NULL */
	unsigned lines;
};

/* Story, timeline, wait-for report, table of outcomes, verdict. colour: escape sequences. */
void render_text(FILE *out, const struct render_input *in, bool colour);
/* One JSON object on one line. Every object of its kind has the same keys, whatever the case: null, or empty, where there
 * is nothing. */
void render_json(FILE *out, const struct render_input *in);
/* Runs a variant of a case that is no run of the model, and shows it. Returns whether it behaved as expected. */
bool render_demonstrated(FILE *out, const struct diag_case *c, const struct diag_variant *v, bool json, bool again);
/* One self-contained page for all inputs. */
int render_html(const char *path, const struct render_input *in, unsigned count, struct err *reterr) MUST_CHECK;

/* Who waits for whom when a run got stuck: kind (self-wait, cycle, orphaned lock, lost wake-up, full queue without
 * consumers, livelock), locks, owners, waiters and both places in the source. Line by line. */
void render_waits(const struct trace *t, void (*say)(void *arg, const char *line), void *arg);
/* The kind alone, "" for a run that did not get stuck. Lends: static. */
const char *render_wait_kind(const struct trace *t);

#endif
