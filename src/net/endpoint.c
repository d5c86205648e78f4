/* Serves request lines on a loop of its own: accepts, rests, lets go of the idle, and ends. */
#include "config.h"
#include "net/endpoint.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/endpoint_impl.h"

#define REST_MS 100  /* after running out of descriptors, before the next accept */
#define ACCEPTS 16   /* a turn of the loop */

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

void endpoint_resume(struct endpoint *e)
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
		endpoint_resume(e);
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

	while (e->first && e->first->active_ns <= until_ns) {
		struct client *c = e->first;

		if (c->waits) {
			endpoint_touch(c); /* it is not its fault */
			continue;
		}
		if (endpoint_unsent(c) > 0)
			log_info("%s: process %d (uid %d) has not taken its answer in %u ms: closed", e->opts.path,
				 (int)c->peer.pid, (int)c->peer.uid, e->opts.idle_ms);
		endpoint_drop(c);
	}
	if (e->first)
		arm_idle(e);
}

static void on_accept(evutil_socket_t fd, short what UNUSED, void *arg)
{
	struct endpoint *e = arg;

	for (int i = 0; i < ACCEPTS; i++) {
		bool full = e->count >= e->opts.clients;
		int client;

		if (full && e->first->waits)
			endpoint_touch(e->first);
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
			endpoint_drop(e->first);
		endpoint_add(e, client);
		if (e->first && !event_pending(&e->idle_ev, EV_TIMEOUT, NULL))
			arm_idle(e);
	}
}

/* ---- from the beginning to the end ---- */

static void begin_close(struct endpoint *e)
{
	struct timeval tv = ms_of(ENDPOINT_GRACE_MS);

	e->closing = true;
	event_del(&e->accept_ev);
	event_del(&e->tick_ev);
	event_add(&e->rest_ev, &tv);
	for (struct client *c = e->first, *next; c; c = next) {
		next = c->next;
		if (endpoint_unsent(c) == 0)
			endpoint_drop(c);
	}
	if (e->count == 0)
		event_base_loopbreak(e->base);
}

static void on_wake(evutil_socket_t fd, short what UNUSED, void *arg)
{
	struct endpoint *e = arg;
	uint64_t count;
	bool close_asked;

	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_error("%s: the endpoint cannot read its own eventfd: %s", e->opts.path, strerror(errno));
	endpoint_take_late(e);
	sync_lock(&e->lock);
	close_asked = e->close_asked;
	sync_unlock(&e->lock);
	if (close_asked && !e->closing)
		begin_close(e);
}

static void on_tick(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct endpoint *e = arg;
	unsigned ms = e->opts.tick(e->opts.arg);
	struct timeval tv = ms_of(ms);

	if (ms && !e->closing)
		event_add(&e->tick_ev, &tv);
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
		endpoint_drop(e->first);
	if (e->base) {
		event_del(&e->accept_ev);
		event_del(&e->wake_ev);
		event_del(&e->rest_ev);
		event_del(&e->idle_ev);
		event_del(&e->tick_ev);
		event_base_free(e->base);
	}
	while (e->late) {
		struct endpoint_late *late = e->late;

		e->late = late->next;
		mem_free(late->text);
		mem_free(late);
	}
	if (e->wake_fd >= 0)
		close(e->wake_fd);
	sync_mutex_done(&e->lock);
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
	event_assign(&e->wake_ev, e->base, e->wake_fd, EV_READ | EV_PERSIST, on_wake, e);
	evtimer_assign(&e->rest_ev, e->base, on_rest, e);
	evtimer_assign(&e->idle_ev, e->base, on_idle, e);
	evtimer_assign(&e->tick_ev, e->base, on_tick, e);
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
	e->late_end = &e->late;
	sync_mutex_init(&e->lock, opts->name);
	if (endpoint_file_open(&e->file, path, opts->mode, reterr) == 0 && bring_up(e, reterr) == 0)
		return e;
	take_down(e);
	return NULL;
}

static void poke(struct endpoint *e)
{
	const uint64_t one = 1;

	while (write(e->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void endpoint_reply(struct endpoint *e, uint64_t client, char *text, size_t len)
{
	struct endpoint_late *late = mem_zalloc(1, sizeof(*late));

	if (late)
		*late = (struct endpoint_late){.client = client, .text = text, .len = len};
	else
		mem_free(text);
	sync_lock(&e->lock);
	if (late) {
		*e->late_end = late;
		e->late_end = &late->next;
	} else {
		e->late_lost = true;
	}
	sync_unlock(&e->lock);
	poke(e);
}

void endpoint_close(struct endpoint *e)
{
	if (!e)
		return;
	sync_lock(&e->lock);
	e->close_asked = true;
	sync_unlock(&e->lock);
	poke(e);
	sync_thread_join(&e->thread);
	take_down(e);
}
