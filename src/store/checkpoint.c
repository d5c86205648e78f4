/* Decides when the log is moved into the file, and how hard to try when readers are in the way. */
#include "store/checkpoint.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "store/pin.h"
#include "store/sql.h"

void checkpoint_init(struct checkpoint *c, struct db *db, uint64_t limit_bytes)
{
	*c = (struct checkpoint){.db = db, .shm_fd = -1};
	atomic_init(&c->limit_bytes, limit_bytes);
}

bool checkpoint_set_limit(struct checkpoint *c, uint64_t limit_bytes)
{
	return atomic_exchange(&c->limit_bytes, limit_bytes) != limit_bytes;
}

/* Is a log of so many bytes too long? */
static bool is_over(const struct checkpoint *c, uint64_t bytes)
{
	uint64_t limit = atomic_load(&c->limit_bytes);

	return limit > 0 && bytes > limit;
}

static uint64_t bytes_of(const struct checkpoint *c, int pages)
{
	return (uint64_t)pages * (uint64_t)c->db->page_bytes;
}

/* ---- one checkpoint ---- */

/* Takes it as it comes (PASSIVE), or waits a moment for readers and cuts the log (TRUNCATE). SQLite's code. */
static int move(struct checkpoint *c, int mode, int64_t now_ns)
{
	bool passive = mode == SQLITE_CHECKPOINT_PASSIVE;
	int64_t begun_ns = sync_now_ns();
	int left;

	if (!passive)
		sqlite3_busy_timeout(c->db->sql, CHECKPOINT_WAIT_MS);
	c->code = db_checkpoint(c->db, mode, &left);
	if (!passive)
		sqlite3_busy_timeout(c->db->sql, DB_BUSY_MS);
	c->whole = c->code == SQLITE_OK && left == 0;
	c->tried_pages = c->db->wal_pages;
	if (!passive)
		c->forced_pages = c->db->wal_pages;
	if (c->whole)
		c->failures = 0;
	else if (!passive && c->failures < CHECKPOINT_FAILURES)
		c->failures++;
	*(passive ? &c->tried_ns : &c->forced_ns) = now_ns;
	counter_add(c->whole ? &c->done : &c->in_vain, 1);
	counter_add(&c->took_us, (uint64_t)(sync_now_ns() - begun_ns) / 1000);
	return c->code;
}

bool checkpoint_empty(struct checkpoint *c, int64_t now_ns)
{
	if (move(c, SQLITE_CHECKPOINT_TRUNCATE, now_ns) != SQLITE_OK)
		return false;
	c->db->wal_pages = c->tried_pages = c->forced_pages = 0;
	return true;
}

/* The log is in the file, and the next commit may start it over. */
static bool is_settled(const struct checkpoint *c)
{
	return c->tried_pages == 0 || (c->whole && c->db->wal_pages == c->tried_pages);
}

/* A checkpoint is worth trying when the log is long, and again when it has grown by as much or a second has passed:
 * a reader in the way makes each try cost as much as a good one. */
static bool is_due(const struct checkpoint *c, int64_t now_ns)
{
	int limit = DB_WAL_BYTES / c->db->page_bytes, pages = c->db->wal_pages;

	if (pages < limit)
		return false;
	if (c->tried_pages == 0)
		return true;
	return !is_settled(c) && (pages >= c->tried_pages + limit || now_ns >= c->tried_ns + CHECKPOINT_RETRY_NS);
}

/* Readers that overlap leave no moment in which the log could start over by itself: some must be waited for, less often
 * where one does not go. A log that has been too long is cut as soon as that can be. */
static bool must_force(const struct checkpoint *c, int64_t now_ns)
{
	uint64_t bytes = bytes_of(c, c->db->wal_pages);
	bool over = counter_get(&c->over) != 0;

	if (bytes < DB_WAL_KEEP_BYTES || (is_settled(c) && !over))
		return false;
	return (c->failures == 0 && bytes >= bytes_of(c, c->forced_pages) + DB_WAL_KEEP_BYTES) ||
	       now_ns >= c->forced_ns + (CHECKPOINT_FORCE_NS << c->failures);
}

/* ---- telling ---- */

pid_t checkpoint_reader(struct checkpoint *c)
{
	char shm[PATH_MAX + 8];

	snprintf(shm, sizeof(shm), "%s-shm", c->db->file.real);
	if (c->shm_fd < 0)
		c->shm_fd = pin_descriptor(shm);
	return pin_holder(c->shm_fd);
}

static void tell_over(struct checkpoint *c, uint64_t bytes, int64_t now_ns)
{
	bool reader = c->code == SQLITE_OK || (c->code & 0xff) == SQLITE_BUSY;
	char words[PIN_TEXT];

	counter_set(&c->reader, (uint64_t)checkpoint_reader(c));
	if (bytes > c->most_bytes)
		c->most_bytes = bytes;
	if (counter_get(&c->over) && bytes < 2 * c->warned_bytes)
		return;
	if (!counter_get(&c->over))
		c->over_ns = now_ns;
	counter_set(&c->over, 1);
	c->warned_bytes = bytes;
	log_warning("store %s: its write-ahead log has grown to %" PRIu64 " MiB, beyond wal_limit (%" PRIu64
		    " MiB), and cannot be shortened: %s", c->db->file.path, bytes >> 20,
		    atomic_load(&c->limit_bytes) >> 20,
		    reader ? pin_words((pid_t)counter_get(&c->reader), words) : sql_code_name(c->code));
}

static void tell_short(struct checkpoint *c, int64_t now_ns)
{
	log_notice("store %s: its write-ahead log is short again, after %" PRId64 " ms; it had %" PRIu64 " MiB at most",
		   c->db->file.path, (now_ns - c->over_ns) / NS_PER_MS, c->most_bytes >> 20);
	counter_set(&c->over, 0);
	counter_set(&c->reader, 0);
	c->warned_bytes = c->most_bytes = 0;
}

/* When it may be worth a try though nothing was committed since. */
static int64_t next_ns(const struct checkpoint *c)
{
	if (is_settled(c) && !counter_get(&c->over))
		return SYNC_FOREVER;
	return c->tried_ns + CHECKPOINT_RETRY_NS;
}

int64_t checkpoint_tend(struct checkpoint *c, int64_t now_ns)
{
	bool tried = false;
	uint64_t bytes;

	/* It has started over. */
	if (c->db->wal_pages < c->tried_pages)
		c->tried_pages = c->forced_pages = 0;
	if (is_due(c, now_ns)) {
		(void)move(c, SQLITE_CHECKPOINT_PASSIVE, now_ns);
		tried = true;
	}
	if (must_force(c, now_ns)) {
		(void)checkpoint_empty(c, now_ns);
		tried = true;
	}
	bytes = bytes_of(c, c->db->wal_pages);
	if (tried && !is_settled(c) && is_over(c, bytes))
		tell_over(c, bytes, now_ns);
	else if (counter_get(&c->over) && !is_over(c, bytes))
		tell_short(c, now_ns);
	return next_ns(c);
}
