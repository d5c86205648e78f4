/* A lock whose owner goes home with it: left on an error path, or released once too rarely. */
#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

struct orphan {
	bool careful;
	struct kit_lock lock;
	struct model_datum rows;
	struct sync_thread worker[2];
};

static const bool careful = true, careless = false;

static void run_both(struct orphan *o, void (*first)(void *), void (*second)(void *))
{
	kit_start(&o->worker[0], "worker-1", first, o);
	kit_start(&o->worker[1], "worker-2", second, o);
	for (unsigned i = 0; i < ARRAY_LEN(o->worker); i++)
		sync_thread_join(&o->worker[i]);
}

/* ---- the error path ---- */

static void store_one(void *arg)
{
	struct orphan *o = arg;

	kit_lock(&o->lock);
	if (model_choose("disk full", 2) == 1) {
		kit_note("error: returns early");
		if (o->careful)
			kit_unlock(&o->lock);
		return;
	}
	model_write(&o->rows, o->rows.value + 1);
	kit_unlock(&o->lock);
}

static void count(void *arg)
{
	struct orphan *o = arg;

	kit_lock(&o->lock);
	model_read(&o->rows);
	kit_unlock(&o->lock);
}

static void run_missed(void *arg)
{
	struct orphan *o = kit_begin(sizeof(*o));

	o->careful = *(const bool *)arg;
	o->rows = (struct model_datum){.name = "rows", .apart = true};
	kit_lock_init(&o->lock, "store", false);
	run_both(o, store_one, count);
}

static const struct diag_variant missed_broken = {
	.name = "broken",
	.run = run_missed,
	.config = &careless,
	.expect = MODEL_DEADLOCK,
	.tells = "worker-1 has met an error, returned, and ended with the lock; worker-2 waits for it for ever.",
};

static const struct diag_variant missed_fixed = {
	.name = "fixed",
	.run = run_missed,
	.config = &careful,
	.tells = "The lock is released on every path, that of the error too.",
};

const struct diag_case *case_deadlock_missed_unlock(void)
{
	static const struct diag_case missed = {
		.name = "deadlock-missed-unlock",
		.description = "a worker returns on an error path while it holds the lock",
		.story = "The happy path locks and unlocks; the early return of the error forgets the second half. As long as"
			 " nothing fails nothing shows, and when it does the thread that hangs is another one, later, in code"
			 " that is right. Give a function with a lock one way out, or let an inner function do the work while"
			 " the outer one locks and unlocks. catchbasin's workers do the latter (src/work/pool.c), the model"
			 " refuses a thread that ends with a lock held, and USR1 tells who holds what since when.",
		.watch = "rows",
		.variant = {&missed_broken, &missed_fixed},
	};

	return &missed;
}

/* ---- a recursive lock ---- */

#define DEPTH 3

static void nest(struct orphan *o, unsigned depth)
{
	kit_lock(&o->lock);
	if (depth > 1)
		nest(o, depth - 1);
	else
		model_write(&o->rows, o->rows.value + 1);
	/* The innermost one keeps what it took. */
	if (depth > 1 || o->careful)
		kit_unlock(&o->lock);
}

static void nest_all(void *arg)
{
	nest(arg, DEPTH);
}

static void run_rlock(void *arg)
{
	struct orphan *o = kit_begin(sizeof(*o));

	o->careful = *(const bool *)arg;
	o->rows = (struct model_datum){.name = "rows", .apart = true};
	kit_lock_init(&o->lock, "rlock", true);
	run_both(o, nest_all, count);
}

static const struct diag_variant rlock_broken = {
	.name = "broken",
	.run = run_rlock,
	.config = &careless,
	.expect = MODEL_DEADLOCK,
	.tells = "Acquired three times and released twice: for its owner it looks free, another thread waits for ever.",
};

static const struct diag_variant rlock_fixed = {
	.name = "fixed",
	.run = run_rlock,
	.config = &careful,
	.tells = "Acquired three times, released three times: then, and not before, another thread gets it.",
};

const struct diag_case *case_rlock(void)
{
	static const struct diag_case rlock = {
		.name = "rlock",
		.description = "a recursive lock is acquired three times and released twice",
		.story = "A recursive lock counts: its owner may acquire it again, and it is free when he has released it as"
			 " often. One release too few is invisible to the owner, who always gets in; only a second thread"
			 " notices, by waiting for ever. Balance by shape: one acquire and one release in each function, no"
			 " return between them. catchbasin has no recursive locks at all (src/base/sync.h): who does not know"
			 " whether he holds a lock does not know whether what it guards is whole.",
		.watch = "rows",
		.variant = {&rlock_broken, &rlock_fixed},
	};

	return &rlock;
}
