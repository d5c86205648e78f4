/*
 * fixture - batches whose messages say where they come from, and queues to put them in.
 *
 * Owns     nothing that outlives a call but what it gives
 * Threads  any
 * Blocks   never
 * Units    bytes, messages
 * Errors   a fixture that cannot be made ends the test program
 * Limits   bodies of at most FIXTURE_BODY bytes
 * Upholds  a body begins with source and number (8 bytes), or is empty
 */
#ifndef TESTS_CORE_FIXTURE_H
#define TESTS_CORE_FIXTURE_H

#include "base/clock.h"
#include "base/sync.h"
#include "core/gate.h"
#include "core/queue.h"
#include "core/take.h"
#include "../support/tap.h"

#define FIXTURE_BODY 2048

/* What a body says of itself. */
struct stamp {
	uint32_t source, no;
};

/* xorshift64*: the same seed, the same walk. */
UNUSED static uint64_t rnd(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545F4914F6CDD1D);
}

UNUSED static uint32_t rnd_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((rnd(state) >> 32) % n);
}

/* Gives a batch of n messages of that length (0, or 8 and more), numbered from first_no. */
UNUSED static struct batch *make_batch(uint32_t source, uint32_t first_no, uint32_t n, uint32_t len)
{
	static const char peer[] = "192.0.2.7:41234";
	struct batch_draft *d = batch_draft_new(n, SIZE_MAX / 2);
	char *bodies = calloc(n, len ? len : 1);
	struct batch *b;

	assert(d && bodies && len <= FIXTURE_BODY && (len == 0 || len >= sizeof(struct stamp)));
	for (uint32_t i = 0; i < n; i++) {
		char *body = bodies + (size_t)i * len;
		struct stamp stamp = {source, first_no + i};

		if (len)
			memcpy(body, &stamp, sizeof(stamp));
		assert(batch_draft_add(d, body, len, len, 1000 + i, peer));
	}
	b = batch_draft_seal(d);
	assert(b);
	batch_draft_free(d);
	free(bodies);
	return b;
}

UNUSED static struct stamp stamp_of(const struct batch *b, const struct msg *m)
{
	struct stamp stamp;

	assert(m->len >= sizeof(stamp));
	memcpy(&stamp, batch_body(b, m), sizeof(stamp));
	return stamp;
}

/* The bytes that such a batch takes. */
UNUSED static uint64_t cost_of(uint32_t n, uint32_t len)
{
	struct batch *b = make_batch(0, 0, n, len);
	uint64_t cost = b->cost;

	batch_free(b);
	return cost;
}

UNUSED static struct queue *make_queue(uint64_t capacity, uint64_t budget, uint32_t batch_count, int64_t interval_ns,
				       void (*wake)(void *), void *arg)
{
	struct queue_opts opts = {
		.name = "test",
		.capacity_count = capacity,
		.budget_bytes = budget,
		.batch_count = batch_count,
		.batch_interval_ns = interval_ns,
		.wake = wake,
		.wake_arg = arg,
	};
	struct err why;
	struct queue *q = queue_new(&opts, &why);

	assert(q);
	return q;
}

UNUSED static struct gate make_gate(struct queue *q, const char *listener, enum gate_policy policy)
{
	struct account *a = queue_account(q, listener);
	struct gate g;

	assert(a);
	gate_init(&g, q, a, policy, NULL);
	return g;
}

/* Offers n messages; what is not taken is freed. */
UNUSED static enum gate_verdict offer_some(struct gate *g, uint32_t first_no, uint32_t n, uint32_t len)
{
	struct batch *b = make_batch(0, first_no, n, len);
	enum gate_verdict verdict = gate_offer(g, &b);

	assert((b == NULL) == (verdict == GATE_TAKEN));
	batch_free(b);
	return verdict;
}

UNUSED static struct queue_status status_of(struct queue *q)
{
	struct queue_status s;

	queue_status(q, &s);
	return s;
}

#endif
