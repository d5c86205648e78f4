/* Pages of messages: up, down, filtered, beside a writer, and without ever holding the log back. */
#include "store/reader_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "bench.h"

static struct bench b;

static struct reader *opened(void)
{
	struct err err = {0};
	struct reader *r = reader_open(b.path, &err);

	if (r)
		return r;
	printf("Bail out! %s\n", err.text);
	exit(99);
}

static void put(struct store *s, uint64_t ticket, unsigned from, unsigned count)
{
	struct err err = {0};
	struct take t;

	bench_take(&t, ticket, "m", from, count, 100);
	is_int(bench_store(s, &t, &err), SINK_OK, "%u stored %s", count, err.text);
	bench_take_free(&t);
}

/* Reads the whole range; how many pages it took, -1 for an error or an order that is wrong. */
static int read_all(struct reader *r, struct reader_range range, unsigned *ret_count, int64_t *ret_last)
{
	struct reader_page page = {0};
	struct err err = {0};
	bool down = range.from > range.to;
	int rc, pages = 0;

	*ret_count = 0;
	*ret_last = 0;
	do {
		rc = reader_page_read(r, &range, &page, &err);
		for (unsigned i = 0; i < page.count; i++) {
			const struct reader_message *m = &page.message[i];

			if (*ret_last && (down ? m->id >= *ret_last : m->id <= *ret_last))
				rc = -1;
			*ret_last = m->id;
		}
		*ret_count += page.count;
		pages++;
	} while (rc == 0);
	reader_page_done(&page);
	if (rc < 0)
		printf("# %s\n", err.text);
	return rc < 0 ? -1 : pages;
}

static bool even(void *arg, const struct reader_message *m)
{
	++*(unsigned *)arg;
	return m->id % 2 == 0;
}

static void test_pages(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct reader_page page = {0};
	struct reader_range one = {.from = 7, .to = 7};
	unsigned count, seen = 0;
	int64_t last, first, version, other;
	struct reader *r;

	r = opened();
	is_int(reader_ids(r, &first, &last, &err), 0, "the ids of no rows");
	is_int(first + last, 0, "are 0");
	is_int(reader_given(r, &first, &last, &err), 0, "no id was given");
	ok(first == 1 && last == 0, "so the first comes next");
	is_int(read_all(r, (struct reader_range){.from = 1, .to = INT64_MAX}, &count, &last), 1, "nothing is one page");
	is_int(count, 0, "which is empty");
	is_int(reader_version(r, &version, &err), 0, "a version");
	put(s, 1, 0, 2500);
	is_int(reader_version(r, &other, &err), 0, "another one");
	ok(version != other, "which a commit changes");
	is_int(reader_version(r, &version, &err), 0, "and again");
	ok(version == other, "which nothing changes");
	is_int(reader_ids(r, &first, &last, &err), 0, "ids");
	ok(first == 1 && last == 2500, "from 1 to 2500");
	is_int(reader_given(r, &first, &last, &err), 0, "ids given");
	ok(first == 1 && last == 2500, "the same");
	ok(read_all(r, (struct reader_range){.from = 1, .to = INT64_MAX}, &count, &last) >= 3, "pages upwards");
	ok(count == 2500 && last == 2500, "hold every row");
	ok(read_all(r, (struct reader_range){.from = 2500, .to = 1}, &count, &last) >= 3, "pages downwards");
	ok(count == 2500 && last == 1, "hold them too");
	ok(read_all(r, (struct reader_range){.from = 11, .to = 20}, &count, &last) == 1, "a range");
	ok(count == 10 && last == 20, "with both its ends");
	ok(read_all(r, (struct reader_range){.from = 100, .to = 90, .most = 3}, &count, &last) == 4, "pages of three");
	ok(count == 11 && last == 90, "lose nothing between them");
	ok(read_all(r, (struct reader_range){.from = 1, .to = 100, .keep = even, .arg = &seen}, &count, &last) == 1, "filtered");
	ok(count == 50 && seen == 100, "half of them");
	is_int(reader_page_read(r, &one, &page, &err), 1, "one message");
	is_int(page.count, 1, "it is there");
	is_str(page.message[0].listener, "udp", "its listener");
	is_str(page.message[0].body, "m 6", "its body");
	ok(page.message[0].text && page.message[0].len == 3 && page.message[0].size == 3, "text of three bytes");
	reader_page_done(&page);
	reader_close(r);
	is_int(bench_finish(s, 2500, 0, &err), 0, "a clean stop");
}

/* The log can start over while a page is held: no transaction is open. */
static void test_log(void)
{
	struct err err = {0};
	struct store *s = bench_open(&b, &err);
	struct reader *r = opened();
	struct reader_range range = {.from = 1, .to = INT64_MAX, .most = 10};
	struct reader_page page = {0};
	sqlite3 *other = bench_connect(&b);
	int rc = -1, frames = -1, done = -1;

	put(s, 1, 0, 100);
	is_int(reader_page_read(r, &range, &page, &err), 0, "a page is read");
	rc = sqlite3_wal_checkpoint_v2(other, NULL, SQLITE_CHECKPOINT_RESTART, &frames, &done);
	is_int(rc, SQLITE_OK, "and the log starts over all the same");
	is_str(page.message[0].body, "m 0", "what was read stays");
	reader_page_done(&page);
	sqlite3_close(other);
	ok(!reader_stale(r), "it is still the same file");
	reader_close(r);
	is_int(bench_finish(s, 100, 0, &err), 0, "a clean stop");
}

static void test_bodies(void)
{
	static const char bytes[] = "a\0b\377c";
	struct err err = {0};
	struct store *s;
	struct reader *r;
	struct reader_range range = {.from = 1, .to = INT64_MAX};
	struct reader_page page = {0};
	struct take t;

	bench_clear(&b);
	s = bench_open(&b, &err);
	bench_take_one(&t, 1, bytes, 5, 5);
	is_int(bench_store(s, &t, &err), SINK_OK, "bytes are stored");
	bench_take_free(&t);
	bench_take_one(&t, 2, "", 0, 0);
	is_int(bench_store(s, &t, &err), SINK_OK, "an empty message, too");
	bench_take_free(&t);
	r = opened();
	is_int(reader_page_read(r, &range, &page, &err), 1, "they are read");
	ok(page.count == 2 && !page.message[0].text && page.message[0].len == 5, "as a BLOB");
	ok(!memcmp(page.message[0].body, bytes, 5), "as they were");
	is_int(page.message[1].len, 0, "the empty one is empty");
	reader_page_done(&page);
	reader_close(r);
	is_int(bench_finish(s, 2, 0, &err), 0, "a clean stop");
}

static void at(const char *sql)
{
	sqlite3 *db = bench_connect(&b);

	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		printf("# %s: %s\n", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void test_times(void)
{
	struct err err = {0};
	struct store *s;
	struct reader *r;
	int64_t id;

	bench_clear(&b);
	s = bench_open(&b, &err);
	put(s, 1, 0, 1000);
	is_int(bench_finish(s, 1000, 0, &err), 0, "a clean stop");
	at("UPDATE messages SET received_at = id * 1000");
	at("DELETE FROM messages WHERE id < 100 OR id BETWEEN 400 AND 600");
	r = opened();
	ok(reader_id_at(r, 300000, &id, &err) == 0 && id == 300, "an exact time");
	ok(reader_id_at(r, 300001, &id, &err) == 0 && id == 301, "one between two");
	ok(reader_id_at(r, 500000, &id, &err) == 0 && id > 399 && id <= 601, "one in a gap");
	ok(reader_id_at(r, 0, &id, &err) == 0 && id == 100, "one before all");
	ok(reader_id_at(r, INT64_MAX, &id, &err) == 0 && id == 1001, "one after all");
	reader_close(r);
}

static void test_stale(void)
{
	struct err err = {0};
	struct reader *r;
	struct store *s;

	at("PRAGMA journal_mode = DELETE");
	r = opened();
	ok(!reader_stale(r), "a reader alone");
	s = bench_open(&b, &err);
	put(s, 1, 0, 1);
	ok(reader_stale(r), "is stale when somebody writes");
	reader_close(r);
	r = opened();
	ok(!reader_stale(r), "one opened then is not");
	is_int(bench_finish(s, 1, 0, &err), 0, "a clean stop");
	bench_clear(&b);
	ok(reader_stale(r), "it is when the file goes");
	reader_close(r);
}

int main(void)
{
	bench_init(&b);
	test_pages();
	test_log();
	test_bodies();
	test_times();
	test_stale();
	bench_done(&b);
	return done_testing();
}
