/* Feeders hand messages to the real queue as sources do, and an observer writes down what becomes of each. */
#include "diag/cases/self.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/queue_impl.h"

#define BODY 2
#define BUDGET 100000
#define COSTLY 100 /* more than any message's own memory */

/* In the run's memory, where the model sees it. */
static struct self_run *run;

struct self_run *self_run(void)
{
	return run;
}

/* ---- the loop's part: who was held is told, and offers again ---- */

static void ring(void *arg UNUSED)
{
	model_step(MODEL_SET, "bell", "a held source may go on", NULL, NULL);
	run->rung = true;
}

static bool may_go(void *of)
{
	return ((struct self_feeder *)of)->admitted || run->rung;
}

/* Whoever hears the bell admits all there is room for, as the loop does. */
static void await_admission(struct self_feeder *f)
{
	for (;;) {
		struct gate *g;

		model_step(MODEL_TEST, "bell", "held", may_go, f);
		if (f->admitted)
			break;
		run->rung = false;
		while ((g = queue_admit(run->q))) {
			struct self_feeder *other = g->owner;

			other->admitted = true;
			if (other != f)
				model_step(MODEL_SET, "bell", "admitted", NULL, NULL);
		}
	}
	f->admitted = false;
}

static struct batch *make_batch(const struct self_feeder *f, unsigned first, unsigned n)
{
	static const char peer[] = "p";
	struct batch_draft *d = batch_draft_new(SELF_MESSAGES, BUDGET);
	char body[SELF_MESSAGES][BODY];
	struct batch *b;

	for (unsigned i = 0; i < n; i++) {
		body[i][0] = (char)('a' + f->no);
		body[i][1] = (char)('0' + first + i);
		if (!batch_draft_add(d, body[i], BODY, BODY, 1, peer))
			model_fail("the draft is full");
	}
	b = batch_draft_seal(d);
	batch_draft_free(d);
	return b;
}

/* The source goes away while it is held: what it had is lost. */
static bool goes_away(struct self_feeder *f, struct batch **b)
{
	if (!run->size->leaves || model_choose("source", 2) == 0)
		return false;
	gate_refuse(&f->gate, LOSS_INCOMPLETE, (*b)->count, (*b)->body_bytes, 1);
	batch_free(*b);
	*b = NULL;
	return true;
}

NO_TSAN static void note_late(unsigned messages)
{
	run->late += messages;
}

/* False: it has gone away. */
static bool offer(struct self_feeder *f, struct batch *b)
{
	for (;;) {
		switch (gate_offer(&f->gate, &b)) {
		case GATE_TAKEN:
			return true;
		case GATE_HELD:
			if (goes_away(f, &b))
				return false;
			await_admission(f);
			break;
		case GATE_CLOSED:
			gate_refuse(&f->gate, LOSS_SHUTDOWN, b->count, b->body_bytes, 1);
			note_late(b->count);
			batch_free(b);
			return true;
		}
	}
}

static void feed(void *arg)
{
	struct self_feeder *f = arg;
	const struct self_size *s = run->size;

	while (f->done < s->messages) {
		unsigned n = s->messages - f->done < s->at_once ? s->messages - f->done : s->at_once;

		if (s->asks && !f->gate.admitted && !gate_ready(&f->gate))
			await_admission(f);
		if (!offer(f, make_batch(f, f->done, n)))
			break;
		f->done += n;
	}
	if (s->asks || s->leaves)
		gate_done(&f->gate);
}

void self_feed(void)
{
	static const char *const names[SELF_FEEDERS] = {"feeder 1", "feeder 2"};
	struct err why;

	for (unsigned i = 0; i < run->size->feeders; i++) {
		if (sync_thread_start(&run->feeder[i].thread, names[i], feed, &run->feeder[i], &why) != 0)
			model_fail("%s", why.text);
	}
}

void self_join_feeders(void)
{
	for (unsigned i = 0; i < run->size->feeders; i++)
		sync_thread_join(&run->feeder[i].thread);
}

/* ---- the observer ---- */

void self_begin(const struct self_size *size)
{
	static const char *const names[SELF_FEEDERS] = {"one", "two"};
	struct queue_opts opts = {
		.name = "proof",
		.capacity_count = size->capacity,
		.budget_bytes = BUDGET,
		.batch_count = size->limit,
		.batch_interval_ns = size->patient ? SELF_INTERVAL_NS : 0,
		.wake = ring,
	};
	struct err why;

	run = mem_zalloc(1, sizeof(*run));
	run->size = size;
	run->q = queue_new(&opts, &why);
	for (unsigned i = 0; i < SELF_FEEDERS; i++) {
		run->last_taken[i] = run->last_stored[i] = -1;
		run->feeder[i].no = i;
		if (i < size->feeders)
			gate_init(&run->feeder[i].gate, run->q, queue_account(run->q, names[i]), size->policy[i],
				  &run->feeder[i]);
	}
}

/* Which message is it? Checks that it is one, whole. */
static void identify(const struct batch *b, const struct msg *m, unsigned *ret_feeder, unsigned *ret_no)
{
	const char *body = batch_body(b, m);

	*ret_feeder = (unsigned)(body[0] - 'a');
	*ret_no = (unsigned)(body[1] - '0');
	if (m->len != BODY || *ret_feeder >= run->size->feeders || *ret_no >= run->size->messages)
		model_fail("a message has changed");
}

static void each(const struct take *t, void (*fn)(struct msg *m, unsigned feeder, unsigned no, int how), int how)
{
	for (uint32_t i = 0; i < t->slice_count; i++) {
		struct slice *s = &t->slices[i];

		for (uint32_t k = 0; k < s->count; k++) {
			struct msg *m = &batch_msgs(s->batch)[s->first + k];
			unsigned feeder, no;

			identify(s->batch, m, &feeder, &no);
			fn(m, feeder, no, how);
		}
	}
}

NO_TSAN static void taken(struct msg *m UNUSED, unsigned feeder, unsigned no, int how UNUSED)
{
	if (run->fate[feeder][no] != SELF_NOWHERE)
		model_fail("message %u of feeder %u is taken twice", no, feeder + 1);
	if ((int)no <= run->last_taken[feeder])
		model_fail("message %u of feeder %u overtakes message %d", no, feeder + 1, run->last_taken[feeder]);
	run->last_taken[feeder] = (int)no;
	run->fate[feeder][no] = SELF_TAKEN;
	run->count[SELF_TAKEN]++;
}

NO_TSAN void self_taken(const struct take *t)
{
	if (t->ticket != run->next_ticket++)
		model_fail("tickets are given out of order");
	if (t->messages > run->size->limit)
		model_fail("a take is larger than the limit");
	if (t->messages == 0 && t->loss_count == 0)
		model_fail("a take of nothing");
	each(t, taken, 0);
}

static void readable(struct msg *m UNUSED, unsigned feeder UNUSED, unsigned no UNUSED, int how UNUSED)
{
}

void self_readable(const struct take *t)
{
	each(t, readable, 0);
}

/* how: the fate, negative where order does not matter. */
NO_TSAN static void fated(struct msg *m, unsigned feeder, unsigned no, int how)
{
	enum self_fate fate = (enum self_fate)(how < 0 ? -how : how);

	if (fate == SELF_STORED && m->refused)
		fate = SELF_REFUSED;
	if (run->fate[feeder][no] != SELF_TAKEN)
		model_fail("message %u of feeder %u has two fates", no, feeder + 1);
	if (how > 0 && fate == SELF_STORED && (int)no <= run->last_stored[feeder])
		model_fail("message %u of feeder %u is stored after message %d", no, feeder + 1,
			   run->last_stored[feeder]);
	if (fate == SELF_STORED && (int)no > run->last_stored[feeder])
		run->last_stored[feeder] = (int)no;
	run->fate[feeder][no] = fate;
	run->count[SELF_TAKEN]--;
	run->count[fate]++;
}

void self_fated(const struct take *t, enum self_fate fate, bool in_order)
{
	each(t, fated, in_order ? (int)fate : -(int)fate);
	for (uint32_t i = 0; fate == SELF_STORED && i < t->loss_count; i++)
		run->told += t->losses[i].messages;
}

void self_maybe_refuse(struct take *t)
{
	struct slice *s = t->slices;

	if (run->size->refuses && t->slice_count && model_choose("row", 2) == 1)
		batch_msgs(s->batch)[s->first].refused = true;
}

NO_TSAN void self_give_up(void)
{
	run->given_up = true;
}

NO_TSAN bool self_given_up(void)
{
	return run->given_up;
}

/* ---- what must hold ---- */

static const char *books_wrong(void)
{
	const struct queue *q = run ? run->q : NULL;
	uint64_t queued = 0, flying = 0, booked = 0;

	/* While somebody is at work inside, the books may be open. */
	if (!q || atomic_load(&q->lock.owner))
		return NULL;
	if (q->queued_count + q->flying_count > q->capacity_count || q->bytes > q->budget_bytes)
		return "the queue holds more than it may";
	if (!queue_sane(q))
		return "the queue is not sane";
	for (const struct account *a = q->ledger.accounts; a; a = a->next) {
		if (!ledger_balanced(&a->sums))
			return "the books of an account do not balance";
		queued += a->sums.queued;
		flying += a->sums.in_flight;
		booked += a->sums.stored + a->sums.lost[LOSS_STORE];
	}
	if (booked > run->count[SELF_STORED] + run->count[SELF_REFUSED])
		return "the books say stored, the store does not";
	if (queued != q->queued_count || flying != q->flying_count)
		return "the books know of other messages than the queue";
	return NULL;
}

const char *self_check(void)
{
	return books_wrong();
}

/* A row of the table loss would say as much as the books do. */
static void check_losses(const struct account_sums *sums)
{
	struct loss_delta left[SELF_FEEDERS * LOSS_REASONS];
	unsigned n = queue_last_losses(run->q, left, SELF_FEEDERS * LOSS_REASONS);
	uint64_t told = run->told;

	for (unsigned i = 0; i < n; i++)
		told += left[i].messages;
	if (told != ledger_lost_total(sums))
		model_fail("%u messages are lost, %u are told of", (unsigned)ledger_lost_total(sums), (unsigned)told);
}

void self_end(void)
{
	const struct self_size *s = run->size;
	struct queue_status st;
	const char *wrong = books_wrong();
	uint64_t lost;

	if (wrong)
		model_fail("%s", wrong);
	queue_status(run->q, &st);
	lost = ledger_lost_total(&st.sums);
	if (st.messages || st.bytes || st.held_sources)
		model_fail("something is left in the queue");
	if (!st.balanced)
		model_fail("the books do not balance");
	if (!s->leaves && st.sums.received != (uint64_t)s->feeders * s->messages)
		model_fail("%u messages were received", (unsigned)st.sums.received);
	if (st.sums.stored != run->count[SELF_STORED])
		model_fail("%u messages are stored, the books have %u", run->count[SELF_STORED],
			   (unsigned)st.sums.stored);
	if (st.sums.lost[LOSS_STORE] != run->count[SELF_REFUSED])
		model_fail("%u rows are refused, the books have %u", run->count[SELF_REFUSED],
			   (unsigned)st.sums.lost[LOSS_STORE]);
	if (run->count[SELF_TAKEN])
		model_fail("a take never came to an end");
	if (run->size->capacity >= s->feeders * s->messages && !run->given_up && !s->faults && lost != run->late)
		model_fail("%u messages are lost without a reason", (unsigned)lost);
	if (st.sums.received != st.sums.stored + lost)
		model_fail("%u received, %u stored, %u lost", (unsigned)st.sums.received, (unsigned)st.sums.stored,
			   (unsigned)lost);
	check_losses(&st.sums);
	queue_free(run->q);
	mem_free(run);
	run = NULL;
}
