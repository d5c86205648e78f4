/* Throws dice over the choices: evenly, or by random priorities that change at a few random moments (PCT). */
#include "diag/explore_impl.h"

#define RANDOM_EXECUTIONS 10000 /* where neither executions nor seconds are limited */
#define ENTITIES (MODEL_THREADS * (MODEL_SPURIOUS + 1))
#define DEPTH 3                 /* of a failure: one more than changes of priority */

struct dice {
	uint64_t state;
	bool by_priority;
	uint32_t priority[ENTITIES]; /* of a thread that goes on, times out, or wakes for no reason */
	unsigned change[DEPTH - 1];  /* at which choice of a run */
	unsigned choices, most;      /* in this run; in the longest so far */
};

/* splitmix64. */
static uint64_t throw(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void new_priorities(struct dice *d)
{
	for (unsigned i = 0; i < ENTITIES; i++)
		d->priority[i] = DEPTH + (uint32_t)(throw(d) >> 33);
	for (unsigned i = 0; i < DEPTH - 1; i++)
		d->change[i] = (unsigned)(throw(d) % d->most);
	d->choices = 0;
}

static unsigned entity(const struct model_option *o)
{
	return o->thread * (MODEL_SPURIOUS + 1) + (unsigned)o->how;
}

static unsigned highest(const struct dice *d, const struct model_point *p)
{
	unsigned best = 0;

	for (unsigned i = 1; i < p->count; i++) {
		if (d->priority[entity(&p->options[i])] > d->priority[entity(&p->options[best])])
			best = i;
	}
	return best;
}

static unsigned by_priority(struct dice *d, const struct model_point *p)
{
	unsigned index = highest(d, p);

	/* At a moment of change, whoever would go on comes last from here on. */
	for (unsigned i = 0; i < DEPTH - 1; i++) {
		if (d->change[i] != d->choices)
			continue;
		d->priority[entity(&p->options[index])] = i;
		index = highest(d, p);
	}
	d->choices++;
	if (d->choices > d->most)
		d->most = d->choices;
	return index;
}

static unsigned choose(void *arg, const struct model_point *p)
{
	struct search *s = arg;
	struct dice *d = s->mode;

	if (d->by_priority && p->kind == MODEL_SCHEDULE)
		return search_take(s, p, by_priority(d, p));
	return search_take(s, p, (unsigned)(throw(d) % p->count));
}

void explore_at_random(struct search *s)
{
	struct dice d = {.state = s->opts->seed, .by_priority = s->opts->mode == EXPLORE_PCT, .most = 1};
	bool endless = !s->opts->most_executions && !s->opts->seconds;

	s->mode = &d;
	s->policy.choose = choose;
	while (!search_over(s) && !(endless && s->ret->executions >= RANDOM_EXECUTIONS)) {
		new_priorities(&d);
		search_run(s);
		if (s->found.any && !s->opts->keep_going)
			break;
	}
}
