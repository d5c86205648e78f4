/* Counters: each has its words, and counts. */
#include "core/stats.h"

#include "base/attr.h"
#include "core/loss.h"
#include "../support/tap.h"

static void test_table(void)
{
	for (unsigned i = 0; i < STAT_COUNT; i++) {
		const struct stat_info *a = stat_info((enum stat_id)i);
		const char *end = a->metric + strcspn(a->metric, "{");
		bool total = end - a->metric > 6 && !strncmp(end - 6, "_total", 6);
		bool gauge = i == STAT_CONNECTIONS || i == STAT_RCVBUF || i == STAT_RCVBUF_USED || i == STAT_LOOP_STALL;

		ok(a->name && *a->name && a->unit && *a->unit && a->prose && *a->prose, "counter %u has words", i);
		ok(!strncmp(a->metric, "catchbasin_", 11) && total != gauge,
		   "%s: what only grows ends in _total, what goes up and down does not", a->metric);
		for (unsigned j = 0; j < i; j++) {
			const struct stat_info *b = stat_info((enum stat_id)j);

			ok(strcmp(a->name, b->name) && strcmp(a->metric, b->metric), "%s is not %s", a->name, b->name);
		}
	}
	is_str(stat_info(STAT_HELD)->name, "held", "a name by its id");
}

static void test_counting(void)
{
	struct stats s = {0};

	stats_add(&s, STAT_HELD, 2);
	stats_add(&s, STAT_HELD, 3);
	stats_set(&s, STAT_RCVBUF, 4096);
	stats_add(&s, STAT_CONNECTIONS, 1);
	stats_add(&s, STAT_CONNECTIONS, (uint64_t)-1);
	is_int(stats_get(&s, STAT_HELD), 5, "added");
	is_int(stats_get(&s, STAT_RCVBUF), 4096, "set");
	is_int(stats_get(&s, STAT_CONNECTIONS), 0, "up and down again");
	is_int(stats_get(&s, STAT_NAKS), 0, "untouched");
}

static void test_reasons(void)
{
	static const char *const names[] = {"kernel", "queue_full", "oversize", "incomplete", "denied", "store",
					    "shutdown", "crash"};

	is_int((int)LOSS_REASONS, ARRAY_LEN(names), "as many reasons as the contract has");
	for (unsigned r = 0; r < LOSS_REASONS; r++)
		is_str(loss_reason_name((enum loss_reason)r), names[r], "reason %u", r);
}

int main(void)
{
	test_table();
	test_counting();
	test_reasons();
	return done_testing();
}
