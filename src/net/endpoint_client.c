/* The clients of an endpoint: one answer at a time for each, and none waits for another. */
#include "config.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/endpoint_impl.h"

/* ---- the list of clients ---- */

static void unlink_client(struct client *c)
{
	struct endpoint *e = c->endpoint;

	*(c->prev ? &c->prev->next : &e->first) = c->next;
	*(c->next ? &c->next->prev : &e->last) = c->prev;
}

/* To the end, as the most active one. */
static void link_client(struct client *c)
{
	struct endpoint *e = c->endpoint;

	c->active_ns = sync_now_ns();
	c->prev = e->last;
	c->next = NULL;
	*(e->last ? &e->last->next : &e->first) = c;
	e->last = c;
}

void endpoint_touch(struct client *c)
{
	unlink_client(c);
	link_client(c);
}

void endpoint_drop(struct client *c)
{
	struct endpoint *e = c->endpoint;

	unlink_client(c);
	e->count--;
	bufferevent_free(c->bev);
	mem_free(c);
	endpoint_resume(e);
	if (e->closing && e->count == 0)
		event_base_loopbreak(e->base);
}

/* ---- requests and answers ---- */

size_t endpoint_unsent(const struct client *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

/* Sends what the callback says to the request; false if the client is gone. */
static bool answer(struct client *c, const char *line, size_t len, size_t taken)
{
	const struct endpoint_opts *o = &c->endpoint->opts;
	size_t ret_len = 0;
	char *text = o->answer(o->arg, &c->peer, line, len, &ret_len);
	bool sent;

	evbuffer_drain(bufferevent_get_input(c->bev), taken);
	if (!text && ret_len == ENDPOINT_LATER) {
		c->waits = true;
		endpoint_touch(c);
		if (o->tick)
			event_active(&c->endpoint->tick_ev, EV_TIMEOUT, 0);
		return true;
	}
	sent = text && bufferevent_write(c->bev, text, ret_len) == 0 && bufferevent_write(c->bev, "\n", 1) == 0;
	mem_free(text);
	endpoint_touch(c);
	if (!sent)
		endpoint_drop(c);
	return sent;
}

static struct client *waiting(struct endpoint *e, uint64_t id)
{
	struct client *c = e->first;

	while (c && (c->peer.client != id || !c->waits))
		c = c->next;
	return c;
}

void endpoint_take_late(struct endpoint *e)
{
	struct endpoint_late *late;
	bool lost;

	sync_lock(&e->lock);
	late = e->late;
	lost = e->late_lost;
	e->late = NULL;
	e->late_end = &e->late;
	e->late_lost = false;
	sync_unlock(&e->lock);
	while (late) {
		struct endpoint_late *next = late->next;
		struct client *c = waiting(e, late->client);

		if (c) {
			c->waits = false;
			endpoint_touch(c);
			if (!late->text || bufferevent_write(c->bev, late->text, late->len) < 0 ||
			    bufferevent_write(c->bev, "\n", 1) < 0)
				endpoint_drop(c);
		}
		mem_free(late->text);
		mem_free(late);
		late = next;
	}
	/* Somebody's answer found no memory, and nobody knows whose. */
	for (struct client *c = e->first, *next; lost && c; c = next) {
		next = c->next;
		if (c->waits)
			endpoint_drop(c);
	}
}

/* The next request: its bytes with their line end. 0: it is not there yet. */
static size_t next_request(struct client *c, struct evbuffer *in)
{
	size_t have = evbuffer_get_length(in);
	struct evbuffer_ptr end = evbuffer_search(in, "\n", 1, NULL);

	if (end.pos >= 0)
		return (size_t)end.pos + 1;
	return c->eof || have >= ENDPOINT_LINE + 2 ? have : 0;
}

/* Answers the next request, if it is there whole and the answer before has been taken. */
static void serve(struct client *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t taken, len;
	char *line;

	if (c->waits || endpoint_unsent(c) > 0)
		return;
	if (c->discard)
		evbuffer_drain(in, evbuffer_get_length(in));
	while ((taken = next_request(c, in)) > 0) {
		line = (char *)evbuffer_pullup(in, (ev_ssize_t)taken);
		if (!line) {
			endpoint_drop(c);
			return;
		}
		len = taken - (line[taken - 1] == '\n');
		len -= len > 0 && line[len - 1] == '\r';
		if (len == 0) {
			evbuffer_drain(in, taken);
			continue;
		}
		c->discard = len > ENDPOINT_LINE;
		if (answer(c, c->discard ? NULL : line, len, taken))
			bufferevent_disable(c->bev, EV_READ);
		return;
	}
	if (c->eof)
		endpoint_drop(c);
	else
		bufferevent_enable(c->bev, EV_READ);
}

static void on_read(struct bufferevent *bev UNUSED, void *arg)
{
	serve(arg);
}

/* The answer is out. */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	if (c->endpoint->closing) {
		endpoint_drop(c);
		return;
	}
	endpoint_touch(c);
	if (c->discard)
		shutdown(bufferevent_getfd(bev), SHUT_WR);
	serve(c);
}

static void on_event(struct bufferevent *bev UNUSED, short what, void *arg)
{
	struct client *c = arg;

	if (what & BEV_EVENT_EOF) {
		c->eof = true;
		serve(c);
	} else {
		endpoint_drop(c);
	}
}

/* Takes fd. */
void endpoint_add(struct endpoint *e, int fd)
{
	struct client *c = mem_zalloc(1, sizeof(*c));
	struct bufferevent *bev = c ? bufferevent_socket_new(e->base, fd, BEV_OPT_CLOSE_ON_FREE) : NULL;
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);

	if (!bev || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0) {
		mem_free(c);
		if (bev)
			bufferevent_free(bev);
		else
			close(fd);
		return;
	}
	c->endpoint = e;
	c->bev = bev;
	c->peer = (struct endpoint_peer){
		.endpoint = e,
		.client = ++e->serial,
		.fd = fd,
		.pid = cred.pid,
		.uid = cred.uid,
		.gid = cred.gid,
	};
	link_client(c);
	e->count++;
	bufferevent_setcb(bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(bev, EV_READ, 0, ENDPOINT_LINE + 2);
	bufferevent_enable(bev, EV_READ);
}
