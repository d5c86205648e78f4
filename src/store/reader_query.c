/* Asks what somebody wrote in SQL: read-only by connection and by authorizer, for a limited time. */
#include "store/reader_query.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "store/reader_impl.h"
#include "store/sql.h"

#define STEPS 2000 /* of SQLite's machine between two looks at the clock */

/* PRAGMAs that only look, with an argument or without. */
static const char *const pragmas[] = {
	"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
	"database_list", "collation_list", "function_list", "compile_options", "integrity_check", "quick_check",
};
/* Those that would change something with one. */
static const char *const plain_pragmas[] = {
	"application_id", "user_version", "schema_version", "page_count", "page_size", "freelist_count", "journal_mode",
	"encoding", "auto_vacuum", "data_version",
};

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!sqlite3_stricmp(name, list[i]))
			return true;
	}
	return false;
}

static int authorize(void *arg UNUSED, int what, const char *a, const char *b, const char *db UNUSED,
		     const char *trigger UNUSED)
{
	switch (what) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_UPDATE:
		/* That is how SQLite names the making of a table-valued function. */
		return !sqlite3_stricmp(a, "sqlite_master") ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_FUNCTION:
		return b && !sqlite3_stricmp(b, "load_extension") ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_PRAGMA:
		return is_one_of(a, pragmas, ARRAY_LEN(pragmas)) ||
				       (!b && is_one_of(a, plain_pragmas, ARRAY_LEN(plain_pragmas))) ?
			       SQLITE_OK :
			       SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

static int past(void *arg)
{
	return sync_now_ns() > *(const int64_t *)arg;
}

/* Blanks, semicolons and comments are no second statement; to SQLite neither. */
static bool more_follows(sqlite3 *sql, const char *tail)
{
	sqlite3_stmt *next = NULL;
	bool more;

	while (*tail == ';' || isspace((unsigned char)*tail))
		tail++;
	if (!*tail)
		return false;
	more = sqlite3_prepare_v2(sql, tail, -1, &next, NULL) != SQLITE_OK || next;
	sqlite3_finalize(next);
	return more;
}

static int not_understood(struct reader *r, int rc, struct err *reterr)
{
	switch (rc & 0xff) {
	case SQLITE_AUTH:
		err_set(reterr, EXIT_USAGE, "a query only reads this one store: %s", sqlite3_errmsg(r->sql));
		return -1;
	case SQLITE_ERROR:
	case SQLITE_TOOBIG:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
		err_set(reterr, EXIT_USAGE, "the query: %s", sqlite3_errmsg(r->sql));
		return -1;
	default:
		return reader_failed(r, rc, reterr);
	}
}

static sqlite3_stmt *prepare(struct reader *r, const char *text, struct err *reterr)
{
	sqlite3_stmt *st = NULL;
	const char *tail = NULL;
	int rc = sqlite3_prepare_v2(r->sql, text, -1, &st, &tail);

	if (rc != SQLITE_OK) {
		(void)not_understood(r, rc, reterr);
	} else if (!st) {
		err_set(reterr, EXIT_USAGE, "the query is empty");
	} else if (more_follows(r->sql, tail)) {
		err_set(reterr, EXIT_USAGE, "a query is one statement, and behind it there is more");
	} else if (!sqlite3_stmt_readonly(st)) {
		err_set(reterr, EXIT_USAGE, "a query only reads");
	} else {
		return st;
	}
	sqlite3_finalize(st);
	return NULL;
}

static struct reader_value value_of(sqlite3_stmt *st, int i)
{
	struct reader_value v = {.kind = READER_NULL};

	switch (sqlite3_column_type(st, i)) {
	case SQLITE_INTEGER:
		v.kind = READER_INTEGER;
		v.integer = sqlite3_column_int64(st, i);
		break;
	case SQLITE_FLOAT:
		v.kind = READER_REAL;
		v.real = sqlite3_column_double(st, i);
		break;
	case SQLITE_TEXT:
		v.kind = READER_TEXT;
		break;
	case SQLITE_BLOB:
		v.kind = READER_BLOB;
		v.bytes = sqlite3_column_blob(st, i);
		v.len = (size_t)sqlite3_column_bytes(st, i);
		return v;
	default:
		return v;
	}
	v.bytes = (const char *)sqlite3_column_text(st, i);
	v.len = (size_t)sqlite3_column_bytes(st, i);
	return v;
}

struct asking {
	const struct reader_query *q;
	unsigned columns;
	const char **names;
	struct reader_value *values;
};

static bool make_room(struct asking *a, sqlite3_stmt *st)
{
	a->columns = (unsigned)sqlite3_column_count(st);
	a->names = mem_zalloc(a->columns + 1, sizeof(*a->names));
	a->values = mem_zalloc(a->columns + 1, sizeof(*a->values));
	if (!a->names || !a->values)
		return false;
	for (unsigned i = 0; i < a->columns; i++) {
		const char *name = sqlite3_column_name(st, (int)i);

		a->names[i] = name ? name : "";
	}
	return true;
}

static int step_all(struct asking *a, sqlite3_stmt *st, uint64_t *ret_rows)
{
	int rc;

	if (a->q->columns && !a->q->columns(a->q->arg, a->columns, a->names))
		return SQLITE_DONE;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (unsigned i = 0; i < a->columns; i++)
			a->values[i] = value_of(st, (int)i);
		++*ret_rows;
		if (!a->q->row(a->q->arg, a->columns, a->values))
			return SQLITE_DONE;
	}
	return rc;
}

static int ask(struct reader *r, const struct reader_query *q, uint64_t *ret_rows, struct err *reterr)
{
	struct asking a = {.q = q};
	sqlite3_stmt *st = prepare(r, q->sql, reterr);
	int rc;

	if (!st)
		return -1;
	rc = make_room(&a, st) ? step_all(&a, st, ret_rows) : SQLITE_NOMEM;
	if (rc == SQLITE_INTERRUPT)
		err_set(reterr, EXIT_LEFT, "the query took longer than %lld s: give it more time, or ask for less",
			(long long)(q->timeout_ns / NS_PER_S));
	else if (rc != SQLITE_DONE)
		(void)not_understood(r, rc, reterr);
	sqlite3_finalize(st);
	mem_free(a.names);
	mem_free(a.values);
	return rc == SQLITE_DONE ? 0 : -1;
}

int reader_ask(struct reader *r, const struct reader_query *q, uint64_t *ret_rows, struct err *reterr)
{
	int64_t until_ns = sync_now_ns() + q->timeout_ns;
	int rc;

	*ret_rows = 0;
	if (q->timeout_ns > 0)
		sqlite3_progress_handler(r->sql, STEPS, past, &until_ns);
	sqlite3_set_authorizer(r->sql, authorize, NULL);
	rc = ask(r, q, ret_rows, reterr);
	sqlite3_set_authorizer(r->sql, NULL, NULL);
	sqlite3_progress_handler(r->sql, 0, NULL, NULL);
	return rc;
}
