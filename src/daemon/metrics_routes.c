/* Finds out what is asked for over HTTP, and answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "daemon/control_metrics.h"
#include "daemon/metrics_impl.h"

#define TEXT_TYPE "text/plain; charset=utf-8"

void metrics_say(struct http_reply *reply, int status, const char *text)
{
	reply->status = status;
	reply->type = TEXT_TYPE;
	reply->body = mem_strdup(text);
	reply->len = reply->body ? strlen(reply->body) : 0;
}

const char *metrics_silence(const struct metrics *m)
{
	static const char *const words[] = {
		[METRICS_STARTING] = "starting",
		[METRICS_SERVING] = NULL,
		[METRICS_GONE] = "stopping",
	};

	return words[m->phase];
}

/* GET /metrics */
static void tell_metrics(struct metrics *m, struct http_reply *reply)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	bool good;

	if (metrics_silence(m)) {
		metrics_say(reply, 503, "There is nothing to count: the daemon is starting or stopping.\n");
		return;
	}
	out = open_memstream(&text, &len);
	good = out && metrics_text(&m->view, out);
	if (out && fclose(out) == 0 && good) {
		metrics_say(reply, 200, text);
		reply->type = METRICS_TYPE;
	}
	free(text);
}

static const struct {
	const char *path;
	void (*answer)(struct metrics *m, struct http_reply *reply);
} routes[] = {
	{"/", page_show},
	{"/status.json", page_status},
	{"/metrics", tell_metrics},
	{"/healthz", health_alive},
	{"/readyz", health_ready},
};

void metrics_answer(void *arg, const struct http_request *r, struct http_reply *reply)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (strcmp(routes[i].path, r->path) != 0)
			continue;
		routes[i].answer(arg, reply);
		return;
	}
	metrics_say(reply, 404, "There is / (a page to look at), /metrics, /healthz and /readyz.\n");
}
