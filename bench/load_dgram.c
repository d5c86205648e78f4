/* Sends datagrams, many with one call. */
#include "config.h"

#include "load.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLOTS 1024

struct ring {
	char *texts; /* SLOTS messages, one after the other */
	struct iovec iov[SLOTS];
	struct mmsghdr msgs[SLOTS];
};

static void ring_init(struct ring *r, const struct load *l)
{
	r->texts = malloc(SLOTS * l->size);
	if (!r->texts) {
		perror("load");
		exit(1);
	}
	memset(r->msgs, 0, sizeof(r->msgs));
	for (size_t i = 0; i < SLOTS; i++) {
		r->iov[i] = (struct iovec){.iov_base = r->texts + i * l->size, .iov_len = l->size};
		r->msgs[i].msg_hdr.msg_iov = &r->iov[i];
		r->msgs[i].msg_hdr.msg_iovlen = 1;
		text_make(r->iov[i].iov_base, l->size, l->stamp, 0);
	}
}

/* The next `count` messages of a connection. */
static void fill(struct ring *r, const struct load *l, const struct conn *c, long count)
{
	int64_t now = l->stamp ? unix_ns() : 0;

	for (long i = 0; i < count; i++) {
		char *text = r->texts + (size_t)i * l->size;

		if (l->conn_count > 1)
			text_connection(text, l->size, (int)(c - l->conns));
		text_number(text, l->size, c->number + (uint32_t)i + 1);
		if (l->stamp)
			text_stamp(text, l->size, now);
	}
}

/* One call; how many datagrams the kernel took, -1 with errno. */
static long send_some(struct ring *r, const struct load *l, const struct conn *c, long count)
{
	if (l->gso && count > 1) {
		ssize_t n = send(c->fd, r->texts, (size_t)count * l->size, 0);

		return n < 0 ? -1 : (long)((size_t)n / l->size);
	}
	return sendmmsg(c->fd, r->msgs, (unsigned)count, 0);
}

static bool gso_on(const struct load *l)
{
	int size = (int)l->size;

	for (int i = 0; i < l->conn_count; i++)
		if (setsockopt(l->conns[i].fd, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)) < 0) {
			perror("load: -g");
			return false;
		}
	return true;
}

static long most_at_once(const struct load *l)
{
	long most = l->burst < SLOTS ? l->burst : SLOTS;

	if (l->gso && most > 64)
		most = 64;
	if (l->gso && (size_t)most * l->size > LOAD_MAX_SIZE)
		most = (long)(LOAD_MAX_SIZE / l->size);
	return most < 1 ? 1 : most;
}

bool load_datagrams(struct load *l)
{
	static struct ring ring;
	long most = most_at_once(l), due;
	int at = 0;

	if (l->gso && !gso_on(l))
		return false;
	ring_init(&ring, l);
	while ((due = pace_due(l, most)) >= 0) {
		struct conn *c = &l->conns[at];
		long n;

		if (due == 0) {
			pace_wait(l);
			continue;
		}
		fill(&ring, l, c, due);
		n = send_some(&ring, l, c, due);
		if (n < 0) {
			/* ECONNREFUSED tells of an earlier datagram; this one was not sent and comes again. */
			if (errno != EINTR && ++l->errors > 1000) {
				perror("load: send");
				break;
			}
			continue;
		}
		c->number += (uint32_t)n;
		c->sent += n;
		l->sent += n;
		pace_made(l, n);
		at = at + 1 == l->conn_count ? 0 : at + 1;
	}
	free(ring.texts);
	return due < 0;
}
