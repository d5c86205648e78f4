/* Opens connections, finds them by id, and closes them when all is said. */
#include "config.h"

#include <inttypes.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/conn_impl.h"
#include "net/net_impl.h"

#define SLOT_BITS 20
#define SLOT_MASK ((UINT64_C(1) << SLOT_BITS) - 1)
#define LINGER_READS 16
#define ACK_SNDBUF (64 * 1024) /* answers a client may leave unread before it is not read from any more */

/* ---- slots ---- */

static bool slot_take(struct net *n, struct conn *c)
{
	unsigned i, count = n->slot_count ? n->slot_count * 2 : 64;

	if (n->conn_count == n->slot_count) {
		struct conn **more = count > SLOT_MASK ? NULL : mem_resize(n->slots, count * sizeof(*more));

		if (!more)
			return false;
		memset(more + n->slot_count, 0, (count - n->slot_count) * sizeof(*more));
		n->slots = more;
		n->slot_count = count;
	}
	/* Ids go round, so the slot after the last one given is most likely free. */
	for (i = n->slot_hint; n->slots[i % n->slot_count]; i++)
		;
	i %= n->slot_count;
	n->slot_hint = i + 1;
	n->slots[i] = c;
	n->conn_count++;
	c->id = ++n->serial << SLOT_BITS | i;
	return true;
}

struct conn *conn_find(struct net *n, uint64_t id)
{
	uint64_t i = id & SLOT_MASK;

	return i < n->slot_count && n->slots[i] && n->slots[i]->id == id ? n->slots[i] : NULL;
}

/* ---- the listener's list, by last activity ---- */

static void list_add(struct conn *c)
{
	struct listener *l = c->src.listener;

	c->next = NULL;
	c->prev = l->conns_end;
	*(c->prev ? &c->prev->next : &l->conns) = c;
	l->conns_end = c;
}

static void list_remove(struct conn *c)
{
	struct listener *l = c->src.listener;

	*(c->prev ? &c->prev->next : &l->conns) = c->next;
	*(c->next ? &c->next->prev : &l->conns_end) = c->prev;
}

void conn_active(struct conn *c, int64_t now_ns)
{
	c->active_ns = now_ns;
	if (c->next) {
		list_remove(c);
		list_add(c);
	}
}

int64_t conns_sweep(struct listener *l, int64_t now_ns)
{
	struct conn *c;

	if (l->opts.idle_timeout_ns <= 0)
		return SYNC_FOREVER;
	while ((c = l->conns) && now_ns - c->active_ns >= l->opts.idle_timeout_ns) {
		bool waits = source_blocked(&c->src) ||
			     (c->answers && c->answers->settled_no + 1 < c->answers->next_no && !c->gone);

		conn_active(c, now_ns);
		if (waits)
			continue;
		stats_add(&l->stats, STAT_IDLED, 1);
		conn_end(c, CONN_IDLE);
		if (c->answers && c->answers->out)
			c->gone = true; /* it does not read its answers either */
		conn_touch(c);
	}
	return c ? c->active_ns + l->opts.idle_timeout_ns : SYNC_FOREVER;
}

/* ---- opening and closing ---- */

static void readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_read(arg);
}

/* Finds out about peers that are gone without a word; lets answers out at once. */
static void set_options(int fd, bool tcp, bool ack)
{
	const struct {
		bool wanted;
		int level, name, value;
	} options[] = {
		{tcp, SOL_SOCKET, SO_KEEPALIVE, 1},         {tcp, IPPROTO_TCP, TCP_KEEPIDLE, 120},
		{tcp, IPPROTO_TCP, TCP_KEEPINTVL, 30},      {tcp, IPPROTO_TCP, TCP_KEEPCNT, 4},
		{tcp, SOL_SOCKET, SO_OOBINLINE, 1}, /* an urgent byte is a byte */
		{tcp && ack, IPPROTO_TCP, TCP_NODELAY, 1},  {ack, SOL_SOCKET, SO_SNDBUF, ACK_SNDBUF},
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].wanted)
			(void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(options[i].value));
}

int conn_open(struct listener *l, int fd, const char *peer)
{
	struct conn *c = mem_zalloc(1, sizeof(*c));

	if (!c || !slot_take(l->net, c)) {
		mem_free(c);
		close(fd);
		return -1;
	}
	c->fd = fd;
	c->left = -1;
	c->active_ns = sync_now_ns();
	strcpy(c->peer, peer);
	frame_init(&c->frame, l->opts.framing, l->opts.max_message, l->opts.drop_oversize);
	source_init(&c->src, l, conn_resume);
	list_add(c);
	stats_set(&l->stats, STAT_CONNECTIONS, ++l->conn_count);
	set_options(fd, l->opts.addr.kind == ADDR_TCP, l->opts.ack);
	if ((l->opts.ack && !(c->answers = answers_new(c))) || source_watch(&c->src, fd, readable, c) < 0) {
		conn_close(c);
		return -1;
	}
	source_arm(&c->src);
	if (l->opts.idle_timeout_ns > 0)
		turn_round_by(l->net, c->active_ns + l->opts.idle_timeout_ns);
	stats_add(&l->stats, STAT_ACCEPTED, 1);
	log_debug("listener %s: %s: connected", l->opts.name, peer);
	return 0;
}

/* What the peer sent and nobody will read would make the close a reset, and the reset could overtake our answers. */
static void say_goodbye(struct conn *c)
{
	struct net *n = c->src.listener->net;

	(void)shutdown(c->fd, SHUT_WR);
	for (int i = 0; i < LINGER_READS && recv(c->fd, n->scratch, NET_SCRATCH, MSG_DONTWAIT) > 0; i++)
		;
}

void conn_close(struct conn *c)
{
	struct listener *l = c->src.listener;
	struct net *n = l->net;

	for (struct conn **at = &n->dirty; c->dirty && *at; at = &(*at)->dirty_next) {
		if (*at == c) {
			*at = c->dirty_next;
			break;
		}
	}
	source_done(&c->src);
	if (c->src.busy)
		drain_done(&c->src);
	list_remove(c);
	n->slots[c->id & SLOT_MASK] = NULL;
	n->conn_count--;
	stats_set(&l->stats, STAT_CONNECTIONS, --l->conn_count);
	if (c->answers && !c->gone)
		say_goodbye(c);
	answers_free(c->answers);
	close(c->fd);
	log_debug("listener %s: %s: closed", l->opts.name, c->peer);
	mem_free(c->carry);
	mem_free(c->rest);
	mem_free(c);
}

/* ---- the end of a turn ---- */

void conn_touch(struct conn *c)
{
	struct net *n = c->src.listener->net;

	if (c->dirty)
		return;
	c->dirty = true;
	c->dirty_next = n->dirty;
	n->dirty = c;
}

static void tend(struct conn *c)
{
	bool was_full = c->answers && c->answers->out;

	if (c->answers && !c->gone)
		answers_write(c);
	/* Nobody takes the answers of a client that is gone, but what it sent before is still to be read. */
	if (was_full && (c->gone || !c->answers->out))
		source_arm(&c->src);
	if (c->doomed)
		conn_end(c, CONN_RESET);
	if (!c->src.over || source_blocked(&c->src) || c->rest)
		return;
	drain_done(&c->src);
	if (!c->answers || c->gone || answers_complete(c->answers) ||
	    (c->src.listener->net->finishing && answers_written(c->answers)))
		conn_close(c);
}

void conns_tend(struct net *n)
{
	struct conn *c;

	while ((c = n->dirty)) {
		turn_stream(n);
		n->dirty = c->dirty_next;
		c->dirty = false;
		tend(c);
	}
}
