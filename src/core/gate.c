/* Decides who comes in: takes, holds back or drops, and writes `received` into the books. */
#include "core/gate.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/queue_impl.h"

void gate_init(struct gate *g, struct queue *q, struct account *account, enum gate_policy policy, void *owner)
{
	*g = (struct gate){.queue = q, .account = account, .policy = policy, .owner = owner};
}

/* ---- the line of held sources ---- */

/* The gate has come to what it was admitted for, or will not. True if it had been admitted. Whoever waited for it
 * alone may then go: ask queue_wants_wake. */
static bool end_admission(struct queue *q, struct gate *g)
{
	if (!g->admitted)
		return false;
	q->admitted_count--;
	q->promised_count -= g->want_count;
	q->promised_bytes -= g->want_bytes;
	g->admitted = false;
	return true;
}

/* At the end; but who was admitted and found no room after all goes back to its old place. */
static void line_join(struct queue *q, struct gate *g, uint64_t want_count, uint64_t want_bytes)
{
	struct gate *after = q->line_tail;

	assert(!g->held);
	if (end_admission(q, g)) {
		while (after && after->place > g->place)
			after = after->prev;
	} else {
		g->place = q->next_place++;
	}
	g->want_count = want_count;
	g->want_bytes = want_bytes;
	g->prev = after;
	g->next = after ? after->next : q->line_head;
	*(g->prev ? &g->prev->next : &q->line_head) = g;
	*(g->next ? &g->next->prev : &q->line_tail) = g;
	g->held = true;
	q->line_count++;
	queue_poke(q, false);
}

static void line_leave(struct queue *q, struct gate *g)
{
	if (!g->held)
		return;
	*(g->prev ? &g->prev->next : &q->line_head) = g->next;
	*(g->next ? &g->next->prev : &q->line_tail) = g->prev;
	g->prev = g->next = NULL;
	g->held = false;
	q->line_count--;
}

struct gate *queue_admit(struct queue *q)
{
	struct gate *g = NULL;

	sync_lock(&q->lock);
	if (queue_line_moves(q)) {
		g = q->line_head;
		line_leave(q, g);
		g->admitted = true;
		q->admitted_count++;
		q->promised_count += g->want_count;
		q->promised_bytes += g->want_bytes;
	}
	sync_unlock(&q->lock);
	return g;
}

void gate_done(struct gate *g)
{
	struct queue *q = g->queue;
	bool wake;

	if (!q)
		return;
	sync_lock(&q->lock);
	line_leave(q, g);
	end_admission(q, g);
	wake = queue_wants_wake(q);
	sync_unlock(&q->lock);
	if (wake)
		q->wake(q->wake_arg);
	g->queue = NULL;
}

void gate_set_policy(struct gate *g, enum gate_policy policy)
{
	sync_lock(&g->queue->lock);
	g->policy = policy;
	sync_unlock(&g->queue->lock);
}

/* ---- room ---- */

/* Others were here first: freed space is theirs. */
static bool must_wait(const struct queue *q, const struct gate *g)
{
	return !g->admitted && q->line_count + q->admitted_count > 0;
}

static bool fits(const struct queue *q, uint64_t count, uint64_t bytes)
{
	return q->queued_count + q->flying_count + count <= q->capacity_count && q->bytes + bytes <= q->budget_bytes;
}

/* How many of the batch's messages that many places and bytes can hold. */
static uint32_t room_for(struct batch *b, uint64_t places, uint64_t memory)
{
	uint32_t n = b->count;

	if (n > places)
		n = (uint32_t)places;
	if (n == b->count && b->cost <= memory)
		return n;
	while (n > 0 && (uint64_t)batch_msgs(b)[n - 1].off + batch_msgs(b)[n - 1].len > memory)
		n--;
	return n;
}

/* Discards the oldest messages of drop-* listeners until that many messages and bytes are free; nothing at all if
 * there are not enough. For want of bytes only whole batches help; for want of places, as many messages as needed. */
static bool evict(struct queue *q, uint64_t need_count, uint64_t need_bytes, struct batch **spent)
{
	int64_t at = clock_wall_ns();
	uint64_t count_before = q->queued_count, bytes_before = q->bytes;

	if (q->droppable_count < need_count || q->droppable_bytes < need_bytes)
		return false;
	while (count_before - q->queued_count < need_count || bytes_before - q->bytes < need_bytes) {
		struct batch *victim = q->drop_head;
		uint64_t still = need_count - (count_before - q->queued_count);
		uint32_t n = victim->count - victim->first;

		if (bytes_before - q->bytes >= need_bytes && still < n)
			n = (uint32_t)still;
		ledger_lose(&q->ledger, victim->account, true, LOSS_QUEUE_FULL, n, batch_len(victim, victim->first, n),
			    at);
		queue_advance(q, victim, n);
		if (victim->first < victim->count)
			continue;
		queue_unlink(q, victim);
		if (victim->slices == 0)
			queue_release(q, victim, spent);
	}
	/* Nobody need be told of the losses: a queue this full is being taken from. */
	return true;
}

/* ---- pushing ---- */

static void push(struct queue *q, const struct gate *g, struct batch *b)
{
	bool was_empty = q->head == NULL;

	assert(b->first == 0 && b->count > 0 && fits(q, b->count, b->cost));
	b->account = g->account;
	b->queued_at_ns = sync_now_ns();
	b->queued = true;
	b->next = NULL;
	b->prev = q->tail;
	*(q->tail ? &q->tail->next : &q->head) = b;
	q->tail = b;
	q->queued_count += b->count;
	q->bytes += b->cost;
	q->swollen |= q->bytes >= QUEUE_SWOLLEN_BYTES;
	b->droppable = g->policy != GATE_BLOCK;
	if (b->droppable) {
		b->drop_prev = q->drop_tail;
		b->drop_next = NULL;
		*(q->drop_tail ? &q->drop_tail->drop_next : &q->drop_head) = b;
		q->drop_tail = b;
		q->droppable_count += b->count;
		q->droppable_bytes += b->cost;
	}
	if (b->ack.conn)
		q->ack_batches++;
	if (q->queued_count + q->flying_count > q->high_count)
		q->high_count = q->queued_count + q->flying_count;
	if (q->bytes > q->high_bytes)
		q->high_bytes = q->bytes;
	ledger_accept(g->account, b->count, b->body_bytes);
	queue_poke(q, was_empty);
}

/* Only the first loss after a quiet time sets the watcher a deadline. */
static void refuse(struct queue *q, const struct gate *g, enum loss_reason why, uint64_t messages, uint64_t bytes,
		   int64_t at)
{
	bool quiet = !q->ledger.dirty;

	ledger_refuse(&q->ledger, g->account, why, messages, bytes, at);
	queue_poke(q, quiet);
}

/* Drops the batch's messages from keep on, and says so in the books. */
static void drop_rest(struct queue *q, struct gate *g, struct batch **b, uint32_t keep, struct batch **spent)
{
	uint32_t n = (*b)->count - keep;

	refuse(q, g, LOSS_QUEUE_FULL, n, batch_len(*b, keep, n), clock_wall_ns());
	if (keep > 0) {
		batch_trim(b, keep);
		return;
	}
	(*b)->next = *spent;
	*spent = *b;
	*b = NULL;
}

/* Room for a batch under drop-newest or drop-oldest; what there is no room for is dropped. */
static void squeeze(struct queue *q, struct gate *g, struct batch **b, struct batch **spent)
{
	uint64_t places = q->capacity_count - (q->queued_count + q->flying_count), memory = q->budget_bytes - q->bytes;
	uint64_t count = (*b)->count, cost = (*b)->cost;
	uint32_t keep;

	/* Free space is spoken for while others wait; drop-oldest may still swap with its own kind. */
	if (must_wait(q, g))
		places = memory = 0;
	keep = room_for(*b, places, memory);
	if (keep < count && g->policy == GATE_DROP_OLDEST &&
	    evict(q, count > places ? count - places : 0, cost > memory ? cost - memory : 0, spent))
		keep = (*b)->count;
	if (keep < count)
		drop_rest(q, g, b, keep, spent);
	/* Trimming gives memory back, but a batch that the allocator could not shrink may still be too big. */
	if (*b && !fits(q, (*b)->count, (*b)->cost))
		drop_rest(q, g, b, 0, spent);
}

static enum gate_verdict offer(struct queue *q, struct gate *g, struct batch **b, struct batch **spent)
{
	if (q->closed)
		return GATE_CLOSED;
	if (g->policy != GATE_BLOCK) {
		squeeze(q, g, b, spent);
	} else if (must_wait(q, g) || !fits(q, (*b)->count, (*b)->cost)) {
		assert((*b)->count <= q->capacity_count && (*b)->cost <= q->budget_bytes);
		line_join(q, g, (*b)->count, (*b)->cost);
		return GATE_HELD;
	}
	if (*b)
		push(q, g, *b);
	*b = NULL;
	return GATE_TAKEN;
}

enum gate_verdict gate_offer(struct gate *g, struct batch **b)
{
	struct queue *q = g->queue;
	struct batch *spent = NULL;
	enum gate_verdict verdict;
	bool wake;

	log_debug("about to push %" PRIu32 " messages of %s", (*b)->count, g->account->listener);
	queue_lock(q, "push");
	verdict = offer(q, g, b, &spent);
	end_admission(q, g);
	wake = queue_wants_wake(q);
	log_debug("%s (queue size %" PRIu64 ")", verdict == GATE_TAKEN ? "pushed" : "not pushed", q->queued_count);
	queue_unlock(q, "push");
	if (wake)
		q->wake(q->wake_arg);
	queue_free_spent(spent);
	return verdict;
}

bool gate_ready(struct gate *g)
{
	struct queue *q = g->queue;
	bool ready, wake;

	sync_lock(&q->lock);
	ready = g->policy != GATE_BLOCK || q->closed || (!must_wait(q, g) && fits(q, 1, 1));
	if (!ready)
		line_join(q, g, 1, 1);
	end_admission(q, g);
	wake = queue_wants_wake(q);
	sync_unlock(&q->lock);
	if (wake)
		q->wake(q->wake_arg);
	return ready;
}

void gate_refuse(struct gate *g, enum loss_reason why, uint64_t messages, uint64_t bytes, int64_t at)
{
	struct queue *q = g->queue;

	sync_lock(&q->lock);
	refuse(q, g, why, messages, bytes, at);
	sync_unlock(&q->lock);
}
