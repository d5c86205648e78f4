/* Turns a settled take into ACK and NAK answers for the connections that asked for them. */
#include <stdlib.h>

#include "base/mem.h"
#include "pipe/pipeline_impl.h"

#define ANSWERS_FIRST 64

static void send_off(struct lane *lane)
{
	if (lane->answer_count)
		net_answer(lane->pipeline->net, lane->answers, lane->answer_count);
	lane->answer_count = 0;
}

/* Adds an answer, or stretches the last one if it says the same of the next number. */
static void add(struct lane *lane, const struct net_answer *a)
{
	struct net_answer *last = lane->answer_count ? &lane->answers[lane->answer_count - 1] : NULL, *more;

	if (last && last->conn == a->conn && last->stored == a->stored && last->reason == a->reason &&
	    last->last_no + 1 == a->first_no) {
		last->last_no = a->last_no;
		return;
	}
	if (lane->answer_count == lane->answer_cap) {
		unsigned cap = lane->answer_cap ? lane->answer_cap * 2 : ANSWERS_FIRST;

		more = mem_resize(lane->answers, cap * sizeof(*more));
		if (more) {
			lane->answers = more;
			lane->answer_cap = cap;
		} else {
			/* No memory to collect more: what there is goes first, then this one alone. */
			send_off(lane);
			if (lane->answer_cap == 0) {
				net_answer(lane->pipeline->net, a, 1);
				return;
			}
		}
	}
	lane->answers[lane->answer_count++] = *a;
}

static void answer_slice(struct lane *lane, const struct slice *s, enum take_outcome outcome)
{
	const struct msg *m = batch_msgs(s->batch) + s->first;
	uint64_t no = s->batch->ack.first_no + s->first;

	for (uint32_t i = 0; i < s->count; i++, m++, no++) {
		bool stored = outcome == TAKE_STORED && !m->refused;

		add(lane, &(struct net_answer){
				  .conn = s->batch->ack.conn,
				  .first_no = no,
				  .last_no = no,
				  .stored = stored,
				  .reason = outcome == TAKE_STORED ? LOSS_STORE : LOSS_SHUTDOWN,
			  });
	}
}

void answers_settled(void *arg, const struct take *take, enum take_outcome outcome)
{
	struct lane *lane = arg;

	for (uint32_t i = 0; i < take->slice_count; i++) {
		if (take->slices[i].batch->ack.conn)
			answer_slice(lane, &take->slices[i], outcome);
	}
	send_off(lane);
}
