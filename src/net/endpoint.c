/* Serves request lines on a loop of its own: one answer at a time for each client, and no client waits for another. */
#include "config.h"
#include "net/endpoint.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "net/endpoint_file.h"

#define REST_MS 100  /* after running out of descriptors, before the next accept */
#define ACCEPTS 16   /* a turn of the loop */

struct client {
	struct client *prev, *next; /* the longest idle first */
	struct endpoint *endpoint;
	struct bufferevent *bev;
	struct endpoint_peer peer;
	int64_t active_ns;          /* when it last asked, or had taken an answer */
	bool eof;                   /* it will not ask any more */
	bool discard;               /* it asked too much: the rest is thrown away */
};

struct endpoint {
	struct endpoint_opts opts;
	struct endpoint_file file;
	struct event_base *base;
	int wake_fd;
	struct event accept_ev, wake_ev, rest_ev, idle_ev;
	bool resting, closing;
	struct client *first, *last;
	unsigned count;
	struct sync_thread thread;
};

static struct timeval ms_of(int64_t ms)
{
	return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* ---- accepting, and resting from it ---- */

static void rest(struct endpoint *e)
{
	struct timeval tv = ms_of(REST_MS);

	e->resting = true;
	event_del(&e->accept_ev);
	event_add(&e->rest_ev, &tv);
}

static void resume(struct endpoint *e)
{
	if (!e->resting || e->closing)
		return;
	e->resting = false;
	event_del(&e->rest_ev);
	event_add(&e->accept_ev, NULL);
}

static void on_rest(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct endpoint *e = arg;

	if (e->closing)
		event_base_loopbreak(e->base);
	else
		resume(e);
}

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

static void touch(struct client *c)
{
	unlink_client(c);
	link_client(c);
}

static void free_client(struct client *c)
{
	struct endpoint *e = c->endpoint;

	unlink_client(c);
	e->count--;
	bufferevent_free(c->bev);
	mem_free(c);
	resume(e);
	if (e->closing && e->count == 0)
		event_base_loopbreak(e->base);
}

static void arm_idle(struct endpoint *e)
{
	int64_t left_ns = e->first->active_ns + e->opts.idle_ms * NS_PER_MS - sync_now_ns();
	struct timeval tv = ms_of(left_ns > 0 ? left_ns / NS_PER_MS + 1 : 0);

	event_add(&e->idle_ev, &tv);
}

static void on_idle(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct endpoint *e = arg;
	int64_t until_ns = sync_now_ns() - e->opts.idle_ms * NS_PER_MS;

	while (e->first && e->first->active_ns <= until_ns)
		free_client(e->first);
	if (e->first)
		arm_idle(e);
}

/* ---- requests and answers ---- */

/* Sends what the callback says to the request; false if the client is gone. */
static bool answer(struct client *c, const char *line, size_t len, size_t taken)
{
	const struct endpoint_opts *o = &c->endpoint->opts;
	size_t ret_len = 0;
	char *text = o->answer(o->arg, &c->peer, line, len, &ret_len);
	bool sent;

	evbuffer_drain(bufferevent_get_input(c->bev), taken);
	sent = text && bufferevent_write(c->bev, text, ret_len) == 0 && bufferevent_write(c->bev, "\n", 1) == 0;
	mem_free(text);
	touch(c);
	if (!sent)
		free_client(c);
	return sent;
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

	if (evbuffer_get_length(bufferevent_get_output(c->bev)) > 0)
		return;
	if (c->discard)
		evbuffer_drain(in, evbuffer_get_length(in));
	while ((taken = next_request(c, in)) > 0) {
		line = (char *)evbuffer_pullup(in, (ev_ssize_t)taken);
		if (!line) {
			free_client(c);
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
		free_client(c);
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
		free_client(c);
		return;
	}
	touch(c);
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
		free_client(c);
	}
}

/* Takes fd. */
static void add_client(struct endpoint *e, int fd)
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
	c->peer = (struct endpoint_peer){.pid = cred.pid, .uid = cred.uid, .gid = cred.gid};
	link_client(c);
	e->count++;
	bufferevent_setcb(bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(bev, EV_READ, 0, ENDPOINT_LINE + 2);
	bufferevent_enable(bev, EV_READ);
	if (!event_pending(&e->idle_ev, EV_TIMEOUT, NULL))
		arm_idle(e);
}

static void on_accept(evutil_socket_t fd, short what UNUSED, void *arg)
{
	struct endpoint *e = arg;

	for (int i = 0; i < ACCEPTS; i++) {
		bool full = e->count >= e->opts.clients;
		int client;

		if (full && e->first->active_ns > sync_now_ns() - ENDPOINT_EVICT_MS * NS_PER_MS) {
			rest(e);
			return;
		}
		client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client < 0 && errno == EAGAIN)
			return;
		if (client < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (client < 0) {
			const struct log_about about = {.key = e->opts.path};

			log_about(LOG_LV_WARNING, &about, "%s: no client can be accepted: %s; trying again in %d ms",
				  e->opts.path, strerror(errno), REST_MS);
			rest(e);
			return;
		}
		if (full)
			free_client(e->first);
		add_client(e, client);
	}
}

/* ---- from the beginning to the end ---- */

static void on_wake(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct endpoint *e = arg;
	struct timeval tv = ms_of(ENDPOINT_GRACE_MS);

	e->closing = true;
	event_del(&e->wake_ev);
	event_del(&e->accept_ev);
	event_add(&e->rest_ev, &tv);
	for (struct client *c = e->first, *next; c; c = next) {
		next = c->next;
		if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
			free_client(c);
	}
	if (e->count == 0)
		event_base_loopbreak(e->base);
}

static void run(void *arg)
{
	struct endpoint *e = arg;

	event_base_dispatch(e->base);
}

/* Everything but the thread. */
static void take_down(struct endpoint *e)
{
	e->closing = true;
	while (e->first)
		free_client(e->first);
	if (e->base) {
		event_del(&e->accept_ev);
		event_del(&e->wake_ev);
		event_del(&e->rest_ev);
		event_del(&e->idle_ev);
		event_base_free(e->base);
	}
	if (e->wake_fd >= 0)
		close(e->wake_fd);
	endpoint_file_close(&e->file);
	mem_free((char *)e->opts.path);
	mem_free(e);
}

static int bring_up(struct endpoint *e, struct err *reterr)
{
	const char *path = e->opts.path;

	e->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e->base = e->wake_fd < 0 ? NULL : event_base_new();
	if (!e->base) {
		err_set_errno(reterr, EXIT_BIND, errno, "%s: no event loop", path);
		return -1;
	}
	event_assign(&e->accept_ev, e->base, e->file.fd, EV_READ | EV_PERSIST, on_accept, e);
	event_assign(&e->wake_ev, e->base, e->wake_fd, EV_READ, on_wake, e);
	evtimer_assign(&e->rest_ev, e->base, on_rest, e);
	evtimer_assign(&e->idle_ev, e->base, on_idle, e);
	if (event_add(&e->accept_ev, NULL) < 0 || event_add(&e->wake_ev, NULL) < 0) {
		err_set(reterr, EXIT_BIND, "%s: the event loop does not take the socket", path);
		return -1;
	}
	return sync_thread_start(&e->thread, e->opts.name, run, e, reterr);
}

struct endpoint *endpoint_open(const struct endpoint_opts *opts, struct err *reterr)
{
	struct endpoint *e = mem_zalloc(1, sizeof(*e));
	char *path = e ? mem_strdup(opts->path) : NULL;

	if (!path) {
		err_set(reterr, EXIT_INTERNAL, "%s: out of memory", opts->path);
		mem_free(e);
		return NULL;
	}
	e->opts = *opts;
	e->opts.path = path;
	if (!e->opts.clients)
		e->opts.clients = ENDPOINT_CLIENTS;
	if (!e->opts.idle_ms)
		e->opts.idle_ms = ENDPOINT_IDLE_MS;
	e->wake_fd = -1;
	if (endpoint_file_open(&e->file, path, opts->mode, reterr) == 0 && bring_up(e, reterr) == 0)
		return e;
	take_down(e);
	return NULL;
}

void endpoint_close(struct endpoint *e)
{
	uint64_t one = 1;

	if (!e)
		return;
	/* The counter cannot be full: this is the only write there ever is. */
	while (write(e->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	sync_thread_join(&e->thread);
	take_down(e);
}
