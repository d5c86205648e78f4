/* The queue: its status, its end, and what it does when there is no memory. */
#include "core/queue.h"

#include "base/mem.h"
#include "fixture.h"

#define BIG UINT64_C(1000000)
#define LEN 24

static void test_status(void)
{
	struct queue *q = make_queue(20, 100000, 5, 0, NULL, NULL);
	struct gate a = make_gate(q, "a", GATE_BLOCK), b = make_gate(q, "b", GATE_DROP_NEWEST);
	struct queue_status s = status_of(q);
	int64_t begun = sync_now_ns();
	struct take t1, t2;

	take_init(&t1);
	take_init(&t2);
	ok(s.capacity_count == 20 && s.budget_bytes == 100000, "its bounds");
	ok(s.messages == 0 && s.bytes == 0 && s.oldest_ns == 0 && !s.closed && s.balanced, "empty, open, balanced");
	assert(offer_some(&a, 0, 8, LEN) == GATE_TAKEN && offer_some(&b, 0, 4, LEN) == GATE_TAKEN);
	s = status_of(q);
	ok(s.messages == 12 && s.queued == 12 && s.in_flight == 0, "twelve wait");
	is_int(s.bytes, cost_of(8, LEN) + cost_of(4, LEN), "their allocations");
	ok(s.oldest_ns >= begun && s.oldest_ns <= sync_now_ns(), "since when");
	assert(queue_take(q, &t1) == TAKE_WORK && queue_take(q, &t2) == TAKE_WORK);
	s = status_of(q);
	ok(s.messages == 12 && s.queued == 2 && s.in_flight == 10, "ten of them in flight");
	is_int(s.oldest_ns, t1.oldest_ns, "the oldest among them");
	queue_settle(q, &t1, TAKE_STORED);
	take_reset(&t1);
	s = status_of(q);
	ok(s.messages == 7 && s.high_count == 12 && s.high_bytes == cost_of(8, LEN) + cost_of(4, LEN), "the most there was");
	is_int(s.oldest_ns, t2.oldest_ns, "the oldest is in the second take now");
	queue_settle(q, &t2, TAKE_STORED);
	take_reset(&t2);
	is_int(status_of(q).bytes, cost_of(4, LEN), "a batch is paid for until its last message is settled");
	take_done(&t1);
	take_done(&t2);
	queue_free(q);
}

static void count_account(void *arg, const struct account *a)
{
	unsigned *n = arg;

	*n = *n * 10 + (unsigned)(a->listener[0] - 'a') + 1;
}

static void test_accounts(void)
{
	struct queue *q = make_queue(20, BIG, 5, 0, NULL, NULL);
	struct account *a = queue_account(q, "a"), *b = queue_account(q, "b");
	unsigned n = 0;

	ok(a && b && a != b && queue_account(q, "a") == a, "an account for each listener");
	queue_each_account(q, count_account, &n);
	is_int(n, 12, "each is shown once, in order");
	queue_free(q);
	queue_free(NULL);
}

static void test_abandon(void)
{
	struct queue *q = make_queue(20, BIG, 5, 0, NULL, NULL);
	struct gate a = make_gate(q, "a", GATE_BLOCK), b = make_gate(q, "b", GATE_DROP_OLDEST);
	struct loss_delta last[4];
	struct take t;
	unsigned n;

	take_init(&t);
	assert(offer_some(&a, 0, 8, LEN) == GATE_TAKEN && offer_some(&b, 0, 4, LEN) == GATE_TAKEN);
	assert(queue_take(q, &t) == TAKE_WORK && t.messages == 5);
	is_int(queue_abandon(q), 7, "what waits is given up");
	ok(status_of(q).closed && status_of(q).in_flight == 5 && status_of(q).queued == 0, "what is in flight is not");
	is_int(queue_abandon(q), 0, "a second time there is nothing");
	is_int(offer_some(&a, 0, 1, LEN), GATE_CLOSED, "no more is taken");
	queue_settle(q, &t, TAKE_STORED);
	take_reset(&t);
	ok(status_of(q).bytes == 0 && status_of(q).sums.stored == 5, "the take under way ends as ever");
	assert(queue_take(q, &t) == TAKE_WORK);
	ok(t.messages == 0 && t.loss_count == 2, "the losses are told as long as there is a worker");
	ok(t.losses[0].messages == 3 && t.losses[0].bytes == 3 * LEN && t.losses[0].reason == LOSS_SHUTDOWN, "three of one");
	ok(t.losses[1].messages == 4 && !strcmp(t.losses[1].listener, "b"), "four of the other");
	queue_settle(q, &t, TAKE_ABANDONED);
	take_reset(&t);
	is_int(queue_take(q, &t), TAKE_CLOSED, "then it is closed");
	n = queue_last_losses(q, last, 1);
	ok(n == 1 && last[0].messages == 3, "what could not be written is left for the receipt");
	n = queue_last_losses(q, last, 4);
	ok(n == 1 && last[0].messages == 4, "all of it, in as many calls as it takes");
	is_int(queue_last_losses(q, last, 4), 0, "and each once");
	ok(status_of(q).balanced && status_of(q).sums.lost[LOSS_SHUTDOWN] == 7, "the books balance");
	take_done(&t);
	queue_free(q);
}

/* Whatever lies in it when it goes is freed: the sanitizers look. */
static void test_free_full(void)
{
	struct queue *q = make_queue(20, BIG, 3, 0, NULL, NULL);
	struct gate a = make_gate(q, "a", GATE_DROP_OLDEST);
	struct take t;

	take_init(&t);
	assert(offer_some(&a, 0, 8, LEN) == GATE_TAKEN && offer_some(&a, 0, 8, LEN) == GATE_TAKEN);
	assert(queue_take(q, &t) == TAKE_WORK);
	queue_settle(q, &t, TAKE_STORED);
	take_done(&t);
	is_int(status_of(q).queued, 13, "a queue is freed with thirteen messages in it");
	queue_free(q);
}

/* A message as large as the budget, and not a byte more. */
static void test_budget(void)
{
	uint64_t cost = cost_of(1, 2048);
	struct queue *q = make_queue(16, cost, 3, 0, NULL, NULL);
	struct gate block = make_gate(q, "b", GATE_BLOCK), oldest = make_gate(q, "o", GATE_DROP_OLDEST);
	struct take t;

	take_init(&t);
	is_int(offer_some(&block, 0, 1, 2048), GATE_TAKEN, "a batch as large as the budget is taken");
	is_int(offer_some(&oldest, 0, 1, 8), GATE_TAKEN, "then nothing else is");
	is_int(status_of(q).sums.lost[LOSS_QUEUE_FULL], 1, "but dropped");
	assert(queue_take(q, &t) == TAKE_WORK);
	is_int(offer_some(&oldest, 0, 1, 8), GATE_TAKEN, "in flight it still counts");
	is_int(status_of(q).sums.lost[LOSS_QUEUE_FULL], 2, "dropped");
	queue_settle(q, &t, TAKE_STORED);
	take_reset(&t);
	is_int(offer_some(&oldest, 0, 1, 2048), GATE_TAKEN, "stored: there is room");
	is_int(offer_some(&oldest, 0, 1, 2048), GATE_TAKEN, "the next takes its place");
	is_int(status_of(q).sums.lost[LOSS_QUEUE_FULL], 3, "at the expense of the last");
	ok(status_of(q).bytes == cost && status_of(q).high_bytes == cost, "never a byte over the budget");
	take_done(&t);
	queue_free(q);
}

/* ---- memory that fails ---- */

static long fail_at, allocations;

static void *hook_alloc(size_t size)
{
	return ++allocations == fail_at ? NULL : malloc(size);
}

static void *hook_resize(void *ptr, size_t size)
{
	return ++allocations == fail_at ? NULL : realloc(ptr, size);
}

static const struct mem_hooks hooks = {hook_alloc, hook_resize, free};

static void test_no_memory(void)
{
	struct queue_opts opts = {.name = "main", .capacity_count = 5, .budget_bytes = BIG, .batch_count = 10};
	struct err why = {0};
	struct queue *q;
	struct gate g;

	mem_hook(&hooks);
	fail_at = 1;
	ok(!queue_new(&opts, &why), "no memory, no queue");
	has_str(why.text, "main", "the error names it");
	is_int(why.exit_code, EXIT_INTERNAL, "and asks for its exit code");
	q = queue_new(&opts, &why);
	assert(q);
	allocations = 0;
	ok(!queue_account(q, "g"), "no memory, no account");
	fail_at = -1;
	g = make_gate(q, "g", GATE_DROP_NEWEST);
	assert(offer_some(&g, 0, 3, LEN) == GATE_TAKEN);
	{
		struct batch *b = make_batch(0, 3, 4, LEN);

		allocations = 0;
		fail_at = 1;
		is_int(gate_offer(&g, &b), GATE_TAKEN, "a batch that has to shrink and cannot");
	}
	ok(status_of(q).messages == 5 && status_of(q).bytes == cost_of(3, LEN) + cost_of(4, LEN), "is taken at its full cost");
	queue_free(q);

	opts.budget_bytes = cost_of(3, LEN) + cost_of(4, LEN) - 1;
	q = queue_new(&opts, &why);
	assert(q);
	g = make_gate(q, "g", GATE_DROP_NEWEST);
	assert(offer_some(&g, 0, 3, LEN) == GATE_TAKEN);
	{
		struct batch *b = make_batch(0, 3, 4, LEN);

		allocations = 0;
		fail_at = 1;
		is_int(gate_offer(&g, &b), GATE_TAKEN, "where that is too much");
	}
	ok(status_of(q).messages == 3 && status_of(q).sums.lost[LOSS_QUEUE_FULL] == 4, "it is dropped whole");
	ok(status_of(q).balanced, "the books balance");
	queue_free(q);
	mem_hook(NULL);
}

int main(void)
{
	test_status();
	test_accounts();
	test_abandon();
	test_free_full();
	test_budget();
	test_no_memory();
	return done_testing();
}
