/* Translates the configuration's sections into each room's options. */
#include "pipe/plan.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/batch.h"

/* A batch takes at most this part of its queue, so that one source never fills it alone. */
#define QUEUE_SHARE 4

static enum gate_policy policy_of(const struct conf_listener *c)
{
	static const enum gate_policy policies[] = {
		[CONF_OVERFLOW_BLOCK] = GATE_BLOCK,
		[CONF_OVERFLOW_DROP_NEWEST] = GATE_DROP_NEWEST,
		[CONF_OVERFLOW_DROP_OLDEST] = GATE_DROP_OLDEST,
	};

	return policies[c->overflow];
}

static enum framing framing_of(const struct conf_listener *c)
{
	static const enum framing framings[] = {
		[CONF_FRAMING_AUTO] = FRAMING_AUTO,
		[CONF_FRAMING_NEWLINE] = FRAMING_NEWLINE,
		[CONF_FRAMING_NUL] = FRAMING_NUL,
		[CONF_FRAMING_OCTET] = FRAMING_OCTET,
	};

	return framings[c->framing];
}

enum durability plan_durability(const struct conf_store *c)
{
	static const enum durability durabilities[] = {
		[CONF_DURABILITY_FULL] = DURABILITY_FULL,
		[CONF_DURABILITY_NORMAL] = DURABILITY_NORMAL,
		[CONF_DURABILITY_OFF] = DURABILITY_OFF,
	};

	return durabilities[c->durability];
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

struct queue_opts plan_queue(const struct conf_store *c)
{
	return (struct queue_opts){
		.name = c->name,
		.capacity_count = (uint64_t)c->queue_messages,
		.budget_bytes = (uint64_t)c->queue_bytes,
		.batch_count = (uint32_t)c->batch_messages,
		.batch_interval_ns = c->batch_interval_ns,
	};
}

struct store_opts plan_store(const struct conf_store *c, const char *version)
{
	return (struct store_opts){
		.name = c->name,
		.path = c->path,
		.durability = plan_durability(c),
		.version = version,
		.keep_age_ns = c->keep_age_ns,
		.keep_bytes = c->keep_size,
		.keep_messages = c->keep_messages,
		.min_free = c->min_free,
		.wal_limit = (uint64_t)c->wal_limit,
	};
}

struct listener_opts plan_listener(const struct conf_listener *c, const struct conf_store *store, struct queue *queue,
				   int fd)
{
	uint64_t share_bytes = (uint64_t)store->queue_bytes / QUEUE_SHARE;
	uint64_t share_count = (uint64_t)store->queue_messages / QUEUE_SHARE;

	return (struct listener_opts){
		.name = c->name,
		.addr = c->addr,
		.fd = fd,
		.queue = queue,
		.overflow = policy_of(c),
		.framing = framing_of(c),
		.max_message = (uint32_t)c->max_message,
		.drop_oversize = c->oversize == CONF_OVERSIZE_DROP,
		.rcvbuf = c->rcvbuf,
		.max_connections = (unsigned)c->max_connections,
		.idle_timeout_ns = c->idle_timeout_ns,
		.ack = c->ack == CONF_ACK_COMMIT,
		.allow = c->allow,
		.allow_count = c->allow_count,
		/* The tables are part of a batch's cost: a quarter of its share at most. */
		.draft_messages = (uint32_t)least(least(BATCH_MESSAGES, share_count),
						  share_bytes / (4 * BATCH_ROW)),
		.draft_bytes = (size_t)least(BATCH_BYTES, share_bytes / 2),
	};
}

/* ---- inherited sockets ---- */

static int option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

static bool same_kind(int fd, const struct addr *a)
{
	bool stream = addr_is_stream(a), listening = option(fd, SO_ACCEPTCONN) == 1;

	return option(fd, SO_TYPE) == (stream ? SOCK_STREAM : SOCK_DGRAM) &&
	       option(fd, SO_DOMAIN) == a->sa.any.sa_family && stream == listening;
}

static bool same_address(int fd, const struct addr *a)
{
	struct addr bound = {.len = sizeof(bound.sa)};

	if (getsockname(fd, &bound.sa.any, &bound.len) != 0)
		return false;
	switch (a->kind) {
	case ADDR_UDP:
	case ADDR_TCP:
		if (a->sa.any.sa_family == AF_INET)
			return bound.sa.in.sin_port == a->sa.in.sin_port &&
			       bound.sa.in.sin_addr.s_addr == a->sa.in.sin_addr.s_addr;
		return bound.sa.in6.sin6_port == a->sa.in6.sin6_port &&
		       !memcmp(&bound.sa.in6.sin6_addr, &a->sa.in6.sin6_addr, sizeof(struct in6_addr));
	case ADDR_UNIX:
	case ADDR_UNIXGRAM:
		return !strncmp(bound.sa.un.sun_path, a->sa.un.sun_path, sizeof(bound.sa.un.sun_path));
	}
	return false;
}

int plan_inherit(struct inherited *sockets, unsigned count, const struct conf_listener *c)
{
	struct inherited *found = NULL;
	int fd;

	for (unsigned i = 0; i < count; i++) {
		struct inherited *s = &sockets[i];

		if (s->fd < 0 || !same_kind(s->fd, &c->addr))
			continue;
		if (same_address(s->fd, &c->addr)) {
			found = s;
			break;
		}
		if (!found && !strcmp(s->name, c->name))
			found = s;
	}
	if (!found)
		return -1;
	fd = found->fd;
	found->fd = -1;
	return fd;
}
