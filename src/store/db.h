/*
 * db - the one connection that writes: opened, examined, tuned, checkpointed and closed.
 *
 * Owns     the locked file and SQLite's connection to it
 * Threads  one at a time
 * Blocks   as long as the disk takes; for a lock DB_OPEN_BUSY_MS while opening, DB_BUSY_MS later
 * Units    bytes, pages
 * Errors   returned, worded; db_checkpoint gives SQLite's code
 * Limits   the write-ahead log is checkpointed at DB_WAL_BYTES
 * Upholds  WAL mode; no automatic checkpoint; a refused file is left as it was, without new files beside it
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "store/file.h"
#include "store/flow.h"
#include "store/gather.h"
#include "store/store.h"

#define DB_PAGE_BYTES 16384
#define DB_CACHE_BYTES (1024 * 1024)         /* enough for a transaction of half as much, */
#define DB_CACHE_MOST_BYTES (8 * 1024 * 1024) /* and for one of more, which else goes into the log page by page */
#define DB_WAL_BYTES (16 * 1024 * 1024)       /* a checkpoint is tried from here on */
#define DB_WAL_KEEP_BYTES (32 * 1024 * 1024)  /* a longer log is cut to this when it starts over */
#define DB_OPEN_BUSY_MS 2000
#define DB_BUSY_MS 50
#define DB_CHECK_NS (INT64_C(500) * 1000 * 1000)

struct db {
	struct file file;
	sqlite3 *sql;
	bool is_new;             /* made by this open */
	enum durability durability; /* in force */
	int wal_pages;           /* after the last commit */
	int page_bytes;
	int cache_bytes;
	bool keeps;              /* no page goes into the log before a commit */
	struct flow flow, wal_flow;
	struct gather gather;    /* of the log */
	int wal_fd;              /* of the log, for wal_flow; -1: none */
};

/* Locks, examines, opens, and brings the schema up to date. An unclean file is checked for DB_CHECK_NS. shrinks: a file
 * that is new is to be one that can become smaller. 0, or -1 with reterr and nothing left open. */
int db_open(struct db *d, const char *path, enum durability durability, bool shrinks, struct err *reterr) MUST_CHECK;
/* Closes; where the log is empty it stays as a zero-length file, so that readers who may not write can open. */
void db_close(struct db *d);

/* Makes the cache fit a transaction of so many bytes. Outside of transactions. SQLite's code. */
int db_fit_cache(struct db *d, uint64_t bytes) MUST_CHECK;
/* Until the next db_fit_cache the page cache grows instead of putting pages into the log before a commit. Outside of
 * transactions. SQLite's code.
 * If a page was put there twice before its savepoint is taken back, SQLite 3.40 leaves what is committed next without a
 * checksum, and after a crash that is not found again. */
int db_keep_pages(struct db *d) MUST_CHECK;
/* Outside of transactions. SQLite's code. */
int db_set_durability(struct db *d, enum durability durability) MUST_CHECK;
/* SQLITE_CHECKPOINT_…; ret_left: frames still only in the log. SQLite's code. */
int db_checkpoint(struct db *d, int mode, int *ret_left) MUST_CHECK;

#endif
