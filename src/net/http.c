/* Runs the web server: socket, evhttp, loop and thread, from the beginning to the end. */
#include "config.h"
#include "net/http.h"

#include <errno.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/http_impl.h"

#define SOCKET_MODE 0660
#define REST_MS 100   /* after running out of descriptors, before the next accept */
#define SWEEP_MS 250  /* between two looks at connections that do nothing */
#define CLOSING_MS 5

/* Whose loop this thread runs. */
static _Thread_local struct http *running;

static struct timeval ms_of(int64_t ms)
{
	return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* ---- accepting, and resting from it ---- */

void http_accept(struct http *h)
{
	h->full = h->count >= h->opts.connections;
	if (h->full || h->resting || h->closing)
		evconnlistener_disable(h->listener);
	else
		evconnlistener_enable(h->listener);
}

static void on_rest(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct http *h = arg;

	h->resting = false;
	http_accept(h);
}

/* Most likely there are no descriptors left: without a pause the loop would spin. arg is evhttp's, who has taken the
 * listener over. */
static void on_accept_error(struct evconnlistener *listener UNUSED, void *arg UNUSED)
{
	struct http *h = running;
	struct timeval tv = ms_of(REST_MS);
	const struct log_about about = {.key = h->opts.name};

	log_about(LOG_LV_WARNING, &about, "%s: no client can be accepted: %s; trying again in %d ms", h->opts.name,
		  strerror(errno), REST_MS);
	h->resting = true;
	http_accept(h);
	event_add(&h->rest_ev, &tv);
}

/* ---- the loop ---- */

static void on_wake(evutil_socket_t fd, short what UNUSED, void *arg)
{
	struct http *h = arg;
	struct http_want *want;
	uint64_t count;

	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_error("%s: the server cannot read its own eventfd: %s", h->opts.name, strerror(errno));
	sync_lock(&h->lock);
	want = h->want;
	h->want = NULL;
	sync_unlock(&h->lock);
	if (!want)
		return;
	want->fn(want->arg);
	sync_lock(&h->lock);
	want->done = true;
	sync_broadcast(&h->done);
	sync_unlock(&h->lock);
}

/* Only wakes the loop: what there is to do is done after each turn. */
static void on_sweep(evutil_socket_t fd UNUSED, short what UNUSED, void *arg UNUSED)
{
}

static void run(void *arg)
{
	struct http *h = arg;
	struct timeval tv;

	running = h;
	while (!h->quit) {
		if (event_base_loop(h->base, EVLOOP_ONCE) < 0) {
			log_error("%s: the event loop failed: %s", h->opts.name, strerror(errno));
			sync_sleep_until(sync_now_ns() + REST_MS * NS_PER_MS);
		}
		http_conns_tend(h);
		if (h->closing && (!http_conns_busy(h) || sync_now_ns() >= h->close_by_ns))
			h->quit = true;
		tv = ms_of(h->closing ? CLOSING_MS : SWEEP_MS);
		if ((h->count > 0 || h->closing) && !event_pending(&h->sweep_ev, EV_TIMEOUT, NULL))
			event_add(&h->sweep_ev, &tv);
	}
}

/* ---- up and down ---- */

static int open_socket(struct http *h, const struct addr *addr, struct err *reterr)
{
	if (addr->kind == ADDR_UNIX)
		return endpoint_file_open(&h->file, addr->sa.un.sun_path, SOCKET_MODE, reterr);
	return sock_open(addr, -1, &h->sock, reterr);
}

static struct event_base *new_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base = NULL;

	if (cfg && event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK) == 0)
		base = event_base_new_with_config(cfg);
	if (cfg)
		event_config_free(cfg);
	return base;
}

static bool set_up_evhttp(struct http *h)
{
	struct timeval tv = ms_of(h->opts.deadline_ms);
	int fd = h->opts.addr->kind == ADDR_UNIX ? h->file.fd : h->sock.fd;

	h->evhttp = evhttp_new(h->base);
	if (!h->evhttp)
		return false;
	evhttp_set_max_headers_size(h->evhttp, HTTP_HEADERS);
	evhttp_set_max_body_size(h->evhttp, HTTP_BODY);
	evhttp_set_timeout_tv(h->evhttp, &tv);
	evhttp_set_default_content_type(h->evhttp, NULL);
	evhttp_set_allowed_methods(h->evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
						      EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
						      EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
	evhttp_set_bevcb(h->evhttp, http_conn_new, h);
	evhttp_set_gencb(h->evhttp, http_on_request, h);
	h->listener = evconnlistener_new(h->base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!h->listener)
		return false;
	if (!evhttp_bind_listener(h->evhttp, h->listener)) {
		evconnlistener_free(h->listener);
		h->listener = NULL;
		return false;
	}
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	return true;
}

static int bring_up(struct http *h, struct err *reterr)
{
	h->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	h->base = h->wake_fd < 0 ? NULL : new_base();
	if (!h->base || !set_up_evhttp(h)) {
		err_set_errno(reterr, EXIT_BIND, errno, "%s: no event loop", h->opts.name);
		return -1;
	}
	event_assign(&h->wake_ev, h->base, h->wake_fd, EV_READ | EV_PERSIST, on_wake, h);
	evtimer_assign(&h->sweep_ev, h->base, on_sweep, h);
	evtimer_assign(&h->rest_ev, h->base, on_rest, h);
	if (event_add(&h->wake_ev, NULL) < 0) {
		err_set(reterr, EXIT_BIND, "%s: the event loop does not take its eventfd", h->opts.name);
		return -1;
	}
	return sync_thread_start(&h->thread, h->opts.name, run, h, reterr);
}

/* Everything but the thread. */
static void take_down(struct http *h)
{
	http_conns_free(h);
	if (h->evhttp)
		evhttp_free(h->evhttp);
	if (h->base) {
		if (event_initialized(&h->wake_ev)) {
			event_del(&h->wake_ev);
			event_del(&h->sweep_ev);
			event_del(&h->rest_ev);
		}
		event_base_free(h->base);
	}
	if (h->wake_fd >= 0)
		close(h->wake_fd);
	sock_close(&h->sock);
	endpoint_file_close(&h->file);
	sync_cond_done(&h->done);
	sync_mutex_done(&h->lock);
	mem_free((struct addr *)h->opts.addr);
	mem_free((char *)h->opts.name);
	mem_free(h->hosts);
	mem_free(h);
}

struct http *http_open(const struct http_opts *opts, struct err *reterr)
{
	struct http *h = mem_zalloc(1, sizeof(*h));
	struct addr *addr = mem_zalloc(1, sizeof(*addr));
	char *name = mem_strdup(opts->name), *hosts = mem_strdup(opts->hosts);

	if (!h || !addr || !name || !hosts) {
		mem_free(h);
		mem_free(addr);
		mem_free(name);
		mem_free(hosts);
		err_set(reterr, EXIT_INTERNAL, "%s: out of memory", opts->name);
		return NULL;
	}
	*addr = *opts->addr;
	h->opts = *opts;
	h->opts.addr = addr;
	h->opts.name = name;
	h->hosts = hosts;
	if (!h->opts.connections)
		h->opts.connections = HTTP_CONNECTIONS;
	if (!h->opts.deadline_ms)
		h->opts.deadline_ms = HTTP_DEADLINE_MS;
	h->wake_fd = h->sock.fd = h->file.fd = -1;
	sync_mutex_init(&h->lock, opts->name);
	sync_cond_init(&h->done, opts->name);
	if (open_socket(h, opts->addr, reterr) == 0 && bring_up(h, reterr) == 0)
		return h;
	take_down(h);
	return NULL;
}

void http_call(struct http *h, void (*fn)(void *arg), void *arg)
{
	struct http_want want = {.fn = fn, .arg = arg};
	const uint64_t one = 1;

	sync_lock(&h->lock);
	assert(!h->want);
	h->want = &want;
	while (write(h->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	while (!want.done)
		sync_wait(&h->done, &h->lock);
	sync_unlock(&h->lock);
}

struct new_hosts {
	struct http *http;
	char *hosts;
};

static void put_hosts(void *arg)
{
	struct new_hosts *n = arg;
	char *old = n->http->hosts;

	n->http->hosts = n->hosts;
	n->hosts = old;
}

bool http_set_hosts(struct http *h, const char *hosts)
{
	struct new_hosts n = {.http = h, .hosts = mem_strdup(hosts)};

	if (!n.hosts)
		return false;
	http_call(h, put_hosts, &n);
	mem_free(n.hosts);
	return true;
}

void http_url(const struct http *h, char *ret_text, size_t size)
{
	char text[ADDR_URL_TEXT];

	if (h->opts.addr->kind == ADDR_UNIX) {
		addr_format(h->opts.addr, ret_text, size);
		return;
	}
	addr_format(&h->sock.addr, text, sizeof(text));
	snprintf(ret_text, size, "http://%s/", strstr(text, "://") ? strstr(text, "://") + 3 : text);
}

static void begin_close(void *arg)
{
	struct http *h = arg;

	h->closing = true;
	h->close_by_ns = sync_now_ns() + HTTP_GRACE_MS * NS_PER_MS;
	http_accept(h);
}

void http_close(struct http *h)
{
	if (!h)
		return;
	http_call(h, begin_close, h);
	sync_thread_join(&h->thread);
	take_down(h);
}
