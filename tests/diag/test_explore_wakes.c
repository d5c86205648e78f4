/* What a complete search must not miss: wake-ups that come too early, time that passes as they come, circles without end. */
#include "base/mem.h"
#include "base/sync_more.h"
#include "ends.h"

struct world {
	struct sync_mutex a, b;
	struct sync_cond cond;
	struct sync_flag flag;
	bool said;
	unsigned first;
};

typedef void (*thread_fn)(void *arg);

static void run_both(thread_fn x, thread_fn y)
{
	struct world *w = mem_zalloc(1, sizeof(*w));
	struct sync_thread t[2];

	if (!w)
		model_fail("no memory");
	sync_mutex_init(&w->a, "a");
	sync_mutex_init(&w->b, "b");
	sync_cond_init(&w->cond, "cond");
	sync_flag_init(&w->flag, "flag");
	if (sync_thread_start(&t[0], "x", x, w, NULL) != 0 || sync_thread_start(&t[1], "y", y, w, NULL) != 0)
		model_fail("no thread");
	sync_thread_join(&t[0]);
	sync_thread_join(&t[1]);
}

/* ---- wake-ups that come too early ---- */

static void wait_for_flag(void *arg)
{
	struct world *w = arg;

	sync_lock(&w->a);
	if (!sync_flag_is_set(&w->flag))
		sync_wait(&w->cond, &w->a);
	sync_unlock(&w->a);
}

static void set_and_signal(void *arg)
{
	struct world *w = arg;

	sync_flag_set(&w->flag);
	sync_signal(&w->cond);
}

static void set_and_signal_locked(void *arg, struct sync_mutex *m)
{
	struct world *w = arg;

	sync_flag_set(&w->flag);
	sync_lock(m);
	sync_signal(&w->cond);
	sync_unlock(m);
}

static void set_and_signal_other(void *arg)
{
	set_and_signal_locked(arg, &((struct world *)arg)->b);
}

static void set_and_signal_same(void *arg)
{
	set_and_signal_locked(arg, &((struct world *)arg)->a);
}

/* Signals before it sets: the waiter goes to sleep after both. */
static void signal_and_set(void *arg)
{
	struct world *w = arg;

	sync_lock(&w->a);
	sync_signal(&w->cond);
	sync_unlock(&w->a);
	sync_flag_set(&w->flag);
}

/* What is waited for lies under another lock than the wait. */
static void wait_under_other(void *arg)
{
	struct world *w = arg;
	bool said;

	sync_lock(&w->a);
	sync_lock(&w->b);
	said = w->said;
	sync_unlock(&w->b);
	if (!said)
		sync_wait(&w->cond, &w->a);
	sync_unlock(&w->a);
}

static void say_under_other(void *arg)
{
	struct world *w = arg;

	sync_lock(&w->b);
	w->said = true;
	sync_signal(&w->cond);
	sync_unlock(&w->b);
}

/* ---- time that passes meanwhile ---- */

static bool wait_said(struct world *w)
{
	bool in_time = true;

	sync_lock(&w->a);
	while (!w->said && in_time)
		in_time = sync_wait_until(&w->cond, &w->a, 100);
	return in_time;
}

static void wait_and_trust_the_time(void *arg)
{
	struct world *w = arg;

	if (!wait_said(w) && w->said)
		model_fail("timed out though it is there");
	sync_unlock(&w->a);
}

static void wait_and_look(void *arg)
{
	struct world *w = arg;

	if (!wait_said(w) && !w->said && w->first)
		model_fail("this cannot be");
	sync_unlock(&w->a);
}

static void say(void *arg)
{
	struct world *w = arg;

	sync_lock(&w->a);
	w->said = true;
	sync_signal(&w->cond);
	sync_unlock(&w->a);
}

/* A wake-up for no reason, and what it was waited for comes before the lock does. */
static void wait_once(void *arg)
{
	struct world *w = arg;

	sync_lock(&w->a);
	if (!w->said) {
		w->first = 1;
		sync_wait(&w->cond, &w->a);
		if (w->first == 2)
			model_fail("said, not signalled, and awake");
	}
	sync_unlock(&w->a);
}

static void say_silently(void *arg)
{
	struct world *w = arg;

	sync_lock(&w->a);
	w->said = true;
	if (w->first == 1)
		w->first = 2;
	sync_unlock(&w->a);
	sync_lock(&w->a);
	w->first = 3;
	sync_signal(&w->cond);
	sync_unlock(&w->a);
}

/* ---- time that has passed, for whatever reason ---- */

/* Two such waits are over at the same time, without anything early. */
static void nap_and_add(void *arg)
{
	struct world *w = arg;
	unsigned before;

	sync_lock(&w->a);
	sync_wait_until(&w->cond, &w->a, 1000);
	before = w->first;
	sync_unlock(&w->a);
	sync_lock(&w->a);
	w->first = before + 1;
	if (w->first == 1 && w->said)
		model_fail("an update is lost");
	w->said = true;
	sync_unlock(&w->a);
}

/* A wait that begins late is over as it begins. */
static void wait_too_late(void *arg)
{
	struct world *w = arg;

	sync_sleep_until(1000);
	sync_lock(&w->a);
	if (!w->said && !sync_wait_until(&w->cond, &w->a, 500) && !w->said)
		w->first = 1;
	sync_unlock(&w->a);
}

static void say_late(void *arg)
{
	struct world *w = arg;

	sync_sleep_until(1000);
	sync_lock(&w->b);
	sync_unlock(&w->b);
	sync_lock(&w->a);
	w->said = true;
	if (w->first)
		model_fail("the other one has given up already");
	sync_signal(&w->cond);
	sync_unlock(&w->a);
}

/* Nobody else is awake, and it is not the time that wakes it. */
static void nap(void *arg)
{
	struct world *w = arg;

	sync_lock(&w->a);
	sync_wait_until(&w->cond, &w->a, 1000);
	if (sync_now_ns() < 1000)
		model_fail("awake too early");
	sync_unlock(&w->a);
}

static void nothing(void *arg UNUSED)
{
}

/* ---- what is destroyed ---- */

static void take_once(void *arg)
{
	struct world *w = arg;

	sync_lock(&w->a);
	sync_unlock(&w->a);
}

static void destroy_lock(void *arg)
{
	sync_mutex_done(&((struct world *)arg)->a);
}

static void signal_once(void *arg)
{
	sync_signal(&((struct world *)arg)->cond);
}

static void destroy_condition(void *arg)
{
	sync_cond_done(&((struct world *)arg)->cond);
}

/* ---- circles ---- */

/* Goes round for ever if thread 2 came first: both do. */
static void spin(void *arg)
{
	struct world *w = arg;
	bool go = false;

	sync_lock(&w->a);
	if (!w->first)
		w->first = model_self();
	sync_unlock(&w->a);
	while (!go) {
		sync_lock(&w->a);
		go = w->first == 1;
		sync_unlock(&w->a);
	}
}

/* Goes round until somebody else has had his say: that is only a question of letting him. */
static void poll_said(void *arg)
{
	struct world *w = arg;
	bool said = false;

	while (!said) {
		sync_lock(&w->a);
		sync_lock(&w->b);
		said = w->said;
		sync_unlock(&w->b);
		sync_unlock(&w->a);
	}
}

/* ---- */

#define SCENE(name, x, y)                                                                           \
	static void name(void *arg UNUSED)                                                          \
	{                                                                                           \
		run_both(x, y);                                                                     \
	}

SCENE(no_lock, wait_for_flag, set_and_signal)
SCENE(other_lock, wait_for_flag, set_and_signal_other)
SCENE(same_lock, wait_for_flag, set_and_signal_same)
SCENE(too_early, wait_for_flag, signal_and_set)
SCENE(other_data, wait_under_other, say_under_other)
SCENE(trusting, wait_and_trust_the_time, say)
SCENE(looking, wait_and_look, say)
SCENE(for_nothing, wait_once, say_silently)
SCENE(same_deadline, nap_and_add, nap_and_add)
SCENE(past_deadline, wait_too_late, say_late)
SCENE(napping, nap, nothing)
SCENE(lock_gone, take_once, destroy_lock)
SCENE(condition_gone, signal_once, destroy_condition)
SCENE(spinning, spin, spin)
SCENE(polling, poll_said, say)

struct scene {
	const char *what;
	void (*run)(void *arg);
	enum model_verdict ends; /* MODEL_PASSED: always */
	unsigned timeouts, spurious;
};

static void look(const struct scene *s, bool whole)
{
	struct diag_variant v = {.name = "only",
				 .run = s->run,
				 .limits = {.whole = whole, .timeouts = s->timeouts, .spurious = s->spurious}};
	struct explore_opts o = {.most_bound = EXPLORE_NO_BOUND};
	struct explore_result r;
	static const struct diag_case bench = {.name = "bench"};
	struct trace trace;

	trace_init(&trace, &bench, &v);
	explore(&bench, &v, &o, &trace, &r);
	ok(r.found == (s->ends != MODEL_PASSED) && r.complete == !r.found && !r.nondeterministic &&
		   trace.result.verdict == s->ends,
	   "%s, states told by %s: found %d, complete %d, ends in %d after %d executions", s->what,
	   whole ? "memory" : "history", r.found, r.complete, trace.result.verdict, (int)r.executions);
	trace_done(&trace);
	schedule_done(&r.schedule);
}

int main(void)
{
	static const struct scene scenes[] = {
		{"a signal without a lock", no_lock, MODEL_DEADLOCK, 0, 0},
		{"a signal under another lock", other_lock, MODEL_DEADLOCK, 0, 0},
		{"a signal under the waiter's lock", same_lock, MODEL_PASSED, 0, 0},
		{"a signal before what it is about", too_early, MODEL_DEADLOCK, 0, 0},
		{"data and signal under another lock", other_data, MODEL_DEADLOCK, 0, 0},
		{"time is over as it comes true", trusting, MODEL_FAILED, 1, 0},
		{"the same if time has to pass: it is not early", trusting, MODEL_PASSED, 0, 0},
		{"time is over, and the waiter looks", looking, MODEL_PASSED, 1, 0},
		{"awake for no reason as it comes true", for_nothing, MODEL_FAILED, 0, 1},
		{"and never without a reason", for_nothing, MODEL_PASSED, 0, 0},
		{"two waits are over at the same time", same_deadline, MODEL_FAILED, 0, 0},
		{"a wait that is over as it begins", past_deadline, MODEL_FAILED, 0, 0},
		{"all wait for the clock, and one wakes for no reason", napping, MODEL_FAILED, 0, 1},
		{"all wait for the clock", napping, MODEL_PASSED, 0, 0},
		{"a lock that is gone", lock_gone, MODEL_MISUSE, 0, 0},
		{"a condition that is gone", condition_gone, MODEL_MISUSE, 0, 0},
	};
	static const struct scene circles[] = {
		{"two go round for ever", spinning, MODEL_LONG, 0, 0},
		{"one goes round while the other is kept waiting", polling, MODEL_PASSED, 0, 0},
	};

	for (unsigned i = 0; i < ARRAY_LEN(scenes); i++) {
		look(&scenes[i], false);
		look(&scenes[i], true);
	}
	for (unsigned i = 0; i < ARRAY_LEN(circles) && model_can_whole(); i++)
		look(&circles[i], true);
	return done_testing();
}
