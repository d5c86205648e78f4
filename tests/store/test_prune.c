/* Retention on real files: what goes and what stays, in which steps, and what the books say when it is cut short. */
#include "store/prune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "bench.h"
#include "core/histogram.h"
#include "store/keep.h"
#include "store/reader.h"
#include "../support/tap.h"

#define ROWS 200000
#define TAKE 4096
#define MIB (INT64_C(1) << 20)
#define BODY "some sixty bytes of a message as they come from a program"

static struct bench b;
static struct histogram steps[HISTOGRAM_COUNT];

static struct store *opened(int64_t age_ns, int64_t bytes, int64_t messages)
{
	struct store_opts opts = {.name = "main", .path = b.path, .durability = DURABILITY_FULL, .version = "0",
				  .keep_age_ns = age_ns, .keep_bytes = bytes, .keep_messages = messages};
	struct err err = {0};
	struct store *s = store_open(&opts, &err);

	if (!ok(s, "opens"))
		printf("# %s\n", err.text);
	memset(steps, 0, sizeof(steps));
	store_count_steps(s, steps);
	return s;
}

static int64_t tend(struct store *s)
{
	struct sink sink = store_sink(s);

	return sink.ops->tend(sink.self);
}

/* Stores so many, without a tend. */
static void store_rows(struct store *s, unsigned count)
{
	static uint64_t ticket;
	struct err err = {0};

	for (unsigned done = 0; done < count;) {
		unsigned n = count - done < TAKE ? count - done : TAKE;
		struct take t;

		bench_take(&t, ticket++, BODY, done, n, 64);
		if (bench_store(s, &t, &err) != SINK_OK)
			ok(0, "stored: %s", err.text);
		bench_take_free(&t);
		done += n;
	}
}

/* Until there is nothing to do for now; how many turns that took. */
static unsigned tend_all(struct store *s)
{
	unsigned turns = 0;

	do
		turns++;
	while (turns < 100000 && tend(s) <= sync_now_ns());
	return turns;
}

static struct store_status status(struct store *s)
{
	struct store_status st;

	store_status(s, &st);
	return st;
}

static uint64_t pruned(struct store *s)
{
	struct store_status st = status(s);
	uint64_t n = 0;

	for (unsigned why = 0; why < STORE_PRUNE_REASONS; why++)
		n += st.pruned[why];
	return n;
}

/* Whatever happened: each id ever given is a row, or counted as pruned by some run. */
static void books(const char *when)
{
	is_int(bench_number(&b, "SELECT (SELECT count(*) FROM messages) + (SELECT sum(coalesce(pruned, 0)) FROM runs)"),
	       bench_number(&b, "SELECT value FROM meta WHERE key = 'last_id'"), "%s: rows and pruned are all there ever were", when);
	is_str(bench_sql(&b, "SELECT count(*) = max(id) - min(id) + 1 OR count(*) = 0 FROM messages"), "1",
	       "%s: the oldest went, without a gap", when);
}

static void finish(struct store *s, uint64_t stored)
{
	struct reader_run run = {0};
	struct err err = {0};
	struct reader *r;

	is_int(bench_finish(s, stored, 0, &err), 0, "finished");
	books("after the stop");
	is_str(bench_sql(&b, "PRAGMA integrity_check"), "ok", "the file is whole");
	r = reader_open(b.path, &err);
	is_int(reader_last_run(r, &run, &err), 0, "the last run");
	ok(run.balanced, "balances: %d stored, %d rows, %d of them pruned", (int)run.stored, (int)run.rows, (int)run.gone);
	reader_close(r);
	bench_clear(&b);
}

/* ---- each limit ---- */

static void test_none(void)
{
	struct store *s = opened(0, 0, 0);

	store_rows(s, 10000);
	ok(tend(s) == SYNC_FOREVER, "without a limit nothing is due, ever");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 10000, "and nothing goes");
	is_str(bench_sql(&b, "SELECT coalesce(pruned, 'none') FROM runs"), "none", "nothing is counted");
	finish(s, 10000);
}

static bool quick(void)
{
	struct histogram_view v;
	unsigned i = 0;

	histogram_read(&steps[HISTOGRAM_PRUNE_STEP], HISTOGRAM_PRUNE_STEP, &v);
	while (histogram_info(HISTOGRAM_PRUNE_STEP)->bound[i] < (uint64_t)PRUNE_STEP_NS)
		i++;
	printf("# %d steps, %d of them longer than 20 ms, %.2f ms on the average\n", (int)v.count,
	       (int)(v.count - v.upto[i]), (double)v.sum / 1e6 / (double)v.count);
	return v.count > 5 && (v.count - v.upto[i]) * 20 <= v.count;
}

static void test_messages(void)
{
	struct store *s = opened(0, 0, 0);
	int64_t begun_ns;
	unsigned turns;

	store_rows(s, ROWS);
	tend(s);
	is_int(pruned(s), 0, "%d rows", ROWS);
	store_set_keep(s, 0, 0, 1000);
	begun_ns = sync_now_ns();
	turns = tend_all(s);
	printf("# %d turns, %.1f ms\n", (int)turns, (double)(sync_now_ns() - begun_ns) / NS_PER_MS);
	is_int(pruned(s), ROWS - 1000, "keep_messages, set while it is open");
	is_int(status(s).pruned[PRUNE_MESSAGES], ROWS - 1000, "counted under its name");
	is_str(bench_sql(&b, "SELECT count(*) || ' ' || min(id) || ' ' || max(id) FROM messages"), "1000 199001 200000",
	       "the newest are there");
	is_int(bench_number(&b, "SELECT pruned FROM runs"), ROWS - 1000, "the run counts them while it goes on");
	is_int(status(s).oldest_at, bench_number(&b, "SELECT received_at FROM messages WHERE id = 199001"), "the oldest is known");
	ok(turns > 5, "in more than one step");
	store_rows(s, 500);
	ok(tend(s) > sync_now_ns(), "a little more than the limit can wait");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 1500, "for a second");
	finish(s, ROWS + 500);
}

/* Time belongs to others too: three tries. */
static void test_steps(void)
{
	bool good = false;

	for (int try = 0; try < 3 && !good; try++) {
		struct store *s = opened(0, 0, 0);
		struct err err = {0};

		store_rows(s, ROWS);
		store_set_keep(s, 0, 0, 1);
		tend_all(s);
		good = pruned(s) == ROWS - 1 && quick();
		if (bench_finish(s, ROWS, 0, &err) != 0)
			printf("# %s\n", err.text);
		bench_clear(&b);
	}
	ok(good, "of all steps 19 in 20 hold the writer for less than 20 ms");
}

static void test_size(void)
{
	struct store *s = opened(0, 8 * MIB, 0);
	struct store_status st;

	store_rows(s, ROWS);
	st = status(s);
	ok(st.db_bytes + st.wal_bytes > 16 * MIB, "%d MiB", (int)((st.db_bytes + st.wal_bytes) / MIB));
	tend_all(s);
	st = status(s);
	ok(st.db_bytes <= 8 * MIB + KEEP_SLACK_BYTES, "keep_size: the file is %d KiB now", (int)(st.db_bytes / 1024));
	ok(bench_number(&b, "SELECT count(*) FROM messages") > 20000, "and not emptied for it");
	ok(bench_number(&b, "PRAGMA page_count") * 16384 <= 8 * MIB + KEEP_SLACK_BYTES, "it says so itself");
	ok(st.given_bytes > 4 * MIB, "%d KiB went back to the file system", (int)(st.given_bytes / 1024));
	ok(st.pruned[PRUNE_SIZE] > 0 && st.pruned[PRUNE_SIZE] == pruned(s), "counted under its name");
	finish(s, ROWS);
}

/* Rows 1 to `old` are from 1970; those from `future` on, up to `until`, from 2100. */
static struct store *aged(int64_t old, int64_t future, int64_t until)
{
	struct store *s = opened(0, 0, 0);
	struct err err = {0};
	char sql[256];

	store_rows(s, 20000);
	is_int(bench_finish(s, 20000, 0, &err), 0, "finished");
	snprintf(sql, sizeof(sql),
		 "UPDATE messages SET received_at = 1000 WHERE id <= %d; "
		 "UPDATE messages SET received_at = 4102444800000000000 WHERE id BETWEEN %d AND %d", (int)old, (int)future, (int)until);
	bench_sql(&b, sql);
	return opened(3600 * NS_PER_S, 0, 0);
}

static void test_age(void)
{
	struct store *s = aged(15000, 0, 0);
	int64_t next_ns;

	is_int(status(s).oldest_at, 1000, "the oldest is known from the start");
	tend_all(s);
	next_ns = tend(s);
	is_str(bench_sql(&b, "SELECT count(*) || ' ' || min(id) FROM messages"), "5000 15001", "keep_age: the old ones are gone");
	is_int(status(s).pruned[PRUNE_AGE], 15000, "counted under its name");
	ok(next_ns > sync_now_ns() && next_ns <= sync_now_ns() + 61 * NS_PER_S, "it looks again by itself");
	finish(s, 0);
	s = aged(15000, 1, 3);
	tend_all(s);
	is_int(bench_number(&b, "SELECT min(id) FROM messages"), 15001, "a few with a time of the future do not keep them");
	finish(s, 0);
	s = aged(15000, 1, 9000);
	tend_all(s);
	is_int(bench_number(&b, "SELECT min(id) FROM messages"), 15001, "nor do many");
	finish(s, 0);
}

static void test_any(void)
{
	struct store *s = opened(0, 0, 0);
	struct err err = {0};
	struct prune p;
	struct prune_result r;
	struct db db;

	store_rows(s, 50000);
	is_int(bench_finish(s, 50000, 0, &err), 0, "finished");
	is_int(db_open(&db, b.path, DURABILITY_FULL, true, &err), 0, "the file itself");
	is_int(prune_init(&p, &db, 1), SQLITE_OK, "prunes");
	is_int(prune_step(&p, NULL, 100, &r), SQLITE_OK, "a step without limits");
	ok(r.rows == 100 && r.first_id == 1 && r.last_id == 100 && r.left, "takes the oldest, as many as it may");
	is_int(db.durability, DURABILITY_FULL, "commits are synced again");
	for (int i = 0; i < 10000 && r.left; i++) {
		if (prune_step(&p, NULL, UINT64_MAX, &r) != SQLITE_OK)
			break;
	}
	ok(!r.left, "until nothing is left");
	is_int(counter_get(&p.pruned[PRUNE_SPACE]), 50000, "all of them");
	is_int(prune_step(&p, NULL, UINT64_MAX, &r), SQLITE_OK, "one more");
	ok(r.rows == 0 && !r.left && counter_get(&p.oldest_at) == 0, "does nothing");
	prune_done(&p);
	db_close(&db);
	is_int(bench_number(&b, "SELECT pruned FROM runs"), 50000, "counted");
	books("an empty store");
	bench_clear(&b);
}

/* ---- beside others ---- */

static void test_load(void)
{
	struct store *s = opened(0, 0, 1000);
	uint64_t before = 0, most = 0;

	store_rows(s, 100000);
	tend(s);
	before = pruned(s);
	for (int i = 0; i < 40; i++) {
		store_rows(s, TAKE);
		tend(s);
		if (pruned(s) - before > most)
			most = pruned(s) - before;
		before = pruned(s);
	}
	ok(most > 0 && most <= 2 * TAKE, "beside a load at most twice as many as came: %d", (int)most);
	ok(bench_number(&b, "SELECT count(*) FROM messages") < 100000, "and more than came");
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
	is_int(pruned(s), 49990, "what is read goes all the same");
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
	is_int(pruned(s), 0, "nothing went");
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	for (int i = 0; i < 400 && pruned(s) < 49990; i++) {
		sync_sleep_until(sync_now_ns() + 5 * NS_PER_MS);
		tend(s);
	}
	is_int(pruned(s), 49990, "then it does");
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
	before = pruned(s);
	ok(before > 0 && before < 99990, "it has begun");
	store_stop_pruning(s);
	ok(tend(s) == SYNC_FOREVER, "a stop ends it");
	is_int(pruned(s), before, "at once");
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
		bad += bench_number(&b, "SELECT count(*) FROM messages") != 100000 - (int64_t)pruned(s);
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
	test_none();
	test_messages();
	test_steps();
	test_size();
	test_age();
	test_any();
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
