/* Two connections play out a lost update on a real file, step by step in one thread, so that it is the same every time. */
#include "store/demo.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/sql.h"

#define PATH 256
#define LINE 160
/* SQLite would wait that long for another writer, if waiting could help. */
#define PATIENCE_MS 5000

struct side {
	const char *name;
	sqlite3 *db;
	int64_t seen;
	bool begun, over;
};

struct demo {
	enum demo_mode mode;
	struct side a, b;
	struct demo_result *result;
	void (*say)(void *arg, const char *line);
	void *arg;
	char dir[PATH], path[PATH + 16];
};

static void say(const struct demo *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void say(const struct demo *d, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	d->say(d->arg, line);
}

/* ---- the steps of one side ---- */

static int begin(struct demo *d, struct side *s)
{
	static const char *const texts[DEMO_MODES] = {
		[DEMO_DEFERRED] = "BEGIN",
		[DEMO_IMMEDIATE] = "BEGIN IMMEDIATE",
	};
	int rc;

	if (!texts[d->mode])
		return SQLITE_OK;
	rc = sql_exec(s->db, texts[d->mode]);
	if (rc == SQLITE_OK)
		say(d, "%s: %s", s->name, texts[d->mode]);
	s->begun = rc == SQLITE_OK;
	return rc;
}

static int look(struct demo *d, struct side *s)
{
	int rc = sql_number(s->db, "SELECT value FROM counter", &s->seen);

	if (rc == SQLITE_OK)
		say(d, "%s: SELECT value -> %" PRId64, s->name, s->seen);
	return rc;
}

static int update(struct demo *d, struct side *s)
{
	int rc = sql_run(s->db, "UPDATE counter SET value = ?", "i", s->seen + 1);

	if (rc == SQLITE_OK) {
		say(d, "%s: UPDATE value = %" PRId64, s->name, s->seen + 1);
		return rc;
	}
	if (sqlite3_extended_errcode(s->db) != SQLITE_BUSY_SNAPSHOT)
		return rc;
	d->result->refused++;
	say(d, "%s: UPDATE value = %" PRId64 ": %s, at once: what was read is no longer so", s->name, s->seen + 1,
	    sql_code_name(SQLITE_BUSY_SNAPSHOT));
	sql_rollback(s->db);
	say(d, "%s: ROLLBACK, and goes on as if all were well", s->name);
	s->begun = false;
	return SQLITE_OK;
}

static int finish(struct demo *d, struct side *s)
{
	int rc = SQLITE_OK;

	s->over = true;
	if (s->begun) {
		rc = sql_exec(s->db, "COMMIT");
		if (rc == SQLITE_OK)
			say(d, "%s: COMMIT", s->name);
		s->begun = false;
	}
	return rc;
}

static int write_and_finish(struct demo *d, struct side *s)
{
	int rc = update(d, s);

	return rc == SQLITE_OK ? finish(d, s) : rc;
}

/* ---- both ---- */

/* B waits: meanwhile A goes on to its end, as another process would. */
static int while_b_waits(void *arg, int times)
{
	struct demo *d = arg;

	if (times > 0 || d->a.over)
		return 0;
	d->result->waited++;
	say(d, "B: %s waits, A is writing", "BEGIN IMMEDIATE");
	return write_and_finish(d, &d->a) == SQLITE_OK;
}

static int play(struct demo *d, struct side **ret_culprit)
{
	int rc;

	*ret_culprit = &d->a;
	rc = begin(d, &d->a);
	if (rc == SQLITE_OK)
		rc = look(d, &d->a);
	if (rc != SQLITE_OK)
		return rc;
	*ret_culprit = &d->b;
	rc = begin(d, &d->b);
	if (rc == SQLITE_OK)
		rc = look(d, &d->b);
	if (rc == SQLITE_OK && !d->a.over) {
		*ret_culprit = &d->a;
		rc = write_and_finish(d, &d->a);
	}
	if (rc != SQLITE_OK)
		return rc;
	*ret_culprit = &d->b;
	rc = write_and_finish(d, &d->b);
	if (rc == SQLITE_OK)
		rc = sql_number(d->b.db, "SELECT value FROM counter", &d->result->value);
	if (rc == SQLITE_OK)
		say(d, "the value ends in %" PRId64, d->result->value);
	return rc;
}

/* ---- the file ---- */

static int open_one(struct demo *d, struct side *s)
{
	int rc = sqlite3_open_v2(d->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_extended_result_codes(s->db, 1);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(s->db, PATIENCE_MS);
	/* The journal's mode is a row that is read; no checkpoint may come between the steps. */
	if (rc == SQLITE_OK)
		rc = sql_exec(s->db, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
	return rc;
}

static int open_both(struct demo *d)
{
	int rc = open_one(d, &d->a);

	if (rc == SQLITE_OK)
		rc = sql_exec(d->a.db, "CREATE TABLE counter(value INTEGER); INSERT INTO counter VALUES (0)");
	if (rc == SQLITE_OK)
		rc = open_one(d, &d->b);
	if (rc == SQLITE_OK && d->mode == DEMO_IMMEDIATE)
		rc = sqlite3_busy_handler(d->b.db, while_b_waits, d);
	return rc;
}

static int make_dir(struct demo *d, struct err *reterr)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(d->dir, sizeof(d->dir), "%s/catchbasin-demo.XXXXXX", tmp && *tmp ? tmp : "/tmp");

	if (n >= (int)sizeof(d->dir) || !mkdtemp(d->dir)) {
		err_set(reterr, EXIT_CANT_CREATE, "no temporary directory for the demonstration");
		return -1;
	}
	snprintf(d->path, sizeof(d->path), "%s/demo.db", d->dir);
	return 0;
}

static void remove_dir(const struct demo *d)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char path[sizeof(d->path) + 16];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", d->path, ends[i]);
		unlink(path);
	}
	rmdir(d->dir);
}

int demo_run(enum demo_mode mode, void (*tell)(void *arg, const char *line), void *arg, struct demo_result *ret,
	     struct err *reterr)
{
	struct demo d = {.mode = mode, .a.name = "A", .b.name = "B", .result = ret, .say = tell, .arg = arg};
	struct side *culprit = &d.a;
	int rc;

	assert(mode < DEMO_MODES);
	*ret = (struct demo_result){0};
	if (make_dir(&d, reterr))
		return -1;
	rc = open_both(&d);
	if (rc == SQLITE_OK)
		rc = play(&d, &culprit);
	if (rc != SQLITE_OK)
		sql_failed(culprit->db, "of the demonstration", rc, reterr);
	sqlite3_close(d.b.db);
	sqlite3_close(d.a.db);
	remove_dir(&d);
	return rc == SQLITE_OK ? 0 : -1;
}
