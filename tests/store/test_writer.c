/* The sink: bytes, ids, refused rows, busy, full, and never twice. */
#include "store/writer.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "bench.h"
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

static void test_bytes(void)
{
	struct store *s = opened();
	struct err err = {0};
	char all[256], hex[513];
	struct take t;
	static const struct {
		const char *bytes;
		uint32_t len;
		const char *type;
	} kinds[] = {
		{"plain", 5, "text"},
		{"", 0, "text"},
		{"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\xa7", 15, "text"},
		{"nul \0 inside", 12, "blob"},
		{"\0", 1, "blob"},
		{"\xff\xfe", 2, "blob"},
		{"over\xc0\xaflong", 10, "blob"},
		{"surrogate \xed\xa0\x80", 13, "blob"},
		{"cut \xe2\x82", 6, "blob"},
		{"\x80 alone", 7, "blob"},
		{"tab\tand\x1b[31mescape", 17, "text"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
		char sql[160];

		bench_take_one(&t, i, kinds[i].bytes, kinds[i].len, kinds[i].len);
		is_int(bench_store(s, &t, &err), SINK_OK, "stored");
		bench_take_free(&t);
		snprintf(sql, sizeof(sql), "SELECT typeof(body) FROM messages WHERE id = %u", i + 1);
		is_str(bench_sql(&b, sql), kinds[i].type, "%s: type", kinds[i].bytes);
		for (uint32_t j = 0; j < kinds[i].len; j++)
			snprintf(hex + 2 * j, 3, "%02X", (unsigned char)kinds[i].bytes[j]);
		hex[2 * kinds[i].len] = '\0';
		snprintf(sql, sizeof(sql), "SELECT hex(body) FROM messages WHERE id = %u", i + 1);
		is_str(bench_sql(&b, sql), hex, "bytes out = bytes in");
	}
	for (unsigned i = 0; i < 256; i++)
		all[i] = (char)i;
	bench_take_one(&t, 100, all, 256, 300);
	is_int(bench_store(s, &t, &err), SINK_OK, "all 256 byte values");
	bench_take_free(&t);
	for (unsigned i = 0; i < 256; i++)
		snprintf(hex + 2 * i, 3, "%02X", i);
	is_str(bench_sql(&b, "SELECT hex(body) FROM messages ORDER BY id DESC LIMIT 1"), hex, "come back");
	is_int(bench_number(&b, "SELECT truncated FROM messages ORDER BY id DESC LIMIT 1"), 1, "300 sent: truncated");
	is_int(bench_number(&b, "SELECT sum(truncated) FROM messages"), 1, "no other is");
	is_str(bench_sql(&b, "SELECT peer FROM messages LIMIT 1"), "unix:pid=811,uid=1000", "peer");
	is_str(bench_sql(&b, "SELECT listener FROM messages LIMIT 1"), "udp", "listener");
	is_int(bench_finish(s, 12, 0, &err), 0, "finish");
	is_str(bench_sql(&b, "PRAGMA integrity_check"), "ok", "integrity");
	bench_clear(&b);
}

static void test_ids(void)
{
	struct err err = {0};
	struct store_status st;
	unsigned n = 0;

	for (int round = 0; round < 3; round++) {
		struct store *s = opened();

		for (unsigned i = 1; i <= 4; i++) {
			struct take t;

			bench_take(&t, i, "m", n, 100 * i, 64);
			bench_add_loss(&t, "udp", LOSS_KERNEL, i, 0);
			is_int(bench_store(s, &t, &err), SINK_OK, "stored");
			bench_tend(s);
			bench_take_free(&t);
			n += 100 * i;
		}
		store_status(s, &st);
		is_int(st.last_id, n, "status: last id");
		is_int(st.rows, 1000, "status: rows of this run");
		is_int(st.run, round + 1, "status: run");
		ok(st.db_bytes > 0 && st.wal_bytes > 0, "status: sizes");
		is_int(strlen(st.node), 36, "status: node");
		ok(!st.moved, "status: not moved");
		is_int(bench_finish(s, 1000, 0, &err), 0, "finish");
	}
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), n, "all there");
	is_int(bench_number(&b, "SELECT max(id) - min(id) + 1 FROM messages"), n, "dense");
	is_int(bench_number(&b, "SELECT count(*) FROM messages WHERE body = 'm ' || (id - 1)"), n, "in order");
	is_int(bench_number(&b, "SELECT value FROM meta WHERE key = 'last_id'"), n, "meta.last_id");
	is_int(bench_number(&b, "SELECT sum(messages) FROM loss WHERE reason = 'kernel' AND listener = 'udp'"), 30,
	       "losses");
	is_int(bench_number(&b, "SELECT first_id FROM runs WHERE id = 2"), 1001, "runs.first_id");
	is_int(bench_number(&b, "SELECT last_id FROM runs WHERE id = 2"), 2000, "runs.last_id");
	/* Rows deleted at the end: their ids are not given again. Rows somebody added: theirs neither. */
	bench_sql(&b, "DELETE FROM messages WHERE id > 2900");
	{
		struct store *s = opened();
		struct take t;

		bench_take(&t, 1, "m", 0, 1, 64);
		is_int(bench_store(s, &t, &err), SINK_OK, "stored after a deletion");
		is_int(bench_number(&b, "SELECT max(id) FROM messages"), 3001, "never reused");
		bench_sql(&b, "INSERT INTO messages(id, received_at, listener, peer, size, body)"
			      " VALUES (3050, 1, 'x', 'y', 0, '')");
		t.ticket = 2;
		is_int(bench_store(s, &t, &err), SINK_OK, "stored after somebody else wrote");
		is_int(bench_number(&b, "SELECT max(id) FROM messages"), 3051, "beyond theirs");
		is_int(bench_refused(&t), 0, "nothing refused");
		bench_take_free(&t);
		is_int(bench_finish(s, 2, 0, &err), 0, "finish");
	}
	bench_clear(&b);
}

static void test_losses_only(void)
{
	struct store *s = opened();
	struct err err = {0};
	struct take t;

	take_init(&t);
	t.ticket = 7;
	for (int i = 0; i < LOSS_REASONS; i++)
		bench_add_loss(&t, "tcp", (enum loss_reason)i, (uint64_t)i, 10);
	is_int(bench_store(s, &t, &err), SINK_OK, "a take of losses only");
	bench_take_free(&t);
	is_int(bench_number(&b, "SELECT count(DISTINCT reason) FROM loss"), LOSS_REASONS, "each under its name");
	is_int(bench_number(&b, "SELECT value FROM meta WHERE key = 'last_id'"), 0, "no id spent");
	is_int(bench_finish(s, 0, 0, &err), 0, "finish");
	is_str(bench_sql(&b, "SELECT typeof(first_id) FROM runs"), "null", "a run without rows has no first id");
	bench_clear(&b);
}

/* Messages 0 to 99; the trigger objects to every tenth. */
static void refuse(const char *what, const char *trigger, unsigned expect)
{
	struct store *s = opened();
	struct err err = {0};
	struct store_status st;
	struct take t;

	is_str(bench_sql(&b, trigger), "", "%s: trigger added", what);
	bench_take(&t, 1, "m", 0, 100, 16);
	bench_add_loss(&t, "udp", LOSS_KERNEL, 5, 0);
	if (!ok(bench_store(s, &t, &err) == SINK_OK, "%s: stored", what))
		printf("# %s\n", err.text);
	is_int(bench_refused(&t), expect, "%s: refused", what);
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 100 - expect, "%s: the others are there", what);
	is_int(bench_number(&b, "SELECT coalesce(max(id), 0) FROM messages"), 100 - expect, "%s: densely", what);
	is_int(bench_number(&b, "SELECT value FROM meta WHERE key = 'last_id'"), 100 - expect, "%s: last_id", what);
	is_int(bench_number(&b, "SELECT count(*) FROM loss"), 1, "%s: the loss once", what);
	is_int(bench_number(&b, "SELECT count(*) FROM (SELECT id, substr(body, 3) + 0 AS n, lag(substr(body, 3) + 0)"
				" OVER (ORDER BY id) AS p FROM messages) WHERE n <= p"), 0, "%s: in order", what);
	store_status(s, &st);
	is_int(st.rows, 100 - expect, "%s: status.rows", what);
	bench_take_free(&t);
	bench_sql(&b, "DROP TRIGGER x");
	bench_take(&t, 2, "n", 0, 10, 16);
	is_int(bench_store(s, &t, &err), SINK_OK, "%s: the next take", what);
	is_int(bench_refused(&t), 0, "%s: whole again", what);
	bench_take_free(&t);
	is_int(bench_finish(s, 110 - expect, expect, &err), 0, "%s: finish", what);
	is_str(bench_sql(&b, "PRAGMA integrity_check"), "ok", "%s: integrity", what);
	bench_clear(&b);
}

static void test_refused(void)
{
#define WHEN(timing, cond, action)                                                                          \
	"CREATE TRIGGER x " timing " INSERT ON messages WHEN " cond " BEGIN SELECT RAISE(" action "); END"
	refuse("abort", WHEN("BEFORE", "new.body LIKE '%0'", "ABORT, 'no'"), 10);
	refuse("abort after", WHEN("AFTER", "new.body LIKE '%0'", "ABORT, 'no'"), 10);
	refuse("ignore", WHEN("BEFORE", "new.body LIKE '%0'", "IGNORE"), 10);
	refuse("fail", WHEN("BEFORE", "new.body LIKE '%0'", "FAIL, 'no'"), 10);
	refuse("fail after", WHEN("AFTER", "new.body LIKE '%0'", "FAIL, 'no'"), 10);
	refuse("rollback", WHEN("BEFORE", "new.body LIKE '%0'", "ROLLBACK, 'no'"), 10);
	refuse("rollback often", WHEN("AFTER", "new.body NOT LIKE '%0'", "ROLLBACK, 'no'"), 90);
	refuse("all", WHEN("BEFORE", "1", "ABORT, 'no'"), 100);
	refuse("all, silently", WHEN("BEFORE", "1", "IGNORE"), 100);
	refuse("all, rolled back", WHEN("BEFORE", "1", "ROLLBACK, 'no'"), 100);
	refuse("last only", WHEN("BEFORE", "new.body = 'm 99'", "ABORT, 'no'"), 1);
	refuse("an error of its own", "CREATE TRIGGER x BEFORE INSERT ON messages WHEN new.body LIKE '%0' BEGIN"
				      " SELECT abs(-9223372036854775807 - 1); END", 10);
#undef WHEN
}

static void test_unique(void)
{
	struct store *s = opened();
	struct err err = {0};
	struct take t;

	bench_sql(&b, "CREATE UNIQUE INDEX u ON messages(body)");
	bench_take(&t, 1, "m", 0, 50, 16);
	is_int(bench_store(s, &t, &err), SINK_OK, "first");
	bench_take_free(&t);
	bench_take(&t, 2, "m", 25, 50, 16);
	is_int(bench_store(s, &t, &err), SINK_OK, "half of it again");
	is_int(bench_refused(&t), 25, "the known half is refused");
	bench_take_free(&t);
	is_int(bench_number(&b, "SELECT max(id) FROM messages"), 75, "dense");
	is_int(bench_finish(s, 75, 25, &err), 0, "finish");
	bench_clear(&b);
}

static void test_busy(void)
{
	struct store *s = opened();
	struct err err = {0};
	sqlite3 *other = bench_connect(&b);
	struct take t;

	bench_take(&t, 1, "m", 0, 10, 16);
	is_int(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK, "somebody holds the database");
	is_int(bench_store(s, &t, &err), SINK_BUSY, "busy");
	has_str(err.text, b.path, "names the store");
	has_str(err.text, "SQLITE_BUSY", "and the code");
	is_int(bench_store(s, &t, &err), SINK_BUSY, "busy again");
	bench_tend(s);
	sqlite3_exec(other, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(other);
	is_int(bench_store(s, &t, &err), SINK_OK, "then stored");
	bench_take_free(&t);
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 10, "once");
	is_int(bench_finish(s, 10, 0, &err), 0, "finish");
	bench_clear(&b);
}

/* The COMMIT failed, they say, but the rows are there: as somebody else's recovery of the log could bring about. */
static void test_ambiguous(void)
{
	struct store *s = opened();
	struct writer *w = store_sink(s).self;
	struct err err = {0};
	struct store_status st;
	struct take t;

	bench_take(&t, 1, "m", 0, 10, 16);
	is_int(bench_store(s, &t, &err), SINK_OK, "stored");
	bench_take_free(&t);
	bench_take(&t, 2, "m", 10, 10, 16);
	bench_add_loss(&t, "udp", LOSS_KERNEL, 1, 1);
	w->attempt = (struct attempt){
		.open = true, .ticket = 2, .rows = 10, .first_id = 11, .last_id = 20, .last_loss = 1};
	is_int(bench_store(s, &t, &err), SINK_OK, "it did not come through: stored now");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 20, "once");
	w->attempt = (struct attempt){
		.open = true, .ticket = 2, .rows = 10, .first_id = 11, .last_id = 20, .last_loss = 1};
	is_int(bench_store(s, &t, &err), SINK_OK, "it came through: found out");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 20, "not stored twice");
	is_int(bench_number(&b, "SELECT count(*) FROM loss"), 1, "nor the loss");
	bench_take_free(&t);
	take_init(&t);
	t.ticket = 3;
	bench_add_loss(&t, "udp", LOSS_KERNEL, 1, 1);
	w->attempt = (struct attempt){.open = true, .ticket = 3, .last_loss = 1};
	is_int(bench_store(s, &t, &err), SINK_OK, "losses alone that came through");
	is_int(bench_number(&b, "SELECT count(*) FROM loss"), 1, "are not written twice");
	w->attempt = (struct attempt){.open = true, .ticket = 3, .last_loss = 2};
	is_int(bench_store(s, &t, &err), SINK_OK, "losses alone that did not");
	is_int(bench_number(&b, "SELECT count(*) FROM loss"), 2, "are");
	w->attempt = (struct attempt){.open = true, .ticket = 9, .rows = 10, .first_id = 11, .last_id = 20};
	t.ticket = 10;
	is_int(bench_store(s, &t, &err), SINK_OK, "another ticket's attempt is not mistaken for ours");
	is_int(bench_number(&b, "SELECT count(*) FROM loss"), 3, "stored");
	bench_take_free(&t);
	store_status(s, &st);
	is_int(st.last_id, 20, "last id");
	store_close(s);
	bench_clear(&b);
}

static void test_gone(void)
{
	struct err err = {0};
	struct store *s = opened();
	struct take t;

	bench_take(&t, 1, "m", 0, 10, 16);
	bench_sql(&b, "ALTER TABLE messages RENAME TO elsewhere");
	is_int(bench_store(s, &t, &err), SINK_FATAL, "the table is gone: fatal");
	is_int(err.exit_code, EXIT_DATA, "as damaged data");
	has_str(err.text, "messages", "naming the table");
	is_int(bench_refused(&t), 0, "no message is blamed");
	bench_sql(&b, "ALTER TABLE elsewhere RENAME TO messages");
	is_int(bench_store(s, &t, &err), SINK_OK, "back again: stored");
	bench_sql(&b, "DELETE FROM meta WHERE key = 'last_id'");
	t.ticket = 2;
	is_int(bench_store(s, &t, &err), SINK_FATAL, "meta.last_id is gone: fatal");
	is_int(err.exit_code, EXIT_DATA, "as damaged data");
	bench_sql(&b, "INSERT INTO meta VALUES ('last_id', 10)");
	bench_sql(&b, "CREATE TRIGGER x BEFORE INSERT ON messages BEGIN INSERT INTO nowhere VALUES (1); END");
	is_int(bench_store(s, &t, &err), SINK_FATAL, "a trigger that can never work: fatal");
	is_int(err.exit_code, EXIT_INTERNAL, "as an internal error");
	has_str(err.text, "nowhere", "naming what it misses");
	is_int(bench_refused(&t), 0, "no message is blamed");
	bench_take_free(&t);
	store_close(s);
	bench_clear(&b);
}

static void watch(void *arg)
{
	struct store *s = arg;
	struct store_status st = {0};
	uint64_t last = 0;

	for (unsigned i = 0; st.last_id < 1000; i++) {
		store_status(s, &st);
		if (st.last_id < last)
			ok(0, "the last id went back");
		last = st.last_id;
		store_set_durability(s, i & 1 ? DURABILITY_NORMAL : DURABILITY_FULL);
	}
}

/* Status and durability from another thread, while the sink is at work. */
static void test_watched(void)
{
	struct store *s = opened();
	struct err err = {0};
	struct sync_thread thread;
	struct take t;

	is_int(sync_thread_start(&thread, "watch", watch, s, &err), 0, "somebody watches");
	for (unsigned i = 0; i < 100; i++) {
		bench_take(&t, i, "m", 0, 10, 16);
		if (bench_store(s, &t, &err) != SINK_OK)
			ok(0, "stored");
		bench_tend(s);
		bench_take_free(&t);
	}
	sync_thread_join(&thread);
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 1000, "all stored meanwhile");
	is_int(bench_finish(s, 1000, 0, &err), 0, "finish");
	bench_clear(&b);
}

int main(void)
{
	bench_init(&b);
	test_bytes();
	test_ids();
	test_losses_only();
	test_refused();
	test_unique();
	test_busy();
	test_ambiguous();
	test_gone();
	test_watched();
	bench_done(&b);
	return done_testing();
}
