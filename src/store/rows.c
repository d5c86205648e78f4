/* Shows a take to SQLite as a table, so that one statement stores it whole. */
#include "store/rows.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "core/ledger.h"

/* So many alike messages pay for a statement of their own. */
#define ALIKE 32

struct table {
	sqlite3_vtab base;
	struct rows *rows;
};

struct cursor {
	sqlite3_vtab_cursor base;
	struct walk walk;
	const struct msg *msg;
	uint64_t left; /* behind msg */
	int64_t id;
};

enum column { COL_ID, COL_RECEIVED_AT, COL_LISTENER, COL_PEER, COL_SIZE, COL_BODY };

static int table_connect(sqlite3 *db, void *aux, int argc UNUSED, const char *const *argv UNUSED, sqlite3_vtab **ret,
			 char **reterr UNUSED)
{
	struct table *t;
	int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(id, received_at, listener, peer, size, body)");

	if (rc != SQLITE_OK)
		return rc;
	t = mem_zalloc(1, sizeof(*t));
	if (!t)
		return SQLITE_NOMEM;
	t->rows = aux;
	*ret = &t->base;
	return sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
}

static int table_disconnect(sqlite3_vtab *vtab)
{
	mem_free(CONTAINER_OF(vtab, struct table, base));
	return SQLITE_OK;
}

static int table_plan(sqlite3_vtab *vtab UNUSED, sqlite3_index_info *info)
{
	info->estimatedCost = 1000;
	info->estimatedRows = 1000;
	return SQLITE_OK;
}

static int cursor_open(sqlite3_vtab *vtab UNUSED, sqlite3_vtab_cursor **ret)
{
	struct cursor *c = mem_zalloc(1, sizeof(*c));

	if (!c)
		return SQLITE_NOMEM;
	*ret = &c->base;
	return SQLITE_OK;
}

static int cursor_close(sqlite3_vtab_cursor *cur)
{
	mem_free(CONTAINER_OF(cur, struct cursor, base));
	return SQLITE_OK;
}

static int cursor_filter(sqlite3_vtab_cursor *cur, int plan UNUSED, const char *name UNUSED, int argc UNUSED,
			 sqlite3_value **argv UNUSED)
{
	struct cursor *c = CONTAINER_OF(cur, struct cursor, base);
	const struct rows *rows = CONTAINER_OF(cur->pVtab, struct table, base)->rows;

	c->msg = NULL;
	if (rows->span.count) {
		c->walk = rows->span.from;
		c->msg = walk_next(&c->walk);
		c->left = rows->span.count - 1;
		c->id = rows->first_id;
	}
	return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *cur)
{
	struct cursor *c = CONTAINER_OF(cur, struct cursor, base);

	c->id++;
	c->msg = c->left ? walk_next(&c->walk) : NULL;
	c->left--;
	return SQLITE_OK;
}

static int cursor_eof(sqlite3_vtab_cursor *cur)
{
	return CONTAINER_OF(cur, struct cursor, base)->msg == NULL;
}

static int cursor_column(sqlite3_vtab_cursor *cur, sqlite3_context *ctx, int column)
{
	const struct cursor *c = CONTAINER_OF(cur, struct cursor, base);
	const struct batch *b = c->walk.batch;
	const struct origin *origin;
	const char *body;

	switch ((enum column)column) {
	case COL_ID:
		sqlite3_result_int64(ctx, c->id);
		break;
	case COL_RECEIVED_AT:
		sqlite3_result_int64(ctx, batch_origin(b, c->msg)->received_at);
		break;
	case COL_LISTENER:
		sqlite3_result_text(ctx, b->account->listener, -1, SQLITE_STATIC);
		break;
	case COL_PEER:
		origin = batch_origin(b, c->msg);
		sqlite3_result_text(ctx, batch_peer(b, origin), origin->peer_len, SQLITE_STATIC);
		break;
	case COL_SIZE:
		sqlite3_result_int64(ctx, batch_size(b, c->msg));
		break;
	case COL_BODY:
		body = batch_body(b, c->msg);
		if (utf8_valid(body, c->msg->len))
			sqlite3_result_text64(ctx, body, c->msg->len, SQLITE_STATIC, SQLITE_UTF8);
		else
			sqlite3_result_blob64(ctx, body, c->msg->len, SQLITE_STATIC);
		break;
	}
	return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *cur, sqlite3_int64 *ret)
{
	*ret = CONTAINER_OF(cur, struct cursor, base)->id;
	return SQLITE_OK;
}

static bool alike(const struct batch *a, const struct msg *m, const struct batch *b, const struct msg *n)
{
	const struct origin *o = batch_origin(a, m), *p = batch_origin(b, n);

	return a->account == b->account && o->received_at == p->received_at && o->peer_len == p->peer_len &&
	       memcmp(batch_peer(a, o), batch_peer(b, p), o->peer_len) == 0;
}

/* Moves *at behind the messages that are alike to the one there, and counts them. */
static uint64_t run_length(struct walk *at)
{
	struct walk w = *at;
	const struct msg *first = walk_next(&w);
	const struct batch *batch = w.batch;
	uint64_t n = 0;

	if (!first)
		return 0;
	for (w = *at; w.slice < w.take->slice_count; w.slice++, w.at = 0) {
		const struct slice *s = &w.take->slices[w.slice];
		const struct msg *m = batch_msgs(s->batch) + s->first + w.at, *end = batch_msgs(s->batch) + s->first + s->count;
		unsigned origin = m->origin;

		if (s->batch != batch && !alike(s->batch, m, batch, first))
			break;
		for (; m < end && m->origin == origin; m++, w.at++)
			n++;
		if (m < end)
			break;
	}
	*at = w;
	return n;
}

struct span span_next(struct walk *at)
{
	struct span span = {.from = *at};
	uint64_t n;

	for (;;) {
		struct walk before = *at;

		n = run_length(at);
		if (n >= ALIKE && span.count > 0) {
			*at = before;
			return span;
		}
		span.count += n;
		span.alike = n >= ALIKE;
		if (n == 0 || span.alike)
			return span;
	}
}

int rows_register(sqlite3 *db, struct rows *rows)
{
	/* No xCreate: the table is there under the module's name, and in no schema. */
	static const sqlite3_module module = {
		.xConnect = table_connect,
		.xBestIndex = table_plan,
		.xDisconnect = table_disconnect,
		.xOpen = cursor_open,
		.xClose = cursor_close,
		.xFilter = cursor_filter,
		.xNext = cursor_next,
		.xEof = cursor_eof,
		.xColumn = cursor_column,
		.xRowid = cursor_rowid,
	};

	return sqlite3_create_module(db, "take_rows", &module, rows);
}

/* Binds what messages of one read have in common, from parameter `at` on. */
static int bind_origin(sqlite3_stmt *st, int at, const struct batch *b, const struct msg *m)
{
	const struct origin *o = batch_origin(b, m);
	int rc = sqlite3_bind_int64(st, at, o->received_at);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(st, at + 1, b->account->listener, -1, SQLITE_STATIC);
	return rc == SQLITE_OK ? sqlite3_bind_text(st, at + 2, batch_peer(b, o), o->peer_len, SQLITE_STATIC) : rc;
}

int rows_bind_alike(sqlite3_stmt *st, const struct span *span)
{
	struct walk w = span->from;
	const struct msg *m = walk_next(&w);

	assert(m);
	return bind_origin(st, 1, w.batch, m);
}

int rows_bind(sqlite3_stmt *st, int64_t id, struct batch *b, const struct msg *m)
{
	const char *body = batch_body(b, m);
	int rc = sqlite3_bind_int64(st, 1, id);

	if (rc == SQLITE_OK)
		rc = bind_origin(st, 2, b, m);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, 5, batch_size(b, m));
	if (rc != SQLITE_OK)
		return rc;
	if (utf8_valid(body, m->len))
		return sqlite3_bind_text64(st, 6, body, m->len, SQLITE_STATIC, SQLITE_UTF8);
	return sqlite3_bind_blob64(st, 6, body, m->len, SQLITE_STATIC);
}
