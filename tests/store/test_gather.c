/* Frames are gathered: what is held, until when, that all arrives as it was written, and what becomes of it when that fails. */
#include "config.h"

#include "store/gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/mem.h"
#include "bench.h"
#include "store/db.h"
#include "store/sql.h"
#include "store/writer.h"
#include "../support/tap.h"

#define PAGE 512
#define FRAME (24 + PAGE)
#define AT(frame) (32 + (int64_t)(frame) * FRAME)

static struct bench b;

/* ---- a file that remembers ---- */

static struct {
	char bytes[4 * GATHER_BYTES];
	unsigned writes, reads, syncs, cuts, sizes;
	int64_t last_at;
	int last_count;
	bool full;
} disk;

static int disk_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
	(void)file;
	if (disk.full)
		return SQLITE_FULL;
	memcpy(disk.bytes + at, bytes, (size_t)count);
	disk.writes++;
	disk.last_at = at;
	disk.last_count = count;
	return SQLITE_OK;
}

static int disk_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 at)
{
	(void)file;
	disk.reads++;
	memcpy(bytes, disk.bytes + at, (size_t)count);
	return SQLITE_OK;
}

static int disk_sync(sqlite3_file *file, int flags)
{
	(void)file, (void)flags;
	disk.syncs++;
	return SQLITE_OK;
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	(void)file, (void)size;
	disk.cuts++;
	return SQLITE_OK;
}

static int disk_size(sqlite3_file *file, sqlite3_int64 *ret)
{
	(void)file;
	disk.sizes++;
	*ret = 0;
	return SQLITE_OK;
}

static const sqlite3_io_methods real = {
	.iVersion = 3, .xWrite = disk_write, .xRead = disk_read, .xSync = disk_sync, .xTruncate = disk_truncate,
	.xFileSize = disk_size};
static sqlite3_file file;
static struct flow flow;
static struct gather g;

static void begin(void)
{
	memset(&disk, 0, sizeof(disk));
	file.pMethods = &real;
	flow_init(&flow, -1);
	gather_begin(&g, &file, PAGE, &flow);
}

static void end(void)
{
	gather_end(&g);
	ok(file.pMethods == &real, "at the end the file is as before");
}

static int put(const void *bytes, int count, int64_t at)
{
	return file.pMethods->xWrite(&file, bytes, count, at);
}

/* A frame as SQLite writes it: header and page are two writes. The page is full of `fill`. */
static int put_frame(int frame, char fill, bool last)
{
	char header[24] = {0}, page[PAGE];
	int rc;

	header[7] = last;
	memset(page, fill, sizeof(page));
	rc = put(header, sizeof(header), AT(frame));
	return rc == SQLITE_OK ? put(page, sizeof(page), AT(frame) + 24) : rc;
}

static char there(int frame)
{
	return disk.bytes[AT(frame) + 24];
}

static void test_transaction(void)
{
	char header[32] = "the log's own";

	begin();
	is_int(file.pMethods->iVersion, 3, "the file's other methods are its own");
	is_int(put(header, sizeof(header), 0), SQLITE_OK, "the log's header");
	is_int(disk.writes, 1, "goes through");
	is_int(put_frame(0, 'a', false) + put_frame(1, 'b', false) + put_frame(2, 'c', false), SQLITE_OK, "three frames");
	is_int(disk.writes, 1, "are held");
	is_int(put_frame(3, 'd', true), SQLITE_OK, "the one that commits");
	is_int(disk.writes, 3, "all in one write, and its page in another");
	is_int(g.held, 0, "nothing is held any more");
	ok(there(0) == 'a' && there(1) == 'b' && there(2) == 'c' && there(3) == 'd', "each where it belongs");
	is_int(disk.bytes[AT(3) + 7], 1, "with its header");
	is_int(flow.bytes, 32 + 4 * FRAME, "the flow was told of each byte");
	is_int(put_frame(4, 'e', true), SQLITE_OK, "a transaction of one frame");
	ok(disk.writes == 5 && there(4) == 'e' && g.held == 0, "is there at once");
	end();
}

static void test_limit(void)
{
	int frames = GATHER_BYTES / FRAME + 10;

	begin();
	for (int i = 0; i < frames; i++)
		if (put_frame(i, (char)('a' + i % 26), false) != SQLITE_OK)
			ok(0, "frame %d", i);
	is_int(disk.writes, 1, "more than may be held is written in between");
	ok(disk.last_count > GATHER_BYTES - FRAME && disk.last_count <= GATHER_BYTES, "as much as there was");
	is_int(put_frame(frames, 'z', true), SQLITE_OK, "the last");
	for (int i = 0; i < frames; i++)
		if (there(i) != 'a' + i % 26)
			ok(0, "frame %d is there", i);
	is_int(there(frames), 'z', "the last is there");
	end();
}

/* Whatever is not the next frame of a transaction finds nothing held. */
static void test_others(void)
{
	char page[PAGE], header[24] = {0};
	sqlite3_int64 size;

	begin();
	memset(page, 'x', sizeof(page));
	put_frame(0, 'a', false);
	file.pMethods->xRead(&file, page, 8, AT(1));
	ok(disk.reads == 1 && disk.writes == 0, "a read of what lies elsewhere");
	file.pMethods->xRead(&file, page, 8, AT(0) + 24 + PAGE - 1);
	ok(disk.writes == 1 && page[0] == 'a', "a read of its last byte");
	put_frame(1, 'b', false);
	file.pMethods->xSync(&file, 0);
	ok(there(1) == 'b' && disk.syncs == 1, "a sync");
	put_frame(2, 'c', false);
	file.pMethods->xTruncate(&file, AT(9));
	ok(there(2) == 'c' && disk.cuts == 1, "a cut");
	put_frame(3, 'd', false);
	file.pMethods->xFileSize(&file, &size);
	ok(there(3) == 'd' && disk.sizes == 1, "a look at its size");
	put_frame(4, 'e', false);
	memset(page, 'X', sizeof(page));
	put(page, sizeof(page), AT(2) + 24);
	ok(there(4) == 'e' && there(2) == 'X' && g.held == 0, "a page written anew, without a header");
	put_frame(5, 'f', false);
	put_frame(7, 'h', false);
	ok(there(5) == 'f' && g.held == FRAME, "a frame elsewhere");
	put(header, sizeof(header), AT(6) + 1);
	ok(there(7) == 'h' && g.held == 0, "what looks like a header, but not where one belongs");
	put(header, sizeof(header), AT(8));
	header[4] = 1;
	put(header, sizeof(header), AT(8));
	ok(disk.bytes[AT(8) + 4] == 1 && g.held == 0, "a header written anew that commits");
	put(page, sizeof(page), AT(8) + 24);
	ok(there(8) == 'X' && g.held == 0, "a page behind a header that commits");
	end();
}

static void test_full(void)
{
	char eight[8];

	begin();
	put_frame(0, 'a', true);
	put_frame(1, 'b', false);
	disk.full = true;
	is_int(put_frame(2, 'c', true), SQLITE_FULL, "no room: the write that commits says so");
	is_int(file.pMethods->xSync(&file, 0), SQLITE_FULL, "nor can it be synced");
	is_int(disk.syncs, 0, "and is not");
	is_int(file.pMethods->xRead(&file, eight, 8, AT(1)), SQLITE_FULL, "nor read");
	is_int(file.pMethods->xRead(&file, eight, 8, AT(0)), SQLITE_OK, "what was there can be");
	gather_drop(&g);
	is_int(file.pMethods->xSync(&file, 0), SQLITE_OK, "undone, it is in nobody's way");
	disk.full = false;
	put_frame(1, 'B', false);
	disk.full = true;
	is_int(put(eight, 8, 0), SQLITE_FULL, "a write that finds no room for what is held");
	disk.full = false;
	is_int(put_frame(2, 'C', true), SQLITE_OK, "room again, and the transaction goes on");
	ok(there(0) == 'a' && there(1) == 'B' && there(2) == 'C', "all of it is there");
	for (int i = 3; g.held + FRAME <= GATHER_BYTES; i++)
		put_frame(i, 'd', false);
	disk.full = true;
	is_int(put_frame(3 + GATHER_BYTES / FRAME, 'e', false), SQLITE_FULL, "no room when no more may be held");
	ok(g.held > GATHER_BYTES - FRAME && g.held <= GATHER_BYTES, "what is held stays");
	disk.full = false;
	end();
}

static void *no_memory(size_t bytes UNUSED)
{
	return NULL;
}

static void test_no_memory(void)
{
	static const struct mem_hooks none = {.alloc = no_memory, .resize = realloc, .release = free};

	mem_hook(&none);
	begin();
	mem_hook(NULL);
	ok(file.pMethods == &real, "without memory the file is left as it is");
	is_int(put_frame(0, 'a', false), SQLITE_OK, "a frame");
	is_int(disk.writes, 2, "goes through");
	end();
}

/* ---- a store ---- */

static unsigned long writes, log_bytes;
static bool no_room;
static const sqlite3_io_methods *sqlites;

static int count_write(sqlite3_file *log, const void *bytes, int count, sqlite3_int64 at)
{
	if (no_room)
		return SQLITE_FULL;
	writes++;
	log_bytes += (unsigned long)count;
	return sqlites->xWrite(log, bytes, count, at);
}

/* Everything that is stored is there for another connection at once, whether the disk is waited for or not. */
static void store_and_look(struct store *s, enum durability durability, unsigned from, unsigned takes, unsigned rows)
{
	struct err err = {0};
	unsigned good = 0;
	char sql[200];

	store_set_durability(s, durability);
	for (unsigned i = 0; i < takes; i++, from += rows) {
		struct take t;

		bench_take(&t, from, "a message of a certain length, for bytes", from, rows, 1024);
		if (bench_store(s, &t, &err) == SINK_OK) {
			snprintf(sql, sizeof(sql), "SELECT count(*) FROM messages WHERE id > %u AND body LIKE 'a message%%' || (id - 1)",
				 from);
			good += bench_number(&b, sql) == rows;
		}
		bench_tend(s);
		bench_take_free(&t);
	}
	is_int(good, takes, "durability %d: each of %u takes is there when it is stored", (int)durability, takes);
}

static void store_without_room(struct store *s, struct db *db, unsigned from)
{
	struct err err = {0};
	struct take t;

	bench_take(&t, from, "more", from, 1024, 1024);
	no_room = true;
	is_int(bench_store(s, &t, &err), SINK_FULL, "a take finds no room");
	is_int(db->gather.held, 0, "what was held for it is in nobody's way");
	no_room = false;
	is_int(bench_store(s, &t, &err), SINK_OK, "with room it is stored");
	bench_take_free(&t);
}

static int spilled(struct db *db)
{
	int now = 0, most = 0;

	return sqlite3_db_status(db->sql, SQLITE_DBSTATUS_CACHE_SPILL, &now, &most, 0) == SQLITE_OK ? now : -1;
}

static void test_store(void)
{
	static sqlite3_io_methods counting;
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct db *db;

	if (!s)
		exit(1);
	db = ((struct writer *)store_sink(s).self)->db;
	sqlites = db->gather.real;
	counting = *sqlites;
	counting.xWrite = count_write;
	db->gather.real = &counting;
	store_and_look(s, DURABILITY_NORMAL, 0, 20, 4096);
	ok(writes > 0 && log_bytes / writes > 4 * DB_PAGE_BYTES, "a write has %lu bytes on the average, a page %d",
	   log_bytes / (writes ? writes : 1), DB_PAGE_BYTES);
	store_and_look(s, DURABILITY_FULL, 20 * 4096, 20, 4096);
	store_and_look(s, DURABILITY_OFF, 40 * 4096, 20, 4096);
	/* More pages than the cache has: they go into the log, and come back, before the end. */
	is_int(sql_exec(db->sql, "PRAGMA cache_size = 3"), SQLITE_OK, "a small cache");
	is_int(spilled(db), 0, "until now the cache was large enough");
	store_and_look(s, DURABILITY_NORMAL, 60 * 4096, 6, 10000); /* larger takes would be given a larger cache */
	ok(spilled(db) > 6 * 10, "pages went into the log early");
	store_without_room(s, db, 60 * 4096 + 60000);
	db->gather.real = sqlites;
	is_int(bench_finish(s, 60 * 4096 + 61024, 0, &err), 0, "finish");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 60 * 4096 + 61024, "all rows are there");
	is_str(bench_sql(&b, "PRAGMA integrity_check"), "ok", "integrity");
	bench_clear(&b);
}

int main(void)
{
	test_transaction();
	test_limit();
	test_others();
	test_full();
	test_no_memory();
	bench_init(&b);
	test_store();
	bench_done(&b);
	return done_testing();
}
