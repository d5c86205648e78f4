/* A producer, a bounded queue, a consumer, and an event that says when to stop: who may leave when? */
#include "base/clock.h"
#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

#define CAPACITY 10
#define A_WHILE_NS (100 * NS_PER_MS)
/* The event may come at any moment, not only when nobody has anything left to do. */
#define ANY_MOMENT {.timeouts = 1}

/* When the consumer leaves. */
enum leaves {
	LEAVES_ON_EVENT,           /* as soon as it is set */
	LEAVES_ON_EVENT_AND_EMPTY, /* set, and nothing is there at this moment */
	LEAVES_WHEN_DRAINED,       /* the queue is closed, which it is when nobody will put any more, and empty */
};

struct way {
	enum leaves leaves;
	unsigned already, puts;  /* in the queue at the start; that the producer has still to put */
	bool shows_room;
	bool close_wakes_putters;
	bool close_first;        /* before the producer has left */
	bool tail_is_told;       /* what is left is another case's concern */
};

struct drain {
	const struct way *way;
	struct kit_queue queue;
	struct model_datum stop;
	unsigned put, got, refused;
	struct sync_thread producer, consumer;
};

static void produce(void *arg)
{
	struct drain *d = arg;

	for (unsigned i = 1; i <= d->way->puts; i++) {
		if (kit_is_set(&d->stop))
			return;
		if (kit_put(&d->queue, d->way->already + i))
			d->put++;
		else
			d->refused++;
	}
}

static bool may_leave(struct drain *d)
{
	switch (d->way->leaves) {
	case LEAVES_ON_EVENT:
		return kit_is_set(&d->stop);
	case LEAVES_ON_EVENT_AND_EMPTY:
		return kit_is_set(&d->stop) && kit_is_empty(&d->queue);
	case LEAVES_WHEN_DRAINED:
		break;
	}
	return false;
}

static void consume(void *arg)
{
	struct drain *d = arg;
	int64_t number;

	while (!may_leave(d)) {
		if (kit_get(&d->queue, &number))
			d->got++;
		else if (d->way->leaves == LEAVES_WHEN_DRAINED)
			return;
	}
}

static void run(void *arg)
{
	struct drain *d = kit_begin(sizeof(*d));
	unsigned left;

	d->way = arg;
	kit_queue_init(&d->queue, d->way->shows_room ? "room in queue" : "queue", CAPACITY, d->way->shows_room);
	kit_fill(&d->queue, d->way->already);
	kit_event_init(&d->stop, "stop");
	d->put = d->way->already;
	kit_start(&d->producer, "producer", produce, d);
	kit_start(&d->consumer, "consumer", consume, d);
	sync_sleep_until(A_WHILE_NS);
	kit_set(&d->stop);
	if (d->way->close_first)
		kit_close(&d->queue, d->way->close_wakes_putters);
	sync_thread_join(&d->producer);
	if (!d->way->close_first)
		kit_close(&d->queue, true);
	sync_thread_join(&d->consumer);
	left = d->queue.length;
	kit_ends("%u left in the queue", left);
	if (left && !d->way->tail_is_told)
		model_fail("%u put, %u got: %u left in the queue are lost", d->put, d->got, left);
	if (d->put != d->got + left)
		model_fail("%u put, %u got, %u left", d->put, d->got, left);
}

/* ---- the graceful one ---- */

static const struct way graceful = {.leaves = LEAVES_WHEN_DRAINED, .puts = 4},
			one_event = {.leaves = LEAVES_ON_EVENT_AND_EMPTY, .puts = 4, .close_first = true};

static const struct diag_variant drain_fixed = {
	.name = "fixed",
	.run = run,
	.config = &graceful,
	.limits = ANY_MOMENT,
	.tells = "The producer leaves at the event; then the queue is closed; the consumer leaves when it is closed and"
		 " empty: all that was put is got.",
	.outcome = kit_outcome,
	.good = "0 left in the queue",
};

static const struct diag_variant drain_broken = {
	.name = "broken",
	.run = run,
	.config = &one_event,
	.limits = ANY_MOMENT,
	.expect = MODEL_FAILED,
	.tells = "One event for both: the consumer sees it set and the queue empty while the producer, who looked before,"
		 " is about to put.",
	.outcome = kit_outcome,
	.good = "0 left in the queue",
};

const struct diag_case *case_queue_drain(void)
{
	static const struct diag_case drain = {
		.name = "queue-drain",
		.description = "a queue of ten is drained to the end after the event is set",
		.story = "The producer puts until the event is set, the consumer gets until the event is set and the queue is"
			 " empty: that is a graceful end. It hides one condition: empty counts only when no put can follow, for"
			 " a producer may have looked at the event just before. So stop those who put, wait for them, close the"
			 " queue, and let those who get go on until it is closed and empty. catchbasin stops in this order:"
			 " sockets, queues, workers, stores (src/pipe/stop.c), each when the one before has ended.",
		.watch = "queue",
		.variant = {&drain_fixed, &drain_broken},
	};

	return &drain;
}

/* ---- the tail ---- */

static const struct way hasty = {.leaves = LEAVES_ON_EVENT, .puts = 3, .close_first = true},
			patient = {.leaves = LEAVES_WHEN_DRAINED, .puts = 3};

static const struct diag_variant tail_broken = {
	.name = "broken",
	.run = run,
	.config = &hasty,
	.limits = ANY_MOMENT,
	.expect = MODEL_FAILED,
	.tells = "The consumer stops as soon as the event is set: what is still in the queue is lost, up to all of it.",
	.outcome = kit_outcome,
	.good = "0 left in the queue",
};

static const struct diag_variant tail_fixed = {
	.name = "fixed",
	.run = run,
	.config = &patient,
	.limits = ANY_MOMENT,
	.tells = "The consumer goes on until the queue is closed and empty: nothing is left.",
	.outcome = kit_outcome,
	.good = "0 left in the queue",
};

const struct diag_case *case_queue_lost_tail(void)
{
	static const struct diag_case tail = {
		.name = "queue-lost-tail",
		.description = "the consumer stops at the event and leaves messages in the queue",
		.story = "\"While not stopped, get\" reads well, and loses what was put and not yet got. With an idle queue"
			 " nothing is lost, so nobody notices until the machine is restarted under load. The condition to end on"
			 " is not the event but closed and empty; and what cannot be drained in time is counted. In catchbasin"
			 " queue_take() says closed only when nothing is left (src/core/take.c), and a drain that runs out of"
			 " time books the rest as lost and exits with 75 (src/pipe/stop.c).",
		.watch = "queue",
		.variant = {&tail_broken, &tail_fixed},
	};

	return &tail;
}

/* ---- the producer that stays ---- */

static const struct way stuck = {.leaves = LEAVES_ON_EVENT,
				 .already = 9,
				 .puts = 2,
				 .shows_room = true,
				 .close_first = true,
				 .tail_is_told = true},
			closing = {.leaves = LEAVES_WHEN_DRAINED,
				   .already = 9,
				   .puts = 2,
				   .shows_room = true,
				   .close_first = true,
				   .close_wakes_putters = true},
			draining = {.leaves = LEAVES_WHEN_DRAINED, .already = 9, .puts = 2, .shows_room = true};

static const struct diag_variant stuck_broken = {
	.name = "broken",
	.run = run,
	.config = &stuck,
	.limits = ANY_MOMENT,
	.expect = MODEL_DEADLOCK,
	.tells = "The producer looked at the event before it was set; the queue is full, the consumer has left: it waits"
		 " for ever.",
};

static const struct diag_variant stuck_fixed = {
	.name = "fixed",
	.run = run,
	.config = &closing,
	.limits = ANY_MOMENT,
	.tells = "Close wakes those who wait to put: they keep their message and can say so; what is in the queue is"
		 " drained.",
};

static const struct diag_variant stuck_drain = {
	.name = "drain",
	.run = run,
	.config = &draining,
	.limits = ANY_MOMENT,
	.tells = "Or the consumer goes on until the producer has left: then there is always room in the end.",
};

const struct diag_case *case_queue_stuck_producer(void)
{
	static const struct diag_case producer = {
		.name = "queue-stuck-producer",
		.description = "a producer waits for room in a full queue that nobody empties any more",
		.story = "Between the producer's look at the event and its put, the event is set and the consumer leaves; with"
			 " a full queue the put never returns, nor does the join. It takes a full queue at the very moment of"
			 " stopping. rsyslog met it (#3941: the queue is full, the action takes no more, so the enqueue waits"
			 " for ever). Let those who get outlive those who put, or let close wake both. catchbasin does both: a"
			 " gate answers closed and never sleeps (src/core/gate.c), workers drain first (src/pipe/stop.c).",
		.watch = "room in queue",
		.variant = {&stuck_broken, &stuck_drain, &stuck_fixed},
	};

	return &producer;
}
