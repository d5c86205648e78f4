/*
 * run - the last run that a store file tells of, and its books.
 *
 * Owns     nothing: gives JSON values
 * Threads  one
 * Blocks   as the disk
 * Units    _at in nanoseconds since 1970 UTC
 * Errors   NULL with reterr
 * Limits   none
 * Upholds  a run without a receipt is never called balanced
 */
#ifndef CTL_RUN_H
#define CTL_RUN_H

#include <stdio.h>

#include "base/attr.h"
#include "base/json.h"
#include "store/reader.h"

/* {"id", "version", "started_at", "stopped_at", "receipt", "holder", "clean", "received", "kernel", "stored", "lost",
 * "first_id", "last_id", "pruned", "rows", "balanced"}; JSON's null if there is no run yet. Without a receipt,
 * stopped_at and all that a receipt would say are null, and holder is the pid that has the file open, or null. */
json_t *run_read(struct reader *r, const char *path, struct err *reterr) MUST_CHECK;

/* "run 3 of catchbasind 0.1.0, 2026-01-31 10:00:00 to 11:00:00 UTC, stopped cleanly", with an indent. */
void run_show(const json_t *run, FILE *out);

#endif
