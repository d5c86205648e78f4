/* The gate: who comes in, who waits in line, and who is discarded for whom. */
#include "core/gate.h"

#include "fixture.h"

#define BIG UINT64_C(1000000)
#define LEN 32

static struct account_sums sums_of(const struct gate *g)
{
	return g->account->sums;
}

/* ---- in line ---- */

struct waker {
	struct queue *q;
	unsigned woken;
};

/* The lock must be free: taking it again would end the program. */
static void on_wake(void *arg)
{
	struct waker *w = arg;

	w->woken++;
	status_of(w->q);
}

/* Takes and stores what is there. */
static void drain_once(struct queue *q, struct take *t)
{
	assert(queue_take(q, t) == TAKE_WORK);
	queue_settle(q, t, TAKE_STORED);
	take_reset(t);
}

static void test_block(void)
{
	struct waker w = {0};
	struct queue *q = w.q = make_queue(10, BIG, 4, 0, on_wake, &w);
	struct gate a = make_gate(q, "a", GATE_BLOCK), b = make_gate(q, "b", GATE_BLOCK),
		    c = make_gate(q, "c", GATE_BLOCK);
	struct take t;

	take_init(&t);
	ok(gate_ready(&a), "an empty queue: read on");
	is_int(offer_some(&a, 0, 8, LEN), GATE_TAKEN, "eight of ten");
	is_int(offer_some(&b, 0, 3, LEN), GATE_HELD, "three more do not fit");
	is_int(sums_of(&b).received, 0, "and are not received");
	is_int(offer_some(&c, 0, 1, LEN), GATE_HELD, "one would, but others were first");
	ok(!gate_ready(&a), "nor may anybody read");
	is_int(status_of(q).held_sources, 3, "three in line");
	ok(!queue_admit(q), "no room for the first, so none goes on");
	is_int(w.woken, 0, "and nobody is called");

	assert(queue_take(q, &t) == TAKE_WORK);
	is_int(t.messages, 4, "a take of four");
	is_int(w.woken, 0, "in flight is still in the way");
	queue_settle(q, &t, TAKE_STORED);
	is_int(w.woken, 1, "stored: the line is called");
	take_reset(&t);
	ok(queue_admit(q) == &b, "the first in line first");
	ok(queue_admit(q) == &c, "then the second");
	ok(queue_admit(q) == &a, "then the third");
	ok(!queue_admit(q), "then none");
	is_int(offer_some(&a, 8, 1, LEN), GATE_TAKEN, "each has its room");
	is_int(offer_some(&c, 0, 1, LEN), GATE_TAKEN, "in whatever order they come");
	is_int(offer_some(&b, 0, 3, LEN), GATE_TAKEN, "and the first is not robbed of it");
	is_int(status_of(q).messages, 9, "four and five");
	ok(gate_ready(&a) && status_of(q).held_sources == 0, "the line is gone");
	for (unsigned left = 9; left > 0; left -= left < 4 ? left : 4)
		drain_once(q, &t);
	ok(status_of(q).sums.stored == 13 && status_of(q).bytes == 0 && status_of(q).balanced, "all stored, all freed");
	take_done(&t);
	queue_free(q);
}

/* Room is kept for those who were let go, until they have come back or gone. */
static void test_admission(void)
{
	struct waker w = {0};
	struct queue *q = w.q = make_queue(10, BIG, 10, 0, on_wake, &w);
	struct gate a = make_gate(q, "a", GATE_BLOCK), b = make_gate(q, "b", GATE_BLOCK),
		    c = make_gate(q, "c", GATE_BLOCK), late = make_gate(q, "late", GATE_BLOCK),
		    drop = make_gate(q, "drop", GATE_DROP_NEWEST);
	struct take t;

	take_init(&t);
	assert(offer_some(&a, 0, 10, LEN) == GATE_TAKEN);
	assert(offer_some(&b, 0, 6, LEN) == GATE_HELD && offer_some(&c, 0, 6, LEN) == GATE_HELD);
	drain_once(q, &t);
	ok(queue_admit(q) == &b && !queue_admit(q), "room for one of two: one goes");
	is_int(offer_some(&late, 0, 1, LEN), GATE_HELD, "a newcomer waits for both");
	is_int(offer_some(&drop, 0, 1, LEN), GATE_TAKEN, "a drop-newest source does not wait");
	is_int(sums_of(&drop).lost[LOSS_QUEUE_FULL], 1, "it loses");
	w.woken = 0;
	is_int(offer_some(&b, 0, 7, LEN), GATE_TAKEN, "the one brings more than it wanted: it fits");
	ok(!queue_admit(q), "no room for the second");
	drain_once(q, &t);
	ok(w.woken > 0 && queue_admit(q) == &c, "now there is");
	ok(queue_admit(q) == &late && !queue_admit(q), "and for the third");
	is_int(offer_some(&c, 0, 10, LEN), GATE_TAKEN, "the second takes the third's room too");
	is_int(offer_some(&a, 0, 1, LEN), GATE_HELD, "another joins the line");
	is_int(offer_some(&late, 0, 1, LEN), GATE_HELD, "the third is held again");
	drain_once(q, &t);
	ok(queue_admit(q) == &late, "but keeps its place before the other");
	ok(queue_admit(q) == &a && !queue_admit(q), "who comes next");
	gate_done(&late);
	gate_done(&a);
	is_int(status_of(q).held_sources, 0, "both gone");
	is_int(offer_some(&drop, 0, 10, LEN), GATE_TAKEN, "nobody is in the way any more");
	is_int(sums_of(&drop).lost[LOSS_QUEUE_FULL], 1, "nothing was lost");
	drain_once(q, &t);
	ok(status_of(q).balanced, "the books balance");
	take_done(&t);
	queue_free(q);
}

/* Whoever waits only because of one who was let go is called when that one is back. */
static void test_no_lost_wake(void)
{
	struct waker w = {0};
	struct queue *q = w.q = make_queue(10, BIG, 10, 0, on_wake, &w);
	struct gate a = make_gate(q, "a", GATE_BLOCK), b = make_gate(q, "b", GATE_BLOCK);
	struct take t;

	take_init(&t);
	for (unsigned how = 0; how < 3; how++) {
		static const char *const ways[] = {"has read", "has offered", "is gone"};

		assert(offer_some(&a, 0, 10, LEN) == GATE_TAKEN && !gate_ready(&a));
		drain_once(q, &t);
		assert(queue_admit(q) == &a);
		is_int(offer_some(&b, 0, 1, LEN), GATE_HELD, "an empty queue, but another was first");
		w.woken = 0;
		if (how == 0)
			ok(gate_ready(&a), "the other may read");
		else if (how == 1)
			is_int(offer_some(&a, 0, 1, LEN), GATE_TAKEN, "the other offers");
		else
			gate_done(&a);
		is_int(w.woken, 1, "the other %s: who waited is called", ways[how]);
		ok(queue_admit(q) == &b, "and admitted");
		is_int(offer_some(&b, 0, 1, LEN), GATE_TAKEN, "and taken");
		drain_once(q, &t);
		is_int(status_of(q).held_sources, 0, "nobody left in line");
	}
	take_done(&t);
	queue_free(q);
}

static void test_leaving(void)
{
	struct waker w = {0};
	struct queue *q = w.q = make_queue(10, BIG, 10, 0, on_wake, &w);
	struct gate a = make_gate(q, "a", GATE_BLOCK), b = make_gate(q, "b", GATE_BLOCK),
		    c = make_gate(q, "c", GATE_BLOCK);
	struct take t;

	take_init(&t);
	assert(offer_some(&a, 0, 5, LEN) == GATE_TAKEN);
	assert(offer_some(&a, 0, 6, LEN) == GATE_HELD && offer_some(&b, 0, 5, LEN) == GATE_HELD &&
	       offer_some(&c, 0, 1, LEN) == GATE_HELD);
	gate_set_policy(&b, GATE_DROP_NEWEST);
	is_int(status_of(q).held_sources, 3, "a change of policy keeps the place");
	gate_done(&a);
	is_int(w.woken, 1, "the first leaves, and the second fits");
	ok(queue_admit(q) == &b && !queue_admit(q), "the second alone");
	is_int(offer_some(&b, 0, 6, LEN), GATE_TAKEN, "now it drops what does not fit");
	is_int(sums_of(&b).lost[LOSS_QUEUE_FULL], 1, "one message");
	gate_done(&c);
	gate_done(&b);
	gate_done(&b);
	is_int(status_of(q).held_sources, 0, "leaving twice is as leaving once");
	drain_once(q, &t);
	take_done(&t);
	queue_free(q);
}

static void test_closing(void)
{
	struct waker w = {0};
	struct queue *q = w.q = make_queue(4, BIG, 10, 0, on_wake, &w);
	struct gate g[4], drop;
	struct batch *b = make_batch(0, 0, 2, LEN);
	struct take t;

	take_init(&t);
	drop = make_gate(q, "drop", GATE_DROP_OLDEST);
	for (unsigned i = 0; i < 4; i++) {
		g[i] = make_gate(q, "g", GATE_BLOCK);
		is_int(offer_some(&g[i], 0, 4, LEN), i ? GATE_HELD : GATE_TAKEN, "source %u", i);
	}
	queue_close(q);
	is_int(w.woken, 1, "closing calls the line");
	for (unsigned i = 1; i < 4; i++)
		ok(queue_admit(q) == &g[i], "source %u is let go, room or not", i);
	ok(!queue_admit(q), "that was all");
	for (unsigned i = 1; i < 4; i++)
		is_int(offer_some(&g[i], 0, 4, LEN), GATE_CLOSED, "source %u finds it closed", i);
	is_int(gate_offer(&drop, &b), GATE_CLOSED, "drop-oldest too");
	ok(b && b->count == 2, "and keeps its batch");
	ok(gate_ready(&g[0]), "nobody is held any more");
	gate_refuse(&drop, LOSS_SHUTDOWN, b->count, 2 * LEN, 1);
	batch_free(b);
	is_int(status_of(q).sums.received, 6, "what a closed gate counts is received");
	is_int(queue_take(q, &t), TAKE_WORK, "what is there is given out");
	queue_settle(q, &t, TAKE_STORED);
	take_reset(&t);
	is_int(queue_take(q, &t), TAKE_CLOSED, "and then no more");
	ok(status_of(q).balanced && status_of(q).sums.lost[LOSS_SHUTDOWN] == 2, "the books balance");
	take_done(&t);
	queue_free(q);
}

/* ---- discarding ---- */

/* The numbers of all queued messages, oldest first, for one glance. */
static const char *contents(struct queue *q, char *text, size_t size)
{
	struct take t;
	size_t at = 0;

	take_init(&t);
	queue_tune(q, 1000000, 0);
	text[0] = '\0';
	if (status_of(q).queued > 0 && queue_take(q, &t) == TAKE_WORK) {
		for (uint32_t i = 0; i < t.slice_count; i++) {
			struct batch *b = t.slices[i].batch;

			for (uint32_t k = 0; k < t.slices[i].count; k++) {
				const struct msg *m = &batch_msgs(b)[t.slices[i].first + k];

				at += (size_t)snprintf(text + at, size - at, "%s%u", at ? " " : "", stamp_of(b, m).no);
			}
		}
		queue_settle(q, &t, TAKE_STORED);
	}
	take_done(&t);
	return text;
}

static void test_drop_newest(void)
{
	uint64_t two = cost_of(2, LEN), three = cost_of(3, LEN);
	struct queue *q = make_queue(5, BIG, 10, 0, NULL, NULL);
	struct gate g = make_gate(q, "g", GATE_DROP_NEWEST);
	char text[256];

	is_int(offer_some(&g, 1, 3, LEN), GATE_TAKEN, "three of five places");
	is_int(offer_some(&g, 4, 3, LEN), GATE_TAKEN, "three more");
	is_int(offer_some(&g, 7, 3, LEN), GATE_TAKEN, "three more");
	is_int(status_of(q).bytes, 2 * three - LEN, "a trimmed batch gives back what its last messages took");
	is_int(sums_of(&g).lost[LOSS_QUEUE_FULL], 4, "four are lost");
	is_int(sums_of(&g).lost_bytes[LOSS_QUEUE_FULL], 4 * LEN, "with their bytes");
	is_int(sums_of(&g).received, 9, "nine received");
	is_str(contents(q, text, sizeof(text)), "1 2 3 4 5", "the newest went");
	queue_free(q);

	q = make_queue(100, three + two, 10, 0, NULL, NULL);
	g = make_gate(q, "g", GATE_DROP_NEWEST);
	assert(offer_some(&g, 1, 3, LEN) == GATE_TAKEN && offer_some(&g, 4, 9, LEN) == GATE_TAKEN);
	is_int(status_of(q).messages, 3, "room for two messages' bytes, but the table of nine is in the way");
	assert(offer_some(&g, 13, 2, LEN) == GATE_TAKEN);
	is_int(status_of(q).bytes, three + two, "two that come alone fill it to the byte");
	is_str(contents(q, text, sizeof(text)), "1 2 3 13 14", "exactly those");
	queue_free(q);
}

static void test_drop_oldest(void)
{
	struct queue *q = make_queue(10, BIG, 4, 0, NULL, NULL);
	struct gate d1 = make_gate(q, "d1", GATE_DROP_OLDEST), d2 = make_gate(q, "d2", GATE_DROP_OLDEST),
		    n = make_gate(q, "n", GATE_DROP_NEWEST), b = make_gate(q, "b", GATE_BLOCK);
	struct take t;
	char text[256];

	take_init(&t);
	assert(offer_some(&n, 1, 3, LEN) == GATE_TAKEN && offer_some(&b, 4, 3, LEN) == GATE_TAKEN);
	assert(offer_some(&d1, 7, 4, LEN) == GATE_TAKEN);
	is_int(offer_some(&d2, 11, 4, LEN), GATE_TAKEN, "full: the four oldest of drop-* listeners go");
	is_int(sums_of(&n).lost[LOSS_QUEUE_FULL], 3, "three at one's expense");
	is_int(sums_of(&d1).lost[LOSS_QUEUE_FULL], 1, "one at another's");
	is_int(sums_of(&d1).lost_bytes[LOSS_QUEUE_FULL], LEN, "with its bytes");
	is_int(sums_of(&d2).lost[LOSS_QUEUE_FULL] + sums_of(&b).lost[LOSS_QUEUE_FULL], 0, "none at anybody else's");
	assert(offer_some(&d2, 15, 8, LEN) == GATE_TAKEN);
	is_int(status_of(q).messages, 10, "seven may go, eight would have to: the new ones go");
	is_int(sums_of(&d2).lost[LOSS_QUEUE_FULL], 8, "all of them");
	is_int(sums_of(&d1).lost[LOSS_QUEUE_FULL], 1, "and no old one for nothing");

	assert(queue_take(q, &t) == TAKE_WORK && t.messages == 4);
	assert(offer_some(&d2, 30, 6, LEN) == GATE_TAKEN);
	is_int(sums_of(&d1).lost[LOSS_QUEUE_FULL], 3, "message 8 is in flight and stays, 9 and 10 go");
	is_int(sums_of(&d2).lost[LOSS_QUEUE_FULL], 12, "and then the oldest of their own");
	queue_settle(q, &t, TAKE_STORED);
	is_int(stamp_of(t.slices[1].batch, &batch_msgs(t.slices[1].batch)[t.slices[1].first]).no, 8,
	       "a slice stays readable after its batch was discarded");
	take_reset(&t);
	is_str(contents(q, text, sizeof(text)), "30 31 32 33 34 35", "the newest are there");
	ok(status_of(q).balanced && status_of(q).bytes == 0, "the books balance");
	is_int(sums_of(&b).stored, 3, "what a block source put in is stored");
	take_done(&t);
	queue_free(q);
}

/* Bytes are freed by whole batches only. */
static void test_drop_oldest_bytes(void)
{
	uint64_t four = cost_of(4, LEN), one = cost_of(1, 1024);
	struct queue *q = make_queue(1000, 2 * four + one, 10, 0, NULL, NULL);
	struct gate d = make_gate(q, "d", GATE_DROP_OLDEST);
	char text[256];

	assert(offer_some(&d, 1, 4, LEN) == GATE_TAKEN && offer_some(&d, 5, 4, LEN) == GATE_TAKEN);
	assert(offer_some(&d, 9, 1, 1024) == GATE_TAKEN);
	is_int(status_of(q).bytes, 2 * four + one, "full to the byte");
	assert(offer_some(&d, 10, 1, LEN) == GATE_TAKEN);
	is_int(sums_of(&d).lost[LOSS_QUEUE_FULL], 4, "a few bytes cost a whole batch");
	is_str(contents(q, text, sizeof(text)), "5 6 7 8 9 10", "the oldest");
	queue_free(q);
}

/* Room that eviction makes beyond what it needed goes to the line. */
static void test_drop_oldest_wakes(void)
{
	struct waker w = {0};
	uint64_t eight = cost_of(8, LEN);
	struct queue *q = w.q = make_queue(1000, 2 * eight, 10, 0, on_wake, &w);
	struct gate d = make_gate(q, "d", GATE_DROP_OLDEST), b = make_gate(q, "b", GATE_BLOCK);

	assert(offer_some(&d, 1, 8, LEN) == GATE_TAKEN && offer_some(&d, 9, 8, LEN) == GATE_TAKEN);
	assert(offer_some(&b, 17, 1, LEN) == GATE_HELD && w.woken == 0);
	is_int(offer_some(&d, 18, 1, LEN), GATE_TAKEN, "drop-oldest swaps with its own kind past the line");
	is_int(sums_of(&d).lost[LOSS_QUEUE_FULL], 8, "a batch for a message");
	is_int(w.woken, 1, "the rest of the room is offered to the line");
	ok(queue_admit(q) == &b && offer_some(&b, 17, 1, LEN) == GATE_TAKEN, "which takes it");
	queue_free(q);
}

/* A batch shared by two takes is freed by the last of them to let go, and then the line is called. */
static void test_reset_wakes(void)
{
	struct waker w = {0};
	struct queue *q = w.q = make_queue(100, cost_of(2, LEN), 1, 0, on_wake, &w);
	struct gate a = make_gate(q, "a", GATE_BLOCK), b = make_gate(q, "b", GATE_BLOCK);
	struct take t1, t2;

	take_init(&t1);
	take_init(&t2);
	assert(offer_some(&a, 1, 2, LEN) == GATE_TAKEN && offer_some(&b, 1, 1, LEN) == GATE_HELD);
	assert(queue_take(q, &t1) == TAKE_WORK && queue_take(q, &t2) == TAKE_WORK);
	queue_settle(q, &t1, TAKE_STORED);
	queue_settle(q, &t2, TAKE_STORED);
	take_reset(&t2);
	ok(w.woken == 0 && status_of(q).bytes == cost_of(2, LEN), "stored, but still read by the other");
	take_reset(&t1);
	is_int(w.woken, 1, "let go by both: the line is called");
	ok(queue_admit(q) == &b && offer_some(&b, 1, 1, LEN) == GATE_TAKEN, "and there is room");
	take_done(&t1);
	take_done(&t2);
	queue_free(q);
}

int main(void)
{
	test_block();
	test_admission();
	test_no_lost_wake();
	test_leaving();
	test_closing();
	test_drop_newest();
	test_drop_oldest();
	test_drop_oldest_bytes();
	test_drop_oldest_wakes();
	test_reset_wakes();
	return done_testing();
}
