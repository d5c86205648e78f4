/*
 * histogram - how often something was how large: declared once in histograms.def, raised once for each transaction.
 *
 * Owns     nothing: struct histogram is part of its holder
 * Threads  any
 * Blocks   never
 * Units    values in ours (nanoseconds, messages); `scale` makes the metric's base unit of them
 * Errors   none
 * Limits   HISTOGRAM_BOUNDS bounds
 * Upholds  each value is counted in one bucket; the count is the sum of the buckets
 */
#ifndef CORE_HISTOGRAM_H
#define CORE_HISTOGRAM_H

#include "base/counter.h"

#define HISTOGRAM_BOUNDS 15

enum histogram_id {
#define HISTOGRAM(id, metric, scale, prose, ...) HISTOGRAM_##id,
#include "core/histograms.def"
#undef HISTOGRAM
	HISTOGRAM_COUNT
};

struct histogram {
	struct counter bucket[HISTOGRAM_BOUNDS + 1]; /* not cumulative; the last used one: beyond all bounds */
	struct counter sum;
};

struct histogram_info {
	const char *metric, *prose;
	double scale;
	unsigned bounds;
	uint64_t bound[HISTOGRAM_BOUNDS];
};

/* Lends: static. */
const struct histogram_info *histogram_info(enum histogram_id id);
/* Counts a value. */
void histogram_add(struct histogram *h, enum histogram_id id, uint64_t value);

/* What was counted so far. */
struct histogram_view {
	uint64_t upto[HISTOGRAM_BOUNDS + 1]; /* of each bound, how many were at most that; behind the last: all */
	uint64_t count, sum;
};

void histogram_read(const struct histogram *h, enum histogram_id id, struct histogram_view *ret);

#endif
