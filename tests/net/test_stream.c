/* Connections: framing on the wire, oversize, resets, idleness, and being held back by a full queue. */
#include "config.h"

#include "net/stream.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

static void reset(int fd)
{
	struct linger l = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
}

static void own_name(int fd, char *ret_text)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	getsockname(fd, (struct sockaddr *)&ss, &len);
	addr_format_peer((struct sockaddr *)&ss, ret_text, ADDR_TEXT);
}

static void test_contents(const char *url)
{
	struct rig r;
	char name[ADDR_TEXT];
	int64_t before = clock_wall_ns();
	int fd;

	rig_up(&r, 1000, 1 << 20);
	rig_serve(&r, url);
	fd = rig_connect(&r);
	own_name(fd, name);
	rig_say(fd, "one\r\n\ntwo\nthr");
	ok(rig_collect(&r, 2), "%s: two lines have come", url);
	rig_say(fd, "ee\nfour");
	ok(rig_collect(&r, 3), "the line in two parts");
	close(fd);
	ok(rig_collect(&r, 4), "the unfinished line after the end");
	is_str(r.rows[0].body, "one", "without CR LF");
	is_str(r.rows[1].body, "two", "the empty line is none");
	is_str(r.rows[2].body, "three", "in order");
	is_str(r.rows[3].body, "four", "the last");
	is_str(r.rows[0].peer, name, "the peer's address");
	is_int(r.rows[2].size, 5, "its size");
	ok(r.rows[0].at >= before && r.rows[3].at <= clock_wall_ns(), "the time of receipt");
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 0), "the connection is closed");
	is_int(stats_get(r.stats, STAT_ACCEPTED), 1, "one was accepted");
	rig_books(&r, 4, 4, "%s: the books", url);
	rig_down(&r);
}

/* A dual-stack socket shows IPv4 peers as IPv4. */
static void test_dual_stack(void)
{
	struct rig r;
	char *port, url[ADDR_URL_TEXT];
	int fd;

	rig_up(&r, 1000, 1 << 20);
	rig_serve(&r, "tcp://*:0");
	fd = rig_connect(&r);
	rig_say(fd, "six\n");
	ok(rig_collect(&r, 1), "an IPv6 peer");
	close(fd);
	ok(!strncmp(r.rows[0].peer, "[::1]:", 6), "is shown as one: %s", r.rows[0].peer);
	port = strrchr(r.url, ':');
	snprintf(url, sizeof(url), "tcp://127.0.0.1%s", port);
	strcpy(r.url, url);
	fd = rig_connect(&r);
	rig_say(fd, "four\n");
	ok(rig_collect(&r, 2), "an IPv4 peer");
	close(fd);
	ok(!strncmp(r.rows[1].peer, "127.0.0.1:", 10), "is shown as one: %s", r.rows[1].peer);
	rig_down(&r);
}

static void test_unix(void)
{
	struct rig r;
	char url[ADDR_URL_TEXT], want[ADDR_TEXT];
	int fd;

	rig_up(&r, 1000, 1 << 20);
	snprintf(url, sizeof(url), "unix://%s/s", r.dir);
	rig_serve(&r, url);
	fd = rig_connect(&r);
	rig_say(fd, "5 <1>abx");
	close(fd);
	snprintf(want, sizeof(want), "unix:pid=%d,uid=%d", (int)getpid(), (int)getuid());
	ok(rig_collect(&r, 1), "a unix stream, octets by itself");
	is_str(r.rows[0].body, "<1>ab", "the body");
	is_str(r.rows[0].peer, want, "the peer's pid and uid");
	ok(rig_await(rig_lost(&r, LOSS_INCOMPLETE) == 1), "what follows is no count");
	rig_books(&r, 2, 1, "unix: the books");
	rig_down(&r);
}

static void test_oversize(bool drop)
{
	struct rig r;
	struct listener_opts o;
	static char line[100000];
	int fd;

	memset(line, 'x', sizeof(line));
	rig_up(&r, 1000, 1 << 20);
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	o.max_message = 100;
	o.drop_oversize = drop;
	rig_listen(&r, &o);
	rig_start(&r);
	fd = rig_connect(&r);
	rig_send(fd, line, sizeof(line));
	rig_say(fd, "\nshort\n");
	ok(rig_collect(&r, drop ? 1 : 2), "drop=%d: what follows a long line comes", drop);
	is_str(r.rows[drop ? 0 : 1].body, "short", "unharmed");
	if (!drop) {
		is_int(r.rows[0].len, 100, "cut at max_message");
		is_int(r.rows[0].size, sizeof(line), "with its full size");
	}
	is_int(rig_lost(&r, LOSS_OVERSIZE), drop, "one loss, or none");
	is_int(rig_status(&r).sums.lost_bytes[LOSS_OVERSIZE], drop ? sizeof(line) : 0, "with its full size");
	is_int(stats_get(r.stats, STAT_TRUNCATED), !drop, "one cut, or none");
	close(fd);
	rig_books(&r, 2, drop ? 1 : 2, "oversize: the books");
	rig_down(&r);
}

static void test_reset(void)
{
	struct rig r;
	int fd;

	rig_up(&r, 1000, 1 << 20);
	rig_serve(&r, "tcp://127.0.0.1:0");
	fd = rig_connect(&r);
	rig_say(fd, "whole\npart");
	ok(rig_collect(&r, 1), "the whole line");
	reset(fd);
	ok(rig_await(rig_lost(&r, LOSS_INCOMPLETE) == 1), "the part is counted after a reset");
	is_int(rig_status(&r).sums.lost_bytes[LOSS_INCOMPLETE], 4, "with the bytes that came");
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 0), "the connection is closed");
	fd = rig_connect(&r);
	rig_say(fd, "clean\n");
	ok(rig_collect(&r, 2), "another line");
	reset(fd);
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 0), "reset between lines");
	is_int(rig_lost(&r, LOSS_INCOMPLETE), 1, "nothing more is lost");
	rig_books(&r, 3, 2, "reset: the books");
	rig_down(&r);
}

static void test_idle(void)
{
	struct rig r;
	struct listener_opts o;
	char text[8];
	int idle, busy;
	unsigned said = 0;

	rig_up(&r, 10000, 1 << 20);
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	o.idle_timeout_ns = NS_PER_S;
	rig_listen(&r, &o);
	rig_start(&r);
	idle = rig_connect(&r);
	busy = rig_connect(&r);
	rig_say(idle, "part");
	while (stats_get(r.stats, STAT_IDLED) == 0 && said < 200) {
		rig_say(busy, "b\n");
		said++;
		sync_sleep_until(sync_now_ns() + 50 * NS_PER_MS);
	}
	is_int(stats_get(r.stats, STAT_IDLED), 1, "the silent one is closed");
	is_int(rig_read(idle, text, sizeof(text), 1), 0, "and notices");
	rig_say(busy, "last\n");
	ok(rig_collect(&r, said + 2), "the busy one lives");
	for (unsigned i = 0; i < r.count; i++)
		if (!strcmp(r.rows[i].body, "part"))
			said = 0;
	is_int(said, 0, "the silent one's unfinished line is a message");
	close(idle);
	close(busy);
	rig_down(&r);
}

/* A small queue, nobody who takes: the sender is made to wait, and nothing is lost or out of order. */
static void test_held(uint64_t capacity, uint32_t draft)
{
	enum { LINES = 20000, SENDERS = 3 };
	struct rig r;
	struct listener_opts o;
	static char text[SENDERS][LINES * 12];
	size_t len[SENDERS] = {0}, sent[SENDERS] = {0};
	unsigned next[SENDERS] = {0}, wrong = 0;
	int fd[SENDERS];

	rig_up(&r, capacity, 1 << 20);
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	o.draft_messages = draft;
	rig_listen(&r, &o);
	rig_start(&r);
	for (int s = 0; s < SENDERS; s++) {
		fd[s] = rig_connect(&r);
		fcntl(fd[s], F_SETFL, O_NONBLOCK);
		for (unsigned i = 0; i < LINES; i++)
			len[s] += (size_t)sprintf(text[s] + len[s], "%d %u\n", s, i);
	}
	for (int64_t until = sync_now_ns() + RIG_PATIENCE_NS; r.count < SENDERS * LINES && sync_now_ns() < until;) {
		bool moved = false;

		for (int s = 0; s < SENDERS; s++) {
			ssize_t n = send(fd[s], text[s] + sent[s], len[s] - sent[s], MSG_NOSIGNAL);

			if (n > 0) {
				sent[s] += (size_t)n;
				moved = true;
			}
		}
		if (!moved)
			rig_take(&r);
	}
	is_int(r.count, SENDERS * LINES, "capacity %d: every line has come", (int)capacity);
	for (unsigned i = 0; i < r.count; i++) {
		int s = r.rows[i].body[0] - '0';

		wrong += (unsigned)atoi(r.rows[i].body + 2) != next[s]++;
	}
	is_int(wrong, 0, "each sender's in order");
	ok(stats_get(r.stats, STAT_HELD) > 0, "sources were held back (%d times)", (int)stats_get(r.stats, STAT_HELD));
	ok(rig_status(&r).high_count <= capacity, "the queue kept its bound");
	for (int s = 0; s < SENDERS; s++)
		close(fd[s]);
	rig_books(&r, SENDERS * LINES, SENDERS * LINES, "held: the books");
	rig_down(&r);
}

/* Policies that drop count exactly what they drop. */
static void test_drop(enum gate_policy policy)
{
	struct rig r;
	struct listener_opts o;
	int fd;

	rig_up(&r, 16, 1 << 20);
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	o.overflow = policy;
	o.draft_messages = 8;
	rig_listen(&r, &o);
	rig_start(&r);
	fd = rig_connect(&r);
	for (int i = 0; i < 1000; i++) {
		char line[16];
		rig_send(fd, line, (size_t)sprintf(line, "%d\n", i));
	}
	ok(rig_await(rig_received(&r) == 1000), "policy %d: all is received though nobody takes", policy);
	is_int(rig_lost(&r, LOSS_QUEUE_FULL), 984, "what did not fit is counted");
	ok(rig_collect(&r, 16), "the rest is there");
	is_str(r.rows[0].body, policy == GATE_DROP_NEWEST ? "0" : "984", "the oldest, or the newest");
	close(fd);
	rig_books(&r, 1000, 16, "drop: the books");
	rig_down(&r);
}

int main(void)
{
	test_contents("tcp://127.0.0.1:0");
	test_contents("tcp://[::1]:0");
	test_dual_stack();
	test_unix();
	test_oversize(false);
	test_oversize(true);
	test_reset();
	test_idle();
	test_held(64, 16);
	test_held(5000, 1024);
	test_drop(GATE_DROP_NEWEST);
	test_drop(GATE_DROP_OLDEST);
	return done_testing();
}
