/* The sockets of blast: one thread that writes what is taken and reads what is answered. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "blast.h"

#define BURST 64

double blast_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool in_time(const struct blast *b)
{
	return blast_now() < b->started + (double)b->limit_s;
}

static bool is_stream(const struct blast *b)
{
	return addr_is_stream(&b->addr);
}

/* What stands before the message and behind it. */
static size_t frame_len(const struct blast *b)
{
	char head[24];

	if (!is_stream(b))
		return b->size;
	return b->framing == BLAST_OCTET ? (size_t)snprintf(head, sizeof(head), "%zu ", b->size) + b->size : b->size + 1;
}

/* Message n (from 0) of connection i, size bytes; a stream's with its framing. to: room for one byte more. */
static void build(const struct blast *b, int i, long n, char *to)
{
	size_t head = 0;

	if (is_stream(b) && b->framing == BLAST_OCTET)
		head = (size_t)sprintf(to, "%zu ", b->size);
	memset(to + head, 'x', b->size);
	to[head + (size_t)snprintf(to + head, b->size, "%s-%d %ld ", b->src, i, b->first + n)] = 'x';
	if (is_stream(b) && b->framing != BLAST_OCTET)
		to[b->size] = b->framing == BLAST_NUL ? '\0' : '\n';
}

static void broken(struct blast *b, struct blast_conn *c)
{
	b->errors++;
	close(c->fd);
	c->fd = -1;
}

/* True if some bytes were taken. */
static bool pump_stream(struct blast *b, struct blast_conn *c, long may)
{
	int i = (int)(c - b->conns);
	ssize_t n;

	if (c->off == c->len) {
		c->off = c->len = 0;
		for (; c->built < may && c->len < BLAST_BUFFER; c->built++) {
			build(b, i, c->built, c->buffer + c->len);
			c->len += b->frame_len;
		}
		if (b->no_end && b->framing != BLAST_OCTET && c->len && c->built == b->count)
			c->len--;
	}
	if (c->off == c->len)
		return false;
	n = send(c->fd, c->buffer + c->off, c->len - c->off, MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			broken(b, c);
		return false;
	}
	c->off += (size_t)n;
	c->taken += n;
	b->bytes += n;
	c->done = (long)((c->taken + (b->no_end && c->built == b->count && c->off == c->len)) / (long long)b->frame_len);
	return true;
}

static bool pump_datagrams(struct blast *b, struct blast_conn *c, long may)
{
	static char data[BURST][BLAST_SIZE + 32];
	struct mmsghdr msgs[BURST];
	struct iovec iov[BURST];
	unsigned want = may - c->done < BURST ? (unsigned)(may - c->done) : BURST;
	int n;

	memset(msgs, 0, sizeof(msgs));
	for (unsigned k = 0; k < want; k++) {
		build(b, (int)(c - b->conns), c->done + k, data[k]);
		iov[k] = (struct iovec){.iov_base = data[k], .iov_len = b->size};
		msgs[k].msg_hdr.msg_iov = &iov[k];
		msgs[k].msg_hdr.msg_iovlen = 1;
	}
	n = sendmmsg(c->fd, msgs, want, MSG_DONTWAIT);
	if (n < 0) {
		if (errno == ECONNREFUSED && b->errors < 1000)
			b->errors++; /* told by an earlier datagram; this one was not sent */
		else if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			broken(b, c);
		return false;
	}
	c->done += n;
	b->bytes += (long long)n * (long long)b->size;
	return n > 0;
}

static void answer_line(struct blast_conn *c)
{
	long n;

	c->line[c->line_len] = '\0';
	if (sscanf(c->line, "ACK %ld", &n) == 1 && n > c->acked)
		c->acked = n;
	else if (!strncmp(c->line, "NAK ", 4))
		c->naks++;
	c->line_len = 0;
}

static void read_answers(struct blast *b, struct blast_conn *c)
{
	char got[4096];
	ssize_t n;

	while (b->ack && c->fd >= 0 && !c->ended && (n = recv(c->fd, got, sizeof(got), MSG_DONTWAIT)) != -1) {
		c->ended = n == 0;
		for (ssize_t k = 0; k < n; k++)
			if (got[k] == '\n')
				answer_line(c);
			else if (c->line_len < sizeof(c->line) - 1)
				c->line[c->line_len++] = got[k];
	}
	if (b->ack && c->fd >= 0 && !c->ended && errno != EAGAIN && errno != EINTR)
		c->ended = true;
}

/* Waits a little until some connection can go on. */
static void wait_some(struct blast *b, bool writing, int wait_ms)
{
	struct pollfd *fds = calloc((size_t)b->conn_count, sizeof(*fds));

	if (!fds)
		return;
	for (int i = 0; i < b->conn_count; i++) {
		struct blast_conn *c = &b->conns[i];

		fds[i].fd = c->ended && !writing ? -1 : c->fd;
		fds[i].events = (short)((b->ack && !c->ended ? POLLIN : 0) |
					(writing && (c->done < b->count || c->off < c->len) ? POLLOUT : 0));
		if (!fds[i].events)
			fds[i].fd = -1;
	}
	poll(fds, (nfds_t)b->conn_count, wait_ms);
	free(fds);
}

bool blast_connect(struct blast *b)
{
	int type = is_stream(b) ? SOCK_STREAM : SOCK_DGRAM;
	struct rlimit files = {0};
	char url[ADDR_URL_TEXT];

	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	b->frame_len = frame_len(b);
	b->conns = calloc((size_t)b->conn_count, sizeof(*b->conns));
	if (!b->conns)
		abort();
	for (int i = 0; i < b->conn_count; i++)
		b->conns[i].fd = -1;
	for (int i = 0; i < b->conn_count; i++) {
		struct blast_conn *c = &b->conns[i];

		c->fd = socket(b->addr.sa.any.sa_family, type | SOCK_CLOEXEC, 0);
		c->buffer = malloc(BLAST_BUFFER + 2 * BLAST_SIZE);
		if (c->fd >= 0 && c->buffer && !connect(c->fd, &b->addr.sa.any, b->addr.len))
			continue;
		addr_format(&b->addr, url, sizeof(url));
		fprintf(stderr, "blast: %s, connection %d: %s\n", url, i, strerror(errno));
		b->errors++;
		return false;
	}
	return true;
}

bool blast_send(struct blast *b)
{
	bool pending = true;

	while (pending && in_time(b)) {
		long may = b->count;
		bool moved = false;

		if (b->rate) {
			may = (long)((double)b->rate * (blast_now() - b->started) / b->conn_count);
			may = may < b->count ? may : b->count;
		}
		pending = false;
		for (int i = 0; i < b->conn_count; i++) {
			struct blast_conn *c = &b->conns[i];

			read_answers(b, c);
			if (c->fd < 0 || (c->done >= b->count && c->off == c->len))
				continue;
			pending = true;
			if (is_stream(b))
				moved |= pump_stream(b, c, may);
			else if (c->done < may)
				moved |= pump_datagrams(b, c, may);
		}
		if (pending && !moved)
			wait_some(b, !b->rate, b->rate ? 1 : 100);
	}
	for (int i = 0; i < b->conn_count; i++)
		if (b->conns[i].done < b->count)
			return false;
	return true;
}

void blast_hold(struct blast *b)
{
	double until = blast_now() + (double)b->hold_s;

	while (blast_now() < until && in_time(b)) {
		for (int i = 0; i < b->conn_count; i++)
			read_answers(b, &b->conns[i]);
		wait_some(b, false, 20);
	}
}

bool blast_await(struct blast *b)
{
	bool waiting = true, all = true;

	for (int i = 0; i < b->conn_count; i++)
		if (b->conns[i].fd >= 0)
			shutdown(b->conns[i].fd, SHUT_WR);
	while (waiting && in_time(b)) {
		waiting = false;
		for (int i = 0; i < b->conn_count; i++) {
			struct blast_conn *c = &b->conns[i];

			read_answers(b, c);
			waiting |= c->fd >= 0 && !c->ended && c->acked < b->count;
		}
		if (waiting)
			wait_some(b, false, 100);
	}
	for (int i = 0; i < b->conn_count; i++)
		all &= b->conns[i].acked >= b->count;
	return all;
}

void blast_close(struct blast *b)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	for (int i = 0; i < b->conn_count; i++) {
		struct blast_conn *c = &b->conns[i];

		if (c->fd >= 0 && b->reset)
			setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		if (c->fd >= 0)
			close(c->fd);
		free(c->buffer);
	}
}
