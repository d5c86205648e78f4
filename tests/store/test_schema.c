/* The tables: what the contract names is there, a damaged schema is told apart, steps are all or nothing. */
#include "store/schema.h"

#include <string.h>

#include "base/mem.h"
#include "bench.h"
#include "store/file.h"
#include "../support/tap.h"

static struct bench b;

static void make(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);

	ok(s, "made");
	is_int(bench_finish(s, 0, 0, &err), 0, "finished");
}

static void test_contract(void)
{
	static const struct {
		const char *sql, *want;
	} facts[] = {
		{"SELECT group_concat(name) FROM (SELECT name FROM sqlite_master ORDER BY name)",
		 "log,loss,messages,meta,runs"},
		{"SELECT group_concat(name || ' ' || type || ' ' || \"notnull\") FROM pragma_table_info('messages')",
		 "id INTEGER 0,received_at INTEGER 1,listener TEXT 1,peer TEXT 1,size INTEGER 1,body  1"},
		{"SELECT group_concat(name || ' ' || hidden) FROM pragma_table_xinfo('messages') WHERE hidden",
		 "truncated 2"},
		{"SELECT group_concat(name || ' ' || type || ' ' || \"notnull\") FROM pragma_table_info('loss')",
		 "id INTEGER 0,from_at INTEGER 1,to_at INTEGER 1,listener TEXT 1,reason TEXT 1,messages INTEGER 1,"
		 "bytes INTEGER 0"},
		{"SELECT group_concat(name || ' ' || type || ' ' || \"notnull\") FROM pragma_table_info('runs')",
		 "id INTEGER 0,started_at INTEGER 1,stopped_at INTEGER 0,version TEXT 1,received INTEGER 0,"
		 "stored INTEGER 0,lost INTEGER 0,clean INTEGER 0,first_id INTEGER 0,last_id INTEGER 0,"
		 "pruned INTEGER 0"},
		{"SELECT group_concat(name || ' ' || type || ' ' || \"notnull\") FROM pragma_table_info('meta')",
		 "key TEXT 1,value  1"},
		{"SELECT wr FROM pragma_table_list WHERE name = 'meta'", "1"},
		{"SELECT group_concat(name) FROM pragma_table_info('log')", "id,time,listener,peer,body"},
		{"SELECT group_concat(key) FROM (SELECT key FROM meta ORDER BY key)", "last_id,node"},
		{"SELECT value FROM meta WHERE key = 'last_id'", "0"},
		{"SELECT typeof(value) FROM meta WHERE key = 'last_id'", "integer"},
		{"SELECT value GLOB '[0-9a-f]*-[0-9a-f]*-4[0-9a-f]*-[89ab][0-9a-f]*-[0-9a-f]*' AND length(value) = 36"
		 " FROM meta WHERE key = 'node'", "1"},
		{"PRAGMA application_id", "1128428337"},
		{"PRAGMA user_version", "1"},
		{"PRAGMA integrity_check", "ok"},
	};
	char node[64];

	make();
	for (unsigned i = 0; i < ARRAY_LEN(facts); i++)
		is_str(bench_sql(&b, facts[i].sql), facts[i].want, "%.70s", facts[i].sql);
	bench_sql(&b, "INSERT INTO messages(id, received_at, listener, peer, size, body)"
		      " VALUES (1, 1700000000123000000, 'udp', '192.0.2.7:1', 5, 'hello')");
	is_str(bench_sql(&b, "SELECT time FROM log"), "2023-11-14 22:13:20.123", "log shows UTC");
	is_int(bench_number(&b, "SELECT truncated FROM messages"), 0, "not truncated");
	snprintf(node, sizeof(node), "%s", bench_sql(&b, "SELECT value FROM meta WHERE key = 'node'"));
	make();
	is_str(bench_sql(&b, "SELECT value FROM meta WHERE key = 'node'"), node, "the node stays");
	bench_clear(&b);
	make();
	ok(strcmp(bench_sql(&b, "SELECT value FROM meta WHERE key = 'node'"), node) != 0, "another store, another node");
	bench_clear(&b);
}

static void test_damaged(void)
{
	static const struct {
		const char *sql, *words;
	} wounds[] = {
		{"DROP TABLE loss", "loss"},
		{"DROP TABLE runs", "runs"},
		{"DROP TABLE meta", "meta"},
		{"DROP VIEW log; DROP TABLE messages", "messages"},
		{"ALTER TABLE messages RENAME COLUMN peer TO sender", "peer"},
		{"DELETE FROM meta", "corrupt"},
		{"DROP VIEW log; DROP TABLE messages; DROP TABLE loss; DROP TABLE runs; DROP TABLE meta", "messages"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(wounds); i++) {
		struct err err = {0};
		struct store *s;

		make();
		is_str(bench_sql(&b, wounds[i].sql), "", "%s", wounds[i].sql);
		s = bench_open(&b, &err);
		ok(!s, "refused");
		if (s)
			store_close(s);
		is_int(err.exit_code, EXIT_DATA, "65");
		has_str(err.text, wounds[i].words, "naming what is missing (%s)", err.text);
		bench_clear(&b);
	}
}

/* What people may add, and what must go on working. */
static void test_additions(void)
{
	struct err err = {0};
	struct store *s;
	struct take t;

	make();
	is_str(bench_sql(&b, "CREATE INDEX by_time ON messages(received_at);"
			     "CREATE VIEW mine AS SELECT body FROM messages;"
			     "CREATE TABLE copies(body);"
			     "CREATE TRIGGER copy AFTER INSERT ON messages BEGIN INSERT INTO copies VALUES (new.body); END;"
			     "CREATE VIRTUAL TABLE words USING fts5(body);"
			     "CREATE TRIGGER word AFTER INSERT ON messages BEGIN"
			     " INSERT INTO words(rowid, body) VALUES (new.id, new.body); END"), "",
	       "an index, a view, triggers, a full-text index");
	s = bench_open(&b, &err);
	ok(s, "opens (%s)", err.text);
	if (!s)
		return;
	bench_take(&t, 1, "needle", 0, 100, 16);
	is_int(bench_store(s, &t, &err), SINK_OK, "stored (%s)", err.text);
	is_int(bench_refused(&t), 0, "none refused");
	bench_take_free(&t);
	is_int(bench_number(&b, "SELECT count(*) FROM copies"), 100, "the trigger ran");
	is_int(bench_number(&b, "SELECT count(*) FROM words WHERE words MATCH 'needle'"), 100, "words are found");
	is_int(bench_finish(s, 100, 0, &err), 0, "finish");
	bench_clear(&b);
}

static void test_steps(void)
{
	sqlite3 *db;
	struct err err = {0};
	int64_t n = 0;
	sqlite3_stmt *st;

	sqlite3_open(":memory:", &db);
	sqlite3_exec(db, "CREATE TABLE runs(in_the_way)", NULL, NULL, NULL);
	is_int(schema_migrate(db, "x.db", &err), -1, "a step that fails");
	has_str(err.text, "runs", "says why");
	sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_master", -1, &st, NULL);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	is_int(n, 1, "leaves nothing behind");
	ok(!schema_complete(db, "x.db", &err), "not complete");
	sqlite3_exec(db, "DROP TABLE runs", NULL, NULL, NULL);
	is_int(schema_migrate(db, "x.db", &err), 0, "then it works");
	ok(schema_complete(db, "x.db", &err), "complete");
	is_int(schema_migrate(db, "x.db", &err), 0, "a second time there is nothing to do");
	sqlite3_exec(db, "PRAGMA user_version = 2", NULL, NULL, NULL);
	is_int(schema_migrate(db, "x.db", &err), -1, "a newer one is not touched");
	is_int(err.exit_code, EXIT_DATA, "65");
	sqlite3_close(db);
}

/* Every query in the manual runs as it stands, and finds something where there is something to find. */
static void test_manual(void)
{
	static const char mark[] = ".Bd -literal -offset indent\nSELECT";
	const char *top = getenv("top_srcdir");
	char name[512], *page, *at;
	size_t len;
	unsigned n = 0;
	struct err err = {0};
	struct store *s;
	struct take t;

	snprintf(name, sizeof(name), "%s/man/catchbasin-store.5", top ? top : ".");
	page = bench_read(name, &len);
	if (!page) {
		ok(1, "the manual's queries # SKIP no top_srcdir");
		return;
	}
	page[len] = '\0';
	s = bench_open(&b, &err);
	bench_take(&t, 1, "a timeout", 0, 20, 16);
	bench_add_loss(&t, "udp", LOSS_KERNEL, 1, 1);
	is_int(bench_store(s, &t, &err), SINK_OK, "some messages");
	bench_take_free(&t);
	bench_take_one(&t, 2, "\xff", 1, 100);
	is_int(bench_store(s, &t, &err), SINK_OK, "one that is cut and no text");
	bench_take_free(&t);
	is_int(bench_finish(s, 21, 1, &err), 0, "finish");
	bench_sql(&b, "DELETE FROM messages WHERE id = 10; UPDATE messages SET id = id + 5000 WHERE id = 21");
	for (at = page; (at = strstr(at, mark)); n++) {
		char *query = at + strlen(mark) - strlen("SELECT"), *end = strstr(query, ".Ed");

		if (!end)
			break;
		*end = '\0';
		ok(bench_sql(&b, query)[0] != '!' && bench_sql(&b, query)[0] != '\0', "manual: query %u", n + 1);
		at = end + 1;
	}
	ok(n >= 10, "%u queries", n);
	mem_free(page);
	bench_clear(&b);
}

int main(void)
{
	bench_init(&b);
	test_contract();
	test_damaged();
	test_additions();
	test_steps();
	test_manual();
	bench_done(&b);
	return done_testing();
}
