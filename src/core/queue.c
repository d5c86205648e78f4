/* Keeps the batches that wait, in order and within bounds, and says when there is work. */
#include "core/queue.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/queue_impl.h"

void queue_lock(struct queue *q, const char *why)
{
	log_debug("%s: about to lock queue %s", why, q->name);
	sync_lock(&q->lock);
	log_debug("%s: has lock of queue %s", why, q->name);
}

void queue_unlock(struct queue *q, const char *why)
{
	assert(queue_sane(q));
	sync_unlock(&q->lock);
	log_debug("%s: released queue %s", why, q->name);
}

bool queue_sane(const struct queue *q)
{
	return q->queued_count + q->flying_count <= q->capacity_count && q->bytes <= q->budget_bytes &&
	       (q->head == NULL) == (q->queued_count == 0) && (q->line_head == NULL) == (q->line_count == 0) &&
	       q->droppable_count <= q->queued_count && (q->outstanding > 0 || q->flying_count == 0) &&
	       (q->admitted_count > 0 || (q->promised_count == 0 && q->promised_bytes == 0));
}

struct queue *queue_new(const struct queue_opts *opts, struct err *reterr)
{
	struct queue *q = mem_zalloc(1, sizeof(*q));

	if (!q) {
		err_set(reterr, EXIT_INTERNAL, "queue %s: out of memory", opts->name);
		return NULL;
	}
	snprintf(q->name, sizeof(q->name), "%s", opts->name);
	sync_mutex_init(&q->lock, "queue");
	sync_cond_init(&q->watch, "work");
	sync_cond_init(&q->idle, "watch");
	q->capacity_count = opts->capacity_count;
	q->budget_bytes = opts->budget_bytes;
	q->batch_count = opts->batch_count;
	q->batch_interval_ns = opts->batch_interval_ns;
	q->errand_ns = SYNC_FOREVER;
	q->wake = opts->wake;
	q->wake_arg = opts->wake_arg;
	ledger_init(&q->ledger);
	return q;
}

void queue_free(struct queue *q)
{
	struct batch *b;

	if (!q)
		return;
	assert(q->outstanding == 0 && q->line_count == 0 && q->admitted_count == 0);
	while ((b = q->head)) {
		q->head = b->next;
		b->queued = false;
		batch_free(b);
	}
	ledger_done(&q->ledger);
	sync_cond_done(&q->idle);
	sync_cond_done(&q->watch);
	sync_mutex_done(&q->lock);
	mem_free(q);
}

void queue_tune(struct queue *q, uint32_t batch_count, int64_t batch_interval_ns)
{
	sync_lock(&q->lock);
	q->batch_count = batch_count;
	q->batch_interval_ns = batch_interval_ns;
	queue_poke(q, true);
	sync_unlock(&q->lock);
}

void queue_errand(struct queue *q, int64_t at_ns)
{
	queue_lock(q, "errand");
	q->errand_ns = q->closed ? SYNC_FOREVER : at_ns;
	queue_poke(q, true);
	queue_unlock(q, "errand");
}

struct account *queue_account(struct queue *q, const char *listener)
{
	struct account *a;

	sync_lock(&q->lock);
	a = ledger_open(&q->ledger, listener);
	sync_unlock(&q->lock);
	return a;
}

/* ---- when is there work? ---- */

bool queue_ready(const struct queue *q, int64_t now_ns, int64_t *ret_until)
{
	uint64_t held = q->queued_count + q->flying_count;
	int64_t due, other_due = ledger_loss_due_ns(&q->ledger);

	*ret_until = SYNC_FOREVER;
	if (q->queued_count > 0 && (q->closed || q->queued_count >= q->batch_count))
		return true;
	/* While a transaction is under way, the next one had better grow: its turn has not come. Losses wait with it,
	 * lest they take along what drop-oldest may still have to choose from. */
	if (q->outstanding > 0)
		return false;
	if (q->errand_ns < other_due)
		other_due = q->errand_ns;
	*ret_until = other_due;
	if (other_due <= now_ns)
		return true;
	if (q->queued_count == 0)
		return false;
	if (q->ack_batches > 0 || q->line_count > 0 || held >= q->capacity_count / 2 || q->bytes >= q->budget_bytes / 2)
		return true;
	due = q->head->queued_at_ns + q->batch_interval_ns;
	if (due < *ret_until)
		*ret_until = due;
	return due <= now_ns;
}

void queue_poke(struct queue *q, bool sooner)
{
	int64_t until;

	if (!q->watched || q->poked)
		return;
	if (!sooner && !queue_ready(q, INT64_MIN, &until))
		return;
	q->poked = true;
	sync_signal(&q->watch);
}

bool queue_line_moves(const struct queue *q)
{
	const struct gate *g = q->line_head;
	uint64_t count = q->queued_count + q->flying_count + q->promised_count;

	if (!g)
		return false;
	return q->closed || (count + g->want_count <= q->capacity_count &&
			     q->bytes + q->promised_bytes + g->want_bytes <= q->budget_bytes);
}

bool queue_wants_wake(const struct queue *q)
{
	return q->wake && queue_line_moves(q);
}

/* ---- batches in and out of the lists ---- */

void queue_unlink(struct queue *q, struct batch *b)
{
	assert(b->queued && b->first == b->count);
	*(b->prev ? &b->prev->next : &q->head) = b->next;
	*(b->next ? &b->next->prev : &q->tail) = b->prev;
	if (b->droppable) {
		*(b->drop_prev ? &b->drop_prev->drop_next : &q->drop_head) = b->drop_next;
		*(b->drop_next ? &b->drop_next->drop_prev : &q->drop_tail) = b->drop_prev;
		if (b->slices == 0)
			q->droppable_bytes -= b->cost;
	}
	if (b->ack.conn)
		q->ack_batches--;
	b->next = b->prev = NULL;
	b->queued = false;
}

void queue_advance(struct queue *q, struct batch *b, uint32_t n)
{
	assert(b->queued && n <= b->count - b->first);
	b->first += n;
	q->queued_count -= n;
	if (b->droppable)
		q->droppable_count -= n;
}

void queue_release(struct queue *q, struct batch *b, struct batch **spent)
{
	assert(!b->queued && b->slices == 0);
	q->bytes -= b->cost;
	b->next = *spent;
	*spent = b;
}

void queue_free_spent(struct batch *spent)
{
	struct batch *b;

	while ((b = spent)) {
		spent = b->next;
		batch_free(b);
	}
}

unsigned queue_last_losses(struct queue *q, struct loss_delta *ret, unsigned max)
{
	unsigned n;

	sync_lock(&q->lock);
	assert(q->closed && q->outstanding == 0);
	n = ledger_loss_take(&q->ledger, ret, max, sync_now_ns());
	if (n)
		ledger_loss_settle(&q->ledger, true);
	sync_unlock(&q->lock);
	return n;
}

void queue_close(struct queue *q)
{
	bool wake;

	queue_lock(q, "close");
	q->closed = true;
	queue_poke(q, true);
	wake = queue_wants_wake(q);
	q->errand_ns = SYNC_FOREVER;
	queue_unlock(q, "close");
	if (wake)
		q->wake(q->wake_arg);
}

uint64_t queue_abandon(struct queue *q)
{
	int64_t at = clock_wall_ns();
	struct batch *spent = NULL;
	uint64_t lost;

	queue_lock(q, "abandon");
	q->closed = true;
	lost = q->queued_count;
	q->errand_ns = SYNC_FOREVER;
	while (q->head) {
		struct batch *b = q->head;
		uint32_t n = b->count - b->first;

		ledger_lose(&q->ledger, b->account, true, LOSS_SHUTDOWN, n, batch_len(b, b->first, n), at);
		queue_advance(q, b, n);
		queue_unlink(q, b);
		if (b->slices == 0)
			queue_release(q, b, &spent);
	}
	queue_poke(q, true);
	queue_unlock(q, "abandon");
	queue_free_spent(spent);
	if (q->wake)
		q->wake(q->wake_arg);
	return lost;
}

/* ---- looking at it ---- */

/* When the oldest message not yet stored came. */
static int64_t oldest_ns(const struct queue *q)
{
	for (const struct take *t = q->under_way; t; t = t->next) {
		if (t->messages)
			return t->oldest_ns;
	}
	return q->head ? q->head->queued_at_ns : 0;
}

void queue_status(struct queue *q, struct queue_status *ret)
{
	sync_lock(&q->lock);
	*ret = (struct queue_status){
		.messages = q->queued_count + q->flying_count,
		.bytes = q->bytes,
		.queued = q->queued_count,
		.in_flight = q->flying_count,
		.capacity_count = q->capacity_count,
		.budget_bytes = q->budget_bytes,
		.high_count = q->high_count,
		.high_bytes = q->high_bytes,
		.held_sources = q->line_count,
		.oldest_ns = oldest_ns(q),
		.closed = q->closed,
		.balanced = true,
	};
	ledger_sum(&q->ledger, &ret->sums);
	for (const struct account *a = q->ledger.accounts; a; a = a->next)
		ret->balanced &= ledger_balanced(&a->sums);
	ret->balanced &= ret->sums.queued == q->queued_count && ret->sums.in_flight == q->flying_count;
	sync_unlock(&q->lock);
}

void queue_each_account(struct queue *q, void (*fn)(void *arg, const struct account *a), void *arg)
{
	sync_lock(&q->lock);
	for (const struct account *a = q->ledger.accounts; a; a = a->next)
		fn(arg, a);
	sync_unlock(&q->lock);
}
