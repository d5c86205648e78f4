/* Looks among the states a search met for such as follow from each other in a ring that every thread takes part in. */
#include "diag/explore_cycles.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

struct edge {
	uint64_t key;            /* where it leads */
	uint32_t from, to;
	uint16_t moved;          /* who took steps on it */
	uint8_t choice;
	bool alive;              /* both ends may lie on one fair cycle */
};

struct place {
	uint64_t key;
	uint32_t edges, count;   /* the first that goes out from here, and how many do */
	uint32_t ring;           /* points of one number can be reached from each other */
	uint32_t low, order, next, via; /* of the walk that finds that out */
	uint16_t can;
	bool out;                /* on no fair cycle */
	bool on_stack;
};

/* Of the points of one number. */
struct ring {
	uint16_t can, moved;
	bool any;
};

struct cycles {
	struct edge *edge;
	struct place *place;
	uint32_t edges, edge_cap, places, place_cap;
	uint16_t moved;
	bool lost;
};

struct cycles *cycles_new(void)
{
	return calloc(1, sizeof(struct cycles));
}

void cycles_free(struct cycles *c)
{
	if (!c)
		return;
	free(c->edge);
	free(c->place);
	free(c);
}

bool cycles_whole(const struct cycles *c)
{
	return !c->lost;
}

/* Room for one more; NULL if there is none. */
static void *grow(void *array, uint32_t count, uint32_t *cap, size_t size)
{
	uint32_t larger = *cap ? 2 * *cap : 1024;
	void *more;

	if (count < *cap)
		return array;
	more = larger <= CYCLE_EDGES ? realloc(array, larger * size) : NULL;
	if (more)
		*cap = larger;
	return more;
}

/* ---- what a search meets ---- */

void cycles_moved(struct cycles *c, unsigned thread)
{
	c->moved |= (uint16_t)(1u << thread);
}

void cycles_arrive(struct cycles *c, uint32_t from, unsigned choice, uint64_t key)
{
	if (from != CYCLE_NO_POINT) {
		struct edge *more = grow(c->edge, c->edges, &c->edge_cap, sizeof(*more));
		c->lost |= !more;
		if (more) {
			c->edge = more;
			more[c->edges++] = (struct edge){
				.key = key, .from = from, .moved = c->moved, .choice = (uint8_t)choice, .alive = true};
		}
	}
	c->moved = 0;
}

void cycles_point(struct cycles *c, uint32_t point, uint64_t key, uint16_t can)
{
	struct place *more = grow(c->place, c->places, &c->place_cap, sizeof(*more));

	if (!more || point != c->places) {
		c->lost = true;
		return;
	}
	c->place = more;
	more[c->places++] = (struct place){.key = key, .can = can};
}

/* ---- where the edges lead ---- */

static int by_from(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->choice > y->choice) - (x->choice < y->choice);
}

/* Finds the point of each key, by a table of all. */
static bool resolve(struct cycles *c)
{
	uint32_t size = 1024, *table;

	while (size < 2 * c->places)
		size *= 2;
	table = malloc(size * sizeof(*table));
	if (!table)
		return false;
	memset(table, 0xff, size * sizeof(*table));
	for (uint32_t i = 0; i < c->places; i++) {
		uint32_t at = (uint32_t)c->place[i].key & (size - 1);

		while (table[at] != NONE)
			at = (at + 1) & (size - 1);
		table[at] = i;
	}
	for (uint32_t i = 0; i < c->edges; i++) {
		uint32_t at = (uint32_t)c->edge[i].key & (size - 1);

		while (table[at] != NONE && c->place[table[at]].key != c->edge[i].key)
			at = (at + 1) & (size - 1);
		c->edge[i].to = table[at];
		c->edge[i].alive = table[at] != NONE;
	}
	free(table);
	if (c->edges > 0)
		qsort(c->edge, c->edges, sizeof(c->edge[0]), by_from);
	for (uint32_t i = c->edges; i-- > 0;) {
		c->place[c->edge[i].from].edges = i;
		c->place[c->edge[i].from].count++;
	}
	return true;
}

/* ---- which points can be reached from each other ---- */

struct walk {
	struct cycles *c;
	uint32_t *stack;
	uint32_t height, order, rings;
};

static void step_in(struct walk *w, uint32_t at, uint32_t via)
{
	struct place *p = &w->c->place[at];

	p->order = p->low = ++w->order;
	p->next = 0;
	p->via = via;
	p->on_stack = true;
	w->stack[w->height++] = at;
}

/* All that lies above it on the stack can be reached from it, and it from there. */
static void close_ring(struct walk *w, uint32_t at)
{
	uint32_t top;

	do {
		top = w->stack[--w->height];
		w->c->place[top].on_stack = false;
		w->c->place[top].ring = w->rings;
	} while (top != at);
	w->rings++;
}

/* Tarjan's strongly connected components, without recursion. */
static void walk_from(struct walk *w, uint32_t root)
{
	struct place *place = w->c->place;
	uint32_t at = root;

	step_in(w, root, NONE);
	while (at != NONE) {
		struct place *p = &place[at];
		const struct edge *e;
		uint32_t back;

		if (p->next < p->count) {
			e = &w->c->edge[p->edges + p->next++];
			if (!e->alive)
				continue;
			if (!place[e->to].order) {
				step_in(w, e->to, at);
				at = e->to;
			} else if (place[e->to].on_stack && place[e->to].order < p->low) {
				p->low = place[e->to].order;
			}
			continue;
		}
		back = p->via;
		if (p->low == p->order)
			close_ring(w, at);
		if (back != NONE && p->low < place[back].low)
			place[back].low = p->low;
		at = back;
	}
}

/* Gives every point the number of its ring; how many there are. */
static uint32_t number_rings(struct cycles *c, uint32_t *stack)
{
	struct walk w = {.c = c, .stack = stack};

	for (uint32_t i = 0; i < c->places; i++)
		c->place[i].order = 0;
	for (uint32_t i = 0; i < c->places; i++) {
		if (!c->place[i].order)
			walk_from(&w, i);
	}
	return w.rings;
}

/* ---- fairness ---- */

/* An edge from ring to ring is on no cycle. True if one at least is. */
static bool cut(struct cycles *c)
{
	bool any = false;

	for (uint32_t i = 0; i < c->edges; i++) {
		struct edge *e = &c->edge[i];

		e->alive = e->alive && !c->place[e->from].out && !c->place[e->to].out &&
			   c->place[e->from].ring == c->place[e->to].ring;
		any |= e->alive;
	}
	return any;
}

/* A ring in which somebody can go on and never does is fair only without the points where he can. The number of a fair
 * one; NONE: points were left out, or there is no cycle. */
static uint32_t fair_ring(struct cycles *c, struct ring *ring, uint32_t rings, bool *ret_again)
{
	*ret_again = false;
	memset(ring, 0, rings * sizeof(*ring));
	for (uint32_t i = 0; i < c->edges; i++) {
		const struct edge *e = &c->edge[i];
		struct ring *r = &ring[c->place[e->from].ring];

		if (!e->alive)
			continue;
		r->any = true;
		r->moved |= e->moved;
		r->can |= c->place[e->from].can;
	}
	for (uint32_t i = 0; i < rings; i++) {
		if (ring[i].any && !(ring[i].can & ~ring[i].moved))
			return i;
	}
	for (uint32_t i = 0; i < c->places; i++) {
		struct place *p = &c->place[i];
		const struct ring *r = &ring[p->ring];

		if (r->any && !p->out && (p->can & r->can & ~r->moved)) {
			p->out = true;
			*ret_again = true;
		}
	}
	return NONE;
}

/* ---- the way round ---- */

struct way {
	uint8_t *choice;
	unsigned count, cap;
};

static bool way_add(struct way *w, uint8_t choice)
{
	if (w->count == w->cap) {
		unsigned cap = w->cap ? 2 * w->cap : 64;
		uint8_t *more = realloc(w->choice, cap);

		if (!more)
			return false;
		w->choice = more;
		w->cap = cap;
	}
	w->choice[w->count++] = choice;
	return true;
}

/* The choices back from an edge to where its place's search began, then in order. */
static bool add_back(struct cycles *c, struct way *w, uint32_t edge, uint32_t start)
{
	unsigned from = w->count;

	for (;;) {
		const struct edge *e = &c->edge[edge];

		if (!way_add(w, e->choice))
			return false;
		if (e->from == start)
			break;
		edge = c->place[e->from].via;
	}
	for (unsigned i = from, j = w->count - 1; i < j; i++, j--) {
		uint8_t kept = w->choice[i];

		w->choice[i] = w->choice[j];
		w->choice[j] = kept;
	}
	return true;
}

/* The shortest way from *at on which somebody of `who` moves at last, or that ends at `goal`; there is one. */
static bool go_on(struct cycles *c, uint32_t *queue, struct way *w, uint32_t *at, uint16_t who, uint32_t goal)
{
	uint32_t head = 0, tail = 0, start = *at;

	for (uint32_t i = 0; i < c->places; i++)
		c->place[i].order = 0;
	c->place[start].order = 1;
	queue[tail++] = start;
	while (head < tail) {
		const struct place *p = &c->place[queue[head++]];

		for (uint32_t i = p->edges; i < p->edges + p->count; i++) {
			const struct edge *e = &c->edge[i];

			if (!e->alive)
				continue;
			if ((e->moved & who) || e->to == goal) {
				*at = e->to;
				return add_back(c, w, i, start);
			}
			if (!c->place[e->to].order) {
				c->place[e->to].order = 1;
				c->place[e->to].via = i;
				queue[tail++] = e->to;
			}
		}
	}
	return false;
}

static bool go_round(struct cycles *c, uint32_t *queue, uint32_t start, uint16_t all, struct way *w)
{
	uint32_t at = start;

	for (unsigned i = 0; i < 16; i++) {
		if ((all >> i & 1) && !go_on(c, queue, w, &at, (uint16_t)(1u << i), NONE))
			return false;
	}
	return at == start || go_on(c, queue, w, &at, 0, start);
}

uint8_t *cycles_find(struct cycles *c, uint32_t *ret_point, unsigned *ret_count)
{
	uint32_t *stack = malloc((c->places + 1) * sizeof(*stack)), found = NONE;
	struct ring *ring = malloc((c->places + 1) * sizeof(*ring));
	struct way way = {.choice = NULL};
	bool again = stack && ring && c->places > 0 && resolve(c);

	c->lost |= !again && c->places > 0;
	while (again && found == NONE) {
		uint32_t rings = number_rings(c, stack);

		again = cut(c);
		if (again)
			found = fair_ring(c, ring, rings, &again);
	}
	for (uint32_t i = 0; found != NONE && i < c->edges; i++) {
		if (!c->edge[i].alive || c->place[c->edge[i].from].ring != found)
			continue;
		*ret_point = c->edge[i].from;
		if (!go_round(c, stack, *ret_point, ring[found].moved, &way)) {
			free(way.choice);
			way = (struct way){.choice = NULL};
			c->lost = true;
		}
		break;
	}
	free(stack);
	free(ring);
	*ret_count = way.count;
	return way.choice;
}
