/* Feeders hand messages to the real queue as sources do, and somebody closes it. */
#include "diag/cases/self.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "core/queue_impl.h"

#define BUDGET 100000

/* In the run's memory, where the model sees it. */
static struct self_run *run;

struct self_run *self_run(void)
{
	return run;
}

/* ---- the loop's part: who was held is told, and offers again ---- */

NO_TSAN static void ring(void *arg UNUSED)
{
	model_step(MODEL_SET, "bell", "a held source may go on", NULL, NULL);
	run->rung = true;
}

/* No source is held without having been told that it may go on. */
NO_TSAN static void check_told(void)
{
	if (run->q->line_head && !run->rung && !run->admitting)
		model_fail("the queue is closed, and a held source has not been told");
}

NO_TSAN static bool may_go(void *of)
{
	return ((struct self_feeder *)of)->admitted || run->rung;
}

/* Who was admitted for less than it brought, and went back to its place, has not lost it. */
NO_TSAN static void check_turn(const struct gate *g)
{
	for (const struct gate *other = run->q->line_head; other; other = other->next) {
		if (other->place < g->place)
			model_fail("a source is admitted before another that has been held for longer");
	}
}

/* Whoever hears the bell admits all there is room for, as the loop does. */
NO_TSAN static void await_admission(struct self_feeder *f)
{
	for (;;) {
		struct gate *g;

		model_step(MODEL_TEST, "bell", "held", may_go, f);
		if (f->admitted)
			break;
		run->rung = false;
		run->admitting++;
		while ((g = queue_admit(run->q))) {
			struct self_feeder *other = g->owner;

			check_turn(g);
			other->admitted = true;
			if (other != f)
				model_step(MODEL_SET, "bell", "admitted", NULL, NULL);
		}
		run->admitting--;
	}
	f->admitted = false;
}

static struct batch *make_batch(const struct self_feeder *f, unsigned first, unsigned n)
{
	static const char peer[] = "p";
	struct batch_draft *d = batch_draft_new(SELF_MESSAGES, BUDGET);
	char body[SELF_MESSAGES][SELF_BODY];
	struct batch *b;

	for (unsigned i = 0; i < n; i++) {
		body[i][0] = (char)('a' + f->no);
		body[i][1] = (char)('0' + first + i);
		if (!batch_draft_add(d, body[i], SELF_BODY, SELF_BODY, 1, peer))
			model_fail("the draft is full");
	}
	b = batch_draft_seal(d);
	batch_draft_free(d);
	return b;
}

static uint64_t cost_of(unsigned messages)
{
	struct batch *b = make_batch(&run->feeder[0], 0, messages);
	uint64_t cost = b->cost;

	batch_free(b);
	return cost;
}

/* The source goes away while it is held, or when it need no longer be: what it had is lost. */
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

/* Where f stands in line, counted from 1; 0: it need not wait. */
NO_TSAN static uint64_t place_of(const struct self_feeder *f)
{
	return f->gate.policy == GATE_BLOCK && (f->gate.held || f->gate.admitted) ? f->gate.place + 1 : 0;
}

/* Freed space belongs to those who were held for want of it. */
NO_TSAN static enum gate_verdict offer_in_line(struct self_feeder *f, struct batch **b)
{
	const struct self_feeder *other = &run->feeder[(f->no + 1) % SELF_FEEDERS];
	uint64_t before = place_of(other);
	bool mine = f->gate.admitted;
	enum gate_verdict verdict = gate_offer(&f->gate, b);

	if (verdict == GATE_TAKEN && f->gate.policy == GATE_BLOCK && !mine && before && place_of(other) == before)
		model_fail("feeder %u overtakes feeder %u, who was held", f->no + 1, other->no + 1);
	return verdict;
}

/* False: it has gone away. */
static bool offer(struct self_feeder *f, struct batch *b)
{
	for (;;) {
		switch (offer_in_line(f, &b)) {
		case GATE_TAKEN:
			return true;
		case GATE_HELD:
			if (goes_away(f, &b))
				return false;
			await_admission(f);
			if (goes_away(f, &b))
				return false;
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
	struct err why = {0};

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

/* What came has been stored or is lost, and every loss has been told of: without anybody closing the queue. */
NO_TSAN static bool all_told(void *of UNUSED)
{
	struct account_sums sums;
	uint64_t lost;

	ledger_sum(&run->q->ledger, &sums);
	lost = ledger_lost_total(&sums);
	return run->told == lost && run->count[SELF_STORED] + lost == sums.received;
}

NO_TSAN static void note_closed(void)
{
	run->closed = true;
}

void self_close(void)
{
	if (!run->size->early)
		self_join_feeders();
	if (run->size->calm)
		model_step(MODEL_TEST, "store", "all has come to an end", all_told, NULL);
	if (run->size->abandons) {
		self_give_up();
		queue_abandon(run->q);
	} else {
		queue_close(run->q);
	}
	note_closed();
	check_told();
	if (run->size->early)
		self_join_feeders();
}

NO_TSAN void self_give_up(void)
{
	run->given_up = true;
}

NO_TSAN bool self_given_up(void)
{
	return run->given_up;
}

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
	struct err why = {0};

	run = mem_zalloc(1, sizeof(*run));
	run->size = size;
	run->deadline_ns = size->deadline ? SELF_DEADLINE_NS : SYNC_FOREVER;
	if (size->tight)
		opts.budget_bytes = cost_of(size->at_once);
	run->q = queue_new(&opts, &why);
	for (unsigned i = 0; i < SELF_FEEDERS; i++) {
		run->last_taken[i] = run->last_stored[i] = -1;
		run->feeder[i].no = i;
		if (i < size->feeders)
			gate_init(&run->feeder[i].gate, run->q, queue_account(run->q, names[i]), size->policy[i],
				  &run->feeder[i]);
	}
}

void self_end(void)
{
	self_check_end();
	queue_free(run->q);
	mem_free(run);
	run = NULL;
	if (arena_live())
		model_fail("%u pieces of memory are left behind", arena_live());
}
