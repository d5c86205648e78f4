/* Reads messages page by page, and finds where to begin. */
#include "store/reader_rows.h"

#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "store/reader_impl.h"
#include "store/sql.h"

#define LOOK_EVERY 64 /* rows between two looks at the clock */

/* ---- a page ---- */

void reader_page_done(struct reader_page *page)
{
	mem_free(page->message);
	mem_free(page->bytes);
	*page = (struct reader_page){0};
}

/* Room for so many bytes more. */
static bool grow(struct reader_page *p, size_t more)
{
	size_t want = p->used + more, size = p->size ? p->size : 64 * 1024;
	char *bytes;

	if (want <= p->size)
		return true;
	while (size < want)
		size *= 2;
	bytes = mem_resize(p->bytes, size);
	if (!bytes)
		return false;
	p->bytes = bytes;
	p->size = size;
	return true;
}

/* Copies bytes and a NUL; gives where they lie, as an offset that looks like a pointer until the page is whole. */
static const char *put(struct reader_page *p, const char *bytes, size_t len)
{
	size_t at = p->used;

	if (len > 0)
		memcpy(p->bytes + at, bytes, len);
	p->bytes[at + len] = '\0';
	p->used += len + 1;
	return (const char *)(uintptr_t)at;
}

static bool add(struct reader_page *p, const struct reader_message *m)
{
	size_t listener = strlen(m->listener), peer = strlen(m->peer);
	struct reader_message copy = *m;

	if (p->count == p->room) {
		unsigned room = p->room ? p->room * 2 : 64;
		struct reader_message *more = mem_resize(p->message, room * sizeof(*more));

		if (!more)
			return false;
		p->message = more;
		p->room = room;
	}
	if (!grow(p, listener + peer + m->len + 3))
		return false;
	copy.listener = put(p, m->listener, listener);
	copy.peer = put(p, m->peer, peer);
	copy.body = put(p, m->body, m->len);
	p->message[p->count++] = copy;
	return true;
}

/* From offsets to pointers: the bytes have stopped moving. */
static void settle(struct reader_page *p)
{
	for (unsigned i = 0; i < p->count; i++) {
		struct reader_message *m = &p->message[i];

		m->listener = p->bytes + (uintptr_t)m->listener;
		m->peer = p->bytes + (uintptr_t)m->peer;
		m->body = p->bytes + (uintptr_t)m->body;
	}
}

/* ---- reading ---- */

static const char *column_text(sqlite3_stmt *st, int i)
{
	const char *text = (const char *)sqlite3_column_text(st, i);

	return text ? text : "";
}

static struct reader_message message_of(sqlite3_stmt *st)
{
	struct reader_message m = {
		.id = sqlite3_column_int64(st, 0),
		.received_at = sqlite3_column_int64(st, 1),
		.listener = column_text(st, 2),
		.peer = column_text(st, 3),
		.size = sqlite3_column_int64(st, 4),
		.text = sqlite3_column_type(st, 5) == SQLITE_TEXT,
	};

	m.body = sqlite3_column_blob(st, 5);
	m.len = (size_t)sqlite3_column_bytes(st, 5);
	return m;
}

struct reading {
	struct reader_range *range;
	struct reader_page *page;
	unsigned most, seen;
	int64_t until_ns;
};

static bool enough(const struct reading *g)
{
	return g->page->count >= g->most || g->page->used >= ROWS_BYTES ||
	       (g->seen % LOOK_EVERY == 0 && sync_now_ns() > g->until_ns);
}

/* SQLITE_DONE: to the end of the range; SQLITE_ROW: as much as is enough. */
static int read_some(struct reading *g, sqlite3_stmt *st, bool down)
{
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct reader_message m = message_of(st);

		if ((!g->range->keep || g->range->keep(g->range->arg, &m)) && !add(g->page, &m))
			return SQLITE_NOMEM;
		g->range->from = down ? m.id - 1 : m.id + 1;
		g->seen++;
		if (enough(g))
			return SQLITE_ROW;
	}
	return rc;
}

int reader_page_read(struct reader *r, struct reader_range *range, struct reader_page *page, struct err *reterr)
{
	static const char *const up = "SELECT id, received_at, listener, peer, size, body FROM messages"
				      " WHERE id >= ?1 AND id <= ?2 ORDER BY id";
	static const char *const downwards = "SELECT id, received_at, listener, peer, size, body FROM messages"
					     " WHERE id <= ?1 AND id >= ?2 ORDER BY id DESC";
	bool down = range->from > range->to;
	struct reading g = {.range = range, .page = page, .most = range->most ? range->most : ROWS_MOST};
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(r->sql, down ? downwards : up, -1, &st, NULL);

	page->count = 0;
	page->used = 0;
	g.until_ns = sync_now_ns() + ROWS_MS * NS_PER_MS;
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, 1, range->from);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, 2, range->to);
	if (rc == SQLITE_OK)
		rc = read_some(&g, st, down);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		reader_failed(r, rc, reterr);
	sqlite3_finalize(st);
	settle(page);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		return -1;
	/* Past its end a range must not turn round. */
	return rc == SQLITE_DONE || (down ? range->from < range->to : range->from > range->to);
}

/* ---- where to begin ---- */

static int two_numbers(struct reader *r, const char *text, int64_t bound, int64_t *ret_a, int64_t *ret_b, struct err *reterr)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(r->sql, text, -1, &st, NULL);

	*ret_a = *ret_b = 0;
	if (rc == SQLITE_OK && sqlite3_bind_parameter_count(st) > 0)
		rc = sqlite3_bind_int64(st, 1, bound);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*ret_a = sqlite3_column_int64(st, 0);
		*ret_b = sqlite3_column_int64(st, 1);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		reader_failed(r, rc, reterr);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

int reader_ids(struct reader *r, int64_t *ret_first, int64_t *ret_last, struct err *reterr)
{
	return two_numbers(r, "SELECT (SELECT min(id) FROM messages), (SELECT max(id) FROM messages)", 0, ret_first, ret_last,
			   reterr);
}

int reader_given(struct reader *r, int64_t *ret_first, int64_t *ret_last, struct err *reterr)
{
	return two_numbers(r,
			   "WITH given(id) AS (SELECT max(coalesce((SELECT max(id) FROM messages), 0),"
			   " coalesce((SELECT value FROM meta WHERE key = 'last_id'), 0)))"
			   " SELECT coalesce((SELECT min(id) FROM messages), id + 1), id FROM given", 0, ret_first, ret_last, reterr);
}

int reader_id_at(struct reader *r, int64_t at_ns, int64_t *ret_id, struct err *reterr)
{
	int64_t low, high;

	if (reader_ids(r, &low, &high, reterr) < 0)
		return -1;
	high++;
	while (low < high) {
		int64_t middle = low + (high - low) / 2, id, at;

		if (two_numbers(r, "SELECT id, received_at FROM messages WHERE id >= ?1 ORDER BY id LIMIT 1", middle, &id, &at,
				reterr) < 0)
			return -1;
		if (id > 0 && id < high && at < at_ns)
			low = id + 1;
		else
			high = middle;
	}
	*ret_id = low;
	return 0;
}

int reader_version(struct reader *r, int64_t *ret, struct err *reterr)
{
	int rc = sql_number(r->sql, "PRAGMA data_version", ret);

	return rc == SQLITE_OK ? 0 : reader_failed(r, rc, reterr);
}

bool reader_stale(const struct reader *r)
{
	struct stat st;

	if (stat(r->path, &st) < 0 || st.st_ino != r->ino || st.st_dev != r->dev)
		return true;
	return r->alone && (reader_beside(r, "-wal") > 0 || reader_beside(r, "-shm") >= 0);
}
