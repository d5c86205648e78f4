/* Workers: take a batch's worth and a ticket, wait for the turn, store, book it, take the next. */
#include "work/pool_impl.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define RETRY_FIRST_NS (5 * NS_PER_MS)
#define RETRY_MOST_NS (200 * NS_PER_MS)
#define RETRY_QUIET_NS (100 * NS_PER_MS)
#define RETRY_LOG_NS (10 * NS_PER_S)

/* ---- what the status tells ---- */

static void note_busy(struct pool *p, int by)
{
	sync_lock(&p->lock);
	p->status.busy += (unsigned)by;
	sync_unlock(&p->lock);
}

static void note_commit(struct pool *p, uint64_t messages, int64_t begun_ns)
{
	int64_t now_ns = sync_now_ns(), took_ns = now_ns - begun_ns;

	histogram_add(&p->histograms[HISTOGRAM_COMMIT_TIME], HISTOGRAM_COMMIT_TIME, (uint64_t)took_ns);
	histogram_add(&p->histograms[HISTOGRAM_COMMIT_ROWS], HISTOGRAM_COMMIT_ROWS, messages);
	sync_lock(&p->lock);
	p->status.commits++;
	p->status.last_commit_ns = now_ns;
	p->status.last_commit_took_ns = took_ns;
	p->status.retrying = false;
	sync_unlock(&p->lock);
}

static void note_retry(struct pool *p, const struct err *why)
{
	sync_lock(&p->lock);
	p->status.retries++;
	p->status.retrying = true;
	p->status.why = *why;
	sync_unlock(&p->lock);
}

static void note_given_up(struct pool *p)
{
	sync_lock(&p->lock);
	p->status.retrying = false;
	sync_unlock(&p->lock);
}

/* The first failure is told; true for the one that is. */
static bool note_failure(struct pool *p, const struct err *why)
{
	bool first;

	sync_lock(&p->lock);
	first = !p->status.failed;
	p->status.failed = true;
	p->status.retrying = false;
	if (first)
		p->status.why = *why;
	sync_unlock(&p->lock);
	return first;
}

static bool has_failed(struct pool *p)
{
	bool failed;

	sync_lock(&p->lock);
	failed = p->status.failed;
	sync_unlock(&p->lock);
	return failed;
}

/* One more step is done; from now on it works, or waits. */
static void note_step(struct worker *w, bool working)
{
	counter_add(&w->steps, 1);
	counter_set(&w->working, working);
}

/* ---- one take ---- */

/* How the tries of one take have gone so far. */
struct tries {
	int64_t begun_ns, wait_ns, log_ns;
	bool told;
};

/* Waits a little before the next try; false if there is to be none. quiet: somebody has told why. */
static bool pause_retry(struct worker *w, const struct take *t, const struct err *why, struct tries *tries, bool quiet)
{
	struct pool *p = w->pool;
	int64_t now = sync_now_ns();

	note_step(w, true);
	note_retry(p, why);
	/* A short BUSY is everyday life: a line only once it lasts, then one in ten seconds. */
	if (!quiet && now >= tries->log_ns) {
		log_warning("%s, holding %" PRIu64 " messages, retrying in %" PRId64 " ms", why->text, t->messages,
			    tries->wait_ns / NS_PER_MS);
		tries->log_ns = now + RETRY_LOG_NS;
		tries->told = true;
	}
	if (sync_flag_wait_until(&p->give_up, now + tries->wait_ns)) {
		note_given_up(p);
		return false;
	}
	tries->wait_ns = tries->wait_ns * 2 < RETRY_MOST_NS ? tries->wait_ns * 2 : RETRY_MOST_NS;
	return true;
}

/* What of a take became rows: all but the refused. */
static uint64_t rows_of(const struct take *t)
{
	uint64_t rows = t->messages;

	for (uint32_t i = 0; i < t->slice_count; i++) {
		const struct slice *s = &t->slices[i];

		for (uint32_t k = 0; k < s->count; k++)
			rows -= batch_msgs(s->batch)[s->first + k].refused;
	}
	return rows;
}

static void fail(struct pool *p, const struct take *t, const struct err *why)
{
	log_error("%s; worker gives up, holding %" PRIu64 " messages of ticket %" PRIu64, why->text, t->messages, t->ticket);
	if (note_failure(p, why) && p->opts.failed)
		p->opts.failed(p->opts.arg, why);
	/* A store that can never work is not asked again: what is left is counted, not tried. */
	pool_give_up(p);
}

/* Tries until it is stored, or given up. In turn. */
static enum take_outcome store_take(struct worker *w, struct take *t)
{
	struct pool *p = w->pool;
	struct sink sink = p->opts.sink;
	struct tries tries = {.begun_ns = sync_now_ns(), .wait_ns = RETRY_FIRST_NS};

	/* An errand: the sink is only to be tended. */
	if (!t->messages && !t->loss_count)
		return TAKE_STORED;
	tries.log_ns = tries.begun_ns + RETRY_QUIET_NS;
	for (;;) {
		struct err why = {0};
		int64_t begun_ns = sync_now_ns();
		enum sink_result result;

		log_debug("ticket %" PRIu64 ": begin, %" PRIu64 " messages", t->ticket, t->messages);
		result = sink.ops->store(sink.self, t, &why);
		switch (result) {
		case SINK_OK:
			note_commit(p, t->messages, begun_ns);
			log_debug("ticket %" PRIu64 ": commit, %" PRIu64 " rows, %.1f ms", t->ticket, rows_of(t),
				  (double)(sync_now_ns() - begun_ns) / NS_PER_MS);
			if (tries.told)
				log_notice("store %s: storing again after %" PRId64 " ms, nothing lost by the wait", p->name,
					   (sync_now_ns() - tries.begun_ns) / NS_PER_MS);
			return TAKE_STORED;
		case SINK_BUSY:
		case SINK_FULL:
		case SINK_IOERR:
		case SINK_HELD:
			if (!pause_retry(w, t, &why, &tries, result == SINK_HELD))
				return TAKE_ABANDONED;
			break;
		case SINK_FATAL:
			fail(p, t, &why);
			return TAKE_ABANDONED;
		}
	}
}

/* What the sink wants to do beside storing. In turn. */
static void tend(struct pool *p)
{
	struct sink sink = p->opts.sink;
	int64_t next_ns = sink.ops->tend ? sink.ops->tend(sink.self) : SYNC_FOREVER;

	/* Mostly it is never, and was. */
	if (next_ns != SYNC_FOREVER || p->errand_ns != SYNC_FOREVER)
		queue_errand(p->opts.queue, next_ns);
	p->errand_ns = next_ns;
}

static void serve(struct worker *w, struct take *t)
{
	struct pool *p = w->pool;
	enum take_outcome outcome;

	log_debug("ticket %" PRIu64 ": about to enter the writer of %s", t->ticket, p->name);
	note_step(w, false);
	turnstile_enter(&p->turnstile, t->ticket);
	note_step(w, true);
	log_debug("ticket %" PRIu64 ": has the writer of %s", t->ticket, p->name);
	/* Once given up, one more try is still owed to whoever was only waiting for the turn; none after a failure. */
	outcome = has_failed(p) ? TAKE_ABANDONED : store_take(w, t);
	note_step(w, true);
	queue_settle(p->opts.queue, t, outcome);
	if (p->opts.settled)
		p->opts.settled(p->opts.arg, t, outcome);
	if (outcome == TAKE_STORED)
		tend(p);
	note_step(w, true);
	turnstile_leave(&p->turnstile, t->ticket);
	log_debug("ticket %" PRIu64 ": released the writer of %s", t->ticket, p->name);
}

static void worker_run(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	bool last;

	sync_barrier_wait(&p->start);
	while (queue_take(p->opts.queue, &w->take) == TAKE_WORK) {
		note_step(w, true);
		note_busy(p, +1);
		serve(w, &w->take);
		take_reset(&w->take);
		note_busy(p, -1);
		note_step(w, false);
	}
	sync_lock(&p->lock);
	last = --p->working == 0;
	sync_broadcast(&p->left);
	sync_unlock(&p->lock);
	if (last && p->opts.finished)
		p->opts.finished(p->opts.arg);
}

/* ---- the pool ---- */

static struct pool *pool_new(const struct pool_opts *opts)
{
	struct pool *p = mem_zalloc(1, sizeof(*p) + opts->workers * sizeof(p->workers[0]));

	if (!p)
		return NULL;
	p->opts = *opts;
	snprintf(p->name, sizeof(p->name), "%s", opts->name);
	p->opts.name = p->name;
	turnstile_init(&p->turnstile, "turnstile");
	/* The workers and whoever starts them. */
	sync_barrier_init(&p->start, "start", opts->workers + 1);
	sync_flag_init(&p->give_up, "give up");
	sync_mutex_init(&p->lock, "pool");
	sync_cond_init(&p->left, "left");
	p->status.workers = opts->workers;
	p->errand_ns = SYNC_FOREVER;
	return p;
}

static void pool_delete(struct pool *p)
{
	for (unsigned i = 0; i < p->opts.workers; i++)
		take_done(&p->workers[i].take);
	sync_cond_done(&p->left);
	sync_mutex_done(&p->lock);
	sync_flag_done(&p->give_up);
	sync_barrier_done(&p->start);
	turnstile_done(&p->turnstile);
	mem_free(p);
}

/* name has SYNC_NAME bytes. */
static void name_worker(const struct pool *p, unsigned index, char *name)
{
	snprintf(name, SYNC_NAME, "%.16s/%u", p->name, (index + 1) % 1000);
}

/* Not all could start: those who did are let through, find the queue closed, and leave. */
static void undo_start(struct pool *p)
{
	queue_close(p->opts.queue);
	sync_barrier_excuse(&p->start, p->opts.workers - p->started);
	sync_barrier_wait(&p->start);
	for (unsigned i = 0; i < p->started; i++)
		sync_thread_join(&p->workers[i].thread);
	pool_delete(p);
}

struct pool *pool_start(const struct pool_opts *opts, struct err *reterr)
{
	struct pool *p;
	char name[SYNC_NAME];

	assert(opts->workers >= 1 && opts->workers <= TURNSTILE_WAITERS);
	p = pool_new(opts);
	if (!p) {
		err_set(reterr, EXIT_INTERNAL, "pool %s: out of memory", opts->name);
		return NULL;
	}
	p->working = opts->workers;
	for (; p->started < opts->workers; p->started++) {
		struct worker *w = &p->workers[p->started];

		w->pool = p;
		take_init(&w->take);
		name_worker(p, p->started, name);
		if (sync_thread_start(&w->thread, name, worker_run, w, reterr) != 0) {
			undo_start(p);
			return NULL;
		}
	}
	sync_barrier_wait(&p->start);
	return p;
}

/* Waits until nobody works any more; false at the deadline or, if that is heeded, as soon as it is
 * to give up. */
static bool await_left(struct pool *p, int64_t deadline_ns, bool heed_give_up)
{
	bool in_time = true;

	sync_lock(&p->lock);
	while (p->working > 0 && in_time && !(heed_give_up && sync_flag_is_set(&p->give_up)))
		in_time = sync_wait_until(&p->left, &p->lock, deadline_ns);
	in_time = p->working == 0;
	sync_unlock(&p->lock);
	return in_time;
}

bool pool_drain(struct pool *p, int64_t deadline_ns, int64_t grace_ns)
{
	if (!await_left(p, deadline_ns, true)) {
		sync_flag_set(&p->give_up);
		queue_abandon(p->opts.queue);
		if (!await_left(p, sync_now_ns() + grace_ns, false))
			return false;
	}
	for (unsigned i = 0; i < p->started; i++)
		sync_thread_join(&p->workers[i].thread);
	return true;
}

void pool_give_up(struct pool *p)
{
	sync_flag_set(&p->give_up);
	sync_lock(&p->lock);
	sync_broadcast(&p->left);
	sync_unlock(&p->lock);
}

void pool_free(struct pool *p)
{
	if (p)
		pool_delete(p);
}

void pool_status(struct pool *p, struct pool_status *ret)
{
	sync_lock(&p->lock);
	*ret = p->status;
	sync_unlock(&p->lock);
}

struct histogram *pool_histograms(struct pool *p)
{
	return p->histograms;
}

void pool_each_worker(struct pool *p, void (*fn)(void *arg, const struct worker_view *v), void *arg)
{
	char name[SYNC_NAME];

	for (unsigned i = 0; i < p->opts.workers; i++) {
		const struct worker *w = &p->workers[i];

		name_worker(p, i, name);
		fn(arg, &(struct worker_view){
			.name = name, .steps = counter_get(&w->steps), .working = counter_get(&w->working) != 0});
	}
}
