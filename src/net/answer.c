/* Puts the fates of messages into order and words them as ACK and NAK lines. */
#include "config.h"

#include "net/answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/conn_impl.h"
#include "net/net_impl.h"

#define LINE_BYTES 64 /* no line is longer */

static void conn_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	conn_active(c, turn_mark(c->src.listener->net));
	conn_touch(c);
}

struct answers *answers_new(struct conn *c)
{
	struct answers *a = mem_zalloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->next_no = 1;
	if (event_assign(&a->writable, c->src.listener->net->base, c->fd, EV_WRITE | EV_PERSIST, conn_writable, c) == 0)
		return a;
	mem_free(a);
	return NULL;
}

void answers_free(struct answers *a)
{
	if (!a)
		return;
	if (a->waiting)
		event_del(&a->writable);
	mem_free(a->todo.v);
	mem_free(a->refused.v);
	mem_free(a->out);
	mem_free(a);
}

bool answers_written(const struct answers *a)
{
	return a->todo.count == 0 && a->out_at == a->out_len && a->told_no == a->settled_no;
}

bool answers_complete(const struct answers *a)
{
	return a->settled_no + 1 == a->next_no && answers_written(a);
}

/* ---- ranges ---- */

static bool ranges_push(struct ranges *q, const struct range *r)
{
	struct range *last = q->count ? &q->v[q->head + q->count - 1] : NULL;

	if (last && last->last + 1 == r->first && last->stored == r->stored && (r->stored || last->why == r->why)) {
		last->last = r->last;
		return true;
	}
	if (q->head + q->count == q->cap && q->head) {
		memmove(q->v, q->v + q->head, q->count * sizeof(q->v[0]));
		q->head = 0;
	} else if (q->count == q->cap) {
		unsigned cap = q->cap ? q->cap * 2 : 8;
		struct range *more = mem_resize(q->v, cap * sizeof(*more));

		if (!more)
			return false;
		q->v = more;
		q->cap = cap;
	}
	q->v[q->head + q->count++] = *r;
	return true;
}

static struct range *ranges_first(struct ranges *q)
{
	return q->count ? &q->v[q->head] : NULL;
}

static void ranges_pop(struct ranges *q)
{
	q->head++;
	if (--q->count == 0)
		q->head = 0;
}

/* ---- settling ---- */

/* A connection without its answers would wait for ever. */
static void give_up(struct conn *c, const char *why)
{
	log_about(LOG_LV_ERROR, (&(struct log_about){.key = c->src.listener->opts.name,
						     .listener = c->src.listener->opts.name, .peer = c->peer}),
		  "listener %s: %s: %s; the connection is closed", c->src.listener->opts.name, c->peer, why);
	c->gone = c->doomed = true;
	conn_touch(c);
}

static void add(struct conn *c, const struct range *r)
{
	if (!ranges_push(&c->answers->todo, r))
		give_up(c, "no memory for its answers");
	c->answers->settled_no = r->last;
}

/* What was refused earlier and is now next in order. */
static void add_refused(struct conn *c)
{
	struct answers *a = c->answers;
	struct range *r;

	while ((r = ranges_first(&a->refused)) && r->first == a->settled_no + 1) {
		add(c, r);
		ranges_pop(&a->refused);
	}
}

void answers_settle(struct conn *c, const struct range *r)
{
	struct answers *a = c->answers;

	if (c->gone)
		return;
	if (r->first != a->settled_no + 1 || r->last < r->first || r->last >= a->next_no) {
		give_up(c, "its answers came out of order");
		return;
	}
	add(c, r);
	add_refused(c);
	conn_touch(c);
}

void answers_refuse(struct net *n, uint64_t conn, uint64_t first, uint64_t last, enum loss_reason why)
{
	struct conn *c = conn_find(n, conn);

	if (!c || !c->answers || c->gone)
		return;
	if (!ranges_push(&c->answers->refused, &(struct range){.first = first, .last = last, .why = why}))
		give_up(c, "no memory for its answers");
	add_refused(c);
	conn_touch(c);
}

/* ---- writing ---- */

/* Words answers while there is room, and an ACK for all of them at the end. */
static size_t word(struct conn *c, char *lines, size_t size)
{
	struct stats *stats = &c->src.listener->stats;
	struct answers *a = c->answers;
	uint64_t told = a->told_no;
	struct range *r;
	size_t len = 0;

	while ((r = ranges_first(&a->todo)) && len + 2 * (size_t)LINE_BYTES <= size) {
		if (r->stored) {
			told = r->last;
		} else {
			len += (size_t)snprintf(lines + len, size - len, "NAK %" PRIu64 " %s\n", r->first,
						loss_reason_name(r->why));
			stats_add(stats, STAT_NAKS, 1);
			told = r->first++;
		}
		if (r->stored || r->first > r->last)
			ranges_pop(&a->todo);
	}
	if (told == a->told_no)
		return len;
	len += (size_t)snprintf(lines + len, size - len, "ACK %" PRIu64 "\n", told);
	stats_add(stats, STAT_ACKS, 1);
	a->told_no = told;
	return len;
}

/* Hands bytes to the kernel; returns how many it took. */
static size_t push_out(struct conn *c, const char *bytes, size_t len)
{
	ssize_t sent = send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent >= 0)
		return (size_t)sent;
	if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS && errno != ENOMEM) {
		log_debug("listener %s: %s: cannot answer: %s", c->src.listener->opts.name, c->peer, strerror(errno));
		c->gone = true;
	}
	return 0;
}

static void keep(struct conn *c, const char *bytes, size_t len)
{
	struct answers *a = c->answers;

	a->out = mem_alloc(len);
	if (!a->out) {
		give_up(c, "no memory for its answers");
		return;
	}
	memcpy(a->out, bytes, len);
	a->out_at = 0;
	a->out_len = len;
}

static void wait_writable(struct answers *a, bool wait)
{
	if (wait == a->waiting)
		return;
	a->waiting = wait ? event_add(&a->writable, NULL) == 0 : event_del(&a->writable) != 0;
}

void answers_write(struct conn *c)
{
	struct net *n = c->src.listener->net;
	struct answers *a = c->answers;

	while (!c->gone) {
		size_t len;

		if (a->out) {
			a->out_at += push_out(c, a->out + a->out_at, a->out_len - a->out_at);
			if (a->out_at < a->out_len)
				break;
			mem_free(a->out);
			a->out = NULL;
			a->out_at = a->out_len = 0;
		}
		len = word(c, n->lines, NET_LINES);
		if (len == 0)
			break;
		size_t sent = push_out(c, n->lines, len);
		if (sent < len && !c->gone)
			keep(c, n->lines + sent, len - sent);
	}
	wait_writable(a, a->out && !c->gone);
}
