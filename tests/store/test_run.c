/* Runs: a receipt at the stop, a crash row at the next start, a start that is taken back. */
#include "store/run.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sync.h"
#include "bench.h"
#include "../support/tap.h"

static struct bench b;

/* A process that opens the store, stores so many messages and dies. */
static void crash(unsigned messages)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct err err = {0};
		struct store *s = bench_open(&b, &err);
		struct take t;

		bench_take(&t, 1, "m", 0, messages, 64);
		if (!s || (messages && bench_store(s, &t, &err) != SINK_OK))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "killed with %u messages stored", messages);
}

static void test_clean(void)
{
	struct err err = {0};
	int64_t before = clock_wall_ns();
	struct store *s = bench_open(&b, &err);
	struct store_receipt receipt = {.received = 120, .stored = 100, .lost = 25, .clean = true};
	struct loss_delta losses[] = {
		{"udp", LOSS_KERNEL, before, before + 5, 5, 0},
		{"udp", LOSS_QUEUE_FULL, before, before + 6, 20, 2400},
	};
	struct take t;

	bench_take(&t, 1, "m", 0, 100, 64);
	is_int(bench_store(s, &t, &err), SINK_OK, "stored");
	bench_take_free(&t);
	is_str(bench_sql(&b, "SELECT version || coalesce(stopped_at, '-') || coalesce(clean, '-') FROM runs"), "0.1.0--",
	       "a running run has no second half");
	is_int(store_finish(s, &receipt, losses, 2, sync_now_ns() + NS_PER_S, &err), 0, "finish");
	is_str(bench_sql(&b, "SELECT received || ' ' || stored || ' ' || lost || ' ' || clean || ' ' || first_id || ' '"
			     " || last_id || ' ' || pruned FROM runs"), "120 100 25 1 1 100 0", "the receipt");
	ok(bench_number(&b, "SELECT started_at FROM runs") >= before, "started");
	ok(bench_number(&b, "SELECT stopped_at >= started_at FROM runs"), "stopped");
	is_str(bench_sql(&b, "SELECT group_concat(listener || reason || messages || '/' || bytes || '/' ||"
			     " (to_at - from_at)) FROM loss"), "udpkernel5/0/5,udpqueue_full20/2400/6",
	       "the losses of the last moment");
	s = bench_open(&b, &err);
	receipt.clean = false;
	is_int(store_finish(s, &receipt, NULL, 0, 0, &err), 0, "a stop that left something, past its deadline");
	is_int(bench_number(&b, "SELECT clean FROM runs WHERE id = 2"), 0, "is not clean");
	is_int(bench_number(&b, "SELECT count(*) FROM loss WHERE reason = 'crash'"), 0, "no crash");
	s = bench_open(&b, &err);
	store_close(s);
	is_int(bench_number(&b, "SELECT count(*) FROM runs"), 2, "a start that failed is taken back");
	bench_clear(&b);
}

static void test_crash(void)
{
	struct err err = {0};
	struct store *s;

	crash(0);
	s = bench_open(&b, &err);
	ok(s, "the next start");
	is_str(bench_sql(&b, "SELECT listener || ' ' || reason || ' ' || messages || ' ' || (bytes IS NULL) FROM loss"),
	       "* crash 0 1", "writes the crash row");
	is_int(bench_number(&b, "SELECT from_at = (SELECT started_at FROM runs WHERE id = 1) AND"
				" to_at = (SELECT started_at FROM runs WHERE id = 2) FROM loss"), 1,
	       "from that start to this one");
	is_int(bench_number(&b, "SELECT clean FROM runs WHERE id = 1"), 0, "that run was not clean");
	is_str(bench_sql(&b, "SELECT typeof(stopped_at) FROM runs WHERE id = 1"), "null", "and never stopped");
	store_close(s);
	s = bench_open(&b, &err);
	is_int(bench_number(&b, "SELECT count(*) FROM loss"), 1, "told once, even if that start is taken back");
	is_int(bench_finish(s, 0, 0, &err), 0, "finish");
	crash(100);
	crash(50);
	s = bench_open(&b, &err);
	is_int(bench_number(&b, "SELECT count(*) FROM loss WHERE reason = 'crash'"), 3, "each crash once");
	is_int(bench_number(&b, "SELECT from_at = (SELECT received_at FROM messages WHERE id = 150) FROM loss"
				" ORDER BY id DESC LIMIT 1"), 1, "from the last message stored");
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 150, "what was committed is there");
	is_int(bench_finish(s, 0, 0, &err), 0, "finish");
	is_str(bench_sql(&b, "PRAGMA integrity_check"), "ok", "integrity");
	bench_clear(&b);
}

static void test_finish_fails(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	sqlite3 *other;
	int64_t from;

	other = bench_connect(&b);
	sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	from = sync_now_ns();
	{
		const struct store_receipt receipt = {.clean = true};

		is_int(store_finish(s, &receipt, NULL, 0, from + 300 * NS_PER_MS, &err), -1, "somebody holds the database");
	}
	ok(sync_now_ns() - from >= 300 * NS_PER_MS, "tried until the deadline");
	ok(sync_now_ns() - from < 5 * NS_PER_S, "and not much longer");
	has_str(err.text, "no receipt", "says so");
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	s = bench_open(&b, &err);
	is_int(bench_number(&b, "SELECT count(*) FROM loss WHERE reason = 'crash'"), 1, "the next start writes the crash row");
	bench_sql(&b, "DELETE FROM runs");
	is_int(bench_finish(s, 0, 0, &err), -1, "the run's row is gone: no receipt");
	bench_clear(&b);
}

/* A reader in the way of the last checkpoint is waited for until the deadline, then left alone. */
static void test_reader_in_the_way(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	sqlite3 *reader = bench_connect(&b);
	struct take t;
	char wal[200];
	struct stat st;
	const struct store_receipt receipt = {.received = 10, .stored = 10, .clean = true};

	bench_take(&t, 1, "m", 0, 10, 64);
	sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM messages", NULL, NULL, NULL);
	is_int(bench_store(s, &t, &err), SINK_OK, "stored");
	bench_take_free(&t);
	is_int(store_finish(s, &receipt, NULL, 0, sync_now_ns() + 200 * NS_PER_MS, &err), 0, "the receipt is written");
	snprintf(wal, sizeof(wal), "%s-wal", b.path);
	is_int(stat(wal, &st), 0, "the log is there");
	ok(st.st_size > 0, "and not empty");
	sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL);
	is_int(bench_number(&b, "SELECT count(*) FROM messages"), 10, "all is readable");
	sqlite3_close(reader);
	s = bench_open(&b, &err);
	ok(s, "the next start takes it in");
	is_int(bench_number(&b, "SELECT count(*) FROM loss"), 0, "that was no crash");
	is_int(bench_finish(s, 0, 0, &err), 0, "finish");
	bench_clear(&b);
}

static void test_moved(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct store_status st;
	struct take t;

	bench_take(&t, 1, "m", 0, 10, 64);
	is_int(unlink(b.path), 0, "somebody deletes the file");
	is_int(bench_store(s, &t, &err), SINK_OK, "storing goes on");
	bench_tend(s);
	store_status(s, &st);
	ok(st.moved, "the status says so");
	bench_take_free(&t);
	bench_finish(s, 10, 0, &err);
	bench_clear(&b);
}

int main(void)
{
	bench_init(&b);
	test_clean();
	test_crash();
	test_finish_fails();
	test_reader_in_the_way();
	test_moved();
	bench_done(&b);
	return done_testing();
}
