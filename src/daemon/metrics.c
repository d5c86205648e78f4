/* Opens and closes the web server, and hands it the pipeline while there is one. */
#include "daemon/metrics_impl.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "daemon/daemon.h"

int metrics_open(const struct config *conf, const struct control_opts *about, struct metrics **ret, struct err *reterr)
{
	struct metrics *m;
	struct http_opts opts = {
		.name = "web",
		.addr = &conf->metrics.addr,
		.hosts = conf->metrics.hosts,
		.answer = metrics_answer,
	};
	char url[HTTP_URL];

	*ret = NULL;
	if (!*conf->metrics.address)
		return 0;
	m = mem_zalloc(1, sizeof(*m));
	if (!m) {
		err_set(reterr, EXIT_INTERNAL, "metrics: out of memory");
		return -1;
	}
	m->about = *about;
	m->about.pipeline = NULL;
	m->about.rates = NULL;
	m->view = (struct control_view){.opts = &m->about, .opened_ns = sync_now_ns()};
	opts.arg = m;
	m->http = http_open(&opts, reterr);
	if (!m->http) {
		err_prefix(reterr, "metrics: ");
		mem_free(m);
		return -1;
	}
	http_url(m->http, url, sizeof(url));
	log_notice("metrics and status page: %s", url);
	*ret = m;
	return 0;
}

/* ---- between two answers ---- */

struct change {
	struct metrics *metrics;
	struct pipeline *pipeline;
	struct control_rates *rates;
	struct newest *newest; /* in: the new one; out: the old one */
};

static void put_newest(struct change *c)
{
	struct newest *old = c->metrics->newest;

	c->metrics->newest = c->newest;
	c->newest = old;
}

static void attach(void *arg)
{
	struct change *c = arg;

	c->metrics->about.pipeline = c->pipeline;
	c->metrics->about.rates = c->rates;
	c->metrics->phase = METRICS_SERVING;
	put_newest(c);
}

static void tune(void *arg)
{
	put_newest(arg);
}

static void detach(void *arg)
{
	struct change *c = arg;

	c->metrics->phase = METRICS_GONE;
	c->metrics->about.pipeline = NULL;
	c->metrics->about.rates = NULL;
	put_newest(c);
}

/* The page can do without. */
static struct newest *start_newest(const struct config *conf)
{
	struct err err;
	struct newest *n = NULL;

	if (conf->metrics.messages > 0 && !(n = newest_start(conf->stores, (unsigned)conf->metrics.messages, &err)))
		log_warning("status page without messages: %s", err.text);
	return n;
}

void metrics_attach(struct metrics *m, struct pipeline *p, struct control_rates *rates, const struct config *conf)
{
	struct change c = {.metrics = m, .pipeline = p, .rates = rates};

	if (!m)
		return;
	c.newest = start_newest(conf);
	http_call(m->http, attach, &c);
	newest_stop(c.newest);
}

void metrics_tune(struct metrics *m, const struct config *fresh)
{
	struct change c = {.metrics = m};

	if (!m)
		return;
	if (!http_set_hosts(m->http, fresh->metrics.hosts))
		log_warning("metrics.hosts: not applied: out of memory");
	/* m->newest is only changed from this thread. */
	if (newest_most(m->newest) == (unsigned)fresh->metrics.messages)
		return;
	c.newest = start_newest(fresh);
	http_call(m->http, tune, &c);
	newest_stop(c.newest);
}

void metrics_detach(struct metrics *m)
{
	struct change c = {.metrics = m};

	if (!m)
		return;
	http_call(m->http, detach, &c);
	newest_stop(c.newest);
}

void metrics_close(struct metrics *m)
{
	if (!m)
		return;
	metrics_detach(m);
	http_close(m->http);
	mem_free(m);
}

/* ---- a reload ---- */

static bool same_address(const struct config *a, const struct config *b)
{
	return !strcmp(a->metrics.address, b->metrics.address);
}

int metrics_prepare(struct daemon *d, const struct config *fresh, struct metrics **ret, struct err *reterr)
{
	struct control_opts about = daemon_about(d);

	*ret = d->metrics;
	return same_address(d->config, fresh) ? 0 : metrics_open(fresh, &about, ret, reterr);
}

void metrics_apply(struct daemon *d, const struct config *fresh, struct metrics *prepared)
{
	if (prepared == d->metrics) {
		metrics_tune(d->metrics, fresh);
		return;
	}
	metrics_attach(prepared, d->pipeline, d->rates, fresh);
	metrics_close(d->metrics);
	d->metrics = prepared;
}

void metrics_discard(struct daemon *d, struct metrics *prepared)
{
	if (prepared != d->metrics)
		metrics_close(prepared);
}
