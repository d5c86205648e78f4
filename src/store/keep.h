/*
 * keep - retention: what is beyond keep_age, keep_size or keep_messages goes, in short steps between the transactions.
 *
 * Owns     the pruning, which others may use for room on the disk
 * Threads  open, close, tend: as the sink; set, stop and the counters of prune: any
 * Blocks   keep_tend: a step of store/prune.h, or as many as begin within the time the commit before took
 * Units    _ns monotonic, bytes, rows
 * Errors   keep_open: SQLite's code. Later ones are logged, and tried again
 * Limits   none
 * Upholds  with nothing to store it prunes as fast as it can; beside a load at most twice as many rows as were stored, so
 *          it catches up, and the load goes on; one line a minute at most says what went
 */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include "store/prune.h"

#define KEEP_LOOK_ROWS 1024                   /* after so many new rows, or */
#define KEEP_LOOK_NS INT64_C(1000000000)      /* so long, it is worth looking what is beyond the limits */
#define KEEP_TELL_NS INT64_C(60000000000)     /* between two lines */
#define KEEP_SLACK_BYTES (4 * 1024 * 1024)    /* free pages that stay in the file; in a larger one a 32nd of it */

struct keep {
	struct prune prune;
	_Atomic int64_t age_ns, size_bytes, messages; /* the limits; 0: none */
	_Atomic bool changed;     /* they have, since it last looked */
	uint64_t new_rows;        /* stored since it last looked */
	bool behind;              /* there is more to do */
	int64_t look_ns;          /* when it looks next, without new rows */
	int64_t retry_ns;         /* not before, after a failure; 0: there was none */
	int64_t failing_ns;       /* since when; 0: it is not */
	struct prune_result sum;  /* what the next line tells */
	int64_t since_ns, told_ns;
	uint64_t unmoved_bytes;   /* given back, once a checkpoint has been made */
	bool told_stiff;          /* that the file cannot be made smaller */
};

/* What a turn of the writer was used for before. */
struct keep_turn {
	int64_t now_ns;
	int64_t took_ns;          /* the commit; 0: there was none */
	uint64_t rows;            /* it stored */
};

/* As prune_init. */
int keep_open(struct keep *k, struct db *db, int64_t run) MUST_CHECK;
/* Tells what was not told yet. */
void keep_close(struct keep *k);
/* A live change, from the next call of keep_tend on; false: it is none. */
bool keep_set(struct keep *k, const struct prune_limits *limits);
/* After a commit, and when it was asked for. Outside of transactions. Gives when it wants to be called again:
 * SYNC_FOREVER: after the next commit. */
int64_t keep_tend(struct keep *k, const struct keep_turn *t);

#endif
