/*
 * plain - what queue and gates should do, said in the plainest way: an array of all batches there ever were.
 *
 * Owns     nothing: struct walk is its user's
 * Threads  one
 * Blocks   never
 * Units    messages, bytes
 * Errors   none
 * Limits   SOURCES sources, TAKES takes under way
 * Upholds  nothing of the real queue's code is used here but how a batch is laid out
 */
#ifndef TESTS_CORE_PLAIN_H
#define TESTS_CORE_PLAIN_H

#include "fixture.h"

#define SOURCES 6
#define TAKES 4
#define NOBODY SOURCES

/* A batch as the model sees it: `gone` of its messages have left the queue at the front. */
struct plain_batch {
	uint32_t source, first_no, count, gone, out;
	uint64_t cost;
	bool droppable;
};

struct plain_source {
	enum gate_policy policy;
	struct gate gate;
	struct batch *kept; /* held back */
	uint32_t next_no;
	bool held, admitted;
	uint64_t want_count, want_bytes, place;
	uint64_t received, stored, full, refused, given_up, other;
};

struct plain_take {
	struct take take;
	uint32_t from[64], first[64], count[64], parts; /* which messages of which batches */
};

struct walk {
	uint64_t seed, capacity, budget, bad;
	uint32_t limit;
	struct queue *q;
	struct plain_batch *batches;
	unsigned batch_count;
	uint64_t queued, flying, bytes, next_place;
	struct plain_source sources[SOURCES];
	struct plain_take takes[TAKES], *order[TAKES]; /* order: those under way first, by ticket */
	unsigned take_count;
	bool woken, closed;
};

static void on_wake(void *arg)
{
	((struct walk *)arg)->woken = true;
}

/* Says so once, with the place in the walk. */
static void must(struct walk *w, bool good, const char *what)
{
	if (!good && w->bad++ == 0)
		printf("# first: %s\n", what);
}

/* ---- the line, as the model sees it ---- */

static unsigned first_in_line(const struct walk *w)
{
	unsigned first = NOBODY;

	for (unsigned s = 0; s < SOURCES; s++) {
		if (w->sources[s].held && (first == NOBODY || w->sources[s].place < w->sources[first].place))
			first = s;
	}
	return first;
}

static bool must_wait(const struct walk *w, unsigned s)
{
	bool others = false;

	for (unsigned i = 0; i < SOURCES; i++)
		others |= w->sources[i].held || w->sources[i].admitted;
	return !w->sources[s].admitted && others;
}

static bool room(const struct walk *w, uint64_t count, uint64_t bytes)
{
	return w->queued + w->flying + count <= w->capacity && w->bytes + bytes <= w->budget;
}

static unsigned next_to_go(const struct walk *w)
{
	unsigned first = first_in_line(w);
	uint64_t count = 0, bytes = 0;

	for (unsigned i = 0; i < SOURCES; i++) {
		if (w->sources[i].admitted) {
			count += w->sources[i].want_count;
			bytes += w->sources[i].want_bytes;
		}
	}
	if (first == NOBODY || w->closed)
		return first;
	return room(w, count + w->sources[first].want_count, bytes + w->sources[first].want_bytes) ? first : NOBODY;
}

static void hold(struct walk *w, struct plain_source *s, uint64_t count, uint64_t bytes)
{
	if (!s->admitted)
		s->place = w->next_place++;
	s->held = true;
	s->want_count = count;
	s->want_bytes = bytes;
}

/* ---- dropping ---- */

static bool evictable(const struct plain_batch *b)
{
	return b->droppable && b->gone < b->count;
}

static bool evict(struct walk *w, uint64_t need_count, uint64_t need_bytes)
{
	uint64_t count = 0, bytes = 0;

	for (unsigned i = 0; i < w->batch_count; i++) {
		const struct plain_batch *b = &w->batches[i];

		count += evictable(b) ? b->count - b->gone : 0;
		bytes += evictable(b) && b->out == 0 ? b->cost : 0;
	}
	if (count < need_count || bytes < need_bytes)
		return false;
	count = bytes = 0;
	for (unsigned i = 0; count < need_count || bytes < need_bytes;) {
		struct plain_batch *b = &w->batches[i];

		if (!evictable(b)) {
			i++;
			continue;
		}
		do {
			b->gone++;
			count++;
			w->queued--;
			w->sources[b->source].full++;
		} while (b->gone < b->count && (bytes < need_bytes || count < need_count));
		if (b->gone == b->count && b->out == 0) {
			bytes += b->cost;
			w->bytes -= b->cost;
		}
	}
	return true;
}

/* How many of the batch's messages stay. */
static uint32_t squeeze(struct walk *w, unsigned s, struct batch *b)
{
	uint64_t places = w->capacity - w->queued - w->flying, memory = w->budget - w->bytes;
	uint32_t keep = b->count;

	if (must_wait(w, s))
		places = memory = 0;
	while (keep > 0 && (keep > places || keep < b->count || b->cost > memory)) {
		const struct msg *m = &batch_msgs(b)[keep - 1];

		if (keep <= places && (uint64_t)m->off + m->len <= memory)
			break;
		keep--;
	}
	if (keep < b->count && w->sources[s].policy == GATE_DROP_OLDEST &&
	    evict(w, b->count > places ? b->count - places : 0, b->cost > memory ? b->cost - memory : 0))
		return b->count;
	return keep;
}

#endif
