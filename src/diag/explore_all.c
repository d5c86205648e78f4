/* Tries every choice, those that interrupt nobody first, and never goes on from where it has been. */
#include <stdlib.h>

#include "base/sync_model_case.h"
#include "diag/explore_impl.h"

#define SHORTEN_EXECUTIONS 2000 /* spent on a shorter failure, once there is one */
#define NO_POINT UINT32_MAX

/* A point that was reached from `parent` by `choice`. */
struct node {
	uint32_t parent;
	uint8_t choice;
};

/* A choice not made yet. */
struct items {
	struct node *item;
	uint32_t count, cap;
};

struct all {
	struct search *s;
	struct node *node;
	uint32_t nodes, cap;
	uint32_t here;           /* the last point of this run */
	struct path prefix;      /* of this run: how it gets to the choice it is about */
	struct seen seen;
	/* With as many interruptions as this pass has (what was left by the pass before, in its order, and what came up
	 * since, last first), and with one more. */
	struct items due, now, later;
	uint32_t next;           /* of those due */
	bool lost;               /* some choices found no room */
};

/* ---- sets of hashes ---- */

static bool seen_grow(struct seen *s)
{
	struct seen larger = {.cap = s->cap ? 2 * s->cap : 1024};

	larger.slot = calloc(larger.cap, sizeof(*larger.slot));
	if (!larger.slot)
		return false;
	for (uint32_t i = 0; i < s->cap; i++) {
		uint32_t at = (uint32_t)s->slot[i] & (larger.cap - 1);

		if (!s->slot[i])
			continue;
		while (larger.slot[at])
			at = (at + 1) & (larger.cap - 1);
		larger.slot[at] = s->slot[i];
	}
	larger.count = s->count;
	free(s->slot);
	*s = larger;
	return true;
}

int seen_add(struct seen *s, uint64_t hash)
{
	uint32_t at;

	hash += !hash; /* 0 marks a free slot */
	if (4 * (uint64_t)s->count >= 3 * (uint64_t)s->cap && !seen_grow(s))
		return -1;
	for (at = (uint32_t)hash & (s->cap - 1); s->slot[at]; at = (at + 1) & (s->cap - 1)) {
		if (s->slot[at] == hash)
			return 0;
	}
	s->slot[at] = hash;
	s->count++;
	return 1;
}

void seen_done(struct seen *s)
{
	free(s->slot);
	*s = (struct seen){0};
}

/* ---- points and choices ---- */

static bool push(struct node **array, uint32_t *count, uint32_t *cap, uint32_t most, struct node n)
{
	if (*count == *cap) {
		uint32_t larger = *cap ? 2 * *cap : 1024;
		struct node *more = larger <= most ? realloc(*array, larger * sizeof(*more)) : NULL;

		if (!more)
			return false;
		*array = more;
		*cap = larger;
	}
	(*array)[(*count)++] = n;
	return true;
}

static void put_off(struct all *a, struct items *i, uint32_t point, unsigned choice)
{
	struct node n = {.parent = point, .choice = (uint8_t)choice};

	if (!push(&i->item, &i->count, &i->cap, SEARCH_ITEMS, n))
		a->lost = true;
}

/* A proof that is to be complete need not know how few interruptions do. Then no bound was kept to until all is done. */
static bool forgets_who(const struct search *s)
{
	return s->v->limits.whole && !s->v->most_bound;
}

/* What the future depends on: all that has happened, who runs if that matters, and what may still happen by itself. */
static uint64_t key_of(const struct search *s, const struct model_point *p)
{
	unsigned who = p->current_can ? p->current + 1 : 0;
	uint64_t key = p->signature ^ (s->counting ? s->order : 0);

	if (forgets_who(s))
		who = 0;
	key ^= (uint64_t)(who + 16 * (unsigned)p->kind + 64 * s->timeouts) * UINT64_C(0x9e3779b97f4a7c15);
	key ^= key >> 32;
	return key * UINT64_C(0xd6e8feb86659fd93);
}

/* Whoever could go on there by himself. */
static uint16_t who_can(const struct model_point *p)
{
	uint16_t can = 0;

	for (unsigned i = 0; p->kind == MODEL_SCHEDULE && i < p->count; i++) {
		if (option_goes_on(&p->options[i]))
			can |= (uint16_t)(1u << p->options[i].thread);
	}
	return can;
}

/* A point where no run has been before; all but one of its choices are put off. False: one has, or there is no room. */
static bool enter(struct all *a, const struct model_point *p, unsigned taken)
{
	struct search *s = a->s;
	struct node n = {.parent = a->here, .choice = s->path.count ? s->path.choice[s->path.count - 1] : 0};
	uint64_t key = key_of(s, p);
	int fresh = s->opts->forgetful ? 1 : seen_add(&a->seen, key);

	if (s->cycles)
		cycles_arrive(s->cycles, a->here, n.choice, key);
	if (fresh <= 0 || !push(&a->node, &a->nodes, &a->cap, SEARCH_POINTS, n)) {
		s->no_memory |= fresh != 0;
		return false;
	}
	a->here = a->nodes - 1;
	if (s->cycles)
		cycles_point(s->cycles, a->here, key, who_can(p));
	for (unsigned i = p->count; i-- > 0;) {
		if (i != taken)
			put_off(a, point_preempts(p, i) ? &a->later : &a->now, a->here, i);
	}
	return true;
}

static unsigned choose(void *arg, const struct model_point *p)
{
	struct search *s = arg;
	struct all *a = s->mode;
	unsigned index = point_default(p);

	if (s->path.count < a->prefix.count) {
		if (s->cycles)
			cycles_arrive(s->cycles, CYCLE_NO_POINT, 0, 0);
		index = a->prefix.choice[s->path.count];
		if (index >= p->count) {
			s->nondeterministic = true;
			return MODEL_PRUNE;
		}
	} else if (!enter(a, p, index)) {
		return MODEL_PRUNE;
	}
	return search_take(s, p, index);
}

/* ---- passes ---- */

static void set_prefix(struct all *a, const struct node *item)
{
	struct path *p = &a->prefix;

	if (a->s->cycles)
		cycles_arrive(a->s->cycles, CYCLE_NO_POINT, 0, 0);
	p->count = 0;
	a->here = item->parent;
	if (a->here == NO_POINT)
		return;
	a->s->no_memory |= !path_add(p, item->choice);
	for (uint32_t i = a->here; a->node[i].parent != NO_POINT; i = a->node[i].parent)
		a->s->no_memory |= !path_add(p, a->node[i].choice);
	for (unsigned i = 0; i < p->count / 2; i++) {
		uint8_t c = p->choice[i];

		p->choice[i] = p->choice[p->count - 1 - i];
		p->choice[p->count - 1 - i] = c;
	}
}

/* After a failure: only a shorter one is of interest, and only for a while. A livelock has no shorter form. */
static bool shorten(struct search *s, uint64_t *until)
{
	if (!s->found.any || s->opts->keep_going)
		return true;
	if (!*until) {
		*until = s->ret->executions + SHORTEN_EXECUTIONS;
		if (s->found.verdict == MODEL_LONG)
			return false;
	}
	s->step_limit = s->found.steps;
	return s->ret->executions < *until;
}

/* All that is left to do without one more interruption. True if it was all done. */
static bool pass(struct all *a)
{
	struct search *s = a->s;
	uint64_t until = 0;

	for (a->next = 0; a->now.count > 0 || a->next < a->due.count;) {
		struct node item = a->now.count > 0 ? a->now.item[--a->now.count] : a->due.item[a->next++];

		if (search_over(s) || !shorten(s, &until))
			return false;
		set_prefix(a, &item);
		search_run(s);
	}
	return !s->no_memory && !a->lost;
}

/* States that come again and again, though nobody who could go on is kept from it: the run that goes round there until
 * it counts as long. */
static void go_in_circles(struct all *a)
{
	struct search *s = a->s;
	unsigned count, most = search_limits(s->v, 0).max_steps;
	struct node item;
	uint8_t *way = cycles_find(s->cycles, &item.parent, &count);

	if (way) {
		item.choice = way[0];
		set_prefix(a, &item);
		/* A choice is a step at least. */
		for (unsigned i = 1; a->prefix.count <= most; i++)
			s->no_memory |= !path_add(&a->prefix, way[i % count]);
		search_run(s);
	}
	s->ret->complete = s->ret->complete && !way && cycles_whole(s->cycles);
	free(way);
}

void explore_all(struct search *s)
{
	struct all a = {.s = s};
	struct items spare;

	s->mode = &a;
	s->policy.choose = choose;
	/* Where a state is told by how it came about, none comes again. */
	if (s->v->limits.whole && model_can_whole() && !s->counting && !s->opts->forgetful)
		s->cycles = cycles_new();
	put_off(&a, &a.due, NO_POINT, 0);
	for (unsigned bound = 0; pass(&a); bound++) {
		/* A failure under this bound leaves the bound undone: its runs were cut short. */
		s->ret->minimal |= s->found.any && s->found.verdict != MODEL_LONG && s->found.preemptions == bound &&
				   !s->v->limits.whole;
		if (s->found.any && !s->opts->keep_going)
			break;
		s->ret->bound = bound;
		if (a.later.count == 0) {
			s->ret->complete = true;
			break;
		}
		if (bound == s->opts->most_bound || (s->v->most_bound && bound == s->v->most_bound))
			break;
		spare = a.due;
		a.due = a.later;
		a.later = spare;
		a.later.count = 0;
	}
	if (s->cycles && !s->found.any)
		go_in_circles(&a);
	if (forgets_who(s) && !s->ret->complete)
		s->ret->bound = EXPLORE_NO_BOUND;
	cycles_free(s->cycles);
	s->cycles = NULL;
	seen_done(&a.seen);
	free(a.node);
	free(a.due.item);
	free(a.now.item);
	free(a.later.item);
	free(a.prefix.choice);
}
