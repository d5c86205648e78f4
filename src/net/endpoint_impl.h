/*
 * endpoint_impl - the inside of an endpoint: its clients and what is asked of its loop.
 *
 * Owns     see endpoint.h
 * Threads  the endpoint's, but for what stands under the lock
 * Blocks   never
 * Units    _ns monotonic
 * Errors   none of its own
 * Limits   see endpoint.h
 * Upholds  the list of clients is in order of activity, the longest idle first
 *
 * For endpoint*.c alone.
 */
#ifndef NET_ENDPOINT_IMPL_H
#define NET_ENDPOINT_IMPL_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>

#include "base/sync.h"
#include "net/endpoint.h"
#include "net/endpoint_file.h"

struct bufferevent;

struct client {
	struct client *prev, *next; /* the longest idle first */
	struct endpoint *endpoint;
	struct bufferevent *bev;
	struct endpoint_peer peer;
	int64_t active_ns;          /* when it last asked, or had taken an answer */
	bool eof;                   /* it will not ask any more */
	bool discard;               /* it asked too much: the rest is thrown away */
	bool waits;                 /* its answer comes by endpoint_reply */
};

/* An answer that another thread gave. */
struct endpoint_late {
	struct endpoint_late *next;
	uint64_t client;
	char *text;
	size_t len;
};

struct endpoint {
	struct endpoint_opts opts;
	struct endpoint_file file;
	struct event_base *base;
	int wake_fd;
	struct event accept_ev, wake_ev, rest_ev, idle_ev, tick_ev;
	bool resting, closing;
	struct client *first, *last;
	unsigned count;
	uint64_t serial;            /* of the last client */
	struct sync_thread thread;

	struct sync_mutex lock;     /* guards the rest */
	struct endpoint_late *late, **late_end;
	bool late_lost;             /* there was no memory for one */
	bool close_asked;
};

/* Makes a client of a connection. Takes fd. */
void endpoint_add(struct endpoint *e, int fd);
void endpoint_drop(struct client *c);
/* Gives out what endpoint_reply left. */
void endpoint_take_late(struct endpoint *e);
/* Somebody has made room for others: accepts again. */
void endpoint_resume(struct endpoint *e);
/* Bytes of an answer that the client has not taken yet. */
size_t endpoint_unsent(const struct client *c);
/* Becomes the most active one. */
void endpoint_touch(struct client *c);

#endif
