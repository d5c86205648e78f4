/* Offers batches to the queue in order, and holds a source back while the queue is full. */
#include "net/source.h"

#include "base/clock.h"
#include "base/log.h"
#include "net/answer.h"
#include "net/net_impl.h"

void source_init(struct source *s, struct listener *l, void (*resume)(struct source *s))
{
	*s = (struct source){.listener = l, .resume = resume};
	s->pending_end = &s->pending;
	gate_init(&s->gate, l->opts.queue, l->account, l->opts.overflow, s);
}

int source_watch(struct source *s, int fd, event_callback_fn readable, void *arg)
{
	s->has_ev = event_assign(&s->ev, s->listener->net->base, fd, EV_READ | EV_PERSIST, readable, arg) == 0;
	return s->has_ev ? 0 : -1;
}

void source_arm(struct source *s)
{
	if (!s->has_ev || s->armed || s->held || s->over || s->listener->net->paused)
		return;
	s->armed = event_add(&s->ev, NULL) == 0;
	if (!s->armed)
		log_about(LOG_LV_ERROR, (&(struct log_about){.key = s->listener->opts.name, .listener = s->listener->opts.name}),
			  "listener %s: the event loop takes no more sockets", s->listener->opts.name);
}

void source_disarm(struct source *s)
{
	if (s->armed)
		event_del(&s->ev);
	s->armed = false;
}

void source_done(struct source *s)
{
	assert(!s->pending);
	source_disarm(s);
	gate_done(&s->gate);
	s->held = false;
	s->over = true;
}

/* ---- holding ---- */

static void hold(struct source *s)
{
	s->held = true;
	source_disarm(s);
	stats_add(&s->listener->stats, STAT_HELD, 1);
	log_debug("listener %s: a source is held back: the queue is full", s->listener->opts.name);
}

bool source_ready(struct source *s)
{
	if (s->listener->net->paused)
		return false;
	if (s->gate.admitted || s->gate.policy != GATE_BLOCK || gate_ready(&s->gate))
		return true;
	hold(s);
	return false;
}

void source_rest(struct source *s)
{
	if (!s->gate.admitted)
		return;
	if (!s->over) {
		if (!gate_ready(&s->gate))
			hold(s);
		return;
	}
	gate_done(&s->gate); /* others wait behind it */
	gate_init(&s->gate, s->listener->opts.queue, s->listener->account, s->listener->opts.overflow, s);
}

bool source_blocked(const struct source *s)
{
	return s->held || s->pending;
}

/* ---- offering ---- */

void source_refuse(struct source *s, enum loss_reason why, uint64_t messages, uint64_t bytes)
{
	gate_refuse(&s->gate, why, messages, bytes, clock_wall_ns());
}

static void lose(struct source *s, struct batch *b, enum loss_reason why)
{
	source_refuse(s, why, b->count, batch_len(b, 0, b->count));
	if (b->ack.conn)
		answers_refuse(s->listener->net, b->ack.conn, b->ack.first_no, b->ack.first_no + b->count - 1, why);
	batch_free(b);
}

/* False: held; *b is still the caller's. */
static bool offer(struct source *s, struct batch **b)
{
	if (s->listener->net->finishing) {
		lose(s, *b, LOSS_SHUTDOWN);
		return true;
	}
	switch (gate_offer(&s->gate, b)) {
	case GATE_TAKEN:
		break;
	case GATE_HELD:
		hold(s);
		return false;
	case GATE_CLOSED:
		lose(s, *b, LOSS_SHUTDOWN);
		break;
	}
	return true;
}

void source_flush(struct source *s, struct batch_ack ack)
{
	struct batch_draft *d = s->listener->draft;
	uint32_t count = batch_draft_count(d);
	struct batch *b;

	if (count == 0)
		return;
	b = batch_draft_seal(d);
	if (!b) {
		source_refuse(s, LOSS_QUEUE_FULL, count, batch_draft_bytes(d));
		if (ack.conn)
			answers_refuse(s->listener->net, ack.conn, ack.first_no, ack.first_no + count - 1, LOSS_QUEUE_FULL);
		batch_draft_reset(d);
		return;
	}
	b->ack = ack;
	b->next = NULL;
	if (!s->pending && offer(s, &b))
		return;
	*s->pending_end = b;
	s->pending_end = &b->next;
}

static struct batch *pop(struct source *s)
{
	struct batch *b = s->pending;

	s->pending = b->next;
	if (!s->pending)
		s->pending_end = &s->pending;
	b->next = NULL;
	return b;
}

static void put_back(struct source *s, struct batch *b)
{
	b->next = s->pending;
	if (!s->pending)
		s->pending_end = &b->next;
	s->pending = b;
}

void source_admitted(struct source *s)
{
	s->held = false;
	while (s->pending) {
		struct batch *b = pop(s);

		if (!offer(s, &b)) {
			put_back(s, b);
			return;
		}
	}
	s->resume(s);
}

void source_abandon(struct source *s)
{
	while (s->pending)
		lose(s, pop(s), LOSS_SHUTDOWN);
	s->held = false;
}
