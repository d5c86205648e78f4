/* Finds out which rows the database refuses, and stores the rest. */
#include "store/single.h"

#include "store/sql.h"

/* From here on whoever may end the transaction is asked first. */
#define RESTARTS 8

enum verdict {
	ROW_STORED,
	ROW_REFUSED,
	ROW_ROLLED_BACK, /* refused, and the whole transaction with it */
	ROW_FAILED,      /* the file's fault: see rc */
};

bool single_refusal(struct writer *w, int *rc)
{
	sqlite3_stmt *probe = NULL;
	int found;

	switch (*rc & 0xff) {
	case SQLITE_CONSTRAINT:
	case SQLITE_TOOBIG:
	case SQLITE_MISMATCH:
		return true;
	case SQLITE_ERROR:
		/* A trigger's own error, unless the statement as such no longer makes sense. */
		found = sqlite3_prepare_v2(w->db->sql, sqlite3_sql(w->stmt[TEXT_ONE]), -1, &probe, NULL);
		sqlite3_finalize(probe);
		if (found != SQLITE_OK)
			*rc = found;
		return found == SQLITE_OK;
	default:
		return false;
	}
}

static enum verdict insert(struct writer *w, int64_t id, struct batch *b, const struct msg *m, int *ret_rc)
{
	sqlite3 *sql = w->db->sql;
	sqlite3_stmt *one = w->stmt[TEXT_ONE];
	bool stored = false;
	int rc = writer_run(w, TEXT_SAVE);

	if (rc == SQLITE_OK)
		rc = rows_bind(one, id, b, m);
	if (rc == SQLITE_OK) {
		rc = writer_run(w, TEXT_ONE);
		stored = rc == SQLITE_OK && sqlite3_changes64(sql) == 1;
	}
	sqlite3_clear_bindings(one);
	*ret_rc = rc;
	if (rc == SQLITE_OK) {
		*ret_rc = writer_run(w, TEXT_KEEP);
		return *ret_rc != SQLITE_OK ? ROW_FAILED : stored ? ROW_STORED : ROW_REFUSED;
	}
	if (!single_refusal(w, ret_rc))
		return ROW_FAILED;
	if (sqlite3_get_autocommit(sql))
		return ROW_ROLLED_BACK;
	/* RAISE(FAIL) leaves behind what was done before it. */
	*ret_rc = writer_run(w, TEXT_BACK);
	if (*ret_rc == SQLITE_OK)
		*ret_rc = writer_run(w, TEXT_KEEP);
	return *ret_rc == SQLITE_OK ? ROW_REFUSED : ROW_FAILED;
}

/* Asks for each remaining message, in a transaction of its own that is taken back, whether it would be refused:
 * otherwise a trigger that rolls back would make us start over once for every row. */
static int probe_rest(struct writer *w, struct walk walk)
{
	struct msg *m;
	int rc = SQLITE_OK;

	while (rc == SQLITE_OK && (m = walk_next(&walk))) {
		enum verdict v;

		if (m->refused)
			continue;
		rc = writer_begin(w);
		if (rc != SQLITE_OK)
			break;
		v = insert(w, w->base_id + 1, walk.batch, m, &rc);
		sql_rollback(w->db->sql);
		if (v == ROW_FAILED)
			break;
		m->refused = v != ROW_STORED;
		rc = SQLITE_OK;
	}
	return rc;
}

/* One pass. SQLITE_ABORT: somebody rolled back; start over without whom it was about. */
static int pass(struct writer *w, struct take *take, uint64_t *ret_rows, struct walk *walk)
{
	struct msg *m;
	int rc = SQLITE_OK;

	*ret_rows = 0;
	*walk = walk_start(take);
	while ((m = walk_next(walk))) {
		if (m->refused)
			continue;
		switch (insert(w, w->base_id + 1 + (int64_t)*ret_rows, walk->batch, m, &rc)) {
		case ROW_STORED:
			++*ret_rows;
			break;
		case ROW_REFUSED:
			m->refused = true;
			break;
		case ROW_ROLLED_BACK:
			m->refused = true;
			return SQLITE_ABORT;
		case ROW_FAILED:
			return rc;
		}
	}
	return SQLITE_OK;
}

int single_store(struct writer *w, struct take *take, uint64_t *ret_rows)
{
	struct walk walk;
	int rc;

	sql_rollback(w->db->sql);
	/* Only here savepoints are taken back and the transaction goes on. */
	rc = db_keep_pages(w->db);
	if (rc == SQLITE_OK)
		rc = writer_begin(w);
	if (rc != SQLITE_OK)
		return rc;
	w->marked = true;
	for (unsigned starts = 0; (rc = pass(w, take, ret_rows, &walk)) == SQLITE_ABORT; starts++) {
		rc = starts < RESTARTS ? SQLITE_OK : probe_rest(w, walk);
		if (rc == SQLITE_OK)
			rc = writer_begin(w);
		if (rc != SQLITE_OK)
			return rc;
	}
	return rc;
}
