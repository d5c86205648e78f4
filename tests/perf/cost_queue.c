/* Packs messages into batches, or passes batches through gate, queue, take and books, in one thread. */
#include "cost.h"

#include "base/clock.h"
#include "core/gate.h"
#include "core/queue.h"
#include "core/take.h"

#define BATCH 512      /* messages: one read of 64 KiB */
#define TAKE (8 * BATCH) /* messages of one transaction */

struct line {
	struct queue *queue;
	struct gate gate;
	struct take take;
	struct batch_draft *draft;
	char (*bodies)[COST_BODY];
	struct batch *batches[TAKE / BATCH];
	unsigned count;
	uint64_t passed;
	unsigned apart_ns; /* datagrams have a time each, the lines of one read share theirs */
};

static void pack(void *arg)
{
	struct line *l = arg;

	for (unsigned i = 0; i < BATCH; i++)
		if (!batch_draft_add(l->draft, l->bodies[i], COST_BODY, COST_BODY, 1000 + i * l->apart_ns, COST_PEER))
			NEED(!"room in the draft");
	l->batches[l->count] = batch_draft_seal(l->draft);
	NEED(l->batches[l->count]);
	l->count++;
}

static void pass(void *arg)
{
	struct line *l = arg;

	for (unsigned i = 0; i < l->count; i++)
		NEED(gate_offer(&l->gate, &l->batches[i]) == GATE_TAKEN);
	NEED(queue_take(l->queue, &l->take) == TAKE_WORK);
	l->passed += l->take.messages;
	queue_settle(l->queue, &l->take, TAKE_STORED);
	take_reset(&l->take);
	l->count = 0;
}

static void unmeasured(void (*part)(void *arg), void *arg)
{
	part(arg);
}

int main(int argc, char **argv)
{
	uint64_t messages = cost_messages(argc, argv);
	bool lines = !strcmp(argv[1], "batch-lines"), packing = lines || !strcmp(argv[1], "batch");
	const struct queue_opts opts = {
		.name = "main",
		.capacity_count = 262144,
		.budget_bytes = 256 << 20,
		.batch_count = TAKE,
		.batch_interval_ns = 50 * NS_PER_MS,
	};
	static struct line l;
	struct queue_status status;
	struct account *account;
	struct err why;

	NEED(packing || !strcmp(argv[1], "queue"));
	NEED(messages % TAKE == 0);
	l.apart_ns = !lines;
	l.queue = queue_new(&opts, &why);
	l.draft = batch_draft_new(BATCH, BATCH_BYTES);
	l.bodies = malloc(BATCH * sizeof(*l.bodies));
	NEED(l.queue && l.draft && l.bodies);
	account = queue_account(l.queue, "tcp4");
	NEED(account);
	gate_init(&l.gate, l.queue, account, GATE_BLOCK, NULL);
	take_init(&l.take);
	for (unsigned i = 0; i < BATCH; i++)
		cost_body(l.bodies[i], i);
	while (l.passed < messages) {
		while (l.count < TAKE / BATCH)
			(packing ? measured : unmeasured)(pack, &l);
		(packing ? unmeasured : measured)(pass, &l);
	}
	queue_status(l.queue, &status);
	NEED(status.balanced && status.sums.stored == messages && status.queued == 0);
	gate_done(&l.gate);
	take_done(&l.take);
	queue_free(l.queue);
	batch_draft_free(l.draft);
	free(l.bodies);
	return 0;
}
