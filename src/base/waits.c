/* Finds which of the threads of a snapshot keeps all the others waiting, and names what a thread can wait for. */
#include "base/waits.h"

#include <stdio.h>
#include <string.h>

const char *waits_kind_name(enum waits_kind kind)
{
	static const char *const names[WAITS_KINDS] = {
		[WAITS_CALM] = "",
		[WAITS_SELF] = "self-wait",
		[WAITS_CYCLE] = "cycle",
		[WAITS_ORPHAN] = "orphaned lock",
		[WAITS_FULL] = "full queue without consumers",
		[WAITS_LOST] = "lost wake-up",
		[WAITS_ENDLESS] = "wait without end",
		[WAITS_LIVELOCK] = "livelock",
	};

	return names[kind];
}

/* ---- who keeps whom ---- */

/* Whom this thread waits for; NOBODY: for nobody in particular. */
static int next_of(const struct waits_snapshot *s, int thread)
{
	const struct waits_thread *t = &s->thread[thread];

	if (t->ended || (t->what != WAITS_LOCK && t->what != WAITS_END))
		return WAITS_NOBODY;
	return t->owner;
}

/* Does the wait of this thread lead back to it? Fills the ring. */
static bool in_ring(const struct waits_snapshot *s, int thread, struct waits_knot *k)
{
	int at = thread;

	k->ring_count = 0;
	do {
		k->ring[k->ring_count++] = at;
		at = next_of(s, at);
	} while (at != WAITS_NOBODY && at != thread && k->ring_count < WAITS_RING);
	if (at == thread)
		return true;
	k->ring_count = 0;
	return false;
}

/* Whoever waits for a thread to end will wake nobody. */
static bool others_alive(const struct waits_snapshot *s, int thread)
{
	for (unsigned i = 0; i < s->threads; i++) {
		if ((int)i != thread && !s->thread[i].ended && s->thread[i].what != WAITS_END)
			return true;
	}
	return false;
}

static bool no_consumers(const struct waits_snapshot *s, int thread)
{
	const struct waits_thread *t = &s->thread[thread];

	return t->wakers > 0 ? t->wakers_left == 0 : !others_alive(s, thread);
}

static enum waits_kind kind_of(const struct waits_snapshot *s, int thread, struct waits_knot *k)
{
	const struct waits_thread *t = &s->thread[thread];
	int next = next_of(s, thread);

	if (t->ended || t->what == WAITS_NOT)
		return WAITS_CALM;
	if (next == thread)
		return WAITS_SELF;
	if (next != WAITS_NOBODY && in_ring(s, thread, k))
		return WAITS_CYCLE;
	if ((t->what == WAITS_LOCK || t->what == WAITS_PERMIT) && t->owner != WAITS_NOBODY && s->thread[t->owner].ended)
		return WAITS_ORPHAN;
	if (next != WAITS_NOBODY || !s->stuck)
		return WAITS_CALM;
	if (t->room && no_consumers(s, thread))
		return WAITS_FULL;
	if (t->what == WAITS_COND && t->waker != WAITS_NOBODY && t->unheard)
		return WAITS_LOST;
	return WAITS_ENDLESS;
}

/* A lock whose owner has ended is orphaned before anybody has asked for it. */
static void find_heir(const struct waits_snapshot *s, struct waits_knot *ret)
{
	for (unsigned i = 0; i < s->helds; i++) {
		int owner = s->held[i].owner;

		if (owner != WAITS_NOBODY && s->thread[owner].ended) {
			*ret = (struct waits_knot){.kind = WAITS_ORPHAN, .thread = owner};
			return;
		}
	}
}

void waits_find(const struct waits_snapshot *s, struct waits_knot *ret)
{
	*ret = (struct waits_knot){.kind = WAITS_CALM, .thread = WAITS_NOBODY};
	if (s->endless) {
		ret->kind = WAITS_LIVELOCK;
		return;
	}
	for (unsigned i = 0; i < s->threads; i++) {
		struct waits_knot k = {.thread = (int)i};

		k.kind = kind_of(s, (int)i, &k);
		if (k.kind != WAITS_CALM && (ret->kind == WAITS_CALM || k.kind < ret->kind))
			*ret = k;
	}
	if (ret->kind == WAITS_CALM)
		find_heir(s, ret);
}

/* ---- words ---- */

void waits_words(enum waits_for what, const char *object, char *ret_text, size_t size)
{
	static const struct {
		const char *before, *after;
	} words[] = {
		[WAITS_NOT] = {"runs", ""},
		[WAITS_LOCK] = {"waits for lock ", ""},
		[WAITS_COND] = {"sleeps on ", ""},
		[WAITS_END] = {"waits for ", " to end"},
		[WAITS_PERMIT] = {"waits to acquire ", ""},
		[WAITS_FLAG] = {"waits until ", " is set"},
		[WAITS_MEETING] = {"waits at ", " for the others"},
		[WAITS_THING] = {"waits for ", ""},
	};
	/* No "lock lock". */
	bool says_so = what == WAITS_LOCK && object && strstr(object, "lock");

	snprintf(ret_text, size, "%s%s%s", says_so ? "waits for " : words[what].before,
		 what != WAITS_NOT && object ? object : "", words[what].after);
}

void waits_place(const struct sync_src *at, char *ret_text, size_t size)
{
	const char *slash = at && at->file ? strrchr(at->file, '/') : NULL;

	ret_text[0] = '\0';
	if (at && at->file && at->file[0])
		snprintf(ret_text, size, "%s:%d", slash ? slash + 1 : at->file, at->line);
}
