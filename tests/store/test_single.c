/* One row is refused after it has moved more pages than the cache has: what is stored beside it outlives a crash. */
#include "store/single.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench.h"
#include "store/db.h"
#include "store/writer.h"
#include "../support/tap.h"

#define ROWS 40

static struct bench b;

/* File and log as they lie there, under another name. */
static struct bench copy_store(void)
{
	static const char *const suffixes[] = {"", "-wal"};
	struct bench copy = b;

	snprintf(copy.path, sizeof(copy.path), "%s/copy.db", b.dir);
	for (int i = 0; i < 2; i++) {
		char from[200], to[200];
		size_t len;
		char *bytes;

		snprintf(from, sizeof(from), "%s%s", b.path, suffixes[i]);
		snprintf(to, sizeof(to), "%s%s", copy.path, suffixes[i]);
		bytes = bench_read(from, &len);
		bench_write(to, bytes, len);
		mem_free(bytes);
	}
	return copy;
}

static void store(struct store *s, unsigned from, unsigned refused)
{
	struct err err = {0};
	struct take t;

	bench_take(&t, from, "m", from, ROWS, 16);
	is_int(bench_store(s, &t, &err), SINK_OK, "a take from %u on: %s", from, err.text);
	is_int(bench_refused(&t), refused, "of which %u are refused", refused);
	bench_take_free(&t);
}

static void test_crash(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct bench copy;
	char sql[400];

	if (!s)
		exit(1);
	snprintf(sql, sizeof(sql), "CREATE TABLE big(v); WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		 " INSERT INTO big SELECT hex(zeroblob(6000)) FROM n", 3 * DB_CACHE_BYTES / DB_PAGE_BYTES);
	is_str(bench_sql(&b, sql), "", "a table larger than the cache");
	is_str(bench_sql(&b, "CREATE TABLE once AS SELECT v FROM big LIMIT 30"), "", "one that the commit's pages fit into");
	/* What is changed twice lies in the log behind all that the commit will write. */
	is_str(bench_sql(&b, "CREATE TRIGGER x AFTER INSERT ON messages WHEN NEW.body = 'm 25' BEGIN"
			     " UPDATE once SET v = replace(v, substr(v, 1, 1), 'A');"
			     " UPDATE big SET v = replace(v, substr(v, 1, 1), 'A');"
			     " UPDATE big SET v = replace(v, substr(v, 1, 1), 'B');"
			     " UPDATE big SET v = replace(v, substr(v, 1, 1), 'C'); SELECT RAISE(ABORT, 'no'); END"),
	       "", "a row that changes all of it more than once, and is refused then");
	store(s, 0, 1);
	ok(((struct writer *)store_sink(s).self)->db->keeps, "nothing of it went into the log before the commit");
	store(s, 100, 0);
	ok(!((struct writer *)store_sink(s).self)->db->keeps, "from then on it may again");
	store(s, 200, 0);
	copy = copy_store();
	is_int(bench_number(&copy, "SELECT count(*) FROM messages"), 3 * ROWS - 1, "after a crash all rows are there");
	is_int(bench_number(&copy, "SELECT count(*) FROM big WHERE v LIKE '0%'"), 3 * DB_CACHE_BYTES / DB_PAGE_BYTES,
	       "what the refused one did is not");
	is_str(bench_sql(&copy, "PRAGMA integrity_check"), "ok", "integrity");
	is_int(bench_finish(s, 3 * ROWS - 1, 1, &err), 0, "finish");
	bench_clear(&b);
}

int main(void)
{
	bench_init(&b);
	test_crash();
	bench_done(&b);
	return done_testing();
}
