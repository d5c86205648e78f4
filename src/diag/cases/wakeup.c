/* A flag, and a condition to wait on until it is set: what becomes of a wake-up for which nobody is asleep. */
#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

/* What the setter does under which lock. */
enum sets { SETS_BARE, SETS_UNDER_OTHER, SETS_THEN_WAKES, SETS_AND_WAKES };
/* How the waiter looks at the flag. */
enum looks { LOOKS_OUTSIDE, LOOKS_ONCE, LOOKS_EACH_TIME };

struct way {
	enum sets sets;
	enum looks looks;
};

struct mail {
	const struct way *way;
	struct model_datum ready;
	struct sync_mutex lock, other;
	struct sync_cond changed;
	struct sync_thread waiter, setter;
};

static void wait_for_it(void *arg)
{
	struct mail *m = arg;

	switch (m->way->looks) {
	case LOOKS_OUTSIDE:
		while (model_read(&m->ready) == 0) {
			sync_lock(&m->lock);
			sync_wait(&m->changed, &m->lock);
			sync_unlock(&m->lock);
		}
		break;
	case LOOKS_ONCE:
		sync_lock(&m->lock);
		if (model_read(&m->ready) == 0)
			sync_wait(&m->changed, &m->lock);
		sync_unlock(&m->lock);
		break;
	case LOOKS_EACH_TIME:
		sync_lock(&m->lock);
		while (model_read(&m->ready) == 0)
			sync_wait(&m->changed, &m->lock);
		sync_unlock(&m->lock);
		break;
	}
	kit_ends(m->ready.value ? "goes on when it is ready" : "goes on, and nothing is ready");
	if (!m->ready.value)
		model_fail("the waiter goes on, and nothing is ready");
}

static void set_it(void *arg)
{
	struct mail *m = arg;

	switch (m->way->sets) {
	case SETS_BARE:
		model_write(&m->ready, 1);
		sync_signal(&m->changed);
		break;
	case SETS_UNDER_OTHER:
		sync_lock(&m->other);
		model_write(&m->ready, 1);
		sync_signal(&m->changed);
		sync_unlock(&m->other);
		break;
	case SETS_THEN_WAKES:
		sync_lock(&m->lock);
		model_write(&m->ready, 1);
		sync_unlock(&m->lock);
		sync_signal(&m->changed);
		break;
	case SETS_AND_WAKES:
		sync_lock(&m->lock);
		model_write(&m->ready, 1);
		sync_signal(&m->changed);
		sync_unlock(&m->lock);
		break;
	}
}

static void run(void *arg)
{
	struct mail *m = kit_begin(sizeof(*m));

	m->way = arg;
	m->ready = (struct model_datum){.name = "ready", .apart = true};
	sync_mutex_init(&m->lock, "lock");
	sync_mutex_init(&m->other, "other lock");
	sync_cond_init(&m->changed, "changed");
	kit_start(&m->waiter, "waiter", wait_for_it, m);
	kit_start(&m->setter, "setter", set_it, m);
	sync_thread_join(&m->waiter);
	sync_thread_join(&m->setter);
	sync_cond_done(&m->changed);
	sync_mutex_done(&m->other);
	sync_mutex_done(&m->lock);
}

static const struct way bare = {SETS_BARE, LOOKS_EACH_TIME}, under_other = {SETS_UNDER_OTHER, LOOKS_EACH_TIME},
			outside = {SETS_AND_WAKES, LOOKS_OUTSIDE}, once = {SETS_AND_WAKES, LOOKS_ONCE},
			then_wakes = {SETS_THEN_WAKES, LOOKS_EACH_TIME}, whole = {SETS_AND_WAKES, LOOKS_EACH_TIME};

/* With a wake-up for no reason where that makes a difference. */
#define VARIANT(called, way, verdict, wakes, words)                                                                 \
	{.name = (called),                                                                                          \
	 .run = run,                                                                                                \
	 .config = (way),                                                                                           \
	 .expect = (verdict),                                                                                       \
	 .limits = {.spurious = (wakes)},                                                                           \
	 .tells = (words),                                                                                          \
	 .outcome = kit_outcome,                                                                                    \
	 .good = "goes on when it is ready"}

static const struct diag_variant
	broken = VARIANT("broken", &bare, MODEL_DEADLOCK, 0,
			 "The setter takes no lock: it sets and wakes after the waiter's look and before its sleep, and"
			 " nobody wakes it again."),
	other_lock = VARIANT("other-lock", &under_other, MODEL_DEADLOCK, 0,
			     "The setter takes a lock, but not the one that the waiter sleeps under: it keeps nobody apart."),
	look_outside = VARIANT("look-outside", &outside, MODEL_DEADLOCK, 0,
			       "The setter does all under the lock; the waiter looks before it takes the lock, and what it has"
			       " seen is old when it falls asleep."),
	look_once = VARIANT("if", &once, MODEL_FAILED, 1,
			    "Nothing is lost, but the waiter looks once, with if: a wake-up for no reason, which every"
			    " condition may have, is taken for the news."),
	wake_after = VARIANT("wake-after", &then_wakes, MODEL_PASSED, 1,
			     "Only the flag must change under the lock: a wake-up right after the release comes in time, too."),
	fixed = VARIANT("fixed", &whole, MODEL_PASSED, 1,
			"Flag and wake-up under the waiter's lock, and a look before each sleep: no wake-up comes between look"
			" and sleep.");

const struct diag_case *case_lost_wakeup(void)
{
	static const struct diag_case lost = {
		.name = "lost-wakeup",
		.description = "a wake-up comes between a thread's look at a flag and its sleep",
		.story = "A thread finds a flag unset and goes to sleep on a condition; another sets the flag and wakes it. A"
			 " condition keeps no wake-up: one that comes after the look and before the sleep reaches nobody, and"
			 " the sleep has no end. The gap is a few instructions wide, so this is the program that hangs once a"
			 " month. Change the flag under the lock that the waiter sleeps with, and look again before each sleep:"
			 " then look and falling asleep are one step to everybody else. catchbasin waits for its sources so"
			 " when it stops (src/work/stop.c), and workers for their turn (src/work/turnstile.c).",
		.watch = "ready",
		.variant = {&broken, &other_lock, &look_outside, &look_once, &wake_after, &fixed},
	};

	return &lost;
}
