/* Says who waits for whom and why: the one place for these sentences, whether a run of the model or live threads. */
#include "base/waits.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE 512
#define PLACE 160
#define MOMENT 48

struct report {
	const struct waits_snapshot *s;
	const struct waits_knot *k;
	waits_say_fn *say;
	void *arg;
};

PRINTF_LIKE(3, 4) static void line(const struct report *r, unsigned indent, const char *fmt, ...)
{
	char text[LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->say(r->arg, indent, text);
}

/* " at file.c:12 (function)", or nothing. */
static const char *place(const struct sync_src *at, char *ret_text)
{
	char where[64];

	waits_place(at, where, sizeof(where));
	ret_text[0] = '\0';
	if (where[0])
		snprintf(ret_text, PLACE, " at %s%s%.60s%s", where, at->func && *at->func ? " (" : "", at->func ? at->func : "",
			 at->func && *at->func ? ")" : "");
	return ret_text;
}

/* How a moment is said: of a run by its step, of live threads by how long ago it was. */
enum manner { SINCE, AT };

static const char *moment(const struct report *r, enum manner manner, const char *before, int64_t when, char *ret_text)
{
	ret_text[0] = '\0';
	if (when == WAITS_UNKNOWN)
		return ret_text;
	if (r->s->steps)
		snprintf(ret_text, MOMENT, "%s%s step %" PRId64, before, manner == SINCE ? "since" : "in", when);
	else if (manner == SINCE)
		snprintf(ret_text, MOMENT, "%sfor %" PRId64 " ms", before, when);
	else
		snprintf(ret_text, MOMENT, "%s%" PRId64 " ms ago", before, when);
	return ret_text;
}

static const struct waits_thread *thread(const struct report *r, int number)
{
	return &r->s->thread[number];
}

/* ---- a thread and what it waits for ---- */

static void tell_owner(const struct report *r, const struct waits_thread *t)
{
	const struct waits_thread *owner = thread(r, t->owner);
	char at[PLACE], when[MOMENT];

	place(t->owner_at, at);
	if (owner->ended)
		line(r, 4, "held by %s, which has ended: taken%s%s, never released", owner->name,
		     moment(r, AT, " ", t->owner_since, when), at);
	else
		line(r, 4, "held by %s%s%s%s", owner->name, owner == t ? " itself" : "",
		     moment(r, SINCE, " ", t->owner_since, when), at);
}

static void tell_waiter(const struct report *r, int number)
{
	const struct waits_thread *t = thread(r, number);
	char words[128], at[PLACE], when[MOMENT];

	waits_words(t->what, t->object, words, sizeof(words));
	line(r, 2, "%s %s%s%s", t->name, words, place(t->at, at), moment(r, SINCE, ", ", t->since, when));
	if (t->what == WAITS_LOCK && t->owner != WAITS_NOBODY)
		tell_owner(r, t);
}

/* ---- each kind: cause and remedy ---- */

static void tell_self(const struct report *r)
{
	const struct waits_thread *t = thread(r, r->k->thread);
	const char *outer = t->owner_at && t->owner_at->func ? t->owner_at->func : "";
	const char *inner = t->at && t->at->func ? t->at->func : "";

	if (*outer && *inner && strcmp(outer, inner) != 0) {
		line(r, 2, "cause: %s wants \"%s\", which %s has taken already; only its holder could release it, and that "
			   "is the one who waits", inner, t->object, outer);
		line(r, 2, "remedy: let %s expect the lock held, and take it in one place", inner);
	} else {
		line(r, 2, "cause: \"%s\" is taken twice by the same thread; only its holder could release it, and that is "
			   "the one who waits", t->object);
		line(r, 2, "remedy: take it once, or use a recursive lock");
	}
}

static void tell_ring(const struct report *r)
{
	unsigned count = r->k->ring_count;
	char first[64], second[64];
	bool locks = true;

	for (unsigned i = 0; i < count; i++) {
		const struct waits_thread *t = thread(r, r->k->ring[i]);
		const struct waits_thread *wanted = thread(r, r->k->ring[(i + count - 1) % count]);

		if (wanted->what == WAITS_END || t->what == WAITS_END) {
			locks = false;
			continue;
		}
		waits_place(wanted->owner_at, first, sizeof(first));
		waits_place(t->at, second, sizeof(second));
		line(r, 2, "order: %s takes \"%s\" (%s), then wants \"%s\" (%s)", t->name, wanted->object, first, t->object,
		     second);
	}
	if (locks) {
		line(r, 2, "cause: the locks are taken in %s order", count == 2 ? "opposite" : "circular");
		line(r, 2, "remedy: one order for everybody, or try the second lock and back off");
	} else {
		line(r, 2, "cause: one waits for the end of another, who needs what the first one holds");
		line(r, 2, "remedy: release before joining");
	}
}

static void tell_heir(const struct report *r)
{
	char at[PLACE], when[MOMENT];

	for (unsigned i = 0; i < r->s->helds; i++) {
		const struct waits_held *h = &r->s->held[i];

		if (h->owner == r->k->thread)
			line(r, 2, "%s ends and still holds \"%s\", taken%s%s", thread(r, h->owner)->name, h->name,
			     moment(r, AT, " ", h->since, when), place(h->at, at));
	}
	line(r, 2, "cause: one way out of the function does not release");
}

static void tell_orphan(const struct report *r)
{
	const struct waits_thread *t = thread(r, r->k->thread);

	if (t->ended)
		tell_heir(r);
	else if (t->what == WAITS_LOCK)
		line(r, 2, "cause: its owner has ended without releasing it, so nobody ever will");
	else
		line(r, 2, "cause: a thread has acquired \"%s\" and ended without giving it back", t->object);
	line(r, 2, "remedy: release on every path, also where an error returns early");
}

static void tell_full(const struct report *r)
{
	char when[MOMENT];

	for (unsigned i = 0; i < r->s->threads; i++) {
		const struct waits_thread *t = thread(r, (int)i);

		if (t->ended && t->since != WAITS_UNKNOWN)
			line(r, 4, "%s ended%s", t->name, moment(r, AT, " ", t->since, when));
	}
	line(r, 2, "cause: there is no room, and nobody is left who could make some");
	line(r, 2, "remedy: consumers leave only when the queue is closed and empty; closing wakes those who wait for room");
}

static void tell_last_wake(const struct report *r, const struct waits_thread *t)
{
	char when[MOMENT];

	if (t->waker == WAITS_NOBODY)
		line(r, 4, "nobody has ever woken anybody on \"%s\"", t->object);
	else
		line(r, 4, "the last wake-up on \"%s\" came%s from %s, %s", t->object, moment(r, AT, " ", t->woke, when),
		     thread(r, t->waker)->name, t->unheard ? "while nobody waited for it" : "and went to others");
}

static void tell_lost(const struct report *r)
{
	tell_last_wake(r, thread(r, r->k->thread));
	line(r, 2, "cause: a wake-up is not kept for those who come later");
	line(r, 2, "remedy: change the state and wake under the lock, and look at the state, under the lock, before each wait");
}

static void tell_endless(const struct report *r)
{
	const struct waits_thread *t = thread(r, r->k->thread);

	if (t->what == WAITS_COND)
		tell_last_wake(r, t);
	line(r, 2, "cause: %s waits for \"%s\", and nobody is left who would bring that about", t->name, t->object);
	if (t->what == WAITS_COND)
		line(r, 2, "remedy: wake whenever the state changes for somebody who may wait, and wake all where all must look");
}

static void tell_livelock(const struct report *r)
{
	const struct waits_snapshot *s = r->s;

	if (s->rounds > 0 && s->round) {
		line(r, 2, "from step %u on, these %u steps come again and again:", s->round_from, s->rounds);
		for (unsigned i = 0; i < s->rounds; i++)
			line(r, 4, "%s", s->round[i]);
	}
	line(r, 2, "cause: everybody runs, and nobody gets anywhere; stopped after %u steps", s->endless);
	line(r, 2, "remedy: one order, or waits of different length before the next try");
}

/* ---- all of it ---- */

static bool in_knot(const struct waits_knot *k, int number)
{
	for (unsigned i = 0; i < k->ring_count; i++) {
		if (k->ring[i] == number)
			return true;
	}
	return k->thread == number;
}

static bool waits(const struct report *r, int number)
{
	return !thread(r, number)->ended && thread(r, number)->what != WAITS_NOT;
}

void waits_tell(const struct waits_snapshot *s, const struct waits_knot *k, waits_say_fn *say, void *arg)
{
	static void (*const tell[WAITS_KINDS])(const struct report *) = {
		[WAITS_SELF] = tell_self,     [WAITS_CYCLE] = tell_ring,      [WAITS_ORPHAN] = tell_orphan,
		[WAITS_FULL] = tell_full,     [WAITS_LOST] = tell_lost,	      [WAITS_ENDLESS] = tell_endless,
		[WAITS_LIVELOCK] = tell_livelock,
	};
	struct report r = {.s = s, .k = k, .say = say, .arg = arg};

	if (k->kind == WAITS_CALM)
		return;
	if (k->kind == WAITS_CYCLE)
		line(&r, 0, "STUCK: cycle of %u", k->ring_count);
	else
		line(&r, 0, "STUCK: %s", waits_kind_name(k->kind));
	for (unsigned i = 0; i < k->ring_count; i++)
		tell_waiter(&r, k->ring[i]);
	if (k->ring_count == 0 && k->thread != WAITS_NOBODY && waits(&r, k->thread))
		tell_waiter(&r, k->thread);
	tell[k->kind](&r);
	for (unsigned i = 0; k->kind != WAITS_LIVELOCK && i < s->threads; i++) {
		if (waits(&r, (int)i) && !in_knot(k, (int)i))
			tell_waiter(&r, (int)i);
	}
}

void waits_tell_thread(const struct waits_snapshot *s, unsigned number, waits_say_fn *say, void *arg)
{
	tell_waiter(&(struct report){.s = s, .say = say, .arg = arg}, (int)number);
}

void waits_tell_held(const struct waits_snapshot *s, unsigned held, waits_say_fn *say, void *arg)
{
	const struct report r = {.s = s, .say = say, .arg = arg};
	const struct waits_held *h = &s->held[held];
	char at[PLACE], when[MOMENT];

	line(&r, 2, "lock \"%s\" held by %s%s%s", h->name, h->owner == WAITS_NOBODY ? "a thread that is gone" : thread(&r, h->owner)->name,
	     moment(&r, SINCE, " ", h->since, when), place(h->at, at));
}
