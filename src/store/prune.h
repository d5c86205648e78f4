/*
 * prune - deletes the oldest messages and gives their space back, a short step at a time, in the writer's turn.
 *
 * Owns     its prepared statements
 * Threads  init, done, prune_step, prune_shrink: as the sink; prune_stop and the counters: any
 * Blocks   a step: PRUNE_AIM_NS as a rule, as long as the disk takes to read what it deletes; never for a lock, and for a
 *          sync only where the log starts over
 * Units    ids, rows, pages, bytes, _ns
 * Errors   SQLite's codes; what a failed step did is undone
 * Limits   a step deletes at least one row
 * Upholds  the lowest ids go first; the rows and the runs.pruned that counts them go in one transaction
 *
 * A step's commit is not synced: if the power fails before the next commit that is, the rows are back, and so is the
 * count.
 */
#ifndef STORE_PRUNE_H
#define STORE_PRUNE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/counter.h"
#include "core/histogram.h"
#include "store/db.h"

#define PRUNE_STEP_NS INT64_C(20000000) /* no step is to hold the writer longer */
#define PRUNE_AIM_NS INT64_C(6000000)   /* and this is what they aim at */

enum prune_reason {
	PRUNE_AGE,
	PRUNE_SIZE,
	PRUNE_MESSAGES,
	PRUNE_SPACE,   /* the oldest, whatever the limits */
	PRUNE_REASONS
};

/* "age", "size", "messages", "space". Lends: static. */
const char *prune_reason_name(enum prune_reason why);

/* What is kept; 0: no limit of that kind. */
struct prune_limits {
	int64_t age_ns, size_bytes, messages;
};

enum prune_text {
	PRUNE_TEXT_BEGIN,
	PRUNE_TEXT_COMMIT,
	PRUNE_TEXT_FIRST,
	PRUNE_TEXT_LAST,
	PRUNE_TEXT_AT,
	PRUNE_TEXT_DELETE,
	PRUNE_TEXT_BOOK,
	PRUNE_TEXT_PAGES,
	PRUNE_TEXT_FREE,
	PRUNE_TEXT_LOSSES,
	PRUNE_TEXT_SHRINK,
	PRUNE_TEXTS
};

struct prune {
	struct db *db;
	int64_t run;                  /* its row counts what is pruned */
	sqlite3_stmt *stmt[PRUNE_TEXTS];
	uint32_t rows, pages;         /* how many are deleted, or moved, between two looks at the clock */
	int64_t commit_ns;            /* what a commit takes, of late */
	int64_t looked_far_ns;        /* when messages behind a younger one were last looked for */
	bool vacuums;                 /* the file can be made smaller */
	_Atomic bool stopped;
	struct histogram *steps;      /* how long each took; NULL: nobody wants to know */
	struct counter pruned[PRUNE_REASONS], given_bytes, most_ns;
	struct counter oldest_at;     /* when the oldest message was received; 0: there is none */
};

/* Borrows db until prune_done. run: the row in runs. SQLite's code. */
int prune_init(struct prune *p, struct db *db, int64_t run) MUST_CHECK;
void prune_done(struct prune *p);
/* From now on steps end at once, having done nothing more: the store is to be finished. Any thread. */
void prune_stop(struct prune *p);

/* What a step came to. */
struct prune_result {
	uint64_t rows;
	int64_t first_id, last_id;    /* of them */
	uint64_t bytes;               /* given back to the file system, once a checkpoint has moved the log */
	unsigned reasons;             /* bits 1 << enum prune_reason */
	bool left;                    /* there is more that may go */
};

/* Deletes messages beyond the limits, the oldest first, `most` at most; limits NULL: the oldest, whatever is kept.
 * Outside of transactions. SQLite's code; SQLITE_BUSY: somebody else writes. */
int prune_step(struct prune *p, const struct prune_limits *limits, uint64_t most, struct prune_result *ret) MUST_CHECK;
/* Moves pages from the file's end to free places, until at most keep_bytes of these are left. Adds to *ret. As above. */
int prune_shrink(struct prune *p, uint64_t keep_bytes, struct prune_result *ret) MUST_CHECK;

#endif
