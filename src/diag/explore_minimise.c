/* Lets each thread do more at a time, as long as the run still fails the same way. */
#include <string.h>

#include "diag/explore_impl.h"

#define TRIES 400

/* A stretch of choices of one thread. */
struct stretch {
	unsigned from, count, thread;
};

/* The stretch that begins at `from`: steps of one thread with what is chosen in them. */
static struct stretch stretch_at(const struct schedule *s, unsigned from)
{
	struct stretch r = {.from = from, .thread = s->choices[from].value};

	while (from + r.count < s->count) {
		const struct choice *c = &s->choices[from + r.count];

		if (c->kind == CHOICE_THREAD && c->value != r.thread)
			break;
		r.count++;
	}
	return r;
}

static bool add_all(struct schedule *to, const struct schedule *from, struct stretch part)
{
	for (unsigned i = part.from; i < part.from + part.count; i++) {
		const struct choice *c = &from->choices[i];

		if (!schedule_add(to, (enum choice_kind)c->kind, c->value, (enum model_how)c->how))
			return false;
	}
	return true;
}

/* The schedule with the thread's next stretch after `first` moved up to it (or first down to that one). */
static bool merged(const struct schedule *s, struct stretch first, bool down, struct schedule *ret)
{
	struct stretch next = {.from = first.from + first.count};
	struct stretch before = {.from = 0, .count = first.from}, between, after;

	do {
		if (next.from >= s->count)
			return false;
		next = stretch_at(s, next.from);
		if (next.thread == first.thread)
			break;
		next.from += next.count;
	} while (true);
	between = (struct stretch){.from = first.from + first.count};
	between.count = next.from - between.from;
	after = (struct stretch){.from = next.from + next.count};
	after.count = s->count - after.from;
	schedule_reset(ret);
	return add_all(ret, s, before) && add_all(ret, s, down ? between : first) && add_all(ret, s, down ? first : next) &&
	       add_all(ret, s, down ? next : between) && add_all(ret, s, after);
}

static unsigned switches(const struct schedule *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->count; i += stretch_at(s, i).count)
		n++;
	return n;
}

struct cost {
	unsigned preemptions, switches, steps;
};

static bool cheaper(struct cost a, struct cost b)
{
	if (a.preemptions != b.preemptions)
		return a.preemptions < b.preemptions;
	if (a.switches != b.switches)
		return a.switches < b.switches;
	return a.steps < b.steps;
}

struct shrinking {
	const struct diag_case *c;
	const struct diag_variant *v;
	enum model_verdict verdict;
	struct schedule *best;
	struct cost cost;
	unsigned tries;
};

/* Takes the candidate for the best if it fails the same way and is cheaper. */
static bool try_one(struct shrinking *s, struct schedule *candidate)
{
	struct schedule made;
	struct follow f = {.wish = candidate, .made = &made};
	struct cost cost;
	bool better;

	schedule_init(&made);
	follow_run(&f, s->c, s->v);
	s->tries++;
	cost = (struct cost){f.preemptions, switches(&made), f.run.steps};
	better = !f.off && f.run.verdict == s->verdict && cheaper(cost, s->cost);
	if (better) {
		s->cost = cost;
		schedule_move(s->best, &made);
	}
	schedule_done(&made);
	return better;
}

/* One round over all stretches. True if something got better. */
static bool round_trip(struct shrinking *s, struct schedule *candidate)
{
	bool better = false;

	for (unsigned i = 0; i < s->best->count && s->tries < TRIES;) {
		struct stretch first = stretch_at(s->best, i);
		bool now = false;

		for (int down = 0; down <= 1 && !now; down++)
			now = merged(s->best, first, down, candidate) && try_one(s, candidate);
		better |= now;
		i += now ? 0 : first.count;
	}
	return better;
}

void minimise(const struct diag_case *c, const struct diag_variant *v, struct schedule *s, enum model_verdict verdict)
{
	struct shrinking shrinking = {.c = c, .v = v, .verdict = verdict, .best = s, .cost = {UINT32_MAX, 0, 0}};
	struct schedule candidate;

	schedule_init(&candidate);
	/* The schedule itself first: it says what is to be beaten. */
	if (try_one(&shrinking, s)) {
		while (shrinking.tries < TRIES && round_trip(&shrinking, &candidate))
			;
	}
	schedule_done(&candidate);
}
