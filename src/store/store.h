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
#include "core/sink.h"

struct store;

enum durability { DURABILITY_FULL, DURABILITY_NORMAL, DURABILITY_OFF };

struct store_opts {
	const char *name;     /* the section's; copied */
	const char *path;     /* copied */
	enum durability durability;
	const char *version;  /* for the run's row; copied */
};

/* Opens or creates the file: lock, header, schema, migrations, a row in runs, and a `crash` row in loss where the
 * run before left no receipt (that is logged as a warning). NULL with reterr. */
struct store *store_open(const struct store_opts *opts, struct err *reterr) MUST_CHECK;

/* The writer as a sink. Lends: valid until store_close. */
struct sink store_sink(struct store *s);
/* Live change, from the next transaction on. */
void store_set_durability(struct store *s, enum durability d);

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

struct store_status {
	uint64_t last_id;           /* highest id given */
	uint64_t rows;              /* of this run */
	uint64_t db_bytes, wal_bytes;
	char node[40];              /* the store's UUID */
	uint64_t run;               /* id of this run's row */
	bool moved;                 /* the path no longer leads to the file that is written */
};

/* From memory and stat(2): never waits for the writer. */
void store_status(struct store *s, struct store_status *ret);

#endif
