/* Shows rows in memory to SQLite as a table, so that one statement inserts them all. */
#include "config.h"

#include "limits.h"

#include <stdlib.h>
#include <string.h>

const char row_listener[4] = "tcp";
const char row_peer[16] = "127.0.0.1:43121";

struct table {
	sqlite3_vtab base;
	struct shown *shown;
};

struct cursor {
	sqlite3_vtab_cursor base;
	const struct shown *shown;
	long at;
};

static int table_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **ret, char **reterr)
{
	struct table *t;
	int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(id, received_at, listener, peer, size, body)");

	(void)argc, (void)argv, (void)reterr;
	if (rc != SQLITE_OK)
		return rc;
	t = calloc(1, sizeof(*t));
	if (!t)
		return SQLITE_NOMEM;
	t->shown = aux;
	*ret = &t->base;
	return SQLITE_OK;
}

static int table_disconnect(sqlite3_vtab *vtab)
{
	free(vtab);
	return SQLITE_OK;
}

static int table_plan(sqlite3_vtab *vtab, sqlite3_index_info *info)
{
	(void)vtab;
	info->estimatedCost = 1000;
	info->estimatedRows = 1000;
	return SQLITE_OK;
}

static int cursor_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **ret)
{
	struct cursor *c = calloc(1, sizeof(*c));

	if (!c)
		return SQLITE_NOMEM;
	c->shown = ((struct table *)vtab)->shown;
	*ret = &c->base;
	return SQLITE_OK;
}

static int cursor_close(sqlite3_vtab_cursor *cur)
{
	free(cur);
	return SQLITE_OK;
}

static int cursor_filter(sqlite3_vtab_cursor *cur, int plan, const char *name, int argc, sqlite3_value **argv)
{
	(void)plan, (void)name, (void)argc, (void)argv;
	((struct cursor *)cur)->at = 0;
	return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *cur)
{
	((struct cursor *)cur)->at++;
	return SQLITE_OK;
}

static int cursor_eof(sqlite3_vtab_cursor *cur)
{
	const struct cursor *c = (const struct cursor *)cur;

	return c->at >= c->shown->count;
}

static int cursor_column(sqlite3_vtab_cursor *cur, sqlite3_context *ctx, int column)
{
	const struct cursor *c = (const struct cursor *)cur;
	const struct shown *s = c->shown;

	switch (column) {
	case 0:
		sqlite3_result_int64(ctx, s->first_id + c->at);
		break;
	case 1:
		sqlite3_result_int64(ctx, s->rows[c->at].received_at);
		break;
	case 2:
		sqlite3_result_text(ctx, row_listener, sizeof(row_listener) - 1, SQLITE_STATIC);
		break;
	case 3:
		sqlite3_result_text(ctx, row_peer, sizeof(row_peer) - 1, SQLITE_STATIC);
		break;
	case 4:
		sqlite3_result_int64(ctx, s->size);
		break;
	case 5:
		sqlite3_result_text(ctx, s->rows[c->at].body, s->size, SQLITE_STATIC);
		break;
	}
	return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *cur, sqlite3_int64 *ret)
{
	const struct cursor *c = (const struct cursor *)cur;

	*ret = c->shown->first_id + c->at;
	return SQLITE_OK;
}

int shown_register(sqlite3 *db, struct shown *shown)
{
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

	return sqlite3_create_module(db, "batch", &module, shown);
}
