/*
 * The yardstick of the rate: one prepared INSERT in a loop, into a fresh file with the store's table, and nothing else.
 * Prints rows a second.
 */
#include "config.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS_PER_COMMIT 4096
#define BODY 120

static const char schema[] =
	"PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000;"
	"CREATE TABLE messages (id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, listener TEXT NOT NULL,"
	" peer TEXT NOT NULL, size INTEGER NOT NULL, body NOT NULL,"
	" truncated INTEGER GENERATED ALWAYS AS (size > length(CAST(body AS BLOB))) VIRTUAL);";

static sqlite3 *db;

static void must(int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return;
	fprintf(stderr, "insert_loop: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void insert_rows(long rows)
{
	sqlite3_stmt *insert;
	char body[BODY + 1];
	struct timespec ts;

	memset(body, 'x', BODY);
	must(sqlite3_prepare_v2(db, "INSERT INTO messages(id, received_at, listener, peer, size, body)"
				    " VALUES (?, ?, ?, ?, ?, ?)", -1, &insert, NULL));
	for (long i = 1; i <= rows; i++) {
		if (i % ROWS_PER_COMMIT == 1)
			must(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
		body[snprintf(body, sizeof(body), "s-0 %ld ", i)] = 'x';
		clock_gettime(CLOCK_REALTIME, &ts);
		sqlite3_bind_int64(insert, 1, i);
		sqlite3_bind_int64(insert, 2, ts.tv_sec * 1000000000LL + ts.tv_nsec);
		sqlite3_bind_text(insert, 3, "tcp4", 4, SQLITE_STATIC);
		sqlite3_bind_text(insert, 4, "127.0.0.1:43121", 15, SQLITE_STATIC);
		sqlite3_bind_int64(insert, 5, BODY);
		sqlite3_bind_text(insert, 6, body, BODY, SQLITE_STATIC);
		must(sqlite3_step(insert));
		must(sqlite3_reset(insert));
		if (i % ROWS_PER_COMMIT == 0 || i == rows)
			must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
	}
	sqlite3_finalize(insert);
}

int main(int argc, char **argv)
{
	const char *durability = argc > 3 ? argv[3] : "full";
	long rows = argc > 2 ? atol(argv[2]) : 1000000;
	char sync[64];
	double start;
	FILE *there;

	if (argc < 2 || argc > 4 || rows < 1 || rows > 100000000 ||
	    (strcmp(durability, "full") && strcmp(durability, "normal") && strcmp(durability, "off"))) {
		fputs("usage: insert_loop NEW-FILE [ROWS [full|normal|off]]\n", stderr);
		return 64;
	}
	there = fopen(argv[1], "r");
	if (there) {
		fprintf(stderr, "insert_loop: %s is there already\n", argv[1]);
		fclose(there);
		return 1;
	}
	must(sqlite3_open(argv[1], &db));
	must(sqlite3_exec(db, schema, NULL, NULL, NULL));
	snprintf(sync, sizeof(sync), "PRAGMA synchronous = %s", durability);
	must(sqlite3_exec(db, sync, NULL, NULL, NULL));
	start = seconds();
	insert_rows(rows);
	printf("%.0f\n", (double)rows / (seconds() - start));
	sqlite3_close(db);
	return 0;
}
