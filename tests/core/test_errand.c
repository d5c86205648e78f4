/* An errand gives out a take of nothing, when it is due and not later than that. */
#include "fixture.h"

static void test_errand(void)
{
	struct queue *q = make_queue(1000, 1000000, 10, 0, NULL, NULL);
	struct gate g = make_gate(q, "l", GATE_BLOCK);
	int64_t begun_ns = sync_now_ns();
	struct take t;

	take_init(&t);
	queue_errand(q, begun_ns + 20 * NS_PER_MS);
	is_int(queue_take(q, &t), TAKE_WORK, "an errand gives out a take");
	ok(sync_now_ns() >= begun_ns + 20 * NS_PER_MS, "when it is due");
	ok(t.messages == 0 && t.loss_count == 0 && t.ticket == 0, "of nothing, with a ticket");
	queue_settle(q, &t, TAKE_STORED);
	take_reset(&t);
	queue_errand(q, sync_now_ns());
	is_int(offer_some(&g, 0, 3, 16), GATE_TAKEN, "messages and an errand");
	is_int(queue_take(q, &t), TAKE_WORK, "are one take");
	is_int(t.messages, 3, "with the messages");
	queue_errand(q, sync_now_ns() + 3600 * NS_PER_S);
	queue_settle(q, &t, TAKE_STORED);
	take_reset(&t);
	queue_close(q);
	is_int(queue_take(q, &t), TAKE_CLOSED, "a closed queue forgets what is not due,");
	queue_errand(q, sync_now_ns());
	is_int(queue_take(q, &t), TAKE_CLOSED, "and takes on none");
	take_done(&t);
	gate_done(&g);
	queue_free(q);
}

int main(void)
{
	test_errand();
	return done_testing();
}
