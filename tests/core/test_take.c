/* The way out: how much is taken, when, by whom, and what becomes of it. */
#include "core/take.h"

#include "base/mem.h"
#include "fixture.h"

#define BIG UINT64_C(1000000000)
#define LEN 16

/* The message that stands at place i of a take. */
static struct stamp at_place(const struct take *t, uint32_t i)
{
	const struct slice *s = t->slices;

	while (i >= s->count)
		i -= (s++)->count;
	return stamp_of(s->batch, &batch_msgs(s->batch)[s->first + i]);
}

static void test_splits(void)
{
	struct queue *q = make_queue(100, BIG, 1, 0, NULL, NULL);
	struct gate g = make_gate(q, "g", GATE_BLOCK);
	struct take t;

	take_init(&t);
	for (uint32_t no = 0; no < 6; no += 2)
		assert(offer_some(&g, no, 2, LEN) == GATE_TAKEN);
	for (uint32_t no = 0; no < 6; no++) {
		assert(queue_take(q, &t) == TAKE_WORK);
		ok(t.messages == 1 && t.slice_count == 1 && t.bytes == LEN && at_place(&t, 0).no == no,
		   "batches of two, a limit of one: message %u alone", no);
		is_int(t.ticket, no, "with the next ticket");
		queue_settle(q, &t, TAKE_STORED);
		is_int(status_of(q).sums.stored, no + 1, "stored");
		take_reset(&t);
	}
	is_int(status_of(q).bytes, 0, "all bytes are back");
	queue_tune(q, 5, 0);
	for (uint32_t no = 0; no < 12; no += 4)
		assert(offer_some(&g, no, 4, LEN) == GATE_TAKEN);
	for (uint32_t no = 0; no < 12; no += 5) {
		uint32_t want = no + 5 <= 12 ? 5 : 2;
		bool good = true;

		assert(queue_take(q, &t) == TAKE_WORK);
		for (uint32_t i = 0; i < want; i++)
			good &= at_place(&t, i).no == no + i;
		ok(good && t.messages == want && t.bytes == want * LEN, "batches of four, a limit of five: %u from %u", want, no);
		queue_settle(q, &t, TAKE_STORED);
		take_reset(&t);
	}
	queue_tune(q, 200, 0);
	for (uint32_t no = 0; no < 100; no++)
		assert(offer_some(&g, no, 1, LEN) == GATE_TAKEN);
	assert(queue_take(q, &t) == TAKE_WORK);
	ok(t.messages == 100 && t.slice_count == 100 && at_place(&t, 99).no == 99, "a take of a hundred batches");
	queue_settle(q, &t, TAKE_ABANDONED);
	take_reset(&t);
	is_int(status_of(q).sums.lost[LOSS_SHUTDOWN], 100, "abandoned: lost as shutdown");
	ok(status_of(q).balanced, "the books balance");
	take_done(&t);
	queue_free(q);
}

static void test_refused(void)
{
	struct queue *q = make_queue(100, BIG, 10, 0, NULL, NULL);
	struct gate g = make_gate(q, "g", GATE_BLOCK);
	struct queue_status s;
	struct take t;

	take_init(&t);
	assert(offer_some(&g, 0, 5, LEN) == GATE_TAKEN && queue_take(q, &t) == TAKE_WORK);
	batch_msgs(t.slices[0].batch)[1].refused = batch_msgs(t.slices[0].batch)[4].refused = true;
	queue_settle(q, &t, TAKE_STORED);
	s = status_of(q);
	ok(s.sums.stored == 3 && s.sums.stored_bytes == 3 * LEN, "three of five are stored");
	ok(s.sums.lost[LOSS_STORE] == 2 && s.sums.lost_bytes[LOSS_STORE] == 2 * LEN, "two refused: lost as store");
	ok(s.balanced, "the books balance");
	take_reset(&t);
	assert(queue_take(q, &t) == TAKE_WORK);
	ok(t.messages == 0 && t.loss_count == 1 && t.losses[0].reason == LOSS_STORE && t.losses[0].messages == 2,
	   "the loss is told in a take without messages");
	queue_settle(q, &t, TAKE_ABANDONED);
	take_reset(&t);
	queue_close(q);
	{
		struct loss_delta last[4];

		is_int(queue_last_losses(q, last, 4), 1, "which was given up: the loss is left for the end");
		ok(last[0].reason == LOSS_STORE && last[0].messages == 2, "whole");
		is_int(queue_last_losses(q, last, 4), 0, "given once");
	}
	assert(queue_take(q, &t) == TAKE_CLOSED);
	take_done(&t);
	queue_free(q);
}

/* The rest of a batch may be discarded while the take that has its beginning still reads it. */
static void test_readable(void)
{
	struct queue *q = make_queue(4, BIG, 1, 0, NULL, NULL);
	struct gate g = make_gate(q, "g", GATE_DROP_OLDEST);
	struct take t;

	take_init(&t);
	assert(offer_some(&g, 0, 4, LEN) == GATE_TAKEN && queue_take(q, &t) == TAKE_WORK);
	queue_settle(q, &t, TAKE_STORED);
	assert(offer_some(&g, 4, 4, LEN) == GATE_TAKEN);
	is_int(status_of(q).sums.lost[LOSS_QUEUE_FULL], 3, "the rest of the batch is discarded");
	is_int(at_place(&t, 0).no, 0, "what was taken can still be read");
	take_reset(&t);
	is_int(status_of(q).bytes, cost_of(4, LEN), "until the reset");

	assert(queue_take(q, &t) == TAKE_WORK);
	queue_settle(q, &t, TAKE_STORED);
	is_int(queue_abandon(q), 3, "abandoned at the deadline");
	is_int(at_place(&t, 0).no, 4, "what was taken can still be read");
	take_reset(&t);
	ok(status_of(q).bytes == 0 && status_of(q).balanced, "and then nothing is left");
	take_done(&t);
	queue_free(q);
}

/* ---- when ---- */

struct taker {
	struct queue *q;
	struct sync_thread thread;
	struct take take;
	_Atomic bool taken;
	_Atomic int64_t at_ns;
	enum take_result result;
};

static void taker_run(void *arg)
{
	struct taker *t = arg;

	take_init(&t->take);
	t->result = queue_take(t->q, &t->take);
	t->at_ns = sync_now_ns();
	t->taken = true;
}

static void taker_start(struct taker *t, struct queue *q)
{
	struct err why;

	*t = (struct taker){.q = q};
	if (sync_thread_start(&t->thread, "taker", taker_run, t, &why) != 0)
		abort();
}

static bool taken_within(struct taker *t, int64_t ns)
{
	int64_t until = sync_now_ns() + ns;

	while (!t->taken && sync_now_ns() < until)
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	return t->taken;
}

static void taker_end(struct taker *t)
{
	sync_thread_join(&t->thread);
	if (t->result == TAKE_WORK)
		queue_settle(t->q, &t->take, TAKE_STORED);
	take_done(&t->take);
}

static void test_interval(void)
{
	struct queue *q = make_queue(1000, BIG, 100, 80 * NS_PER_MS, NULL, NULL);
	struct gate g = make_gate(q, "g", GATE_BLOCK);
	struct taker t;
	int64_t begun;

	taker_start(&t, q);
	begun = sync_now_ns();
	assert(offer_some(&g, 0, 1, LEN) == GATE_TAKEN);
	ok(taken_within(&t, 5 * NS_PER_S), "a lone message is taken");
	ok(t.at_ns - begun >= 80 * NS_PER_MS, "not before batch_interval (%" PRId64 " ms)", (t.at_ns - begun) / NS_PER_MS);
	taker_end(&t);

	queue_tune(q, 100, 3600 * NS_PER_S);
	taker_start(&t, q);
	assert(offer_some(&g, 0, 99, LEN) == GATE_TAKEN);
	ok(!taken_within(&t, 50 * NS_PER_MS), "one less than a batch waits");
	assert(offer_some(&g, 0, 1, LEN) == GATE_TAKEN);
	ok(taken_within(&t, 5 * NS_PER_S) && t.take.messages == 100, "the full number does not");
	taker_end(&t);

	taker_start(&t, q);
	assert(offer_some(&g, 0, 1, LEN) == GATE_TAKEN);
	ok(!taken_within(&t, 30 * NS_PER_MS), "one waits an hour");
	queue_tune(q, 100, NS_PER_MS);
	ok(taken_within(&t, 5 * NS_PER_S), "unless the interval is shortened meanwhile");
	taker_end(&t);

	queue_tune(q, 100000, 3600 * NS_PER_S);
	taker_start(&t, q);
	assert(offer_some(&g, 0, 499, LEN) == GATE_TAKEN);
	ok(!taken_within(&t, 30 * NS_PER_MS), "just less than half the queue waits");
	assert(offer_some(&g, 0, 1, LEN) == GATE_TAKEN);
	ok(taken_within(&t, 5 * NS_PER_S), "half the queue does not");
	taker_end(&t);

	taker_start(&t, q);
	ok(!taken_within(&t, 20 * NS_PER_MS), "an empty queue gives nothing");
	assert(offer_some(&g, 0, 100, LEN) == GATE_TAKEN);
	ok(!taken_within(&t, 30 * NS_PER_MS), "a hundred messages wait");
	assert(offer_some(&g, 0, 901, LEN) == GATE_HELD);
	ok(taken_within(&t, 5 * NS_PER_S), "but not while a source is held back for them");
	taker_end(&t);
	gate_done(&g);
	taker_start(&t, q);
	ok(!taken_within(&t, 20 * NS_PER_MS), "empty again");
	queue_close(q);
	ok(taken_within(&t, 5 * NS_PER_S) && t.result == TAKE_CLOSED, "until it is closed");
	taker_end(&t);
	queue_free(q);
}

static void offer_ack(struct gate *g, uint32_t no)
{
	struct batch *b = make_batch(0, no, 1, LEN);

	b->ack.conn = 7;
	if (gate_offer(g, &b) != GATE_TAKEN)
		abort();
}

static void test_group_commit(void)
{
	struct queue *q = make_queue(1000, BIG, 100, 3600 * NS_PER_S, NULL, NULL);
	struct gate g = make_gate(q, "g", GATE_BLOCK);
	struct taker t, next;

	taker_start(&t, q);
	offer_ack(&g, 0);
	ok(taken_within(&t, 5 * NS_PER_S) && t.take.messages == 1, "who waits for an ACK is taken at once");
	taker_start(&next, q);
	for (uint32_t no = 1; no < 20; no++)
		offer_ack(&g, no);
	ok(!taken_within(&next, 30 * NS_PER_MS), "while a transaction is under way, the next one grows");
	is_int(status_of(q).oldest_ns, t.take.oldest_ns, "the oldest message is the one in flight");
	taker_end(&t);
	ok(taken_within(&next, 5 * NS_PER_S) && next.take.messages == 19, "and is taken when that one is settled");

	taker_start(&t, q);
	assert(offer_some(&g, 20, 100, LEN) == GATE_TAKEN);
	ok(taken_within(&t, 5 * NS_PER_S) && t.take.messages == 100, "a full batch goes beside it");
	ok(t.take.ticket == next.take.ticket + 1, "with the next ticket");
	taker_end(&next);
	taker_end(&t);
	assert(offer_some(&g, 0, 1, LEN) == GATE_TAKEN);
	taker_start(&t, q);
	ok(!taken_within(&t, 30 * NS_PER_MS), "without ACK one message waits again");
	queue_close(q);
	ok(taken_within(&t, 5 * NS_PER_S) && t.take.messages == 1, "a closed queue gives it out");
	taker_end(&t);
	queue_free(q);
}

/* ---- losses ---- */

static void test_losses(void)
{
	struct queue *q = make_queue(1000, BIG, 100, 3600 * NS_PER_S, NULL, NULL);
	struct gate g = make_gate(q, "g", GATE_DROP_NEWEST);
	struct taker t, next;
	int64_t begun;

	taker_start(&t, q);
	ok(!taken_within(&t, 20 * NS_PER_MS), "no loss, nothing to take");
	gate_refuse(&g, LOSS_KERNEL, 3, 0, 1);
	ok(taken_within(&t, 5 * NS_PER_S) && t.take.messages == 0 && t.take.loss_count == 1, "a loss alone is taken at once");
	begun = t.at_ns;

	/* While one take carries losses and another worker waits, new ones come. */
	taker_start(&next, q);
	gate_refuse(&g, LOSS_KERNEL, 4, 0, 2);
	ok(!taken_within(&next, 30 * NS_PER_MS), "one transaction at a time carries losses");
	taker_end(&t);
	ok(taken_within(&next, 5 * NS_PER_S), "the next follows though nothing else arrives");
	ok(next.at_ns - begun >= LEDGER_LOSS_EVERY_NS * 9 / 10, "a second later");
	ok(next.take.loss_count == 1 && next.take.losses[0].messages == 4, "with what came since");
	taker_end(&next);
	ok(status_of(q).sums.received == 0 && status_of(q).sums.lost[LOSS_KERNEL] == 7, "the kernel's losses were never received");

	/* drop-oldest discards while a transaction is under way. */
	queue_tune(q, 1000, 0);
	gate_set_policy(&g, GATE_DROP_OLDEST);
	assert(offer_some(&g, 0, 10, LEN) == GATE_TAKEN);
	taker_start(&t, q);
	assert(taken_within(&t, 5 * NS_PER_S) && offer_some(&g, 10, 990, LEN) == GATE_TAKEN);
	taker_start(&next, q);
	ok(!taken_within(&next, 30 * NS_PER_MS), "less than a batch waits for the one under way");
	assert(offer_some(&g, 1000, 5, LEN) == GATE_TAKEN);
	ok(!taken_within(&next, 1100 * NS_PER_MS), "and what was discarded waits too: more may still have to be");
	taker_end(&t);
	ok(taken_within(&next, 3 * NS_PER_S) && next.take.loss_count == 1, "then it is told");
	is_int(next.take.losses[0].messages, 5, "five messages");
	taker_end(&next);

	for (unsigned i = 0; i < 150; i++) {
		char name[16];
		struct gate one;

		snprintf(name, sizeof(name), "l%u", i);
		one = make_gate(q, name, GATE_BLOCK);
		gate_refuse(&one, LOSS_OVERSIZE, 1, 1, 1);
	}
	taker_start(&t, q);
	ok(taken_within(&t, 5 * NS_PER_S) && t.take.loss_count == 150, "a hundred and fifty listeners are told in one take");
	taker_end(&t);
	queue_close(q);
	queue_free(q);
}

/* ---- memory that fails ---- */

static _Atomic long allocations, fail_from, fail_to;

static bool fails(void)
{
	long n = ++allocations;

	return n >= fail_from && n < fail_to;
}

static void *hook_alloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

static void *hook_resize(void *ptr, size_t size)
{
	return fails() ? NULL : realloc(ptr, size);
}

static const struct mem_hooks hooks = {hook_alloc, hook_resize, free};

static void test_no_memory(void)
{
	for (long n = 1; n <= 5; n++) {
		struct queue *q = make_queue(1000, BIG, 200, 0, NULL, NULL);
		struct gate g = make_gate(q, "g", GATE_BLOCK);
		struct take t;
		uint32_t got = 0;

		take_init(&t);
		for (uint32_t no = 0; no < 150; no++)
			assert(offer_some(&g, no, 1, LEN) == GATE_TAKEN);
		gate_refuse(&g, LOSS_OVERSIZE, 1, 1, 1);
		mem_hook(&hooks);
		allocations = 0;
		fail_from = n;
		fail_to = n + 2;
		while (got < 150) {
			bool good = true;

			assert(queue_take(q, &t) == TAKE_WORK && t.messages > 0);
			for (uint32_t i = 0; i < t.messages; i++)
				good &= at_place(&t, i).no == got + i;
			got += (uint32_t)t.messages;
			ok(good, "allocations %ld and %ld fail: %" PRIu64 " messages, in order", n, n + 1, t.messages);
			queue_settle(q, &t, TAKE_STORED);
			take_reset(&t);
		}
		mem_hook(NULL);
		is_int(got, 150, "nothing is lost");
		ok(status_of(q).balanced && status_of(q).bytes == 0, "the books balance");
		take_done(&t);
		queue_free(q);
	}
}

int main(void)
{
	test_splits();
	test_refused();
	test_readable();
	test_interval();
	test_group_commit();
	test_losses();
	test_no_memory();
	return done_testing();
}
