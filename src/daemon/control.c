/* Hears requests on the control socket and answers each with one JSON line. */
#include "daemon/control.h"

#include <string.h>

#include "base/mem.h"
#include "base/sync.h"
#include "conf/hint.h"
#include "daemon/control_verbs.h"
#include "net/endpoint.h"

#define PROTOCOL 1
#define SOCKET_MODE 0660

struct control {
	struct control_opts opts;
	struct control_view view;
	struct endpoint *endpoint;
};

struct control_verb {
	const char *name;
	json_t *(*tell)(const struct control_view *v);
	const char *prose;
};

static const struct control_verb verbs[] = {
	{"status", control_status, "how daemon, stores and listeners stand"},
	{"audit", control_audit, "the books of every store and listener"},
	{"loss", control_loss, "what this run has lost, by listener and reason"},
};

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
static const struct control_verb *understand(const char *line, size_t len, struct err *reterr)
{
	const struct control_verb *verb = NULL;
	json_error_t why;
	json_t *request;
	json_int_t v;

	if (!line) {
		err_set(reterr, EXIT_USAGE, "the request has more than %d bytes", ENDPOINT_LINE);
		return NULL;
	}
	request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	v = json_integer_value(json_object_get(request, "v"));
	if (!request)
		err_set(reterr, EXIT_USAGE, "the request is not JSON: %s", why.text);
	else if (!json_is_object(request))
		err_set(reterr, EXIT_USAGE, "the request is not a JSON object");
	else if (v != PROTOCOL)
		err_set(reterr, EXIT_USAGE, "the request needs \"v\":%d: this daemon speaks no other version", PROTOCOL);
	else if (!json_is_string(json_object_get(request, "verb")))
		err_set(reterr, EXIT_USAGE, "the request has no \"verb\"");
	else
		verb = find_verb(json_string_value(json_object_get(request, "verb")), reterr);
	json_decref(request);
	return verb;
}

/* Takes the answer; gives its text, NULL without memory. */
static char *print(json_t *answer, size_t *ret_len)
{
	size_t size = answer ? json_dumpb(answer, NULL, 0, JSON_COMPACT) : 0;
	char *text = size > 0 ? mem_alloc(size) : NULL;

	if (text)
		*ret_len = json_dumpb(answer, text, size, JSON_COMPACT);
	json_decref(answer);
	return text;
}

static char *answer(void *arg, const struct endpoint_peer *peer UNUSED, const char *line, size_t len, size_t *ret_len)
{
	static const char no_memory[] = "{\"v\":1,\"ok\":false,\"exit\":70,\"error\":\"out of memory\"}";
	struct control *c = arg;
	struct err err;
	const struct control_verb *verb = understand(line, len, &err);
	char *text;

	if (verb)
		text = print(json_pack("{s:i, s:b, s:s, s:o}", "v", PROTOCOL, "ok", 1, "verb", verb->name, "data",
				       verb->tell(&c->view)),
			     ret_len);
	else
		text = print(json_pack("{s:i, s:b, s:i, s:o}", "v", PROTOCOL, "ok", 0, "exit", err.exit_code, "error",
				       control_text(err.text)),
			     ret_len);
	if (!text && (text = mem_strdup(no_memory)))
		*ret_len = sizeof(no_memory) - 1;
	return text;
}

struct control *control_open(const struct control_opts *opts, struct err *reterr)
{
	struct control *c = mem_zalloc(1, sizeof(*c));
	const struct endpoint_opts e = {
		.name = "control",
		.path = opts->path,
		.mode = SOCKET_MODE,
		.answer = answer,
		.arg = c,
	};

	if (!c) {
		err_set(reterr, EXIT_INTERNAL, "control socket %s: out of memory", opts->path);
		return NULL;
	}
	c->opts = *opts;
	c->view = (struct control_view){.opts = &c->opts, .opened_ns = sync_now_ns()};
	c->endpoint = endpoint_open(&e, reterr);
	if (c->endpoint)
		return c;
	err_prefix(reterr, "control socket ");
	mem_free(c);
	return NULL;
}

void control_close(struct control *c)
{
	if (!c)
		return;
	endpoint_close(c->endpoint);
	mem_free(c);
}
