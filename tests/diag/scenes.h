/*
 * scenes - small programs with known faults, for tests of the explorer.
 *
 * Owns     what its threads share
 * Threads  a run of the model
 * Blocks   as a run does
 * Units    none
 * Errors   a run's verdict
 * Limits   none
 * Upholds  each starts afresh
 */
#ifndef TESTS_SCENES_H
#define TESTS_SCENES_H

#include "base/sync_model_case.h"

/* ---- two workers and one number ---- */

enum locking { NONE, WRITE_ONLY, WHOLE };

static struct sync_mutex lock;
static enum locking locking;
static int64_t value;
static char outcome_text[32];

static int64_t get(void)
{
	model_step(MODEL_READ, "value", "", NULL, NULL);
	return value;
}

static void put(int64_t to)
{
	model_step(MODEL_WRITE, "value", "", NULL, NULL);
	value = to;
}

static void add_one(void *arg UNUSED)
{
	int64_t seen;

	if (locking == WHOLE)
		sync_lock(&lock);
	seen = get();
	if (locking == WRITE_ONLY)
		sync_lock(&lock);
	put(seen + 1);
	if (locking != NONE)
		sync_unlock(&lock);
}

static void update(enum locking how, unsigned workers)
{
	static const char *const names[] = {"worker-1", "worker-2", "worker-3"};
	struct sync_thread t[3];

	locking = how;
	value = 0;
	sync_mutex_init(&lock, "value lock");
	for (unsigned i = 0; i < workers; i++) {
		if (sync_thread_start(&t[i], names[i], add_one, NULL, NULL) != 0)
			model_fail("no thread");
	}
	for (unsigned i = 0; i < workers; i++)
		sync_thread_join(&t[i]);
	sync_mutex_done(&lock);
	if (value != (int64_t)workers)
		model_fail("an update is lost");
}

static void update_bare(void *arg UNUSED)
{
	update(NONE, 2);
}

static void update_bare_three(void *arg UNUSED)
{
	update(NONE, 3);
}

static void update_half(void *arg UNUSED)
{
	update(WRITE_ONLY, 2);
}

static void update_whole(void *arg UNUSED)
{
	update(WHOLE, 2);
}

static const char *ends_in(void)
{
	snprintf(outcome_text, sizeof(outcome_text), "ends in %d", (int)value);
	return outcome_text;
}

/* ---- two locks in opposite order ---- */

static struct sync_mutex ledger, journal;

static void transfer(void *arg UNUSED)
{
	sync_lock(&ledger);
	sync_lock(&journal);
	sync_unlock(&journal);
	sync_unlock(&ledger);
}

static void audit(void *arg UNUSED)
{
	sync_lock(&journal);
	sync_lock(&ledger);
	sync_unlock(&ledger);
	sync_unlock(&journal);
}

static void opposite(void *arg UNUSED)
{
	struct sync_thread a, b;

	sync_mutex_init(&ledger, "ledger");
	sync_mutex_init(&journal, "journal");
	if (sync_thread_start(&a, "worker-1", transfer, NULL, NULL) != 0 ||
	    sync_thread_start(&b, "worker-2", audit, NULL, NULL) != 0)
		model_fail("no thread");
	sync_thread_join(&a);
	sync_thread_join(&b);
}

/* ---- a queue of one, whose consumer waits under `if` ---- */

static struct sync_cond filled;
static unsigned held;
static bool ended;

static void consume(void *arg)
{
	bool again = *(bool *)arg;

	sync_lock(&lock);
	if (again) {
		while (held == 0)
			sync_wait(&filled, &lock);
	} else if (held == 0) {
		sync_wait(&filled, &lock);
	}
	if (held == 0)
		model_fail("nothing is there to take");
	held--;
	sync_unlock(&lock);
}

static void queue_of_one(bool again)
{
	struct sync_thread consumer;

	held = 0;
	ended = false;
	sync_mutex_init(&lock, "queue");
	sync_cond_init(&filled, "filled");
	if (sync_thread_start(&consumer, "consumer", consume, &again, NULL) != 0)
		model_fail("no thread");
	sync_lock(&lock);
	held++;
	sync_signal(&filled);
	sync_unlock(&lock);
	sync_thread_join(&consumer);
}

static void wait_if(void *arg UNUSED)
{
	queue_of_one(false);
}

static void wait_while(void *arg UNUSED)
{
	queue_of_one(true);
}

/* ---- timeouts: two, one after the other, before main looks; or two of one and the same time ---- */

static unsigned up;

static void sleep_until(int64_t deadline_ns)
{
	sync_lock(&lock);
	sync_wait_until(&filled, &lock, deadline_ns);
	up++;
	sync_unlock(&lock);
}

static void rise(void *arg UNUSED)
{
	sleep_until(1000);
}

static void rise_twice(void *arg UNUSED)
{
	sleep_until(1000);
	sleep_until(2000);
}

static void do_nothing(void *arg UNUSED)
{
}

static void watch_sleepers(void (*first)(void *arg), void (*second)(void *arg))
{
	struct sync_thread t[2];

	up = 0;
	sync_mutex_init(&lock, "bed");
	sync_cond_init(&filled, "alarm");
	if (sync_thread_start(&t[0], "sleeper-1", first, NULL, NULL) != 0 ||
	    sync_thread_start(&t[1], "sleeper-2", second, NULL, NULL) != 0)
		model_fail("no thread");
	model_step(MODEL_NOTE, "looks", "", NULL, NULL);
	sync_lock(&lock);
	if (up == 2)
		model_fail("both are up already");
	sync_unlock(&lock);
	sync_thread_join(&t[0]);
	sync_thread_join(&t[1]);
}

static void sleepers(void *arg UNUSED)
{
	watch_sleepers(rise, rise);
}

static void one_sleeper(void *arg UNUSED)
{
	watch_sleepers(rise_twice, do_nothing);
}

/* ---- for ever ---- */

static void turn(void *arg UNUSED)
{
	for (;;)
		model_step(MODEL_NOTE, "turns", "", NULL, NULL);
}

static void choose_four(void *arg UNUSED)
{
	if (model_choose("dice", 4) == 3)
		model_fail("a three");
}

#endif
