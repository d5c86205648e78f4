/* Watches the free space of the store's file system, and makes room or holds the store when there is too little. */
#include "store/space.h"

#include <inttypes.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "store/pin.h"
#include "store/sql.h"

#define ADMIT_STEPS 5                       /* of making room, in one call */
#define LOG_WORTH_BYTES (4 * 1024 * 1024)   /* of the log, see worth_bytes */
#define STEP_BYTES (4 * 1024 * 1024)        /* that are deleted between two looks at the pages */
#define LEAST_PAGES 8                       /* that the smallest transaction may want */
#define FRAME_BYTES 24                      /* of the log beside a page */
#define ROW_BYTES 96                        /* of a row beside its body */

/* What the smallest transaction may want. */
static uint64_t least_bytes(const struct db *db)
{
	return LEAST_PAGES * (uint64_t)db->page_bytes;
}

/* ---- judging ---- */

uint64_t space_margin(uint64_t floor)
{
	return floor / 8 < SPACE_MARGIN_MOST ? floor / 8 : SPACE_MARGIN_MOST;
}

/* What is stored makes the log longer, whatever is deleted. A little is let pass: most readers are soon gone. */
static enum store_room judge_pinned(enum store_room now, uint64_t floor, const struct space_sight *v, bool *ret_admit)
{
	uint64_t least_bytes = floor + v->growth_bytes + (now == STORE_HELD ? space_margin(floor) : 0);

	*ret_admit = v->free_bytes >= least_bytes || (v->brief && now != STORE_HELD);
	if (!*ret_admit)
		return STORE_HELD;
	return now == STORE_HELD ? STORE_AMPLE : now;
}

enum store_room space_judge(enum store_room now, uint64_t floor, const struct space_sight *v, bool *ret_admit)
{
	bool enough = v->free_bytes >= floor, plenty = v->free_bytes >= floor + space_margin(floor);

	*ret_admit = true;
	if (floor > 0 && v->pinned)
		return judge_pinned(now, floor, v, ret_admit);
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
	uint64_t until = counter_get(&s->enough_bytes) >> 20;
	const char *path = s->db->file.path;
	char words[PIN_TEXT];
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
		if (s->pinned)
			log_warning("store %s: %" PRIu64 " MiB are free, min_free is %" PRIu64 " MiB: %s, and the write-ahead "
				    "log cannot be emptied; nothing is stored until that ends, or until there are %" PRIu64,
				    path, free_, floor, pin_words((pid_t)counter_get(&s->reader), words), until);
		else
			log_warning("store %s: %" PRIu64 " MiB are free, min_free is %" PRIu64 " MiB: a store no larger than "
				    "min_free is left alone, and nothing is stored until there are %" PRIu64, path, free_, floor,
				    until);
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

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

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
	/* The nearer to the floor, the sooner. */
	s->next_look_bytes = 0;
	if (counter_get(&s->free_bytes) > counter_get(&s->floor_bytes))
		s->next_look_bytes = least((counter_get(&s->free_bytes) - counter_get(&s->floor_bytes)) / 8, SPACE_LOOK_BYTES);
}

/* A shorter log is not emptied for its space, nor held for the reader that keeps it. */
static uint64_t worth_bytes(const struct space *s)
{
	return least(LOG_WORTH_BYTES, counter_get(&s->floor_bytes) / 4);
}

/* The log's room comes first: it costs no message. A short log is not worth it, unless somebody reads: who keeps it from
 * being emptied has to be known before anything is deleted. */
static bool must_empty(struct space *s, uint64_t log_bytes, int64_t now_ns)
{
	if (!s->pinned && log_bytes >= worth_bytes(s))
		return true;
	return now_ns >= s->emptied_ns + CHECKPOINT_FORCE_NS &&
	       (s->pinned || s->owed_bytes > 0 || checkpoint_reader(s->checkpoint) > 0);
}

/* True if a reader keeps the log from being emptied: then nothing that is deleted gives space back either, and more would
 * be written into the log. */
static bool is_pinned(struct space *s, int64_t now_ns)
{
	bool was_pinned = s->pinned, done;
	uint64_t db_bytes, log_bytes;

	file_sizes(&s->db->file, &db_bytes, &log_bytes);
	if (log_bytes == 0)
		return s->pinned = false;
	if (!must_empty(s, log_bytes, now_ns))
		return s->pinned;
	done = checkpoint_empty(s->checkpoint, now_ns);
	s->emptied_ns = now_ns;
	s->pinned = !done && (s->checkpoint->code & 0xff) == SQLITE_BUSY;
	if (s->pinned && !was_pinned)
		s->pinned_pages = s->db->wal_pages;
	if (done)
		s->owed_bytes = 0;
	look(s, now_ns);
	return s->pinned;
}

/* What the file's pages hold. */
struct pages {
	uint64_t used_bytes, unused_bytes;
};

/* False where SQLite does not say. */
static bool count_pages(struct space *s, struct pages *ret)
{
	int64_t all, unused;

	if (sql_number(s->db->sql, "PRAGMA page_count", &all) != SQLITE_OK ||
	    sql_number(s->db->sql, "PRAGMA freelist_count", &unused) != SQLITE_OK)
		return false;
	ret->used_bytes = (uint64_t)(all - unused) * (uint64_t)s->db->page_bytes;
	ret->unused_bytes = (uint64_t)unused * (uint64_t)s->db->page_bytes;
	return true;
}

static uint64_t beyond(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* What storing this takes of the file system while a reader is in the way: for the log at once, and for the file when the
 * reader is gone, before the log is cut. */
static void foresee(const struct space *s, const struct pages *pages, struct space_sight *v)
{
	uint64_t db_bytes, log_bytes, frame_bytes = (uint64_t)s->db->page_bytes + FRAME_BYTES;
	uint64_t end_bytes = (uint64_t)s->db->wal_pages * frame_bytes + v->need_bytes;

	file_sizes(&s->db->file, &db_bytes, &log_bytes);
	v->growth_bytes = beyond(end_bytes, log_bytes) + beyond(pages->used_bytes + pages->unused_bytes, db_bytes) +
			  beyond(v->need_bytes, pages->unused_bytes);
	v->brief = end_bytes <= (uint64_t)s->pinned_pages * frame_bytes + worth_bytes(s);
}

/* ---- making room ---- */

/* How many of the oldest messages hold so many bytes, by what one takes on the average. At least one. */
static uint64_t messages_in(struct space *s, uint64_t bytes, uint64_t used_bytes)
{
	int64_t count;

	if (sql_number(s->db->sql, "SELECT max(id) - min(id) + 1 FROM messages", &count) != SQLITE_OK)
		return 1;
	return 1 + (uint64_t)((double)count / (double)used_bytes * (double)bytes);
}

/* One step towards so many bytes: the file gives back what it does not use, or the oldest messages go, as long as the store
 * has more than the floor with what is to be stored next. True if that came to something. */
static bool make_room(struct space *s, uint64_t bytes, const struct pages *pages)
{
	uint64_t floor = counter_get(&s->floor_bytes), size = pages->used_bytes + s->keep_bytes;
	struct prune_result r = {0};

	if (pages->unused_bytes > s->keep_bytes) {
		if (prune_shrink(s->prune, s->keep_bytes, &r) != SQLITE_OK)
			return false;
		s->owed_bytes += r.bytes;
		return r.bytes > 0;
	}
	if (size <= floor)
		return false;
	/* The oldest may be larger than the others: not too many before the next look. */
	bytes = least(bytes, least(size - floor, STEP_BYTES));
	if (prune_step(s->prune, NULL, messages_in(s, bytes, pages->used_bytes), &r) != SQLITE_OK)
		return false;
	s->pruned_count += r.rows;
	return r.rows > 0;
}

/* The same, towards so much free space. */
static bool try_room(struct space *s, uint64_t target, const struct pages *pages, int64_t now_ns)
{
	uint64_t soon = counter_get(&s->free_bytes) + s->owed_bytes;

	if (soon >= target || !s->prune || !make_room(s, s->keep_bytes + target - soon, pages))
		return false;
	s->pruned_ns = now_ns;
	return true;
}

/* Makes room, as far as one step does, and says what there is then. *ret_more: another step may help. */
static struct space_sight see(struct space *s, uint64_t need_bytes, int64_t now_ns, bool *ret_more)
{
	uint64_t floor = counter_get(&s->floor_bytes);
	uint64_t plenty = floor + (counter_get(&s->room) == STORE_AMPLE ? 0 : space_margin(floor));
	/* Once a reader is gone, what it kept is there again: no more is waited for, nor deleted. */
	bool by_reader = counter_get(&s->by_reader) != 0;
	/* A checkpoint makes the file grow by this before the log is cut. */
	uint64_t log_bytes = (uint64_t)s->db->wal_pages * (uint64_t)s->db->page_bytes;
	struct space_sight v = {.need_bytes = need_bytes};
	struct pages pages;

	*ret_more = false;
	if (counter_get(&s->free_bytes) >= plenty + log_bytes)
		s->pinned = false;
	else if (is_pinned(s, now_ns) && count_pages(s, &pages)) {
		v.pinned = true;
		foresee(s, &pages, &v);
	} else if (count_pages(s, &pages)) {
		*ret_more = try_room(s, by_reader ? floor : plenty, &pages, now_ns);
		v.prunable = *ret_more || s->owed_bytes > 0;
		v.reusable_bytes = pages.unused_bytes;
	}
	v.free_bytes = counter_get(&s->free_bytes);
	v.calm = now_ns >= s->pruned_ns + SPACE_CALM_NS;
	return v;
}

/* One step of making room, and what follows: may so much be stored? */
static bool step(struct space *s, uint64_t need_bytes, int64_t now_ns, bool *ret_more)
{
	enum store_room before = (enum store_room)counter_get(&s->room), room;
	struct space_sight v = see(s, need_bytes, now_ns, ret_more);
	uint64_t floor = counter_get(&s->floor_bytes);
	bool admit;

	if (counter_get(&s->by_reader) && !v.pinned)
		before = STORE_AMPLE;
	room = space_judge(before, floor, &v, &admit);
	if (v.pinned && room == STORE_HELD && before != STORE_HELD && s->emptied_ns != now_ns) {
		/* The reader was met a while ago, and may be gone: nobody is held before that is known. */
		s->emptied_ns = now_ns - CHECKPOINT_FORCE_NS;
		v = see(s, need_bytes, now_ns, ret_more);
		room = space_judge(before, floor, &v, &admit);
	}
	counter_set(&s->enough_bytes, floor + space_margin(floor) + v.growth_bytes);
	counter_set(&s->by_reader, v.pinned && room == STORE_HELD);
	counter_set(&s->reader, counter_get(&s->by_reader) ? (uint64_t)checkpoint_reader(s->checkpoint) : 0);
	enter(s, room, now_ns);
	return admit;
}

static bool look_is_due(const struct space *s, int64_t now_ns)
{
	if (atomic_load(&s->released) || (atomic_load(&s->min_free) == 0 && counter_get(&s->floor_bytes) == 0))
		return false;
	return counter_get(&s->room) != STORE_AMPLE || now_ns >= s->looked_ns + SPACE_LOOK_NS ||
	       s->unlooked_bytes >= s->next_look_bytes;
}

bool space_admit(struct space *s, const struct take *take, int64_t now_ns, struct err *reterr)
{
	bool admit = false, more = true;
	uint64_t need_bytes;

	/* Losses alone take next to nothing. */
	if (take->messages == 0)
		return true;
	need_bytes = take->bytes + take->messages * ROW_BYTES + least_bytes(s->db);
	s->unlooked_bytes += need_bytes;
	if (!look_is_due(s, now_ns))
		return true;
	/* Room for two like the largest, so that one finds it while it is made for the next. */
	if (counter_get(&s->room) == STORE_AMPLE || s->keep_bytes < 2 * need_bytes)
		s->keep_bytes = 2 * need_bytes;
	for (int i = 0; i < ADMIT_STEPS && more && !admit; i++) {
		look(s, now_ns);
		admit = step(s, need_bytes, now_ns, &more);
	}
	s->refused_bytes = admit ? least_bytes(s->db) : need_bytes;
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
	/* What comes next is not known: held is who could not store the least there may be, or what was refused. */
	(void)step(s, counter_get(&s->room) == STORE_HELD ? s->refused_bytes : least_bytes(s->db), now_ns, &more);
	return now_ns + (more ? SPACE_MORE_NS : SPACE_IDLE_NS);
}

/* ---- life ---- */

void space_init(struct space *s, struct db *db, struct checkpoint *checkpoint, int64_t min_free)
{
	*s = (struct space){
		.db = db, .checkpoint = checkpoint, .refused_bytes = least_bytes(db),
		.keep_bytes = 2 * least_bytes(db)};
	atomic_init(&s->min_free, min_free);
	atomic_init(&s->released, false);
}

void space_set_prune(struct space *s, struct prune *prune)
{
	s->prune = prune;
}

bool space_set_min_free(struct space *s, int64_t min_free)
{
	return atomic_exchange(&s->min_free, min_free) != min_free;
}

void space_release(struct space *s)
{
	atomic_store(&s->released, true);
}
