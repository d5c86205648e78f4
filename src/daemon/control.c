/* Hears requests on the control socket and answers each with one JSON line. */
#include "daemon/control.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "conf/hint.h"
#include "daemon/control_access.h"
#include "daemon/control_drain.h"
#include "daemon/control_orders.h"
#include "daemon/control_verbs.h"
#include "net/endpoint.h"

#define PROTOCOL 1
#define SOCKET_MODE 0660

struct control {
	struct control_opts opts;
	struct control_view view;
	struct control_orders orders;
	struct control_drain drain;
	struct endpoint *endpoint;  /* the main thread's */
	struct endpoint *drains_at; /* the same, for the endpoint's thread */
};

/* A request as it is being looked at. */
struct request {
	const struct endpoint_peer *peer;
	json_t *json;
};

struct control_verb {
	const char *name;
	json_t *(*tell)(const struct control_view *v);
	/* Of a verb that is answered later: begins it. -1 with reterr. */
	int (*begin)(struct control *c, const struct request *r, struct err *reterr);
	bool changes; /* for root and the daemon's user alone */
	const char *prose;
};

/* ---- verbs that are answered later, or change something ---- */

static int order(struct control *c, enum order_kind kind, const struct request *r, struct err *reterr)
{
	struct control_order o;

	if (!c->opts.event) {
		err_set(reterr, EXIT_UNAVAILABLE, "this daemon takes no orders");
		return -1;
	}
	if (order_read(kind, r->json, &o, reterr) < 0)
		return -1;
	o.client = r->peer->client;
	if (orders_add(&c->orders, &o, reterr) < 0)
		return -1;
	c->opts.event(c->opts.arg, CONTROL_ORDERED);
	return 0;
}

static int begin_reload(struct control *c, const struct request *r, struct err *reterr)
{
	return order(c, ORDER_RELOAD, r, reterr);
}

static int begin_loglevel(struct control *c, const struct request *r, struct err *reterr)
{
	return order(c, ORDER_LOGLEVEL, r, reterr);
}

static int begin_drain(struct control *c, const struct request *r, struct err *reterr)
{
	c->drains_at = r->peer->endpoint;
	return drain_begin_request(&c->drain, c->opts.pipeline, r->peer->client, r->json, reterr);
}

static json_t *tell_dump(const struct control_view *v)
{
	if (v->opts->event)
		v->opts->event(v->opts->arg, CONTROL_DUMP);
	return control_dump(v);
}

static const struct control_verb verbs[] = {
	{"status", control_status, NULL, false, "how daemon, stores and listeners stand"},
	{"stats", control_stats, NULL, false, "every number as a metric, or as Prometheus reads it"},
	{"audit", control_audit, NULL, false, "the books of every store and listener"},
	{"loss", control_loss, NULL, false, "what this run has lost, by listener and reason"},
	{"dump", tell_dump, NULL, true, "who holds and who waits for what; the whole of it goes to the log"},
	{"loglevel", NULL, begin_loglevel, true, "how loud the log is, for a while"},
	{"reload", NULL, begin_reload, true, "the configuration anew, answered when it is in force or refused"},
	{"drain", NULL, begin_drain, true, "nothing is read until all that came in is committed"},
};

/* ---- requests ---- */

static const struct control_verb *find_verb(const char *name, struct err *reterr)
{
	struct hint hint = {.given = name};

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
		hint_offer(&hint, verbs[i].name);
	}
	err_set(reterr, EXIT_USAGE, "unknown verb \"%s\"%s%s%s", name, hint.best ? "; did you mean \"" : "",
		hint.best ? hint.best : "", hint.best ? "\"?" : "");
	return NULL;
}

/* The verb that a request asks for; NULL with reterr. */
static const struct control_verb *understand(struct request *r, const char *line, size_t len, struct err *reterr)
{
	json_error_t why;
	json_int_t v;

	if (!line) {
		err_set(reterr, EXIT_USAGE, "the request has more than %d bytes", ENDPOINT_LINE);
		return NULL;
	}
	r->json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	v = json_integer_value(json_object_get(r->json, "v"));
	if (!r->json)
		err_set(reterr, EXIT_USAGE, "the request is not JSON: %s", why.text);
	else if (!json_is_object(r->json))
		err_set(reterr, EXIT_USAGE, "the request is not a JSON object");
	else if (v != PROTOCOL)
		err_set(reterr, EXIT_USAGE, "the request needs \"v\":%d: this daemon speaks no other version", PROTOCOL);
	else if (!json_is_string(json_object_get(r->json, "verb")))
		err_set(reterr, EXIT_USAGE, "the request has no \"verb\"");
	else
		return find_verb(json_string_value(json_object_get(r->json, "verb")), reterr);
	return NULL;
}

static bool allowed(const struct control_verb *verb, const struct request *r, struct err *reterr)
{
	if (verb->changes ? access_may_change(r->peer) : access_may_look(r->peer))
		return true;
	err_set(reterr, EXIT_PERMISSION, "%s is for %s", verb->name,
		verb->changes ? "root and the daemon's user alone" : "root, the daemon's user and its group");
	log_about(LOG_LV_WARNING, (&(struct log_about){.key = verb->name}),
		  "control socket: %s refused to process %d (uid %d)", verb->name, (int)r->peer->pid, (int)r->peer->uid);
	return false;
}

/* ---- answers ---- */

/* Takes the answer; gives its text, NULL without memory. */
static char *print(json_t *answer, size_t *ret_len)
{
	static const char no_memory[] = "{\"v\":1,\"ok\":false,\"exit\":70,\"error\":\"out of memory\"}";
	size_t size = answer ? json_dumpb(answer, NULL, 0, JSON_COMPACT) : 0;
	char *text = size > 0 ? mem_alloc(size) : NULL;

	if (text)
		*ret_len = json_dumpb(answer, text, size, JSON_COMPACT);
	else if ((text = mem_strdup(no_memory)))
		*ret_len = sizeof(no_memory) - 1;
	json_decref(answer);
	return text;
}

static char *print_data(const char *verb, json_t *data, size_t *ret_len)
{
	return print(json_pack("{s:i, s:b, s:s, s:o}", "v", PROTOCOL, "ok", 1, "verb", verb, "data", data), ret_len);
}

/* Takes data, which may be NULL: then there is none. */
static char *print_error(json_t *data, const struct err *err, size_t *ret_len)
{
	json_t *answer = json_pack("{s:i, s:b, s:i, s:o}", "v", PROTOCOL, "ok", 0, "exit", err->exit_code, "error",
				   control_text(err->text));

	if (data && json_object_set_new(answer, "data", data) < 0)
		log_warning("out of memory: an answer over the control socket is not complete");
	return print(answer, ret_len);
}

static char *answer(void *arg, const struct endpoint_peer *peer, const char *line, size_t len, size_t *ret_len)
{
	struct control *c = arg;
	struct request r = {.peer = peer};
	struct err err;
	const struct control_verb *verb = understand(&r, line, len, &err);
	char *text = NULL;

	if (verb && !allowed(verb, &r, &err))
		verb = NULL;
	if (verb && verb->changes)
		log_notice("control socket: %s, asked by process %d (uid %d)", verb->name, (int)peer->pid, (int)peer->uid);
	if (verb && verb->begin && verb->begin(c, &r, &err) < 0)
		verb = NULL;
	c->view.request = r.json;
	if (!verb)
		text = print_error(NULL, &err, ret_len);
	else if (verb->begin)
		*ret_len = ENDPOINT_LATER;
	else
		text = print_data(verb->name, verb->tell(&c->view), ret_len);
	c->view.request = NULL;
	json_decref(r.json);
	return text;
}

/* ---- what the main thread, or time, has brought ---- */

struct control_order *control_next_order(struct control *c)
{
	return c ? orders_next(&c->orders) : NULL;
}

/* Takes data. */
static void reply(struct control *c, struct endpoint *e, uint64_t client, const char *verb, json_t *data,
		  const struct err *err)
{
	json_t *whoami = control_whoami(&c->view);
	size_t len = 0;
	char *text;

	if (data && whoami && json_object_set(data, "daemon", whoami) < 0)
		log_warning("out of memory: an answer over the control socket is not complete");
	json_decref(whoami);
	text = err ? print_error(data, err, &len) : print_data(verb, data, &len);
	endpoint_reply(e, client, text, len);
}

void control_answer(struct control *c, uint64_t client, const char *verb, json_t *data, const struct err *err)
{
	reply(c, c->endpoint, client, verb, data, err);
}

static unsigned tick(void *arg)
{
	struct control *c = arg;
	uint64_t client = c->drain.client;
	json_t *data = NULL;
	struct err err;

	if (drain_tick(&c->drain, c->opts.pipeline, &data, &err))
		reply(c, c->drains_at, client, "drain", data, err.exit_code == EXIT_CLEAN ? NULL : &err);
	return c->drain.active ? DRAIN_LOOK_MS : 0;
}

/* ---- life ---- */

static void free_control(struct control *c)
{
	if (c->drain.active)
		pipeline_pause(c->opts.pipeline, false);
	orders_done(&c->orders);
	mem_free(c);
}

struct control *control_open(const struct control_opts *opts, struct err *reterr)
{
	struct control *c = mem_zalloc(1, sizeof(*c));
	const struct endpoint_opts e = {
		.name = "control",
		.path = opts->path,
		.mode = SOCKET_MODE,
		.answer = answer,
		.tick = tick,
		.arg = c,
	};

	if (!c) {
		err_set(reterr, EXIT_INTERNAL, "control socket %s: out of memory", opts->path);
		return NULL;
	}
	c->opts = *opts;
	c->view = (struct control_view){.opts = &c->opts, .opened_ns = sync_now_ns()};
	orders_init(&c->orders);
	c->endpoint = endpoint_open(&e, reterr);
	if (c->endpoint)
		return c;
	err_prefix(reterr, "control socket ");
	free_control(c);
	return NULL;
}

void control_close(struct control *c)
{
	if (!c)
		return;
	endpoint_close(c->endpoint);
	free_control(c);
}
