/* Wires the rooms together: a lane per store, one net before all of them. */
#include "pipe/pipeline.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "pipe/pipeline_impl.h"

/* ---- what the rooms tell ---- */

static void pool_failed(void *arg, const struct err *why)
{
	struct lane *lane = arg;
	struct pipeline *p = lane->pipeline;

	sync_lock(&p->lock);
	if (!p->failed)
		p->failure = *why;
	p->failed = true;
	sync_unlock(&p->lock);
	/* Nothing of this lane will be stored: whoever waits for room in it is told now, not at a deadline. */
	queue_abandon(lane->queue);
	p->opts.event(p->opts.arg, PIPELINE_FAILED);
}

/* ---- up ---- */

struct lane *lane_named(struct pipeline *p, const char *name)
{
	for (struct lane *l = p->lanes; l; l = l->next) {
		if (!strcmp(l->name, name))
			return l;
	}
	return NULL;
}

static void lane_delete(struct lane *lane)
{
	queue_free(lane->queue);
	mem_free(lane->answers);
	mem_free(lane->path);
	mem_free(lane->name);
	mem_free(lane);
}

static struct lane *lane_add(struct pipeline *p, const struct conf_store *conf, struct err *reterr)
{
	struct lane *lane = mem_zalloc(1, sizeof(*lane)), **at = &p->lanes;

	if (!lane || !(lane->name = mem_strdup(conf->name)) || !(lane->path = mem_strdup(conf->path))) {
		if (lane)
			lane_delete(lane);
		err_set(reterr, EXIT_INTERNAL, "store %s: out of memory", conf->name);
		return NULL;
	}
	while (*at)
		at = &(*at)->next;
	*at = lane;
	lane->pipeline = p;
	return lane;
}

/* Store, queue, pool: a lane that fails half-way is taken down by pipeline_free. */
static int lane_open(struct pipeline *p, const struct conf_store *conf, struct err *reterr)
{
	struct store_opts store = plan_store(conf, p->opts.version);
	struct queue_opts queue = plan_queue(conf);
	struct pool_opts pool = {.name = conf->name, .workers = (unsigned)conf->workers};
	struct lane *lane = lane_add(p, conf, reterr);

	if (!lane)
		return -1;
	lane->store = store_open(&store, reterr);
	if (!lane->store)
		return -1;
	queue.wake = net_wake;
	queue.wake_arg = p->net;
	lane->queue = queue_new(&queue, reterr);
	if (!lane->queue)
		return -1;
	pool.queue = lane->queue;
	pool.sink = store_sink(lane->store);
	pool.settled = answers_settled;
	pool.failed = pool_failed;
	pool.arg = lane;
	lane->pool = pool_start(&pool, reterr);
	if (!lane->pool)
		return -1;
	stop_add(&p->stop, &lane->end, lane->queue, lane->pool);
	store_count_steps(lane->store, pool_histograms(lane->pool));
	/* A store may have to be tended before the first message comes. */
	queue_errand(lane->queue, sync_now_ns());
	return 0;
}

static int listeners_open(struct pipeline *p, struct err *reterr)
{
	for (const struct conf_listener *c = p->opts.config->listeners; c; c = c->next) {
		struct lane *lane = lane_named(p, c->store);
		int fd = plan_inherit(p->opts.inherited, p->opts.inherited_count, c);
		struct listener_opts opts;

		assert(lane);
		opts = plan_listener(c, config_store(p->opts.config, c->store), lane->queue, fd);
		if (net_listen(p->net, &opts, reterr) != 0)
			return -1;
	}
	return 0;
}

struct pipeline *pipeline_open(const struct pipeline_opts *opts, struct err *reterr)
{
	struct pipeline *p = mem_zalloc(1, sizeof(*p));

	if (!p) {
		err_set(reterr, EXIT_INTERNAL, "out of memory");
		return NULL;
	}
	p->opts = *opts;
	sync_mutex_init(&p->lock, "pipeline");
	stop_init(&p->stop);
	p->net = net_new(reterr);
	if (!p->net)
		goto fail;
	for (const struct conf_store *c = opts->config->stores; c; c = c->next) {
		if (lane_open(p, c, reterr) != 0)
			goto fail;
	}
	if (listeners_open(p, reterr) != 0)
		goto fail;
	return p;
fail:
	pipeline_free(p);
	return NULL;
}

int pipeline_start(struct pipeline *p, struct err *reterr)
{
	if (net_start(p->net, reterr) != 0)
		return -1;
	p->net_started = true;
	return 0;
}

/* ---- down ---- */

static void lane_free(struct lane *lane)
{
	if (lane->pool && !lane->end.drained) {
		/* No stop was made: the workers have nothing to do but leave. */
		queue_close(lane->queue);
		if (!pool_drain(lane->pool, SYNC_FOREVER, 0))
			return;
	}
	pool_free(lane->pool);
	if (lane->store)
		store_close(lane->store);
	lane->store = NULL;
}

void pipeline_free(struct pipeline *p)
{
	struct lane *lane;

	if (!p)
		return;
	assert(!p->result.stuck);
	if (p->net_started)
		net_finish(p->net, sync_now_ns());
	for (lane = p->lanes; lane; lane = lane->next)
		lane_free(lane);
	/* The net's gates look into the queues until it is gone. */
	if (p->net)
		net_free(p->net);
	while ((lane = p->lanes)) {
		p->lanes = lane->next;
		lane_delete(lane);
	}
	stop_done(&p->stop);
	sync_mutex_done(&p->lock);
	mem_free(p);
}

/* ---- a pause ---- */

void pipeline_pause(struct pipeline *p, bool on)
{
	net_pause(p->net, on);
}

bool pipeline_paused(struct pipeline *p)
{
	return net_paused(p->net);
}

/* ---- looking at it ---- */

void pipeline_each_store(struct pipeline *p, void (*fn)(void *arg, const struct store_view *v), void *arg)
{
	for (struct lane *lane = p->lanes; lane; lane = lane->next) {
		struct store_view v = {.name = lane->name, .path = lane->path, .queue = lane->queue};

		queue_status(lane->queue, &v.queue_status);
		pool_status(lane->pool, &v.pool);
		v.histograms = pool_histograms(lane->pool);
		sync_lock(&p->lock);
		if (lane->store)
			store_status(lane->store, &v.store);
		sync_unlock(&p->lock);
		fn(arg, &v);
	}
}

void pipeline_each_listener(struct pipeline *p, void (*fn)(void *arg, const struct listener_view *v), void *arg)
{
	net_each(p->net, fn, arg);
}

void pipeline_each_gait(struct pipeline *p, void (*fn)(void *arg, const struct store_gait *v), void *arg)
{
	for (struct lane *lane = p->lanes; lane; lane = lane->next) {
		struct queue_status q;
		struct pool_status pool;

		queue_status(lane->queue, &q);
		pool_status(lane->pool, &pool);
		fn(arg, &(struct store_gait){
			.name = lane->name, .queue = lane->queue, .waiting = q.messages,
			.answers = pool.commits + pool.retries});
	}
}

void pipeline_each_worker(struct pipeline *p, void (*fn)(void *arg, const struct worker_view *v), void *arg)
{
	for (struct lane *lane = p->lanes; lane; lane = lane->next)
		pool_each_worker(lane->pool, fn, arg);
}

uint64_t pipeline_turns(struct pipeline *p)
{
	net_wake(p->net);
	return net_turns(p->net);
}

void pipeline_look(struct pipeline *p)
{
	net_look(p->net);
}

void pipeline_when_read(struct pipeline *p, void (*fn)(void *arg, int64_t began_ns), void *arg)
{
	net_when_read(p->net, fn, arg);
}

static void add_totals(struct pipeline_totals *t, const struct queue_status *q)
{
	t->sums.received += q->sums.received;
	t->sums.received_bytes += q->sums.received_bytes;
	t->sums.stored += q->sums.stored;
	t->sums.stored_bytes += q->sums.stored_bytes;
	t->sums.queued += q->sums.queued;
	t->sums.in_flight += q->sums.in_flight;
	for (unsigned r = 0; r < LOSS_REASONS; r++) {
		t->sums.lost[r] += q->sums.lost[r];
		t->sums.lost_bytes[r] += q->sums.lost_bytes[r];
	}
	t->queued += q->messages;
	t->capacity += q->capacity_count;
	t->balanced &= q->balanced;
}

void pipeline_totals(struct pipeline *p, struct pipeline_totals *ret)
{
	*ret = (struct pipeline_totals){.balanced = true};
	sync_lock(&p->lock);
	ret->stopping = p->stopping;
	sync_unlock(&p->lock);
	for (struct lane *lane = p->lanes; lane; lane = lane->next) {
		struct queue_status q;
		struct pool_status pool;

		sync_lock(&p->lock);
		ret->held |= lane->store && store_room(lane->store) == STORE_HELD;
		sync_unlock(&p->lock);
		queue_status(lane->queue, &q);
		pool_status(lane->pool, &pool);
		add_totals(ret, &q);
		ret->failed |= pool.failed;
		ret->retrying |= pool.retrying;
	}
}
