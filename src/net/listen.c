/* Keeps the list of listeners: opens them, applies live changes, closes them. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/accept.h"
#include "net/dgram.h"
#include "net/net_impl.h"
#include "net/rcvbuf.h"
#include "net/stream.h"

/* ---- options ---- */

static void opts_done(struct listener_opts *o)
{
	mem_free((void *)(uintptr_t)o->name);
	mem_free((void *)(uintptr_t)o->allow);
}

static int opts_copy(const struct listener_opts *from, struct listener_opts *ret)
{
	struct cidr *allow = NULL;

	*ret = *from;
	if (from->allow_count) {
		allow = mem_alloc(from->allow_count * sizeof(*allow));
		if (allow)
			memcpy(allow, from->allow, from->allow_count * sizeof(*allow));
	}
	ret->allow = allow;
	ret->heir_of = NULL;
	ret->name = mem_strdup(from->name);
	if (ret->name && (allow || !from->allow_count))
		return 0;
	opts_done(ret);
	return -1;
}

/* ---- opening ---- */

static int no_memory(const struct listener_opts *opts, struct err *reterr)
{
	err_set(reterr, EXIT_INTERNAL, "listener %s: out of memory", opts->name);
	return -1;
}

/* Every queue a listener feeds is asked for held sources. Under the lock. */
static int add_queue(struct net *n, struct queue *q)
{
	struct queue **more;

	for (unsigned i = 0; i < n->queue_count; i++)
		if (n->queues[i] == q)
			return 0;
	more = mem_resize(n->queues, (n->queue_count + 1) * sizeof(struct queue *));
	if (!more)
		return -1;
	n->queues = more;
	n->queues[n->queue_count++] = q;
	return 0;
}

static struct listener *listener_new(struct net *n, const struct listener_opts *opts, struct err *reterr)
{
	struct listener *l = mem_zalloc(1, sizeof(*l));

	if (!l || opts_copy(opts, &l->opts) < 0) {
		mem_free(l);
		(void)no_memory(opts, reterr);
		return NULL;
	}
	l->net = n;
	l->sock.fd = -1;
	l->opts.fd = -1;
	l->account = queue_account(opts->queue, opts->name);
	l->draft = batch_draft_new(opts->draft_messages, opts->draft_bytes);
	if (l->account && l->draft) {
		source_init(addr_is_stream(&opts->addr) ? &l->refusals : &l->source, l, NULL);
		return l;
	}
	(void)no_memory(opts, reterr);
	listener_free(l);
	return NULL;
}

/* It shows up in the list. Under the lock. */
static int publish(struct net *n, struct listener *l)
{
	if (add_queue(n, l->opts.queue) < 0)
		return -1;
	*n->listeners_end = l;
	n->listeners_end = &l->next;
	n->news = true;
	return 0;
}

/* True if there is somebody whose socket it will have: then nothing else is to be done. */
static bool open_as_heir(struct net *n, struct listener *l, const struct listener_opts *opts)
{
	bool waits;

	if (opts->fd >= 0)
		return false;
	sync_lock(&n->lock);
	/* From here on the loop may give it the socket at any moment. */
	waits = heir_wait(n, l, opts->heir_of);
	if (waits && publish(n, l) < 0) {
		heir_leave(l);
		waits = false;
	}
	sync_unlock(&n->lock);
	return waits;
}

/* An inherited one was taken all the same. */
static void refuse_socket(const struct listener_opts *opts)
{
	if (opts->fd >= 0)
		close(opts->fd);
}

static int open_socket(struct listener *l, const struct listener_opts *opts, struct err *reterr)
{
	const struct log_about about = {.listener = l->opts.name};

	if (sock_open(&opts->addr, opts->fd, &l->sock, reterr) < 0) {
		refuse_socket(opts);
		err_prefix(reterr, "listener %s: ", opts->name);
		return -1;
	}
	addr_format(&l->sock.addr, l->address, sizeof(l->address));
	log_about(LOG_LV_NOTICE, &about, "listener %s: %s %s", opts->name, l->sock.inherited ? "takes over" : "listens on",
		  l->address);
	if ((addr_is_stream(&opts->addr) ? accept_open(l) : dgram_open(l)) < 0) {
		listener_close(l);
		return no_memory(opts, reterr);
	}
	return 0;
}

int net_listen(struct net *n, const struct listener_opts *opts, struct err *reterr)
{
	struct listener *l = listener_new(n, opts, reterr);
	int rc;

	if (!l) {
		refuse_socket(opts);
		return -1;
	}
	if (open_as_heir(n, l, opts)) {
		net_poke(n);
		return 0;
	}
	if (open_socket(l, opts, reterr) < 0) {
		listener_free(l);
		return -1;
	}
	sync_lock(&n->lock);
	rc = publish(n, l);
	sync_unlock(&n->lock);
	if (rc < 0) {
		listener_close(l);
		listener_free(l);
		return no_memory(opts, reterr);
	}
	net_poke(n);
	return 0;
}

/* ---- live changes ---- */

static struct listener *find(struct net *n, const char *name)
{
	struct listener *l = n->listeners;

	while (l && (strcmp(l->opts.name, name) != 0 || l->unwanted))
		l = l->next;
	return l;
}

int net_tune(struct net *n, const struct listener_opts *opts, struct err *reterr)
{
	struct listener_opts *copy = mem_alloc(sizeof(*copy)), *old = NULL;
	struct listener *l;

	if (!copy || opts_copy(opts, copy) < 0) {
		mem_free(copy);
		return no_memory(opts, reterr);
	}
	sync_lock(&n->lock);
	l = find(n, opts->name);
	if (l) {
		old = l->tuned;
		l->tuned = copy;
		n->news = true;
	}
	sync_unlock(&n->lock);
	if (!l) {
		old = copy;
		err_set(reterr, EXIT_INTERNAL, "listener %s: there is none of that name", opts->name);
	}
	if (old) {
		opts_done(old);
		mem_free(old);
	}
	net_poke(n);
	return l ? 0 : -1;
}

void net_unlisten(struct net *n, const char *name)
{
	struct listener *l;

	sync_lock(&n->lock);
	l = find(n, name);
	if (l) {
		l->unwanted = true;
		heir_leave(l);
		n->news = true;
	}
	sync_unlock(&n->lock);
	net_poke(n);
}

/* The name, the address and the queue stay what they are, and so do framing, ack and the draft. */
static void apply(struct listener *l, struct listener_opts *news)
{
	struct listener_opts *o = &l->opts;
	const struct cidr *allow = o->allow;
	int64_t rcvbuf = o->rcvbuf;

	sync_lock(&l->net->lock); /* net_each looks at it */
	o->overflow = news->overflow;
	sync_unlock(&l->net->lock);
	o->max_message = news->max_message;
	o->drop_oversize = news->drop_oversize;
	o->rcvbuf = news->rcvbuf;
	o->max_connections = news->max_connections;
	o->idle_timeout_ns = news->idle_timeout_ns;
	o->allow = news->allow;
	o->allow_count = news->allow_count;
	news->allow = allow;
	if (!addr_is_stream(&o->addr)) {
		gate_set_policy(&l->source.gate, o->overflow);
		if (o->rcvbuf != rcvbuf && l->sock.fd >= 0)
			rcvbuf_ask(l);
	}
	for (struct conn *c = l->conns; c; c = c->next) {
		gate_set_policy(&c->src.gate, o->overflow);
		frame_set_oversize(&c->frame, o->drop_oversize);
	}
}

/* Takes what other threads have left at the listener. */
static struct listener_opts *take_tuned(struct net *n, struct listener *l, bool *ret_unwanted)
{
	struct listener_opts *tuned;

	sync_lock(&n->lock);
	tuned = l->tuned;
	l->tuned = NULL;
	*ret_unwanted = l->unwanted;
	sync_unlock(&n->lock);
	return tuned;
}

/* As at a stop, for this listener alone. */
static void retire(struct listener *l)
{
	if (l->sock.fd < 0) { /* it never got one */
		listener_close(l);
	} else if (addr_is_stream(&l->opts.addr)) {
		/* Who is not accepted yet is the heir's. */
		if (!heir_waits(l))
			accept_all(l);
		conns_stop(l);
		listener_close(l);
	} else {
		dgram_stop(l, clock_wall_ns());
	}
}

void net_take_news(struct net *n)
{
	bool unwanted;

	turn_round_by(n, n->turn.mark_ns + NS_PER_S);
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l)) {
		struct listener_opts *tuned = take_tuned(n, l, &unwanted);

		if (tuned) {
			apply(l, tuned);
			opts_done(tuned);
			mem_free(tuned);
		}
		if (l->closed)
			continue;
		stats_set(&l->stats, STAT_LOOP_STALL, (uint64_t)n->turn.stall_ns / 1000);
		if (unwanted) {
			pause_end(n);
			retire(l);
		} else if (l->sock.fd < 0) {
			continue; /* it waits for the socket of another */
		} else if (!addr_is_stream(&l->opts.addr)) {
			source_arm(&l->source);
		} else if (!l->armed && !n->paused) {
			l->armed = event_add(&l->ev, NULL) == 0;
		}
	}
}

/* ---- closing ---- */

void listener_close(struct listener *l)
{
	if (l->has_ev)
		event_del(&l->ev);
	if (l->has_later)
		event_del(&l->later_ev);
	l->armed = false;
	l->closed = true;
	source_disarm(&l->source);
	heir_give(l);
	sock_close(&l->sock);
}

void listener_free(struct listener *l)
{
	assert(!l->conns);
	if (l->source.resume)
		source_done(&l->source);
	if (l->tuned)
		opts_done(l->tuned);
	mem_free(l->tuned);
	opts_done(&l->opts);
	batch_draft_free(l->draft);
	mem_free(l);
}

/* ---- looking at them ---- */

struct listener *net_next(struct net *n, struct listener *l)
{
	sync_lock(&n->lock);
	l = l ? l->next : n->listeners;
	sync_unlock(&n->lock);
	return l;
}

void net_each(struct net *n, void (*fn)(void *arg, const struct listener_view *v), void *arg)
{
	static const char *const policies[] = {
		[GATE_BLOCK] = "block",
		[GATE_DROP_NEWEST] = "drop-newest",
		[GATE_DROP_OLDEST] = "drop-oldest",
	};

	bool gone;

	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l)) {
		struct listener_view v = {
			.name = l->opts.name,
			.address = l->address,
			.stream = addr_is_stream(&l->opts.addr),
			.stats = &l->stats,
			.queue = l->opts.queue,
		};

		sync_lock(&n->lock);
		v.overflow = policies[l->opts.overflow];
		gone = l->unwanted;
		sync_unlock(&n->lock);
		if (!gone)
			fn(arg, &v);
	}
}
