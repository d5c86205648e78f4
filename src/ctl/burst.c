/* Sends messages, and reads what is answered. */
#include "config.h"
#include "ctl/burst.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "ctl/lines.h"
#include "ctl/memory.h"

#define STREAM_BYTES (64 * 1024)        /* written at a time */
#define DGRAMS 64                       /* sent with one call */
#define PROGRESS_NS (100 * NS_PER_MS)
#define NAP_NS (2 * NS_PER_MS)          /* the pace is kept in steps of this */
#define ANSWER_MS 30000                 /* for the last acknowledgement */

struct bursting {
	const struct burst_opts *o;
	struct burst_result *r;
	int64_t begun_ns, told_ns;
	char *made;             /* a made-up message */
	bool ended;             /* there are no more lines */
	/* What is to be sent: messages one behind the other. */
	char *out;
	size_t used, room;
	size_t end[DGRAMS];     /* where each ends; of streams, only the last counts */
	unsigned held;          /* messages in it */
	/* What is answered, up to the end of a line. */
	char answer[128];
	size_t answer_len;
	bool closed;            /* nothing will be answered any more */
};

/* ---- one message ---- */

/* The next body; NULL: there is none. Lends until the next call. */
static const char *next_body(struct bursting *b, size_t *ret_len)
{
	uint64_t no = b->r->sent + b->held + 1;
	const char *body;
	int len;

	if (b->ended || (b->o->count > 0 && no > (uint64_t)b->o->count))
		return NULL;
	if (!b->o->lines) {
		len = snprintf(b->made, b->o->size + 1, "catchbasin test message %" PRIu64 " ", no);
		if ((size_t)len < b->o->size)
			memset(b->made + len, '.', b->o->size - (size_t)len);
		*ret_len = b->o->size;
		return b->made;
	}
	body = lines_next(b->o->lines, ret_len);
	b->ended = !body;
	return body;
}

static void put(struct bursting *b, const char *bytes, size_t len)
{
	if (b->used + len > b->room) {
		b->room = 2 * (b->used + len);
		b->out = need(mem_resize(b->out, b->room));
	}
	if (len > 0)
		memcpy(b->out + b->used, bytes, len);
	b->used += len;
}

static void put_message(struct bursting *b, const char *body, size_t len)
{
	char count[32];

	if (b->o->stream && b->o->framing == BURST_OCTET)
		put(b, count, (size_t)snprintf(count, sizeof(count), "%zu ", len));
	put(b, body, len);
	if (b->o->stream && b->o->framing == BURST_NEWLINE)
		put(b, "\n", 1);
	if (b->o->stream && b->o->framing == BURST_NUL)
		put(b, "", 1);
	b->end[b->held % DGRAMS] = b->used;
	b->held++;
	b->r->bytes += len;
}

/* ---- answers ---- */

static void hear_line(struct bursting *b)
{
	uint64_t n;

	b->answer[b->answer_len] = '\0';
	if (sscanf(b->answer, "ACK %" SCNu64, &n) == 1)
		b->r->acked = n;
	else if (sscanf(b->answer, "NAK %" SCNu64, &n) == 1)
		b->r->refused++;
	b->answer_len = 0;
}

static void hear(struct bursting *b)
{
	char bytes[4096];
	ssize_t n = recv(b->o->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		b->closed = true;
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			hear_line(b);
		else if (b->answer_len < sizeof(b->answer) - 1)
			b->answer[b->answer_len++] = bytes[i];
	}
}

/* Until the descriptor takes more. */
static void wait_for_room(struct bursting *b)
{
	struct pollfd p = {.fd = b->o->fd, .events = POLLOUT | (b->o->stream && !b->closed ? POLLIN : 0)};

	if (poll(&p, 1, 100) > 0 && b->o->stream && (p.revents & POLLIN))
		hear(b);
}

/* ---- sending ---- */

static int failed(struct err *reterr)
{
	err_set_errno(reterr, errno == EMSGSIZE ? EXIT_USAGE : EXIT_UNAVAILABLE, errno, "the receiver takes no more");
	return -1;
}

static int flush_stream(struct bursting *b, struct err *reterr)
{
	size_t at = 0;

	while (at < b->used) {
		ssize_t n = send(b->o->fd, b->out + at, b->used - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			at += (size_t)n;
		else if (errno == EAGAIN)
			wait_for_room(b);
		else if (errno != EINTR)
			return failed(reterr);
	}
	b->r->sent += b->held;
	return 0;
}

static int flush_dgrams(struct bursting *b, struct err *reterr)
{
	struct mmsghdr msgs[DGRAMS] = {0};
	struct iovec parts[DGRAMS];
	unsigned at = 0;

	for (unsigned i = 0; i < b->held; i++) {
		size_t begin = i ? b->end[i - 1] : 0;

		parts[i] = (struct iovec){.iov_base = b->out + begin, .iov_len = b->end[i] - begin};
		msgs[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	while (at < b->held) {
		int n = sendmmsg(b->o->fd, msgs + at, b->held - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			at += (unsigned)n;
			b->r->sent += (unsigned)n;
		} else if (errno == EAGAIN || errno == ENOBUFS) {
			wait_for_room(b);
		} else if (errno != EINTR) {
			return failed(reterr);
		}
	}
	return 0;
}

static int flush(struct bursting *b, struct err *reterr)
{
	int rc = b->o->stream ? flush_stream(b, reterr) : flush_dgrams(b, reterr);

	b->used = 0;
	b->held = 0;
	if (b->o->stream && !b->closed)
		hear(b);
	return rc;
}

static bool is_full(const struct bursting *b)
{
	return b->o->stream ? b->used >= STREAM_BYTES : b->held == DGRAMS;
}

/* How many messages may be sent by now, beyond those that were. */
static uint64_t allowed(const struct bursting *b)
{
	int64_t ns = sync_now_ns() - b->begun_ns;
	uint64_t due;

	if (b->o->rate == 0)
		return UINT64_MAX;
	due = (uint64_t)((double)ns * (double)b->o->rate / (double)NS_PER_S) + 1;
	return due > b->r->sent ? due - b->r->sent : 0;
}

static void progress(struct bursting *b, bool at_once)
{
	int64_t now_ns = sync_now_ns();

	if (!b->o->progress || (!at_once && now_ns - b->told_ns < PROGRESS_NS))
		return;
	b->told_ns = now_ns;
	b->o->progress(b->o->arg, b->r->sent);
}

static int send_all(struct bursting *b, struct err *reterr)
{
	const char *body = "";
	size_t len;

	while (body) {
		uint64_t may = allowed(b);

		if (may == 0) {
			sync_sleep_until(sync_now_ns() + NAP_NS);
			continue;
		}
		while (b->held < may && !is_full(b) && (body = next_body(b, &len))) {
			put_message(b, body, len);
			/* What somebody types goes out at once. */
			if (b->o->lines && lines_would_wait(b->o->lines))
				break;
		}
		if (flush(b, reterr) < 0)
			return -1;
		progress(b, false);
	}
	return 0;
}

static void await_answers(struct bursting *b)
{
	int64_t until_ns = sync_now_ns() + ANSWER_MS * NS_PER_MS;

	shutdown(b->o->fd, SHUT_WR);
	while (!b->closed && b->r->acked < b->r->sent && sync_now_ns() < until_ns) {
		struct pollfd p = {.fd = b->o->fd, .events = POLLIN};

		if (poll(&p, 1, 100) > 0)
			hear(b);
	}
}

int burst(const struct burst_opts *opts, struct burst_result *ret, struct err *reterr)
{
	struct bursting b = {.o = opts, .r = ret, .begun_ns = sync_now_ns()};
	int rc;

	*ret = (struct burst_result){0};
	b.made = need(mem_alloc(opts->size + 64));
	rc = send_all(&b, reterr);
	if (rc == 0 && opts->ack && opts->stream)
		await_answers(&b);
	ret->took_ns = sync_now_ns() - b.begun_ns;
	progress(&b, true);
	mem_free(b.made);
	mem_free(b.out);
	return rc;
}
