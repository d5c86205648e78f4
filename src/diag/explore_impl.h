/*
 * explore_impl - the inside of the explorer, shared by its files alone.
 *
 * Owns     see explore.h
 * Threads  what is called in a run: whichever of its threads holds the baton
 * Blocks   see explore.h
 * Units    a path's choices: indices of options, as the model listed them
 * Errors   without memory a search ends early, and is not complete
 * Limits   SEARCH_POINTS points remembered, SEARCH_ITEMS choices put off
 * Upholds  memory is libc's: base/mem belongs to the run
 */
#ifndef DIAG_EXPLORE_IMPL_H
#define DIAG_EXPLORE_IMPL_H

#include "base/sync_model.h"
#include "diag/explore.h"
#include "diag/explore_cycles.h"
#include "diag/explore_orders.h"

#define SEARCH_POINTS (1u << 23)
#define SEARCH_ITEMS (1u << 24)

/* The choices of a run, where there were any: the shortest way to make it again. */
struct path {
	uint8_t *choice;
	unsigned count, cap;
};

bool path_add(struct path *p, unsigned choice) MUST_CHECK;
bool path_copy(struct path *to, const struct path *from) MUST_CHECK;

/* A set of hashes. */
struct seen {
	uint64_t *slot;
	uint32_t count, cap;
};

/* 1: it is new; 0: it was there; -1: no memory. */
int seen_add(struct seen *s, uint64_t hash);
void seen_done(struct seen *s);

/* A run worth keeping. */
struct finding {
	bool any;
	enum model_verdict verdict;
	unsigned steps, preemptions;
	uint64_t at;
	struct path path;
};

struct search {
	const struct diag_case *c;
	const struct diag_variant *v;
	const struct explore_opts *opts;
	struct explore_result *ret;
	struct model_policy policy;   /* its arg is this search */
	void *mode;                   /* of explore_all, or of explore_at_random */
	struct model_result run;      /* the last one */
	struct path path;             /* of this run */
	unsigned preemptions, timeouts; /* of this run: spent so far */
	unsigned step_limit;          /* 0: that of the variant */
	uint64_t order;               /* of this run's READ, WRITE and NOTE steps: a hash */
	bool counting;                /* outcomes are wanted */
	struct seen orders;
	struct finding found, passing;
	struct lock_orders *lock_orders; /* NULL: no memory */
	struct cycles *cycles;        /* NULL: states do not come again */
	bool no_memory, nondeterministic;
	int64_t begun_ns;
};

/* Of a variant, with its defaults; step_limit 0: its own. */
struct model_limits search_limits(const struct diag_variant *v, unsigned step_limit);
/* One run of a variant. */
void run_variant(const struct diag_variant *v, const struct model_policy *policy, const struct model_limits *limits,
		 struct model_result *ret);
/* One run by the search's policy, judged and counted. */
void search_run(struct search *s);
/* Executions or time are used up, or memory is. */
bool search_over(const struct search *s);
/* Inside a run: takes the option and notes what it cost. */
unsigned search_take(struct search *s, const struct model_point *p, unsigned index);
/* The option that goes on with the thread that runs; else the first. */
unsigned point_default(const struct model_point *p);
/* It needs nobody, and no time to pass. */
bool option_goes_on(const struct model_option *o);
/* Taking this option interrupts a thread that could go on. */
bool point_preempts(const struct model_point *p, unsigned index);

/* The searches. */
void explore_all(struct search *s);
void explore_at_random(struct search *s);

/* One run along a path, or a schedule, written down. */
struct follow {
	const struct path *path;       /* either this */
	const struct schedule *wish;   /* or this */
	bool strict;                   /* must be as the wish says */
	bool off;                      /* it is not */
	unsigned at;                   /* next in path or wish */
	unsigned preemptions;
	struct trace *trace;           /* may be NULL */
	struct schedule *made;         /* may be NULL: the schedule of this very run */
	const char *(*check)(void);    /* the variant's */
	struct model_result run;
	char name[MODEL_THREADS][SYNC_NAME];
	unsigned names;
	struct err *reterr;            /* of strict */
};

void follow_run(struct follow *f, const struct diag_case *c, const struct diag_variant *v);
/* Fewer preemptions, then fewer steps, by merging what a thread does: in place. */
void minimise(const struct diag_case *c, const struct diag_variant *v, struct schedule *s, enum model_verdict verdict);

#endif
