/* Memory that a burst took is given back once the queue is empty again. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/queue_impl.h"
#include "fixture.h"

#define BATCH 128
#define BODY 2000

/* A sanitizer brings its own. */
#define OTHER_MALLOC (UNDER_ASAN || UNDER_TSAN)

static uint64_t resident_bytes(void)
{
	unsigned long all = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f || fscanf(f, "%lu %lu", &all, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Fills the queue with so many batches and empties it in takes. Returns how many of these were told to be the last. */
static unsigned burst(struct queue *q, struct gate *g, unsigned batches, void **ret_pins, bool *ret_swollen)
{
	struct take t;
	unsigned last = 0, taken = 0;

	for (unsigned i = 0; i < batches; i++) {
		struct batch *b = make_batch(1, i * BATCH, BATCH, BODY);

		if (gate_offer(g, &b) != GATE_TAKEN)
			exit(1);
		/* Something that stays, between what goes: so nothing goes back by itself. */
		mem_free(ret_pins[i]);
		ret_pins[i] = mem_alloc(64);
	}
	*ret_swollen = q->swollen;
	take_init(&t);
	while (taken < batches * BATCH && queue_take(q, &t) == TAKE_WORK) {
		taken += (unsigned)t.messages;
		queue_settle(q, &t, TAKE_STORED);
		last += t.last;
		if (t.last && taken < batches * BATCH)
			ok(0, "there is more to come");
		take_reset(&t);
		if (t.last)
			ok(0, "a reset take remembers nothing");
	}
	take_done(&t);
	return last;
}

/* The last batch is shared by two takes, and the first of them is reset last. */
static void test_shared(struct queue *q, struct gate *g)
{
	struct take a, b;

	for (unsigned i = 0; i < 115; i++) {
		struct batch *batch = make_batch(1, i * 200, 200, BODY);

		if (gate_offer(g, &batch) != GATE_TAKEN)
			exit(1);
	}
	take_init(&a);
	take_init(&b);
	queue_tune(q, 11500, 0);
	ok(queue_take(q, &a) == TAKE_WORK && queue_take(q, &b) == TAKE_WORK && a.messages == 11500, "two takes");
	queue_settle(q, &a, TAKE_STORED);
	ok(!a.last && q->swollen, "the first leaves something");
	queue_settle(q, &b, TAKE_STORED);
	ok(!b.last && q->swollen, "of the second, too, as long as the first reads it");
	take_reset(&b);
	ok(q->swollen, "even when that is reset");
	take_reset(&a);
	ok(!q->swollen, "then not");
	take_done(&a);
	take_done(&b);
}

int main(void)
{
	static void *pins[512];
	struct queue_opts opts = {.name = "q", .capacity_count = 1 << 20, .budget_bytes = 1 << 30, .batch_count = 4096};
	struct err err;
	struct queue *q = queue_new(&opts, &err);
	struct gate gate;
	uint64_t before;
	bool swollen;

	if (!q)
		return 1;
	gate_init(&gate, q, queue_account(q, "in"), GATE_BLOCK, NULL);
	is_int(burst(q, &gate, 4, pins, &swollen), 0, "a little is kept for the next time");
	ok(!swollen, "it is not much");
	before = resident_bytes();
	for (unsigned round = 0; round < 3; round++) {
		is_int(burst(q, &gate, ARRAY_LEN(pins), pins, &swollen), 1, "after much, the take that empties the queue");
		ok(swollen && !q->swollen, "knows of it, and the next one does not");
		ok(OTHER_MALLOC || resident_bytes() < before + 2 * QUEUE_SWOLLEN_BYTES, "the memory is given back");
	}
	test_shared(q, &gate);
	for (unsigned i = 0; i < ARRAY_LEN(pins); i++)
		mem_free(pins[i]);
	gate_done(&gate);
	queue_free(q);
	return done_testing();
}
