/*
 * run - this start's row in runs, and the receipt that ends it.
 *
 * Owns     nothing
 * Threads  one, while nobody is in the sink
 * Blocks   as long as the disk takes
 * Units    wall times in ns since 1970
 * Errors   SQLite's codes
 * Limits   none
 * Upholds  one row per start; a run without a receipt gets one `crash` row, from the start after it
 */
#ifndef STORE_RUN_H
#define STORE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "store/writer.h"

struct run {
	int64_t id, started_at;
	bool crashed;          /* the run before left no receipt */
	int64_t crashed_at;    /* when that one started */
};

/* Writes the row, and the crash row where one is due, in one transaction. */
int run_begin(struct run *r, sqlite3 *db, const char *version) MUST_CHECK;
/* Writes losses and receipt in one transaction; finds out whether an earlier try came through. */
int run_finish(const struct run *r, struct writer *w, const struct store_receipt *receipt,
	       const struct loss_delta *losses, unsigned loss_count) MUST_CHECK;
/* Takes the row back. */
int run_undo(const struct run *r, sqlite3 *db) MUST_CHECK;

#endif
