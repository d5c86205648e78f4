/* Reads the newest messages out of the stores now and then, on a thread that may wait for the disk. */
#include "daemon/page_newest.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/sync.h"
#include "daemon/control.h"
#include "store/reader.h"
#include "store/reader_query.h"
#include "store/reader_rows.h"

#define WORD 256 /* of a listener or a peer */

struct shelf {
	struct shelf *next;
	char *name, *path;
	struct reader *reader; /* while somebody looks */
};

/* What was read. */
struct sight {
	json_t *rows;     /* NULL: no memory */
	int64_t at;       /* 0: not looked yet */
	char error[ERR_TEXT];
};

struct newest {
	struct shelf *shelves; /* the thread's */
	unsigned most;
	struct sync_thread thread;

	struct sync_mutex lock; /* guards the rest */
	struct sync_cond changed;
	bool wanted, quit;
	struct sight sight;
};

/* ---- one look ---- */

/* Text for people: what is no UTF-8, and NUL, as \xNN. */
static json_t *word_body(const char *bytes, size_t len, bool text)
{
	char plain[NEWEST_BODY * 4 + 1], *out = plain;

	/* A character that was cut at the end is left out. */
	len = len > NEWEST_BODY ? text ? utf8_cut(bytes, NEWEST_BODY) : NEWEST_BODY : len;
	while (len > 0) {
		size_t step = utf8_char(bytes, len);

		if (step > 0)
			memcpy(out, bytes, step);
		out += step > 0 ? (int)step : sprintf(out, "\\x%02x", (unsigned char)*bytes);
		step += step == 0;
		bytes += step;
		len -= step;
	}
	return json_stringn(plain, (size_t)(out - plain));
}

struct look {
	json_t *rows; /* borrowed */
	const char *store;
	bool no_memory;
};

static json_t *word_text(const struct reader_value *v)
{
	char text[WORD];

	snprintf(text, sizeof(text), "%.*s", (int)v->len, v->bytes ? v->bytes : "");
	return control_text(text);
}

static bool take_row(void *arg, unsigned count, const struct reader_value *v)
{
	struct look *l = arg;
	json_t *row;

	assert(count == 8);
	row = json_pack("{s:o, s:I, s:I, s:o, s:o, s:I, s:o, s:I, s:b}", "store", control_text(l->store), "id",
			(json_int_t)v[0].integer, "received_at", (json_int_t)v[1].integer, "listener", word_text(&v[2]), "peer",
			word_text(&v[3]), "size", (json_int_t)v[4].integer, "body",
			word_body(v[5].bytes ? v[5].bytes : "", v[5].bytes ? v[5].len : 0, v[6].integer), "bytes",
			(json_int_t)v[7].integer, "binary", !v[6].integer);
	l->no_memory |= !row || json_array_append_new(l->rows, row) < 0;
	return !l->no_memory;
}

/* The body is cut by SQLite, one byte beyond what is told, so that word_body sees that there is more. */
static int look_into(struct newest *n, struct shelf *shelf, json_t *rows, struct err *reterr)
{
	struct look l = {.rows = rows, .store = shelf->name};
	struct reader_query q = {.timeout_ns = NEWEST_LOOK_MS * NS_PER_MS, .row = take_row, .arg = &l};
	char sql[320];
	uint64_t count;

	if (shelf->reader && reader_stale(shelf->reader)) {
		reader_close(shelf->reader);
		shelf->reader = NULL;
	}
	if (!shelf->reader)
		shelf->reader = reader_open(shelf->path, reterr);
	if (!shelf->reader)
		return -1;
	snprintf(sql, sizeof(sql),
		 "SELECT id, received_at, listener, peer, size, substr(CAST(body AS BLOB), 1, %d), typeof(body) = 'text',"
		 " length(CAST(body AS BLOB)) FROM messages ORDER BY id DESC LIMIT %u", NEWEST_BODY + 1, n->most);
	q.sql = sql;
	if (reader_ask(shelf->reader, &q, &count, reterr) < 0)
		return -1;
	if (!l.no_memory)
		return 0;
	err_set(reterr, EXIT_INTERNAL, "store %s: out of memory", shelf->path);
	return -1;
}

static json_int_t received_at(const json_t *row)
{
	return json_integer_value(json_object_get(row, "received_at"));
}

/* Moves the newest of `from`, which is in order as `into` is, to where they belong, and keeps the newest of all. */
static bool merge(json_t *into, const json_t *from, unsigned most)
{
	const json_t *row;
	size_t i, at = 0;
	bool good = true;

	json_array_foreach(from, i, row) {
		while (at < json_array_size(into) && received_at(json_array_get(into, at)) >= received_at(row))
			at++;
		good = good && json_array_insert(into, at, (json_t *)(uintptr_t)row) == 0;
	}
	while (json_array_size(into) > most)
		(void)json_array_remove(into, json_array_size(into) - 1);
	return good;
}

static struct sight look(struct newest *n)
{
	struct sight s = {.rows = json_array()};

	for (struct shelf *shelf = n->shelves; shelf; shelf = shelf->next) {
		json_t *rows = json_array();
		struct err err;

		if (!rows || look_into(n, shelf, rows, &err) < 0)
			snprintf(s.error, sizeof(s.error), "%s", rows ? err.text : "out of memory");
		else if (!merge(s.rows, rows, n->most))
			snprintf(s.error, sizeof(s.error), "out of memory");
		json_decref(rows);
	}
	s.at = clock_wall_ns();
	return s;
}

/* ---- the thread ---- */

static void close_all(struct newest *n)
{
	for (struct shelf *shelf = n->shelves; shelf; shelf = shelf->next) {
		reader_close(shelf->reader);
		shelf->reader = NULL;
	}
}

static void show(struct newest *n, struct sight s)
{
	json_t *old;

	sync_lock(&n->lock);
	old = n->sight.rows;
	n->sight = s;
	sync_unlock(&n->lock);
	json_decref(old);
}

/* Waits until somebody wants to see something, no sooner than next_ns. False: the end. Nobody for a while: closes. */
static bool await_want(struct newest *n, int64_t next_ns)
{
	bool in_time = true, quit;

	sync_lock(&n->lock);
	while (!n->quit && sync_now_ns() < next_ns)
		(void)sync_wait_until(&n->changed, &n->lock, next_ns);
	while (!n->quit && !n->wanted) {
		if (in_time) {
			in_time = sync_wait_until(&n->changed, &n->lock, next_ns + NEWEST_IDLE_MS * NS_PER_MS);
			continue;
		}
		sync_unlock(&n->lock);
		close_all(n);
		sync_lock(&n->lock);
		if (!n->quit && !n->wanted)
			sync_wait(&n->changed, &n->lock);
	}
	quit = n->quit;
	n->wanted = false;
	sync_unlock(&n->lock);
	return !quit;
}

static void run(void *arg)
{
	struct newest *n = arg;
	int64_t next_ns = sync_now_ns();

	while (await_want(n, next_ns)) {
		show(n, look(n));
		next_ns = sync_now_ns() + NEWEST_EVERY_MS * NS_PER_MS;
	}
	close_all(n);
}

/* ---- life ---- */

static void free_newest(struct newest *n)
{
	while (n->shelves) {
		struct shelf *shelf = n->shelves;

		n->shelves = shelf->next;
		mem_free(shelf->name);
		mem_free(shelf->path);
		mem_free(shelf);
	}
	json_decref(n->sight.rows);
	sync_cond_done(&n->changed);
	sync_mutex_done(&n->lock);
	mem_free(n);
}

static bool add_shelf(struct newest *n, const struct conf_store *s)
{
	struct shelf *shelf = mem_zalloc(1, sizeof(*shelf));

	if (!shelf)
		return false;
	shelf->next = n->shelves;
	n->shelves = shelf;
	shelf->name = mem_strdup(s->name);
	shelf->path = mem_strdup(s->path);
	return shelf->name && shelf->path;
}

struct newest *newest_start(const struct conf_store *stores, unsigned most, struct err *reterr)
{
	struct newest *n = mem_zalloc(1, sizeof(*n));
	bool good = n != NULL;

	if (!n) {
		err_set(reterr, EXIT_INTERNAL, "out of memory");
		return NULL;
	}
	n->most = most;
	sync_mutex_init(&n->lock, "newest");
	sync_cond_init(&n->changed, "newest");
	for (const struct conf_store *s = stores; s && good; s = s->next)
		good = add_shelf(n, s);
	if (!good)
		err_set(reterr, EXIT_INTERNAL, "out of memory");
	else if (sync_thread_start(&n->thread, "newest", run, n, reterr) == 0)
		return n;
	free_newest(n);
	return NULL;
}

void newest_want(struct newest *n)
{
	if (!n)
		return;
	sync_lock(&n->lock);
	n->wanted = true;
	sync_signal(&n->changed);
	sync_unlock(&n->lock);
}

unsigned newest_most(const struct newest *n)
{
	return n ? n->most : 0;
}

json_t *newest_tell(struct newest *n)
{
	json_t *rows;
	struct sight s;

	if (!n)
		return json_pack("{s:i, s:n, s:[], s:n}", "most", 0, "at", "rows", "error");
	sync_lock(&n->lock);
	s = n->sight;
	rows = s.at ? json_deep_copy(s.rows) : json_array();
	sync_unlock(&n->lock);
	return json_pack("{s:i, s:o, s:o, s:o}", "most", (int)n->most, "at", s.at ? json_integer(s.at) : json_null(), "rows",
			 rows, "error", *s.error ? control_text(s.error) : json_null());
}

void newest_stop(struct newest *n)
{
	if (!n)
		return;
	sync_lock(&n->lock);
	n->quit = true;
	sync_signal(&n->changed);
	sync_unlock(&n->lock);
	sync_thread_join(&n->thread);
	free_newest(n);
}
