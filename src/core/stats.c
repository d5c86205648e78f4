/* The table behind stats.def. */
#include "core/stats.h"

#include "base/attr.h"

const struct stat_info *stat_info(enum stat_id id)
{
	static const struct stat_info infos[STAT_COUNT] = {
#define STAT(id, name, unit, metric, prose) [STAT_##id] = {name, unit, metric, prose},
#include "core/stats.def"
#undef STAT
	};

	assert(id < STAT_COUNT);
	return &infos[id];
}
