/* Two workers each add 1 to the same value; one addition can vanish. */
#include "base/clock.h"
#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

#define WORKERS 2
#define NAP_NS (100 * NS_PER_MS)

enum guard { GUARD_NONE, GUARD_WRITE, GUARD_ALL };

struct way {
	enum guard guard;
	bool sleeps;
};

struct race {
	const struct way *way;
	struct model_datum value;
	struct sync_mutex lock;
	struct sync_thread worker[WORKERS];
};

static void update(struct race *r, int64_t to)
{
	if (r->way->guard == GUARD_WRITE)
		sync_lock(&r->lock);
	model_write(&r->value, to);
	if (r->way->guard == GUARD_WRITE)
		sync_unlock(&r->lock);
}

static void add_one(void *arg)
{
	struct race *r = arg;
	int64_t copy;

	if (r->way->guard == GUARD_ALL)
		sync_lock(&r->lock);
	copy = model_read(&r->value);
	if (r->way->sleeps)
		sync_sleep_until(sync_now_ns() + NAP_NS);
	update(r, copy + 1);
	if (r->way->guard == GUARD_ALL)
		sync_unlock(&r->lock);
}

static void run(void *arg)
{
	struct race *r = kit_begin(sizeof(*r));

	r->way = arg;
	r->value.name = "value";
	sync_mutex_init(&r->lock, "lock");
	kit_start(&r->worker[0], "worker-1", add_one, r);
	kit_start(&r->worker[1], "worker-2", add_one, r);
	for (unsigned i = 0; i < WORKERS; i++)
		sync_thread_join(&r->worker[i]);
	sync_mutex_done(&r->lock);
	kit_ends("ends in %d", (int)r->value.value);
	if (r->value.value != WORKERS)
		model_fail("the value ends in %d instead of %d: an update is lost", (int)r->value.value, WORKERS);
}

static const struct way unguarded = {.guard = GUARD_NONE};
static const struct way asleep = {.guard = GUARD_NONE, .sleeps = true};
static const struct way write_only = {.guard = GUARD_WRITE};
static const struct way guarded = {.guard = GUARD_ALL};

static const struct diag_variant broken = {
	.name = "broken",
	.run = run,
	.config = &unguarded,
	.expect = MODEL_FAILED,
	.tells = "Both workers read 0, both write 1: the value ends in 1 in 4 of the 6 orders of reads and writes.",
	.outcome = kit_outcome,
	.good = "ends in 2",
};

static const struct diag_variant sleeping = {
	.name = "asleep",
	.run = run,
	.config = &asleep,
	.expect = MODEL_FAILED,
	.tells = "A sleep between read and write makes what was rare certain: both have read before either writes.",
	.outcome = kit_outcome,
	.good = "ends in 2",
};

static const struct diag_variant lock_write_only = {
	.name = "lock-write-only",
	.run = run,
	.config = &write_only,
	.expect = MODEL_FAILED,
	.tells = "A lock around the write alone guards nothing: what is written was read before the lock was taken.",
	.outcome = kit_outcome,
	.good = "ends in 2",
};

static const struct diag_variant fixed = {
	.name = "fixed",
	.run = run,
	.config = &guarded,
	.tells = "One lock from the read to the write: whoever comes second reads what the first one wrote.",
	.outcome = kit_outcome,
	.good = "ends in 2",
};

const struct diag_case *case_race(void)
{
	static const struct diag_case race = {
		.name = "race",
		.description = "two workers add 1 to the same value, and one addition is lost",
		.story = "Each worker reads the value, adds 1 and writes the sum back; if the other one writes in between,"
			 " that write is undone. Every line is right by itself, and as the gap is short, a thousand runs may"
			 " go well. Only one lock around all of read, change and write prevents it. catchbasin counts what"
			 " is queued, stored and lost under the queue's lock (src/core/queue.c); the store's last id is read"
			 " and raised within one transaction (src/store/writer.c).",
		.watch = "value",
		.variant = {&broken, &lock_write_only, &sleeping, &fixed},
	};

	return &race;
}
