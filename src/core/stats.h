/*
 * stats - counters beside the books: declared once in stats.def, raised by the listeners, read by anybody.
 *
 * Owns     nothing: struct stats is part of its holder
 * Threads  any
 * Blocks   never
 * Units    as each row of stats.def says
 * Errors   none
 * Limits   none
 * Upholds  every counter has a name, a unit, a metric name and a sentence
 */
#ifndef CORE_STATS_H
#define CORE_STATS_H

#include "base/counter.h"

enum stat_id {
#define STAT(id, name, unit, metric, prose) STAT_##id,
#include "core/stats.def"
#undef STAT
	STAT_COUNT
};

/* One listener's counters. */
struct stats {
	struct counter value[STAT_COUNT];
};

struct stat_info {
	const char *name, *unit, *metric, *prose;
};

/* Lends: static. */
const struct stat_info *stat_info(enum stat_id id);

static inline void stats_add(struct stats *s, enum stat_id id, uint64_t n)
{
	counter_add(&s->value[id], n);
}

static inline void stats_set(struct stats *s, enum stat_id id, uint64_t n)
{
	counter_set(&s->value[id], n);
}

static inline uint64_t stats_get(const struct stats *s, enum stat_id id)
{
	return counter_get(&s->value[id]);
}

#endif
