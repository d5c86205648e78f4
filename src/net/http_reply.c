/* Takes a request from evhttp, has it answered, and says what a browser may not do with the answer. */
#include "config.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "net/http_host.h"
#include "net/http_impl.h"

static const struct {
	int status;
	const char *words;
} statuses[] = {
	{200, "OK"},
	{400, "Bad Request"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{421, "Misdirected Request"},
	{500, "Internal Server Error"},
	{503, "Service Unavailable"},
};

static const char *words_of(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].words;
	return "Unknown";
}

/* A short answer in plain text. */
static void say(struct http_reply *reply, int status, const char *text)
{
	*reply = (struct http_reply){.status = status, .type = "text/plain; charset=utf-8", .body = mem_strdup(text)};
	reply->len = reply->body ? strlen(reply->body) : 0;
}

/* Every Host header, and the host of an absolute URL, must be ours. Who comes by a file is past that door. */
static int check_host(const struct http *h, struct evhttp_request *req)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *in_uri = uri ? evhttp_uri_get_host(uri) : NULL;
	bool found = false;

	for (struct evkeyval *e = evhttp_request_get_input_headers(req)->tqh_first; e; e = e->next.tqe_next) {
		if (strcasecmp(e->key, "Host") != 0)
			continue;
		found = true;
		if (h->opts.addr->kind == ADDR_TCP && !http_host_ours(e->value, h->hosts))
			return 421;
	}
	if (h->opts.addr->kind == ADDR_TCP && in_uri && *in_uri && !http_host_ours(in_uri, h->hosts))
		return 421;
	return found || (req->major == 1 && req->minor == 0) ? 0 : 400;
}

static void answer(struct http *h, struct evhttp_request *req, struct http_reply *reply)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(req);
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	int refused = check_host(h, req);
	struct http_request r = {.path = path && *path ? path : "/", .head = method == EVHTTP_REQ_HEAD};

	if (refused == 400)
		say(reply, 400, "The request names no Host.\n");
	else if (refused)
		say(reply, 421, "This server does not go by that name: see hosts in catchbasin.conf(5).\n");
	else if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD)
		say(reply, 405, "There is GET, and HEAD.\n");
	else
		h->opts.answer(h->opts.arg, &r, reply);
	if (reply->status == 0)
		say(reply, 500, "Out of memory.\n");
}

static void release(const void *data UNUSED, size_t len UNUSED, void *body)
{
	mem_free(body);
}

void http_on_request(struct evhttp_request *req, void *arg)
{
	static const char *const always[][2] = {
		{"Cache-Control", "no-store"},
		{"X-Content-Type-Options", "nosniff"},
		{"X-Frame-Options", "DENY"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
	};
	struct http *h = arg;
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
	struct evbuffer *out = evhttp_request_get_output_buffer(req);
	bool head = evhttp_request_get_command(req) == EVHTTP_REQ_HEAD;
	struct http_reply reply = {0};
	char len[24];

	http_conn_touch(h, evhttp_connection_get_bufferevent(evhttp_request_get_connection(req)));
	answer(h, req, &reply);
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		evhttp_add_header(headers, always[i][0], always[i][1]);
	evhttp_add_header(headers, "Content-Security-Policy",
			  *reply.policy ? reply.policy : "default-src 'none'; frame-ancestors 'none'");
	if (reply.status == 405)
		evhttp_add_header(headers, "Allow", "GET, HEAD");
	if (reply.body)
		evhttp_add_header(headers, "Content-Type", reply.type);
	snprintf(len, sizeof(len), "%zu", reply.len);
	evhttp_add_header(headers, "Content-Length", len);
	if (head || !reply.body || evbuffer_add_reference(out, reply.body, reply.len, release, reply.body) < 0)
		mem_free(reply.body);
	evhttp_send_reply(req, reply.status, words_of(reply.status), NULL);
}
