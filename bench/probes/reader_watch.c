/* Watches the highest id of a store grow, and says afterwards how long each stamped row took to be visible. */
#include "config.h"

#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAMP_FROM_END 34 /* of a message of bench/load -T: 19 digits, a space, 14 bytes */
#define STAMP_DIGITS 19

void sample_add(struct sample *s, int64_t ns)
{
	if (s->count == s->cap) {
		uint32_t *more = realloc(s->us, (s->cap ? 2 * s->cap : 65536) * sizeof(*more));

		if (!more)
			return;
		s->us = more;
		s->cap = s->cap ? 2 * s->cap : 65536;
	}
	s->us[s->count++] = ns < 0 ? 0 : (uint32_t)(ns / 1000 > UINT32_MAX ? UINT32_MAX : ns / 1000);
}

static int smaller(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double share(const struct sample *s, double of)
{
	size_t at = (size_t)(of * (double)s->count);

	if (s->count == 0)
		return 0;
	return (double)s->us[at < s->count ? at : s->count - 1] / 1000;
}

void sample_tell(struct sample *s, const char *name)
{
	qsort(s->us, s->count, sizeof(*s->us), smaller);
	printf(",\"%s_p50\":%.3f,\"%s_p99\":%.3f,\"%s_p999\":%.3f,\"%s_max\":%.3f", name, share(s, 0.5), name,
	       share(s, 0.99), name, share(s, 0.999), name, share(s, 1));
}

static int64_t highest(struct reader *r, sqlite3_stmt *st)
{
	int64_t id = r->base;

	if (sqlite3_step(st) == SQLITE_ROW)
		id = sqlite3_column_int64(st, 0);
	else
		r->failed++;
	sqlite3_reset(st);
	return id;
}

static void note(struct reader *r, int64_t at, int64_t id)
{
	if (r->mark_count == READER_MARKS)
		return;
	if (r->mark_count > 0)
		sample_add(&r->gaps, at - r->marks[r->mark_count - 1].at);
	r->marks[r->mark_count++] = (struct mark){.at = at, .id = id};
}

void reader_watch(struct reader *r)
{
	sqlite3_stmt *st = reader_prepare(r, "SELECT max(id) FROM messages");
	int64_t seen = r->base = highest(r, st), before = reader_at();

	r->marks = calloc(READER_MARKS, sizeof(*r->marks));
	if (!r->marks)
		abort();
	fprintf(stderr, "watching\n");
	while (!reader_over(r) && (!r->count || seen - r->base < r->count)) {
		int64_t id, now;

		reader_wait(r);
		id = highest(r, st);
		now = reader_at();
		sample_add(&r->looks, now - before);
		before = now;
		if (id > seen)
			note(r, now, id);
		seen = id > seen ? id : seen;
	}
	r->rows = (long)(seen - r->base);
	sqlite3_finalize(st);
}

/* Nanoseconds since 1970; 0: this row has no stamp. */
static int64_t stamp_of(const char *text, int len)
{
	int64_t at = 0;

	if (len < STAMP_FROM_END)
		return 0;
	for (const char *p = text + len - STAMP_FROM_END, *end = p + STAMP_DIGITS; p < end; p++) {
		if (*p < '0' || *p > '9')
			return 0;
		at = at * 10 + (*p - '0');
	}
	return at;
}

void reader_latency(struct reader *r)
{
	sqlite3_stmt *st = reader_prepare(r, "SELECT id, received_at, body FROM messages WHERE id > ? ORDER BY id");
	struct sample visible = {0}, read = {0};
	size_t mark = 0;

	sqlite3_bind_int64(st, 1, r->base);
	while (sqlite3_step(st) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(st, 0);
		int64_t at = stamp_of(sqlite3_column_blob(st, 2), sqlite3_column_bytes(st, 2));

		while (mark < r->mark_count && r->marks[mark].id < id)
			mark++;
		if (!at || mark == r->mark_count)
			continue;
		sample_add(&visible, r->marks[mark].at - at);
		sample_add(&read, sqlite3_column_int64(st, 1) - at);
	}
	sqlite3_finalize(st);
	printf(",\"stamped\":%zu", visible.count);
	sample_tell(&visible, "visible_ms");
	sample_tell(&read, "read_ms");
	free(visible.us);
	free(read.us);
}
