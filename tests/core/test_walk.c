/* A long random walk of one thread through queue, gates and takes, step by step beside a plain model in an array. */
#include "plain.h"

#define STEPS 30000

/* ---- steps ---- */

static void book_in(struct walk *w, unsigned s, const struct batch *b, uint32_t first_no, uint32_t keep)
{
	const struct msg *last = (const struct msg *)(const void *)(b + 1) + keep - 1;

	w->sources[s].received += b->count;
	w->sources[s].full += b->count - keep;
	if (keep == 0)
		return;
	w->batches[w->batch_count++] = (struct plain_batch){
		.source = s,
		.first_no = first_no,
		.count = keep,
		.cost = keep == b->count ? b->cost : (uint64_t)last->off + last->len,
		.droppable = w->sources[s].policy != GATE_BLOCK,
	};
	w->queued += keep;
	w->bytes += w->batches[w->batch_count - 1].cost;
}

static void step_offer(struct walk *w, unsigned s)
{
	struct plain_source *src = &w->sources[s];
	enum gate_verdict want = GATE_TAKEN;
	struct batch *b = src->kept;

	if (!b) {
		static const uint32_t lengths[] = {8, 16, 100, 1000};

		b = make_batch(s, src->next_no, 1 + rnd_below(&w->seed, 8), lengths[rnd_below(&w->seed, 4)]);
		src->next_no += b->count;
	}
	src->kept = NULL;
	if (w->closed) {
		want = GATE_CLOSED;
	} else if (src->policy == GATE_BLOCK && (must_wait(w, s) || !room(w, b->count, b->cost))) {
		want = GATE_HELD;
		hold(w, src, b->count, b->cost);
	} else {
		uint32_t first_no = stamp_of(b, batch_msgs(b)).no;

		book_in(w, s, b, first_no, src->policy == GATE_BLOCK ? b->count : squeeze(w, s, b));
	}
	src->admitted = false;
	must(w, gate_offer(&src->gate, &b) == want, "the verdict of an offer");
	must(w, (b != NULL) == (want != GATE_TAKEN), "who has the batch");
	if (want == GATE_HELD)
		src->kept = b;
	else
		batch_free(b);
}

static void step_ready(struct walk *w, unsigned s)
{
	struct plain_source *src = &w->sources[s];
	bool want = src->policy != GATE_BLOCK || w->closed || (!must_wait(w, s) && room(w, 1, 1));

	if (!want)
		hold(w, src, 1, 1);
	src->admitted = false;
	must(w, gate_ready(&src->gate) == want, "may a source read");
}

/* A source does something, if it is not in line. */
static void step_source(struct walk *w)
{
	unsigned s = rnd_below(&w->seed, SOURCES);
	struct plain_source *src = &w->sources[s];

	if (src->held)
		return;
	if (src->kept || rnd_below(&w->seed, 4) > 0)
		step_offer(w, s);
	else
		step_ready(w, s);
}

static void step_admit(struct walk *w)
{
	while (rnd_below(&w->seed, 10) > 0) {
		unsigned s = next_to_go(w);
		struct gate *g = queue_admit(w->q);

		must(w, g == (s == NOBODY ? NULL : &w->sources[s].gate), "who is let go");
		if (s == NOBODY) {
			w->woken = false;
			break;
		}
		w->sources[s].held = false;
		w->sources[s].admitted = true;
	}
}

static void step_refuse(struct walk *w)
{
	struct plain_source *src = &w->sources[rnd_below(&w->seed, SOURCES)];

	gate_refuse(&src->gate, LOSS_OVERSIZE, 1, 10, 1);
	src->received++;
	src->other++;
}

/* A connection ends, with what it held back; another comes, perhaps under a new policy. */
static void step_leave(struct walk *w, bool mixed)
{
	unsigned s = rnd_below(&w->seed, SOURCES);
	struct plain_source *src = &w->sources[s];

	if (mixed && rnd_below(&w->seed, 2) && !src->admitted) {
		src->policy = (enum gate_policy)rnd_below(&w->seed, 3);
		gate_set_policy(&src->gate, src->policy);
		return;
	}
	batch_free(src->kept);
	src->kept = NULL;
	src->held = src->admitted = false;
	gate_done(&src->gate);
	gate_init(&src->gate, w->q, src->gate.account, src->policy, NULL);
}

static void step_take(struct walk *w)
{
	struct plain_take *t = w->take_count < TAKES ? w->order[w->take_count] : NULL;
	uint64_t want = w->queued < w->limit ? w->queued : w->limit, seen = 0;

	if (!t || w->queued == 0 || (w->queued < w->limit && w->take_count > 0 && !w->closed))
		return;
	must(w, queue_take(w->q, &t->take) == TAKE_WORK && t->take.messages == want, "how many are taken");
	t->parts = 0;
	for (unsigned i = 0; seen < want; i++) {
		struct plain_batch *b = &w->batches[i];
		uint32_t n = b->count - b->gone;

		if (n == 0)
			continue;
		n = n < want - seen ? n : (uint32_t)(want - seen);
		for (uint32_t k = 0; k < n && t->parts < t->take.slice_count; k++) {
			const struct slice *s = &t->take.slices[t->parts];
			struct stamp stamp = stamp_of(s->batch, &batch_msgs(s->batch)[s->first + k]);

			must(w, s->count == n && stamp.source == b->source && stamp.no == b->first_no + b->gone + k,
			     "what is taken");
		}
		t->from[t->parts] = i;
		t->first[t->parts] = b->gone;
		t->count[t->parts++] = n;
		b->gone += n;
		b->out++;
		seen += n;
	}
	must(w, t->parts == t->take.slice_count, "how many slices");
	w->queued -= want;
	w->flying += want;
	w->take_count++;
}

static void step_settle(struct walk *w)
{
	struct plain_take *t = w->order[0];
	bool stored = rnd_below(&w->seed, 8) > 0;

	if (w->take_count == 0)
		return;
	for (uint32_t i = 0; i < t->parts; i++) {
		struct plain_batch *b = &w->batches[t->from[i]];
		struct plain_source *src = &w->sources[b->source];

		for (uint32_t k = 0; k < t->count[i]; k++) {
			struct msg *m = &batch_msgs(t->take.slices[i].batch)[t->first[i] + k];

			m->refused = rnd_below(&w->seed, 20) == 0;
			*(!stored ? &src->given_up : m->refused ? &src->refused : &src->stored) += 1;
		}
		w->flying -= t->count[i];
		if (--b->out == 0 && b->gone == b->count)
			w->bytes -= b->cost;
	}
	queue_settle(w->q, &t->take, stored ? TAKE_STORED : TAKE_ABANDONED);
	take_reset(&t->take);
	w->take_count--;
	memmove(&w->order[0], &w->order[1], w->take_count * sizeof(w->order[0]));
	w->order[w->take_count] = t;
}

/* ---- looking ---- */

static void look(struct walk *w)
{
	struct queue_status s = status_of(w->q);

	must(w, s.messages <= w->capacity && s.bytes <= w->budget, "the bounds");
	must(w, s.queued == w->queued && s.in_flight == w->flying && s.bytes == w->bytes, "what is in the queue");
	must(w, s.balanced, "the balance");
	must(w, next_to_go(w) == NOBODY || w->woken, "whoever may go on has been called");
	for (unsigned i = 0; i < SOURCES; i++) {
		const struct plain_source *src = &w->sources[i];
		const struct account_sums *a = &src->gate.account->sums;

		must(w, a->received == src->received && a->stored == src->stored, "received and stored");
		must(w, a->lost[LOSS_QUEUE_FULL] == src->full && a->lost[LOSS_STORE] == src->refused &&
			     a->lost[LOSS_SHUTDOWN] == src->given_up && a->lost[LOSS_OVERSIZE] == src->other,
		     "losses, by reason");
	}
}

/* ---- the walk ---- */

static void walk_begin(struct walk *w, uint64_t seed, const enum gate_policy *policies)
{
	static const char *const names[SOURCES] = {"a", "b", "c", "d", "e", "f"};

	*w = (struct walk){.seed = seed, .batches = calloc(STEPS, sizeof(*w->batches))};
	w->capacity = 8 + rnd_below(&w->seed, 40);
	w->budget = 12000 + rnd_below(&w->seed, 20000);
	w->limit = 1 + rnd_below(&w->seed, 30);
	w->q = make_queue(w->capacity, w->budget, w->limit, 0, on_wake, w);
	for (unsigned s = 0; s < SOURCES; s++) {
		w->sources[s].policy = policies[s];
		w->sources[s].gate = make_gate(w->q, names[s], policies[s]);
	}
	for (unsigned i = 0; i < TAKES; i++) {
		take_init(&w->takes[i].take);
		w->order[i] = &w->takes[i];
	}
}

static void walk_end(struct walk *w, const char *name)
{
	struct queue_status s;

	queue_close(w->q);
	w->closed = true;
	look(w);
	step_admit(w);
	while (first_in_line(w) != NOBODY)
		step_admit(w);
	for (unsigned i = 0; i < SOURCES; i++)
		step_offer(w, i);
	while (w->queued + w->flying > 0) {
		step_take(w);
		step_settle(w);
		look(w);
	}
	s = status_of(w->q);
	is_int(w->bad, 0, "%s: queue and model agree at every step", name);
	ok(s.queued == 0 && s.in_flight == 0 && s.bytes == 0 && s.balanced, "in the end the queue is empty and balanced");
	ok(s.high_count <= w->capacity && s.high_bytes <= w->budget && s.high_count > 0, "and was never over its bounds");
	for (unsigned i = 0; i < TAKES; i++)
		take_done(&w->takes[i].take);
	free(w->batches);
	queue_free(w->q);
}

static void test_walk(uint64_t seed, const char *name, const enum gate_policy *policies, bool mixed)
{
	struct walk w;
	uint64_t full = 0, held = 0;

	walk_begin(&w, seed, policies);
	for (unsigned n = 0; n < STEPS - SOURCES; n++) {
		switch (rnd_below(&w.seed, 16)) {
		case 0: case 1: case 2:
			step_take(&w);
			break;
		case 3: case 4: case 5:
			step_settle(&w);
			break;
		case 6: case 7:
			step_admit(&w);
			break;
		case 8:
			step_refuse(&w);
			break;
		case 9:
			step_leave(&w, mixed);
			break;
		case 10:
			if (rnd_below(&w.seed, 20) == 0) {
				w.limit = 1 + rnd_below(&w.seed, 30);
				queue_tune(w.q, w.limit, 0);
			}
			break;
		default:
			step_source(&w);
			break;
		}
		look(&w);
		held += first_in_line(&w) != NOBODY;
	}
	for (unsigned s = 0; s < SOURCES; s++) {
		full += w.sources[s].full;
		ok(mixed || policies[s] != GATE_BLOCK || w.sources[s].full == 0, "%s: a block source loses nothing", name);
	}
	printf("# seed %" PRIu64 ", %s: %" PRIu64 " dropped, a line in %" PRIu64 " of %d steps\n", seed, name, full, held, STEPS);
	walk_end(&w, name);
}

int main(void)
{
	static const enum gate_policy block[SOURCES] = {GATE_BLOCK}, mix[SOURCES] = {
		GATE_BLOCK, GATE_DROP_NEWEST, GATE_DROP_OLDEST, GATE_BLOCK, GATE_DROP_OLDEST, GATE_DROP_NEWEST};
	enum gate_policy newest[SOURCES], oldest[SOURCES];

	for (unsigned s = 0; s < SOURCES; s++) {
		newest[s] = GATE_DROP_NEWEST;
		oldest[s] = GATE_DROP_OLDEST;
	}
	for (uint64_t seed = 1; seed <= 4; seed++) {
		test_walk(seed, "block", block, false);
		test_walk(seed, "drop-newest", newest, false);
		test_walk(seed, "drop-oldest", oldest, false);
		test_walk(seed, "side by side", mix, false);
		test_walk(seed, "changing", mix, true);
	}
	return done_testing();
}
