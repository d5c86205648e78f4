/* Deletes what is oldest, a few rows between two looks at the clock, and moves pages from the file's end to the front. */
#include "store/prune.h"

#include <string.h>

#include "base/clock.h"
#include "base/sync.h"
#include "store/sql.h"

#define CHUNK_NS (NS_PER_MS / 2) /* between two looks at the clock */
#define CHUNK_FIRST 128
#define CHUNK_MOST 16384
#define FAR_NS (60 * NS_PER_S)   /* between two looks behind messages with a time of the future */

static const char *const texts[PRUNE_TEXTS] = {
	[PRUNE_TEXT_BEGIN] = "BEGIN IMMEDIATE",
	[PRUNE_TEXT_COMMIT] = "COMMIT",
	[PRUNE_TEXT_FIRST] = "SELECT id, received_at FROM messages WHERE id > 0 ORDER BY id LIMIT 1",
	[PRUNE_TEXT_LAST] = "SELECT max(id) FROM messages",
	[PRUNE_TEXT_AT] = "SELECT id, received_at FROM messages WHERE id <= ? ORDER BY id DESC LIMIT 1",
	[PRUNE_TEXT_DELETE] = "DELETE FROM messages WHERE id <= ?",
	[PRUNE_TEXT_BOOK] = "UPDATE runs SET pruned = coalesce(pruned, 0) + ? WHERE id = ?",
	[PRUNE_TEXT_PAGES] = "PRAGMA page_count",
	[PRUNE_TEXT_FREE] = "PRAGMA freelist_count",
	[PRUNE_TEXT_LOSSES] = "SELECT max(id) FROM loss",
	[PRUNE_TEXT_SHRINK] = "PRAGMA incremental_vacuum",
};

const char *prune_reason_name(enum prune_reason why)
{
	static const char *const names[PRUNE_REASONS] = {
		[PRUNE_AGE] = "age", [PRUNE_SIZE] = "size", [PRUNE_MESSAGES] = "messages", [PRUNE_SPACE] = "space"};

	return names[why];
}

/* ---- statements ---- */

/* Runs one to its end; its first row's first columns, as far as they are wanted. 0 where there is none. */
static int run(struct prune *p, enum prune_text text, int64_t *ret, int count)
{
	sqlite3_stmt *st = p->stmt[text];
	int rc = sqlite3_step(st);

	for (int i = 0; i < count; i++)
		ret[i] = rc == SQLITE_ROW ? sqlite3_column_int64(st, i) : 0;
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int run_with(struct prune *p, enum prune_text text, int64_t value, int64_t *ret, int count)
{
	int rc = sqlite3_bind_int64(p->stmt[text], 1, value);

	return rc == SQLITE_OK ? run(p, text, ret, count) : rc;
}

int prune_init(struct prune *p, struct db *db, int64_t run_id)
{
	int64_t vacuum = 0, first[2];
	int rc = sql_number(db->sql, "PRAGMA auto_vacuum", &vacuum);

	memset(p, 0, sizeof(*p));
	p->db = db;
	p->run = run_id;
	p->rows = CHUNK_FIRST;
	p->pages = CHUNK_FIRST / 8;
	p->vacuums = vacuum == 2;
	for (int i = 0; rc == SQLITE_OK && i < PRUNE_TEXTS; i++)
		rc = sqlite3_prepare_v3(db->sql, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &p->stmt[i], NULL);
	if (rc == SQLITE_OK)
		rc = run(p, PRUNE_TEXT_FIRST, first, 2);
	if (rc == SQLITE_OK)
		counter_set(&p->oldest_at, (uint64_t)first[1]);
	else
		prune_done(p);
	return rc;
}

void prune_done(struct prune *p)
{
	for (int i = 0; i < PRUNE_TEXTS; i++) {
		sqlite3_finalize(p->stmt[i]);
		p->stmt[i] = NULL;
	}
}

void prune_stop(struct prune *p)
{
	atomic_store(&p->stopped, true);
}

/* ---- the frame of a step ---- */

struct step {
	int64_t begun_ns;
	enum durability durability; /* to be in force again */
};

/* Nothing is waited for: neither the lock, nor the disk. */
static int begin(struct prune *p, struct step *s)
{
	int rc = SQLITE_OK;

	s->begun_ns = sync_now_ns();
	s->durability = p->db->durability;
	sqlite3_busy_timeout(p->db->sql, 0);
	if (s->durability == DURABILITY_FULL)
		rc = db_set_durability(p->db, DURABILITY_NORMAL);
	return rc == SQLITE_OK ? run(p, PRUNE_TEXT_BEGIN, NULL, 0) : rc;
}

/* Commits what went well, undoes what did not. */
static int end(struct prune *p, struct step *s, int rc)
{
	int64_t worked_ns = sync_now_ns(), took_ns;
	int back = SQLITE_OK;

	if (rc == SQLITE_OK)
		rc = run(p, PRUNE_TEXT_COMMIT, NULL, 0);
	sql_rollback(p->db->sql);
	sqlite3_busy_timeout(p->db->sql, DB_BUSY_MS);
	/* Where this fails the next transaction finds the wrong one in force, and sets the right one first. */
	if (s->durability != p->db->durability)
		back = db_set_durability(p->db, s->durability);
	took_ns = sync_now_ns() - s->begun_ns;
	if (rc == SQLITE_OK) {
		p->commit_ns += (took_ns - (worked_ns - s->begun_ns) - p->commit_ns) / 4;
		if (p->steps)
			histogram_add(p->steps, HISTOGRAM_PRUNE_STEP, (uint64_t)took_ns);
		if ((uint64_t)took_ns > counter_get(&p->most_ns))
			counter_set(&p->most_ns, (uint64_t)took_ns);
	}
	return rc == SQLITE_OK ? back : rc;
}

/* May another chunk begin? The first one may, however long the beginning took. Where committing alone takes all the time, a
 * step is still to be worth it, or a load would outrun it. */
static bool in_time(struct prune *p, const struct step *s, uint64_t done)
{
	int64_t left_ns = PRUNE_AIM_NS - p->commit_ns;

	if (left_ns < PRUNE_AIM_NS / 2)
		left_ns = PRUNE_AIM_NS / 2;
	return !atomic_load(&p->stopped) && (done == 0 || sync_now_ns() < s->begun_ns + left_ns);
}

/* The next chunk is to take CHUNK_NS; it grows slowly and shrinks at once. */
static uint32_t fit(uint32_t chunk, uint64_t done, int64_t took_ns)
{
	uint64_t want = done * (uint64_t)CHUNK_NS / (uint64_t)(took_ns > 0 ? took_ns : 1);

	if (want > (uint64_t)chunk * 2)
		want = (uint64_t)chunk * 2;
	return want < 1 ? 1 : want > CHUNK_MOST ? CHUNK_MOST : (uint32_t)want;
}

/* ---- how far it may go ---- */

/* What is known when a chunk begins. */
struct sight {
	int64_t first_id, first_at, last_id; /* 0: there are none */
	int64_t chunk_id;                    /* the last id of a chunk */
};

static int look(struct prune *p, uint64_t most, struct sight *v)
{
	int64_t first[2];
	int rc = run(p, PRUNE_TEXT_FIRST, first, 2);
	uint64_t rows = most < p->rows ? most : p->rows;

	if (rc == SQLITE_OK)
		rc = run(p, PRUNE_TEXT_LAST, &v->last_id, 1);
	v->first_id = first[0];
	v->first_at = first[1];
	v->chunk_id = v->last_id - v->first_id < (int64_t)rows ? v->last_id : v->first_id + (int64_t)rows - 1;
	return rc;
}

/* The last row of the chunk that was received before `before`; a younger one among older ones goes with them. */
static int by_age(struct prune *p, const struct sight *v, int64_t before, int64_t *ret_id)
{
	int64_t row[2], now_ns = sync_now_ns(), chunk = v->chunk_id - v->first_id + 1;
	int rc = SQLITE_OK;

	for (int64_t n = chunk; rc == SQLITE_OK && n > 0; n /= 2) {
		rc = run_with(p, PRUNE_TEXT_AT, v->first_id + n - 1, row, 2);
		if (rc == SQLITE_OK && row[1] < before) {
			*ret_id = row[0];
			return SQLITE_OK;
		}
	}
	/* The clock may have been set back since: what is behind many young messages can be old all the same. */
	if (p->looked_far_ns && now_ns < p->looked_far_ns + FAR_NS)
		return rc;
	p->looked_far_ns = now_ns;
	for (int64_t n = v->last_id - v->first_id + 1; rc == SQLITE_OK && n > chunk; n /= 2) {
		/* On a slow disk each look costs what a step may. */
		if (sync_now_ns() > now_ns + PRUNE_AIM_NS)
			break;
		rc = run_with(p, PRUNE_TEXT_AT, v->first_id + n - 1, row, 2);
		if (rc == SQLITE_OK && row[1] < before) {
			p->looked_far_ns = 0;
			*ret_id = v->chunk_id;
			return SQLITE_OK;
		}
	}
	return rc;
}

/* What a row of the table loss takes, generously. */
#define LOSS_ROW_BYTES 64

static int by_size(struct prune *p, const struct sight *v, int64_t most_bytes, int64_t *ret_id)
{
	int64_t pages, free_pages, losses, beyond, rows;
	int rc = run(p, PRUNE_TEXT_PAGES, &pages, 1);

	if (rc == SQLITE_OK)
		rc = run(p, PRUNE_TEXT_FREE, &free_pages, 1);
	if (rc == SQLITE_OK)
		rc = run(p, PRUNE_TEXT_LOSSES, &losses, 1);
	if (rc != SQLITE_OK)
		return rc;
	/* No message is to go because much was lost. */
	pages -= free_pages + losses * LOSS_ROW_BYTES / p->db->page_bytes;
	beyond = pages - most_bytes / p->db->page_bytes;
	if (beyond <= 0)
		return SQLITE_OK;
	/* By what a page holds on the average; the next look sees what came of it. */
	rows = (int64_t)((double)(v->last_id - v->first_id + 1) / (double)pages * (double)beyond);
	*ret_id = v->first_id + (rows > 0 ? rows - 1 : 0);
	return SQLITE_OK;
}

/* The highest id that may go with this chunk, and why; 0: none. */
static int find_bound(struct prune *p, const struct prune_limits *limits, const struct sight *v, int64_t *ret_id,
		      enum prune_reason *ret_why)
{
	int64_t bound[PRUNE_REASONS] = {0};
	int rc = SQLITE_OK;

	*ret_id = 0;
	if (v->first_id == 0)
		return SQLITE_OK;
	if (!limits)
		bound[PRUNE_SPACE] = v->chunk_id;
	else if (limits->messages)
		bound[PRUNE_MESSAGES] = v->last_id - limits->messages;
	if (limits && limits->size_bytes)
		rc = by_size(p, v, limits->size_bytes, &bound[PRUNE_SIZE]);
	if (rc == SQLITE_OK && limits && limits->age_ns)
		rc = by_age(p, v, clock_wall_ns() - limits->age_ns, &bound[PRUNE_AGE]);
	for (enum prune_reason why = 0; why < PRUNE_REASONS; why++) {
		if (bound[why] < v->first_id || bound[why] <= *ret_id)
			continue;
		*ret_id = bound[why];
		*ret_why = why;
	}
	if (*ret_id > v->chunk_id)
		*ret_id = v->chunk_id;
	return rc;
}

/* ---- the steps ---- */

static int delete_chunk(struct prune *p, const struct sight *v, int64_t bound, enum prune_reason why,
			uint64_t rows[PRUNE_REASONS], struct prune_result *ret)
{
	int64_t begun_ns = sync_now_ns();
	int rc = run_with(p, PRUNE_TEXT_DELETE, bound, NULL, 0);
	uint64_t gone = rc == SQLITE_OK ? (uint64_t)sqlite3_changes64(p->db->sql) : 0;

	if (rc != SQLITE_OK)
		return rc;
	/* Somebody's trigger keeps them: it would be asked for ever. */
	if (gone == 0)
		return SQLITE_CONSTRAINT;
	p->rows = fit(p->rows, gone, sync_now_ns() - begun_ns);
	rows[why] += gone;
	ret->rows += gone;
	ret->first_id = ret->first_id ? ret->first_id : v->first_id;
	ret->last_id = bound;
	ret->reasons |= 1u << why;
	return SQLITE_OK;
}

static int delete_rows(struct prune *p, const struct step *s, const struct prune_limits *limits, uint64_t most,
		       uint64_t rows[PRUNE_REASONS], struct prune_result *ret, int64_t *ret_oldest_at)
{
	for (;;) {
		enum prune_reason why = PRUNE_SPACE;
		struct sight v = {0};
		int64_t bound = 0;
		int rc = look(p, ret->rows < most ? most - ret->rows : 1, &v);

		if (rc == SQLITE_OK)
			rc = find_bound(p, limits, &v, &bound, &why);
		*ret_oldest_at = v.first_at;
		ret->left = bound != 0;
		if (rc != SQLITE_OK || !bound || ret->rows >= most || !in_time(p, s, ret->rows))
			return rc;
		rc = delete_chunk(p, &v, bound, why, rows, ret);
		if (rc != SQLITE_OK)
			return rc;
	}
}

static int book(struct prune *p, uint64_t rows)
{
	int rc = sqlite3_bind_int64(p->stmt[PRUNE_TEXT_BOOK], 2, p->run);

	if (rc == SQLITE_OK)
		rc = run_with(p, PRUNE_TEXT_BOOK, (int64_t)rows, NULL, 0);
	/* Somebody deleted the row: rows that nobody counts must not go. */
	return rc == SQLITE_OK && sqlite3_changes64(p->db->sql) != 1 ? SQLITE_CORRUPT : rc;
}

int prune_step(struct prune *p, const struct prune_limits *limits, uint64_t most, struct prune_result *ret)
{
	uint64_t rows[PRUNE_REASONS] = {0};
	int64_t oldest_at = 0;
	struct step step;
	int rc;

	*ret = (struct prune_result){0};
	rc = begin(p, &step);
	if (rc == SQLITE_OK)
		rc = delete_rows(p, &step, limits, most, rows, ret, &oldest_at);
	if (rc == SQLITE_OK && ret->rows)
		rc = book(p, ret->rows);
	rc = end(p, &step, rc);
	if (rc != SQLITE_OK) {
		*ret = (struct prune_result){0};
		return rc;
	}
	for (int i = 0; i < PRUNE_REASONS; i++)
		counter_add(&p->pruned[i], rows[i]);
	counter_set(&p->oldest_at, (uint64_t)oldest_at);
	return SQLITE_OK;
}

/* Moves as many pages as there is time for. */
static int move_pages(struct prune *p, const struct step *s, uint64_t most)
{
	sqlite3_stmt *st = p->stmt[PRUNE_TEXT_SHRINK];
	int rc = SQLITE_ROW;

	for (uint64_t moved = 0; rc == SQLITE_ROW && moved < most && in_time(p, s, moved);) {
		int64_t begun_ns = sync_now_ns();
		uint64_t n = 0;

		while (n < p->pages && moved + n < most && (rc = sqlite3_step(st)) == SQLITE_ROW)
			n++;
		moved += n;
		p->pages = fit(p->pages, n ? n : 1, sync_now_ns() - begun_ns);
	}
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int prune_shrink(struct prune *p, uint64_t keep_bytes, struct prune_result *ret)
{
	int64_t free_pages = 0, before = 0, after = 0, keep = (int64_t)(keep_bytes / (uint64_t)p->db->page_bytes);
	struct step step;
	int rc;

	ret->left = false;
	if (!p->vacuums)
		return SQLITE_OK;
	rc = begin(p, &step);
	if (rc == SQLITE_OK)
		rc = run(p, PRUNE_TEXT_FREE, &free_pages, 1);
	if (rc == SQLITE_OK)
		rc = run(p, PRUNE_TEXT_PAGES, &before, 1);
	if (rc == SQLITE_OK && free_pages > keep)
		rc = move_pages(p, &step, (uint64_t)(free_pages - keep));
	if (rc == SQLITE_OK)
		rc = run(p, PRUNE_TEXT_PAGES, &after, 1);
	rc = end(p, &step, rc);
	if (rc != SQLITE_OK || free_pages <= keep)
		return rc;
	ret->bytes += (uint64_t)(before - after) * (uint64_t)p->db->page_bytes;
	ret->left = free_pages - (before - after) > keep && before > after;
	counter_add(&p->given_bytes, (uint64_t)(before - after) * (uint64_t)p->db->page_bytes);
	return SQLITE_OK;
}
