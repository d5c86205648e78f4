/* The table behind histograms.def, and the counting in it. */
#include "core/histogram.h"

#include "base/attr.h"

#define BOUNDS_OF(...) (sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

#define HISTOGRAM(id, metric, scale, prose, ...)                                                    \
	_Static_assert(BOUNDS_OF(__VA_ARGS__) <= HISTOGRAM_BOUNDS, "a histogram has room for its bounds");
#include "core/histograms.def"
#undef HISTOGRAM

const struct histogram_info *histogram_info(enum histogram_id id)
{
	static const struct histogram_info infos[HISTOGRAM_COUNT] = {
#define HISTOGRAM(id, metric, scale, prose, ...)                                                    \
	[HISTOGRAM_##id] = {metric, prose, scale, BOUNDS_OF(__VA_ARGS__), {__VA_ARGS__}},
#include "core/histograms.def"
#undef HISTOGRAM
	};

	assert(id < HISTOGRAM_COUNT);
	return &infos[id];
}

void histogram_add(struct histogram *h, enum histogram_id id, uint64_t value)
{
	const struct histogram_info *info = histogram_info(id);
	unsigned i = 0;

	while (i < info->bounds && value > info->bound[i])
		i++;
	counter_add(&h->bucket[i], 1);
	counter_add(&h->sum, value);
}

void histogram_read(const struct histogram *h, enum histogram_id id, struct histogram_view *ret)
{
	const struct histogram_info *info = histogram_info(id);

	*ret = (struct histogram_view){.sum = counter_get(&h->sum)};
	for (unsigned i = 0; i <= info->bounds; i++) {
		ret->count += counter_get(&h->bucket[i]);
		ret->upto[i] = ret->count;
	}
}
