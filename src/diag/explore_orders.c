/* Watches in which order the threads of many runs take locks: what never locked anybody out may do so one day. */
#include "diag/explore_orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock_graph.h"

#define DEPTH 8 /* locks a thread holds at a time; what is beyond is not followed */

struct holding {
	const char *object; /* its name lies at an address of its own, for as long as the run goes on */
	const struct sync_src *at;
};

struct holder {
	struct holding held[DEPTH];
	unsigned count;
	struct holding put_down; /* while it sleeps on a condition */
	char name[SYNC_NAME];
};

struct lock_orders {
	struct lock_graph graph;
	struct holder thread[MODEL_THREADS];
	unsigned threads;
};

struct lock_orders *lock_orders_new(void)
{
	return calloc(1, sizeof(struct lock_orders));
}

void lock_orders_free(struct lock_orders *o)
{
	free(o);
}

void lock_orders_begin(struct lock_orders *o)
{
	for (unsigned i = 0; i < MODEL_THREADS; i++) {
		o->thread[i].count = 0;
		o->thread[i].put_down.object = NULL;
	}
	snprintf(o->thread[0].name, SYNC_NAME, "main");
	o->threads = 1;
}

/* Every lock that is held stands before the one that is taken now; the others are what may keep two threads apart. */
static void note_orders(struct lock_orders *o, unsigned thread, const char *object, const struct sync_src *at)
{
	const struct holder *h = &o->thread[thread];
	unsigned taken = lock_graph_kind(&o->graph, object), kind[DEPTH];
	uint64_t all = 0;

	for (unsigned i = 0; i < h->count; i++) {
		kind[i] = lock_graph_kind(&o->graph, h->held[i].object);
		all |= UINT64_C(1) << kind[i];
	}
	for (unsigned i = 0; taken > 0 && i < h->count; i++) {
		const struct lock_taker by = {
			.thread = (int)thread, .name = h->name, .guard = all & ~(UINT64_C(1) << kind[i]) & ~UINT64_C(1)};

		/* Two of one name: which comes first, the names do not say. */
		if (kind[i] > 0 && kind[i] != taken)
			lock_graph_add(&o->graph, kind[i], h->held[i].at, taken, at, &by);
	}
}

static void take(struct lock_orders *o, unsigned thread, const char *object, const struct sync_src *at, bool waits)
{
	struct holder *h = &o->thread[thread];
	bool again = false;

	for (unsigned i = 0; i < h->count; i++)
		again |= h->held[i].object == object;
	/* Who only tries locks nobody out, and who has it already waits for nobody. */
	if (waits && !again && h->count > 0)
		note_orders(o, thread, object, at);
	if (h->count < DEPTH)
		h->held[h->count++] = (struct holding){object, at};
}

static void drop(struct holder *h, const char *object)
{
	unsigned i = h->count;

	while (i > 0 && h->held[i - 1].object != object)
		i--;
	if (i == 0)
		return;
	h->count--;
	memmove(&h->held[i - 1], &h->held[i], (h->count - (i - 1)) * sizeof(h->held[0]));
}

/* ---- what each kind of step means for it ---- */

static void note_lock(struct lock_orders *o, const struct model_event *e)
{
	take(o, e->thread, e->object, e->at, true);
}

static void note_try(struct lock_orders *o, const struct model_event *e)
{
	if (strcmp(e->text, "free") == 0)
		take(o, e->thread, e->object, e->at, false);
}

static void note_unlock(struct lock_orders *o, const struct model_event *e)
{
	drop(&o->thread[e->thread], e->object);
}

/* A wait gives back the lock that was taken last: so it is written, and no step says which it was. */
static void note_wait(struct lock_orders *o, const struct model_event *e)
{
	struct holder *h = &o->thread[e->thread];

	if (h->count > 0)
		h->put_down = h->held[--h->count];
}

static void note_wake(struct lock_orders *o, const struct model_event *e)
{
	struct holder *h = &o->thread[e->thread];

	/* Who gave up takes its lock by a step of its own. */
	if (h->put_down.object && e->how == MODEL_RUN)
		take(o, e->thread, h->put_down.object, e->at, true);
	h->put_down.object = NULL;
}

static void note_spawn(struct lock_orders *o, const struct model_event *e)
{
	if (o->threads < MODEL_THREADS)
		snprintf(o->thread[o->threads++].name, SYNC_NAME, "%s", e->object);
}

void lock_orders_step(struct lock_orders *o, const struct model_event *e)
{
	static void (*const note[MODEL_OPS])(struct lock_orders *, const struct model_event *) = {
		[MODEL_LOCK] = note_lock, [MODEL_TRYLOCK] = note_try, [MODEL_UNLOCK] = note_unlock,
		[MODEL_WAIT] = note_wait, [MODEL_WAKE] = note_wake,   [MODEL_SPAWN] = note_spawn,
	};

	if (note[e->op])
		note[e->op](o, e);
}

void lock_orders_words(const struct lock_orders *o, char *ret_text, size_t size)
{
	struct lock_ring ring;

	ret_text[0] = '\0';
	for (unsigned taken = 1; taken <= o->graph.kinds; taken++) {
		for (unsigned held = 1; held <= o->graph.kinds; held++) {
			if (!lock_graph_knows(&o->graph, held, taken) || !lock_graph_ring(&o->graph, held, taken, &ring) ||
			    !lock_graph_can_meet(&o->graph, &ring))
				continue;
			lock_graph_words(&o->graph, &ring, "then", ret_text, size);
			return;
		}
	}
}
