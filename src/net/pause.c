/* Stops reading for a while: what comes waits in the kernel, and senders on streams feel it. */
#include "base/log.h"
#include "net/net_impl.h"
#include "net/stream.h"

void net_pause(struct net *n, bool on)
{
	sync_lock(&n->lock);
	n->pause_asked = on;
	sync_unlock(&n->lock);
	net_poke(n);
}

bool net_paused(struct net *n)
{
	bool paused;

	sync_lock(&n->lock);
	paused = n->pause_in_force;
	sync_unlock(&n->lock);
	return paused;
}

static void in_force(struct net *n, bool on)
{
	n->paused = on;
	sync_lock(&n->lock);
	n->pause_in_force = on;
	if (!on)
		n->pause_asked = false;
	sync_unlock(&n->lock);
}

static void halt(struct net *n)
{
	in_force(n, true);
	turn_round_by(n, n->turn.mark_ns + NS_PER_S); /* now the kernel alone sees what comes */
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l)) {
		if (l->armed)
			event_del(&l->ev);
		l->armed = false;
		source_disarm(&l->source);
		for (struct conn *c = l->conns; c; c = c->next)
			source_disarm(&c->src);
	}
	log_debug("nothing is read for a while");
}

static void go_on(struct source *s)
{
	if (!s->over && !s->held)
		s->resume(s);
}

void pause_end(struct net *n)
{
	if (!n->paused)
		return;
	in_force(n, false);
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l)) {
		if (addr_is_stream(&l->opts.addr) && l->has_ev && !l->closed && !l->armed)
			l->armed = event_add(&l->ev, NULL) == 0;
		else if (l->source.resume)
			go_on(&l->source);
		/* Reading moves a connection to the end of the list; a second look at it does no harm. */
		for (struct conn *c = l->conns, *next; c; c = next) {
			next = c->next;
			go_on(&c->src);
		}
	}
	log_debug("reading again");
}

void pause_take(struct net *n)
{
	bool asked;

	sync_lock(&n->lock);
	asked = n->pause_asked;
	sync_unlock(&n->lock);
	if (asked && !n->paused && !n->draining)
		halt(n);
	else if (!asked)
		pause_end(n);
}
