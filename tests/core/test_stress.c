/* Many threads through one small queue: nothing twice, nothing lost unless counted, each source in order, all join. */
#include "base/sync_more.h"
#include "fixture.h"

#define LISTENERS 3
#define PRODUCERS 6
#define TAKERS 3
#define RUN_NS (1500 * NS_PER_MS)
#define LEN 40

/* A thread with one or more sources, as a loop of events would have them. */
struct producer {
	struct stress *stress;
	struct sync_thread thread;
	struct gate gate;
	struct sync_flag go;   /* let go from the line */
	struct batch *kept;
	uint32_t id, next_no;
	uint64_t offered, seed, closed; /* closed: messages that found it closed, counted by their source */
};

struct taker {
	struct stress *stress;
	struct sync_thread thread;
	uint64_t seed;
};

struct stress {
	struct queue *q;
	struct producer producers[PRODUCERS];
	struct taker takers[TAKERS];
	_Atomic bool stop;

	struct sync_flag wake;     /* the waker has something to do */
	struct sync_thread waker;
	_Atomic bool waker_stop;

	/* The turn: takes are settled in the order of their tickets. */
	struct sync_mutex lock;
	struct sync_cond turn;
	uint64_t serving, bad;
	uint64_t stored[PRODUCERS], refused[PRODUCERS];
	int64_t last_no[PRODUCERS];
	uint64_t told[LOSS_REASONS];
};

static void on_wake(void *arg)
{
	sync_flag_set(&((struct stress *)arg)->wake);
}

/* Admits in a thread of its own, as the loop of net does. */
static void waker_run(void *arg)
{
	struct stress *s = arg;
	struct gate *g;

	while (!s->waker_stop) {
		sync_flag_wait_until(&s->wake, SYNC_FOREVER);
		sync_flag_clear(&s->wake);
		while ((g = queue_admit(s->q)))
			sync_flag_set(&((struct producer *)g->owner)->go);
	}
}

/* Waits to be let go. What was held back is offered again by the caller. */
static void await_go(struct producer *p)
{
	sync_flag_wait_until(&p->go, SYNC_FOREVER);
	sync_flag_clear(&p->go);
}

/* False: closed. */
static bool produce(struct producer *p)
{
	struct batch *b = make_batch(p->id, p->next_no, 1 + rnd_below(&p->seed, 20), LEN);
	uint32_t n = b->count;

	p->next_no += n;
	p->offered += n;
	for (;;) {
		switch (gate_offer(&p->gate, &b)) {
		case GATE_TAKEN:
			return true;
		case GATE_HELD:
			await_go(p);
			break;
		case GATE_CLOSED:
			p->closed += n;
			gate_refuse(&p->gate, LOSS_SHUTDOWN, n, (uint64_t)n * LEN, 1);
			batch_free(b);
			return false;
		}
	}
}

static void producer_run(void *arg)
{
	struct producer *p = arg;

	while (produce(p)) {
		switch (rnd_below(&p->seed, 16)) {
		case 0:
			/* No socket of a drop-* source ever waits: a pause stands for the network. */
			sync_sleep_until(sync_now_ns() + rnd_below(&p->seed, 500000));
			break;
		case 1:
			while (!gate_ready(&p->gate))
				await_go(p);
			break;
		case 2:
			gate_refuse(&p->gate, LOSS_OVERSIZE, 1, 5, 1);
			p->offered++;
			break;
		case 3: {
			struct queue_status status = status_of(p->stress->q);

			if (!status.balanced || status.messages > status.capacity_count || status.bytes > status.budget_bytes)
				abort();
			break;
		}
		default:
			break;
		}
	}
	gate_done(&p->gate);
}

/* In turn: looks at every message of the take. */
static void check(struct stress *s, struct take *t, bool stored, uint64_t *seed)
{
	for (uint32_t i = 0; i < t->slice_count; i++) {
		struct batch *b = t->slices[i].batch;

		for (uint32_t k = 0; k < t->slices[i].count; k++) {
			struct msg *m = &batch_msgs(b)[t->slices[i].first + k];
			struct stamp stamp = stamp_of(b, m);

			if (stamp.source >= PRODUCERS)
				abort();
			s->bad += (int64_t)stamp.no <= s->last_no[stamp.source];
			s->last_no[stamp.source] = stamp.no;
			m->refused = rnd_below(seed, 50) == 0;
			if (stored)
				(m->refused ? s->refused : s->stored)[stamp.source]++;
		}
	}
	for (uint32_t i = 0; i < t->loss_count && stored; i++)
		s->told[t->losses[i].reason] += t->losses[i].messages;
}

static void taker_run(void *arg)
{
	struct taker *me = arg;
	struct stress *s = me->stress;
	struct take t;

	take_init(&t);
	while (queue_take(s->q, &t) == TAKE_WORK) {
		bool stored = rnd_below(&me->seed, 30) > 0;

		sync_lock(&s->lock);
		while (s->serving != t.ticket)
			sync_wait(&s->turn, &s->lock);
		check(s, &t, stored, &me->seed);
		queue_settle(s->q, &t, stored ? TAKE_STORED : TAKE_ABANDONED);
		/* Read once more: others may have discarded the rest by now. */
		for (uint32_t i = 0; i < t.slice_count; i++)
			s->bad += t.slices[i].batch->count == 0;
		s->serving++;
		sync_broadcast(&s->turn);
		sync_unlock(&s->lock);
		take_reset(&t);
	}
	take_done(&t);
}

/* ---- one run ---- */

static void must_start(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg)
{
	struct err why;

	if (sync_thread_start(t, name, fn, arg, &why) != 0)
		abort();
}

static void begin(struct stress *s, const enum gate_policy *policies)
{
	static const char *const names[LISTENERS] = {"a", "b", "c"};

	*s = (struct stress){0};
	sync_mutex_init(&s->lock, "turn");
	sync_cond_init(&s->turn, "turn");
	sync_flag_init(&s->wake, "wake");
	s->q = make_queue(50, 8000, 30, NS_PER_MS, on_wake, s);
	for (uint32_t i = 0; i < PRODUCERS; i++) {
		struct producer *p = &s->producers[i];

		*p = (struct producer){.stress = s, .id = i, .seed = 77 + i};
		sync_flag_init(&p->go, "go");
		p->gate = make_gate(s->q, names[i % LISTENERS], policies[i % LISTENERS]);
		p->gate.owner = p;
		s->last_no[i] = -1;
	}
	must_start(&s->waker, "waker", waker_run, s);
	for (unsigned i = 0; i < TAKERS; i++) {
		s->takers[i] = (struct taker){.stress = s, .seed = 99 + i};
		must_start(&s->takers[i].thread, "taker", taker_run, &s->takers[i]);
	}
	for (unsigned i = 0; i < PRODUCERS; i++)
		must_start(&s->producers[i].thread, "producer", producer_run, &s->producers[i]);
}

/* True if something was stored in the second half of the run: nobody is stuck. */
static bool run(struct stress *s, bool abandon)
{
	uint64_t half;

	sync_sleep_until(sync_now_ns() + RUN_NS / 2);
	half = status_of(s->q).sums.stored;
	sync_sleep_until(sync_now_ns() + RUN_NS / 2);
	half = status_of(s->q).sums.stored - half;
	if (abandon)
		queue_abandon(s->q);
	else
		queue_close(s->q);
	for (unsigned i = 0; i < PRODUCERS; i++)
		sync_thread_join(&s->producers[i].thread);
	for (unsigned i = 0; i < TAKERS; i++)
		sync_thread_join(&s->takers[i].thread);
	s->waker_stop = true;
	sync_flag_set(&s->wake);
	sync_thread_join(&s->waker);
	return half > 0;
}

static void end(struct stress *s)
{
	for (unsigned i = 0; i < PRODUCERS; i++)
		sync_flag_done(&s->producers[i].go);
	sync_flag_done(&s->wake);
	sync_cond_done(&s->turn);
	sync_mutex_done(&s->lock);
	queue_free(s->q);
}

static void test_stress(const char *name, const enum gate_policy *policies, bool abandon)
{
	static struct stress s;
	struct queue_status status;
	struct loss_delta last[LISTENERS * LOSS_REASONS];
	uint64_t offered = 0, stored = 0, refused = 0;
	unsigned n;
	bool all_told = true;

	begin(&s, policies);
	ok(run(&s, abandon), "%s: all ended, and it never stood still", name);
	status = status_of(s.q);
	for (unsigned i = 0; i < PRODUCERS; i++) {
		offered += s.producers[i].offered;
		stored += s.stored[i];
		refused += s.refused[i];
	}
	is_int(s.bad, 0, "%s: every source in order, nothing twice", name);
	is_int(status.sums.received, offered, "%s: all that was offered is received", name);
	is_int(status.sums.stored, stored, "%s: the takers stored as many as the books say", name);
	is_int(status.sums.lost[LOSS_STORE], refused, "%s: and refused as many", name);
	ok(status.balanced && status.messages == 0 && status.bytes == 0, "%s: empty and balanced", name);
	ok(status.high_count <= 50 && status.high_bytes <= 8000, "%s: never over the bounds", name);
	n = queue_last_losses(s.q, last, ARRAY_LEN(last));
	for (unsigned i = 0; i < n; i++)
		s.told[last[i].reason] += last[i].messages;
	for (unsigned r = 0; r < LOSS_REASONS; r++)
		all_told &= s.told[r] == status.sums.lost[r];
	ok(all_told, "%s: every loss is told once", name);
	for (unsigned i = 0; i < LISTENERS; i++) {
		if (policies[i] == GATE_BLOCK)
			is_int(queue_account(s.q, (const char *[]){"a", "b", "c"}[i])->sums.lost[LOSS_QUEUE_FULL], 0,
			       "%s: a block source loses nothing to a full queue", name);
	}
	printf("# %s: %" PRIu64 " received, %" PRIu64 " stored, %" PRIu64 " dropped, %" PRIu64 " takes\n", name,
	       status.sums.received, status.sums.stored, status.sums.lost[LOSS_QUEUE_FULL], s.serving);
	end(&s);
}

/* ---- waiting workers ---- */

#define CROWD 8

struct crowd {
	struct queue *q;
	_Atomic unsigned have;
	struct sync_flag go;
};

static void crowd_run(void *arg)
{
	struct crowd *c = arg;
	struct take t;

	take_init(&t);
	while (queue_take(c->q, &t) == TAKE_WORK) {
		c->have++;
		sync_flag_wait_until(&c->go, SYNC_FOREVER);
		queue_settle(c->q, &t, TAKE_STORED);
		take_reset(&t);
	}
	take_done(&t);
}

static bool reaches(_Atomic unsigned *what, unsigned n)
{
	int64_t until = sync_now_ns() + 10 * NS_PER_S;

	while (*what < n && sync_now_ns() < until)
		sync_sleep_until(sync_now_ns() + NS_PER_MS / 5);
	return *what == n;
}

/* All wait; work comes piece by piece; nobody is done before all have some. Whoever goes must leave a watcher. */
static void test_watchers(void)
{
	struct crowd c = {.q = make_queue(100, 100000, 2, 3600 * NS_PER_S, NULL, NULL)};
	struct gate g = make_gate(c.q, "g", GATE_BLOCK);
	struct sync_thread threads[CROWD];

	sync_flag_init(&c.go, "go");
	for (unsigned i = 0; i < CROWD; i++)
		must_start(&threads[i], "crowd", crowd_run, &c);
	sync_sleep_until(sync_now_ns() + 30 * NS_PER_MS);
	for (unsigned i = 0; i < CROWD; i++) {
		if (offer_some(&g, 2 * i, 2, LEN) != GATE_TAKEN)
			abort();
		ok(reaches(&c.have, i + 1), "work %u of %d wakes one more", i + 1, CROWD);
	}
	queue_close(c.q);
	sync_flag_set(&c.go);
	for (unsigned i = 0; i < CROWD; i++)
		sync_thread_join(&threads[i]);
	is_int(status_of(c.q).sums.stored, 2 * CROWD, "all end");
	sync_flag_done(&c.go);
	queue_free(c.q);
}

int main(void)
{
	static const enum gate_policy block[] = {GATE_BLOCK, GATE_BLOCK, GATE_BLOCK},
				      drop[] = {GATE_DROP_NEWEST, GATE_DROP_OLDEST, GATE_DROP_OLDEST},
				      mix[] = {GATE_BLOCK, GATE_DROP_NEWEST, GATE_DROP_OLDEST};

	test_watchers();
	test_stress("block", block, false);
	test_stress("drop", drop, false);
	test_stress("mixed", mix, false);
	test_stress("mixed, abandoned", mix, true);
	return done_testing();
}
