/*
 * case - a threading failure as a small program for the model, broken and mended.
 *
 * Owns     nothing: constant tables
 * Threads  run: a run of the model
 * Blocks   as the model does
 * Units    none
 * Errors   a run's verdict
 * Limits   DIAG_VARIANTS variants a case; a proof has one for each of its sizes
 * Upholds  a broken variant fails as `expect` says, a fixed one never
 */
#ifndef DIAG_CASE_H
#define DIAG_CASE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sync_model.h"

#define DIAG_VARIANTS 32
#define DIAG_ANY UINT_MAX

/* What the surroundings may do to a run, beside what its limits allow. */
struct diag_surroundings {
	unsigned faults;               /* of a sink, in a run; DIAG_ANY: no limit */
	const char *kinds;             /* of these, as words with commas: "busy, full". Lends: static; "" for none */
	bool rows;                     /* single rows may be refused, any number of them */
	bool deadline;                 /* there is one, that may pass at any wait for it */
};

struct diag_variant {
	const char *name;              /* "broken", "fixed", … */
	void (*run)(void *arg);        /* the body of thread main */
	const void *config;            /* its arg; NULL for most */
	enum model_verdict expect;     /* MODEL_PASSED: in every schedule; else some schedule ends like this */
	const char *tells;             /* one sentence: what is seen */
	struct model_limits limits;    /* max_steps 0: DIAG_STEPS */
	/* Of a run that has ended well or failed by a check: what it came to, as words ("ends in 1"); NULL: no table of
	 * outcomes. Lends: valid until the next run. */
	const char *(*outcome)(void);
	const char *good;              /* the outcome that is right */
	/* The sizes of a proof (self-*). As many as there are states to see: searched without a rising bound, unless
	 * most_bound says how many preemptions it is to reach (0: until complete). */
	bool proof;                    /* a line each, no timeline, unless asked for by name or something is found */
	unsigned most_bound;
	void (*surroundings)(const void *config, struct diag_surroundings *ret); /* NULL: there are none */
	const char *(*check)(void);    /* model_policy.check: after each step, NULL or what is wrong; may be NULL */
};

struct diag_case {
	const char *name;              /* as in CONTRACT.md section 8 */
	const char *description;       /* one line, for the list */
	const char *story;             /* three or four sentences: what happens, why it is easy to miss, what prevents it,
	                                * and where in catchbasin the remedy is used */
	const char *watch;             /* the object whose value is shown per step, "" for none */
	const struct diag_variant *variant[DIAG_VARIANTS]; /* up to the first NULL; the first is shown first */
	/* Cases that are no run of the model (race-sqlite) show themselves: returns whether the variant behaved as
	 * expected, printing lines through say. NULL for all others. */
	bool (*demonstrate)(const char *variant, void (*say)(void *arg, const char *line), void *arg);
};

#define DIAG_STEPS 2000

/* All cases, in the order of the list; *ret_count of them. Lends: static. */
const struct diag_case *const *diag_cases(unsigned *ret_count);
/* NULL if there is none of that name. */
const struct diag_case *diag_case_named(const char *name);
const struct diag_variant *diag_variant_named(const struct diag_case *c, const char *name);

#endif
