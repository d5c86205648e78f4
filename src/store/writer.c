/* Commits takes, and in the same turn looks after the log and the free space. */
#include "store/writer.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "store/schema.h"
#include "store/single.h"
#include "store/sql.h"

static const char *const texts[WRITER_TEXTS] = {
	[TEXT_BEGIN] = "BEGIN IMMEDIATE",
	[TEXT_COMMIT] = "COMMIT",
	[TEXT_BASE] = "SELECT (SELECT value FROM meta WHERE key = 'last_id'), (SELECT max(id) FROM messages),"
		      " (SELECT max(id) FROM loss)",
	[TEXT_TRIGGERS] = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'messages' COLLATE nocase",
	[TEXT_BULK] = "INSERT INTO messages(received_at, listener, peer, size, body)"
		      " SELECT received_at, listener, peer, size, body FROM take_rows",
	[TEXT_ALIKE] = "INSERT INTO messages(received_at, listener, peer, size, body)"
		       " SELECT ?, ?, ?, size, body FROM take_rows",
	[TEXT_NUMBERED] = "INSERT INTO messages(id, received_at, listener, peer, size, body)"
			  " SELECT id, received_at, listener, peer, size, body FROM take_rows",
	[TEXT_ONE] = "INSERT INTO messages(id, received_at, listener, peer, size, body) VALUES (?, ?, ?, ?, ?, ?)",
	[TEXT_SAVE] = "SAVEPOINT one_row",
	[TEXT_KEEP] = "RELEASE one_row",
	[TEXT_BACK] = "ROLLBACK TO one_row",
	[TEXT_LOSS] = "INSERT INTO loss(id, from_at, to_at, listener, reason, messages, bytes)"
		      " VALUES (?, ?, ?, ?, ?, ?, ?)",
	[TEXT_LAST_ID] = "UPDATE meta SET value = ? WHERE key = 'last_id'",
};

int writer_run(struct writer *w, enum writer_text text)
{
	int rc = sqlite3_step(w->stmt[text]);

	/* The reset gives the statement's error again, and would lose it if it were read later. */
	if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
		sqlite3_reset(w->stmt[text]);
		return SQLITE_OK;
	}
	sqlite3_reset(w->stmt[text]);
	return rc;
}

/* Before a row goes in, a trigger sees the id that we give, and -1 where SQLite is to find one. */
static int look_for_triggers(struct writer *w, int reprepared)
{
	sqlite3_stmt *st = w->stmt[TEXT_TRIGGERS];
	int rc = sqlite3_step(st);

	if (rc != SQLITE_ROW) {
		sqlite3_reset(st);
		return rc;
	}
	w->triggers = sqlite3_column_int(st, 0) > 0;
	w->reprepared = reprepared;
	sqlite3_reset(st);
	return SQLITE_OK;
}

static int read_base(struct writer *w)
{
	sqlite3_stmt *st = w->stmt[TEXT_BASE];
	int rc = sqlite3_step(st), reprepared = sqlite3_stmt_status(st, SQLITE_STMTSTATUS_REPREPARE, 0);

	if (rc == SQLITE_ROW) {
		int64_t highest = sqlite3_column_int64(st, 1);
		bool there = sqlite3_column_type(st, 0) == SQLITE_INTEGER;

		w->base_id = sqlite3_column_int64(st, 0);
		w->base_loss = sqlite3_column_int64(st, 2);
		/* Rows that are gone had their ids, and SQLite would give those again. */
		w->number = highest < w->base_id;
		/* Somebody else wrote: their ids are gone for us. */
		if (highest > w->base_id)
			w->base_id = highest;
		rc = there && w->base_id >= 0 && w->base_id < INT64_MAX - UINT32_MAX && w->base_loss < INT64_MAX - UINT32_MAX
			     ? SQLITE_OK
			     : SQLITE_CORRUPT;
	}
	sqlite3_reset(st);
	return rc == SQLITE_OK && reprepared != w->reprepared ? look_for_triggers(w, reprepared) : rc;
}

int writer_begin(struct writer *w)
{
	int rc;

	/* Without memory even a rollback can fail. */
	sql_rollback(w->db->sql);
	if (!sqlite3_get_autocommit(w->db->sql))
		return SQLITE_NOMEM;
	rc = writer_run(w, TEXT_BEGIN);
	assert(w->db->gather.held == 0);
	return rc == SQLITE_OK ? read_base(w) : rc;
}

int writer_init(struct writer *w, struct db *db, int64_t min_free, uint64_t wal_limit, struct err *reterr)
{
	int rc;

	memset(w, 0, sizeof(*w));
	w->db = db;
	w->reprepared = -1;
	w->cool_ns = SYNC_FOREVER;
	atomic_flag_clear(&w->inside);
	atomic_init(&w->durability, (int)db->durability);
	checkpoint_init(&w->checkpoint, db, wal_limit);
	space_init(&w->space, db, &w->checkpoint, min_free);
	rc = rows_register(db->sql, &w->rows);
	for (int i = 0; rc == SQLITE_OK && i < WRITER_TEXTS; i++)
		rc = sqlite3_prepare_v3(db->sql, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &w->stmt[i], NULL);
	if (rc == SQLITE_OK)
		rc = read_base(w);
	if (rc == SQLITE_OK) {
		counter_set(&w->last_given, (uint64_t)w->base_id);
		return 0;
	}
	sql_failed(db->sql, db->file.path, rc, reterr);
	writer_done(w);
	return -1;
}

void writer_done(struct writer *w)
{
	for (int i = 0; i < WRITER_TEXTS; i++) {
		sqlite3_finalize(w->stmt[i]);
		w->stmt[i] = NULL;
	}
}

int writer_losses(struct writer *w, const struct loss_delta *losses, unsigned count)
{
	sqlite3_stmt *st = w->stmt[TEXT_LOSS];
	int rc = SQLITE_OK;

	for (unsigned i = 0; rc == SQLITE_OK && i < count; i++) {
		const struct loss_delta *l = &losses[i];

		if (sqlite3_bind_int64(st, 1, w->base_loss + 1 + i) != SQLITE_OK ||
		    sqlite3_bind_int64(st, 2, l->from_at) != SQLITE_OK ||
		    sqlite3_bind_int64(st, 3, l->to_at) != SQLITE_OK ||
		    sqlite3_bind_text(st, 4, l->listener, -1, SQLITE_STATIC) != SQLITE_OK ||
		    sqlite3_bind_text(st, 5, loss_reason_name(l->reason), -1, SQLITE_STATIC) != SQLITE_OK ||
		    sqlite3_bind_int64(st, 6, (int64_t)l->messages) != SQLITE_OK ||
		    sqlite3_bind_int64(st, 7, (int64_t)l->bytes) != SQLITE_OK)
			rc = SQLITE_NOMEM;
		else
			rc = writer_run(w, TEXT_LOSS);
		sqlite3_clear_bindings(st);
	}
	return rc;
}

/* Did the COMMIT that reported an error come through after all? Ids are dense and never given twice: if the
 * last one of that attempt is covered, it did. */
static bool came_through(struct writer *w, const struct take *take)
{
	const struct attempt *a = &w->attempt;

	if (!a->open || a->ticket != take->ticket)
		return false;
	if (a->rows)
		return w->base_id >= a->last_id;
	return a->last_loss && w->base_loss >= a->last_loss;
}

/* An attempt that was given up, and booked as lost, may have come through: the rows stay, but somebody must know. */
static void tell_strays(struct writer *w, const struct take *take)
{
	const struct attempt *a = &w->attempt;

	if (a->open && a->ticket != take->ticket && a->rows && w->base_id >= a->last_id) {
		log_warning("store %s: rows %" PRId64 " to %" PRId64 " were given up as lost, but are there after all",
			    w->db->file.path, a->first_id, a->last_id);
		w->attempt.open = false;
	}
}

static int insert_span(struct writer *w, const struct span *span, enum writer_text text, uint64_t *ret_rows)
{
	int rc = text == TEXT_ALIKE ? rows_bind_alike(w->stmt[text], span) : SQLITE_OK;

	w->rows = (struct rows){.span = *span, .first_id = w->base_id + 1};
	if (rc == SQLITE_OK)
		rc = writer_run(w, text);
	w->rows.span.count = 0;
	if (rc == SQLITE_OK)
		*ret_rows += (uint64_t)sqlite3_changes64(w->db->sql);
	return rc;
}

static int insert_spans(struct writer *w, const struct take *take, uint64_t *ret_rows)
{
	struct walk at = walk_start(take);
	struct span span;
	int rc = SQLITE_OK;

	if (w->number || w->triggers) {
		span = span_all(take);
		return insert_span(w, &span, TEXT_NUMBERED, ret_rows);
	}
	while (rc == SQLITE_OK && (span = span_next(&at)).count > 0)
		rc = insert_span(w, &span, span.alike ? TEXT_ALIKE : TEXT_BULK, ret_rows);
	sqlite3_clear_bindings(w->stmt[TEXT_ALIKE]);
	return rc;
}

static int insert_rows(struct writer *w, struct take *take, uint64_t *ret_rows)
{
	int rc;

	*ret_rows = 0;
	if (take->messages == 0)
		return SQLITE_OK;
	rc = insert_spans(w, take, ret_rows);
	if (rc == SQLITE_OK && *ret_rows == take->messages)
		return SQLITE_OK;
	if (rc != SQLITE_OK && !single_refusal(w, &rc))
		return rc;
	/* Some row was refused, aloud or in silence: begin again, one by one. */
	return single_store(w, take, ret_rows);
}

static void clear_marks(struct writer *w, struct take *take)
{
	struct walk walk = walk_start(take);
	struct msg *m;

	while (w->marked && (m = walk_next(&walk)))
		m->refused = false;
	w->marked = false;
}

/* The first message stored into an empty table is its oldest. */
static void book_oldest(struct writer *w, struct take *take)
{
	struct counter *oldest_at = &w->keep.prune.oldest_at;
	struct walk walk = walk_start(take);
	const struct msg *m;

	if (counter_get(oldest_at) > 0)
		return;
	while ((m = walk_next(&walk)) && m->refused)
		;
	if (m)
		counter_set(oldest_at, (uint64_t)batch_origin(walk.batch, m)->received_at);
}

/* What a committed attempt means for the counters. */
static void book(struct writer *w, struct take *take)
{
	const struct attempt *a = &w->attempt;

	if (a->rows) {
		if (!w->first_id)
			w->first_id = a->first_id;
		w->last_id = a->last_id;
		counter_set(&w->last_given, (uint64_t)a->last_id);
		counter_add(&w->stored, a->rows);
		book_oldest(w, take);
	}
	w->attempt.open = false;
	w->marked = false;
}

static int write_take(struct writer *w, struct take *take)
{
	uint64_t rows = 0;
	int rc;

	clear_marks(w, take);
	rc = insert_rows(w, take, &rows);
	if (rc == SQLITE_OK)
		rc = writer_losses(w, take->losses, take->loss_count);
	if (rc == SQLITE_OK && rows) {
		rc = sqlite3_bind_int64(w->stmt[TEXT_LAST_ID], 1, w->base_id + (int64_t)rows);
		if (rc == SQLITE_OK)
			rc = writer_run(w, TEXT_LAST_ID);
	}
	if (rc != SQLITE_OK)
		return rc;
	w->attempt = (struct attempt){
		.open = true,
		.ticket = take->ticket,
		.rows = rows,
		.first_id = rows ? w->base_id + 1 : 0,
		.last_id = rows ? w->base_id + (int64_t)rows : 0,
		.last_loss = take->loss_count ? w->base_loss + take->loss_count : 0,
	};
	return writer_run(w, TEXT_COMMIT);
}

static int store_take(struct writer *w, struct take *take)
{
	enum durability wanted = (enum durability)atomic_load(&w->durability);
	int rc = wanted == w->db->durability ? SQLITE_OK : db_set_durability(w->db, wanted);

	if (rc == SQLITE_OK)
		rc = db_fit_cache(w->db, take->bytes);
	if (rc == SQLITE_OK)
		rc = writer_begin(w);
	if (rc != SQLITE_OK)
		return rc;
	tell_strays(w, take);
	if (came_through(w, take))
		sql_rollback(w->db->sql);
	else
		rc = write_take(w, take);
	if (rc == SQLITE_OK)
		book(w, take);
	return rc;
}

static int store_in_turn(struct writer *w, struct take *take)
{
	int64_t begun_ns = sync_now_ns();
	int rc = store_take(w, take);

	w->turn = (struct keep_turn){.took_ns = sync_now_ns() - begun_ns, .rows = take->messages};
	return rc;
}

static enum sink_result writer_store(void *self, struct take *take, struct err *reterr)
{
	struct writer *w = self;
	enum sink_result result = SINK_OK;
	bool others = atomic_flag_test_and_set(&w->inside);
	int rc = SQLITE_OK;

	assert(!others);
	if (!space_admit(&w->space, take, sync_now_ns(), reterr))
		result = SINK_HELD;
	else
		rc = store_in_turn(w, take);
	if (rc != SQLITE_OK) {
		result = sql_failed(w->db->sql, w->db->file.path, rc, reterr);
		/* "no such table" is not our fault: say what is gone. */
		if ((rc & 0xff) == SQLITE_ERROR && !schema_complete(w->db->sql, w->db->file.path, reterr))
			result = SINK_FATAL;
		sql_rollback(w->db->sql);
	}
	atomic_flag_clear(&w->inside);
	return result;
}

/* What a storm took for pages is given back once it is over. Gives when it wants to be called again. */
static int64_t cool_down(struct writer *w, int64_t now_ns)
{
	if (w->turn.took_ns) {
		w->cool_ns = now_ns + WRITER_COOL_NS;
	} else if (now_ns >= w->cool_ns) {
		(void)sqlite3_db_release_memory(w->db->sql);
		mem_trim();
		w->cool_ns = SYNC_FOREVER;
	}
	return w->cool_ns;
}

static int64_t sooner(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

static int64_t writer_tend(void *self)
{
	struct writer *w = self;
	bool others = atomic_flag_test_and_set(&w->inside);
	int64_t now = sync_now_ns(), next_ns;

	assert(!others);
	w->turn.now_ns = now;
	next_ns = sooner(keep_tend(&w->keep, &w->turn), cool_down(w, now));
	w->turn = (struct keep_turn){0}; /* the next may be one of nothing */
	now = sync_now_ns();
	next_ns = sooner(next_ns, checkpoint_tend(&w->checkpoint, now));
	next_ns = sooner(next_ns, space_tend(&w->space, now));
	if (now >= w->looked_ns + NS_PER_S) {
		bool moved = file_moved(&w->db->file);

		w->looked_ns = now;
		if (moved && !atomic_load(&w->moved))
			log_warning("store %s: the file was moved, replaced or deleted; what is stored goes on into "
				    "the file that was opened, until a restart", w->db->file.path);
		atomic_store(&w->moved, moved);
	}
	atomic_flag_clear(&w->inside);
	return next_ns;
}

struct sink writer_sink(struct writer *w)
{
	static const struct sink_ops ops = {.store = writer_store, .tend = writer_tend};

	return (struct sink){.ops = &ops, .self = w};
}
