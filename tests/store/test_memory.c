/* Memory runs out at every allocation in turn, SQLite's and ours: words, no leak, nothing lost or doubled. */
#include "store/store.h"

#include <sqlite3.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "bench.h"
#include "store/reader.h"
#include "../support/tap.h"

#define MESSAGES 40

static struct bench b;
static sqlite3_mem_methods real;
static bool armed, ever, fired;
static unsigned left;
static char wrong[256];

static bool fails(void)
{
	if (!armed)
		return false;
	if (left > 1) {
		left--;
		return false;
	}
	fired = true;
	armed = ever;
	return true;
}

static void *sqlite_alloc(int n)
{
	return fails() ? NULL : real.xMalloc(n);
}

static void *sqlite_resize(void *p, int n)
{
	return fails() ? NULL : real.xRealloc(p, n);
}

static void *our_alloc(size_t n)
{
	return fails() ? NULL : malloc(n);
}

static void *our_resize(void *p, size_t n)
{
	return fails() ? NULL : realloc(p, n);
}

static void blame(unsigned n, const char *what)
{
	if (!wrong[0])
		snprintf(wrong, sizeof(wrong), "allocation %u: %.200s", n, what);
}

static void arm(bool for_ever, unsigned n)
{
	ever = for_ever;
	left = n;
	fired = false;
	armed = true;
}

static void disarm(void)
{
	armed = false;
}

static bool opening(bool for_ever, unsigned n)
{
	struct err err = {0};
	struct store *s;

	bench_clear(&b);
	arm(for_ever, n);
	s = bench_open(&b, &err);
	disarm();
	if (!s && err.exit_code == EXIT_DATA)
		blame(n, err.text);
	if (!s)
		s = bench_open(&b, &err);
	if (!s || bench_finish(s, 0, 0, &err) < 0)
		blame(n, err.text);
	if (strcmp(bench_sql(&b, "PRAGMA integrity_check"), "ok") != 0)
		blame(n, "integrity");
	return fired;
}

static bool storing(bool for_ever, unsigned n)
{
	struct err err = {0};
	struct store *s;
	struct take t;
	enum sink_result r = SINK_OK;
	bool met = false;

	bench_clear(&b);
	s = bench_open(&b, &err);
	if (!s) {
		blame(n, err.text);
		return false;
	}
	bench_sql(&b, "CREATE TRIGGER x BEFORE INSERT ON messages WHEN new.body = 'm 7' BEGIN SELECT RAISE(ABORT, 'no');"
		      " END");
	for (unsigned i = 0; i < 3; i++) {
		bench_take(&t, i, "m", i * MESSAGES, MESSAGES, 16);
		bench_add_loss(&t, "udp", LOSS_KERNEL, 1, 1);
		if (i == 0)
			arm(for_ever, n);
		for (int tries = 0; tries < 10 && (r = bench_store(s, &t, &err)) != SINK_OK; tries++) {
			if (r == SINK_FATAL)
				blame(n, err.text);
			if (tries == 3) {
				met = fired;
				disarm();
			}
		}
		if (r != SINK_OK || bench_refused(&t) != (i == 0))
			blame(n, "not stored, or the wrong ones refused");
		bench_tend(s);
		met = met || fired;
		disarm();
		bench_take_free(&t);
	}
	if (bench_finish(s, 3 * MESSAGES - 1, 1, &err) < 0)
		blame(n, err.text);
	if (bench_number(&b, "SELECT count(*) = 119 AND max(id) = 119 AND count(DISTINCT body) = 119 FROM messages") != 1)
		blame(n, "rows lost or doubled");
	if (bench_number(&b, "SELECT count(*) FROM loss") != 3)
		blame(n, "losses lost or doubled");
	return met;
}

static bool finishing(bool for_ever, unsigned n)
{
	struct err err = {0};
	struct store *s;
	bool met;
	int rc;

	bench_clear(&b);
	s = bench_open(&b, &err);
	if (!s) {
		blame(n, err.text);
		return false;
	}
	arm(for_ever, n);
	{
		const struct store_receipt receipt = {.clean = true};
		const struct loss_delta loss = {"udp", LOSS_KERNEL, 1, 2, 3, 4};

		rc = store_finish(s, &receipt, &loss, 1, 0, &err);
	}
	met = fired;
	disarm();
	if ((bench_number(&b, "SELECT clean FROM runs") == 1) != (rc == 0))
		blame(n, "the receipt is there, or not, against what was said");
	if (bench_number(&b, "SELECT count(*) FROM loss") != (rc == 0))
		blame(n, "the loss is there, or not, against what was said");
	return met;
}

static void nothing(void *arg, const struct reader_loss *loss)
{
	*(int64_t *)arg += loss->messages;
}

static bool reading(bool for_ever, unsigned n)
{
	struct err err = {0};
	struct reader *r;
	struct reader_run run;
	struct reader_totals totals;
	int64_t lost = 0;

	arm(for_ever, n);
	r = reader_open(b.path, &err);
	if (r) {
		int bad = reader_last_run(r, &run, &err) < 0;

		bad |= reader_totals(r, &totals, &err) < 0;
		bad |= reader_each_loss(r, 0, 0, nothing, &lost, &err) < 0;
		if (!bad && (totals.runs != 1 || lost != 3))
			blame(n, "wrong numbers");
	}
	reader_close(r);
	disarm();
	return fired;
}

static void each(const char *what, bool (*round)(bool for_ever, unsigned n))
{
	for (int for_ever = 0; for_ever < 2; for_ever++) {
		unsigned n = 1;

		wrong[0] = '\0';
		while (round(for_ever, n) && n < 20000 && !wrong[0])
			n += n < 150 ? 1 : 13;
		ok(!wrong[0] && n > 5, "%s: each of 150, then every 13th of %u allocations fails%s: %s", what, n - 1,
		   for_ever ? " from then on" : " once", wrong[0] ? wrong : "all well");
	}
}

int main(void)
{
	static const struct mem_hooks hooks = {.alloc = our_alloc, .resize = our_resize, .release = free};
	sqlite3_mem_methods methods;

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
	methods = real;
	methods.xMalloc = sqlite_alloc;
	methods.xRealloc = sqlite_resize;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
	mem_hook(&hooks);
	log_set(LOG_LV_ERROR, LOG_TO_STDERR);
	bench_init(&b);
	each("opening", opening);
	each("storing", storing);
	each("finishing", finishing);
	each("reading", reading);
	bench_done(&b);
	mem_hook(NULL);
	return done_testing();
}
