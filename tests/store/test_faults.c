/* The disk fails at every call in turn: nothing is stored twice, nothing is lost, the file stays whole. */
#include "store/store.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "bench.h"
#include "shim.h"
#include "store/sql.h"
#include "store/writer.h"
#include "../support/tap.h"

#define TAKES 4
#define MESSAGES 60

static struct bench b;
/* Takes of several pages, more than the cache has: pages go into the log, and come back, amid a transaction. */
static bool bulky;
static char *seed;
static size_t seed_len;

static const char *const kinds[] = {
	[SHIM_ONCE_BEFORE] = "fails once",
	[SHIM_ONCE_AFTER] = "is done, but called failed",
	[SHIM_EVER_BEFORE] = "fails from then on",
	[SHIM_EVER_WRITE] = "finds the disk full from then on",
};

/* What a whole round found wrong; "" if nothing. */
static char wrong[256];

static void blame(unsigned n, const char *what, long long got)
{
	if (!wrong[0])
		snprintf(wrong, sizeof(wrong), "call %u: %.200s (%lld)", n, what, got);
}

static void plant(void)
{
	bench_clear(&b);
	if (seed)
		bench_write(b.path, seed, seed_len);
}

static struct store *open_store(struct err *reterr)
{
	struct store *s = bench_open(&b, reterr);

	if (s && bulky && sql_exec(((struct writer *)store_sink(s).self)->db->sql, "PRAGMA cache_size = 2") != SQLITE_OK)
		ok(0, "a small cache");
	return s;
}

static void make_take(struct take *t, unsigned i)
{
	char prefix[600] = "m";

	if (bulky)
		memset(prefix, 'm', sizeof(prefix) - 1);
	bench_take(t, i, prefix, i * MESSAGES, MESSAGES, 16);
}

/* Stores a take as the pool would: the same one again until it is in. The disk recovers at the fifth try. */
static void store_stubbornly(struct store *s, struct take *t, unsigned n, bool *fired)
{
	struct writer *w = store_sink(s).self;
	struct err err = {0};
	enum sink_result r;

	for (int tries = 0; (r = bench_store(s, t, &err)) != SINK_OK; tries++) {
		if (r == SINK_FATAL || tries > 20) {
			blame(n, err.text, r);
			return;
		}
		if (tries == 5)
			*fired |= shim_disarm();
	}
	if (bench_refused(t))
		blame(n, "messages refused", bench_refused(t));
	/* A checkpoint each time, and one that cuts the log: their calls are to fail too. */
	w->db->wal_pages = 1 << 20;
	w->checkpoint.tried_pages = 0;
	counter_set(&w->checkpoint.over, 1);
	bench_tend(s);
}

static void verify(unsigned n, int64_t rows, int64_t losses)
{
	if (bench_number(&b, "SELECT count(*) FROM messages") != rows)
		blame(n, "rows", bench_number(&b, "SELECT count(*) FROM messages"));
	if (bench_number(&b, "SELECT count(DISTINCT body) FROM messages") != rows)
		blame(n, "distinct rows", bench_number(&b, "SELECT count(DISTINCT body) FROM messages"));
	if (bench_number(&b, "SELECT coalesce(max(id), 0) FROM messages") != rows)
		blame(n, "highest id", bench_number(&b, "SELECT max(id) FROM messages"));
	if (bench_number(&b, "SELECT value FROM meta WHERE key = 'last_id'") != rows)
		blame(n, "meta.last_id", bench_number(&b, "SELECT value FROM meta WHERE key = 'last_id'"));
	if (losses >= 0 && bench_number(&b, "SELECT count(*) FROM loss WHERE reason != 'crash'") != losses)
		blame(n, "losses", bench_number(&b, "SELECT count(*) FROM loss"));
	if (strcmp(bench_sql(&b, "PRAGMA integrity_check"), "ok") != 0)
		blame(n, "integrity", 0);
}

/* Call n fails while takes are stored and the receipt is written. False: there are fewer calls than n. */
static bool run_with_fault(enum shim_kind kind, unsigned n)
{
	struct err err = {0};
	struct store *s;
	bool fired = false;
	int spilled = 0, most;

	plant();
	s = open_store(&err);
	if (!s) {
		blame(n, err.text, 0);
		return false;
	}
	shim_arm(kind, n);
	for (unsigned i = 0; i < TAKES; i++) {
		struct take t;

		make_take(&t, i);
		bench_add_loss(&t, "udp", LOSS_KERNEL, 1, 1);
		store_stubbornly(s, &t, n, &fired);
		bench_take_free(&t);
	}
	if (kind == SHIM_EVER_BEFORE || kind == SHIM_EVER_WRITE)
		fired |= shim_disarm();
	sqlite3_db_status(((struct writer *)store_sink(s).self)->db->sql, SQLITE_DBSTATUS_CACHE_SPILL, &spilled, &most, 0);
	if (bench_finish(s, TAKES * MESSAGES, TAKES, &err) < 0)
		blame(n, err.text, 0);
	fired |= shim_disarm();
	if (bulky && !spilled)
		blame(n, "no page went into the log early", 0);
	verify(n, TAKES * MESSAGES, TAKES);
	if (bench_number(&b, "SELECT clean FROM runs ORDER BY id DESC LIMIT 1") != 1)
		blame(n, "no receipt", 0);
	return fired;
}

/* Call n fails while the store is opened; the next start must manage. */
static bool open_with_fault(enum shim_kind kind, unsigned n)
{
	struct err err = {0};
	struct store *s;
	bool fired;

	plant();
	shim_arm(kind, n);
	s = bench_open(&b, &err);
	fired = shim_disarm();
	if (!s && err.exit_code == EXIT_DATA)
		blame(n, err.text, err.exit_code);
	if (!s) {
		s = bench_open(&b, &err);
		if (!s)
			blame(n, err.text, err.exit_code);
	}
	if (s && bench_finish(s, 0, 0, &err) < 0)
		blame(n, err.text, 0);
	verify(n, 0, -1);
	return fired;
}

/* Call n fails, and the process dies right after it has heard of it: all of a take is there, or nothing. */
static bool die_with_fault(enum shim_kind kind, unsigned n)
{
	int status = 0;
	struct err err = {0};
	struct store *s;
	int64_t rows;
	pid_t pid;

	plant();
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		s = open_store(&err);
		for (unsigned i = 0; s && i < 2; i++) {
			struct take t;

			make_take(&t, i);
			if (i == 1)
				shim_arm(kind, n);
			if (bench_store(s, &t, &err) != SINK_OK)
				_exit(1);
		}
		_exit(shim_disarm() ? 2 : 0);
	}
	waitpid(pid, &status, 0);
	s = bench_open(&b, &err);
	if (!s) {
		blame(n, err.text, 0);
		return false;
	}
	rows = bench_number(&b, "SELECT count(*) FROM messages");
	if (rows != MESSAGES && rows != 2 * MESSAGES)
		blame(n, "neither all nor nothing", rows);
	if (WEXITSTATUS(status) != 1 && rows != 2 * MESSAGES)
		blame(n, "said to be stored, and is not", rows);
	bench_finish(s, 0, 0, &err);
	verify(n, rows, 0);
	return WEXITSTATUS(status) != 0;
}

static void each_call(const char *what, bool (*round)(enum shim_kind kind, unsigned n))
{
	for (int kind = 0; kind < SHIM_KINDS; kind++) {
		unsigned n = 1;

		wrong[0] = '\0';
		while (round((enum shim_kind)kind, n) && n < 5000 && !wrong[0])
			n++;
		ok(!wrong[0], "%s: each of %u calls %s: %s", what, n - 1, kinds[kind], wrong[0] ? wrong : "all well");
		ok(n > 5, "%s: there were calls to fail", what);
	}
}

int main(void)
{
	struct err err = {0};
	struct store *s;

	log_set(LOG_LV_ERROR, LOG_TO_STDERR);
	bench_init(&b);
	shim_install();
	each_call("a new store", open_with_fault);
	bench_clear(&b);
	s = bench_open(&b, &err);
	ok(s, "a store to begin with");
	is_int(bench_finish(s, 0, 0, &err), 0, "finished");
	seed = bench_read(b.path, &seed_len);
	each_call("an old store", open_with_fault);
	each_call("storing", run_with_fault);
	each_call("dying", die_with_fault);
	bulky = true;
	each_call("storing a lot", run_with_fault);
	each_call("dying amid a lot", die_with_fault);
	mem_free(seed);
	bench_done(&b);
	return done_testing();
}
