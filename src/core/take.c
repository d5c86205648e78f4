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

void take_reset(struct take *t)
{
	queue_free_spent(t->spent);
	t->spent = NULL;
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

/* Makes sure that there is room for something before the lock is taken. */
static void take_reserve(struct take *t)
{
	while (!t->slices && !grow_slices(t, TAKE_SLICES))
		sync_sleep_until(sync_now_ns() + NO_MEMORY_WAIT_NS);
	while (!t->losses && !(t->losses = mem_zalloc(TAKE_LOSSES, sizeof(*t->losses))))
		sync_sleep_until(sync_now_ns() + NO_MEMORY_WAIT_NS);
	t->loss_cap = TAKE_LOSSES;
}

static void take_slice(struct queue *q, struct take *t, struct batch *b, uint32_t n)
{
	t->slices[t->slice_count++] = (struct slice){.batch = b, .first = b->first, .count = n};
	t->messages += n;
	t->bytes += batch_len(b, b->first, n);
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
	t->oldest_ns = q->head ? q->head->queued_at_ns : 0;
	while (q->head && t->messages < q->batch_count) {
		uint64_t want = q->batch_count - t->messages;
		uint32_t left = q->head->count - q->head->first;

		if (t->slice_count == t->slice_cap && !grow_slices(t, t->slice_cap * 2))
			break;
		take_slice(q, t, q->head, left < want ? left : (uint32_t)want);
	}
	if (ledger_loss_due_ns(&q->ledger) <= now_ns)
		t->loss_count = ledger_loss_take(&q->ledger, t->losses, t->loss_cap, now_ns);
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
	return work ? TAKE_WORK : TAKE_CLOSED;
}

/* Books one slice. Refused messages are lost as `store`, whatever became of the rest. */
static void settle_slice(struct queue *q, const struct slice *s, enum take_outcome outcome, int64_t at)
{
	struct account *a = s->batch->account;
	const struct msg *m = batch_msgs(s->batch) + s->first;
	uint64_t good = 0, good_bytes = 0, bad = 0, bad_bytes = 0;

	for (uint32_t i = 0; i < s->count; i++, m++) {
		bool refused = m->refused && outcome == TAKE_STORED;

		*(refused ? &bad : &good) += 1;
		*(refused ? &bad_bytes : &good_bytes) += m->len;
	}
	switch (outcome) {
	case TAKE_STORED:
		ledger_store(a, good, good_bytes);
		if (bad)
			ledger_lose(&q->ledger, a, false, LOSS_STORE, bad, bad_bytes, at);
		break;
	case TAKE_ABANDONED:
		if (good)
			ledger_lose(&q->ledger, a, false, LOSS_SHUTDOWN, good, good_bytes, at);
		break;
	}
	q->flying_count -= s->count;
}

void queue_settle(struct queue *q, struct take *t, enum take_outcome outcome)
{
	int64_t at = clock_wall_ns();
	bool wake;

	queue_lock(q, "settle");
	for (uint32_t i = 0; i < t->slice_count; i++) {
		struct batch *b = t->slices[i].batch;

		settle_slice(q, &t->slices[i], outcome, at);
		if (--b->slices == 0) {
			if (!b->queued)
				queue_release(q, b, &t->spent);
			else if (b->droppable)
				q->droppable_bytes += b->cost;
		}
	}
	if (t->loss_count)
		ledger_loss_settle(&q->ledger, outcome == TAKE_STORED);
	under_way_remove(q, t);
	queue_poke(q, q->queued_count > 0);
	wake = queue_wants_wake(q);
	queue_unlock(q, "settle");
	if (wake)
		q->wake(q->wake_arg);
}
