/* Applies the live part of a new configuration: listeners come and go, limits change, nothing else is touched. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "pipe/pipeline_impl.h"

/* A listener that runs now. */
struct running {
	struct running *next;
	char *name;
	struct queue *queue;
	bool ack;
};

static void running_free(struct running *r)
{
	while (r) {
		struct running *next = r->next;

		mem_free(r->name);
		mem_free(r);
		r = next;
	}
}

static void note_running(void *arg, const struct listener_view *v)
{
	struct running **list = arg, *r = mem_zalloc(1, sizeof(*r));

	if (!r || !(r->name = mem_strdup(v->name))) {
		mem_free(r);
		return;
	}
	r->queue = v->queue;
	r->ack = v->ack;
	r->next = *list;
	*list = r;
}

static struct running *running_named(struct running *list, const char *name)
{
	while (list && strcmp(list->name, name))
		list = list->next;
	return list;
}

/* New listeners are bound before anything else is changed: if one cannot be, none is kept. */
static int add_listeners(struct pipeline *p, struct running *list, const struct config *fresh, struct err *reterr)
{
	const struct conf_listener *c, *done;

	for (c = fresh->listeners; c; c = c->next) {
		struct lane *lane = lane_named(p, c->store);
		struct listener_opts opts;

		/* One whose store is not running waits for a restart; the comparison has said so. */
		if (running_named(list, c->name) || !lane)
			continue;
		opts = plan_listener(c, &lane->limits, lane->queue, -1);
		if (net_listen(p->net, &opts, reterr) != 0)
			goto undo;
	}
	return 0;
undo:
	for (done = fresh->listeners; done != c; done = done->next) {
		if (!running_named(list, done->name))
			net_unlisten(p->net, done->name);
	}
	return -1;
}

/* Keys that go together with one that takes a restart stay as they are. */
static void tune_listener(struct pipeline *p, const struct running *r, const struct conf_listener *c)
{
	struct lane *lane = p->lanes;
	struct listener_opts opts;
	struct err why;

	while (lane && lane->queue != r->queue)
		lane = lane->next;
	assert(lane);
	opts = plan_listener(c, &lane->limits, lane->queue, -1);
	if (r->ack)
		opts.overflow = GATE_BLOCK;
	if (2 * c->max_message > lane->limits.queue_bytes)
		opts.max_message = 0; /* as it is */
	if (net_tune(p->net, &opts, &why) != 0)
		log_warning("%s; its old values stay", why.text);
}

int pipeline_tune(struct pipeline *p, const struct config *fresh, struct err *reterr)
{
	struct running *list = NULL;

	net_each(p->net, note_running, &list);
	if (add_listeners(p, list, fresh, reterr) != 0) {
		running_free(list);
		return -1;
	}
	for (const struct running *r = list; r; r = r->next) {
		const struct conf_listener *c = config_listener(fresh, r->name);

		if (c)
			tune_listener(p, r, c);
		else
			net_unlisten(p->net, r->name);
	}
	for (struct lane *lane = p->lanes; lane; lane = lane->next) {
		const struct conf_store *c = config_store(fresh, lane->name);

		if (!c)
			continue;
		queue_tune(lane->queue, (uint32_t)c->batch_messages, c->batch_interval_ns);
		store_set_durability(lane->store, plan_durability(c));
	}
	running_free(list);
	return 0;
}
