/*
 * store - one database file and its one writer.
 *
 * Owns     the file's lock, the connection that writes and checkpoints it
 * Threads  open, finish, close: one thread; the sink: as core/sink says; store_status, store_set_durability: any
 * Blocks   as long as the disk takes
 * Units    bytes, messages; wall times in ns since 1970
 * Errors   returned with the contract's exit codes: EXIT_DATA corrupt, cut, foreign, newer; EXIT_CANT_CREATE
 *          missing directory or held by another process (pid named); EXIT_PERMISSION; EXIT_IO
 * Limits   none
 * Upholds  one writer and checkpointer; ids dense in commit order; a foreign or damaged file is never written to
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "core/histogram.h"
#include "core/sink.h"

/* Why messages are pruned: keep_age, keep_size, keep_messages, min_free. */
#define STORE_PRUNE_REASONS 4
/* "age", "size", "messages", "space". Lends: static. */
const char *store_prune_reason(unsigned why);
struct store;

enum durability { DURABILITY_FULL, DURABILITY_NORMAL, DURABILITY_OFF };

/* How it stands with the free space of the file system, beside min_free. */
enum store_room {
	STORE_AMPLE,   /* there is enough */
	STORE_PRUNING, /* too little: the oldest messages make room */
	STORE_HELD,    /* too little, and nothing may go: nothing is stored */
};

struct store_opts {
	const char *name;     /* the section's; copied */
	const char *path;     /* copied */
	enum durability durability;
	const char *version;  /* for the run's row; copied */
	int64_t keep_age_ns, keep_bytes, keep_messages; /* beyond these the oldest messages go; 0: no such limit. A
			       * file that is made with any, or with min_free, can become smaller */
	int64_t min_free;     /* free bytes the file system keeps; below 0: percent of it; 0: none */
	uint64_t wal_limit;   /* beyond it, who keeps the log long is named, and waited for more often; 0: none */
};

/* Opens or creates the file: lock, header, schema, migrations, a row in runs, and a `crash` row in loss where the
 * run before left no receipt (that is logged as a warning). NULL with reterr. */
struct store *store_open(const struct store_opts *opts, struct err *reterr) MUST_CHECK;

/* The writer as a sink. Lends: valid until store_close. */
struct sink store_sink(struct store *s);
/* Live change, from the next transaction on. */
void store_set_durability(struct store *s, enum durability d);
/* Where the time of each step of pruning is counted: HISTOGRAM_PRUNE_STEP of these, borrowed while the sink is used. Before
 * that. */
void store_count_steps(struct store *s, struct histogram *histograms);
/* Live change of what is kept, from the next call of the sink's tend on; false: it is none. */
bool store_set_keep(struct store *s, int64_t age_ns, int64_t bytes, int64_t messages);
/* From now on nothing is pruned: the store is to be finished. Any thread. */
void store_stop_pruning(struct store *s);
/* Live change of both; false: it is none. */
bool store_set_space(struct store *s, int64_t min_free, uint64_t wal_limit);
/* The store is to be finished: what space there is may be used up for what still waits. Any thread. */
void store_release_space(struct store *s);

/* What this run did, for its row. */
struct store_receipt {
	uint64_t received, stored, lost;
	bool clean;
};

/* Writes the receipt and all losses in `losses` (may be none), checkpoints (TRUNCATE; a reader in the way is
 * waited for until deadline_ns, monotonic, then left) and closes. -1 with reterr if the receipt could not be
 * written: the next start then writes the crash row. The store is closed and freed either way. */
int store_finish(struct store *s, const struct store_receipt *receipt, const struct loss_delta *losses,
		 unsigned loss_count, int64_t deadline_ns, struct err *reterr) MUST_CHECK;
/* Closes and frees without a receipt, as after a start that failed: the run's row is taken back if nothing was
 * stored. */
void store_close(struct store *s);

/* From memory. Any thread. */
enum store_room store_room(struct store *s);

struct store_status {
	uint64_t last_id;           /* highest id given */
	uint64_t rows;              /* of this run */
	uint64_t db_bytes, wal_bytes;
	char node[40];              /* the store's UUID */
	uint64_t run;               /* id of this run's row */
	bool moved;                 /* the path no longer leads to the file that is written */
	uint64_t pruned[STORE_PRUNE_REASONS]; /* messages, by this run */
	uint64_t given_bytes;       /* back to the file system, by this run */
	uint64_t prune_most_ns;     /* the longest step */
	int64_t oldest_at;          /* when the oldest message was received; 0: there is none */
	enum store_room room;
	uint64_t free_bytes;        /* of the file system, as we may use it */
	uint64_t min_free, wal_limit;
	uint64_t enough_bytes;      /* held: so many free, and it stores again */
	bool held_by_reader;        /* held, because a reader keeps the log from being emptied */
	bool wal_over;              /* the log is longer than wal_limit, because readers are in the way */
	int64_t wal_reader;         /* with either: this process among them; 0: none is seen */
	uint64_t checkpoints, checkpoints_in_vain; /* that moved the whole log, or less */
	uint64_t checkpoints_us;    /* microseconds they took */
};

/* From memory, stat(2) and statvfs(2): never waits for the writer. */
void store_status(struct store *s, struct store_status *ret);

#endif
