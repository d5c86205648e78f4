/* Runs short SQL texts and finds words for what went wrong. */
#include "store/sql.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"

int sql_exec(sqlite3 *db, const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL);
}

int sql_run(sqlite3 *db, const char *text, const char *types, ...)
{
	sqlite3_stmt *st = NULL;
	va_list ap;
	int rc = sqlite3_prepare_v2(db, text, -1, &st, NULL);

	va_start(ap, types);
	for (int i = 1; rc == SQLITE_OK && *types; types++, i++) {
		switch (*types) {
		case 'i':
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 's':
			rc = sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
			break;
		case 'n':
			break;
		default:
			assert(!"a letter sql_run does not know");
		}
	}
	va_end(ap);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW || rc == SQLITE_DONE)
			rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc;
}

int sql_number(sqlite3 *db, const char *text, int64_t *ret)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, text, -1, &st, NULL);

	*ret = 0;
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW)
			*ret = sqlite3_column_int64(st, 0);
		if (rc == SQLITE_ROW || rc == SQLITE_DONE)
			rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc;
}

int sql_text(sqlite3 *db, const char *text, char *ret, size_t size)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, text, -1, &st, NULL);

	ret[0] = '\0';
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW) {
			const char *value = (const char *)sqlite3_column_text(st, 0);

			sqlite3_snprintf((int)size, ret, "%s", value ? value : "");
		}
		if (rc == SQLITE_ROW || rc == SQLITE_DONE)
			rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc;
}

char *sql_immutable_uri(const char *path)
{
	static const char hex[] = "0123456789ABCDEF";
	char *uri = mem_alloc(3 * strlen(path) + 32), *at = uri;

	if (!uri)
		return NULL;
	at = stpcpy(at, "file:");
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (strchr("%?#", c) || c < 0x21 || c > 0x7e) {
			*at++ = '%';
			*at++ = hex[c >> 4];
			*at++ = hex[c & 15];
		} else {
			*at++ = (char)c;
		}
	}
	strcpy(at, "?immutable=1");
	return uri;
}

void sql_rollback(sqlite3 *db)
{
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

const char *sql_code_name(int rc)
{
#define CODE(x) {x, #x}
	static const struct {
		int code;
		const char *name;
	} names[] = {
		CODE(SQLITE_ERROR), CODE(SQLITE_INTERNAL), CODE(SQLITE_PERM), CODE(SQLITE_ABORT), CODE(SQLITE_BUSY),
		CODE(SQLITE_LOCKED), CODE(SQLITE_NOMEM), CODE(SQLITE_READONLY), CODE(SQLITE_INTERRUPT),
		CODE(SQLITE_IOERR), CODE(SQLITE_CORRUPT), CODE(SQLITE_NOTFOUND), CODE(SQLITE_FULL),
		CODE(SQLITE_CANTOPEN), CODE(SQLITE_PROTOCOL), CODE(SQLITE_SCHEMA), CODE(SQLITE_TOOBIG),
		CODE(SQLITE_CONSTRAINT), CODE(SQLITE_MISMATCH), CODE(SQLITE_MISUSE), CODE(SQLITE_AUTH),
		CODE(SQLITE_RANGE), CODE(SQLITE_NOTADB), CODE(SQLITE_BUSY_RECOVERY), CODE(SQLITE_BUSY_SNAPSHOT),
		CODE(SQLITE_IOERR_READ), CODE(SQLITE_IOERR_SHORT_READ), CODE(SQLITE_IOERR_WRITE),
		CODE(SQLITE_IOERR_FSYNC), CODE(SQLITE_IOERR_DIR_FSYNC), CODE(SQLITE_IOERR_TRUNCATE),
		CODE(SQLITE_IOERR_FSTAT), CODE(SQLITE_IOERR_UNLOCK), CODE(SQLITE_IOERR_RDLOCK),
		CODE(SQLITE_IOERR_DELETE), CODE(SQLITE_IOERR_NOMEM), CODE(SQLITE_IOERR_ACCESS),
		CODE(SQLITE_IOERR_CHECKRESERVEDLOCK), CODE(SQLITE_IOERR_LOCK), CODE(SQLITE_IOERR_CLOSE),
		CODE(SQLITE_IOERR_SHMOPEN), CODE(SQLITE_IOERR_SHMSIZE), CODE(SQLITE_IOERR_SHMLOCK),
		CODE(SQLITE_IOERR_SHMMAP), CODE(SQLITE_CORRUPT_INDEX), CODE(SQLITE_READONLY_RECOVERY),
		CODE(SQLITE_READONLY_CANTLOCK), CODE(SQLITE_READONLY_DBMOVED), CODE(SQLITE_READONLY_CANTINIT),
		CODE(SQLITE_READONLY_DIRECTORY), CODE(SQLITE_CANTOPEN_ISDIR), CODE(SQLITE_CANTOPEN_FULLPATH),
	};
#undef CODE
	const char *primary = "SQLITE_ERROR";

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].code == rc)
			return names[i].name;
		if (names[i].code == (rc & 0xff))
			primary = names[i].name;
	}
	return primary;
}

enum sink_result sql_failed(sqlite3 *db, const char *path, int rc, struct err *reterr)
{
	static const struct {
		int code;
		enum sink_result result;
		int exit_code;
		const char *words; /* NULL: SQLite's own */
	} kinds[] = {
		{SQLITE_BUSY, SINK_BUSY, EXIT_CANT_CREATE, "locked by another process"},
		{SQLITE_LOCKED, SINK_BUSY, EXIT_CANT_CREATE, "locked by another process"},
		{SQLITE_PROTOCOL, SINK_BUSY, EXIT_CANT_CREATE, "locked by another process"},
		{SQLITE_FULL, SINK_FULL, EXIT_IO, "disk full"},
		{SQLITE_IOERR, SINK_IOERR, EXIT_IO, "the disk failed"},
		{SQLITE_CANTOPEN, SINK_IOERR, EXIT_CANT_CREATE, "cannot be opened"},
		{SQLITE_READONLY, SINK_IOERR, EXIT_PERMISSION, "cannot be written"},
		{SQLITE_PERM, SINK_IOERR, EXIT_PERMISSION, "cannot be written"},
		{SQLITE_NOMEM, SINK_IOERR, EXIT_INTERNAL, "out of memory"},
		{SQLITE_CORRUPT, SINK_FATAL, EXIT_DATA, "corrupt"},
		{SQLITE_NOTADB, SINK_FATAL, EXIT_DATA, "not a database"},
	};
	const char *name = sql_code_name(rc);
	int code = rc & 0xff, errnum = db ? sqlite3_system_errno(db) : 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].code != code)
			continue;
		if (errnum && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN))
			err_set_errno(reterr, kinds[i].exit_code, errnum, "store %s: %s (%s)", path, kinds[i].words,
				      name);
		else
			err_set(reterr, kinds[i].exit_code, "store %s: %s (%s)", path, kinds[i].words, name);
		return kinds[i].result;
	}
	err_set(reterr, EXIT_INTERNAL, "store %s: %s (%s)", path,
		db && sqlite3_errcode(db) != SQLITE_OK ? sqlite3_errmsg(db) : sqlite3_errstr(rc), name);
	return SINK_FATAL;
}
