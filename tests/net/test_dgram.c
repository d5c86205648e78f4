/* Datagrams: contents, peers, stamps, sizes at the edges, and what the kernel drops. */
#include "config.h"

#include "net/dgram.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

static char big[300000];

/* With the length of 0 too. */
static void datagram(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	do
		n = send(fd, bytes, len, 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)len)
		abort();
}

static void test_contents(const char *url, const char *peer)
{
	struct rig r;
	int64_t before = clock_wall_ns();
	int fd;

	rig_up(&r, 1000, 1 << 20);
	rig_serve(&r, url);
	fd = rig_connect(&r);
	rig_say(fd, "one");
	rig_say(fd, "two\n");
	rig_say(fd, "three\r\n");
	datagram(fd, "", 0);
	rig_say(fd, "\n");
	rig_say(fd, "\r\n");
	rig_say(fd, "a\nb\n\n");
	rig_say(fd, "cr\r");
	ok(rig_collect(&r, 5), "%s: five messages", url);
	is_str(r.rows[0].body, "one", "as it came");
	is_str(r.rows[1].body, "two", "without LF");
	is_str(r.rows[2].body, "three", "without CR LF");
	is_str(r.rows[3].body, "a\nb\n", "one line end is taken off, no more");
	is_str(r.rows[4].body, "cr\r", "a lone CR stays");
	is_int(r.rows[2].size, 5, "the line end is not counted");
	ok(!strncmp(r.rows[0].peer, peer, strlen(peer)), "the peer: %s", r.rows[0].peer);
	ok(r.rows[0].at >= before && r.rows[0].at <= r.rows[4].at && r.rows[4].at <= clock_wall_ns(), "the kernel's stamps");
	ok(rig_await(stats_get(r.stats, STAT_DATAGRAMS) == 8), "eight datagrams were read");
	close(fd);
	rig_books(&r, 5, 5, "%s: the books", url);
	rig_down(&r);
}

static void test_unixgram(void)
{
	struct rig r;
	char url[ADDR_URL_TEXT], want[ADDR_TEXT];
	struct listener_opts o;
	int fd, spare, after, pair[2];
	union {
		struct cmsghdr m;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.m = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec part = {.iov_base = (void *)(uintptr_t)"fd", .iov_len = 2};
	struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int size = sizeof(big) + 4096;

	rig_up(&r, 1000, 4 << 20);
	snprintf(url, sizeof(url), "unixgram://%s/d", r.dir);
	o = rig_opts(&r, url);
	o.max_message = 1 << 20;
	rig_listen(&r, &o);
	rig_start(&r);
	fd = rig_connect(&r);
	snprintf(want, sizeof(want), "unix:pid=%d,uid=%d", (int)getpid(), (int)getuid());
	rig_say(fd, "local\n");
	ok(rig_collect(&r, 1), "a unix datagram");
	is_str(r.rows[0].body, "local", "the body");
	is_str(r.rows[0].peer, want, "the peer's pid and uid");
	/* Descriptors that come along must not stay open. */
	if (pipe(pair) < 0)
		abort();
	memcpy(CMSG_DATA(&control.m), &pair[0], sizeof(int));
	spare = dup(0);
	close(spare);
	is_int(sendmsg(fd, &h, 0), 2, "a datagram with a descriptor");
	ok(rig_collect(&r, 2), "comes");
	after = dup(0);
	close(after);
	is_int(after, spare, "its descriptor is closed");
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	datagram(fd, big, 200000);
	ok(rig_collect(&r, 3), "a long datagram");
	is_int(r.rows[2].len, 200000, "is there whole");
	close(pair[0]);
	close(pair[1]);
	close(fd);
	rig_books(&r, 3, 3, "unixgram: the books");
	rig_down(&r);
}

static void test_sizes(bool drop)
{
	static const size_t sizes[] = {63, 64, 65, 66, 65507};
	struct rig r;
	struct listener_opts o;
	unsigned stored = 0;
	int fd;

	rig_up(&r, 1000, 4 << 20);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	o.max_message = 64;
	o.drop_oversize = drop;
	rig_listen(&r, &o);
	rig_start(&r);
	fd = rig_connect(&r);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		datagram(fd, big, sizes[i]);
	ok(rig_await(rig_received(&r) == ARRAY_LEN(sizes)), "drop=%d: all sizes are received", drop);
	ok(rig_collect(&r, drop ? 2 : 5), "and stored, or not");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		if (drop && sizes[i] > 64)
			continue;
		is_int(r.rows[stored].size, sizes[i], "size %d", (int)sizes[i]);
		is_int(r.rows[stored].len, sizes[i] < 64 ? sizes[i] : 64, "its bytes");
		stored++;
	}
	is_int(rig_lost(&r, LOSS_OVERSIZE), drop ? 3 : 0, "the too long ones are counted");
	is_int(stats_get(r.stats, STAT_TRUNCATED), drop ? 0 : 3, "the cut ones too");
	datagram(fd, big, 63);
	memset(big + 64, '\n', 1);
	datagram(fd, big, 65);
	big[64] = 'x';
	ok(rig_collect(&r, stored + 2), "64 bytes and a line end");
	is_int(r.rows[stored + 1].size, 64, "are not too long");
	close(fd);
	rig_books(&r, 7, stored + 2, "sizes: the books");
	rig_down(&r);
}

static void test_allow(void)
{
	struct rig r;
	struct listener_opts o;
	struct cidr ranges[2];
	struct err e;
	int fd;

	rig_up(&r, 1000, 1 << 20);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	if (cidr_parse("192.0.2.0/24", &ranges[0], &e) < 0 || cidr_parse("127.0.0.0/8", &ranges[1], &e) < 0)
		abort();
	o.allow = ranges;
	o.allow_count = 1;
	rig_listen(&r, &o);
	rig_start(&r);
	fd = rig_connect(&r);
	rig_say(fd, "no");
	ok(rig_await(rig_lost(&r, LOSS_DENIED) == 1), "a datagram from elsewhere is counted");
	is_int(rig_status(&r).sums.lost_bytes[LOSS_DENIED], 2, "with its bytes");
	o.allow_count = 2;
	ok(net_tune(r.net, &o, &e) == 0, "a live change of allow");
	ok(rig_await(({
		   rig_say(fd, "yes");
		   sync_sleep_until(sync_now_ns() + 10 * NS_PER_MS);
		   rig_take(&r) > 0;
	   })),
	   "lets it in");
	is_str(r.rows[0].body, "yes", "the right one");
	close(fd);
	ok(rig_status(&r).balanced, "the books balance");
	rig_down(&r);
}

/* What the kernel says of the socket at r->url: how many datagrams it dropped. */
static uint64_t dropped(const struct rig *r)
{
	FILE *f = fopen("/proc/net/udp", "re");
	unsigned port = (unsigned)atoi(strrchr(r->url, ':') + 1), local;
	unsigned long long drops = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %*d: 0100007F:%x %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", &local, &drops) == 2 &&
		    local == port)
			break;
		drops = 0;
	}
	if (f)
		fclose(f);
	return drops;
}

/* Before it comes to a socket a datagram waits for its CPU, in a queue of 1,000 places for all sockets. What finds that
 * full is lost and in no socket's count; so only some are on their way at a time. False if some do not arrive. */
static bool send_some(const struct rig *r, int fd, unsigned total)
{
	enum { ON_THE_WAY = 100, FIT = 99 };
	bool there = true;

	for (unsigned sent = total - 1000; there && sent < total; sent += ON_THE_WAY) {
		for (unsigned i = 0; i < ON_THE_WAY; i++)
			datagram(fd, big, 100);
		there = rig_await(stats_get(r->stats, STAT_DATAGRAMS) + dropped(r) + FIT >= sent + ON_THE_WAY);
	}
	return there;
}

/* The buffer overflows while the loop does not run: what the kernel dropped is in the books, exactly. */
static void test_kernel_drops(void)
{
	struct rig r;
	struct listener_opts o;
	int fd;

	rig_up(&r, 10000, 4 << 20);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	o.rcvbuf = 4096;
	rig_listen(&r, &o);
	is_int(stats_get(r.stats, STAT_RCVBUF), 8192, "4 KiB of receive buffer");
	fd = rig_connect(&r);
	ok(send_some(&r, fd, 1000), "1,000 datagrams reach the socket");
	rig_start(&r);
	ok(rig_await((rig_take(&r), rig_lost(&r, LOSS_KERNEL) + r.count == 1000)), "1,000 sent = stored + kernel");
	ok(r.count > 0 && r.count < 100, "most did not fit (%u did)", r.count);
	ok(send_some(&r, fd, 2000), "1,000 more");
	ok(rig_await((rig_take(&r), rig_lost(&r, LOSS_KERNEL) + r.count == 2000)), "are stored or counted as well");
	is_int(rig_lost(&r, LOSS_KERNEL), dropped(&r), "the loss is what the kernel says");
	close(fd);
	rig_books(&r, r.count, r.count, "kernel: the books");
	rig_down(&r);
}

/* Many senders at once, more than a burst can remember by chance. */
static void test_many_peers(void)
{
	enum { PEERS = 300 };
	struct rig r;
	struct listener_opts o;
	static int fds[PEERS];
	static char names[PEERS][ADDR_TEXT];
	unsigned wrong = 0;

	rig_up(&r, 10000, 4 << 20);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	rig_listen(&r, &o);
	for (int i = 0; i < PEERS; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);

		fds[i] = rig_connect(&r);
		getsockname(fds[i], (struct sockaddr *)&ss, &len);
		addr_format_peer((struct sockaddr *)&ss, names[i], ADDR_TEXT);
	}
	for (int i = 0; i < 3 * PEERS; i++) {
		char text[16];

		datagram(fds[i % PEERS], text, (size_t)sprintf(text, "%d", i % PEERS));
	}
	rig_start(&r);
	ok(rig_collect(&r, 3 * PEERS), "datagrams of %d senders", PEERS);
	for (unsigned i = 0; i < r.count; i++)
		wrong += strcmp(r.rows[i].peer, names[atoi(r.rows[i].body)]) != 0;
	is_int(wrong, 0, "each under its own name");
	for (int i = 0; i < PEERS; i++)
		close(fds[i]);
	rig_down(&r);
}

/* overflow = block: the socket is left alone while the queue is full; the kernel's drops are the only loss. */
static void test_held(void)
{
	struct rig r;
	struct listener_opts o;
	unsigned wrong = 0;
	int fd;

	rig_up(&r, 16, 1 << 20);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	o.overflow = GATE_BLOCK;
	o.draft_messages = 8;
	rig_listen(&r, &o);
	fd = rig_connect(&r);
	for (int i = 0; i < 500; i++) {
		char text[16];

		datagram(fd, text, (size_t)sprintf(text, "%d", i));
	}
	rig_start(&r);
	ok(rig_await(stats_get(r.stats, STAT_HELD) > 0), "a datagram socket is held back");
	is_int(rig_received(&r), 16, "the queue is full");
	ok(rig_collect(&r, 500), "all come in the end");
	for (unsigned i = 0; i < r.count; i++)
		wrong += (unsigned)atoi(r.rows[i].body) != i;
	is_int(wrong, 0, "in order");
	close(fd);
	rig_books(&r, 500, 500, "held: the books");
	rig_down(&r);
}

static void test_drop(enum gate_policy policy)
{
	struct rig r;
	struct listener_opts o;
	int fd;

	rig_up(&r, 16, 1 << 20);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	o.overflow = policy;
	o.draft_messages = 8;
	rig_listen(&r, &o);
	fd = rig_connect(&r);
	for (int i = 0; i < 500; i++) {
		char text[16];

		datagram(fd, text, (size_t)sprintf(text, "%d", i));
	}
	rig_start(&r);
	ok(rig_await(rig_received(&r) == 500), "policy %d: all are received", policy);
	is_int(rig_lost(&r, LOSS_QUEUE_FULL), 484, "what did not fit is counted");
	ok(rig_collect(&r, 16), "the rest is there");
	is_str(r.rows[0].body, policy == GATE_DROP_NEWEST ? "0" : "484", "the oldest, or the newest");
	close(fd);
	rig_books(&r, 500, 16, "drop: the books");
	rig_down(&r);
}

int main(void)
{
	memset(big, 'x', sizeof(big));
	test_contents("udp://127.0.0.1:0", "127.0.0.1:");
	test_contents("udp://[::1]:0", "[::1]:");
	test_contents("udp://*:0", "[::1]:");
	test_unixgram();
	test_sizes(false);
	test_sizes(true);
	test_allow();
	test_kernel_drops();
	test_many_peers();
	test_held();
	test_drop(GATE_DROP_NEWEST);
	test_drop(GATE_DROP_OLDEST);
	return done_testing();
}
