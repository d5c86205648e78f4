/* Readers: beside a writer, after a stop, without rights; the audit of the last run. */
#include "store/reader.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sync.h"
#include "bench.h"
#include "../support/tap.h"

static struct bench b;

static struct reader *opened(void)
{
	struct err err = {0};
	struct reader *r = reader_open(b.path, &err);

	if (!ok(r, "reader opens"))
		printf("# %s\n", err.text);
	if (!r)
		exit(1);
	return r;
}

static struct store *started(unsigned messages)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct take t;

	bench_take(&t, 1, "m", 0, messages, 64);
	bench_add_loss(&t, "udp", LOSS_DENIED, 3, 30);
	is_int(s ? bench_store(s, &t, &err) : SINK_FATAL, SINK_OK, "stored %u (%s)", messages, err.text);
	bench_take_free(&t);
	return s;
}

static void count(void *arg, const struct reader_loss *loss)
{
	int *n = arg;

	if (!strcmp(loss->reason, "denied") && !strcmp(loss->listener, "udp") && loss->messages == 3 && loss->bytes == 30)
		++*n;
	if (!strcmp(loss->reason, "crash") && loss->bytes == -1)
		*n += 100;
}

static void test_beside(void)
{
	struct store *s = started(100);
	struct reader *r = opened();
	struct reader_totals totals;
	struct reader_run run;
	struct err err = {0};
	struct take t;
	int n = 0;

	is_int(reader_last_run(r, &run, &err), 0, "a run");
	ok(!run.has_receipt && !run.balanced, "running: no receipt yet");
	is_str(run.version, "0.1.0", "version");
	is_int(reader_totals(r, &totals, &err), 0, "totals");
	is_int(totals.messages, 100, "messages");
	is_int(totals.first_id, 1, "first id");
	is_int(totals.last_id, 100, "last id");
	ok(totals.first_at > 0 && totals.last_at >= totals.first_at, "times");
	is_int(totals.losses, 1, "losses");
	is_int(totals.lost_messages, 3, "lost messages");
	is_int(totals.runs, 1, "runs");
	is_int(strlen(totals.node), 36, "node");
	ok(totals.db_bytes > 0 && totals.wal_bytes > 0, "sizes");
	ok(!totals.estimated, "counted");
	is_int(reader_each_loss(r, 0, 0, count, &n, &err), 0, "losses one by one");
	is_int(n, 1, "with all their columns");
	bench_take(&t, 2, "m", 100, 50, 64);
	is_int(bench_store(s, &t, &err), SINK_OK, "the writer goes on");
	bench_take_free(&t);
	is_int(reader_totals(r, &totals, &err), 0, "totals");
	is_int(totals.messages, 150, "the reader sees it");
	is_int(bench_finish(s, 150, 3, &err), 0, "the writer stops while the reader is open");
	is_int(reader_last_run(r, &run, &err), 0, "a run");
	ok(run.has_receipt && run.balanced, "now with a receipt that balances");
	is_int(run.rows, 150, "rows");
	reader_close(r);
	bench_clear(&b);
}

static bool balanced(void)
{
	struct reader *r = opened();
	struct reader_run run;
	struct err err = {0};

	is_int(reader_last_run(r, &run, &err), 0, "the last run");
	reader_close(r);
	return run.balanced;
}

static void test_audit(void)
{
	struct err err = {0};
	struct store *s = started(100);
	struct store_receipt receipt = {.received = 103, .stored = 100, .lost = 8, .clean = true};
	struct loss_delta kernel = {"udp", LOSS_KERNEL, clock_wall_ns(), clock_wall_ns(), 5, 0};
	struct reader *r;
	struct reader_run run;

	is_int(store_finish(s, &receipt, &kernel, 1, sync_now_ns() + NS_PER_S, &err), 0, "103 + 5 = 100 + 8");
	r = opened();
	is_int(reader_last_run(r, &run, &err), 0, "the last run");
	is_int(run.kernel, 5, "kernel");
	is_int(run.stored, 100, "stored");
	is_int(run.lost, 8, "lost");
	ok(run.balanced, "balances");
	reader_close(r);
	bench_sql(&b, "DELETE FROM messages WHERE id <= 10");
	ok(!balanced(), "rows are missing");
	bench_sql(&b, "UPDATE runs SET pruned = 9");
	ok(!balanced(), "more than were pruned");
	bench_sql(&b, "UPDATE runs SET pruned = 10");
	ok(balanced(), "they were pruned");
	bench_sql(&b, "UPDATE runs SET pruned = 10000");
	ok(balanced(), "among others");
	bench_sql(&b, "DELETE FROM messages WHERE id = 50");
	ok(!balanced(), "this one was not: the oldest go first");
	bench_sql(&b, "UPDATE runs SET stored = 99, lost = 9");
	ok(balanced(), "it was lost");
	bench_sql(&b, "DELETE FROM loss WHERE reason = 'kernel'");
	ok(!balanced(), "a loss is missing");
	bench_clear(&b);
	s = started(0);
	is_int(bench_finish(s, 0, 3, &err), 0, "a run without rows");
	ok(balanced(), "balances");
	bench_sql(&b, "DELETE FROM runs");
	r = opened();
	is_int(reader_last_run(r, &run, &err), 1, "no run at all");
	reader_close(r);
	bench_clear(&b);
}

static void test_refused(void)
{
	struct err err = {0};
	char wal[200];
	struct stat st;

	ok(!reader_open(b.path, &err), "nothing there");
	is_int(err.exit_code, EXIT_CANT_CREATE, "73");
	ok(stat(b.path, &st) < 0, "and nothing made");
	bench_write(b.path, "hello", 5);
	ok(!reader_open(b.path, &err), "no database");
	is_int(err.exit_code, EXIT_DATA, "65");
	bench_write(b.path, "", 0);
	ok(!reader_open(b.path, &err), "an empty file");
	is_int(err.exit_code, EXIT_DATA, "65");
	bench_sql(&b, "CREATE TABLE x(y)");
	ok(!reader_open(b.path, &err), "another program's");
	is_int(err.exit_code, EXIT_DATA, "65");
	has_str(err.text, "not a store", "in words");
	ok(!reader_open(b.dir, &err), "a directory");
	is_int(err.exit_code, EXIT_CANT_CREATE, "73");
	bench_clear(&b);
	bench_finish(started(1), 1, 3, &err);
	bench_sql(&b, "PRAGMA user_version = 9");
	ok(!reader_open(b.path, &err), "a newer one");
	is_int(err.exit_code, EXIT_DATA, "65");
	bench_clear(&b);
	/* A copy of the file alone: readable, and nothing appears beside it. */
	bench_finish(started(10), 10, 3, &err);
	snprintf(wal, sizeof(wal), "%s-shm", b.path);
	unlink(wal);
	snprintf(wal, sizeof(wal), "%s-wal", b.path);
	unlink(wal);
	ok(balanced(), "a copied file");
	ok(stat(wal, &st) < 0, "no log is made");
	bench_clear(&b);
}

/* Plain SQLite in the same child: what anybody would use. */
static int plain_count(void)
{
	sqlite3 *db;
	sqlite3_stmt *st = NULL;
	int n = 0;

	if (sqlite3_open_v2(b.path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT count(*) FROM messages", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	else
		printf("# %s\n", sqlite3_errmsg(db));
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

/* In a child without rights: counts the messages, or gives 0; 255 if plain SQLite counts differently. */
static int as_nobody(void)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct err err = {0};
		struct reader_totals totals = {0};
		struct reader *r;

		if (setuid(65534) < 0)
			_exit(0);
		r = reader_open(b.path, &err);
		if (!r || reader_totals(r, &totals, &err) < 0)
			printf("# %s\n", err.text);
		reader_close(r);
		if (r && plain_count() != (int)totals.messages)
			totals.messages = 255;
		fflush(stdout);
		_exit((int)totals.messages);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void open_up(mode_t file)
{
	char name[200];

	chmod(b.dir, 0755);
	chmod(b.path, file);
	snprintf(name, sizeof(name), "%s-wal", b.path);
	chmod(name, file);
	snprintf(name, sizeof(name), "%s-shm", b.path);
	chmod(name, file);
}

static void test_without_rights(void)
{
	struct err err = {0};
	struct store *s;
	int status = 0;
	pid_t pid;

	if (geteuid() != 0) {
		ok(1, "readers without rights # SKIP needs root to give it up");
		return;
	}
	s = started(42);
	open_up(0644);
	is_int(as_nobody(), 42, "beside the writer, in a directory it may not write");
	is_int(bench_finish(s, 42, 3, &err), 0, "clean stop");
	is_int(as_nobody(), 42, "after the stop");
	open_up(0600);
	is_int(as_nobody(), 0, "not without the right to read");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		/* Its checks are counted by its exit status, not in this program's plan. */
		if (!freopen("/dev/null", "w", stdout))
			_exit(99);
		started(10);
		_exit(atomic_load(&tap_bad));
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a run that ends without a word");
	open_up(0644);
	is_int(as_nobody(), 52, "after a crash");
	chmod(b.dir, 0700);
	bench_clear(&b);
}

int main(void)
{
	bench_init(&b);
	test_beside();
	test_audit();
	test_refused();
	test_without_rights();
	bench_done(&b);
	return done_testing();
}
