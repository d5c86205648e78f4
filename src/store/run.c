/* Keeps the table runs: who ran when, and whether the books were closed. */
#include "store/run.h"

#include <string.h>

#include "base/clock.h"
#include "store/sql.h"

/* The last run, if it has neither a receipt nor been called crashed. */
static int find_crashed(struct run *r, sqlite3 *db, int64_t *ret_id)
{
	int rc = sql_number(db,
			    "SELECT id FROM runs WHERE id = (SELECT max(id) FROM runs)"
			    " AND stopped_at IS NULL AND clean IS NULL", ret_id);

	if (rc == SQLITE_OK)
		rc = sql_number(db, "SELECT started_at FROM runs ORDER BY id DESC LIMIT 1", &r->crashed_at);
	r->crashed = rc == SQLITE_OK && *ret_id != 0;
	return rc;
}

/* Lost is what was in memory: after that run's last row, if it has one, else after its start. */
static int write_crash(const struct run *r, sqlite3 *db, int64_t crashed_id)
{
	int64_t last_at, from_at = r->crashed_at;
	int rc = sql_number(db, "SELECT received_at FROM messages ORDER BY id DESC LIMIT 1", &last_at);

	if (rc == SQLITE_OK)
		rc = sql_run(db, "UPDATE runs SET clean = 0 WHERE id = ?", "i", crashed_id);
	if (rc != SQLITE_OK)
		return rc;
	if (last_at > from_at)
		from_at = last_at;
	return sql_run(db,
		       "INSERT INTO loss(from_at, to_at, listener, reason, messages, bytes)"
		       " VALUES (?, ?, '*', ?, 0, NULL)", "iis", from_at,
		       r->started_at > from_at ? r->started_at : from_at, loss_reason_name(LOSS_CRASH));
}

int run_begin(struct run *r, sqlite3 *db, const char *version)
{
	int64_t crashed_id = 0;
	int rc = sql_exec(db, "BEGIN IMMEDIATE");

	memset(r, 0, sizeof(*r));
	r->started_at = clock_wall_ns();
	if (rc == SQLITE_OK)
		rc = find_crashed(r, db, &crashed_id);
	if (rc == SQLITE_OK && r->crashed)
		rc = write_crash(r, db, crashed_id);
	if (rc == SQLITE_OK)
		rc = sql_run(db, "INSERT INTO runs(started_at, version) VALUES (?, ?)", "is", r->started_at, version);
	r->id = sqlite3_last_insert_rowid(db);
	return rc == SQLITE_OK ? sql_exec(db, "COMMIT") : rc;
}

static int write_receipt(const struct run *r, struct writer *w, const struct store_receipt *receipt)
{
	sqlite3 *db = w->db->sql;
	int64_t now = clock_wall_ns();
	int rc = sql_run(db,
			 "UPDATE runs SET stopped_at = ?, received = ?, stored = ?, lost = ?, clean = ?,"
			 " first_id = nullif(?, 0), last_id = nullif(?, 0), pruned = coalesce(pruned, 0) WHERE id = ?", "iiiiiiii", now,
			 (int64_t)receipt->received, (int64_t)receipt->stored, (int64_t)receipt->lost,
			 (int64_t)receipt->clean, w->first_id, w->last_id, r->id);

	/* Somebody deleted the row: a receipt that is nowhere is none. */
	return rc == SQLITE_OK && sqlite3_changes(db) != 1 ? SQLITE_CORRUPT : rc;
}

int run_finish(const struct run *r, struct writer *w, const struct store_receipt *receipt,
	       const struct loss_delta *losses, unsigned loss_count)
{
	sqlite3 *db = w->db->sql;
	int64_t finished = 0;
	int rc = writer_begin(w);

	if (rc == SQLITE_OK)
		rc = sql_number(db, "SELECT count(*) FROM runs WHERE id = (SELECT max(id) FROM runs)"
				    " AND stopped_at IS NOT NULL", &finished);
	if (rc == SQLITE_OK && finished) {
		sql_rollback(db);
		return SQLITE_OK;
	}
	if (rc == SQLITE_OK)
		rc = writer_losses(w, losses, loss_count);
	if (rc == SQLITE_OK)
		rc = write_receipt(r, w, receipt);
	return rc == SQLITE_OK ? writer_run(w, TEXT_COMMIT) : rc;
}

int run_undo(const struct run *r, sqlite3 *db)
{
	return sql_run(db, "DELETE FROM runs WHERE id = ?", "i", r->id);
}
