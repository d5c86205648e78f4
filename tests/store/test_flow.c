/* The disk is told early: which files, which bytes, when, and that all writes go through. */
#include "config.h"

#include "store/flow.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bench.h"
#include "store/db.h"
#include "store/writer.h"
#include "../support/tap.h"

static struct bench b;
static struct {
	ino_t db, wal;
	unsigned db_calls, wal_calls, others, flags, short_ones;
	int64_t db_bytes, wal_bytes;
} told;

/* In the place of libc's. */
int sync_file_range(int fd, off_t from, off_t count, unsigned flags)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	told.flags |= flags;
	told.short_ones += count < FLOW_BYTES;
	if (st.st_ino == told.db) {
		told.db_calls++;
		told.db_bytes += count;
	} else if (st.st_ino == told.wal) {
		told.wal_calls++;
		told.wal_bytes += count;
	} else {
		told.others++;
	}
	return from < 0 ? -1 : 0;
}

static ino_t inode_of(const char *path, const char *tail)
{
	char name[200];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, tail);
	return stat(name, &st) == 0 ? st.st_ino : 0;
}

static void store_megabytes(struct store *s, unsigned from, unsigned takes)
{
	struct err err = {0};

	for (unsigned i = 0; i < takes; i++) {
		struct take t;

		bench_take(&t, from + i, "a message of a certain length, for bytes", i * 4096, 4096, 1024);
		if (bench_store(s, &t, &err) != SINK_OK)
			ok(0, "stored");
		bench_tend(s);
		bench_take_free(&t);
	}
}

/* Enough for a checkpoint of DB_WAL_BYTES. */
#define TAKES 70
#define ROWS (TAKES * 4096)

static void test_store(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct store_status st;

	if (!s)
		exit(1);
	told.db = inode_of(b.path, "");
	told.wal = inode_of(b.path, "-wal");
	ok(told.db && told.wal, "file and log are there");
	store_set_durability(s, DURABILITY_NORMAL);
	store_megabytes(s, 1, TAKES);
	store_status(s, &st);
	ok(st.db_bytes > DB_WAL_BYTES / 2, "there was a checkpoint");
	ok(told.wal_bytes > DB_WAL_BYTES && told.wal_bytes < (int64_t)4 * DB_WAL_BYTES, "the log: told of its bytes");
	ok(told.db_bytes > DB_WAL_BYTES / 2 && told.db_bytes < (int64_t)4 * DB_WAL_BYTES, "the file: told of its bytes");
	ok(told.wal_calls <= told.wal_bytes / FLOW_BYTES && told.db_calls <= told.db_bytes / FLOW_BYTES, "in large parts");
	is_int(told.others + told.short_ones, 0, "of no other file, and never of a little");
	is_int(told.flags, SYNC_FILE_RANGE_WRITE, "and never to wait");
	store_set_durability(s, DURABILITY_OFF);
	store_megabytes(s, 100, 1);
	told.db_calls = told.wal_calls = 0;
	store_megabytes(s, 101, TAKES);
	is_int(told.db_calls + told.wal_calls, 0, "durability off: the disk is left alone");
	store_set_durability(s, DURABILITY_FULL);
	store_megabytes(s, 200, TAKES);
	ok(told.db_calls && told.wal_calls, "full: told again");
	is_int(bench_finish(s, 3 * ROWS + 4096, 0, &err), 0, "finish");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 3 * ROWS + 4096, "all rows are there");
	is_str(bench_sql(&b, "PRAGMA integrity_check"), "ok", "integrity");
	bench_clear(&b);
}

/* A file that cannot be written stays one. */
static int no_room(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
	(void)file, (void)bytes, (void)count;
	return at >= 100 ? SQLITE_FULL : SQLITE_OK;
}

static void test_alone(void)
{
	static const sqlite3_io_methods real = {.iVersion = 3, .xWrite = no_room};
	static char bytes[FLOW_BYTES];
	sqlite3_file file = {.pMethods = &real};
	struct flow f = {0};

	flow_end(&f);
	ok(1, "an end without a beginning");
	memset(&told, 0, sizeof(told));
	flow_begin(&f, &file, -1);
	is_int(file.pMethods->iVersion, 3, "the file's other methods are its own");
	is_int(file.pMethods->xWrite(&file, bytes, 1, 100), SQLITE_FULL, "what fails fails");
	is_int(f.bytes, 0, "and is nothing to tell of");
	is_int(file.pMethods->xWrite(&file, bytes, 10, 50), SQLITE_OK, "a write");
	is_int(file.pMethods->xWrite(&file, bytes, 10, 20), SQLITE_OK, "one before it");
	ok(f.from == 20 && f.to == 60 && f.bytes == 20, "both are remembered");
	is_int(file.pMethods->xWrite(&file, bytes, FLOW_BYTES - 20, 0), SQLITE_OK, "as much as it takes");
	is_int(f.bytes, 0, "told, even where that fails");
	flow_switch(&f, false);
	is_int(file.pMethods->xWrite(&file, bytes, FLOW_BYTES, 0), SQLITE_OK, "off: still written");
	is_int(f.bytes, 0, "but not counted");
	flow_end(&f);
	ok(file.pMethods == &real, "at the end the file is as before");
}

int main(void)
{
	bench_init(&b);
	test_alone();
	test_store();
	bench_done(&b);
	return done_testing();
}
