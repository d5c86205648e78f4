/*
 * single - a take stored row by row, after the database refused some of it.
 *
 * Owns     nothing
 * Threads  as the writer
 * Blocks   as long as the disk takes
 * Units    rows
 * Errors   SQLite's codes
 * Limits   none
 * Upholds  refused messages are marked and get no id; the others are inserted in order, densely
 */
#ifndef STORE_SINGLE_H
#define STORE_SINGLE_H

#include "base/attr.h"
#include "store/writer.h"

/* True if that error is about a row, not about the file; else *rc may become one that says more. */
bool single_refusal(struct writer *w, int *rc) MUST_CHECK;
/* Stores take row by row, in a new transaction that is still open on SQLITE_OK; one that is open is rolled back. ret_rows:
 * how many are in. */
int single_store(struct writer *w, struct take *take, uint64_t *ret_rows) MUST_CHECK;

#endif
