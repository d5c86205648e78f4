/* Reads datagrams in bursts and offers each burst as a batch. */
#include "config.h"

#include "net/dgram.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/net_impl.h"
#include "net/peers.h"
#include "net/rcvbuf.h"

#define BURSTS_IN_A_ROW 16 /* then others have their turn */

/* What the kernel says beside a datagram, aligned as it writes it. */
union control {
	char bytes[192];
	struct cmsghdr align;
};

struct dgram_area {
	struct mmsghdr msgs[DGRAM_BURST];
	struct iovec parts[DGRAM_BURST];
	struct peer_key names[DGRAM_BURST];
	union control controls[DGRAM_BURST];
	size_t room;   /* for each datagram, as prepared; 0: not yet */
	unsigned used; /* by the last burst */
	struct peers peers;
	char bytes[DGRAM_AREA];
};

_Static_assert(DGRAM_UNIX_BURST * DGRAM_UNIX_BYTES <= DGRAM_AREA && DGRAM_BURST * DGRAM_BYTES <= DGRAM_AREA,
	       "one area serves both");

/* A burst's losses, counted at once. */
struct lost {
	uint64_t messages, bytes;
};

struct burst {
	struct listener *l;
	struct dgram_area *a;
	int64_t wall_ns; /* 0: not asked for yet */
	struct lost denied, oversize;
};

enum burst_result { BURST_MORE, BURST_EMPTY, BURST_LATER };

struct dgram_area *dgram_area_new(void)
{
	/* Zeroed pages cost nothing until they are touched. */
	return mem_zalloc(1, sizeof(struct dgram_area));
}

void dgram_area_free(struct dgram_area *a)
{
	mem_free(a);
}

static bool is_unix(const struct listener *l)
{
	return l->opts.addr.kind == ADDR_UNIXGRAM;
}

/* ---- one datagram ---- */

struct words {
	int64_t stamp_ns; /* 0: none */
	struct ucred cred;
	bool has_drops;
	uint32_t drops;
};

/* What the kernel says beside the datagram. Descriptors that somebody sent along are closed. */
static void read_control(struct msghdr *h, struct words *ret)
{
	*ret = (struct words){.cred = {.uid = (uid_t)-1}};
	for (struct cmsghdr *m = CMSG_FIRSTHDR(h); m; m = CMSG_NXTHDR(h, m)) {
		const void *data = CMSG_DATA(m);
		size_t len = m->cmsg_len - CMSG_LEN(0);

		if (m->cmsg_level != SOL_SOCKET)
			continue;
		if (m->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec ts;

			memcpy(&ts, data, sizeof(ts));
			ret->stamp_ns = ts.tv_sec * NS_PER_S + ts.tv_nsec;
		} else if (m->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&ret->drops, data, sizeof(ret->drops));
			ret->has_drops = true;
		} else if (m->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&ret->cred, data, sizeof(ret->cred));
		} else if (m->cmsg_type == SCM_RIGHTS) {
			for (; len >= sizeof(int); len -= sizeof(int), data = (const char *)data + sizeof(int)) {
				int fd;

				memcpy(&fd, data, sizeof(fd));
				close(fd);
			}
		}
	}
}

static bool allowed(const struct listener *l, const struct peer_key *key)
{
	for (unsigned i = 0; i < l->opts.allow_count; i++)
		if (cidr_match(&l->opts.allow[i], &key->id.any))
			return true;
	return l->opts.allow_count == 0 || is_unix(l);
}

static void offer(struct burst *b, const char *bytes, uint32_t len, uint32_t size, int64_t at, const char *peer)
{
	struct batch_draft *d = b->l->draft;

	if (batch_draft_add(d, bytes, len, size, at, peer))
		return;
	source_flush(&b->l->source, (struct batch_ack){0});
	if (!batch_draft_add(d, bytes, len, size, at, peer))
		assert(!"an empty draft takes any message");
}

/* len bytes are there of a datagram of size bytes. */
static void datagram(struct burst *b, struct peer_key *key, const char *bytes, uint32_t len, uint32_t size,
		     const struct words *words)
{
	const struct listener_opts *o = &b->l->opts;
	int64_t at = words->stamp_ns;

	if (!allowed(b->l, key)) {
		b->denied.messages++;
		b->denied.bytes += size;
		return;
	}
	if (len == size && len && bytes[len - 1] == '\n') {
		len--;
		if (len && bytes[len - 1] == '\r')
			len--;
		size = len;
	}
	if (size == 0)
		return; /* an empty datagram is no message */
	if (size > o->max_message && o->drop_oversize) {
		b->oversize.messages++;
		b->oversize.bytes += size;
		return;
	}
	if (len > o->max_message)
		len = o->max_message;
	if (len < size)
		stats_add(&b->l->stats, STAT_TRUNCATED, 1);
	if (!at)
		at = b->wall_ns = b->wall_ns ? b->wall_ns : clock_wall_ns();
	offer(b, bytes, len, size, at, peers_name(&b->a->peers, key));
}

/* ---- a burst ---- */

/* For each datagram: nothing up to max_message is cut for want of room. */
static size_t room_of(const struct listener *l)
{
	size_t room = is_unix(l) ? DGRAM_UNIX_BYTES : DGRAM_BYTES;

	while (is_unix(l) && room < l->opts.max_message && room < DGRAM_AREA)
		room *= 2;
	return room;
}

static unsigned burst_of(const struct listener *l)
{
	size_t fit = DGRAM_AREA / room_of(l);

	if (!is_unix(l))
		return DGRAM_BURST;
	return fit < DGRAM_UNIX_BURST ? (unsigned)fit : DGRAM_UNIX_BURST;
}

/* Only what the last burst used must be made ready again, unless it was of the other kind. */
static void prepare(struct dgram_area *a, const struct listener *l)
{
	bool unix_socket = is_unix(l);
	size_t room = room_of(l);
	unsigned count = a->room == room ? a->used : DGRAM_BURST;

	a->room = room;
	a->used = 0;
	for (unsigned i = 0; i < count; i++) {
		a->names[i] = (struct peer_key){0};
		a->parts[i] = (struct iovec){.iov_base = a->bytes + (i * room) % sizeof(a->bytes), .iov_len = room};
		a->msgs[i].msg_hdr = (struct msghdr){
			.msg_name = unix_socket ? NULL : &a->names[i].id,
			.msg_namelen = unix_socket ? 0 : sizeof(a->names[i].id),
			.msg_iov = &a->parts[i],
			.msg_iovlen = 1,
			.msg_control = &a->controls[i],
			.msg_controllen = sizeof(a->controls[i]),
		};
	}
}

/* Looks at the stamp of the next datagram without taking it: an inherited socket outlives us, one of a listener
 * that goes may have an heir, and what came after the stop belongs to whoever reads it next. */
static enum burst_result peek(struct listener *l)
{
	struct dgram_area *a = l->net->dgrams;
	struct words words;

	prepare(a, l);
	a->used = 1;
	if (recvmsg(l->sock.fd, &a->msgs[0].msg_hdr, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return errno == EINTR ? BURST_MORE : BURST_EMPTY;
	read_control(&a->msgs[0].msg_hdr, &words);
	return words.stamp_ns > l->stop_at ? BURST_LATER : BURST_MORE;
}

/* The datagrams of a burst; false if one of them came after the stop. */
static bool take_burst(struct burst *b, unsigned count)
{
	int64_t stop_at = b->l->stop_at;
	bool in_time = true, said = false;
	uint64_t taken = 0, bytes = 0;
	uint32_t drops = 0;

	for (unsigned i = 0; i < count; i++) {
		struct mmsghdr *m = &b->a->msgs[i];
		struct peer_key *key = &b->a->names[i];
		uint32_t size = m->msg_len, room = (uint32_t)b->a->parts[i].iov_len;
		struct words words;

		read_control(&m->msg_hdr, &words);
		if (words.has_drops) {
			drops = words.drops;
			said = true;
		}
		if (!in_time || (stop_at && words.stamp_ns > stop_at)) {
			in_time = false;
			continue;
		}
		key->len = m->msg_hdr.msg_namelen;
		if (is_unix(b->l)) {
			key->len = sizeof(key->id.cred);
			key->id.cred.family = AF_UNIX;
			key->id.cred.pid = (uint32_t)words.cred.pid;
			key->id.cred.uid = words.cred.uid;
		}
		taken++;
		bytes += size;
		datagram(b, key, m->msg_hdr.msg_iov->iov_base, size < room ? size : room, size, &words);
	}
	if (said)
		rcvbuf_drops(b->l, drops);
	stats_add(&b->l->stats, STAT_DATAGRAMS, taken);
	lull_note(&b->l->lull, taken, bytes);
	turn_read(b->l->net, bytes);
	return in_time;
}

static enum burst_result burst(struct listener *l)
{
	struct burst b = {.l = l, .a = l->net->dgrams};
	bool careful = l->stop_at && (l->sock.inherited || !l->net->draining), in_time;
	unsigned want = burst_of(l);
	int got;

	if (careful) {
		enum burst_result seen = peek(l);

		if (seen != BURST_MORE)
			return seen;
		want = 1;
	}
	prepare(b.a, l);
	/* For unix sockets the true length comes back even if it is more than there was room for. */
	got = recvmmsg(l->sock.fd, b.a->msgs, want, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | (is_unix(l) ? MSG_TRUNC : 0), NULL);
	if (got < 0) {
		if (errno == EINTR)
			return BURST_MORE;
		if (errno != EAGAIN)
			log_warning("listener %s: cannot read: %s", l->opts.name, strerror(errno));
		return BURST_EMPTY;
	}
	b.a->used = (unsigned)got;
	peers_burst(&b.a->peers);
	in_time = take_burst(&b, (unsigned)got);
	source_flush(&l->source, (struct batch_ack){0});
	if (b.denied.messages)
		source_refuse(&l->source, LOSS_DENIED, b.denied.messages, b.denied.bytes);
	if (b.oversize.messages)
		source_refuse(&l->source, LOSS_OVERSIZE, b.oversize.messages, b.oversize.bytes);
	log_debug("listener %s: %d datagrams read", l->opts.name, got);
	if (!in_time)
		return BURST_LATER;
	return (unsigned)got == want || careful ? BURST_MORE : BURST_EMPTY;
}

/* ---- reading ---- */

static void dgram_read(struct listener *l)
{
	struct source *s = &l->source;
	int64_t now_ns = turn_mark(l->net);
	enum burst_result r = BURST_MORE;

	/* At a stop no event may come any more, so all is read at once. */
	for (int i = 0; (l->stop_at || i < BURSTS_IN_A_ROW) && r == BURST_MORE && !source_blocked(s) && source_ready(s); i++)
		r = burst(l);
	if (l->stop_at && r != BURST_MORE && !source_blocked(s)) {
		s->over = true;
		rcvbuf_poll(l);
		listener_close(l);
		drain_done(s);
	}
	source_rest(s);
	/* One call more or less costs the same for one datagram or fifty. */
	if (r == BURST_EMPTY && !s->over && !source_blocked(s) &&
	    lull_worth(&l->lull, now_ns, stats_get(&l->stats, STAT_RCVBUF))) {
		if (evtimer_add(&l->later_ev, &(struct timeval){.tv_usec = LULL_PAUSE_MS * 1000}) == 0)
			source_disarm(s);
	}
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dgram_read(arg);
}

static void paused(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	dgram_read(l);
	if (!evtimer_pending(&l->later_ev, NULL))
		source_arm(&l->source);
}

void dgram_between(struct listener *l)
{
	if (l->source.armed || (l->has_later && !addr_is_stream(&l->opts.addr) && evtimer_pending(&l->later_ev, NULL)))
		dgram_read(l);
}

static void resume(struct source *s)
{
	if (!s->over)
		dgram_read(s->listener);
	source_arm(s);
}

int dgram_open(struct listener *l)
{
	source_init(&l->source, l, resume);
	l->drops_seen = l->sock.inherited ? sock_drops(l->sock.fd) : 0;
	rcvbuf_ask(l);
	if (evtimer_assign(&l->later_ev, l->net->base, paused, l) < 0)
		return -1;
	l->has_later = true;
	return source_watch(&l->source, l->sock.fd, readable, l);
}

void dgram_stop(struct listener *l, int64_t stop_at)
{
	l->stop_at = stop_at;
	if (source_blocked(&l->source))
		return;
	dgram_read(l);
	source_arm(&l->source);
}
