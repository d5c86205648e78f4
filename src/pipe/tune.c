/* Applies the live part of a new configuration: listeners come and go, limits change, nothing else is touched. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "pipe/pipeline_impl.h"

/* The listeners that run now, by name. */
struct running {
	struct running *next;
	char *name;
	char address[ADDR_URL_TEXT]; /* in force */
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

	/* One that is not noted is taken for new, and its address found in use: the reload is refused. */
	if (!r || !(r->name = mem_strdup(v->name))) {
		mem_free(r);
		return;
	}
	snprintf(r->address, sizeof(r->address), "%s", v->address);
	r->next = *list;
	*list = r;
}

static bool runs(const struct running *list, const char *name)
{
	while (list && strcmp(list->name, name))
		list = list->next;
	return list != NULL;
}

/* The running listener whose address c takes over, as fresh does not have it any more; NULL: none. */
static const char *giver(const struct running *list, const struct conf_listener *c, const struct config *fresh)
{
	char wanted[ADDR_URL_TEXT];

	addr_format(&c->addr, wanted, sizeof(wanted));
	while (list && (strcmp(list->address, wanted) || config_listener(fresh, list->name)))
		list = list->next;
	return list ? list->name : NULL;
}

static struct listener_opts opts_of(struct pipeline *p, const struct conf_listener *c, const struct config *fresh)
{
	return plan_listener(c, config_store(fresh, c->store), lane_named(p, c->store)->queue, -1);
}

/* New listeners are bound before anything else is changed: if one cannot be, none is kept. */
static int add_listeners(struct pipeline *p, const struct running *list, const struct config *fresh, struct err *reterr)
{
	const struct conf_listener *c, *done;

	for (c = fresh->listeners; c; c = c->next) {
		struct listener_opts opts;

		if (runs(list, c->name))
			continue;
		opts = opts_of(p, c, fresh);
		opts.heir_of = giver(list, c, fresh);
		if (net_listen(p->net, &opts, reterr) != 0)
			goto undo;
	}
	return 0;
undo:
	for (done = fresh->listeners; done != c; done = done->next) {
		if (!runs(list, done->name))
			net_unlisten(p->net, done->name);
	}
	return -1;
}

static void tune_listener(struct pipeline *p, const struct conf_listener *c, const struct config *fresh)
{
	struct listener_opts opts = opts_of(p, c, fresh);
	struct err why;

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
			tune_listener(p, c, fresh);
		else
			net_unlisten(p->net, r->name);
	}
	for (struct lane *lane = p->lanes; lane; lane = lane->next) {
		const struct conf_store *c = config_store(fresh, lane->name);
		bool keep, space;

		if (!c)
			continue;
		queue_tune(lane->queue, (uint32_t)c->batch_messages, c->batch_interval_ns);
		store_set_durability(lane->store, plan_durability(c));
		keep = store_set_keep(lane->store, c->keep_age_ns, c->keep_size, c->keep_messages);
		space = store_set_space(lane->store, c->min_free, (uint64_t)c->wal_limit);
		/* What is kept may be less now. */
		if (keep || space)
			queue_errand(lane->queue, sync_now_ns());
	}
	running_free(list);
	return 0;
}
