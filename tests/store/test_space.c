/* The floor of free space: what follows from what is known, and a real small disk that is filled and freed. */
#include "store/space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/sync.h"
#include "bench.h"
#include "disk.h"
#include "../support/tap.h"

/* The log is emptied from 4 MiB on, and a step of deleting and a take may add 5 before that. */
#define LOG_MOST (9 * MIB)

static struct bench b;

static void judge(const char *what, enum store_room now, struct space_sight v, enum store_room want, bool want_admit)
{
	bool admit = !want_admit;

	v.free_bytes *= MIB;
	v.reusable_bytes *= MIB;
	v.need_bytes *= MIB;
	v.growth_bytes *= MIB;
	is_int(space_judge(now, 80 * MIB, &v, &admit), want, "%s", what);
	is_int(admit, want_admit, "  and what is to be stored %s", want_admit ? "is" : "waits");
}

/* A floor of 80, so a margin of 10. */
static void test_judging(void)
{
	struct space_sight none = {0};
	bool admit;

	is_int(space_margin(80 * MIB), 10 * MIB, "the margin is an eighth");
	is_int(space_margin(8000 * MIB), SPACE_MARGIN_MOST, "with an end");
	is_int(space_judge(STORE_HELD, 0, &none, &admit), STORE_AMPLE, "without a floor there is always enough");
#define SIGHT(...) ((struct space_sight){.need_bytes = 1, __VA_ARGS__})
	judge("at the floor", STORE_AMPLE, SIGHT(.free_bytes = 80), STORE_AMPLE, true);
	judge("below, nothing may go", STORE_AMPLE, SIGHT(.free_bytes = 79), STORE_HELD, false);
	judge("below, some may go", STORE_AMPLE, SIGHT(.free_bytes = 79, .prunable = true), STORE_PRUNING, false);
	judge("below, with room in the file", STORE_AMPLE, SIGHT(.free_bytes = 79, .reusable_bytes = 1), STORE_PRUNING, true);
	judge("pruning, above the floor", STORE_PRUNING, SIGHT(.free_bytes = 81, .prunable = true), STORE_PRUNING, true);
	judge("pruning, above the floor, nothing more to go", STORE_PRUNING, SIGHT(.free_bytes = 81), STORE_PRUNING, true);
	judge("pruning, plenty, just now", STORE_PRUNING, SIGHT(.free_bytes = 90), STORE_PRUNING, true);
	judge("pruning, plenty, for long", STORE_PRUNING, SIGHT(.free_bytes = 90, .calm = true), STORE_AMPLE, true);
	judge("pruning, nothing more to go", STORE_PRUNING, SIGHT(.free_bytes = 79), STORE_HELD, false);
	judge("held, above the floor", STORE_HELD, SIGHT(.free_bytes = 89), STORE_HELD, false);
	judge("held, some may go now", STORE_HELD, SIGHT(.free_bytes = 85, .prunable = true), STORE_PRUNING, false);
	judge("held, with room in the file", STORE_HELD, SIGHT(.free_bytes = 10, .reusable_bytes = 2), STORE_PRUNING, true);
	judge("held, plenty", STORE_HELD, SIGHT(.free_bytes = 90), STORE_AMPLE, true);
#define PINNED(...) SIGHT(.pinned = true, .growth_bytes = 2, .reusable_bytes = 50, .prunable = true, __VA_ARGS__)
	judge("a reader, room for the log", STORE_AMPLE, PINNED(.free_bytes = 82), STORE_AMPLE, true);
	judge("a reader, none", STORE_AMPLE, PINNED(.free_bytes = 81), STORE_HELD, false);
	judge("a reader, none, just met", STORE_AMPLE, PINNED(.free_bytes = 79, .brief = true), STORE_AMPLE, true);
	judge("the same, pruning", STORE_PRUNING, PINNED(.free_bytes = 79, .brief = true), STORE_PRUNING, true);
	judge("the same, held", STORE_HELD, PINNED(.free_bytes = 79, .brief = true), STORE_HELD, false);
	judge("a reader, pruning", STORE_PRUNING, PINNED(.free_bytes = 79), STORE_HELD, false);
	judge("a reader, held, above the floor", STORE_HELD, PINNED(.free_bytes = 91), STORE_HELD, false);
	judge("a reader, held, plenty", STORE_HELD, PINNED(.free_bytes = 92), STORE_AMPLE, true);
	is_int(space_judge(STORE_HELD, 0, &(struct space_sight){.pinned = true}, &admit), STORE_AMPLE, "no floor, a reader");
}

/* ---- a small disk ---- */

static enum store_room room_of(struct store *s)
{
	struct store_status st;

	store_status(s, &st);
	return st.room;
}

static struct store *opened(const struct bench *small, int64_t min_free)
{
	struct store_opts opts = {.name = "main", .path = small->path, .durability = DURABILITY_FULL, .version = "0",
				  .min_free = min_free};
	struct err err = {0};
	struct store *s = store_open(&opts, &err);

	if (!ok(s, "opens with min_free %jd", (intmax_t)min_free))
		printf("# %s\n", err.text);
	return s;
}

/* Stores takes until one is not, at most so many. */
static unsigned store_until_held(struct store *s, struct take *t, unsigned most, enum sink_result *ret)
{
	struct err err = {0};
	unsigned n = 0;

	while (n < most && (*ret = bench_store(s, t, &err)) == SINK_OK) {
		bench_tend(s);
		t->ticket++;
		n++;
	}
	return n;
}

/* The store is smaller than the floor all the time, so nothing of it may go. */
static void test_held(int64_t min_free)
{
	struct bench small;
	struct store_status st;
	struct store *s;
	struct err err = {0};
	struct take t;
	enum sink_result r;
	unsigned n;

	if (!mount_disk(&small, &b, "size=64m"))
		return;
	s = opened(&small, min_free);
	bench_take(&t, 0, "m", 0, 2000, 500);
	is_int(bench_store(s, &t, &err), SINK_OK, "there is enough");
	store_status(s, &st);
	is_int(st.room, STORE_AMPLE, "and it says so");
	ok(st.free_bytes > 32 * MIB, "free: %ju", (uintmax_t)st.free_bytes);
	t.ticket++;
	fill(&small, 24 * MIB);
	n = 1 + store_until_held(s, &t, 2000, &r);
	is_int(r, SINK_HELD, "after %u takes it is held", n);
	ok(disk_free(&small) > 24 * MIB, "with %ju MiB still free", (uintmax_t)(disk_free(&small) >> 20));
	is_int(room_of(s), STORE_HELD, "which it tells");
	store_status(s, &st);
	is_int(st.min_free >> 20, 32, "beside the floor");
	is_int(bench_store(s, &t, &err), SINK_HELD, "it stays held");
	has_str(err.text, "held: ", "with words");
	has_str(err.text, "min_free is 32 MiB", "that name the floor");
	is_int(bench_number(&small, "SELECT count(*) FROM messages"), 2000 * n, "nothing of it is there");
	release(&small);
	is_int(bench_store(s, &t, &err), SINK_OK, "the same take is stored");
	is_int(room_of(s), STORE_AMPLE, "there is enough again");
	bench_tend(s);
	n++;
	t.ticket++;
	fill(&small, 24 * MIB);
	n += store_until_held(s, &t, 2000, &r);
	is_int(r, SINK_HELD, "held once more");
	store_release_space(s);
	is_int(bench_store(s, &t, &err), SINK_OK, "a stop may use the reserve");
	n++;
	bench_take_free(&t);
	is_int(bench_finish(s, 2000 * (uint64_t)n, 0, &err), 0, "finish");
	is_int(bench_number(&small, "SELECT count(*) FROM messages"), 2000 * n, "all there, once");
	is_str(bench_sql(&small, "PRAGMA integrity_check"), "ok", "integrity");
	unmount_disk(&small);
}

/* Stores one; where room has to be made for it, in as many tries as that takes, some. Adds to *held what was put off. */
static bool store_in_time(struct store *s, struct take *t, unsigned *held)
{
	struct err err = {0};
	enum sink_result r;

	for (unsigned tries = 0; (r = bench_store(s, t, &err)) == SINK_HELD && tries < 20; tries++)
		++*held;
	bench_tend(s);
	return r == SINK_OK || !ok(0, "stored: %s", err.text);
}

/* Five times what the disk holds goes through it: the oldest make room, at the floor and later, when somebody else has taken
 * more, within the size of the floor. Then nothing may go for a higher floor. */
static void test_pruned(void)
{
	struct bench small;
	struct store_status st;
	struct store *s;
	struct err err = {0};
	struct take t;
	char prefix[500];
	unsigned n, held = 0;
	int64_t count, until_ns;
	uint64_t least_free = UINT64_MAX;

	if (!mount_disk(&small, &b, "size=64m"))
		return;
	memset(prefix, 'p', sizeof(prefix));
	prefix[sizeof(prefix) - 1] = '\0';
	s = opened(&small, 16 * (int64_t)MIB);
	bench_take(&t, 0, prefix, 0, 1000, 500);
	for (n = 0; n < 600; n++) {
		(void)store_in_time(s, &t, &held);
		t.ticket++;
		if (n == 400)
			fill(&small, (off_t)(disk_free(&small) - 12 * MIB));
		if (n < 400 && disk_free(&small) < least_free)
			least_free = disk_free(&small);
	}
	store_status(s, &st);
	is_int(st.last_id, 600000, "300 MiB went through 64");
	is_int(st.room, STORE_PRUNING, "the oldest make room");
	printf("# %u times a take was put off\n", held);
	ok(least_free >= 16 * MIB - LOG_MOST - MIB, "at least %ju MiB were free", (uintmax_t)least_free >> 20);
	count = bench_number(&small, "SELECT count(*) FROM messages");
	is_int(bench_number(&small, "SELECT max(id) - min(id) + 1 FROM messages"), count, "no gap in what is left");
	is_int(bench_number(&small, "SELECT pruned FROM runs"), 600000 - count, "what went is counted");
	ok(count > 25000 && count < 90000, "%jd are left, of the size of the floor or more", (intmax_t)count);
	store_set_space(s, 48 * (int64_t)MIB, 0);
	until_ns = sync_now_ns() + 20 * NS_PER_S;
	while (room_of(s) != STORE_HELD && sync_now_ns() < until_ns)
		t.ticket += bench_store(s, &t, &err) == SINK_OK;
	is_int(room_of(s), STORE_HELD, "for a floor beyond its size nothing goes: held");
	is_int(bench_number(&small, "SELECT pruned FROM runs"), 600000 - count, "indeed");
	release(&small);
	store_set_space(s, 16 * (int64_t)MIB, 0);
	is_int(bench_store(s, &t, &err), SINK_OK, "with space it goes on");
	bench_take_free(&t);
	store_close(s);
	is_str(bench_sql(&small, "PRAGMA integrity_check"), "ok", "integrity");
	unmount_disk(&small);
}

/* A file that was made when nothing was to be deleted gives nothing back: the newer are stored in the place of the older. */
static void test_stiff(void)
{
	struct bench small;
	struct store_status before, after;
	struct store *s;
	struct take t;
	char prefix[500];
	unsigned held = 0;
	int64_t count;
	uint64_t least_free = UINT64_MAX;

	if (!mount_disk(&small, &b, "size=64m"))
		return;
	memset(prefix, 'p', sizeof(prefix));
	prefix[sizeof(prefix) - 1] = '\0';
	s = opened(&small, 0);
	bench_take(&t, 0, prefix, 0, 1000, 500);
	for (; t.ticket < 50; t.ticket++)
		(void)store_in_time(s, &t, &held);
	/* Without a log, what is free is known. */
	is_int(bench_number(&small, "PRAGMA wal_checkpoint(TRUNCATE)"), 0, "all is in the file");
	fill(&small, (off_t)(disk_free(&small) - 15 * MIB));
	store_set_space(s, 16 * (int64_t)MIB, 0);
	sync_sleep_until(sync_now_ns() + SPACE_LOOK_NS);
	store_status(s, &before);
	for (; t.ticket < 250; t.ticket++) {
		(void)store_in_time(s, &t, &held);
		if (disk_free(&small) < least_free)
			least_free = disk_free(&small);
	}
	store_status(s, &after);
	is_int(after.last_id, 250000, "below the floor 200,000 more are stored, in the place of the oldest");
	printf("# %u times a take was put off\n", held);
	is_int(after.room, STORE_PRUNING, "the oldest make room, which is told");
	ok(after.db_bytes <= before.db_bytes + 2 * MIB, "and the file is as large as before: %ju, %ju MiB",
	   (uintmax_t)before.db_bytes >> 20, (uintmax_t)after.db_bytes >> 20);
	ok(least_free >= 15 * MIB - LOG_MOST - 2 * MIB, "at least %ju KiB of 15 MiB were free", (uintmax_t)least_free >> 10);
	count = bench_number(&small, "SELECT count(*) FROM messages");
	/* A step may delete 4 MiB of the 25. */
	ok(count > 35000 && count < 60000, "as many as before are there: %jd", (intmax_t)count);
	bench_take_free(&t);
	store_close(s);
	is_str(bench_sql(&small, "PRAGMA integrity_check"), "ok", "integrity");
	unmount_disk(&small);
}

/* A reload may set a floor, and take it away. */
static void test_live(void)
{
	struct bench small;
	struct store *s;
	struct err err = {0};
	struct take t;

	if (!mount_disk(&small, &b, "size=16m"))
		return;
	s = opened(&small, 0);
	bench_take(&t, 0, "m", 0, 100, 500);
	is_int(bench_store(s, &t, &err), SINK_OK, "no floor");
	store_set_space(s, 100 * (int64_t)MIB, 0);
	sync_sleep_until(sync_now_ns() + SPACE_LOOK_NS);
	t.ticket++;
	is_int(bench_store(s, &t, &err), SINK_HELD, "a floor above all there is");
	store_set_space(s, 0, 0);
	is_int(bench_store(s, &t, &err), SINK_OK, "no floor again");
	is_int(room_of(s), STORE_AMPLE, "and all is well");
	bench_take_free(&t);
	is_int(bench_finish(s, 200, 0, &err), 0, "finish");
	unmount_disk(&small);
}

int main(void)
{
	bench_init(&b);
	test_judging();
	test_held(32 * (int64_t)MIB);
	test_held(-50);
	test_pruned();
	test_stiff();
	test_live();
	bench_done(&b);
	return done_testing();
}
