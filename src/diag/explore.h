/*
 * explore - searches the schedules of a case: all of them, as far as the bounds go, and says how far that was.
 *
 * Owns     its caches and stacks
 * Threads  one
 * Blocks   as long as the search takes, at most seconds
 * Units    executions, preemptions, seconds of real time
 * Errors   none; a search cut short says so
 * Limits   those of the options
 * Upholds  the first failure found by EXPLORE_ALL has the fewest preemptions, but where states are told by memory
 *          (limits.whole); every finding is run twice and must come out the same
 */
#ifndef DIAG_EXPLORE_H
#define DIAG_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "diag/schedule.h"
#include "diag/trace.h"

#define EXPLORE_NO_BOUND UINT32_MAX
#define EXPLORE_OUTCOMES 8
#define EXPLORE_ORDER_TEXT 512

enum explore_mode { EXPLORE_ALL, EXPLORE_RANDOM, EXPLORE_PCT };

struct explore_opts {
	enum explore_mode mode;
	uint64_t seed;
	unsigned most_bound;       /* preemptions; EXPLORE_NO_BOUND: until the search is complete */
	unsigned most_executions;  /* 0: no limit; at random: some thousands */
	unsigned seconds;          /* 0: no limit */
	bool keep_going;           /* do not stop at the first failure */
	bool count;                /* outcomes, exactly: more executions. With keep_going */
	bool forgetful;            /* goes on also from where it has been: to check the memory of that */
};

/* One row of the table of outcomes: distinct orders of the case's own READ, WRITE and NOTE steps. */
struct explore_outcome {
	char text[64];
	uint64_t orders;
};

struct explore_result {
	enum explore_mode mode;    /* as asked for */
	uint64_t seed;
	bool found;                /* a run that did not pass */
	bool kept_going;           /* as asked for: not only up to the first failure */
	bool complete;             /* every schedule was covered (up to the limits on timeouts and spurious wake-ups) */
	bool nondeterministic;     /* a run came out differently the second time: a bug of the case or of ours */
	bool minimal;              /* no other failure with as few preemptions has fewer steps */
	unsigned bound;            /* the highest preemption bound finished, EXPLORE_NO_BOUND if none was; with complete: the
	                            * one that sufficed */
	uint64_t executions, pruned, steps;
	uint64_t found_at;         /* the execution that found it */
	unsigned preemptions;      /* of the finding */
	struct schedule schedule;  /* of the finding, minimised; else of the first passing run */
	struct explore_outcome outcome[EXPLORE_OUTCOMES]; /* most frequent first */
	unsigned outcome_count;
	char lock_order[EXPLORE_ORDER_TEXT]; /* nothing found: orders of locks that could end in a deadlock, as words; "" */
	double seconds;
};

/* Searches; gives the schedule in ret (schedule_done frees it). On return trace holds the finding, or the first passing run. */
void explore(const struct diag_case *c, const struct diag_variant *v, const struct explore_opts *opts,
	     struct trace *trace, struct explore_result *ret);

/* Runs one schedule. 0: as it says; 1: it diverged, words in reterr (first step that differs, the thread wanted, who could
 * go on); trace holds the run as it went, up to there. */
int explore_replay(const struct diag_case *c, const struct diag_variant *v, const struct schedule *s,
		   struct trace *trace, struct err *reterr) MUST_CHECK;

#endif
