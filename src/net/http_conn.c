/* Watches over the web server's connections: how many, how long, and when one is gone. */
#include "config.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http_impl.h"

/* More than evhttp needs to see that a header is too long; beyond it nothing is read, also while an answer waits to be
 * taken. */
#define INPUT (2 * HTTP_HEADERS)

static void unlink_conn(struct http *h, struct http_conn *c)
{
	*(c->prev ? &c->prev->next : &h->first) = c->next;
	*(c->next ? &c->next->prev : &h->last) = c->prev;
}

/* To the end, as the most active one. */
static void link_conn(struct http *h, struct http_conn *c)
{
	c->active_ns = sync_now_ns();
	c->prev = h->last;
	c->next = NULL;
	*(h->last ? &h->last->next : &h->first) = c;
	h->last = c;
}

struct bufferevent *http_conn_new(struct event_base *base, void *arg)
{
	struct http *h = arg;
	struct http_conn *c = mem_zalloc(1, sizeof(*c));
	struct bufferevent *bev = c ? bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE) : NULL;

	/* evhttp then makes one of its own, or fails for the same reason. */
	if (!bev) {
		mem_free(c);
		return NULL;
	}
	bufferevent_setwatermark(bev, EV_READ, 0, INPUT);
	bufferevent_incref(bev);
	c->bev = bev;
	link_conn(h, c);
	h->count++;
	http_accept(h);
	return bev;
}

void http_conn_touch(struct http *h, struct bufferevent *bev)
{
	for (struct http_conn *c = h->first; c; c = c->next) {
		if (c->bev != bev)
			continue;
		unlink_conn(h, c);
		link_conn(h, c);
		return;
	}
}

static void forget(struct http *h, struct http_conn *c)
{
	unlink_conn(h, c);
	h->count--;
	bufferevent_decref(c->bev);
	mem_free(c);
}

/* evhttp takes its callbacks away when it lets go. */
static bool is_gone(const struct http_conn *c)
{
	bufferevent_event_cb on_event = NULL;

	bufferevent_getcb(c->bev, NULL, NULL, &on_event, NULL);
	return !on_event;
}

static void let_go(struct http *h)
{
	for (struct http_conn *c = h->first, *next; c; c = next) {
		next = c->next;
		if (is_gone(c))
			forget(h, c);
	}
}

void http_conns_tend(struct http *h)
{
	int64_t now_ns = sync_now_ns(), late_ns = now_ns - h->opts.deadline_ms * NS_PER_MS;
	bool full;

	let_go(h);
	for (struct http_conn *c = h->first, *next; c; c = next) {
		next = c->next;
		full = h->count >= h->opts.connections && c == h->first;
		if (c->active_ns <= late_ns || (full && c->active_ns <= now_ns - HTTP_EVICT_MS * NS_PER_MS))
			bufferevent_trigger_event(c->bev, BEV_EVENT_TIMEOUT | BEV_EVENT_READING, 0);
	}
	let_go(h);
	http_accept(h);
}

bool http_conns_busy(const struct http *h)
{
	for (const struct http_conn *c = h->first; c; c = c->next)
		if (evbuffer_get_length(bufferevent_get_output(c->bev)) > 0)
			return true;
	return false;
}

void http_conns_free(struct http *h)
{
	while (h->first)
		forget(h, h->first);
}
