/*
 * control_metrics - every number of a running daemon as a metric, for Prometheus or for whoever else counts.
 *
 * Owns     nothing
 * Threads  any, one call at a time for each view
 * Blocks   never for long: takes the locks of queues and pools in turn
 * Units    base units: seconds, bytes
 * Errors   false: no memory
 * Limits   none
 * Upholds  every metric has HELP and TYPE; a counter's name ends in _total, and no other's; the samples of one
 *          metric stand together; the books of one store are read at one moment
 *
 * The table of a store's metrics is in control_metrics_store.c; the listeners' counters come from core/stats.def.
 */
#ifndef DAEMON_CONTROL_METRICS_H
#define DAEMON_CONTROL_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"
#include "daemon/control_verbs.h"

#define METRIC_LABELS 3
#define METRIC_NAME 96

/* The Content-Type of metrics_text. */
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metric_label {
	const char *name, *value;
};

struct metric_sink {
	/* A metric begins; type: "counter", "gauge", "histogram". */
	void (*family)(void *arg, const char *name, const char *type, const char *help);
	/* A number of it, with label_count labels; of a histogram its name ends in _bucket, _sum or _count. */
	void (*sample)(void *arg, const char *name, const struct metric_label *labels, unsigned label_count, double value);
	void *arg;
};

/* Tells all metrics. All strings are borrowed for the call. */
bool metrics_tell(const struct control_view *v, const struct metric_sink *sink) MUST_CHECK;
/* In the text format of Prometheus. */
bool metrics_text(const struct control_view *v, FILE *out) MUST_CHECK;

#endif
