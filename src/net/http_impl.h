/*
 * http_impl - the inside of the web server: its connections and what is asked of its loop.
 *
 * Owns     see http.h
 * Threads  the server's, but for what stands under the lock
 * Blocks   never
 * Units    _ns monotonic
 * Errors   none of its own
 * Limits   see http.h
 * Upholds  the list of connections is in order of activity, the longest idle first
 *
 * For http*.c alone. libevent's evhttp owns the connections; it does not tell when one is gone, nor does it limit their
 * number or their time. So each has a second reference here, and is looked at after every turn of the loop.
 */
#ifndef NET_HTTP_IMPL_H
#define NET_HTTP_IMPL_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdint.h>

#include "base/sync.h"
#include "net/endpoint_file.h"
#include "net/http.h"
#include "net/sock.h"

struct bufferevent;
struct evconnlistener;
struct evhttp;
struct evhttp_request;

struct http_conn {
	struct http_conn *prev, *next; /* the longest idle first */
	struct bufferevent *bev;
	int64_t active_ns;             /* when it came, or last had asked */
};

/* What another thread wants done. */
struct http_want {
	void (*fn)(void *arg);
	void *arg;
	bool done;
};

struct http {
	struct http_opts opts;
	char *hosts;
	struct sock sock;              /* of TCP */
	struct endpoint_file file;     /* of a unix socket */
	struct event_base *base;
	struct evhttp *evhttp;
	struct evconnlistener *listener;
	int wake_fd;
	struct event wake_ev, sweep_ev, rest_ev;
	bool full, resting, closing, quit;
	int64_t close_by_ns;
	struct http_conn *first, *last;
	unsigned count;
	struct sync_thread thread;

	struct sync_mutex lock;        /* guards the rest */
	struct sync_cond done;
	struct http_want *want;
};

/* For evhttp: the other end of a new connection. arg: the server. */
struct bufferevent *http_conn_new(struct event_base *base, void *arg);
/* The connection has asked something. */
void http_conn_touch(struct http *h, struct bufferevent *bev);
/* After each turn: lets go of what is gone, ends what takes too long, makes room. */
void http_conns_tend(struct http *h);
/* An answer is on its way to somebody. */
bool http_conns_busy(const struct http *h);
/* Lets go of all; before evhttp goes. */
void http_conns_free(struct http *h);
/* Accepts, or does not, as room and descriptors allow. */
void http_accept(struct http *h);

/* For evhttp: a request. arg: the server. */
void http_on_request(struct evhttp_request *req, void *arg);

#endif
