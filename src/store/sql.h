/*
 * sql - small helpers over sqlite3: run a text, read a number, and say in words what failed.
 *
 * Owns     nothing: the connection is the caller's
 * Threads  one at a time per connection
 * Blocks   as long as the disk takes, and the connection's busy timeout
 * Units    none
 * Errors   SQLite's extended codes; sql_failed turns one into a sink_result and an exit code, worded
 * Limits   none
 * Upholds  no statement is left open
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "core/sink.h"

/* Runs one or more statements. SQLITE_OK or the error. */
int sql_exec(sqlite3 *db, const char *text) MUST_CHECK;
/* Runs one statement with values bound by a letter each: i int64_t, s const char * (NULL: null), n null (takes no
 * argument). SQLITE_OK or the error. */
int sql_run(sqlite3 *db, const char *text, const char *types, ...) MUST_CHECK;
/* The first column of the first row; 0 where it is NULL or there is no row. SQLITE_OK or the error. */
int sql_number(sqlite3 *db, const char *text, int64_t *ret) MUST_CHECK;
/* The same as text, cut at size; "" where there is none. */
int sql_text(sqlite3 *db, const char *text, char *ret, size_t size) MUST_CHECK;
/* Rolls back if a transaction is open (some errors have done so already). */
void sql_rollback(sqlite3 *db);

/* Gives "file:…?immutable=1", a name for a look that takes no lock and leaves no files (mem_free); NULL: no memory. */
char *sql_immutable_uri(const char *path) MUST_CHECK;

/* "SQLITE_FULL", "SQLITE_IOERR_WRITE"; for one it does not know, the name of the primary code. Lends: static. */
const char *sql_code_name(int rc);
/* Words "store PATH: disk full (SQLITE_FULL)". Call before anything else touches the connection. db may be NULL. */
enum sink_result sql_failed(sqlite3 *db, const char *path, int rc, struct err *reterr);

#endif
