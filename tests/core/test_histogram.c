/* Histograms: each has its words and rising bounds, and every value is counted in one bucket. */
#include "core/histogram.h"

#include "../support/tap.h"
#include "base/attr.h"

static void test_table(void)
{
	for (unsigned id = 0; id < HISTOGRAM_COUNT; id++) {
		const struct histogram_info *h = histogram_info((enum histogram_id)id);
		unsigned falls = 0;

		ok(!strncmp(h->metric, "catchbasin_", 11), "%s has our prefix", h->metric);
		ok(h->prose[strlen(h->prose) - 1] == '.', "%s has a sentence", h->metric);
		ok(h->scale > 0 && h->bounds > 1 && h->bounds <= HISTOGRAM_BOUNDS, "%s has a scale and bounds", h->metric);
		for (unsigned i = 1; i < h->bounds; i++)
			falls += h->bound[i] <= h->bound[i - 1];
		is_int(falls, 0, "%s: its bounds rise", h->metric);
	}
	is_int(histogram_info(HISTOGRAM_COMMIT_TIME)->bound[0], 500000, "half a millisecond is the least told");
}

static void test_counting(void)
{
	const struct histogram_info *info = histogram_info(HISTOGRAM_COMMIT_ROWS);
	struct histogram h = {0};
	struct histogram_view v;

	histogram_read(&h, HISTOGRAM_COMMIT_ROWS, &v);
	is_int(v.count + v.sum + v.upto[info->bounds], 0, "nothing at first");
	histogram_add(&h, HISTOGRAM_COMMIT_ROWS, 0);
	histogram_add(&h, HISTOGRAM_COMMIT_ROWS, 1);
	histogram_add(&h, HISTOGRAM_COMMIT_ROWS, 2);
	histogram_add(&h, HISTOGRAM_COMMIT_ROWS, info->bound[info->bounds - 1]);
	histogram_add(&h, HISTOGRAM_COMMIT_ROWS, info->bound[info->bounds - 1] + 1);
	histogram_read(&h, HISTOGRAM_COMMIT_ROWS, &v);
	is_int(v.count, 5, "five values");
	is_int(v.sum, 3 + 2 * info->bound[info->bounds - 1] + 1, "their sum");
	is_int(v.upto[0], 2, "a bound belongs to its bucket");
	is_int(v.upto[1], 3, "what is above it to the next");
	is_int(v.upto[info->bounds - 1], 4, "buckets are cumulative");
	is_int(v.upto[info->bounds], 5, "and the last has all");
}

int main(void)
{
	test_table();
	test_counting();
	return done_testing();
}
