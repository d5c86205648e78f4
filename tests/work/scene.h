/*
 * scene - a queue, a pool, and a sink that does as it is told and writes down what it was given.
 *
 * Owns     the queue and the pool, from scene_begin to scene_end
 * Threads  the sink: the pool's workers; the rest: one
 * Blocks   as the script says
 * Units    messages are known by their number
 * Errors   a scene that cannot be set ends the program
 * Limits   SCENE_MESSAGES messages, SCENE_TAKES takes
 * Upholds  what is wrong is counted in `bad`
 */
#ifndef TESTS_WORK_SCENE_H
#define TESTS_WORK_SCENE_H

#include "../core/fixture.h"
#include "base/sync_more.h"
#include "work/pool.h"

#define SCENE_MESSAGES 5000
#define SCENE_TAKES 5000
#define LEN 16

struct scene {
	struct queue *q;
	struct gate gate;
	struct pool *pool;
	uint32_t next_no;

	enum sink_result script[64]; /* the first answers, */
	unsigned script_len;
	_Atomic int then;            /* and all others */
	bool refuse;                 /* every tenth message */
	int64_t slow_ns;
	_Atomic bool hang;
	struct sync_flag release;

	_Atomic int errands;        /* how often it wants to be tended again, */
	_Atomic int64_t errand_ns;  /* so much later */
	_Atomic unsigned inside, bad, calls, tends, failures, finished, settles, ok_calls;
	uint64_t last_ticket;        /* of a store that was answered with anything but OK */
	bool again;
	uint32_t again_first, again_count;
	uint64_t tickets[SCENE_TAKES];
	uint32_t stored[SCENE_MESSAGES];
	unsigned stored_count;
	struct err why;
	unsigned abandoned_takes;
};

static void scene_keep(struct scene *s, struct take *t)
{
	for (uint32_t i = 0; i < t->slice_count; i++) {
		for (uint32_t k = 0; k < t->slices[i].count; k++) {
			struct msg *m = &batch_msgs(t->slices[i].batch)[t->slices[i].first + k];
			uint32_t no = stamp_of(t->slices[i].batch, m).no;

			m->refused = s->refuse && no % 10 == 3;
			if (!m->refused && s->stored_count < SCENE_MESSAGES)
				s->stored[s->stored_count++] = no;
		}
	}
}

static uint32_t scene_first(const struct take *t)
{
	const struct slice *s = t->slices;

	return t->slice_count ? stamp_of(s->batch, &batch_msgs(s->batch)[s->first]).no : 0;
}

static enum sink_result scene_store(void *self, struct take *t, struct err *reterr)
{
	struct scene *s = self;
	unsigned call = s->calls++;
	enum sink_result result = call < s->script_len ? s->script[call] : (enum sink_result)s->then;

	s->bad += ++s->inside != 1;
	if (s->again)
		s->bad += t->ticket != s->last_ticket || t->messages != s->again_count || scene_first(t) != s->again_first;
	if (s->hang)
		sync_flag_wait_until(&s->release, SYNC_FOREVER);
	if (s->slow_ns)
		sync_sleep_until(sync_now_ns() + (int64_t)(call % 4) * s->slow_ns);
	s->again = result != SINK_OK;
	s->last_ticket = t->ticket;
	s->again_count = (uint32_t)t->messages;
	s->again_first = scene_first(t);
	if (result == SINK_OK) {
		scene_keep(s, t);
		s->ok_calls++;
	} else {
		err_set(reterr, EXIT_IO, "store test: answer %d", (int)result);
	}
	s->inside--;
	return result;
}

static int64_t scene_tend(void *self)
{
	struct scene *s = self;

	s->bad += s->inside != 0;
	s->tends++;
	return s->errands > 0 && s->errands-- > 0 ? sync_now_ns() + s->errand_ns : SYNC_FOREVER;
}

static void scene_settled(void *arg, const struct take *t, enum take_outcome outcome)
{
	struct scene *s = arg;

	s->bad += t->ticket != s->settles || s->inside != 0;
	s->settles++;
	s->abandoned_takes += outcome == TAKE_ABANDONED;
	/* The slices can still be read, and the books know already. */
	if (t->slice_count)
		s->bad += stamp_of(t->slices[0].batch, batch_msgs(t->slices[0].batch)).source != 0;
	s->bad += outcome == TAKE_STORED && status_of(s->q).sums.stored + status_of(s->q).sums.lost[LOSS_STORE] < t->messages;
	s->again = false;
}

static void scene_failed(void *arg, const struct err *why)
{
	struct scene *s = arg;

	s->why = *why;
	s->failures++;
}

static void scene_finished(void *arg)
{
	((struct scene *)arg)->finished++;
}

static const struct sink_ops scene_ops = {scene_store, scene_tend};

/* A queue, its gate, and how the sink will answer; no pool yet. */
static void scene_begin(struct scene *s, uint32_t batch_count)
{
	*s = (struct scene){.then = SINK_OK};
	sync_flag_init(&s->release, "release");
	s->q = make_queue(SCENE_MESSAGES, 1000000000, batch_count, 0, NULL, NULL);
	s->gate = make_gate(s->q, "l", GATE_BLOCK);
}

static void scene_offer(struct scene *s, uint32_t n)
{
	for (uint32_t k; n > 0; n -= k) {
		k = n < 7 ? n : 7;
		if (offer_some(&s->gate, s->next_no, k, LEN) != GATE_TAKEN)
			abort();
		s->next_no += k;
	}
}

static struct pool_opts scene_opts(struct scene *s, unsigned workers)
{
	return (struct pool_opts){
		.name = "test",
		.workers = workers,
		.queue = s->q,
		.sink = {&scene_ops, s},
		.settled = scene_settled,
		.failed = scene_failed,
		.finished = scene_finished,
		.arg = s,
	};
}

static void scene_start(struct scene *s, unsigned workers)
{
	struct pool_opts opts = scene_opts(s, workers);
	struct err why;

	s->pool = pool_start(&opts, &why);
	if (!s->pool)
		abort();
}

static void scene_end(struct scene *s)
{
	pool_free(s->pool);
	queue_free(s->q);
	sync_flag_done(&s->release);
}

/* Numbers 0 … n-1 were stored, each once and in order. */
static bool scene_all_stored(const struct scene *s, uint32_t n)
{
	bool good = s->stored_count == n;

	for (uint32_t i = 0; i < n && good; i++)
		good &= s->stored[i] == i;
	return good;
}

/* Waits until a number is reached; false after ten seconds. */
static bool scene_reaches(_Atomic unsigned *what, unsigned n)
{
	int64_t until = sync_now_ns() + 10 * NS_PER_S;

	while (*what < n && sync_now_ns() < until)
		sync_sleep_until(sync_now_ns() + NS_PER_MS / 2);
	return *what >= n;
}

#endif
