/* The small things that cases are built from, as states of the model. */
#include "diag/cases/kit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

#define WORDS 64

static char ending[WORDS];

void *kit_begin(size_t size)
{
	void *all = mem_zalloc(1, size);

	ending[0] = '\0';
	if (!all)
		model_fail("no memory for the run");
	return all;
}

void kit_ends(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ending, sizeof(ending), fmt, ap);
	va_end(ap);
}

const char *kit_outcome(void)
{
	return ending;
}

const char *kit_words(const char *fmt, ...)
{
	char *words = mem_alloc(WORDS);
	va_list ap;

	if (!words)
		return "";
	va_start(ap, fmt);
	vsnprintf(words, WORDS, fmt, ap);
	va_end(ap);
	return words;
}

void kit_start_at(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg, const struct sync_src *at)
{
	struct err why;

	if (sync_thread_start_at(t, name, fn, arg, at, &why))
		model_fail("%s", why.text);
}

/* ---- gates ---- */

void kit_gate_init(struct kit_gate *g, const char *name, unsigned permits)
{
	*g = (struct kit_gate){.permits = {.name = name, .value = permits, .apart = true}, .most = permits};
}

static bool has_permit(void *of)
{
	return ((struct kit_gate *)of)->permits.value > 0;
}

void kit_acquire_at(struct kit_gate *g, const struct sync_src *at)
{
	model_on_at(MODEL_ACQUIRE, &g->permits, "", has_permit, g, -1, at);
}

void kit_release_at(struct kit_gate *g, const struct sync_src *at)
{
	if (model_on_at(MODEL_RELEASE, &g->permits, "", NULL, NULL, 1, at) > g->most)
		model_fail("\"%s\" is released, and nobody had it", g->permits.name);
}

/* ---- locks ---- */

struct want {
	struct kit_lock *lock;
	unsigned who;
	bool got;
};

void kit_lock_init(struct kit_lock *l, const char *name, bool recursive)
{
	*l = (struct kit_lock){.depth = {.name = name, .apart = true}, .recursive = recursive};
}

static bool may_lock(void *of)
{
	const struct want *w = of;

	return w->lock->depth.value == 0 || (w->lock->recursive && w->lock->owner == w->who);
}

static void own(struct kit_lock *l, const struct sync_src *at)
{
	l->owner = model_self();
	/* The place of the first of several acquires is the one to look at. */
	if (l->depth.value == 1)
		model_own_at(l->depth.name, true, at);
}

void kit_lock_at(struct kit_lock *l, const struct sync_src *at)
{
	struct want w = {.lock = l, .who = model_self()};

	model_on_at(MODEL_LOCK, &l->depth, "", may_lock, &w, 1, at);
	own(l, at);
}

static const char *try_it(void *of)
{
	struct want *w = of;

	w->got = may_lock(of);
	w->lock->depth.value += w->got;
	return w->got ? "free" : "taken";
}

bool kit_trylock_at(struct kit_lock *l, const struct sync_src *at)
{
	struct want w = {.lock = l, .who = model_self()};

	model_do_at(MODEL_TRYLOCK, &l->depth, NULL, try_it, &w, at);
	if (w.got)
		own(l, at);
	return w.got;
}

void kit_unlock_at(struct kit_lock *l, const struct sync_src *at)
{
	model_on_at(MODEL_UNLOCK, &l->depth, "", NULL, NULL, -1, at);
	if (l->depth.value < 0 || l->owner != model_self())
		model_fail("lock \"%s\" is released by a thread that does not hold it", l->depth.name);
	if (l->depth.value == 0)
		model_own_at(l->depth.name, false, NULL);
}

/* ---- the queue ---- */

void kit_queue_init(struct kit_queue *q, const char *name, unsigned cap, bool shows_room)
{
	assert(cap <= KIT_QUEUE);
	*q = (struct kit_queue){.shown = {.name = name, .value = shows_room ? cap : 0, .apart = true},
				.shows_room = shows_room,
				.cap = cap};
}

struct move {
	struct kit_queue *q;
	int64_t number;
	bool done;
};

static bool may_put(void *of)
{
	const struct kit_queue *q = ((struct move *)of)->q;

	return q->length < q->cap || q->closed_to_put;
}

static bool may_get(void *of)
{
	const struct kit_queue *q = ((struct move *)of)->q;

	return q->length > 0 || q->closed_to_get;
}

static void show(struct kit_queue *q)
{
	q->shown.value = q->shows_room ? q->cap - q->length : q->length;
}

static const char *put(void *of)
{
	struct move *m = of;

	m->done = !m->q->closed_to_put;
	if (!m->done)
		return kit_words("puts %" PRId64 ": refused", m->number);
	m->q->ring[(m->q->first + m->q->length++) % KIT_QUEUE] = m->number;
	show(m->q);
	return kit_words("puts %" PRId64, m->number);
}

static const char *get(void *of)
{
	struct move *m = of;

	m->done = m->q->length > 0;
	if (!m->done)
		return "gets nothing: closed";
	m->number = m->q->ring[m->q->first];
	m->q->first = (m->q->first + 1) % KIT_QUEUE;
	m->q->length--;
	show(m->q);
	return kit_words("gets %" PRId64, m->number);
}

bool kit_put_at(struct kit_queue *q, int64_t number, const struct sync_src *at)
{
	struct move m = {.q = q, .number = number};

	model_do_at(MODEL_NOTE, &q->shown, may_put, put, &m, at);
	return m.done;
}

bool kit_get_at(struct kit_queue *q, int64_t *ret_number, const struct sync_src *at)
{
	struct move m = {.q = q};

	model_do_at(MODEL_NOTE, &q->shown, may_get, get, &m, at);
	*ret_number = m.number;
	return m.done;
}

void kit_fill(struct kit_queue *q, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put(&(struct move){.q = q, .number = i + 1});
}

bool kit_is_empty_at(struct kit_queue *q, const struct sync_src *at)
{
	model_on_at(MODEL_TEST, &q->shown, "is it empty?", NULL, NULL, 0, at);
	return q->length == 0;
}

void kit_close_at(struct kit_queue *q, bool putters_too, const struct sync_src *at)
{
	model_on_at(MODEL_NOTE, &q->shown, putters_too ? "closes it" : "wakes who waits to get", NULL, NULL, 0, at);
	q->closed_to_get = true;
	q->closed_to_put |= putters_too;
}

/* ---- events ---- */

void kit_event_init(struct model_datum *event, const char *name)
{
	*event = (struct model_datum){.name = name, .apart = true};
}
