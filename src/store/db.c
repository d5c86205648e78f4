/* Opens the writing connection: examine first, touch later. */
#include "store/db.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "store/schema.h"
#include "store/sql.h"

static int failed(struct db *d, int rc, struct err *reterr)
{
	sql_failed(d->sql, d->file.path, rc, reterr);
	return -1;
}

static int past_deadline(void *arg)
{
	return sync_now_ns() > *(int64_t *)arg;
}

/* A damaged page found now is a message to people; found later it is lost rows. */
static int quick_check(struct db *d, sqlite3 *sql, struct err *reterr)
{
	int64_t deadline = sync_now_ns() + DB_CHECK_NS;
	char found[200];
	int rc;

	sqlite3_progress_handler(sql, 1000, past_deadline, &deadline);
	rc = sql_text(sql, "PRAGMA quick_check(1)", found, sizeof(found));
	sqlite3_progress_handler(sql, 0, NULL, NULL);
	if (rc == SQLITE_INTERRUPT)
		return 0; /* too large to know in time */
	if (rc != SQLITE_OK) {
		sql_failed(sql, d->file.path, rc, reterr);
		return -1;
	}
	if (strcmp(found, "ok") != 0) {
		char *eol = strchr(found, '\n');

		/* "*** in database main ***" stands before what was found. */
		err_set(reterr, EXIT_DATA, "store %s: corrupt: %s; left as it is", d->file.path,
			eol && found[0] == '*' ? eol + 1 : found);
		return -1;
	}
	return 0;
}

static int examine(struct db *d, sqlite3 *sql, struct err *reterr)
{
	int64_t objects, id, unclean;
	int rc = sql_number(sql, "SELECT count(*) FROM sqlite_master", &objects);

	if (rc == SQLITE_OK)
		rc = sql_number(sql, "PRAGMA application_id", &id);
	if (rc != SQLITE_OK) {
		sql_failed(sql, d->file.path, rc, reterr);
		return -1;
	}
	if (objects == 0 && id == 0) {
		d->is_new = true;
		return 0;
	}
	if (id != STORE_APPLICATION_ID) {
		err_set(reterr, EXIT_DATA,
			"store %s: a database of another program (application_id 0x%08x, a store has 0x%08x); "
			"left as it is", d->file.path, (unsigned)id, (unsigned)STORE_APPLICATION_ID);
		return -1;
	}
	if (!schema_complete(sql, d->file.path, reterr))
		return -1;
	rc = sql_number(sql, "SELECT stopped_at IS NULL FROM runs ORDER BY id DESC LIMIT 1", &unclean);
	if (rc != SQLITE_OK) {
		sql_failed(sql, d->file.path, rc, reterr);
		return -1;
	}
	return unclean ? quick_check(d, sql, reterr) : 0;
}

static int examine_untouched(struct db *d, struct err *reterr)
{
	char *uri = sql_immutable_uri(d->file.real);
	sqlite3 *sql = NULL;
	int rc, result;

	if (!uri)
		return failed(d, SQLITE_NOMEM, reterr);
	rc = sqlite3_open_v2(uri, &sql, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	mem_free(uri);
	if (rc != SQLITE_OK) {
		sql_failed(sql, d->file.path, rc, reterr);
		result = -1;
	} else {
		sqlite3_extended_result_codes(sql, 1);
		result = examine(d, sql, reterr);
	}
	sqlite3_close_v2(sql);
	return result;
}

/* After each commit: how long the log is now. */
static int committed(void *arg, sqlite3 *sql UNUSED, const char *name UNUSED, int pages)
{
	struct db *d = arg;

	/* Readers know of it now. */
	assert(d->gather.held == 0);
	d->wal_pages = pages;
	return SQLITE_OK;
}

static void undone(void *arg)
{
	struct db *d = arg;

	gather_drop(&d->gather);
}

static int connect_db(struct db *d, struct err *reterr)
{
	int rc = sqlite3_open_v2(d->file.real, &d->sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return failed(d, rc, reterr);
	sqlite3_extended_result_codes(d->sql, 1);
	/* Until all is well, closing must not move the log into a file we may yet refuse. */
	sqlite3_db_config(d->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_busy_timeout(d->sql, DB_OPEN_BUSY_MS);
	rc = sql_exec(d->sql, "PRAGMA mmap_size = 0; PRAGMA temp_store = memory; PRAGMA secure_delete = off;"
			      "PRAGMA wal_autocheckpoint = 0");
	return rc == SQLITE_OK ? 0 : failed(d, rc, reterr);
}

/* The schema goes into the file itself, before there is a log: so a store's header always says whose it is. */
static int create_db(struct db *d, bool shrinks, struct err *reterr)
{
	char text[64];
	int rc;

	snprintf(text, sizeof(text), "PRAGMA page_size = %d; PRAGMA journal_mode = delete", DB_PAGE_BYTES);
	rc = sql_exec(d->sql, text);
	if (rc == SQLITE_OK)
		rc = sql_exec(d->sql, "PRAGMA synchronous = full");
	/* Without auto_vacuum a file never becomes smaller, and with it each commit writes a page more. It is too late once
	 * there is a page. */
	if (rc == SQLITE_OK && shrinks)
		rc = sql_exec(d->sql, "BEGIN; PRAGMA auto_vacuum = incremental");
	return rc == SQLITE_OK ? schema_migrate(d->sql, d->file.path, reterr) : failed(d, rc, reterr);
}

static int use_wal(struct db *d, struct err *reterr)
{
	char mode[16], text[96];
	int on = 1, rc = sql_text(d->sql, "PRAGMA journal_mode = wal", mode, sizeof(mode));
	int64_t page_bytes = 0;

	if (rc == SQLITE_OK && strcmp(mode, "wal") != 0) {
		err_set(reterr, EXIT_CANT_CREATE, "store %s: no write-ahead log can be used here (journal mode %s)",
			d->file.path, mode);
		return -1;
	}
	snprintf(text, sizeof(text), "PRAGMA journal_size_limit = %d", DB_WAL_KEEP_BYTES);
	if (rc == SQLITE_OK)
		rc = sql_exec(d->sql, text);
	if (rc == SQLITE_OK)
		rc = sql_number(d->sql, "PRAGMA page_size", &page_bytes);
	if (rc == SQLITE_OK)
		rc = sqlite3_file_control(d->sql, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	if (rc != SQLITE_OK)
		return failed(d, rc, reterr);
	d->page_bytes = (int)page_bytes;
	rc = db_fit_cache(d, 0);
	if (rc != SQLITE_OK)
		return failed(d, rc, reterr);
	sqlite3_wal_hook(d->sql, committed, d);
	sqlite3_rollback_hook(d->sql, undone, d);
	return 0;
}

/* Without it the store is slower, no more. */
static void let_flow(struct db *d)
{
	sqlite3_file *file = NULL, *log = NULL;
	int64_t version;

	/* The log is opened by the first look into the file. */
	if (sql_number(d->sql, "PRAGMA user_version", &version) != SQLITE_OK)
		return;
	if (sqlite3_file_control(d->sql, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK && file && file->pMethods)
		flow_begin(&d->flow, file, d->file.fd);
	/* Nobody has POSIX locks on the log, so a descriptor of it may be closed at any time. */
	d->wal_fd = open(d->file.wal, O_RDONLY | O_CLOEXEC);
	if (d->wal_fd >= 0 && sqlite3_file_control(d->sql, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
	    log && log->pMethods) {
		flow_init(&d->wal_flow, d->wal_fd);
		gather_begin(&d->gather, log, d->page_bytes, &d->wal_flow);
	}
}

static int open_all(struct db *d, enum durability durability, bool shrinks, struct err *reterr)
{
	bool fresh = d->file.empty && !d->file.journal_used, log = d->file.wal_used || d->file.journal_used;
	int rc;

	d->is_new = fresh;
	if (!fresh && !log && examine_untouched(d, reterr) < 0)
		return -1;
	if (connect_db(d, reterr) < 0)
		return -1;
	if (!fresh && log && examine(d, d->sql, reterr) < 0)
		return -1;
	if ((d->is_new && create_db(d, shrinks, reterr) < 0) || use_wal(d, reterr) < 0)
		return -1;
	if (!d->is_new && schema_migrate(d->sql, d->file.path, reterr) < 0)
		return -1;
	let_flow(d);
	rc = db_set_durability(d, durability);
	return rc == SQLITE_OK ? 0 : failed(d, rc, reterr);
}

int db_open(struct db *d, const char *path, enum durability durability, bool shrinks, struct err *reterr)
{
	memset(d, 0, sizeof(*d));
	d->wal_fd = -1;
	if (file_open(&d->file, path, reterr) < 0)
		return -1;
	if (open_all(d, durability, shrinks, reterr) < 0) {
		db_close(d);
		return -1;
	}
	return 0;
}

void db_close(struct db *d)
{
	gather_end(&d->gather);
	flow_end(&d->flow);
	if (d->wal_fd >= 0)
		close(d->wal_fd);
	d->wal_fd = -1;
	/* Statements are finalized by their owners; one forgotten would keep the file locked. */
	if (d->sql) {
		int rc = sqlite3_close(d->sql);

		assert(rc == SQLITE_OK);
		d->sql = NULL;
	}
	file_close(&d->file);
}

int db_set_durability(struct db *d, enum durability durability)
{
	static const char *const texts[] = {
		[DURABILITY_FULL] = "PRAGMA synchronous = full",
		[DURABILITY_NORMAL] = "PRAGMA synchronous = normal",
		[DURABILITY_OFF] = "PRAGMA synchronous = off",
	};
	int rc = sql_exec(d->sql, texts[durability]);

	if (rc != SQLITE_OK)
		return rc;
	d->durability = durability;
	/* Where nobody waits for the disk, it is not hurried. */
	flow_switch(&d->flow, durability != DURABILITY_OFF);
	flow_switch(&d->wal_flow, durability != DURABILITY_OFF);
	return SQLITE_OK;
}

int db_fit_cache(struct db *d, uint64_t bytes)
{
	int fit = bytes > DB_CACHE_BYTES / 2 ? DB_CACHE_MOST_BYTES : DB_CACHE_BYTES, rc;
	char text[64];

	if (d->keeps) {
		rc = sql_exec(d->sql, "PRAGMA cache_spill = on");
		if (rc != SQLITE_OK)
			return rc;
		d->keeps = false;
	}
	if (fit == d->cache_bytes)
		return SQLITE_OK;
	/* In pages: given in bytes before the size of a page is known, it is taken for pages of 4 KiB. */
	snprintf(text, sizeof(text), "PRAGMA cache_size = %d", fit / d->page_bytes);
	rc = sql_exec(d->sql, text);
	if (rc == SQLITE_OK)
		d->cache_bytes = fit;
	return rc;
}

int db_keep_pages(struct db *d)
{
	int rc = sql_exec(d->sql, "PRAGMA cache_spill = off");

	d->keeps |= rc == SQLITE_OK;
	return rc;
}

int db_checkpoint(struct db *d, int mode, int *ret_left)
{
	int in_log = 0, moved = 0, rc = sqlite3_wal_checkpoint_v2(d->sql, "main", mode, &in_log, &moved);

	*ret_left = in_log > moved ? in_log - moved : 0;
	return rc;
}
