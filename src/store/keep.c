/* Decides when to prune, how much at a time, and what to say about it. */
#include "store/keep.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "store/sql.h"

#define BUSY_NS (200 * NS_PER_MS)   /* before the next try, where somebody else writes, */
#define FAILED_NS (10 * NS_PER_S)   /* and after any other failure */
#define AGE_NS (60 * NS_PER_S)      /* an age is looked at that often: the clock may have been set */
#define SHARE 32                    /* the part of a file that may be free */

/* ---- telling ---- */

static void format_reasons(unsigned reasons, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (enum prune_reason why = 0; why < PRUNE_REASONS; why++) {
		if ((reasons & 1u << why) && at < size)
			at += (size_t)snprintf(text + at, size - at, "%s%s%s", at ? ", " : "",
					       why == PRUNE_SPACE ? "" : "keep_", prune_reason_name(why));
	}
}

static void tell(struct keep *k, int64_t now_ns)
{
	char rows[160] = "", bytes[64] = "", why[64];

	if (k->sum.rows) {
		format_reasons(k->sum.reasons, why, sizeof(why));
		snprintf(rows, sizeof(rows), "pruned %" PRIu64 " messages, ids %" PRId64 " to %" PRId64 " (%s)", k->sum.rows,
			 k->sum.first_id, k->sum.last_id, why);
	}
	if (k->sum.bytes)
		snprintf(bytes, sizeof(bytes), "%sgave %.1f MiB back to the file system", k->sum.rows ? ", " : "",
			 (double)k->sum.bytes / 1048576);
	log_info("store %s: %s%s, within %.1f s", k->prune.db->file.path, rows, bytes, (double)(now_ns - k->since_ns) / NS_PER_S);
	k->sum = (struct prune_result){0};
	k->told_ns = now_ns;
}

static bool has_news(const struct keep *k)
{
	return k->sum.rows || k->sum.bytes;
}

/* When the next line is due: a round is to be told whole, and not too often. */
static int64_t tell_at(const struct keep *k)
{
	int64_t at = k->since_ns + (k->behind ? KEEP_TELL_NS : KEEP_LOOK_NS);

	return k->told_ns && k->told_ns + KEEP_TELL_NS > at ? k->told_ns + KEEP_TELL_NS : at;
}

static void add_up(struct keep *k, const struct prune_result *r, int64_t now_ns)
{
	if (!has_news(k))
		k->since_ns = now_ns;
	if (r->rows) {
		if (!k->sum.rows)
			k->sum.first_id = r->first_id;
		k->sum.last_id = r->last_id;
	}
	k->sum.rows += r->rows;
	k->sum.bytes += r->bytes;
	k->sum.reasons |= r->reasons;
	k->unmoved_bytes += r->bytes;
}

static void tell_stiff(struct keep *k)
{
	if (k->told_stiff || k->prune.vacuums)
		return;
	k->told_stiff = true;
	log_notice("store %s: was made when nothing was to be deleted: what is pruned makes room in the file, but the file does "
		   "not become smaller; catchbasin-store(5) says how to change that", k->prune.db->file.path);
}

static void failed(struct keep *k, int rc, int64_t now_ns)
{
	bool busy = (rc & 0xff) == SQLITE_BUSY;
	struct err why;

	k->behind = true;
	k->retry_ns = now_ns + (busy ? BUSY_NS : FAILED_NS);
	if (!k->failing_ns)
		k->failing_ns = now_ns;
	/* A short BUSY is everyday life. */
	if (busy && now_ns < k->failing_ns + FAILED_NS)
		return;
	sql_failed(NULL, k->prune.db->file.path, rc, &why);
	log_warning("%s; nothing is pruned for now", why.text);
	k->failing_ns = now_ns;
}

/* ---- one turn ---- */

static struct prune_limits limits_of(struct keep *k)
{
	return (struct prune_limits){.age_ns = atomic_load(&k->age_ns),
				     .size_bytes = atomic_load(&k->size_bytes),
				     .messages = atomic_load(&k->messages)};
}

/* Free pages are used again by what is stored next: beside a load it takes more of them to be worth moving any. */
static uint64_t slack_bytes(const struct keep *k, bool loaded)
{
	uint64_t db_bytes, log_bytes, slack;

	file_sizes(&k->prune.db->file, &db_bytes, &log_bytes);
	slack = db_bytes / SHARE > KEEP_SLACK_BYTES ? db_bytes / SHARE : KEEP_SLACK_BYTES;
	return loaded ? 4 * slack : slack;
}

/* How many rows may go in a turn: beside a load no more than let it go on, but more than came. */
static uint64_t most_rows(const struct keep *k, const struct keep_turn *t)
{
	if (!t->took_ns)
		return UINT64_MAX;
	return 2 * (k->new_rows > KEEP_LOOK_ROWS ? k->new_rows : KEEP_LOOK_ROWS);
}

/* One step of whatever is to be done next. */
static int work(struct keep *k, const struct prune_limits *limits, const struct keep_turn *t, uint64_t *most)
{
	struct prune_result r;
	int rc = prune_step(&k->prune, limits, *most, &r);

	*most -= r.rows;
	if (rc == SQLITE_OK && r.rows == 0)
		rc = prune_shrink(&k->prune, slack_bytes(k, t->took_ns > 0), &r);
	if (rc != SQLITE_OK)
		return rc;
	add_up(k, &r, t->now_ns);
	k->behind = r.left || r.rows > 0;
	return SQLITE_OK;
}

/* The file becomes smaller when the log is moved into it; beside a load that comes by itself. */
static void settle(struct keep *k)
{
	int left;

	if (db_checkpoint(k->prune.db, SQLITE_CHECKPOINT_PASSIVE, &left) == SQLITE_OK && left == 0)
		k->unmoved_bytes = 0;
}

/* When there may be something to do without a commit before. */
static int64_t next_ns(const struct keep *k, const struct prune_limits *limits, int64_t now_ns)
{
	int64_t at = SYNC_FOREVER, oldest_at = (int64_t)counter_get(&k->prune.oldest_at);

	if (k->retry_ns)
		return k->retry_ns;
	if (k->behind)
		return now_ns;
	if (k->new_rows)
		at = k->look_ns;
	if (limits->age_ns && oldest_at) {
		int64_t in_ns = oldest_at + limits->age_ns - clock_wall_ns();

		in_ns = in_ns < KEEP_LOOK_NS ? KEEP_LOOK_NS : in_ns > AGE_NS ? AGE_NS : in_ns;
		at = at < now_ns + in_ns ? at : now_ns + in_ns;
	}
	if (has_news(k) && tell_at(k) < at)
		at = tell_at(k);
	return at;
}

static bool is_due(const struct keep *k, int64_t now_ns)
{
	if (now_ns < k->retry_ns)
		return false;
	return k->behind || k->new_rows >= KEEP_LOOK_ROWS || now_ns >= k->look_ns;
}

int64_t keep_tend(struct keep *k, const struct keep_turn *t)
{
	struct prune_limits limits = limits_of(k);
	int64_t now_ns = t->now_ns;
	uint64_t most;
	int rc;

	if (atomic_load(&k->prune.stopped))
		return SYNC_FOREVER;
	if (!limits.age_ns && !limits.size_bytes && !limits.messages) {
		k->behind = false;
		if (has_news(k))
			tell(k, now_ns);
		return SYNC_FOREVER;
	}
	if (atomic_exchange(&k->changed, false))
		k->look_ns = now_ns;
	k->new_rows += t->rows;
	if (!is_due(k, now_ns))
		return next_ns(k, &limits, now_ns);
	tell_stiff(k);
	most = most_rows(k, t);
	do {
		rc = work(k, &limits, t, &most);
		now_ns = sync_now_ns();
	} while (rc == SQLITE_OK && k->behind && most && !atomic_load(&k->prune.stopped) &&
		 now_ns < t->now_ns + t->took_ns);
	k->new_rows = 0;
	k->look_ns = now_ns + KEEP_LOOK_NS;
	k->retry_ns = 0;
	if (rc != SQLITE_OK)
		failed(k, rc, now_ns);
	else
		k->failing_ns = 0;
	if (!k->behind && k->unmoved_bytes && !t->took_ns)
		settle(k);
	if (has_news(k) && now_ns >= tell_at(k))
		tell(k, now_ns);
	return next_ns(k, &limits, now_ns);
}

/* ---- life ---- */

int keep_open(struct keep *k, struct db *db, int64_t run)
{
	*k = (struct keep){0};
	return prune_init(&k->prune, db, run);
}

void keep_close(struct keep *k)
{
	if (has_news(k))
		tell(k, sync_now_ns());
	prune_done(&k->prune);
}

bool keep_set(struct keep *k, const struct prune_limits *limits)
{
	bool age = atomic_exchange(&k->age_ns, limits->age_ns) != limits->age_ns;
	bool size = atomic_exchange(&k->size_bytes, limits->size_bytes) != limits->size_bytes;
	bool messages = atomic_exchange(&k->messages, limits->messages) != limits->messages;

	if (!age && !size && !messages)
		return false;
	atomic_store(&k->changed, true);
	return true;
}
