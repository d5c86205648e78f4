/*
 * limits - the two limits every receiver is held against: SQLite alone, and the kernel's sockets alone.
 *
 * Owns     the database file it makes, its sockets and buffers
 * Threads  one
 * Blocks   in SQLite, in epoll and recvmmsg
 * Units    rows, bytes, seconds
 * Errors   said on stderr, exit status 1; usage 64
 * Limits   LIMITS_MAX_ROWS rows; the receivers end after LIMITS_MAX_SECONDS
 * Upholds  the rows are those the daemon would write: same table, same six values, 4,096 a transaction
 */
#ifndef BENCH_LIMITS_H
#define BENCH_LIMITS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMITS_MAX_ROWS 100000000L
#define LIMITS_MAX_SECONDS 600
#define VALUES_ROWS 64 /* of one multi-row INSERT */

enum way { WAY_ONE, WAY_VALUES, WAY_TABLE };

struct insert_opts {
	const char *path, *durability, *extra;
	enum way way;
	long rows, rows_per_commit, page_bytes, wal_mib, size;
	bool numbered, as_we_do; /* ids by SQLite; files written as the daemon does */
};

/* One message to be stored. */
struct row {
	int64_t received_at;
	const char *body;
};

/* What the virtual table shows: `count` rows, the first with id first_id. */
struct shown {
	const struct row *rows;
	long count;
	int64_t first_id;
	int size;
};

extern const char row_listener[4], row_peer[16];

/* Inserts and prints what it took. 0, or 1 said. */
int limit_insert(const struct insert_opts *o);
/* Registers the table batch(id, received_at, listener, peer, size, body) on a connection; borrows `shown`. */
int shown_register(sqlite3 *db, struct shown *shown);
/* A receiver that only reads and counts: until nothing has come for idle_ms after the first, or SIGTERM. */
int limit_receive(bool stream, unsigned port, long idle_ms, int rcvbuf);

#endif
