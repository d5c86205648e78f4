/*
 * metrics_impl - the inside of the daemon's HTTP side.
 *
 * Owns     see metrics.h
 * Threads  the members: the web server's thread, but where said otherwise
 * Blocks   see metrics.h
 * Units    none
 * Errors   NULL: no memory
 * Limits   none
 * Upholds  see metrics.h
 *
 * For metrics*.c, health.c and page*.c alone.
 */
#ifndef DAEMON_METRICS_IMPL_H
#define DAEMON_METRICS_IMPL_H

#include "base/json.h"
#include "daemon/control_verbs.h"
#include "daemon/metrics.h"
#include "daemon/page_newest.h"
#include "net/http.h"

enum metrics_phase { METRICS_STARTING, METRICS_SERVING, METRICS_GONE };

struct metrics {
	struct control_opts about;
	struct control_view view;
	enum metrics_phase phase;
	struct http *http;     /* the main thread's */
	struct newest *newest; /* the main thread's, but read on the server's; NULL: none are shown */
};

/* "starting", "stopping"; NULL: there is something to tell. Lends: static. */
const char *metrics_silence(const struct metrics *m);
/* Answers; for net/http. arg: the struct metrics. */
void metrics_answer(void *arg, const struct http_request *r, struct http_reply *reply);
/* A reply of plain text. */
void metrics_say(struct http_reply *reply, int status, const char *text);

/* GET /healthz: 200 unless the verdict of catchbasin status is "failing". */
void health_alive(struct metrics *m, struct http_reply *reply);
/* GET /readyz: 200 while messages are taken in. */
void health_ready(struct metrics *m, struct http_reply *reply);

/* GET /: the page. */
void page_show(struct metrics *m, struct http_reply *reply);
/* GET /status.json: what the page shows. */
void page_status(struct metrics *m, struct http_reply *reply);
/* The lines of the page; @NONCE@ stands where the nonce belongs. Lends: static. Made when the program is built. */
const char *const *page_lines(void);

#endif
