/* A take as a table: spans of messages that are alike, and every row as it came whichever way it goes in. */
#include "store/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench.h"
#include "core/ledger.h"
#include "../support/tap.h"

#define MOST 5000

static struct bench b;

/* `count` messages of one listener, peer and time. */
struct group {
	const char *listener, *peer;
	int64_t at;
	unsigned count;
};

static struct account *account_of(const char *listener)
{
	static struct account accounts[2];
	static char names[2][4] = {"in", "of"};

	for (unsigned i = 0; i < ARRAY_LEN(accounts); i++) {
		accounts[i].listener = names[i];
		if (!strcmp(names[i], listener))
			return &accounts[i];
	}
	return NULL;
}

static void add_batch(struct take *t, struct batch_draft *d, const char *listener)
{
	struct batch *batch = batch_draft_seal(d);

	if (!batch)
		return;
	batch->account = account_of(listener);
	t->slices = mem_resize(t->slices, (t->slice_count + 1) * sizeof(*t->slices));
	t->slices[t->slice_count++] = (struct slice){.batch = batch, .count = batch->count};
	t->messages += batch->count;
}

/* Batches end where the listener changes, and after per_batch messages. Bodies are "m N", N from 0. */
static void fill(struct take *t, const struct group *groups, unsigned group_count, unsigned per_batch)
{
	static char text[MOST][16];
	struct batch_draft *d = batch_draft_new(BATCH_MESSAGES, 1 << 20);
	unsigned n = 0;

	take_init(t);
	for (const struct group *g = groups; g < groups + group_count; g++) {
		for (unsigned i = 0; i < g->count; i++, n++) {
			int len = snprintf(text[n], sizeof(text[n]), "m %u", n);

			if (batch_draft_count(d) == per_batch || (i == 0 && g > groups && strcmp(g[-1].listener, g->listener)))
				add_batch(t, d, i == 0 ? g[-1].listener : g->listener);
			if (!batch_draft_add(d, text[n], (uint32_t)len, (uint32_t)len + 1, g->at, g->peer))
				exit(1);
		}
	}
	add_batch(t, d, groups[group_count - 1].listener);
	batch_draft_free(d);
}

/* "A40 M3" for 40 alike and 3 mixed ones. */
static const char *spans_of(const struct take *t)
{
	static char words[400];
	struct walk at = walk_start(t);
	struct span span;
	size_t used = 0;

	words[0] = '\0';
	while ((span = span_next(&at)).count > 0 && used < sizeof(words) - 20)
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%c%u", used ? " " : "",
					 span.alike ? 'A' : 'M', (unsigned)span.count);
	return words;
}

/* Stores the groups, looks at the spans, and at each row; over what SQL has done to the store before. */
static void check(const char *what, const struct group *groups, unsigned group_count, const char *spans, const char *sql)
{
	static const unsigned per_batch[] = {1, 7, 31, 33, 1024};

	for (unsigned p = 0; p < ARRAY_LEN(per_batch); p++) {
		struct err err = {0};
		struct store *s = bench_open(&b, &err);
		struct take t;
		unsigned n = 0;

		if (!s)
			exit(1);
		bench_sql(&b, sql);
		fill(&t, groups, group_count, per_batch[p]);
		is_str(spans_of(&t), spans, "%s: spans, %u a batch", what, per_batch[p]);
		t.ticket = 1;
		if (!ok(bench_store(s, &t, &err) == SINK_OK, "%s: stored", what))
			printf("# %s\n", err.text);
		for (const struct group *g = groups; g < groups + group_count; n += g++->count) {
			char rows[400];

			snprintf(rows, sizeof(rows), "SELECT count(*) FROM messages WHERE id BETWEEN %u + 1 + (SELECT"
				 " coalesce(max(value), 0) FROM start) AND %u + (SELECT coalesce(max(value), 0) FROM start)"
				 " AND listener = '%s' AND peer = '%s' AND received_at = %lld AND size = length(body) + 1"
				 " AND body = 'm ' || (id - 1 - (SELECT coalesce(max(value), 0) FROM start))", n,
				 n + g->count, g->listener, g->peer, (long long)g->at);
			is_int(bench_number(&b, rows), g->count, "%s: the rows of %u from %u on", what, g->count, n);
		}
		is_int(bench_number(&b, "SELECT count(*) FROM messages"), n, "%s: no others", what);
		bench_take_free(&t);
		is_int(bench_finish(s, n, 0, &err), 0, "finish");
		is_str(bench_sql(&b, "PRAGMA integrity_check"), "ok", "integrity");
		bench_clear(&b);
	}
}

#define A "192.0.2.7:1"
#define B "192.0.2.7:12"
#define PLAIN "CREATE TABLE start(value)"

static void test_spans(void)
{
	static const struct group one[] = {{"in", A, 5, 1}};
	static const struct group short_one[] = {{"in", A, 5, 31}};
	static const struct group long_one[] = {{"in", A, 5, 32}};
	static const struct group very_long[] = {{"in", A, 5, 4096}};
	static const struct group times[] = {{"in", A, 5, 40}, {"in", A, 6, 40}, {"in", A, 5, 1}};
	static const struct group peers[] = {{"in", A, 5, 100}, {"in", B, 5, 50}, {"in", A, 5, 32}};
	static const struct group listeners[] = {{"in", A, 5, 50}, {"of", A, 5, 31}, {"in", A, 5, 50}};
	static const struct group mixed[] = {{"in", A, 5, 1}, {"in", B, 5, 31}, {"in", A, 7, 2}, {"of", A, 7, 33},
					     {"of", B, 7, 5}, {"in", A, 8, 5}, {"in", B, 8, 500}, {"in", A, 8, 1}};

	check("one", one, ARRAY_LEN(one), "M1", PLAIN);
	check("31", short_one, ARRAY_LEN(short_one), "M31", PLAIN);
	check("32", long_one, ARRAY_LEN(long_one), "A32", PLAIN);
	check("4096", very_long, ARRAY_LEN(very_long), "A4096", PLAIN);
	check("times", times, ARRAY_LEN(times), "A40 A40 M1", PLAIN);
	check("peers", peers, ARRAY_LEN(peers), "A100 A50 A32", PLAIN);
	check("listeners", listeners, ARRAY_LEN(listeners), "A50 M31 A50", PLAIN);
	check("mixed", mixed, ARRAY_LEN(mixed), "M34 A33 M10 A500 M1", PLAIN);
	/* Ids given before must not come again; a trigger sees the id before the row goes in. */
	check("after a deletion", mixed, ARRAY_LEN(mixed), "M34 A33 M10 A500 M1",
	      "CREATE TABLE start(value); INSERT INTO start VALUES (1000);"
	      "UPDATE meta SET value = 1000 WHERE key = 'last_id'");
	check("with a trigger", mixed, ARRAY_LEN(mixed), "M34 A33 M10 A500 M1",
	      "CREATE TABLE start(value); CREATE TABLE seen(id UNIQUE); CREATE TRIGGER x BEFORE INSERT ON messages BEGIN"
	      " INSERT INTO seen VALUES (new.id); SELECT RAISE(ABORT, 'no id') WHERE new.id < 1; END");
}

/* Triggers come and go while the store is open. */
static void test_triggers(void)
{
	static const struct group group[] = {{"in", A, 5, 40}, {"of", A, 5, 3}};
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct take t;

	bench_sql(&b, "CREATE TABLE seen(id)");
	for (unsigned round = 0; round < 6; round++) {
		if (round % 2)
			bench_sql(&b, "CREATE TRIGGER x BEFORE INSERT ON Messages BEGIN INSERT INTO seen VALUES (new.id); END");
		fill(&t, group, ARRAY_LEN(group), 1024);
		t.ticket = round;
		is_int(bench_store(s, &t, &err), SINK_OK, "stored, %s a trigger", round % 2 ? "with" : "without");
		is_int(bench_refused(&t), 0, "none refused");
		bench_take_free(&t);
		bench_sql(&b, "DROP TRIGGER IF EXISTS x");
		is_int(bench_number(&b, "SELECT count(*) FROM seen JOIN messages USING (id)"), 43 * ((round + 1) / 2),
		       "the trigger saw each id");
		is_int(bench_number(&b, "SELECT count(*) FROM seen"), 43 * ((round + 1) / 2), "and no other");
	}
	is_int(bench_number(&b, "SELECT max(id) - min(id) + 1 FROM messages"), 6 * 43, "dense");
	is_int(bench_finish(s, 6 * 43, 0, &err), 0, "finish");
	bench_clear(&b);
}

int main(void)
{
	bench_init(&b);
	test_spans();
	test_triggers();
	bench_done(&b);
	return done_testing();
}
