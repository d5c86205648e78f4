/* Sends lines over many connections, from one thread, each as fast as its receiver takes them. */
#include "config.h"

#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define BUFFER_BYTES (64 * 1024)
#define BUFFER_MANY (16 * 1024) /* each, with more than MANY connections */
#define MANY 100
#define FINISH_S 30 /* how long the last lines may take */

struct streams {
	struct load *load;
	int epoll;
	size_t line; /* bytes, line end counted */
	long lines;  /* that fit into a buffer */
	int blocked, at;
};

static bool init(struct streams *s, struct load *l)
{
	size_t room = l->conn_count > MANY ? BUFFER_MANY : BUFFER_BYTES;

	*s = (struct streams){.load = l, .line = l->size + 1, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	s->lines = (long)(room / s->line);
	if (s->lines < 1)
		s->lines = 1;
	if (s->lines > l->burst)
		s->lines = l->burst;
	if (s->epoll < 0)
		return false;
	for (int i = 0; i < l->conn_count; i++) {
		struct conn *c = &l->conns[i];
		struct epoll_event ev = {.events = EPOLLOUT | EPOLLET, .data.ptr = c};

		c->buffer = malloc((size_t)s->lines * s->line);
		if (!c->buffer || epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->fd, &ev) < 0)
			return false;
		for (long n = 0; n < s->lines; n++) {
			text_make(c->buffer + (size_t)n * s->line, l->size, l->stamp, i);
			c->buffer[(size_t)(n + 1) * s->line - 1] = '\n';
		}
	}
	return true;
}

/* The lines in the buffer all have the same places; only number and time change. */
static void fill(struct streams *s, struct conn *c, long count)
{
	struct load *l = s->load;
	int64_t now = l->stamp ? unix_ns() : 0;

	for (long n = 0; n < count; n++) {
		char *line = c->buffer + (size_t)n * s->line;

		text_number(line, l->size, ++c->number);
		if (l->stamp)
			text_stamp(line, l->size, now);
	}
	c->len = (size_t)count * s->line;
	c->off = 0;
	pace_made(l, count);
}

/* False: the receiver has gone. */
static bool flush(struct streams *s, struct conn *c)
{
	ssize_t n = send(c->fd, c->buffer + c->off, c->len - c->off, MSG_NOSIGNAL | MSG_DONTWAIT);
	long before = (long)(c->off / s->line), whole;

	if (n < 0) {
		if (errno == EINTR)
			return true;
		if (errno != EAGAIN) {
			perror("load: send");
			return false;
		}
		c->blocked = true;
		s->blocked++;
		return true;
	}
	c->off += (size_t)n;
	whole = (long)(c->off / s->line) - before;
	c->sent += whole;
	s->load->sent += whole;
	return true;
}

/* Until a blocked connection takes more, or until_ns. */
static void await_room(struct streams *s, int64_t until_ns)
{
	struct epoll_event events[64];
	int64_t left = until_ns - clock_ns();
	struct timespec ts = {.tv_sec = left > 0 ? left / 1000000000 : 0, .tv_nsec = left > 0 ? left % 1000000000 : 0};
	int n = epoll_pwait2(s->epoll, events, 64, &ts, NULL);

	for (int i = 0; i < n; i++) {
		struct conn *c = events[i].data.ptr;

		if (c->blocked) {
			c->blocked = false;
			s->blocked--;
		}
	}
}

/* One turn of one connection: a fair share of what is due, or the rest of what it has begun. */
static bool turn(struct streams *s, long *due, long fair)
{
	struct load *l = s->load;
	struct conn *c = &l->conns[s->at];

	s->at = s->at + 1 == l->conn_count ? 0 : s->at + 1;
	if (c->blocked)
		return true;
	if (c->off == c->len && *due > 0) {
		if (fair > *due)
			fair = *due;
		fill(s, c, fair < s->lines ? fair : s->lines);
		*due = pace_due(l, LOAD_MAX_COUNT);
	}
	return c->off == c->len || flush(s, c);
}

static bool unfinished(const struct load *l)
{
	for (int i = 0; i < l->conn_count; i++)
		if (l->conns[i].off != l->conns[i].len)
			return true;
	return false;
}

static bool run(struct streams *s)
{
	struct load *l = s->load;
	long due;
	int64_t until;

	while ((due = pace_due(l, LOAD_MAX_COUNT)) >= 0) {
		long fair = due / l->conn_count + 1;

		for (int i = 0; i < l->conn_count && due >= 0; i++)
			if (!turn(s, &due, fair))
				return false;
		if (s->blocked == l->conn_count)
			await_room(s, clock_ns() + 10000000);
		else if (due == 0)
			/* Also takes in which connections have room again. */
			await_room(s, pace_next_ns(l));
		else if (s->blocked)
			await_room(s, 0);
	}
	until = clock_ns() + FINISH_S * 1000000000LL;
	while (unfinished(l) && clock_ns() < until) {
		long none = 0;

		for (int i = 0; i < l->conn_count; i++)
			if (!turn(s, &none, 0))
				return false;
		if (s->blocked)
			await_room(s, clock_ns() + 10000000);
	}
	return !unfinished(l);
}

bool load_streams(struct load *l)
{
	struct streams s;
	bool whole;

	if (!init(&s, l)) {
		perror("load");
		return false;
	}
	whole = run(&s);
	for (int i = 0; i < l->conn_count; i++) {
		const struct conn *c = &l->conns[i];

		l->cut += (long)((c->len - c->off + s.line - 1) / s.line);
	}
	return whole;
}
