/*
 * reader - a look into a store file, read-only, beside a running daemon or without one.
 *
 * Owns     its connection
 * Threads  each reader in one thread
 * Blocks   as long as the disk takes; at most two seconds for a lock
 * Units    messages; wall times in ns since 1970
 * Errors   returned: EXIT_DATA not a store of ours, EXIT_CANT_CREATE no such file, EXIT_PERMISSION, EXIT_IO
 * Limits   none
 * Upholds  never writes, never creates, never checkpoints
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct reader;

/* Of the SQLite that is linked. Lends: static. */
const char *reader_sqlite_version(void);

struct reader *reader_open(const char *path, struct err *reterr) MUST_CHECK;
void reader_close(struct reader *r);

/* One run's receipt, against the rows. */
struct reader_run {
	int64_t id, started_at, stopped_at; /* stopped_at 0: none (running, or crashed) */
	char version[32];
	int64_t received, stored, lost, clean, first_id, last_id, pruned;
	bool has_receipt;
	int64_t rows;                       /* rows now there of first_id … last_id */
	int64_t gone;                       /* pruned ones among them */
	bool balanced;                      /* received + kernel = stored + lost, and the rows are there or pruned */
	int64_t kernel;                     /* of the run's loss rows */
};

/* The newest run. 0, 1 if there is none, -1 with reterr. */
int reader_last_run(struct reader *r, struct reader_run *ret, struct err *reterr) MUST_CHECK;

/* A line of the loss table; lends all for the call. */
struct reader_loss {
	int64_t id, from_at, to_at;
	const char *listener, *reason;
	int64_t messages, bytes; /* bytes -1: NULL */
};

/* Calls fn for each loss with an id above after_id that ended at since_at or later (0, 0: all), oldest first, in one
 * transaction: keep what is told, write it out later. -1 with reterr. */
int reader_each_loss(struct reader *r, int64_t after_id, int64_t since_at,
		     void (*fn)(void *arg, const struct reader_loss *loss), void *arg, struct err *reterr) MUST_CHECK;

/* Totals for `status` without a daemon. */
struct reader_totals {
	int64_t messages, first_id, last_id, first_at, last_at, losses, lost_messages, runs;
	int64_t db_bytes, wal_bytes;
	bool estimated; /* messages is last_id - first_id + 1: counting would have taken too long */
	char node[40];
};

int reader_totals(struct reader *r, struct reader_totals *ret, struct err *reterr) MUST_CHECK;

#endif
