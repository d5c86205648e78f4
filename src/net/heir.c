/* Hands the socket of a listener that goes to one that comes for the same address, with what waits in it. */
#include <string.h>

#include "base/log.h"
#include "net/accept.h"
#include "net/dgram.h"
#include "net/net_impl.h"

static bool is_going(const struct listener *l, const char *heir_of)
{
	return l->unwanted || (heir_of && !strcmp(l->opts.name, heir_of));
}

bool heir_wait(struct net *n, struct listener *heir, const char *heir_of)
{
	char wanted[ADDR_URL_TEXT];
	struct listener *l;

	addr_format(&heir->opts.addr, wanted, sizeof(wanted));
	for (l = n->listeners; l; l = l->next)
		if (!l->released && !l->heir && is_going(l, heir_of) && !strcmp(l->address, wanted))
			break;
	if (l) {
		l->heir = heir;
		heir->heir_of = l;
		memcpy(heir->address, l->address, sizeof(heir->address));
	}
	return l != NULL;
}

void heir_leave(struct listener *l)
{
	struct listener *giver = l->heir_of, *heir = l->heir;

	if (!giver)
		return;
	l->released = true; /* it has none to give */
	giver->heir = heir;
	if (heir)
		heir->heir_of = giver;
	l->heir_of = l->heir = NULL;
}

bool heir_waits(struct listener *l)
{
	bool waits;

	sync_lock(&l->net->lock);
	waits = l->heir != NULL;
	sync_unlock(&l->net->lock);
	return waits;
}

/* No more of l is to be had. Gives who was promised it. */
static struct listener *release(struct listener *l)
{
	struct listener *heir;

	sync_lock(&l->net->lock);
	heir = l->heir;
	l->heir = NULL;
	l->released = true;
	if (heir)
		heir->heir_of = NULL;
	sync_unlock(&l->net->lock);
	return heir;
}

static int take_over(struct listener *heir, uint32_t drops_seen)
{
	if (addr_is_stream(&heir->opts.addr))
		return accept_open(heir);
	if (dgram_open(heir) < 0)
		return -1;
	/* What the kernel drops from now on is the heir's. */
	heir->drops_seen = drops_seen;
	return 0;
}

void heir_give(struct listener *l)
{
	struct listener *heir = release(l);

	if (!heir)
		return;
	heir->sock = l->sock;
	l->sock.fd = -1;
	/* At a stop all of them end: what l has not read nobody will. */
	if (l->net->draining || l->net->finishing || take_over(heir, l->drops_seen) < 0) {
		listener_close(heir);
		return;
	}
	log_about(LOG_LV_NOTICE, (&(struct log_about){.listener = heir->opts.name}), "listener %s: takes over %s",
		  heir->opts.name, heir->address);
	sync_lock(&l->net->lock);
	l->net->news = true;
	sync_unlock(&l->net->lock);
	net_poke(l->net);
}
