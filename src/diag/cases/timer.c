/* A timer is cancelled at the moment it fires. */
#include "base/clock.h"
#include "base/sync_more.h"
#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

#define DUE_NS (10 * NS_PER_MS)

struct alarm {
	bool locks;                     /* look and cancel take a lock */
	struct sync_mutex lock;
	struct model_datum armed, data; /* data: 1 alive, 0 given back */
	struct sync_thread naive;
	struct sync_timer timer;
};

static void ring(void *arg)
{
	struct alarm *a = arg;

	if (model_read(&a->data) == 0)
		model_fail("the callback runs after cancel has returned, on data given back");
	kit_note("callback: done");
}

/* Looks whether it is still wanted, and calls: between the two it can be cancelled. */
static void ring_when_due(void *arg)
{
	struct alarm *a = arg;
	bool wanted;

	sync_sleep_until(DUE_NS);
	if (a->locks)
		sync_lock(&a->lock);
	wanted = kit_is_set(&a->armed);
	if (a->locks)
		sync_unlock(&a->lock);
	if (wanted)
		ring(a);
}

static struct alarm *begin(void)
{
	struct alarm *a = kit_begin(sizeof(*a));

	a->armed = (struct model_datum){.name = "armed", .value = 1, .apart = true};
	a->data = (struct model_datum){.name = "data", .value = 1, .apart = true};
	return a;
}

static void run_naive(void *arg)
{
	struct alarm *a = begin();

	a->locks = *(const bool *)arg;
	sync_mutex_init(&a->lock, "timer lock");
	kit_start(&a->naive, "timer", ring_when_due, a);
	sync_sleep_until(DUE_NS);
	if (a->locks)
		sync_lock(&a->lock);
	model_write(&a->armed, 0);
	if (a->locks)
		sync_unlock(&a->lock);
	kit_note("cancel has returned");
	model_write(&a->data, 0);
	sync_thread_join(&a->naive);
	sync_mutex_done(&a->lock);
}

static void run_house(void *arg UNUSED)
{
	struct alarm *a = begin();
	struct err why;

	if (sync_timer_init(&a->timer, "timer", ring, a, &why))
		model_fail("%s", why.text);
	sync_timer_set(&a->timer, DUE_NS);
	sync_sleep_until(DUE_NS);
	sync_timer_cancel(&a->timer);
	kit_note("cancel has returned");
	model_write(&a->data, 0);
	sync_timer_done(&a->timer);
}

static const bool locks = true, no_lock = false;

static const struct diag_variant broken = {
	.name = "broken",
	.run = run_naive,
	.config = &no_lock,
	.expect = MODEL_FAILED,
	.tells = "The timer has looked and is about to call; cancel returns, the data is given back, the callback uses it.",
};

static const struct diag_variant lock_look_only = {
	.name = "lock-look-only",
	.run = run_naive,
	.config = &locks,
	.expect = MODEL_FAILED,
	.tells = "A lock around the look and around the cancel: the look is still old when the callback begins, as a lock"
		 " guards a decision only until it is released.",
};

static const struct diag_variant fixed = {
	.name = "fixed",
	.run = run_house,
	.tells = "Cancel prevents the callback or waits until it has returned: afterwards nobody uses the data.",
	.limits = {.timeouts = 2, .spurious = 1},
};

const struct diag_case *case_timer(void)
{
	static const struct diag_case timer = {
		.name = "timer",
		.description = "a timer is cancelled while it fires, and its callback runs on freed data",
		.story = "Cancel clears a flag that the timer has just read; both are right about their own half, and the"
			 " callback runs after cancel has returned. It takes a cancel at the very moment the timer is due,"
			 " which is when answers come in just before their deadline. Cancel must decide under the timer's lock"
			 " and wait for a callback that runs. So does sync_timer_cancel() in src/base/sync_more.c; where no"
			 " thread is needed catchbasin has deadlines in place of timers (src/core/take.c).",
		.watch = "data",
		.variant = {&broken, &lock_look_only, &fixed},
	};

	return &timer;
}
