/*
 * schema - the tables, and the numbered steps that lead to them.
 *
 * Owns     nothing: the connection is the caller's
 * Threads  one at a time per connection
 * Blocks   as long as the disk takes
 * Units    none
 * Errors   returned, worded
 * Limits   none
 * Upholds  all steps in one transaction, or none
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

/* Runs the steps the file still lacks, in the transaction that is open, if one is, and ends it. 0, or -1 with reterr. */
int schema_migrate(sqlite3 *db, const char *path, struct err *reterr) MUST_CHECK;
/* True if every table and column is there; else words of what is missing (EXIT_DATA) in reterr. */
bool schema_complete(sqlite3 *db, const char *path, struct err *reterr) MUST_CHECK;

#endif
