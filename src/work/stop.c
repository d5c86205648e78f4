/* Ends lanes in order: what sources still have goes in, the queues close, the workers come back. */
#include "work/stop.h"

#include "core/queue.h"

void stop_init(struct stop *s)
{
	*s = (struct stop){0};
	sync_mutex_init(&s->lock, "stop");
	sync_cond_init(&s->changed, "stop");
}

void stop_done(struct stop *s)
{
	sync_cond_done(&s->changed);
	sync_mutex_done(&s->lock);
}

void stop_add(struct stop *s, struct stop_lane *lane, struct queue *queue, struct pool *pool)
{
	*lane = (struct stop_lane){.next = s->lanes, .queue = queue, .pool = pool};
	s->lanes = lane;
}

void stop_sources_done(struct stop *s)
{
	sync_lock(&s->lock);
	s->sources_done = true;
	sync_broadcast(&s->changed);
	sync_unlock(&s->lock);
}

void stop_hurry(struct stop *s)
{
	sync_lock(&s->lock);
	s->hurry = true;
	sync_broadcast(&s->changed);
	sync_unlock(&s->lock);
	for (struct stop_lane *lane = s->lanes; lane; lane = lane->next)
		pool_give_up(lane->pool);
}

bool stop_is_hurried(struct stop *s)
{
	bool hurry;

	sync_lock(&s->lock);
	hurry = s->hurry;
	sync_unlock(&s->lock);
	return hurry;
}

/* False at the deadline, or in a hurry if that is heeded. */
static bool await_sources(struct stop *s, int64_t deadline_ns, bool heed_hurry)
{
	bool in_time = true;

	sync_lock(&s->lock);
	while (!s->sources_done && in_time && !(heed_hurry && s->hurry))
		in_time = sync_wait_until(&s->changed, &s->lock, deadline_ns);
	in_time = s->sources_done;
	sync_unlock(&s->lock);
	return in_time;
}

void stop_drain_sources(struct stop *s, int64_t deadline_ns, int64_t grace_ns)
{
	if (await_sources(s, deadline_ns, true))
		return;
	for (struct stop_lane *lane = s->lanes; lane; lane = lane->next)
		queue_abandon(lane->queue);
	await_sources(s, sync_now_ns() + grace_ns, false);
}

bool stop_drain_pools(struct stop *s, int64_t deadline_ns, int64_t grace_ns)
{
	bool all = true;

	for (struct stop_lane *lane = s->lanes; lane; lane = lane->next)
		queue_close(lane->queue);
	for (struct stop_lane *lane = s->lanes; lane; lane = lane->next) {
		lane->drained = pool_drain(lane->pool, deadline_ns, grace_ns);
		all &= lane->drained;
	}
	return all;
}
