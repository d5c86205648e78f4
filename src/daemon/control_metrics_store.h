/*
 * control_metrics_store - what is told of each store as a metric.
 *
 * Owns     nothing: constant data
 * Threads  any
 * Blocks   never
 * Units    base units: seconds, bytes
 * Errors   none
 * Limits   none
 * Upholds  as control_metrics.h
 *
 * For control_metrics.c alone.
 */
#ifndef DAEMON_CONTROL_METRICS_STORE_H
#define DAEMON_CONTROL_METRICS_STORE_H

#include "base/clock.h"
#include "daemon/control_verbs.h"

/* A store as it was found. */
struct seen_store {
	struct seen_store *next;
	struct store_view view; /* its strings and its queue live as long as the pipeline */
	struct control_books books;
};

struct store_metric {
	const char *name;
	double (*value)(const struct seen_store *s);
	const char *help;
};

static inline double metric_seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

/* The table; the last has no name. Lends: static. */
const struct store_metric *store_metrics(void);

#endif
