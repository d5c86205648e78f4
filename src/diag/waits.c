/* Looks at the threads a run left behind and finds which of them, in the end, keeps all the others. */
#include "diag/waits.h"

#include <string.h>

#define NOBODY (-1)

static bool same(const char *a, const char *b)
{
	return a && b && *a && strcmp(a, b) == 0;
}

const char *waits_kind_name(enum wait_kind kind)
{
	static const char *const names[WAIT_KINDS] = {
		[WAIT_NONE] = "",
		[WAIT_SELF] = "self-wait",
		[WAIT_CYCLE] = "cycle",
		[WAIT_ORPHAN] = "orphaned lock",
		[WAIT_FULL] = "full queue without consumers",
		[WAIT_LOST] = "lost wake-up",
		[WAIT_NOBODY] = "wait without end",
		[WAIT_LIVELOCK] = "livelock",
	};

	return names[kind];
}

const struct trace_step *waits_last_step(const struct trace *t, unsigned thread)
{
	for (unsigned i = t->count; i-- > 0;) {
		if (t->steps[i].thread == thread)
			return &t->steps[i];
	}
	return NULL;
}

int waits_next(const struct trace *t, const struct model_thread_view *v)
{
	if (v->ended)
		return NOBODY;
	if (v->op != MODEL_JOIN)
		return v->owner;
	for (unsigned i = 0; i < t->result.threads; i++) {
		if (!t->result.thread[i].ended && same(t->result.thread[i].name, v->object))
			return (int)i;
	}
	return NOBODY;
}

static bool gives(enum model_op op)
{
	return op == MODEL_SIGNAL || op == MODEL_BROADCAST || op == MODEL_RELEASE || op == MODEL_SET;
}

/* ---- one thread that waits ---- */

/* Does the wait of this thread lead back to it? Fills the ring. */
static bool in_ring(const struct trace *t, unsigned thread, struct waits *w)
{
	int at = (int)thread;

	w->ring_count = 0;
	do {
		w->ring[w->ring_count++] = at;
		at = waits_next(t, &t->result.thread[at]);
	} while (at != NOBODY && at != (int)thread && w->ring_count < MODEL_THREADS);
	if (at == (int)thread)
		return true;
	w->ring_count = 0;
	return false;
}

/* A permit that a thread took to its grave: only where each gives back what it took itself. */
static int permit_lost(const struct trace *t, const char *object)
{
	int balance[MODEL_THREADS] = {0};
	int lost = NOBODY;

	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		if (same(s->object, object))
			balance[s->thread] += (s->op == MODEL_ACQUIRE) - (s->op == MODEL_RELEASE);
	}
	for (unsigned i = 0; i < t->result.threads; i++) {
		if (balance[i] < 0)
			return NOBODY;
		if (balance[i] > 0 && t->result.thread[i].ended && lost == NOBODY)
			lost = (int)i;
	}
	return lost;
}

/* The last wake-up of the object before this thread fell asleep. */
static const struct trace_step *early_wakeup(const struct trace *t, unsigned thread, const char *object)
{
	const struct trace_step *asleep = waits_last_step(t, thread), *early = NULL;

	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		if (same(s->object, object) && (s->op == MODEL_SIGNAL || s->op == MODEL_BROADCAST) && s->thread != thread &&
		    (!asleep || s->step < asleep->step))
			early = s;
	}
	return early;
}

/* Could anybody still end this wait? Whoever waits for a thread to end will not. */
static bool others_alive(const struct trace *t, unsigned thread)
{
	for (unsigned i = 0; i < t->result.threads; i++) {
		const struct model_thread_view *v = &t->result.thread[i];

		if (i != thread && !v->ended && v->op != MODEL_JOIN)
			return true;
	}
	return false;
}

/* Does the thread wait for room in something bounded? By what the object is called, or what the thread did with it. */
static bool wants_room(const struct trace *t, unsigned thread, const char *object)
{
	static const char *const names[] = {"full", "room", "space"};

	for (unsigned i = 0; object && i < ARRAY_LEN(names); i++) {
		if (strstr(object, names[i]))
			return true;
	}
	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		if (s->thread == thread && same(s->object, object) && s->text &&
		    (strstr(s->text, "put") || strstr(s->text, "push")))
			return true;
	}
	return false;
}

static bool woken_later(const struct trace *t, unsigned thread, const char *object)
{
	const struct trace_step *asleep = waits_last_step(t, thread);

	for (unsigned i = 0; asleep && i < t->count; i++) {
		if (t->steps[i].step > asleep->step && same(t->steps[i].object, object) && gives(t->steps[i].op))
			return true;
	}
	return false;
}

static enum wait_kind kind_of(const struct trace *t, unsigned thread, struct waits *w)
{
	const struct model_thread_view *v = &t->result.thread[thread];
	int next = waits_next(t, v);

	if (v->ended)
		return WAIT_NONE;
	if (next == (int)thread)
		return WAIT_SELF;
	if (next != NOBODY && in_ring(t, thread, w))
		return WAIT_CYCLE;
	if (next != NOBODY)
		return t->result.thread[next].ended ? WAIT_ORPHAN : WAIT_NONE;
	if (v->op == MODEL_JOIN)
		return WAIT_NOBODY;
	if (v->op == MODEL_ACQUIRE && permit_lost(t, v->object) != NOBODY)
		return WAIT_ORPHAN;
	if (wants_room(t, thread, v->object) && !others_alive(t, thread))
		return WAIT_FULL;
	w->early = early_wakeup(t, thread, v->object);
	if (v->op == MODEL_WAKE && (w->early || woken_later(t, thread, v->object) || others_alive(t, thread)))
		return WAIT_LOST;
	return WAIT_NOBODY;
}

/* ---- the run ---- */

static void find_stuck(const struct trace *t, struct waits *ret)
{
	for (unsigned i = 0; i < t->result.threads; i++) {
		struct waits w = {.thread = (int)i};

		w.kind = kind_of(t, i, &w);
		if (w.kind != WAIT_NONE && (ret->kind == WAIT_NONE || w.kind < ret->kind))
			*ret = w;
	}
}

/* A thread that ended with a lock held is an orphaned lock before anybody has asked for it. */
static void find_heir(const struct trace *t, struct waits *ret)
{
	for (unsigned i = 0; i < t->result.threads; i++) {
		const struct model_thread_view *v = &t->result.thread[i];

		if (!v->ended && v->op == MODEL_END && v->held > 0) {
			ret->kind = WAIT_ORPHAN;
			ret->thread = (int)i;
		}
	}
}

void waits_find(const struct trace *t, struct waits *ret)
{
	*ret = (struct waits){.kind = WAIT_NONE, .thread = NOBODY};
	switch (t->result.verdict) {
	case MODEL_DEADLOCK:
		find_stuck(t, ret);
		break;
	case MODEL_MISUSE:
		find_heir(t, ret);
		break;
	case MODEL_LONG:
		ret->kind = WAIT_LIVELOCK;
		break;
	case MODEL_PASSED:
	case MODEL_FAILED:
	case MODEL_PRUNED:
		break;
	}
}
