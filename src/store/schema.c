/* Creates the tables and raises older schemas to this program's version. */
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "store/file.h"
#include "store/sql.h"

static const char step_1[] =
	"CREATE TABLE messages (\n"
	"  id          INTEGER PRIMARY KEY,   -- dense, in arrival = commit order, given by the writer, never reused\n"
	"  received_at INTEGER NOT NULL,      -- nanoseconds since 1970 UTC, when the kernel got it\n"
	"  listener    TEXT NOT NULL,         -- the section's name\n"
	"  peer        TEXT NOT NULL,         -- 192.0.2.7:41234, [2001:db8::1]:514, unix:pid=811,uid=1000\n"
	"  size        INTEGER NOT NULL,      -- bytes the sender sent, line end not counted\n"
	"  body        NOT NULL,              -- as it came: TEXT if valid UTF-8 without NUL, else BLOB\n"
	"  truncated   INTEGER GENERATED ALWAYS AS (size > length(CAST(body AS BLOB))) VIRTUAL\n"
	");\n"
	"CREATE TABLE loss (                  -- what could not be stored, and why: loss is data\n"
	"  id INTEGER PRIMARY KEY, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL,\n"
	"  listener TEXT NOT NULL, reason TEXT NOT NULL, messages INTEGER NOT NULL, bytes INTEGER\n"
	");\n"
	"CREATE TABLE runs (                  -- one row per start; the stop fills in its second half\n"
	"  id INTEGER PRIMARY KEY, started_at INTEGER NOT NULL, stopped_at INTEGER,\n"
	"  version TEXT NOT NULL, received INTEGER, stored INTEGER, lost INTEGER, clean INTEGER,\n"
	"  first_id INTEGER, last_id INTEGER, pruned INTEGER     -- this run's rows, and how many of any run it pruned\n"
	");\n"
	"CREATE TABLE meta (                  -- 'node': a random UUID that names this store for ever; (node, id) names "
	"a message anywhere;\n"
	"                                     -- 'last_id': the highest id ever given, moved in the same transaction as "
	"the rows\n"
	"  key TEXT PRIMARY KEY, value NOT NULL\n"
	") WITHOUT ROWID;\n"
	"CREATE VIEW log AS                   -- for people: UTC time as text\n"
	"  SELECT id, strftime('%Y-%m-%d %H:%M:%f', received_at/1e9, 'unixepoch') AS time, listener, peer, body FROM "
	"messages;\n"
	"INSERT INTO meta(key, value) VALUES ('last_id', 0);\n";

/* Step n leads from version n-1 to n. A new step is added at the end, and STORE_SCHEMA_VERSION raised. */
static const char *const steps[] = {step_1};

_Static_assert(ARRAY_LEN(steps) == STORE_SCHEMA_VERSION, "one step per version");

/* A random (version 4) UUID. */
static int make_uuid(char text[37])
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return -1;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(text, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3],
		 b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return 0;
}

static int run_steps(sqlite3 *db, int64_t version)
{
	char text[96], uuid[37];
	int rc = SQLITE_OK;

	for (int64_t v = version; rc == SQLITE_OK && v < STORE_SCHEMA_VERSION; v++)
		rc = sql_exec(db, steps[v]);
	if (rc == SQLITE_OK && version == 0) {
		if (make_uuid(uuid) < 0)
			return SQLITE_IOERR;
		rc = sql_run(db, "INSERT INTO meta(key, value) VALUES ('node', ?)", "s", uuid);
	}
	snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %d", STORE_APPLICATION_ID,
		 STORE_SCHEMA_VERSION);
	return rc == SQLITE_OK ? sql_exec(db, text) : rc;
}

int schema_migrate(sqlite3 *db, const char *path, struct err *reterr)
{
	int64_t version;
	int rc = sqlite3_get_autocommit(db) ? sql_exec(db, "BEGIN IMMEDIATE") : SQLITE_OK;

	if (rc == SQLITE_OK)
		rc = sql_number(db, "PRAGMA user_version", &version);
	if (rc == SQLITE_OK && version > STORE_SCHEMA_VERSION) {
		err_set(reterr, EXIT_DATA,
			"store %s: its schema has version %lld, this program knows versions up to %d", path,
			(long long)version, STORE_SCHEMA_VERSION);
		sql_rollback(db);
		return -1;
	}
	if (rc == SQLITE_OK && version < STORE_SCHEMA_VERSION)
		rc = run_steps(db, version < 0 ? 0 : version);
	if (rc == SQLITE_OK)
		rc = sql_exec(db, "COMMIT");
	if (rc == SQLITE_OK)
		return 0;
	sql_failed(db, path, rc, reterr);
	sql_rollback(db);
	return -1;
}

bool schema_complete(sqlite3 *db, const char *path, struct err *reterr)
{
	static const char *const wanted[] = {
		"SELECT id, received_at, listener, peer, size, body, truncated FROM messages",
		"SELECT id, from_at, to_at, listener, reason, messages, bytes FROM loss",
		("SELECT id, started_at, stopped_at, version, received, stored, lost, clean, first_id, last_id, pruned"
		 " FROM runs"),
		"SELECT key, value FROM meta",
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		sqlite3_stmt *st = NULL;
		int rc = sqlite3_prepare_v2(db, wanted[i], -1, &st, NULL);

		sqlite3_finalize(st);
		if (rc == SQLITE_ERROR) {
			err_set(reterr, EXIT_DATA, "store %s: its schema is damaged: %s", path, sqlite3_errmsg(db));
			return false;
		}
		if (rc != SQLITE_OK) {
			sql_failed(db, path, rc, reterr);
			return false;
		}
	}
	return true;
}
