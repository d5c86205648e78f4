/* The connection: modes, durability, checkpoints, damage found at an unclean start, a disk that is full. */
#include "store/db.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench.h"
#include "store/writer.h"
#include "../support/tap.h"

static struct bench b;

static struct store *opened(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);

	if (!ok(s, "opens"))
		printf("# %s\n", err.text);
	if (!s)
		exit(1);
	return s;
}

static sqlite3 *inner(struct store *s)
{
	struct writer *w = store_sink(s).self;

	return w->db->sql;
}

static int64_t pragma(struct store *s, const char *text)
{
	sqlite3_stmt *st = NULL;
	int64_t value = -1;

	if (sqlite3_prepare_v2(inner(s), text, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return value;
}

static void test_pragmas(void)
{
	struct store *s = opened();
	struct err err = {0};
	struct take t;
	static const struct {
		enum durability d;
		int sync;
	} levels[] = {{DURABILITY_OFF, 0}, {DURABILITY_NORMAL, 1}, {DURABILITY_FULL, 2}};

	is_str(bench_sql(&b, "PRAGMA journal_mode"), "wal", "WAL");
	is_int(bench_number(&b, "PRAGMA page_size"), 16384, "page size");
	is_int(bench_number(&b, "PRAGMA application_id"), 0x43427331, "application id");
	is_int(bench_number(&b, "PRAGMA user_version"), 1, "schema version");
	is_int(pragma(s, "PRAGMA synchronous"), 2, "full");
	is_int(pragma(s, "PRAGMA wal_autocheckpoint"), 0, "no automatic checkpoint");
	is_int(pragma(s, "PRAGMA mmap_size"), 0, "no mapped file");
	for (unsigned i = 0; i < ARRAY_LEN(levels); i++) {
		store_set_durability(s, levels[i].d);
		bench_take(&t, i, "m", 0, 5, 16);
		is_int(bench_store(s, &t, &err), SINK_OK, "stored");
		bench_take_free(&t);
		is_int(pragma(s, "PRAGMA synchronous"), levels[i].sync, "durability from the next transaction on");
	}
	is_int(bench_finish(s, 15, 0, &err), 0, "finish");
	bench_clear(&b);
}

static uint64_t wal_bytes(struct store *s)
{
	struct store_status st;

	store_status(s, &st);
	return st.wal_bytes;
}

/* The cache is as large as the transaction asks for, and is given back. */
static void test_cache(void)
{
	static char line[30000];
	struct store *s = opened();
	struct db *d = ((struct writer *)store_sink(s).self)->db;
	struct err err = {0};
	int used = 0, most = 0;

	is_int(pragma(s, "PRAGMA cache_size"), DB_CACHE_BYTES / DB_PAGE_BYTES, "small at first");
	memset(line, 'x', sizeof(line));
	for (unsigned i = 1; i <= 3; i++) {
		struct take t;

		bench_take(&t, i, "m", 0, 4096, 1024);
		t.bytes = i == 2 ? DB_CACHE_BYTES : 100;
		is_int(bench_store(s, &t, &err), SINK_OK, "stored");
		bench_take_free(&t);
		is_int(pragma(s, "PRAGMA cache_size"), (i == 2 ? DB_CACHE_MOST_BYTES : DB_CACHE_BYTES) / DB_PAGE_BYTES, "fits take %u", i);
	}
	for (unsigned i = 4; i < 400; i++) {
		struct take t;

		bench_take_one(&t, i, line, sizeof(line), sizeof(line));
		if (bench_store(s, &t, &err) != SINK_OK)
			ok(0, "stored");
		bench_take_free(&t);
		sqlite3_db_status(d->sql, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
	}
	ok(used > 0 && used < 2 * DB_CACHE_BYTES, "many small ones do not make it grow: %d bytes", used);
	is_int(bench_finish(s, 3 * 4096 + 396, 0, &err), 0, "finish");
	bench_clear(&b);
}

static void test_log_bounded(void)
{
	struct store *s = opened();
	struct err err = {0};
	struct take t;
	uint64_t most = 0, held;
	unsigned n = 0;
	sqlite3 *reader;
	char wal[200];
	struct stat st;

	store_set_durability(s, DURABILITY_OFF);
	bench_take(&t, 1, "a message that is long enough to make pages quickly", 0, 4000, 500);
	for (; n < 200; n++) {
		t.ticket = n;
		if (bench_store(s, &t, &err) != SINK_OK)
			break;
		bench_tend(s);
		most = wal_bytes(s) > most ? wal_bytes(s) : most;
	}
	is_int(n, 200, "200 commits");
	ok(most >= DB_WAL_BYTES, "the log was in use (%ju bytes)", (uintmax_t)most);
	ok(most < DB_WAL_KEEP_BYTES, "and never long (%ju bytes)", (uintmax_t)most);
	reader = bench_connect(&b);
	sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM meta", NULL, NULL, NULL);
	for (; n < 300; n++) {
		t.ticket = n;
		if (bench_store(s, &t, &err) != SINK_OK)
			break;
		bench_tend(s);
	}
	is_int(n, 300, "a reader keeps a transaction open for 100 more");
	held = wal_bytes(s);
	ok(held > DB_WAL_KEEP_BYTES, "the log grows meanwhile (%ju bytes)", (uintmax_t)held);
	sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(reader);
	for (; n < 500 && wal_bytes(s) > DB_WAL_KEEP_BYTES; n++) {
		t.ticket = n;
		if (bench_store(s, &t, &err) != SINK_OK)
			break;
		bench_tend(s);
	}
	ok(wal_bytes(s) <= DB_WAL_KEEP_BYTES, "and is short again after %u more commits", n - 300);
	bench_take_free(&t);
	is_int(bench_finish(s, 4000 * (uint64_t)n, 0, &err), 0, "finish");
	snprintf(wal, sizeof(wal), "%s-wal", b.path);
	is_int(stat(wal, &st), 0, "after the stop the log is still there");
	is_int(st.st_size, 0, "and empty");
	snprintf(wal, sizeof(wal), "%s-shm", b.path);
	is_int(stat(wal, &st), 0, "the shared memory too");
	is_str(bench_sql(&b, "PRAGMA integrity_check"), "ok", "integrity");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 4000 * (int64_t)n, "all rows");
	bench_clear(&b);
}

/* Makes a store of 2000 messages whose process died without a receipt; with or without a log left behind. */
static void make_crashed(bool with_log)
{
	pid_t pid;
	int status = 0;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct err err = {0};
		struct store *s = bench_open(&b, &err);
		struct take t;
		int left;

		bench_take(&t, 1, "m", 0, 2000, 64);
		if (!s || bench_store(s, &t, &err) != SINK_OK)
			_exit(1);
		if (!with_log && db_checkpoint(((struct writer *)store_sink(s).self)->db, SQLITE_CHECKPOINT_TRUNCATE,
					       &left) != SQLITE_OK)
			_exit(2);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a process died in the middle of its run");
}

/* Damage at many places: never a crash, never a silent change; what opens is whole. */
static void test_damage(bool with_log)
{
	char noise[64], wal[200], *whole, *log;
	size_t len, log_len;
	unsigned refused = 0, taken = 0, changed = 0;
	struct err err = {0};

	make_crashed(with_log);
	snprintf(wal, sizeof(wal), "%s-wal", b.path);
	whole = bench_read(b.path, &len);
	log = bench_read(wal, &log_len);
	for (unsigned i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 37 + 1);
	for (unsigned i = 0; i < 60; i++) {
		size_t at = (i * 7919 + 16) % (len - sizeof(noise)), now_len;
		char *now, *damaged = mem_alloc(len);
		struct store *s;

		bench_clear(&b);
		memcpy(damaged, whole, len);
		memcpy(damaged + at, noise, sizeof(noise));
		bench_write(b.path, damaged, len);
		if (with_log)
			bench_write(wal, log, log_len);
		s = bench_open(&b, &err);
		if (s) {
			taken++;
			store_close(s);
		} else {
			refused++;
			now = bench_read(b.path, &now_len);
			changed += now_len != len || memcmp(now, damaged, len) != 0 || err.exit_code != EXIT_DATA;
			if (err.exit_code != EXIT_DATA)
				printf("# %zu: %d %s\n", at, err.exit_code, err.text);
			mem_free(now);
		}
		mem_free(damaged);
	}
	printf("# %u refused, %u taken\n", refused, taken);
	is_int(changed, 0, "%s: all refused with 65, none changed", with_log ? "with a log" : "without a log");
	/* With the log all pages of the file are replaced by the log's: damage to the file's own does not matter. */
	ok(with_log ? taken > 0 : refused > 20, "%s: damage is found", with_log ? "with a log" : "without a log");
	mem_free(whole);
	mem_free(log);
	bench_clear(&b);
}

static void test_full_by_limit(void)
{
	struct store *s = opened();
	struct err err = {0};
	struct take t;
	int64_t pages = pragma(s, "PRAGMA page_count");
	char text[64];

	snprintf(text, sizeof(text), "PRAGMA max_page_count = %lld", (long long)pages + 2);
	is_int(pragma(s, text), pages + 2, "two pages more are all there is");
	bench_take(&t, 1, "m", 0, 4000, 500);
	is_int(bench_store(s, &t, &err), SINK_FULL, "full");
	has_str(err.text, "disk full (SQLITE_FULL)", "in words");
	is_int(bench_refused(&t), 0, "no message is blamed");
	is_int(bench_store(s, &t, &err), SINK_FULL, "still full");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 0, "nothing of it is there");
	pragma(s, "PRAGMA max_page_count = 1000000");
	is_int(bench_store(s, &t, &err), SINK_OK, "room again: the same take is stored");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 4000, "once");
	bench_take_free(&t);
	is_int(bench_finish(s, 4000, 0, &err), 0, "finish");
	bench_clear(&b);
}

/* A real small disk, where we may mount one. */
static void test_full_disk(void)
{
	struct bench small = b;
	struct err err = {0};
	struct store *s;
	struct take t;
	char filler[200];
	unsigned n = 0;
	enum sink_result r = SINK_FATAL;
	int fd;

	snprintf(small.dir, sizeof(small.dir), "%.100s/disk", b.dir);
	snprintf(small.path, sizeof(small.path), "%s/messages.db", small.dir);
	if (mkdir(small.dir, 0700) < 0 || mount("none", small.dir, "tmpfs", 0, "size=2m") < 0) {
		ok(1, "a full disk # SKIP needs the right to mount");
		rmdir(small.dir);
		return;
	}
	snprintf(filler, sizeof(filler), "%s/filler", small.dir);
	fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	for (char block[4096] = {0}; write(fd, block, sizeof(block)) > 0;)
		;
	close(fd);
	ok(!bench_open(&small, &err), "start on a full disk: refused");
	is_int(err.exit_code, EXIT_IO, "74");
	has_str(err.text, small.path, "in words (%s)", err.text);
	is_int(truncate(filler, 1 << 20), 0, "some room");
	s = bench_open(&small, &err);
	ok(s, "the next start copes with what the first left (%s)", s ? "" : err.text);
	bench_take(&t, 0, "m", 0, 2000, 500);
	while (s && (r = bench_store(s, &t, &err)) == SINK_OK && t.ticket < 100) {
		bench_tend(s);
		t.ticket++;
		n++;
	}
	is_int(r, SINK_FULL, "full while running, after %u takes", n);
	has_str(err.text, "disk full", "in words");
	is_int(bench_store(s, &t, &err), SINK_FULL, "still full");
	is_int(unlink(filler), 0, "room again");
	is_int(bench_store(s, &t, &err), SINK_OK, "the same connection goes on");
	is_int(bench_number(&small, "SELECT count(*) FROM messages"), 2000 * (n + 1), "nothing twice, nothing lost");
	bench_take_free(&t);
	is_int(bench_finish(s, 2000 * (n + 1), 0, &err), 0, "finish");
	is_str(bench_sql(&small, "PRAGMA integrity_check"), "ok", "integrity");
	umount2(small.dir, MNT_DETACH);
	rmdir(small.dir);
}

int main(void)
{
	bench_init(&b);
	test_pragmas();
	test_cache();
	test_log_bounded();
	test_damage(false);
	test_damage(true);
	test_full_by_limit();
	test_full_disk();
	bench_done(&b);
	return done_testing();
}
