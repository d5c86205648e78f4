/* Queries: values as they are, one statement that only reads, and an end in time. */
#include "store/reader_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync.h"
#include "bench.h"

static struct bench b;
static struct reader *r;

struct heard {
	unsigned columns, most;
	char text[400];
};

static bool names(void *arg, unsigned count, const char *const *name)
{
	struct heard *h = arg;

	h->columns = count;
	for (unsigned i = 0; i < count; i++)
		snprintf(h->text + strlen(h->text), sizeof(h->text) - strlen(h->text), "%s|", name[i]);
	return true;
}

static bool row(void *arg, unsigned count, const struct reader_value *v)
{
	static const char kinds[] = "nirtb";
	struct heard *h = arg;

	for (unsigned i = 0; i < count; i++)
		snprintf(h->text + strlen(h->text), sizeof(h->text) - strlen(h->text), "%c%.*s|", kinds[v[i].kind], (int)v[i].len,
			 v[i].bytes ? v[i].bytes : "");
	return !h->most || --h->most > 0;
}

static int asked(const char *sql, struct heard *h, int64_t timeout_ns, uint64_t *ret_rows, struct err *reterr)
{
	return reader_ask(r, &(struct reader_query){.sql = sql, .timeout_ns = timeout_ns, .columns = names, .row = row, .arg = h},
			  ret_rows, reterr);
}

static void tells(const char *sql, const char *want, uint64_t rows)
{
	struct heard h = {0};
	struct err err = {0};
	uint64_t count;

	is_int(asked(sql, &h, NS_PER_S, &count, &err), 0, "%s %s", sql, err.text);
	is_str(h.text, want, "its answer");
	is_int(count, rows, "its rows");
}

static void refuses(const char *sql, int code, const char *why)
{
	struct heard h = {0};
	struct err err = {0};
	uint64_t count;

	is_int(asked(sql, &h, NS_PER_S, &count, &err), -1, "refused: %s", sql);
	is_int(err.exit_code, code, "exit code %d", code);
	has_str(err.text, why, "in words");
}

static void test_answers(void)
{
	struct heard h = {.most = 2};
	struct err err = {0};
	uint64_t count;

	tells("SELECT 1 AS one, 2.5, 'x', x'41', NULL", "one|2.5|'x'|x'41'|NULL|i1|r2.5|tx|bA|n|", 1);
	tells("SELECT body FROM messages WHERE id <= 2 ;  -- done", "body|tm 0|tm 1|", 2);
	tells("SELECT id FROM messages WHERE id < 0", "id|", 0);
	tells("WITH a(n) AS (VALUES (1), (2)) SELECT sum(n) FROM a", "sum(n)|i3|", 1);
	tells("PRAGMA user_version", "user_version|i1|", 1);
	tells("SELECT name FROM pragma_table_info('meta')", "name|tkey|tvalue|", 2);
	is_int(asked("SELECT id FROM messages", &h, 0, &count, &err), 0, "who has enough says so");
	is_str(h.text, "id|i1|i2|", "and gets no more");
}

static void test_refusals(void)
{
	refuses("", EXIT_USAGE, "empty");
	refuses("-- nothing", EXIT_USAGE, "empty");
	refuses("SELEC 1", EXIT_USAGE, "syntax error");
	refuses("SELECT nobody FROM messages", EXIT_USAGE, "no such column");
	refuses("SELECT 1; SELECT 2", EXIT_USAGE, "one statement");
	refuses("SELECT 1; DELETE FROM messages", EXIT_USAGE, "one statement");
	refuses("DELETE FROM messages", EXIT_USAGE, "only reads");
	refuses("INSERT INTO meta VALUES ('a', 1)", EXIT_USAGE, "only reads");
	refuses("CREATE TEMP TABLE t(a)", EXIT_USAGE, "only reads");
	refuses("ATTACH '/tmp/x.db' AS x", EXIT_USAGE, "only reads");
	refuses("UPDATE sqlite_master SET sql = NULL", EXIT_USAGE, "");
	refuses("BEGIN", EXIT_USAGE, "only reads");
	refuses("VACUUM", EXIT_USAGE, "only reads");
	refuses("VACUUM INTO '/tmp/catchbasin-never'", EXIT_USAGE, "only reads");
	refuses("PRAGMA journal_mode = DELETE", EXIT_USAGE, "only reads");
	refuses("PRAGMA wal_checkpoint(TRUNCATE)", EXIT_USAGE, "only reads");
	refuses("PRAGMA user_version = 7", EXIT_USAGE, "only reads");
	refuses("SELECT load_extension('x')", EXIT_USAGE, "");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 10, "nothing was changed");
	is_int(bench_number(&b, "PRAGMA user_version"), 1, "nothing at all");
}

static void test_time(void)
{
	static const char *const endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
	struct heard h = {0};
	struct err err = {0};
	uint64_t count;
	int64_t before = sync_now_ns();

	is_int(asked(endless, &h, 200 * NS_PER_MS, &count, &err), -1, "a query without an end is ended");
	ok(sync_now_ns() - before < 20 * NS_PER_S, "in time");
	is_int(err.exit_code, EXIT_LEFT, "exit code 75");
	has_str(err.text, "longer than", "in words");
	tells("SELECT count(*) FROM messages", "count(*)|i10|", 1);
}

int main(void)
{
	struct err err = {0};
	struct store *s;
	struct take t;

	bench_init(&b);
	s = bench_open(&b, &err);
	bench_take(&t, 1, "m", 0, 10, 100);
	is_int(bench_store(s, &t, &err), SINK_OK, "a store of ten %s", err.text);
	bench_take_free(&t);
	r = reader_open(b.path, &err);
	ok(r, "a reader %s", err.text);
	if (!r)
		return 99;
	test_answers();
	test_refusals();
	test_time();
	reader_close(r);
	is_int(bench_finish(s, 10, 0, &err), 0, "a clean stop");
	bench_done(&b);
	return done_testing();
}
