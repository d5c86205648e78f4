/* Watches the free space of the store's file system, and makes room or holds the store when there is too little. */
#include "store/space.h"

#include <inttypes.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "store/sql.h"

#define ADMIT_STEPS 5                       /* of making room, in one call */
#define LOG_WORTH_BYTES (4 * 1024 * 1024)   /* a shorter log is not emptied for its space */
#define LEAST_PAGES 8                       /* what the smallest transaction may want, */
#define ROW_BYTES 96                        /* and a row beside its body */

/* ---- judging ---- */

uint64_t space_margin(uint64_t floor)
{
	return floor / 8 < SPACE_MARGIN_MOST ? floor / 8 : SPACE_MARGIN_MOST;
}

enum store_room space_judge(enum store_room now, uint64_t floor, const struct space_sight *v, bool *ret_admit)
{
	bool enough = v->free_bytes >= floor, plenty = v->free_bytes >= floor + space_margin(floor);

	*ret_admit = true;
	if (floor == 0 || (enough && now == STORE_AMPLE) || (plenty && (now != STORE_PRUNING || v->calm)))
		return STORE_AMPLE;
	if (plenty)
		return STORE_PRUNING;
	/* Once held, it waits for plenty, lest it stop and go all the time. */
	*ret_admit = v->reusable_bytes >= v->need_bytes || (enough && now != STORE_HELD);
	return *ret_admit || v->prunable ? STORE_PRUNING : STORE_HELD;
}

/* ---- telling ---- */

static void tell(struct space *s, enum store_room before, enum store_room room, int64_t now_ns)
{
	uint64_t floor = counter_get(&s->floor_bytes) >> 20, free_ = counter_get(&s->free_bytes) >> 20;
	const char *path = s->db->file.path;
	int64_t ms = (now_ns - s->since_ns) / NS_PER_MS;

	switch (room) {
	case STORE_AMPLE:
		if (before == STORE_HELD)
			log_notice("store %s: %" PRIu64 " MiB are free again, min_free is %" PRIu64
				   " MiB: storing goes on after %" PRId64 " ms", path, free_, floor, ms);
		else
			log_notice("store %s: %" PRIu64 " MiB are free again, min_free is %" PRIu64 " MiB: %" PRIu64
				   " messages were deleted for it in %" PRId64 " ms", path, free_, floor, s->pruned_count, ms);
		s->pruned_count = 0;
		break;
	case STORE_PRUNING:
		log_warning("store %s: %" PRIu64 " MiB are free, min_free is %" PRIu64 " MiB: the oldest messages make room", path,
			    free_, floor);
		break;
	case STORE_HELD:
		log_warning("store %s: %" PRIu64 " MiB are free, min_free is %" PRIu64
			    " MiB: %s, and nothing is stored until there are %" PRIu64, path, free_, floor,
			    s->pinned ? "a reader keeps the log long" : "no message may go for it",
			    (counter_get(&s->floor_bytes) + space_margin(counter_get(&s->floor_bytes))) >> 20);
		break;
	}
}

static void enter(struct space *s, enum store_room room, int64_t now_ns)
{
	enum store_room before = (enum store_room)counter_get(&s->room);

	if (room == before)
		return;
	counter_set(&s->room, (uint64_t)room);
	tell(s, before, room, now_ns);
	s->since_ns = now_ns;
}

/* ---- looking ---- */

uint64_t space_free(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : 0;
}

static void look(struct space *s, int64_t now_ns)
{
	int64_t min_free = atomic_load(&s->min_free);
	struct statvfs fs;

	s->looked_ns = now_ns;
	s->unlooked_bytes = 0;
	if (fstatvfs(s->db->file.fd, &fs) != 0)
		return;
	counter_set(&s->free_bytes, (uint64_t)fs.f_bavail * fs.f_frsize);
	counter_set(&s->floor_bytes, min_free < 0 ? (uint64_t)fs.f_blocks * fs.f_frsize * (uint64_t)-min_free / 100 :
						    (uint64_t)min_free);
}

/* The log's room comes first: it costs no message. True if a reader keeps it from being emptied: then nothing that is
 * deleted gives space back either, and more would be written into the log. */
static bool is_pinned(struct space *s, int64_t now_ns)
{
	uint64_t db_bytes, log_bytes;

	file_sizes(&s->db->file, &db_bytes, &log_bytes);
	if (log_bytes < LOG_WORTH_BYTES && s->owed_bytes == 0)
		return false;
	if (now_ns >= s->emptied_ns + CHECKPOINT_FORCE_NS) {
		s->emptied_ns = now_ns;
		s->pinned = !checkpoint_empty(s->checkpoint, now_ns);
		if (!s->pinned)
			s->owed_bytes = 0;
		look(s, now_ns);
	}
	return s->pinned && log_bytes >= DB_WAL_KEEP_BYTES;
}

/* What pages the file has, and how many of them hold nothing. False where SQLite does not say. */
static bool count_pages(struct space *s, uint64_t *ret_used_bytes, uint64_t *ret_unused_bytes)
{
	int64_t pages, unused;

	if (sql_number(s->db->sql, "PRAGMA page_count", &pages) != SQLITE_OK ||
	    sql_number(s->db->sql, "PRAGMA freelist_count", &unused) != SQLITE_OK)
		return false;
	*ret_used_bytes = (uint64_t)(pages - unused) * (uint64_t)s->db->page_bytes;
	*ret_unused_bytes = (uint64_t)unused * (uint64_t)s->db->page_bytes;
	return true;
}

/* ---- making room ---- */

/* What is kept free in the file for the next transactions while it is made smaller. */
static uint64_t keep_bytes(const struct space *s)
{
	return 2 * s->need_bytes;
}

/* One step: the file gives back what it does not use, or the oldest messages go. True if that came to something. */
static bool make_room(struct space *s, uint64_t unused_bytes, bool may_prune)
{
	struct prune_result r = {0};

	if (unused_bytes > keep_bytes(s) && prune_shrink(s->prune, keep_bytes(s), &r) == SQLITE_OK && r.bytes > 0) {
		s->owed_bytes += r.bytes;
		return true;
	}
	if (unused_bytes > keep_bytes(s) || !may_prune)
		return false;
	if (prune_step(s->prune, NULL, UINT64_MAX, &r) != SQLITE_OK || r.rows == 0)
		return false;
	s->pruned_count += r.rows;
	return true;
}

/* Makes room, as far as one step does, and judges. *ret_more: another step may help. */
static bool step(struct space *s, int64_t now_ns, bool *ret_more)
{
	enum store_room before = (enum store_room)counter_get(&s->room);
	uint64_t floor = counter_get(&s->floor_bytes), used, target = floor + (before == STORE_AMPLE ? 0 : space_margin(floor));
	struct space_sight v = {.need_bytes = s->need_bytes};
	bool admit, low = counter_get(&s->free_bytes) < target;

	*ret_more = false;
	if (low && !is_pinned(s, now_ns) && count_pages(s, &used, &v.reusable_bytes)) {
		if (counter_get(&s->free_bytes) + s->owed_bytes < target && s->prune)
			*ret_more = make_room(s, v.reusable_bytes, used > floor);
		if (*ret_more)
			s->pruned_ns = now_ns;
		v.prunable = *ret_more || s->owed_bytes > 0;
	}
	v.free_bytes = counter_get(&s->free_bytes);
	v.calm = now_ns >= s->pruned_ns + SPACE_CALM_NS;
	enter(s, space_judge(before, floor, &v, &admit), now_ns);
	return admit;
}

static bool look_is_due(const struct space *s, int64_t now_ns)
{
	if (atomic_load(&s->released) || (atomic_load(&s->min_free) == 0 && counter_get(&s->floor_bytes) == 0))
		return false;
	return counter_get(&s->room) != STORE_AMPLE || now_ns >= s->looked_ns + SPACE_LOOK_NS ||
	       s->unlooked_bytes >= SPACE_LOOK_BYTES;
}

bool space_admit(struct space *s, const struct take *take, int64_t now_ns, struct err *reterr)
{
	bool admit = false, more = true;

	if (take->messages > 0)
		s->need_bytes = take->bytes + take->messages * ROW_BYTES + LEAST_PAGES * (uint64_t)s->db->page_bytes;
	s->unlooked_bytes += s->need_bytes;
	/* Losses alone take next to nothing. */
	if (take->messages == 0 || !look_is_due(s, now_ns))
		return true;
	for (int i = 0; i < ADMIT_STEPS && more && !admit; i++) {
		look(s, now_ns);
		admit = step(s, now_ns, &more);
	}
	if (!admit)
		err_set(reterr, EXIT_IO, "store %s: held: %" PRIu64 " MiB are free, min_free is %" PRIu64 " MiB", s->db->file.path,
			counter_get(&s->free_bytes) >> 20, counter_get(&s->floor_bytes) >> 20);
	return admit;
}

int64_t space_tend(struct space *s, int64_t now_ns)
{
	bool more = false;

	if (!look_is_due(s, now_ns))
		return atomic_load(&s->min_free) == 0 ? SYNC_FOREVER : now_ns + SPACE_IDLE_NS;
	look(s, now_ns);
	(void)step(s, now_ns, &more);
	return now_ns + (more ? SPACE_MORE_NS : SPACE_IDLE_NS);
}

/* ---- life ---- */

void space_init(struct space *s, struct db *db, struct checkpoint *checkpoint, int64_t min_free)
{
	*s = (struct space){
		.db = db, .checkpoint = checkpoint, .need_bytes = LEAST_PAGES * (uint64_t)db->page_bytes};
	atomic_init(&s->min_free, min_free);
	atomic_init(&s->released, false);
}

void space_set_prune(struct space *s, struct prune *prune)
{
	s->prune = prune;
}

void space_set_min_free(struct space *s, int64_t min_free)
{
	atomic_store(&s->min_free, min_free);
}

void space_release(struct space *s)
{
	atomic_store(&s->released, true);
}
