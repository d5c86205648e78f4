/* An observer of the proofs keeps books of his own: what becomes of each message, and in which order. */
#include "diag/cases/self.h"

#include "core/queue_impl.h"

/* Which message is it? Checks that it is one, whole. */
static void identify(const struct batch *b, const struct msg *m, unsigned *ret_feeder, unsigned *ret_no)
{
	const struct self_run *r = self_run();
	const char *body = batch_body(b, m);

	*ret_feeder = (unsigned)(body[0] - 'a');
	*ret_no = (unsigned)(body[1] - '0');
	if (m->len != SELF_BODY || *ret_feeder >= r->size->feeders || *ret_no >= r->size->messages)
		model_fail("a message has changed");
}

/* What is freed in a run is overwritten. */
static bool is_gone(const struct slice *s)
{
	return s->batch->count > SELF_MESSAGES || s->first + s->count > s->batch->count;
}

static void each(const struct take *t, void (*fn)(struct msg *m, unsigned feeder, unsigned no, int how), int how)
{
	for (uint32_t i = 0; i < t->slice_count; i++) {
		struct slice *s = &t->slices[i];

		if (is_gone(s))
			model_fail("a batch is freed while it is read");
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
	struct self_run *r = self_run();

	if (r->fate[feeder][no] != SELF_NOWHERE)
		model_fail("message %u of feeder %u is taken twice", no, feeder + 1);
	if ((int)no <= r->last_taken[feeder])
		model_fail("message %u of feeder %u overtakes message %d", no, feeder + 1, r->last_taken[feeder]);
	r->last_taken[feeder] = (int)no;
	r->fate[feeder][no] = SELF_TAKEN;
	r->count[SELF_TAKEN]++;
}

NO_TSAN static void hand_change(const struct take *from, const struct take *to)
{
	const struct take **hand = self_run()->hand;

	while (*hand != from)
		hand++;
	*hand = to;
}

NO_TSAN void self_taken(const struct take *t)
{
	struct self_run *r = self_run();

	if (t->ticket != r->next_ticket++)
		model_fail("tickets are given out of order");
	if (t->messages > r->size->limit)
		model_fail("a take is larger than the limit");
	if (t->messages == 0 && t->loss_count == 0 && ++r->empty > r->errands)
		model_fail("a take of nothing");
	each(t, taken, 0);
	hand_change(NULL, t);
}

NO_TSAN void self_let_go(const struct take *t)
{
	self_readable(t);
	hand_change(t, NULL);
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
	struct self_run *r = self_run();
	enum self_fate fate = (enum self_fate)(how < 0 ? -how : how);

	if (fate == SELF_STORED && m->refused)
		fate = SELF_REFUSED;
	if (r->fate[feeder][no] != SELF_TAKEN)
		model_fail("message %u of feeder %u has two fates", no, feeder + 1);
	if (how > 0 && fate == SELF_STORED && (int)no <= r->last_stored[feeder])
		model_fail("message %u of feeder %u is stored after message %d", no, feeder + 1,
			   r->last_stored[feeder]);
	if (fate == SELF_STORED && (int)no > r->last_stored[feeder])
		r->last_stored[feeder] = (int)no;
	r->fate[feeder][no] = fate;
	r->count[SELF_TAKEN]--;
	r->count[fate]++;
}

void self_fated(const struct take *t, enum self_fate fate, bool in_order)
{
	struct self_run *r = self_run();

	each(t, fated, in_order ? (int)fate : -(int)fate);
	for (uint32_t i = 0; fate == SELF_STORED && i < t->loss_count; i++)
		r->told += t->losses[i].messages;
}

NO_TSAN unsigned self_answer(const char *sink, unsigned n)
{
	struct self_run *r = self_run();
	unsigned chosen = model_choose(sink, r->faults < r->size->faults ? n : 1);

	/* Another may have been quicker. */
	if (chosen == 0 || r->faults == r->size->faults)
		return 0;
	r->faults++;
	return chosen;
}

void self_surroundings(const void *config, struct diag_surroundings *ret)
{
	static const char *const kinds[] = {"given up", "", "busy", "busy, never again", "",
					    "busy, never again, full, I/O error"};
	const struct self_size *s = config;

	*ret = (struct diag_surroundings){
		.faults = s->faults, .kinds = s->faults ? kinds[s->results] : "", .rows = s->refuses, .deadline = s->deadline};
	if (s->busy || s->stuck)
		*ret = (struct diag_surroundings){
			.faults = DIAG_ANY, .kinds = s->busy ? "busy, always" : "no answer", .deadline = s->deadline};
}

void self_maybe_refuse(struct take *t)
{
	struct self_run *r = self_run();
	struct slice *s = t->slices;

	if (r->size->refuses && t->slice_count && model_choose("row", 2) == 1)
		batch_msgs(s->batch)[s->first].refused = true;
}

/* ---- what must hold ---- */

static const char *books_wrong(void)
{
	const struct self_run *r = self_run();
	const struct queue *q = r ? r->q : NULL;
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
	if (booked > r->count[SELF_STORED] + r->count[SELF_REFUSED])
		return "the books say stored, the store does not";
	if (queued != q->queued_count || flying != q->flying_count)
		return "the books know of other messages than the queue";
	return NULL;
}

/* Nothing is freed under those who read it. */
NO_TSAN static const char *hand_wrong(void)
{
	const struct self_run *r = self_run();

	for (unsigned i = 0; r && i < SELF_TAKERS; i++) {
		const struct take *t = r->hand[i];

		for (uint32_t k = 0; t && k < t->slice_count; k++) {
			if (is_gone(&t->slices[k]))
				return "a batch is freed while it is read";
		}
	}
	return NULL;
}

NO_TSAN const char *self_check(void)
{
	const char *wrong = hand_wrong();

	return wrong ? wrong : books_wrong();
}

/* A row of the table loss would say as much as the books do. */
static void check_losses(const struct account_sums *sums)
{
	const struct self_run *r = self_run();
	struct loss_delta left[SELF_FEEDERS * LOSS_REASONS];
	unsigned n = queue_last_losses(r->q, left, SELF_FEEDERS * LOSS_REASONS);
	uint64_t told = r->told;

	for (unsigned i = 0; i < n; i++)
		told += left[i].messages;
	if (told != ledger_lost_total(sums))
		model_fail("%u messages are lost, %u are told of", (unsigned)ledger_lost_total(sums), (unsigned)told);
}

/* Nothing is dropped for want of room. */
static bool patient_sources(const struct self_size *s)
{
	for (unsigned i = 0; i < s->feeders; i++) {
		if (s->policy[i] != GATE_BLOCK)
			return false;
	}
	return !s->leaves;
}

void self_check_end(void)
{
	const struct self_run *r = self_run();
	const struct self_size *s = r->size;
	struct queue_status st;
	const char *wrong = books_wrong();
	uint64_t lost;

	if (wrong)
		model_fail("%s", wrong);
	queue_status(r->q, &st);
	lost = ledger_lost_total(&st.sums);
	if (st.messages || st.bytes || st.held_sources)
		model_fail("something is left in the queue");
	if (!st.balanced)
		model_fail("the books do not balance");
	if (!s->leaves && st.sums.received != (uint64_t)s->feeders * s->messages)
		model_fail("%u messages were received", (unsigned)st.sums.received);
	if (st.sums.stored != r->count[SELF_STORED])
		model_fail("%u messages are stored, the books have %u", r->count[SELF_STORED],
			   (unsigned)st.sums.stored);
	if (st.sums.lost[LOSS_STORE] != r->count[SELF_REFUSED])
		model_fail("%u rows are refused, the books have %u", r->count[SELF_REFUSED],
			   (unsigned)st.sums.lost[LOSS_STORE]);
	if (r->count[SELF_TAKEN])
		model_fail("a take never came to an end");
	if (patient_sources(s) && !r->given_up &&
	    lost != r->late + r->count[SELF_REFUSED] + r->count[SELF_GIVEN_UP])
		model_fail("%u messages are lost without a reason", (unsigned)lost);
	if (st.sums.received != st.sums.stored + lost)
		model_fail("%u received, %u stored, %u lost", (unsigned)st.sums.received, (unsigned)st.sums.stored,
			   (unsigned)lost);
	check_losses(&st.sums);
}
