/* The log stays short beside readers that come and go; one that stays is named, and what it caused is cleared up. */
#include "store/checkpoint.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sync.h"
#include "bench.h"
#include "other.h"
#include "store/pin.h"
#include "store/writer.h"
#include "../support/tap.h"

#define MIB (UINT64_C(1) << 20)
#define LIMIT (48 * MIB)

static struct bench b;

static struct store *opened(uint64_t wal_limit)
{
	struct store_opts opts = {.name = "main", .path = b.path, .durability = DURABILITY_OFF, .version = "0",
				  .wal_limit = wal_limit};
	struct err err = {0};
	struct store *s = store_open(&opts, &err);

	if (!ok(s, "opens"))
		printf("# %s\n", err.text);
	return s;
}

static struct store_status status(struct store *s)
{
	struct store_status st;

	store_status(s, &st);
	return st;
}

/* Commits one take; how long its turn was, commit and all. */
static int64_t commit(struct store *s, struct take *t)
{
	struct err err = {0};
	int64_t begun_ns = sync_now_ns();

	if (bench_store(s, t, &err) != SINK_OK)
		ok(0, "stored: %s", err.text);
	t->ticket++;
	bench_tend(s);
	return sync_now_ns() - begun_ns;
}

static void test_long_reader(void)
{
	struct other o = other_start(b.path);
	struct store *s = opened(LIMIT);
	struct take t;
	struct store_status st;
	int64_t longest_ns = 0, took_ns;
	char words[PIN_TEXT], want[PIN_TEXT];
	unsigned n = 0;

	bench_take(&t, 0, "a message that is long enough to make pages quickly", 0, 4000, 500);
	commit(s, &t);
	other_read(&o);
	for (; n < 1000 && !status(s).wal_over; n++)
		commit(s, &t);
	st = status(s);
	ok(st.wal_over, "after %u commits the log is over its limit: %ju MiB", n, (uintmax_t)st.wal_bytes >> 20);
	ok(st.wal_bytes > LIMIT && st.wal_bytes < LIMIT + DB_WAL_KEEP_BYTES, "which is seen soon");
	is_int(st.wal_reader, o.pid, "and who reads is known");
	snprintf(want, sizeof(want), "process %jd (test_checkpoint) keeps a transaction open", (intmax_t)o.pid);
	ok(!strncmp(pin_words(o.pid, words), want, 30), "in words: %s", words);
	for (unsigned i = 0; i < 200; i++) {
		took_ns = commit(s, &t);
		longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
	}
	printf("# the longest turn beside the reader: %jd ms\n", (intmax_t)(longest_ns / NS_PER_MS));
	ok(st.checkpoints_in_vain > 0, "checkpoints were tried in vain");
	other_stop(&o);
	longest_ns = 0;
	for (n = 0; n < 2000 && status(s).wal_over; n++) {
		sync_sleep_until(sync_now_ns() + 2 * NS_PER_MS);
		took_ns = commit(s, &t);
		longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
	}
	printf("# the longest turn after it has gone: %jd ms\n", (intmax_t)(longest_ns / NS_PER_MS));
	st = status(s);
	ok(!st.wal_over && st.wal_bytes <= DB_WAL_KEEP_BYTES, "after %u more commits it is short again: %ju MiB", n,
	   (uintmax_t)st.wal_bytes >> 20);
	is_int(st.wal_reader, 0, "nobody is blamed any more");
	bench_take_free(&t);
	store_close(s);
	is_str(bench_sql(&b, "PRAGMA integrity_check"), "ok", "integrity");
	bench_clear(&b);
}

/* The reader goes, and nothing more is stored: the log is cut all the same. */
static void test_idle(void)
{
	struct other o = other_start(b.path);
	struct store *s = opened(LIMIT);
	struct sink sink = store_sink(s);
	struct take t;
	int64_t until_ns;

	bench_take(&t, 0, "a message that is long enough to make pages quickly", 0, 4000, 500);
	commit(s, &t);
	other_read(&o);
	while (t.ticket < 1000 && !status(s).wal_over)
		commit(s, &t);
	ok(status(s).wal_over, "the log is over its limit");
	other_stop(&o);
	until_ns = sync_now_ns() + 20 * NS_PER_S;
	while (status(s).wal_over && sync_now_ns() < until_ns) {
		sync_sleep_until(sync_now_ns() + 50 * NS_PER_MS);
		sink.ops->tend(sink.self);
	}
	is_int(status(s).wal_bytes, 0, "without a commit the log is cut to nothing");
	bench_take_free(&t);
	store_close(s);
	bench_clear(&b);
}

/* ---- readers that overlap ---- */

static _Atomic bool enough;

/* At any moment one of two connections has a snapshot, none for longer than a few milliseconds. */
static void read_in_turns(void *arg)
{
	sqlite3 **sql = arg;
	unsigned n = 0;

	sqlite3_exec(sql[0], "BEGIN; SELECT count(*) FROM meta", NULL, NULL, NULL);
	for (; !atomic_load(&enough); n++) {
		sync_sleep_until(sync_now_ns() + 3 * NS_PER_MS);
		sqlite3_exec(sql[(n + 1) & 1], "BEGIN; SELECT count(*) FROM meta", NULL, NULL, NULL);
		sqlite3_exec(sql[n & 1], "COMMIT", NULL, NULL, NULL);
	}
	printf("# %u snapshots, one before the other's end\n", n);
	sqlite3_exec(sql[n & 1], "COMMIT", NULL, NULL, NULL);
}

/* How long the log is at most, beside them. */
static uint64_t beside_readers(struct store *s, struct take *t, sqlite3 **sql)
{
	struct sync_thread thread;
	struct err err;
	uint64_t most = 0;

	atomic_store(&enough, false);
	is_int(sync_thread_start(&thread, "readers", read_in_turns, sql, &err), 0, "somebody reads all the time");
	for (unsigned i = 0; i < 600; i++) {
		commit(s, t);
		most = status(s).wal_bytes > most ? status(s).wal_bytes : most;
	}
	atomic_store(&enough, true);
	sync_thread_join(&thread);
	return most;
}

static void test_overlapping_readers(void)
{
	struct store *s = opened(LIMIT);
	sqlite3 *sql[2] = {bench_connect(&b), bench_connect(&b)};
	struct take t;
	uint64_t most = UINT64_MAX;

	bench_take(&t, 0, "a message that is long enough to make pages quickly", 0, 4000, 500);
	/* A reader that gets no processor in the midst is one that stays: the best of some rounds. */
	for (unsigned i = 0; i < 3 && most >= 3 * DB_WAL_KEEP_BYTES; i++) {
		uint64_t bytes = beside_readers(s, &t, sql);

		most = bytes < most ? bytes : most;
	}
	ok(most < 3 * DB_WAL_KEEP_BYTES, "the log had %ju MiB at most", (uintmax_t)most >> 20);
	bench_take_free(&t);
	store_close(s);
	sqlite3_close(sql[0]);
	sqlite3_close(sql[1]);
	bench_clear(&b);
}

int main(void)
{
	bench_init(&b);
	test_long_reader();
	test_idle();
	test_overlapping_readers();
	bench_done(&b);
	return done_testing();
}
