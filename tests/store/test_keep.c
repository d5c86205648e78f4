/* Retention beside others: a load, readers, a lock, a trigger, a stop; and what the books say when it is cut short. */
#include "kept.h"

static void test_load(void)
{
	struct store *s = opened(0, 0, 1000);
	uint64_t before = 0, most = 0;
	int64_t left;

	store_rows(s, 100000);
	tend(s);
	before = bench_pruned(s);
	for (int i = 0; i < 40; i++) {
		store_rows(s, TAKE);
		tend(s);
		if (bench_pruned(s) - before > most)
			most = bench_pruned(s) - before;
		before = bench_pruned(s);
	}
	ok(most > 0 && most <= 2 * TAKE, "beside a load at most twice as many as came: %d", (int)most);
	left = bench_number(&b, "SELECT count(*) FROM messages");
	ok(left < 100000, "and more than came: of 100000 and %d new ones %d are left", 40 * TAKE, (int)left);
	tend_all(s);
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 1000, "when it is over, all that is to go");
	finish(s, 100000 + 40 * TAKE);
}

static void test_reader(void)
{
	struct store *s = opened(0, 0, 0);
	sqlite3 *reader;
	sqlite3_stmt *st;

	store_rows(s, 50000);
	reader = bench_connect(&b);
	sqlite3_exec(reader, "BEGIN", NULL, NULL, NULL);
	sqlite3_prepare_v2(reader, "SELECT count(*) FROM messages", -1, &st, NULL);
	is_int(sqlite3_step(st), SQLITE_ROW, "somebody reads");
	sqlite3_reset(st);
	store_set_keep(s, 0, 0, 10);
	tend_all(s);
	is_int(bench_pruned(s), 49990, "what is read goes all the same");
	sqlite3_step(st);
	is_int(sqlite3_column_int64(st, 0), 50000, "but not from under the reader");
	sqlite3_finalize(st);
	sqlite3_close(reader);
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 10, "who comes now sees what is left");
	finish(s, 50000);
}

static void test_locked(void)
{
	struct store *s = opened(0, 0, 0);
	sqlite3 *other;
	int64_t begun_ns, took_ns = INT64_MAX;

	store_rows(s, 50000);
	store_set_keep(s, 0, 0, 10);
	other = bench_connect(&b);
	sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (int i = 0; i < 5; i++) {
		begun_ns = sync_now_ns();
		ok(tend(s) > begun_ns, "while somebody else writes, it comes back later");
		if (sync_now_ns() - begun_ns < took_ns)
			took_ns = sync_now_ns() - begun_ns;
	}
	ok(took_ns < DB_BUSY_MS * NS_PER_MS, "and does not wait: %.2f ms", (double)took_ns / NS_PER_MS);
	is_int(bench_pruned(s), 0, "nothing went");
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	for (int i = 0; i < 400 && bench_pruned(s) < 49990; i++) {
		sync_sleep_until(sync_now_ns() + 5 * NS_PER_MS);
		tend(s);
	}
	is_int(bench_pruned(s), 49990, "then it does");
	finish(s, 50000);
}

static void test_trigger(void)
{
	struct store *s = opened(0, 0, 0);

	store_rows(s, 5000);
	bench_sql(&b, "CREATE TRIGGER stays BEFORE DELETE ON messages BEGIN SELECT raise(IGNORE); END");
	store_set_keep(s, 0, 0, 10);
	ok(tend(s) > sync_now_ns() + NS_PER_S, "rows that a trigger keeps are not asked for all the time");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 5000, "they stay");
	bench_sql(&b, "DROP TRIGGER stays");
	store_rows(s, 5000);
	finish(s, 10000);
}

static void test_stop(void)
{
	struct store *s = opened(0, 0, 0);
	uint64_t before;

	store_rows(s, 100000);
	store_set_keep(s, 0, 0, 10);
	ok(tend(s) <= sync_now_ns(), "there is more to do");
	before = bench_pruned(s);
	ok(before > 0 && before < 99990, "it has begun");
	store_stop_pruning(s);
	ok(rests(s), "a stop ends it");
	is_int(bench_pruned(s), before, "at once");
	finish(s, 100000);
}

/* ---- a crash, and a file from before ---- */

static void copy(const char *suffix, const struct bench *to)
{
	char from[200], name[200];
	size_t len = 0;
	char *bytes;

	snprintf(from, sizeof(from), "%s%s", b.path, suffix);
	snprintf(name, sizeof(name), "%s%s", to->path, suffix);
	bytes = bench_read(from, &len);
	if (bytes)
		bench_write(name, bytes, len);
	mem_free(bytes);
}

/* What a kill would leave behind, at every moment between two turns. */
static void test_crash(void)
{
	struct store *s = opened(0, 0, 0), *other;
	struct bench here = b, there;
	struct err err = {0};
	unsigned bad = 0, looks = 0;

	store_rows(s, 100000);
	store_set_keep(s, 0, 0, 10);
	bench_init(&there);
	for (bool more = true; more; looks++) {
		more = tend(s) <= sync_now_ns();
		if (looks % 4)
			continue;
		copy("", &there);
		copy("-wal", &there);
		b = there;
		bad += bench_number(&b, "SELECT (SELECT count(*) FROM messages) + pruned FROM runs WHERE id = 1") != 100000;
		bad += bench_number(&b, "SELECT count(*) FROM messages") != 100000 - (int64_t)bench_pruned(s);
		b = here;
		bench_clear(&there);
	}
	is_int(bad, 0, "in %u moments, rows and the run's count are of one transaction", looks);
	copy("", &there);
	copy("-wal", &there);
	b = there;
	other = opened(0, 0, 5);
	tend_all(other);
	is_str(bench_sql(&b, "SELECT group_concat(pruned) FROM runs"), "99990,5", "after a crash each run has its own count");
	finish(other, 0);
	bench_done(&there);
	b = here;
	is_int(bench_finish(s, 100000, 0, &err), 0, "finished");
	bench_clear(&b);
}

static void test_stiff(void)
{
	struct store *s = opened(0, 0, 0);
	struct err err = {0};
	int64_t before;

	is_int(bench_number(&b, "PRAGMA auto_vacuum"), 0, "a file made without a limit has no table of where pages belong");
	store_rows(s, 100000);
	is_int(bench_finish(s, 100000, 0, &err), 0, "finished");
	before = bench_number(&b, "PRAGMA page_count");
	s = opened(0, 0, 100);
	tend_all(s);
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 100, "prunes all the same");
	is_int(bench_number(&b, "PRAGMA page_count"), before, "and keeps its size");
	store_rows(s, 50000);
	tend_all(s);
	is_int(bench_number(&b, "PRAGMA page_count"), before, "also when more comes");
	is_int(bench_finish(s, 50000, 0, &err), 0, "finished");
	/* As catchbasin-store(5) says. */
	bench_sql(&b, "PRAGMA journal_mode = delete; PRAGMA auto_vacuum = incremental; VACUUM");
	ok(bench_number(&b, "PRAGMA page_count") < before, "VACUUM makes it smaller once");
	s = opened(0, 0, 50);
	is_int(bench_number(&b, "PRAGMA auto_vacuum"), 2, "and from then on it can become smaller");
	tend_all(s);
	finish(s, 0);
	finish(opened(0, 0, 100), 0);
	s = opened(3600 * NS_PER_S, 0, 0);
	is_int(bench_number(&b, "PRAGMA auto_vacuum"), 2, "one made with a limit can from the start");
	finish(s, 0);
}

int main(void)
{
	bench_init(&b);
	test_load();
	test_reader();
	test_locked();
	test_trigger();
	test_stop();
	test_crash();
	test_stiff();
	bench_done(&b);
	return done_testing();
}
