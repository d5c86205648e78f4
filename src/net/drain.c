/* The stop: what the sockets held when the signal came is read, and then no more. */
#include "base/log.h"
#include "net/accept.h"
#include "net/dgram.h"
#include "net/net_impl.h"
#include "net/rcvbuf.h"
#include "net/stream.h"

static void expect(struct source *s)
{
	s->busy = true;
	s->listener->net->busy++;
}

void drain_done(struct source *s)
{
	if (!s->busy)
		return;
	s->busy = false;
	s->listener->net->busy--;
}

/* Who is expected to offer more. Connections the kernel has completed are among them. */
static void expect_all(struct listener *l)
{
	if (addr_is_stream(&l->opts.addr)) {
		if (l->sock.fd >= 0)
			accept_all(l);
		for (struct conn *c = l->conns; c; c = c->next) {
			expect(&c->src);
			conn_touch(c);
		}
	} else if (!l->source.over && l->sock.fd >= 0) {
		expect(&l->source);
	}
}

void drain_begin(struct net *n)
{
	n->draining = true;
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l))
		expect_all(l);
	log_debug("stop: %u sources are read for the last time", n->busy);
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l)) {
		if (addr_is_stream(&l->opts.addr)) {
			conns_stop(l);
			listener_close(l);
		} else if (!l->source.over && l->sock.fd >= 0) {
			dgram_stop(l, n->signal_at);
		}
	}
}

void drain_finish(struct net *n)
{
	n->finishing = true;
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l)) {
		if (addr_is_stream(&l->opts.addr)) {
			for (struct conn *c = l->conns; c; c = c->next)
				conn_abandon(c);
		} else {
			rcvbuf_poll(l);
			source_abandon(&l->source);
			l->source.over = true;
			drain_done(&l->source);
		}
		listener_close(l);
	}
}
