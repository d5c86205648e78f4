/* The stop: what was sent before it is stored, whenever it comes, and it always comes to an end. */
#include "config.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

static void test_streams(void)
{
	enum { CLIENTS = 20, LINES = 2000 };
	static char text[LINES * 8];
	struct rig r;
	size_t len = 0;
	int fds[CLIENTS], late;

	for (int i = 0; i < LINES; i++)
		len += (size_t)sprintf(text + len, "%06d\n", i);
	rig_up(&r, 100000, 64 << 20);
	rig_serve(&r, "tcp://127.0.0.1:0");
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = rig_connect(&r);
		rig_send(fds[i], text, len);
		rig_say(fds[i], "unfinished");
	}
	ok(rig_drain(&r), "drained");
	ok(rig_collect(&r, CLIENTS * (LINES + 1)), "every line sent before the stop is there, the unfinished ones too");
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 0), "connections are closed");
	late = socket(AF_INET, SOCK_STREAM, 0);
	struct addr a;
	struct err e;
	ok(addr_parse(r.url, &a, &e) == 0 && connect(late, &a.sa.any, a.len) < 0, "nobody listens any more");
	close(late);
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	rig_finish(&r);
	is_int(rig_drained(&r), 1, "told once");
	rig_books(&r, CLIENTS * (LINES + 1), CLIENTS * (LINES + 1), "streams: the books");
	rig_down(&r);
}

/* The whole stop before the loop has turned once. */
static void test_at_once(bool before_start)
{
	struct rig r;
	struct listener_opts tcp, udp;
	char url[ADDR_URL_TEXT];
	int fd, dgram;

	rig_up(&r, 1000, 1 << 20);
	udp = rig_opts(&r, "udp://127.0.0.1:0");
	rig_listen(&r, &udp);
	dgram = rig_connect(&r);
	strcpy(url, r.url);
	tcp = rig_opts(&r, "tcp://127.0.0.1:0");
	tcp.name = "tcp";
	rig_listen(&r, &tcp);
	fd = rig_connect(&r);
	rig_say(fd, "in the backlog\n");
	/* The kernel stamps datagrams only some time after the first socket asked for it. */
	sync_sleep_until(sync_now_ns() + 50 * NS_PER_MS);
	rig_say(dgram, "in the buffer");
	if (before_start)
		rig_begin_drain(&r, clock_wall_ns());
	rig_start(&r);
	if (!before_start)
		rig_begin_drain(&r, clock_wall_ns());
	ok(rig_await((rig_take(&r), rig_drained(&r))), "before_start=%d: drained", before_start);
	ok(rig_collect(&r, 2), "with what was there");
	close(fd);
	close(dgram);
	rig_books(&r, 2, 2, "at once: the books");
	rig_down(&r);
}

/* Urgent bytes are bytes, and do not confuse the count of what is still to be read. */
static void test_urgent(void)
{
	struct rig r;
	int fd;

	rig_up(&r, 1000, 1 << 20);
	rig_serve(&r, "tcp://127.0.0.1:0");
	fd = rig_connect(&r);
	rig_say(fd, "one\n");
	ok(rig_collect(&r, 1), "connected");
	rig_say(fd, "tw");
	is_int(send(fd, "o", 1, MSG_OOB), 1, "an urgent byte");
	rig_say(fd, "\nthree");
	sync_sleep_until(sync_now_ns() + 20 * NS_PER_MS);
	ok(rig_drain(&r) && rig_collect(&r, 3), "drained");
	is_str(r.rows[1].body, "two", "it is part of its line");
	is_str(r.rows[2].body, "three", "and the rest follows");
	close(fd);
	rig_books(&r, 3, 3, "urgent: the books");
	rig_down(&r);
}

/* No source at all, and a finish without a drain. */
static void test_nothing(void)
{
	struct rig r;

	rig_up(&r, 1000, 1 << 20);
	rig_start(&r);
	ok(rig_drain(&r), "nothing to drain");
	rig_down(&r);
	rig_up(&r, 1000, 1 << 20);
	rig_serve(&r, "tcp://127.0.0.1:0");
	rig_down(&r);
	rig_up(&r, 1000, 1 << 20);
	r.finished = true;
	rig_down(&r);
}

/* A sender that goes on sending does not hold up the stop; what was stamped before it is stored. */
static void test_datagrams_go_on(void)
{
	struct rig r;
	unsigned sent = 0, before;
	int64_t signal_at;
	int fd;

	rig_up(&r, 100000, 64 << 20);
	rig_serve(&r, "udp://127.0.0.1:0");
	fd = rig_connect(&r);
	rig_say(fd, "first");
	ok(rig_collect(&r, 1), "it listens");
	sync_sleep_until(sync_now_ns() + 50 * NS_PER_MS);
	for (; sent < 200; sent++)
		rig_say(fd, "before");
	before = sent + 1;
	signal_at = clock_wall_ns();
	for (; sent < 400; sent++)
		(void)!send(fd, "after", 5, MSG_NOSIGNAL);
	rig_begin_drain(&r, signal_at);
	for (; !rig_drained(&r) && sent < 3000000; sent++)
		(void)!send(fd, "after", 5, MSG_NOSIGNAL);
	ok(rig_drained(&r), "drained in the middle of it, after %u datagrams", sent);
	rig_finish(&r);
	while (rig_take(&r))
		;
	for (unsigned i = 0; i < r.count; i++)
		before -= strcmp(r.rows[i].body, "after") != 0;
	is_int(before, 0, "all that were stamped before the signal are stored");
	close(fd);
	ok(rig_status(&r).balanced, "the books balance");
	rig_down(&r);
}

/* An inherited socket is left with what came after the stop. */
static void test_inherited(void)
{
	struct rig r;
	struct listener_opts o;
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), keep, out;
	char text[32];
	int64_t signal_at;

	if (bind(fd, (struct sockaddr *)&in, len) < 0 || getsockname(fd, (struct sockaddr *)&in, &len) < 0)
		abort();
	keep = dup(fd);
	rig_up(&r, 1000, 1 << 20);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	o.fd = fd;
	rig_listen(&r, &o);
	snprintf(text, sizeof(text), "udp://127.0.0.1:%d", ntohs(in.sin_port));
	is_str(r.url, text, "the address is the socket's");
	out = rig_connect(&r);
	sync_sleep_until(sync_now_ns() + 50 * NS_PER_MS);
	rig_say(out, "before");
	signal_at = clock_wall_ns();
	rig_say(out, "after");
	rig_say(out, "later");
	rig_begin_drain(&r, signal_at);
	rig_start(&r);
	ok(rig_await((rig_take(&r), rig_drained(&r))), "drained");
	rig_collect(&r, 1);
	is_int(r.count, 1, "one was in time");
	is_str(r.rows[0].body, "before", "the right one");
	is_int(rig_read(keep, text, sizeof(text), 1), 5, "the next is left in the socket");
	is_str(text, "after", "untouched");
	rig_finish(&r);
	is_int(rig_read(keep, text, sizeof(text), 1), 5, "and the one after it");
	close(keep);
	close(out);
	rig_books(&r, 1, 1, "inherited: the books");
	rig_down(&r);
}

/* A full queue at the stop: sources go on as it empties, or are counted when the deadline comes. */
static void test_full(bool in_time)
{
	enum { LINES = 5000 };
	static char text[LINES * 8 + 3];
	struct rig r;
	struct listener_opts o;
	int fds[3];

	for (int i = 0; i < LINES; i++)
		memcpy(text + (size_t)i * 8, "0123456\nend", 11);
	rig_up(&r, 64, 1 << 20);
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	o.draft_messages = 16;
	rig_listen(&r, &o);
	rig_start(&r);
	for (int s = 0; s < 3; s++) {
		fds[s] = rig_connect(&r);
		rig_send(fds[s], text, sizeof(text));
	}
	ok(rig_await(rig_status(&r).held_sources == 3), "in_time=%d: all are held back", in_time);
	rig_begin_drain(&r, clock_wall_ns());
	if (in_time) {
		ok(rig_collect(&r, 3 * (LINES + 1)), "all come as there is room");
		ok(rig_await(rig_drained(&r)), "then it is drained");
		rig_books(&r, 3 * (LINES + 1), 3 * (LINES + 1), "full: the books");
	} else {
		sync_sleep_until(sync_now_ns() + 20 * NS_PER_MS);
		is_int(rig_drained(&r), 0, "not drained");
		rig_finish(&r);
		ok(rig_lost(&r, LOSS_SHUTDOWN) > 0, "what had been read is counted (%d)", (int)rig_lost(&r, LOSS_SHUTDOWN));
		is_int(rig_received(&r), rig_status(&r).queued + rig_lost(&r, LOSS_SHUTDOWN), "received = queued + shutdown");
		ok(rig_status(&r).balanced, "the books balance");
	}
	for (int s = 0; s < 3; s++)
		close(fds[s]);
	rig_down(&r);
}

int main(void)
{
	test_streams();
	test_at_once(false);
	test_at_once(true);
	test_nothing();
	test_urgent();
	test_datagrams_go_on();
	test_inherited();
	test_full(true);
	test_full(false);
	return done_testing();
}
