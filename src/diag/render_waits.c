/* Tells who waits for whom when a run got stuck, why, and what would have prevented it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "diag/picture.h"
#include "diag/render.h"
#include "diag/waits.h"

#define WIDTH 100
#define TEXT 512

struct report {
	const struct trace *t;
	struct waits w;
	bool told[MODEL_THREADS];
	void (*say)(void *arg, const char *line);
	void *arg;
};

static void line(struct report *r, unsigned indent, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void line(struct report *r, unsigned indent, const char *fmt, ...)
{
	char text[TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	picture_wrap(text, indent, indent + 4, WIDTH, r->say, r->arg);
}

/* " at file.c:12 (function)", or nothing. */
static const char *place(const struct sync_src *at, char *ret_text)
{
	char where[64];

	picture_place(at, where, sizeof(where));
	ret_text[0] = '\0';
	if (where[0])
		snprintf(ret_text, 160, " at %s%s%.60s%s", where, at->func && *at->func ? " (" : "",
			 at->func ? at->func : "", at->func && *at->func ? ")" : "");
	return ret_text;
}

static const char *name_of(const struct report *r, int thread)
{
	return r->t->thread_name[thread];
}


static const struct model_thread_view *view(const struct report *r, int thread)
{
	return &r->t->result.thread[thread];
}

/* ---- a thread and what it waits for ---- */

static void tell_owner(struct report *r, const struct model_thread_view *v, int self)
{
	char at[160];
	const char *who = name_of(r, v->owner);

	place(v->owner_at, at);
	if (v->owner == self)
		line(r, 4, "held by %s itself since step %u%s", who, v->owner_step, at);
	else if (view(r, v->owner)->ended)
		line(r, 4, "held by %s, which has ended: taken in step %u%s, never released", who, v->owner_step, at);
	else
		line(r, 4, "held by %s since step %u%s", who, v->owner_step, at);
}

static void tell_waiter(struct report *r, int thread)
{
	const struct model_thread_view *v = view(r, thread);
	const struct trace_step *last = waits_last_step(r->t, (unsigned)thread);
	char words[128], at[160], since[32] = "";

	if (r->told[thread] || v->ended)
		return;
	r->told[thread] = true;
	picture_pending_words(v, words, sizeof(words));
	if (last)
		snprintf(since, sizeof(since), ", since step %u", last->step);
	line(r, 2, "%s %s%s%s", name_of(r, thread), words, place(v->at, at), since);
	if (v->owner >= 0)
		tell_owner(r, v, thread);
}

/* ---- each kind: cause and remedy ---- */

static void tell_self(struct report *r)
{
	const struct model_thread_view *v = view(r, r->w.thread);
	const char *outer = v->owner_at && v->owner_at->func ? v->owner_at->func : "";
	const char *inner = v->at && v->at->func ? v->at->func : "";

	if (*outer && *inner && strcmp(outer, inner) != 0) {
		line(r, 2, "cause: %s wants \"%s\", which %s has taken already; only its holder could release it, and that "
			   "is the one who waits", inner, v->object, outer);
		line(r, 2, "remedy: let %s expect the lock held, and take it in one place", inner);
	} else {
		line(r, 2, "cause: \"%s\" is taken twice by the same thread; only its holder could release it, and that is "
			   "the one who waits", v->object);
		line(r, 2, "remedy: take it once, or use a recursive lock");
	}
}

static void tell_ring(struct report *r)
{
	char first[64], second[64];
	bool locks = true;

	for (unsigned i = 0; i < r->w.ring_count; i++) {
		const struct model_thread_view *v = view(r, r->w.ring[i]);
		unsigned before = (i + r->w.ring_count - 1) % r->w.ring_count;
		const struct model_thread_view *wanted = view(r, r->w.ring[before]);

		if (wanted->op == MODEL_JOIN || v->op == MODEL_JOIN) {
			locks = false;
			continue;
		}
		picture_place(wanted->owner_at, first, sizeof(first));
		picture_place(v->at, second, sizeof(second));
		line(r, 2, "order: %s takes \"%s\" (%s), then wants \"%s\" (%s)", name_of(r, r->w.ring[i]), wanted->object, first,
		     v->object, second);
	}
	if (locks) {
		line(r, 2, "cause: the locks are taken in %s order", r->w.ring_count == 2 ? "opposite" : "circular");
		line(r, 2, "remedy: one order for everybody, or try the second lock and back off");
	} else {
		line(r, 2, "cause: one waits for the end of another, who needs what the first one holds");
		line(r, 2, "remedy: release before joining");
	}
}

static void tell_orphan(struct report *r)
{
	const struct model_thread_view *v = view(r, r->w.thread);

	if (v->op == MODEL_END) {
		const struct trace_step *taken = NULL;
		char at[160] = "";

		for (unsigned i = 0; i < r->t->count; i++) {
			const struct trace_step *s = &r->t->steps[i];

			if (s->thread == (unsigned)r->w.thread && s->op == MODEL_LOCK)
				taken = s;
		}
		if (taken)
			line(r, 2, "%s ends and still holds \"%s\", taken in step %u%s", name_of(r, r->w.thread),
			     taken->object, taken->step, place(&taken->at, at));
		line(r, 2, "cause: one way out of the function does not release");
	} else if (v->owner >= 0) {
		line(r, 2, "cause: its owner has ended without releasing it, so nobody ever will");
	} else {
		line(r, 2, "cause: a thread has acquired \"%s\" and ended without giving it back", v->object);
	}
	line(r, 2, "remedy: release on every path, also where an error returns early");
}

static void tell_full(struct report *r)
{
	for (unsigned i = 0; i < r->t->result.threads; i++) {
		const struct trace_step *last = waits_last_step(r->t, i);

		if (view(r, (int)i)->ended && last)
			line(r, 4, "%s ended in step %u", name_of(r, (int)i), last->step);
	}
	line(r, 2, "cause: there is no room, and nobody is left who could make some");
	line(r, 2, "remedy: consumers leave only when the queue is closed and empty; closing wakes those who wait for room");
}

static void tell_lost(struct report *r)
{
	const struct model_thread_view *v = view(r, r->w.thread);

	if (r->w.early)
		line(r, 4, "the last wake-up on \"%s\" came in step %u from %s, before this wait began", v->object,
		     r->w.early->step, name_of(r, (int)r->w.early->thread));
	line(r, 2, r->w.early ? "cause: a wake-up is not kept for those who come later, and a single one wakes one sleeper only"
			      : "cause: nobody wakes this sleeper");
	line(r, 2, "remedy: change the state and wake under the lock, wait in a loop that looks at the state, and wake all "
		   "where all must look");
}

static void tell_nobody(struct report *r)
{
	line(r, 2, "cause: %s waits for \"%s\", and nobody is left who would bring that about", name_of(r, r->w.thread),
	     view(r, r->w.thread)->object);
}

static void tell_livelock(struct report *r)
{
	struct picture p;
	char words[128];

	picture_make(&p, r->t);
	if (p.repeat_steps > 0 && p.repeat_steps <= 16) {
		line(r, 2, "from step %u on, these %u steps come again and again:", r->t->steps[p.repeat_from].step,
		     p.repeat_steps);
		for (unsigned i = p.repeat_from; i < p.repeat_from + p.repeat_steps; i++) {
			picture_words(&r->t->steps[i], words, sizeof(words));
			line(r, 4, "%s %s", name_of(r, (int)r->t->steps[i].thread), words);
		}
	}
	picture_done(&p);
	line(r, 2, "cause: everybody runs, and nobody gets anywhere; stopped after %u steps", r->t->result.steps);
	line(r, 2, "remedy: one order, or waits of different length before the next try");
}

static void headline(struct report *r)
{
	if (r->w.kind == WAIT_CYCLE)
		line(r, 0, "STUCK: cycle of %u", r->w.ring_count);
	else
		line(r, 0, "STUCK: %s", waits_kind_name(r->w.kind));
}

static void tell_all_waiters(struct report *r)
{
	if (r->t->result.verdict != MODEL_DEADLOCK)
		return;
	for (unsigned i = 0; i < r->w.ring_count; i++)
		tell_waiter(r, r->w.ring[i]);
	if (r->w.thread >= 0)
		tell_waiter(r, r->w.thread);
}

void render_waits(const struct trace *t, void (*say)(void *arg, const char *line), void *arg)
{
	static void (*const tell[WAIT_KINDS])(struct report *) = {
		[WAIT_SELF] = tell_self,     [WAIT_CYCLE] = tell_ring,   [WAIT_ORPHAN] = tell_orphan,
		[WAIT_FULL] = tell_full,     [WAIT_LOST] = tell_lost,    [WAIT_NOBODY] = tell_nobody,
		[WAIT_LIVELOCK] = tell_livelock,
	};
	struct report r = {.t = t, .say = say, .arg = arg};

	waits_find(t, &r.w);
	if (r.w.kind == WAIT_NONE)
		return;
	headline(&r);
	tell_all_waiters(&r);
	tell[r.w.kind](&r);
	for (unsigned i = 0; t->result.verdict == MODEL_DEADLOCK && i < t->result.threads; i++) {
		if (!r.told[i] && !view(&r, (int)i)->ended)
			tell_waiter(&r, (int)i);
	}
}

const char *render_wait_kind(const struct trace *t)
{
	struct waits w;

	waits_find(t, &w);
	return waits_kind_name(w.kind);
}
