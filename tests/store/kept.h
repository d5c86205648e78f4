/*
 * kept - a store with limits, for the tests of retention: filled, tended, and its books looked at.
 *
 * Owns     what bench.h owns
 * Threads  one
 * Blocks   as long as the disk takes
 * Units    messages, bytes
 * Errors   whatever goes wrong here fails a test
 * Limits   none
 * Upholds  none
 */
#ifndef TESTS_STORE_KEPT_H
#define TESTS_STORE_KEPT_H

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
#include "store/writer.h"
#include "../support/tap.h"

#define ROWS 200000
#define TAKE 4096
#define MIB (INT64_C(1) << 20)
#define BODY "some sixty bytes of a message as they come from a program"

static struct bench b;
static struct histogram steps[HISTOGRAM_COUNT];

UNUSED static struct store *opened(int64_t age_ns, int64_t bytes, int64_t messages)
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

UNUSED static int64_t tend(struct store *s)
{
	struct sink sink = store_sink(s);

	return sink.ops->tend(sink.self);
}

/* It wants nothing but to give memory back, which it does then. */
UNUSED static bool rests(struct store *s)
{
	int64_t due_ns = tend(s);

	if (due_ns != SYNC_FOREVER && due_ns > sync_now_ns() + WRITER_COOL_NS / 2) {
		sync_sleep_until(due_ns);
		due_ns = tend(s);
	}
	return due_ns == SYNC_FOREVER;
}

/* Stores so many, without a tend. */
UNUSED static void store_rows(struct store *s, unsigned count)
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
UNUSED static unsigned tend_all(struct store *s)
{
	unsigned turns = 0;

	do
		turns++;
	while (turns < 100000 && tend(s) <= sync_now_ns());
	return turns;
}

UNUSED static struct store_status status(struct store *s)
{
	struct store_status st;

	store_status(s, &st);
	return st;
}

/* Whatever happened: each id ever given is a row, or counted as pruned by some run. */
UNUSED static void books(const char *when)
{
	is_int(bench_number(&b, "SELECT (SELECT count(*) FROM messages) + (SELECT sum(coalesce(pruned, 0)) FROM runs)"),
	       bench_number(&b, "SELECT value FROM meta WHERE key = 'last_id'"), "%s: rows and pruned are all there ever were", when);
	is_str(bench_sql(&b, "SELECT count(*) = max(id) - min(id) + 1 OR count(*) = 0 FROM messages"), "1",
	       "%s: the oldest went, without a gap", when);
}

UNUSED static void finish(struct store *s, uint64_t stored)
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

#endif
