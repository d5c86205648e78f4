/* A reader that stays while space runs out: nothing is deleted for what it keeps, the floor holds, and without it all goes on. */
#include "store/space.h"

#include <string.h>

#include "base/clock.h"
#include "base/sync.h"
#include "bench.h"
#include "disk.h"
#include "other.h"
#include "store/writer.h"

#define FLOOR (24 * MIB)
/* Below the floor: what catchbasin-store(5) says may be used before a reader is met and the store held. */
#define SLACK (12 * MIB)
#define TAKE 1000

static struct bench b;

struct scene {
	struct bench small;
	struct other reader;
	struct store *s;
	struct take t;
	uint64_t least_free;
};

static struct store_status status(struct store *s)
{
	struct store_status st;

	store_status(s, &st);
	return st;
}

static enum sink_result store_one(struct scene *sc)
{
	struct err err = {0};
	enum sink_result r = bench_store(sc->s, &sc->t, &err);
	uint64_t free_ = disk_free(&sc->small);

	bench_tend(sc->s);
	if (r == SINK_OK)
		sc->t.ticket++;
	else if (r != SINK_HELD)
		ok(0, "%s", err.text);
	if (free_ < sc->least_free)
		sc->least_free = free_;
	return r;
}

/* Stores until there are so many takes, or one is refused for so long. */
static void store_until(struct scene *sc, uint64_t tickets, int64_t patience_ns)
{
	int64_t stored_ns = sync_now_ns();

	while (sc->t.ticket < tickets && sync_now_ns() < stored_ns + patience_ns)
		if (store_one(sc) == SINK_OK)
			stored_ns = sync_now_ns();
}

/* Made for deletion, or not: such a file never becomes smaller. */
static bool begin(struct scene *sc, bool shrinks)
{
	struct store_opts opts = {.name = "main", .durability = DURABILITY_FULL, .version = "0",
				  .min_free = shrinks ? (int64_t)FLOOR : 0};
	struct err err = {0};
	char prefix[500];

	*sc = (struct scene){.least_free = UINT64_MAX};
	if (!mount_disk(&sc->small, &b, "size=96m"))
		return false;
	sc->reader = other_start(sc->small.path);
	opts.path = sc->small.path;
	sc->s = store_open(&opts, &err);
	if (!ok(sc->s, "a store that %s become smaller", shrinks ? "can" : "cannot"))
		printf("# %s\n", err.text);
	store_set_space(sc->s, (int64_t)FLOOR, 0);
	memset(prefix, 'p', sizeof(prefix));
	prefix[sizeof(prefix) - 1] = '\0';
	bench_take(&sc->t, 0, prefix, 0, TAKE, 500);
	return true;
}

static void end(struct scene *sc)
{
	uint64_t tickets = sc->t.ticket;

	bench_take_free(&sc->t);
	is_int(status(sc->s).last_id, tickets * TAKE, "each take is stored, once");
	is_int(bench_number(&sc->small, "SELECT count(*) FROM messages"), tickets * TAKE - bench_pruned(sc->s), "and what went is counted");
	store_close(sc->s);
	is_str(bench_sql(&sc->small, "PRAGMA integrity_check"), "ok", "integrity");
	unmount_disk(&sc->small);
}

/* Held, for as long as the reader stays; then it goes on by itself. */
static void held(struct scene *sc)
{
	uint64_t gone = bench_pruned(sc->s), tickets = sc->t.ticket;
	struct err err = {0};

	is_int(status(sc->s).room, STORE_HELD, "held, %ju takes of 500 KB later", (uintmax_t)tickets);
	ok(sc->least_free >= FLOOR - SLACK, "with %ju KiB free of %ju", (uintmax_t)sc->least_free >> 10, (uintmax_t)FLOOR >> 10);
	store_until(sc, tickets + 1, 300 * NS_PER_MS);
	is_int(sc->t.ticket, tickets, "it stays held");
	is_int(bench_pruned(sc->s), gone, "nothing more is deleted");
	ok(disk_free(&sc->small) >= FLOOR - SLACK, "nor the disk filled: %ju KiB", (uintmax_t)disk_free(&sc->small) >> 10);
	other_stop(&sc->reader);
	store_until(sc, tickets + 1, 10 * NS_PER_S);
	is_int(sc->t.ticket, tickets + 1, "without the reader the same take is stored");
	store_until(sc, tickets + 200, 10 * NS_PER_S);
	is_int(sc->t.ticket, tickets + 200, "and all that follows");
	ok(sc->least_free >= FLOOR - SLACK, "at least %ju KiB were free", (uintmax_t)sc->least_free >> 10);
	is_int(bench_store(sc->s, &sc->t, &err), SINK_OK, "it goes on");
	sc->t.ticket++;
}

/* The reader comes while there is enough. */
static void test_before(bool shrinks, bool empty_log)
{
	struct scene sc;

	if (!begin(&sc, shrinks))
		return;
	store_until(&sc, 10, NS_PER_S);
	/* Who finds the log empty takes another of SQLite's marks. */
	if (empty_log)
		is_str(bench_sql(&sc.small, "PRAGMA wal_checkpoint(TRUNCATE)"), "0", "with an empty log");
	other_read(&sc.reader);
	store_until(&sc, 1000, NS_PER_S);
	is_int(bench_pruned(sc.s), 0, "nothing was deleted");
	held(&sc);
	end(&sc);
}

/* The reader comes while the oldest make room for the newest, as they may for months. */
static void test_amid(bool shrinks)
{
	struct scene sc;
	uint64_t gone;

	if (!begin(&sc, shrinks))
		return;
	store_until(&sc, 300, 10 * NS_PER_S);
	is_int(status(sc.s).room, STORE_PRUNING, "the oldest make room");
	gone = bench_pruned(sc.s);
	ok(gone > 0, "%ju went", (uintmax_t)gone);
	other_read(&sc.reader);
	store_until(&sc, 1000, NS_PER_S);
	printf("# %ju more went before the reader was met\n", (uintmax_t)(bench_pruned(sc.s) - gone));
	held(&sc);
	end(&sc);
}

/* Without the reader there is a little more than the floor: enough, so nothing is deleted to have plenty. */
static void test_enough(void)
{
	struct scene sc;
	struct store_status st;
	uint64_t tickets, after;
	off_t filler;

	if (!begin(&sc, true))
		return;
	store_until(&sc, 50, NS_PER_S);
	is_str(bench_sql(&sc.small, "PRAGMA wal_checkpoint(TRUNCATE)"), "0", "the log is empty");
	filler = (off_t)(disk_free(&sc.small) - FLOOR - MIB);
	fill(&sc.small, filler);
	other_read(&sc.reader);
	store_until(&sc, 1000, NS_PER_S);
	st = status(sc.s);
	is_int(st.room, STORE_HELD, "held");
	ok(st.held_by_reader && st.wal_reader == sc.reader.pid, "for the reader, who is named");
	/* The file takes what is in the log, and then the log goes. */
	after = disk_free(&sc.small) + st.wal_bytes + st.db_bytes -
		(uint64_t)bench_number(&sc.small, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
	fill(&sc.small, filler - (off_t)(FLOOR + 2 * MIB - after));
	tickets = sc.t.ticket;
	other_stop(&sc.reader);
	store_until(&sc, tickets + 1, 10 * NS_PER_S);
	is_int(sc.t.ticket, tickets + 1, "stored, with %ju KiB free", (uintmax_t)disk_free(&sc.small) >> 10);
	ok(disk_free(&sc.small) < FLOOR + space_margin(FLOOR), "which is not plenty");
	is_int(bench_pruned(sc.s), 0, "and nothing was deleted");
	ok(!status(sc.s).held_by_reader && status(sc.s).wal_reader == 0, "nobody is blamed any more");
	release(&sc.small);
	end(&sc);
}

/* A reader was met, went, and others took the disk at once: nobody is held for one who is gone. */
static void test_gone(void)
{
	struct scene sc;
	struct space *space;
	uint64_t tickets, met;

	if (!begin(&sc, true))
		return;
	space = &((struct writer *)store_sink(sc.s).self)->space;
	store_until(&sc, 160, 10 * NS_PER_S);
	is_int(status(sc.s).room, STORE_PRUNING, "the oldest make room");
	other_read(&sc.reader);
	while (!space->pinned && sc.t.ticket < 1000)
		(void)store_one(&sc);
	ok(space->pinned, "the reader is met");
	met = sc.t.ticket;
	store_until(&sc, met + 3, NS_PER_S);
	is_int(sc.t.ticket, met + 3, "a little is let pass");
	other_stop(&sc.reader);
	if (disk_free(&sc.small) > FLOOR - 8 * MIB)
		fill(&sc.small, (off_t)(disk_free(&sc.small) - (FLOOR - 8 * MIB)));
	tickets = sc.t.ticket;
	while (sc.t.ticket < tickets + 20 && status(sc.s).room != STORE_HELD)
		(void)store_one(&sc);
	is_int(sc.t.ticket, tickets + 20, "without the reader the oldest make room, with %ju KiB free", (uintmax_t)disk_free(&sc.small) >> 10);
	end(&sc);
}

int main(void)
{
	bench_init(&b);
	test_enough();
	test_gone();
	test_before(true, false);
	test_before(true, true);
	test_before(false, false);
	test_amid(true);
	test_amid(false);
	bench_done(&b);
	return done_testing();
}
