/* Gives batches to workers, a ticket with each take, and books what becomes of them. */
#include "core/take.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/queue_impl.h"

#define TAKE_SLICES 64
#define TAKE_LOSSES 64
#define NO_MEMORY_WAIT_NS (10 * NS_PER_MS)

void take_init(struct take *t)
{
	*t = (struct take){0};
}

/* Is t the one with which a burst comes to its end? */
static void note_last(struct queue *q, struct take *t)
{
	t->last |= q->swollen && q->bytes == 0;
	q->swollen &= q->bytes > 0;
}

/* Until now nobody could free the batches of which others may discard the rest: their slices were to stay readable. */
static void let_go(struct queue *q, struct take *t)
{
	bool wake;

	queue_lock(q, "reset");
	for (uint32_t i = 0; i < t->slice_count; i++) {
		struct batch *b = t->slices[i].batch;

		if (!t->slices[i].shared || --b->slices > 0)
			continue;
		if (!b->queued)
			queue_release(q, b, &t->spent);
		else if (b->droppable)
			q->droppable_bytes += b->cost;
	}
	note_last(q, t);
	wake = queue_wants_wake(q);
	queue_unlock(q, "reset");
	if (wake)
		q->wake(q->wake_arg);
}

void take_reset(struct take *t)
{
	if (t->shared)
		let_go(t->queue, t);
	queue_free_spent(t->spent);
	/* Memory that a burst took would else stay until the next one. */
	if (t->last)
		mem_trim();
	t->spent = NULL;
	t->shared = t->last = false;
	t->slice_count = t->loss_count = 0;
	t->messages = t->bytes = 0;
}

void take_done(struct take *t)
{
	take_reset(t);
	mem_free(t->slices);
	mem_free(t->losses);
	take_init(t);
}

static bool grow_slices(struct take *t, uint32_t cap)
{
	struct slice *more = mem_resize(t->slices, cap * sizeof(*more));

	if (!more)
		return false;
	t->slices = more;
	t->slice_cap = cap;
	return true;
}

/* Room for all rows of this second, or for as many as there is memory: the others come a second later. */
static void grow_losses(struct take *t, uint32_t cap)
{
	struct loss_delta *more;

	if (cap <= t->loss_cap || !(more = mem_resize(t->losses, cap * sizeof(*more))))
		return;
	t->losses = more;
	t->loss_cap = cap;
}

/* Makes sure that there is room for something before the lock is taken. */
static void take_reserve(struct take *t)
{
	while (!t->slices && !grow_slices(t, TAKE_SLICES))
		sync_sleep_until(sync_now_ns() + NO_MEMORY_WAIT_NS);
	while (!t->losses) {
		grow_losses(t, TAKE_LOSSES);
		if (!t->losses)
			sync_sleep_until(sync_now_ns() + NO_MEMORY_WAIT_NS);
	}
}

static void take_slice(struct queue *q, struct take *t, struct batch *b, uint32_t n)
{
	t->slices[t->slice_count++] = (struct slice){.batch = b, .first = b->first, .count = n};
	t->messages += n;
	if (b->slices++ == 0 && b->droppable)
		q->droppable_bytes -= b->cost;
	queue_advance(q, b, n);
	q->flying_count += n;
	ledger_fly(b->account, n);
	if (b->first == b->count)
		queue_unlink(q, b);
}

static void under_way_add(struct queue *q, struct take *t)
{
	struct take **at = &q->under_way;

	while (*at)
		at = &(*at)->next;
	t->next = NULL;
	*at = t;
	q->outstanding++;
}

static void under_way_remove(struct queue *q, struct take *t)
{
	struct take **at = &q->under_way;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	q->outstanding--;
}

static void take_fill(struct queue *q, struct take *t, int64_t now_ns)
{
	t->queue = q;
	t->oldest_ns = q->head ? q->head->queued_at_ns : 0;
	while (q->head && t->messages < q->batch_count) {
		uint64_t want = q->batch_count - t->messages;
		uint32_t left = q->head->count - q->head->first;

		if (t->slice_count == t->slice_cap && !grow_slices(t, t->slice_cap * 2))
			break;
		take_slice(q, t, q->head, left < want ? left : (uint32_t)want);
	}
	if (ledger_loss_due_ns(&q->ledger) <= now_ns) {
		grow_losses(t, ledger_loss_count(&q->ledger));
		t->loss_count = ledger_loss_take(&q->ledger, t->losses, t->loss_cap, now_ns);
	}
	/* Whoever comes for whatever reason sees to it. */
	if (q->errand_ns <= now_ns)
		q->errand_ns = SYNC_FOREVER;
	t->ticket = q->next_ticket++;
	under_way_add(q, t);
}

/* Waits as the watcher. False: closed, and nothing will come. */
static bool await_work(struct queue *q)
{
	for (;;) {
		int64_t until, now = sync_now_ns();

		q->poked = false;
		if (queue_ready(q, now, &until))
			return true;
		if (q->closed && q->queued_count == 0)
			return false;
		sync_wait_until(&q->watch, &q->lock, until);
	}
}

/* Adds up the bodies' bytes, without the lock. */
static void weigh(struct take *t)
{
	for (struct slice *s = t->slices; s < t->slices + t->slice_count; s++) {
		s->bytes = batch_len(s->batch, s->first, s->count);
		t->bytes += s->bytes;
	}
}

enum take_result queue_take(struct queue *q, struct take *t)
{
	bool work;

	assert(t->slice_count == 0 && !t->spent);
	take_reserve(t);
	log_debug("about to pop from queue %s", q->name);
	queue_lock(q, "pop");
	while (q->watched)
		sync_wait(&q->idle, &q->lock);
	q->watched = true;
	work = await_work(q);
	if (work) {
		take_fill(q, t, sync_now_ns());
		log_debug("popped %" PRIu64 " messages with ticket %" PRIu64 " (queue size %" PRIu64 ")", t->messages,
			  t->ticket, q->queued_count);
	}
	q->watched = false;
	if (work)
		sync_signal(&q->idle);
	else
		sync_broadcast(&q->idle);
	queue_unlock(q, "pop");
	if (work)
		weigh(t);
	return work ? TAKE_WORK : TAKE_CLOSED;
}

/* Counts what the sink has marked, before the lock is taken. */
static void count_refused(struct slice *s)
{
	const struct msg *m = batch_msgs(s->batch) + s->first;

	for (uint32_t i = 0; i < s->count; i++, m++) {
		if (!m->refused)
			continue;
		s->refused++;
		s->refused_bytes += m->len;
	}
}

static void settle_slice(struct queue *q, const struct slice *s, enum take_outcome outcome, int64_t at)
{
	struct account *a = s->batch->account;

	switch (outcome) {
	case TAKE_STORED:
		ledger_store(a, s->count - s->refused, s->bytes - s->refused_bytes);
		if (s->refused)
			ledger_lose(&q->ledger, a, false, LOSS_STORE, s->refused, s->refused_bytes, at);
		break;
	case TAKE_ABANDONED:
		ledger_lose(&q->ledger, a, false, LOSS_SHUTDOWN, s->count, s->bytes, at);
		break;
	}
	q->flying_count -= s->count;
}

void queue_settle(struct queue *q, struct take *t, enum take_outcome outcome)
{
	int64_t at = clock_wall_ns();
	bool wake;

	for (uint32_t i = 0; outcome == TAKE_STORED && i < t->slice_count; i++)
		count_refused(&t->slices[i]);
	queue_lock(q, "settle");
	for (uint32_t i = 0; i < t->slice_count; i++) {
		struct batch *b = t->slices[i].batch;

		settle_slice(q, &t->slices[i], outcome, at);
		if (b->queued || b->slices > 1) {
			t->slices[i].shared = t->shared = true;
			continue;
		}
		b->slices = 0;
		queue_release(q, b, &t->spent);
	}
	if (t->loss_count)
		ledger_loss_settle(&q->ledger, outcome == TAKE_STORED);
	under_way_remove(q, t);
	note_last(q, t);
	/* Losses may be due now that no other transaction carries any. */
	queue_poke(q, q->queued_count > 0 || q->ledger.dirty);
	wake = queue_wants_wake(q);
	queue_unlock(q, "settle");
	if (wake)
		q->wake(q->wake_arg);
}
