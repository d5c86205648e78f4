/* Orders in which locks are taken, as a graph of kinds: a ring in it is a deadlock that may yet come. */
#include "base/lock_graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Static_assert(LOCK_KINDS <= 64, "a bit for each");

static uint64_t bit(unsigned kind)
{
	return UINT64_C(1) << kind;
}

unsigned lock_graph_kind(struct lock_graph *g, const char *name)
{
	unsigned kind = 1;

	while (kind <= g->kinds && strncmp(g->name[kind], name, SYNC_NAME - 1) != 0)
		kind++;
	if (kind == LOCK_KINDS)
		return 0;
	if (kind > g->kinds) {
		g->kinds = kind;
		snprintf(g->name[kind], SYNC_NAME, "%s", name);
	}
	return kind;
}

bool lock_graph_knows(const struct lock_graph *g, unsigned held, unsigned taken)
{
	return atomic_load_explicit(&g->after[held], memory_order_relaxed) & bit(taken);
}

void lock_graph_add(struct lock_graph *g, unsigned held, const struct sync_src *held_at, unsigned taken,
		    const struct sync_src *taken_at, const struct lock_taker *by)
{
	struct lock_order *o = &g->order[held][taken];

	if (!lock_graph_knows(g, held, taken)) {
		*o = (struct lock_order){.held_at = held_at, .taken_at = taken_at, .guard = by->guard};
		g->orders++;
		atomic_fetch_or_explicit(&g->after[held], bit(taken), memory_order_relaxed);
	}
	o->guard &= by->guard;
	if (o->threads == 2 || (o->threads == 1 && o->thread[0] == by->thread))
		return;
	o->thread[o->threads] = by->thread;
	snprintf(o->name[o->threads++], SYNC_NAME, "%s", by->name);
}

/* ---- rings ---- */

/* Breadth first, from the goal back; next[] then leads to it. */
static bool find_way(const struct lock_graph *g, unsigned from, unsigned to, unsigned *ret_next)
{
	unsigned queue[LOCK_KINDS], head = 0, tail = 0;
	uint64_t seen = bit(to);

	queue[tail++] = to;
	while (head < tail && !(seen & bit(from))) {
		unsigned here = queue[head++];

		for (unsigned k = 1; k <= g->kinds; k++) {
			if ((seen & bit(k)) || !lock_graph_knows(g, k, here))
				continue;
			seen |= bit(k);
			ret_next[k] = here;
			queue[tail++] = k;
		}
	}
	return seen & bit(from);
}

bool lock_graph_ring(const struct lock_graph *g, unsigned held, unsigned taken, struct lock_ring *ret)
{
	unsigned next[LOCK_KINDS];

	ret->count = 0;
	if (held != taken && !find_way(g, taken, held, next))
		return false;
	for (unsigned k = taken; k != held; k = next[k])
		ret->kind[ret->count++] = k;
	ret->kind[ret->count++] = held;
	ret->kind[ret->count] = taken;
	return true;
}

static const struct lock_order *order_of(const struct lock_graph *g, const struct lock_ring *r, unsigned i)
{
	return &g->order[r->kind[i]][r->kind[i + 1]];
}

bool lock_graph_can_meet(const struct lock_graph *g, const struct lock_ring *r)
{
	const struct lock_order *first = order_of(g, r, 0);
	uint64_t guard = first->guard;
	bool others = first->threads > 1;

	for (unsigned i = 1; i < r->count; i++) {
		const struct lock_order *o = order_of(g, r, i);

		guard &= o->guard;
		others |= o->threads > 1 || o->thread[0] != first->thread[0];
	}
	return others && !guard;
}

/* ---- words ---- */

struct text {
	char *bytes;
	size_t len, size;
};

PRINTF_LIKE(2, 3) static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(t->bytes + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->len += (size_t)len < t->size - t->len ? (size_t)len : t->size - t->len - 1;
}

/* took "ledger" (abba.c:56) */
static void add_lock(struct text *t, const char *verb, const char *name, const struct sync_src *at)
{
	const char *slash = strrchr(at->file, '/');

	add(t, " %s \"%s\" (%s:%d)", verb, name, slash ? slash + 1 : at->file, at->line);
}

void lock_graph_words(const struct lock_graph *g, const struct lock_ring *r, const char *last, char *ret_text, size_t size)
{
	struct text t = {.bytes = ret_text, .size = size};
	/* Of the first order the one who is not all that the second has, of the others not the one before. */
	const struct lock_order *second = order_of(g, r, r->count > 1);
	int avoid = second->threads == 1 ? second->thread[0] : -1;

	ret_text[0] = '\0';
	for (unsigned i = 0; i < r->count; i++) {
		const struct lock_order *o = order_of(g, r, i);
		unsigned who = o->threads > 1 && o->thread[0] == avoid;

		add(&t, "%s%s", i > 0 ? "; " : "", o->name[who]);
		add_lock(&t, "took", g->name[r->kind[i]], o->held_at);
		add_lock(&t, i + 1 < r->count ? "then" : last, g->name[r->kind[i + 1]], o->taken_at);
		avoid = o->thread[who];
	}
}
