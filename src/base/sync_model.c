/* Real threads hand one baton to each other; who gets it next is a choice that can be repeated. */
#include "base/sync_model_impl.h"
#include "base/sync_model_tsan.h"
#include "base/sync_model_whole.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/sync_backend.h"

/* How a thread comes out of a run in the middle of it. */
enum { HOME_CALLED = 1, HOME_BY_ITSELF };

static struct model_state state;
static _Thread_local struct model_thread *me;

struct model_state *model_state(void)
{
	return &state;
}

struct model_thread *model_me(void)
{
	assert(me && "only threads of a run come here");
	return me;
}

bool model_running(void)
{
	return me != NULL;
}

unsigned model_self(void)
{
	return model_me()->id;
}

/* ---- the baton ---- */

static void sem_take(sem_t *s)
{
	while (sem_wait(s) != 0)
		;
}

/* Gives the baton away and waits to get it back; or, when the run is over, goes home. */
static void hand_over(struct model_thread *to)
{
	struct model_thread *self = me;

	if (to == self)
		return;
	sem_post(&to->baton);
	sem_take(&self->baton);
	if (state.aborting)
		longjmp(self->home, HOME_CALLED);
	model_whole_wipe();
}

static void tell(struct model_thread *t)
{
	struct model_pending *p = &t->pending;
	const char *wrong;

	state.steps++;
	if (p->act)
		p->text = p->act(p->of);
	if (state.policy->event) {
		struct model_event e = {
			.step = state.steps,
			.thread = t->id,
			.op = p->op,
			.how = p->how,
			.object = p->object ? p->object : "",
			.text = p->text ? p->text : "",
			.value = p->value + (p->base ? *p->base : 0),
			.at = p->at,
		};

		state.policy->event(state.policy->arg, &e);
	}
	wrong = state.policy->check ? state.policy->check(state.policy->arg) : NULL;
	if (wrong)
		model_end(MODEL_FAILED, "%s", wrong);
	if (state.steps >= state.limits.max_steps)
		model_end(MODEL_LONG, "no end after %u steps", state.steps);
}

/* A new thread runs up to its first point as soon as it is started: what lies before concerns nobody else. There it
 * gives the baton back. */
static void come_forward(struct model_thread *t)
{
	struct model_thread *parent = t->parent;

	t->parent = NULL;
	hand_over(parent);
}

/* Taking a lock can be put off for as long as nobody else wants it; so can finding that a thread has ended. */
static bool only_takes(const struct model_pending *p)
{
	return p->op == MODEL_LOCK || p->op == MODEL_JOIN || (p->op == MODEL_WAKE && p->how == MODEL_RUN);
}

static void point(struct model_thread *t)
{
	if (t->parent)
		come_forward(t);
	else
		hand_over(model_pick_thread());
	state.current = t->id;
	t->acted = !only_takes(&t->pending);
	t->events++;
	tell(t);
}

void model_point_at(const struct model_pending *next)
{
	model_me()->pending = *next;
	model_whole_stand(point);
}

void model_point_now(const struct model_pending *next)
{
	struct model_thread *t = model_me();

	if (t->parent) {
		model_point_at(next);
		return;
	}
	t->pending = *next;
	t->events++;
	tell(t);
	model_whole_wipe();
}

void model_point_once(const struct model_pending *next)
{
	struct model_thread *t = model_me();

	(t->acted ? model_point_at : model_point_now)(next);
	t->acted = true;
}

/* ---- the end of a run ---- */

static void note_thread(const struct model_thread *t, struct model_thread_view *v)
{
	const struct model_pending *p = &t->pending;

	*v = (struct model_thread_view){
		.name = t->name,
		.ended = t->ended,
		.op = p->op,
		.object = p->object ? p->object : "",
		.at = p->at,
		.owner = NOBODY,
		.held = t->held,
	};
	for (unsigned i = 0; i < state.owned_count; i++) {
		if (state.owned[i].object == p->object) {
			v->owner = state.owned[i].owner;
			v->owner_at = state.owned[i].at;
			v->owner_step = state.owned[i].step;
		}
	}
}

PRINTF_LIKE(2, 0) static void note_result(enum model_verdict verdict, const char *fmt, va_list ap)
{
	struct model_result *r = state.result;

	r->verdict = verdict;
	vsnprintf(r->why, sizeof(r->why), fmt, ap);
	r->steps = state.steps;
	r->threads = state.threads;
	for (unsigned i = 0; i < state.threads; i++)
		note_thread(&state.thread[i], &r->thread[i]);
}

void model_end(enum model_verdict verdict, const char *fmt, ...)
{
	va_list ap;

	model_hide_rest();
	va_start(ap, fmt);
	note_result(verdict, fmt, ap);
	va_end(ap);
	state.aborting = true;
	me->away = false;
	if (me != &state.thread[0])
		sem_post(state.thread[0].away ? &state.thread[0].baton : &state.done);
	longjmp(me->home, HOME_BY_ITSELF);
}

void model_fail(const char *fmt, ...)
{
	char why[MODEL_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	model_end(MODEL_FAILED, "%s", why);
}

void model_exit(void)
{
	model_end(MODEL_PASSED, "the process exits");
}

/* An assert that fails inside a run is a finding, not the end of the program. */
static void assert_failed(const char *what, const char *file, int line)
{
	const char *slash = strrchr(file, '/');

	if (me && !state.aborting)
		model_end(MODEL_FAILED, "assert %s at %s:%d", what, slash ? slash + 1 : file, line);
}

/* ---- threads ---- */

/* What it remembers begins here: callers' registers lie further up. */
static __attribute__((noinline)) void thread_body(struct model_thread *t)
{
	t->stack_base = __builtin_frame_address(0);
	t->fn(t->arg);
	/* A frame of its own, to the end. */
	__asm__ volatile("" : : "r"(t) : "memory");
}

static __attribute__((noinline)) void thread_life(struct model_thread *t)
{
	static const struct sync_src nowhere = {"", 0, ""};
	struct model_pending end = {.op = MODEL_END, .at = &nowhere, .deadline_ns = SYNC_FOREVER};
	struct model_thread *next;
	uint64_t alone = t->id;

	model_show_body(t);
	model_whole_empty();
	thread_body(t);
	model_hide_body(t);
	/* One without any point of its own has not come forward yet. */
	if (t->parent)
		model_point_at(&end);
	else
		model_point_now(&end);
	model_touch(&alone, MODEL_END);
	if (t->held)
		model_end(MODEL_MISUSE, "%s ends with a lock held", t->name);
	t->ended = true;
	if (--state.live == 0)
		model_end(MODEL_PASSED, "all have ended");
	next = model_pick_thread();
	t->away = false;
	sem_post(&next->baton);
}

/* A real thread serves run after run. What is left of a run when it ends is called home. */
static void *real_run(void *arg)
{
	struct model_thread *t = arg;

	me = t;
	model_hide();
	for (;;) {
		sem_take(&t->baton);
		switch (setjmp(t->home)) {
		case 0:
			model_whole_wipe();
			thread_life(t);
			break;
		case HOME_CALLED:
			model_hide_rest();
			sem_post(&state.home);
			break;
		default:
			break;
		}
	}
	return NULL;
}

static bool thread_make(struct model_thread *t)
{
	if (t->made)
		return true;
	if (sem_init(&t->baton, 0, 0) != 0 || pthread_create(&t->real, NULL, real_run, t) != 0)
		return false;
	t->made = true;
	return true;
}

struct model_thread *model_thread_new(const char *name, void (*fn)(void *), void *arg)
{
	static const struct sync_src nowhere = {"", 0, ""};
	struct model_thread *t;

	if (state.threads == MODEL_THREADS || (state.threads > 0 && !thread_make(&state.thread[state.threads])))
		return NULL;
	t = &state.thread[state.threads];
	t->id = state.threads++;
	t->away = true;
	t->ended = false;
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->fn = fn;
	t->arg = arg;
	t->held = t->spurious = 0;
	t->condition = t->lock = NULL;
	t->parent = me;
	t->signaled = t->acted = false;
	t->past = me ? model_mix(me->past, t->id) : 1;
	t->events = 0;
	t->pending = (struct model_pending){.op = MODEL_BEGIN, .at = &nowhere, .deadline_ns = SYNC_FOREVER};
	state.live++;
	/* The new one may have to choose before it comes forward. */
	if (me) {
		model_whole_mark(me);
		hand_over(t);
	}
	return t;
}

/* ---- a run ---- */

static void state_reset(const struct model_policy *policy, const struct model_limits *limits, struct model_result *ret)
{
	static bool once;

	if (!once) {
		sem_init(&state.done, 0, 0);
		sem_init(&state.home, 0, 0);
		sem_init(&state.thread[0].baton, 0, 0);
		once = true;
	}
	state.threads = state.live = state.current = state.objects = state.owned_count = 0;
	state.now_ns = 0;
	state.steps = state.timeouts = state.spurious = 0;
	state.signature = state.case_past = 0;
	memset(state.holder, 0, sizeof(state.holder));
	memset(state.used_with, 0, sizeof(state.used_with));
	state.aborting = false;
	state.policy = policy;
	state.limits = *limits;
	state.limits.whole &= model_can_whole();
	state.result = ret;
	*ret = (struct model_result){0};
}

/* Thread main is the caller's own: it is here again when the run is over, called home or by itself. */
static void run_main(struct model_thread *t)
{
	me = t;
	if (setjmp(t->home) == 0) {
		model_whole_wipe();
		thread_life(t);
		sem_take(&state.done);
	}
	me = NULL;
}

void model_run(void (*body)(void *), void *arg, const struct model_policy *policy, const struct model_limits *limits,
	       struct model_result *ret)
{
	assert(!state.running && !me);
	model_hide();
	state.running = true;
	state_reset(policy, limits, ret);
	model_whole_read(state.limits.whole);
	arena_open();
	sync_use(model_shown(model_backend()));
	assert_hook(assert_failed);
	run_main(model_thread_new("main", body, arg));
	/* Whoever is still inside is called home, one after the other. */
	for (unsigned i = 1; i < state.threads; i++) {
		if (!state.thread[i].away)
			continue;
		sem_post(&state.thread[i].baton);
		sem_take(&state.home);
	}
	assert_hook(NULL);
	sync_use(NULL);
	arena_close();
	model_whole_read(false);
	state.running = false;
	model_show_rest();
}
