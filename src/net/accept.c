/* Accepts connections: looks who it is, whether there is room, and rests when descriptors run out. */
#include "config.h"

#include "net/accept.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/net_impl.h"
#include "net/peers.h"
#include "net/stream.h"

#define ACCEPTS_IN_A_ROW 64 /* then others have their turn */
#define REST_MS 100

union peer_addr {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static void refuse(struct listener *l, int fd, const char *peer, const char *why)
{
	stats_add(&l->stats, STAT_REFUSED, 1);
	close(fd);
	log_about(LOG_LV_WARNING, (&(struct log_about){.key = l->opts.name, .listener = l->opts.name, .peer = peer}),
		  "listener %s: %s refused: %s", l->opts.name, peer, why);
}

static bool allowed(const struct listener *l, const union peer_addr *sa)
{
	for (unsigned i = 0; i < l->opts.allow_count; i++)
		if (cidr_match(&l->opts.allow[i], &sa->any))
			return true;
	return l->opts.allow_count == 0 || l->opts.addr.kind == ADDR_UNIX;
}

static void name_peer(const struct listener *l, int fd, const union peer_addr *sa, char *ret_text)
{
	struct ucred cred = {.uid = (uid_t)-1};
	socklen_t len = sizeof(cred);

	if (l->opts.addr.kind != ADDR_UNIX) {
		addr_format_peer(&sa->any, ret_text, ADDR_TEXT);
		return;
	}
	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	peer_format_cred((uint32_t)cred.pid, cred.uid, ret_text);
}

static void admit(struct listener *l, int fd, const union peer_addr *sa)
{
	char peer[ADDR_TEXT];

	name_peer(l, fd, sa, peer);
	if (!allowed(l, sa)) {
		source_refuse(&l->refusals, LOSS_DENIED, 0, 0);
		refuse(l, fd, peer, "it is not in allow");
	} else if (l->conn_count >= l->opts.max_connections) {
		refuse(l, fd, peer, "max_connections are open");
	} else if (conn_open(l, fd, peer) < 0) {
		stats_add(&l->stats, STAT_REFUSED, 1);
		log_about(LOG_LV_ERROR, (&(struct log_about){.key = l->opts.name, .listener = l->opts.name, .peer = peer}),
			  "listener %s: %s refused: no memory", l->opts.name, peer);
	}
}

/* No descriptors, no memory: accepting would fail again at once, for ever, at full speed. */
static void rest(struct listener *l, int errnum)
{
	log_about(LOG_LV_WARNING, (&(struct log_about){.key = l->opts.name, .listener = l->opts.name}),
		  "listener %s: cannot accept: %s; trying again every %d ms", l->opts.name, strerror(errnum), REST_MS);
	if (l->armed)
		event_del(&l->ev);
	l->armed = false;
	(void)evtimer_add(&l->later_ev, &(struct timeval){.tv_usec = REST_MS * 1000});
}

/* True if there may be more. */
static bool accept_one(struct listener *l)
{
	union peer_addr sa = {.any.sa_family = AF_UNSPEC};
	socklen_t len = sizeof(sa);
	int fd = accept4(l->sock.fd, &sa.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		admit(l, fd, &sa);
		return true;
	}
	switch (errno) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		rest(l, errno);
		return false;
	default: /* that connection is gone already */
		return true;
	}
}

void accept_all(struct listener *l)
{
	/* Not for ever, should an error never end. */
	for (int i = 0; i < 2 * SOMAXCONN && accept_one(l); i++)
		;
}

static void acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	for (int i = 0; i < ACCEPTS_IN_A_ROW; i++) {
		turn_stream(l->net);
		if (!accept_one(l))
			break;
	}
}

static void retry(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	if (!l->closed && !l->armed && !l->net->paused)
		l->armed = event_add(&l->ev, NULL) == 0;
}

int accept_open(struct listener *l)
{
	struct event_base *base = l->net->base;

	if (event_assign(&l->ev, base, l->sock.fd, EV_READ | EV_PERSIST, acceptable, l) < 0 ||
	    evtimer_assign(&l->later_ev, base, retry, l) < 0)
		return -1;
	l->has_ev = l->has_later = true;
	return 0;
}
