/* Reads a store for people and scripts, without leaving a trace. */
#include "store/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "store/file.h"
#include "store/reader_impl.h"
#include "store/schema.h"
#include "store/sql.h"

#define BUSY_MS 2000
#define COUNT_NS (2 * NS_PER_S)

int reader_failed(struct reader *r, int rc, struct err *reterr)
{
	int code = rc & 0xff;

	sql_failed(r->sql, r->path, rc, reterr);
	/* Without its shared memory a log cannot be read by somebody who may not create it. */
	if (reterr && (code == SQLITE_READONLY || code == SQLITE_CANTOPEN))
		err_set(reterr, EXIT_PERMISSION,
			"store %s: cannot be read from here: its -wal and -shm files need to be readable (%s)", r->path,
			sql_code_name(rc));
	return -1;
}

int64_t reader_beside(const struct reader *r, const char *suffix)
{
	char name[PATH_MAX + 16];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", r->real, suffix);
	return stat(name, &st) == 0 ? (int64_t)st.st_size : -1;
}

static int find(struct reader *r, const char *path, struct err *reterr)
{
	struct stat st;

	if (!realpath(path, r->real) || stat(r->real, &st) < 0 || access(r->real, R_OK) < 0) {
		err_set_errno(reterr, errno == EACCES ? EXIT_PERMISSION : EXIT_CANT_CREATE, errno, "store %s", path);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(reterr, EXIT_CANT_CREATE, "store %s: not a regular file", path);
		return -1;
	}
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	return 0;
}

static int connect_ro(struct reader *r, struct err *reterr)
{
	/* With no log and nobody at work, SQLite would create -wal and -shm only to read: let it look past them. */
	bool alone = reader_beside(r, "-journal") <= 0 && reader_beside(r, "-wal") <= 0 && reader_beside(r, "-shm") < 0;
	char *name = alone ? sql_immutable_uri(r->real) : mem_strdup(r->real);
	int rc = SQLITE_NOMEM;

	if (name)
		rc = sqlite3_open_v2(name, &r->sql,
				     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | (alone ? SQLITE_OPEN_URI : 0), NULL);
	mem_free(name);
	if (rc != SQLITE_OK)
		return reader_failed(r, rc, reterr);
	r->alone = alone;
	sqlite3_extended_result_codes(r->sql, 1);
	sqlite3_db_config(r->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(r->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_busy_timeout(r->sql, BUSY_MS);
	return 0;
}

static int check(struct reader *r, struct err *reterr)
{
	int64_t id = 0, version = 0;
	int rc = sql_number(r->sql, "PRAGMA application_id", &id);

	if (rc == SQLITE_OK)
		rc = sql_number(r->sql, "PRAGMA user_version", &version);
	if (rc != SQLITE_OK)
		return reader_failed(r, rc, reterr);
	if (id != STORE_APPLICATION_ID) {
		err_set(reterr, EXIT_DATA, "store %s: not a store of catchbasin (application_id 0x%08x)", r->path,
			(unsigned)id);
		return -1;
	}
	if (version > STORE_SCHEMA_VERSION) {
		err_set(reterr, EXIT_DATA, "store %s: its schema has version %lld, this program knows versions up to %d",
			r->path, (long long)version, STORE_SCHEMA_VERSION);
		return -1;
	}
	return schema_complete(r->sql, r->path, reterr) ? 0 : -1;
}

const char *reader_sqlite_version(void)
{
	return sqlite3_libversion();
}

struct reader *reader_open(const char *path, struct err *reterr)
{
	struct reader *r = mem_zalloc(1, sizeof(*r));

	if (r)
		r->path = mem_strdup(path);
	if (!r || !r->path) {
		err_set(reterr, EXIT_INTERNAL, "store %s: out of memory", path);
		mem_free(r);
		return NULL;
	}
	if (find(r, path, reterr) < 0 || connect_ro(r, reterr) < 0 || check(r, reterr) < 0) {
		reader_close(r);
		return NULL;
	}
	return r;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	sqlite3_close_v2(r->sql);
	mem_free(r->path);
	mem_free(r);
}

/* All answers of one call come from one moment. */
static int begin(struct reader *r)
{
	return sql_exec(r->sql, "BEGIN");
}

static int end(struct reader *r, int rc, struct err *reterr)
{
	int result = rc == SQLITE_OK ? 0 : reader_failed(r, rc, reterr);

	sql_rollback(r->sql);
	return result;
}

static int read_run(struct reader *r, struct reader_run *ret, bool *ret_found)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(r->sql,
				    "SELECT id, started_at, stopped_at, version, received, stored, lost, clean,"
				    " first_id, last_id, pruned FROM runs ORDER BY id DESC LIMIT 1", -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	*ret_found = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW) {
		const char *version = (const char *)sqlite3_column_text(st, 3);

		ret->id = sqlite3_column_int64(st, 0);
		ret->started_at = sqlite3_column_int64(st, 1);
		ret->stopped_at = sqlite3_column_int64(st, 2);
		snprintf(ret->version, sizeof(ret->version), "%s", version ? version : "");
		ret->received = sqlite3_column_int64(st, 4);
		ret->stored = sqlite3_column_int64(st, 5);
		ret->lost = sqlite3_column_int64(st, 6);
		ret->clean = sqlite3_column_int64(st, 7);
		ret->first_id = sqlite3_column_int64(st, 8);
		ret->last_id = sqlite3_column_int64(st, 9);
		ret->pruned = sqlite3_column_int64(st, 10);
		ret->has_receipt = sqlite3_column_type(st, 2) != SQLITE_NULL;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int number_of(struct reader *r, int64_t *ret, const char *fmt, ...) PRINTF_LIKE(3, 4);
static int number_of(struct reader *r, int64_t *ret, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	sqlite3_vsnprintf((int)sizeof(text), text, fmt, ap);
	va_end(ap);
	return sql_number(r->sql, text, ret);
}

/* Pruning takes the lowest ids: how many of the run's rows are among those. */
static int64_t gone_of(const struct reader_run *run, int64_t lowest_id)
{
	int64_t gone = lowest_id > run->first_id ? lowest_id - run->first_id : 0, given = run->last_id - run->first_id + 1;

	return !run->last_id || !run->pruned ? 0 : gone < given ? gone : given;
}

int reader_last_run(struct reader *r, struct reader_run *ret, struct err *reterr)
{
	int64_t lowest = 0;
	bool found = false;
	int rc = begin(r);

	memset(ret, 0, sizeof(*ret));
	if (rc == SQLITE_OK)
		rc = read_run(r, ret, &found);
	/* Rows of the table loss do not name their run; the newest run's are those that end after its start. */
	if (rc == SQLITE_OK && found)
		rc = number_of(r, &ret->kernel,
			       "SELECT sum(messages) FROM loss WHERE reason = 'kernel' AND to_at >= %lld",
			       (long long)ret->started_at);
	if (rc == SQLITE_OK && found && ret->last_id)
		rc = number_of(r, &ret->rows, "SELECT count(*) FROM messages WHERE id BETWEEN %lld AND %lld",
			       (long long)ret->first_id, (long long)ret->last_id);
	if (rc == SQLITE_OK && found && ret->last_id && ret->pruned)
		rc = number_of(r, &lowest, "SELECT coalesce((SELECT id FROM messages ORDER BY id LIMIT 1), %lld)",
			       (long long)ret->last_id + 1);
	if (end(r, rc, reterr) < 0)
		return -1;
	if (!found)
		return 1;
	ret->gone = gone_of(ret, lowest);
	ret->balanced = ret->has_receipt && ret->received + ret->kernel == ret->stored + ret->lost &&
			ret->rows + ret->gone == ret->stored && ret->gone <= ret->pruned;
	return 0;
}

int reader_each_loss(struct reader *r, int64_t after_id, int64_t since_at,
		     void (*fn)(void *arg, const struct reader_loss *loss), void *arg, struct err *reterr)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(r->sql,
				    "SELECT id, from_at, to_at, listener, reason, messages, bytes FROM loss"
				    " WHERE id > ?1 AND to_at >= ?2 ORDER BY id", -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, 1, after_id);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, 2, since_at);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *listener = (const char *)sqlite3_column_text(st, 3);
		const char *reason = (const char *)sqlite3_column_text(st, 4);

		fn(arg, &(struct reader_loss){
				.id = sqlite3_column_int64(st, 0),
				.from_at = sqlite3_column_int64(st, 1),
				.to_at = sqlite3_column_int64(st, 2),
				.listener = listener ? listener : "",
				.reason = reason ? reason : "",
				.messages = sqlite3_column_int64(st, 5),
				.bytes = sqlite3_column_type(st, 6) == SQLITE_NULL ? -1 : sqlite3_column_int64(st, 6),
			});
		rc = SQLITE_OK;
	}
	if (rc == SQLITE_DONE)
		rc = SQLITE_OK;
	if (rc != SQLITE_OK)
		reader_failed(r, rc, reterr);
	sqlite3_finalize(st);
	return rc == SQLITE_OK ? 0 : -1;
}

static int past_deadline(void *arg)
{
	return sync_now_ns() > *(int64_t *)arg;
}

static int count_messages(struct reader *r, struct reader_totals *ret)
{
	int64_t deadline = sync_now_ns() + COUNT_NS;
	int rc;

	sqlite3_progress_handler(r->sql, 10000, past_deadline, &deadline);
	rc = sql_number(r->sql, "SELECT count(*) FROM messages", &ret->messages);
	sqlite3_progress_handler(r->sql, 0, NULL, NULL);
	if (rc == SQLITE_INTERRUPT) {
		ret->messages = ret->last_id - ret->first_id + 1;
		ret->estimated = true;
		rc = SQLITE_OK;
	}
	return rc;
}

int reader_totals(struct reader *r, struct reader_totals *ret, struct err *reterr)
{
	const struct {
		const char *text;
		int64_t *ret;
	} numbers[] = {
		{"SELECT min(id) FROM messages", &ret->first_id},
		{"SELECT max(id) FROM messages", &ret->last_id},
		{"SELECT received_at FROM messages ORDER BY id LIMIT 1", &ret->first_at},
		{"SELECT received_at FROM messages ORDER BY id DESC LIMIT 1", &ret->last_at},
		{"SELECT count(*) FROM loss", &ret->losses},
		{"SELECT sum(messages) FROM loss", &ret->lost_messages},
		{"SELECT count(*) FROM runs", &ret->runs},
	};
	struct stat st;
	int64_t wal_bytes;
	int rc = begin(r);

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; rc == SQLITE_OK && i < ARRAY_LEN(numbers); i++)
		rc = sql_number(r->sql, numbers[i].text, numbers[i].ret);
	if (rc == SQLITE_OK)
		rc = sql_text(r->sql, "SELECT value FROM meta WHERE key = 'node'", ret->node, sizeof(ret->node));
	if (rc == SQLITE_OK)
		rc = count_messages(r, ret);
	if (end(r, rc, reterr) < 0)
		return -1;
	wal_bytes = reader_beside(r, "-wal");
	ret->db_bytes = stat(r->real, &st) == 0 ? (int64_t)st.st_size : 0;
	ret->wal_bytes = wal_bytes < 0 ? 0 : wal_bytes;
	return 0;
}
