/*
 * ends - all ways a scene can end, with and without a memory of where a search has been.
 *
 * Owns     the words of all ends found
 * Threads  a run of the model
 * Blocks   as searches do
 * Units    none
 * Errors   checks of tap.h
 * Limits   ENDS ends
 * Upholds  a scene says in end_now how it ended, and fails where that is forbidden
 */
#ifndef TESTS_ENDS_H
#define TESTS_ENDS_H

#include "../support/tap.h"
#include "base/sync_model_case.h"
#include "diag/explore.h"

#define ENDS 512
#define END_TEXT 64

/* All ways a scene can end, as words; or the one that is forbidden. */
static char ends[ENDS][END_TEXT];
static unsigned end_count;
static char end_now[END_TEXT];
static const char *forbidden;

static const char *remember(void)
{
	for (unsigned i = 0; i < end_count; i++) {
		if (!strcmp(ends[i], end_now))
			return end_now;
	}
	if (end_count < ENDS)
		snprintf(ends[end_count++], END_TEXT, "%s", end_now);
	return end_now;
}

static void search(const struct diag_variant *v, const struct explore_opts *o, struct explore_result *ret)
{
	static const struct diag_case bench = {.name = "bench"};
	struct trace trace;

	trace_init(&trace, &bench, v);
	explore(&bench, v, o, &trace, ret);
	trace_done(&trace);
	schedule_done(&ret->schedule);
}

static UNUSED void compare(const char *name, void (*run)(void *), struct model_limits limits)
{
	struct diag_variant v = {.name = "only", .run = run, .limits = limits, .outcome = remember};
	struct explore_opts all = {.most_bound = EXPLORE_NO_BOUND, .keep_going = true, .count = true, .forgetful = true};
	struct explore_opts quick = {.most_bound = EXPLORE_NO_BOUND};
	struct explore_result with, without;
	unsigned missed = 0;
	uint64_t executions;

	end_count = 0;
	forbidden = NULL;
	search(&v, &all, &without);
	ok(without.complete && end_count > 0 && end_count < ENDS, "%s: without a memory, complete", name);
	quick.keep_going = true;
	v.outcome = NULL;
	search(&v, &quick, &with);
	ok(with.complete && with.executions <= without.executions, "%s: with it, too", name);
	executions = with.executions;
	quick.keep_going = false;
	for (unsigned i = 0; i < end_count; i++) {
		forbidden = ends[i];
		search(&v, &quick, &with);
		if (with.found && !with.nondeterministic)
			continue;
		missed++;
		printf("# missed: %s\n", ends[i]);
	}
	is_int(missed, 0, "%s: each of %u ends is found by %d executions as by %d", name, end_count, (int)executions,
	       (int)without.executions);
}

#endif
