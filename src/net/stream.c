/* Reads a connection, cuts the bytes into messages and offers them, as fast as the queue takes them. */
#include "config.h"

#include "net/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/conn_impl.h"
#include "net/net_impl.h"

#define READS_IN_A_ROW 4 /* then others have their turn */

/* ---- from bytes to batches ---- */

static void flush(struct conn *c)
{
	struct batch_ack ack = {0};

	lull_note(&c->src.listener->net->turn.lull, batch_draft_count(c->src.listener->draft), 0);
	if (c->answers)
		ack = (struct batch_ack){.conn = c->id, .first_no = c->answers->draft_no};
	source_flush(&c->src, ack);
}

/* One message that will not be offered. It has a number all the same. */
static void lose(struct conn *c, enum loss_reason why, uint64_t bytes)
{
	if (c->answers)
		flush(c); /* numbers in a batch have no gaps */
	source_refuse(&c->src, why, 1, bytes);
	if (c->answers) {
		uint64_t no = c->answers->next_no++;

		answers_refuse(c->src.listener->net, c->id, no, no, why);
	}
}

/* The piece's bytes join the carried ones. False: no memory. */
static bool carry(struct conn *c, const struct frame_piece *piece)
{
	uint32_t need = piece->at + piece->fresh;

	if (need > c->carry_cap) {
		uint64_t cap = 2 * (uint64_t)c->carry_cap;
		char *more;

		if (cap > c->frame.max_message)
			cap = c->frame.max_message;
		if (cap < need)
			cap = need;
		more = mem_resize(c->carry, cap);
		if (!more)
			return false;
		c->carry = more;
		c->carry_cap = (uint32_t)cap;
	}
	if (piece->fresh)
		memcpy(c->carry + piece->at, piece->bytes, piece->fresh);
	return true;
}

static void drop_carry(struct conn *c)
{
	mem_free(c->carry);
	c->carry = NULL;
	c->carry_cap = 0;
}

static void message(struct conn *c, const struct frame_piece *piece, int64_t at)
{
	struct batch_draft *d = c->src.listener->draft;
	const char *body = piece->bytes;
	uint32_t size = piece->size > UINT32_MAX ? UINT32_MAX : (uint32_t)piece->size;

	if (piece->at) {
		if (!carry(c, piece)) {
			lose(c, LOSS_QUEUE_FULL, piece->size);
			return;
		}
		body = c->carry;
	}
	if (piece->size > piece->len && piece->len == c->frame.max_message)
		stats_add(&c->src.listener->stats, STAT_TRUNCATED, 1);
	if (!batch_draft_add(d, body, piece->len, size, at, c->peer)) {
		flush(c);
		if (!batch_draft_add(d, body, piece->len, size, at, c->peer))
			assert(!"an empty draft takes any message");
	}
	if (c->answers) {
		if (batch_draft_count(d) == 1)
			c->answers->draft_no = c->answers->next_no;
		c->answers->next_no++;
	}
}

static void broken(struct conn *c, uint64_t bytes)
{
	log_about(LOG_LV_WARNING, (&(struct log_about){.key = c->src.listener->opts.name,
						       .listener = c->src.listener->opts.name, .peer = c->peer}),
		  "listener %s: %s sent no octet count where one must stand; the connection is closed",
		  c->src.listener->opts.name, c->peer);
	lose(c, LOSS_INCOMPLETE, bytes);
	conn_end(c, CONN_BROKEN);
}

/* Frames and offers. Returns how many bytes it used: fewer than len only when the source was held back. */
static size_t feed(struct conn *c, const char *bytes, size_t len)
{
	const char *p = bytes, *end = bytes + len;
	bool deciding = c->frame.framing == FRAMING_AUTO;
	int64_t at = clock_wall_ns();
	enum frame_verdict v;

	do {
		struct frame_piece piece;

		v = frame_next(&c->frame, &p, end, &piece);
		switch (v) {
		case FRAME_MORE:
			flush(c);
			if (piece.at + piece.fresh == 0)
				drop_carry(c);
			else if (!carry(c, &piece))
				conn_end(c, CONN_RESET); /* what was unfinished is counted */
			break;
		case FRAME_MESSAGE:
			message(c, &piece, at);
			break;
		case FRAME_TOO_LONG:
			lose(c, LOSS_OVERSIZE, piece.size);
			break;
		case FRAME_BROKEN:
			flush(c);
			broken(c, piece.size + (uint64_t)(end - p));
			p = end;
			break;
		}
	} while ((v == FRAME_MESSAGE || v == FRAME_TOO_LONG) && !source_blocked(&c->src));
	flush(c);
	if (deciding && c->frame.framing != FRAMING_AUTO)
		log_debug("listener %s: %s: framing is %s", c->src.listener->opts.name, c->peer,
			  framing_name(c->frame.framing));
	return (size_t)(p - bytes);
}

/* Keeps what was read and not framed. */
static void keep_rest(struct conn *c, const char *bytes, size_t len)
{
	c->rest = mem_alloc(len);
	if (!c->rest) { /* then as batches; what finds no memory there is counted */
		for (size_t at = 0; at < len;)
			at += feed(c, bytes + at, len - at);
		return;
	}
	memcpy(c->rest, bytes, len);
	c->rest_at = 0;
	c->rest_len = len;
}

static void drop_rest(struct conn *c)
{
	mem_free(c->rest);
	c->rest = NULL;
	c->rest_at = c->rest_len = 0;
}

/* ---- reading ---- */

static bool wants_input(const struct conn *c)
{
	if (c->src.over || source_blocked(&c->src))
		return false;
	/* A client that does not read its answers is not read from; at a stop, what is left of it is bounded. */
	return !c->answers || c->gone || !c->answers->out || c->left >= 0;
}

/* One read. False: no more for now, or for ever. */
static bool read_once(struct conn *c)
{
	struct net *n = c->src.listener->net;
	size_t want = NET_SCRATCH, used;
	ssize_t got;

	if (c->left >= 0 && (uint64_t)c->left < want)
		want = (size_t)c->left;
	got = want ? recv(c->fd, n->scratch, want, MSG_DONTWAIT) : 0;
	if (got < 0) {
		if (errno != EAGAIN && errno != EINTR)
			conn_end(c, CONN_RESET);
		else if (errno == EAGAIN && c->left >= 0)
			conn_end(c, CONN_STOP);
		return false;
	}
	if (got == 0) {
		conn_end(c, want ? CONN_EOF : CONN_STOP);
		return false;
	}
	conn_active(c, n->turn.mark_ns);
	turn_read(n, (uint64_t)got);
	lull_note(&n->turn.lull, 0, (uint64_t)got);
	if (c->left >= 0)
		c->left -= got;
	used = feed(c, n->scratch, (size_t)got);
	if (used < (size_t)got)
		keep_rest(c, n->scratch + used, (size_t)got - used);
	else if (c->left == 0 && !c->src.over)
		conn_end(c, CONN_STOP);
	/* At a stop no event may tell that there is nothing more, so the kernel is asked. */
	return (size_t)got == want || c->left > 0;
}

void conn_read(struct conn *c)
{
	struct net *n = c->src.listener->net;
	int reads = 0;

	turn_stream(n);
	while (reads < READS_IN_A_ROW && wants_input(c) && source_ready(&c->src) && read_once(c))
		reads++;
	n->turn.more |= reads == READS_IN_A_ROW;
	source_rest(&c->src);
	if (c->src.over || !wants_input(c))
		source_disarm(&c->src);
	if (c->src.over)
		conn_touch(c);
}

void conn_resume(struct source *s)
{
	struct conn *c = CONTAINER_OF(s, struct conn, src);

	if (c->rest) {
		c->rest_at += feed(c, c->rest + c->rest_at, c->rest_len - c->rest_at);
		if (c->rest_at < c->rest_len)
			return;
		drop_rest(c);
		if (c->left == 0 && !c->src.over)
			conn_end(c, CONN_STOP);
	}
	if (!source_blocked(s))
		conn_read(c);
	source_arm(s);
	conn_touch(c);
}

/* ---- the end of input ---- */

/* An unfinished message at the end of a stream that ended in good order. */
static void last_message(struct conn *c)
{
	struct frame_piece piece;

	switch (frame_end(&c->frame, &piece)) {
	case FRAME_MORE:
		break;
	case FRAME_MESSAGE:
		message(c, &piece, clock_wall_ns());
		break;
	case FRAME_TOO_LONG:
		lose(c, LOSS_OVERSIZE, piece.size);
		break;
	case FRAME_BROKEN:
		lose(c, LOSS_INCOMPLETE, piece.size);
		break;
	}
	flush(c);
}

void conn_end(struct conn *c, enum conn_end how)
{
	static const char *const words[] = {
		[CONN_EOF] = "its end",
		[CONN_IDLE] = "silent for too long",
		[CONN_STOP] = "read up to the stop",
		[CONN_RESET] = "cut off",
		[CONN_BROKEN] = "senseless",
	};
	uint64_t bytes;

	if (c->src.over)
		return;
	c->src.over = true;
	source_disarm(&c->src);
	switch (how) {
	case CONN_EOF:
	case CONN_IDLE:
	case CONN_STOP:
		last_message(c);
		break;
	case CONN_RESET:
		c->gone = true;
		if (frame_unfinished(&c->frame, &bytes))
			source_refuse(&c->src, LOSS_INCOMPLETE, 1, bytes);
		break;
	case CONN_BROKEN:
		break;
	}
	drop_carry(c);
	log_debug("listener %s: %s: no more input: %s", c->src.listener->opts.name, c->peer, words[how]);
	conn_touch(c);
}

void conn_stop(struct conn *c)
{
	int left = 0;

	if (c->src.over || c->left >= 0)
		return;
	if (ioctl(c->fd, FIONREAD, &left) < 0)
		left = 0;
	c->left = left;
	if (source_blocked(&c->src))
		return;
	if (left == 0) {
		conn_end(c, CONN_STOP);
	} else {
		conn_read(c);
		source_arm(&c->src);
	}
}

void conns_stop(struct listener *l)
{
	/* Reading moves a connection to the end of the list; a second look at it does no harm. */
	for (struct conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		conn_stop(c);
	}
}

void conn_abandon(struct conn *c)
{
	source_abandon(&c->src);
	if (c->rest) {
		feed(c, c->rest + c->rest_at, c->rest_len - c->rest_at);
		drop_rest(c);
	}
	conn_end(c, CONN_STOP);
}
