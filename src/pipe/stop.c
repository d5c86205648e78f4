/* The stop: sockets first, then queues, pools and stores, within the deadline; and the receipt at the end. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipe/pipeline_impl.h"

/* The stop's deadline is the end of all; what follows the draining is taken off it, but never more than a quarter. */
#define TAIL_NS (700 * NS_PER_MS)
#define GRACE_NS (250 * NS_PER_MS)  /* for sources, then for workers, to come to their end after the deadline */
#define ANSWER_NS (500 * NS_PER_MS) /* for clients to take their last answers, */
#define HASTE_NS (100 * NS_PER_MS)  /* after the deadline */

static void net_drained(void *arg)
{
	stop_sources_done(arg);
}

/* What sources still have after the deadline finds the queues closed, and is counted by the net. */
static void drain_net(struct pipeline *p)
{
	if (!p->net_started)
		return;
	net_begin_drain(p->net, p->signal_at, net_drained, &p->stop);
	stop_drain_sources(&p->stop, p->deadline_ns, GRACE_NS);
}

/* From now on nobody looks at the store but the caller. */
static struct store *claim_store(struct lane *lane)
{
	struct store *s;

	sync_lock(&lane->pipeline->lock);
	s = lane->store;
	lane->store = NULL;
	sync_unlock(&lane->pipeline->lock);
	return s;
}

/* Until when the last things may take: the stop's deadline, now in a hurry, but in any case a moment. */
static int64_t last_deadline_ns(struct pipeline *p)
{
	int64_t moment = sync_now_ns() + GRACE_NS / 2;

	return stop_is_hurried(&p->stop) || p->deadline_ns < moment ? moment : p->deadline_ns;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t answer_deadline_ns(struct pipeline *p)
{
	int64_t now = sync_now_ns(), usual = now + ANSWER_NS, last = last_deadline_ns(p);

	if (now >= p->deadline_ns)
		return now + HASTE_NS;
	return least(usual, last);
}

static bool has_failed(struct pipeline *p)
{
	bool failed;

	sync_lock(&p->lock);
	failed = p->failed;
	sync_unlock(&p->lock);
	return failed;
}

static uint64_t left_of(const struct account_sums *s)
{
	return s->lost[LOSS_SHUTDOWN] + s->queued + s->in_flight;
}

/* No account has more rows to tell than there are reasons. */
static void count_reasons(void *arg, const struct account *a UNUSED)
{
	*(unsigned *)arg += LOSS_REASONS;
}

/* Writes the lane's part of the receipt and closes its store. False if it could not be written. */
static bool finish_store(struct pipeline *p, struct lane *lane, const struct queue_status *q)
{
	struct store_receipt receipt = {
		.received = q->sums.received,
		.stored = q->sums.stored,
		.lost = ledger_lost_total(&q->sums),
		.clean = left_of(&q->sums) == 0,
	};
	unsigned room = 0, n = 0;
	struct loss_delta *losses;
	struct err why;
	int rc;

	queue_each_account(lane->queue, count_reasons, &room);
	losses = room ? mem_zalloc(room, sizeof(*losses)) : NULL;
	if (losses)
		n = queue_last_losses(lane->queue, losses, room);
	rc = store_finish(claim_store(lane), &receipt, losses, n, last_deadline_ns(p), &why);
	mem_free(losses);
	if (rc != 0)
		log_error("%s; the receipt is not in the store", why.text);
	return rc == 0;
}

static void format_losses(const struct account_sums *s, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (unsigned r = 0; r < LOSS_REASONS; r++) {
		if (s->lost[r] && at < size)
			at += (size_t)snprintf(text + at, size - at, "%s%s=%" PRIu64, at ? " " : " (",
					       loss_reason_name((enum loss_reason)r), s->lost[r]);
	}
	if (at && at < size)
		snprintf(text + at, size - at, ")");
}

static void log_receipt(const struct pipeline *p, const struct pipeline_totals *t)
{
	struct account_sums told = t->sums;
	char losses[320];

	/* What a worker still holds will not be waited for: on this receipt it is lost like the rest of what is left. */
	told.lost[LOSS_SHUTDOWN] = left_of(&t->sums);
	format_losses(&told, losses, sizeof(losses));
	log_notice("receipt: received=%" PRIu64 " stored=%" PRIu64 " lost=%" PRIu64 "%s left=%" PRIu64 " drain_ms=%" PRId64,
		   told.received, told.stored, ledger_lost_total(&told), losses, left_of(&t->sums),
		   (sync_now_ns() - p->begun_ns) / NS_PER_MS);
	if (!t->balanced)
		log_error("the books do not balance: received=%" PRIu64 " kernel=%" PRIu64 " stored=%" PRIu64 " lost=%" PRIu64
			  " queued=%" PRIu64 " in_flight=%" PRIu64,
			  t->sums.received, t->sums.lost[LOSS_KERNEL], t->sums.stored, ledger_lost_total(&t->sums),
			  t->sums.queued, t->sums.in_flight);
}

static int exit_code_of(struct pipeline *p, const struct pipeline_totals *t, bool written)
{
	if (!t->balanced)
		return EXIT_INTERNAL;
	if (has_failed(p))
		return p->failure.exit_code ? p->failure.exit_code : EXIT_INTERNAL;
	return left_of(&t->sums) > 0 || !written ? EXIT_LEFT : EXIT_CLEAN;
}

static void stop_run(void *arg)
{
	struct pipeline *p = arg;
	struct pipeline_totals totals;
	bool written = true;

	log_debug("stopping: reading what the sockets hold");
	/* The space that min_free keeps back is for this: what was accepted is to be stored. */
	for (struct lane *lane = p->lanes; lane; lane = lane->next)
		store_release_space(lane->store);
	for (struct lane *lane = p->lanes; lane; lane = lane->next)
		store_stop_pruning(lane->store);
	drain_net(p);
	p->result.stuck = !stop_drain_pools(&p->stop, p->deadline_ns, GRACE_NS);
	if (p->net_started)
		net_finish(p->net, answer_deadline_ns(p));
	p->net_started = false;
	/* Nothing moves any more but a stuck worker: these are the final figures. */
	pipeline_totals(p, &totals);
	for (struct lane *lane = p->lanes; lane; lane = lane->next) {
		struct queue_status q;

		queue_status(lane->queue, &q);
		written &= lane->end.drained && finish_store(p, lane, &q);
	}
	log_receipt(p, &totals);
	p->result.exit_code = exit_code_of(p, &totals, written);
	p->opts.event(p->opts.arg, PIPELINE_STOPPED);
}

void pipeline_stop(struct pipeline *p, int64_t signal_at, int64_t deadline_ns)
{
	struct err why;

	if (p->stopper_started)
		return;
	p->stopper_started = true;
	sync_lock(&p->lock);
	p->stopping = true;
	sync_unlock(&p->lock);
	p->signal_at = signal_at;
	p->begun_ns = sync_now_ns();
	p->deadline_ns = deadline_ns - least(TAIL_NS, (deadline_ns - p->begun_ns) / 4);
	if (sync_thread_start(&p->stopper, "stop", stop_run, p, &why) != 0) {
		/* No thread to be had: stop on this one, deaf to a second signal. */
		p->stopper_started = false;
		log_warning("%s; stopping without it", why.text);
		stop_run(p);
	}
}

void pipeline_hurry(struct pipeline *p)
{
	stop_hurry(&p->stop);
}

struct pipeline_result pipeline_join(struct pipeline *p)
{
	if (p->stopper_started)
		sync_thread_join(&p->stopper);
	return p->result;
}
