/* Acknowledgements: numbers, order, coalescing, half-closed clients, and clients that do not listen. */
#include "config.h"

#include "net/answer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

static char text[1 << 20];

static void up(struct rig *r, uint64_t capacity, uint32_t max_message)
{
	struct listener_opts o;

	rig_up(r, capacity, 4 << 20);
	o = rig_opts(r, "tcp://127.0.0.1:0");
	o.ack = true;
	o.max_message = max_message;
	o.drop_oversize = true;
	o.draft_messages = 64; /* at most what the queue can hold */
	rig_listen(r, &o);
	rig_start(r);
	r->answer = true;
}

static void test_half_close(void)
{
	struct rig r;
	int fd;

	up(&r, 1000, 64);
	fd = rig_connect(&r);
	rig_say(fd, "a\n\n\r\nb\n");
	shutdown(fd, SHUT_WR);
	ok(rig_await(rig_received(&r) == 2), "two messages");
	is_int(recv(fd, text, 1, MSG_DONTWAIT), -1, "no answer before the commit");
	ok(rig_collect(&r, 2), "they are committed");
	rig_read(fd, text, sizeof(text), sizeof(text));
	is_str(text, "ACK 2\n", "one ACK for both, then the end; empty lines have no number");
	is_int(r.rows[0].no, 1, "numbers begin with 1");
	is_int(r.rows[1].no, 2, "and go on");
	is_int(stats_get(r.stats, STAT_ACKS), 1, "one line is counted");
	close(fd);
	rig_books(&r, 2, 2, "half close: the books");
	rig_down(&r);
}

static void test_naks(void)
{
	static char line[101];
	struct rig r;
	int fd;

	memset(line, 'x', 100);
	line[100] = '\n';
	up(&r, 1000, 64);
	r.refuse = "bad";
	fd = rig_connect(&r);
	rig_say(fd, "one\ntwo\n");
	rig_send(fd, line, sizeof(line));
	rig_say(fd, "four\nbad\nsix\n");
	rig_send(fd, line, sizeof(line));
	ok(rig_await(rig_received(&r) == 7), "seven, two of them too long");
	is_int(recv(fd, text, 1, MSG_DONTWAIT), -1, "no NAK runs ahead of what came before it");
	ok(rig_collect(&r, 5), "five are committed or refused");
	rig_read(fd, text, sizeof(text), strlen("NAK 3 oversize\nNAK 5 store\nNAK 7 oversize\nACK 7\n"));
	ok(strstr(text, "NAK 3 oversize\n") && strstr(text, "NAK 5 store\n") && strstr(text, "NAK 7 oversize\nACK 7\n"),
	   "every NAK, and the ACK that covers the last");
	for (char *p = text, *end; *p; p = end + 1) {
		static unsigned long last_nak, last_ack;
		unsigned long n = strtoul(p + 4, NULL, 10);

		end = strchr(p, '\n');
		if (*p == 'N') {
			ok(n > last_nak && n > last_ack, "NAK %lu stands before the ACK that covers it", n);
			last_nak = n;
		} else {
			ok(n > last_ack, "ACK %lu is higher than the last", n);
			last_ack = n;
		}
	}
	rig_send(fd, line, sizeof(line));
	rig_read(fd, text, sizeof(text), strlen("NAK 8 oversize\nACK 8\n"));
	is_str(text, "NAK 8 oversize\nACK 8\n", "a NAK with nothing before it comes at once");
	close(fd);
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 0), "closed");
	is_int(stats_get(r.stats, STAT_NAKS), 4, "four NAK lines");
	is_int(rig_status(&r).sums.lost[LOSS_STORE], 1, "one was refused");
	rig_books(&r, 8, 4, "NAKs: the books");
	rig_down(&r);
}

/* Cumulative: many commits, few lines; the last covers all. */
static void test_many(void)
{
	enum { LINES = 20000 };
	struct rig r;
	unsigned long last = 0, lines = 0;
	size_t len = 0;
	int fd;

	up(&r, 200, 64);
	fd = rig_connect(&r);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (unsigned i = 1, sent = 0; r.count < LINES;) {
		char line[16];

		if (i <= LINES && send(fd, line, (size_t)sprintf(line, "%05u\n", i), MSG_NOSIGNAL) > 0) {
			i++;
			if (++sent % 50)
				continue;
		}
		rig_take(&r);
	}
	shutdown(fd, SHUT_WR);
	fcntl(fd, F_SETFL, 0);
	len = rig_read(fd, text, sizeof(text), sizeof(text));
	ok(len > 0, "answers");
	for (char *p = text, *end; *p; p = end + 1) {
		unsigned long n = strtoul(p + 4, NULL, 10);

		end = strchr(p, '\n');
		if (*p != 'A' || n <= last)
			break;
		last = n;
		lines++;
	}
	is_int(last, LINES, "the last ACK covers all");
	ok(lines < LINES / 2, "with fewer lines than messages (%lu)", lines);
	close(fd);
	rig_books(&r, LINES, LINES, "many: the books");
	rig_down(&r);
}

/* A client that only talks is not listened to for ever. */
static void test_deaf(void)
{
	static char line[66];
	struct rig r;
	uint64_t received = 0, sent = 0;
	int fd;
	struct pollfd p;

	memset(line, 'x', 65);
	line[65] = '\n';
	up(&r, 1000, 64);
	fd = rig_connect(&r);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	p = (struct pollfd){.fd = fd, .events = POLLOUT};
	while (poll(&p, 1, 500) > 0) {
		ssize_t n = send(fd, line, sizeof(line), MSG_NOSIGNAL);

		if (n > 0)
			sent += (uint64_t)n;
		if (n > 0 && n < (ssize_t)sizeof(line))
			break;
	}
	ok(poll(&p, 1, 500) == 0, "after %d bytes the client is not read from any more", (int)sent);
	received = rig_received(&r);
	ok(received < sent / sizeof(line), "with more unread (%d received)", (int)received);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	ok(rig_await(({
		   while (recv(fd, text, sizeof(text), 0) > 0)
			   ;
		   rig_received(&r) == sent / sizeof(line);
	   })),
	   "once it listens");
	is_int(rig_received(&r), sent / sizeof(line), "it is read from again");
	close(fd);
	rig_down(&r);
}

static void test_idle(void)
{
	struct rig r;
	struct listener_opts o;
	int fd;

	rig_up(&r, 1000, 1 << 20);
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	o.ack = true;
	o.idle_timeout_ns = NS_PER_S;
	rig_listen(&r, &o);
	rig_start(&r);
	r.answer = true;
	fd = rig_connect(&r);
	rig_say(fd, "slow disk\n");
	sync_sleep_until(sync_now_ns() + 3 * NS_PER_S);
	is_int(stats_get(r.stats, STAT_IDLED), 0, "who waits for an ACK is not idle");
	ok(rig_collect(&r, 1), "it is committed");
	rig_read(fd, text, sizeof(text), sizeof(text));
	is_str(text, "ACK 1\n", "and answered, and closed only then");
	is_int(stats_get(r.stats, STAT_IDLED), 1, "as idle");
	close(fd);
	rig_down(&r);
}

/* A broken stream: what was good is answered, the rest too. */
static void test_broken(void)
{
	struct rig r;
	int fd;

	up(&r, 1000, 64);
	fd = rig_connect(&r);
	rig_say(fd, "3 <1>nonsense");
	ok(rig_collect(&r, 1), "one message");
	rig_read(fd, text, sizeof(text), sizeof(text));
	ok(!strcmp(text, "ACK 1\nNAK 2 incomplete\nACK 2\n") || !strcmp(text, "NAK 2 incomplete\nACK 2\n"), "answered");
	close(fd);
	rig_books(&r, 2, 1, "broken: the books");
	rig_down(&r);
}

/* At the stop: answers that come after the drain are still written, up to the finish. */
static void test_stop(void)
{
	struct rig r;
	int fd, gone;

	up(&r, 1000, 64);
	fd = rig_connect(&r);
	gone = rig_connect(&r);
	rig_say(gone, "x\n");
	rig_say(fd, "one\ntwo\nthr");
	ok(rig_await(rig_received(&r) >= 3), "lines are queued");
	close(gone);
	rig_begin_drain(&r, clock_wall_ns());
	ok(rig_await(rig_drained(&r)), "drained while nothing is committed");
	is_int(rig_received(&r), 4, "the unfinished line is a message");
	ok(rig_collect(&r, 4), "the commit comes later");
	rig_finish(&r);
	rig_read(fd, text, sizeof(text), sizeof(text));
	has_str(text, "ACK 3\n", "and is acknowledged before the end");
	close(fd);
	rig_books(&r, 4, 4, "stop: the books");
	rig_down(&r);
}

/* What a full queue held back when the end came is answered, and lost. */
static void test_shutdown(void)
{
	struct rig r;
	char want[32];
	unsigned taken;
	struct listener_opts o;
	int fd;

	rig_up(&r, 16, 1 << 20);
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	o.ack = true;
	o.draft_messages = 8;
	rig_listen(&r, &o);
	rig_start(&r);
	r.answer = true;
	fd = rig_connect(&r);
	for (int i = 0; i < 40; i++)
		rig_say(fd, "line\n");
	rig_say(fd, "part");
	ok(rig_await(stats_get(r.stats, STAT_HELD) > 0), "held back");
	sync_sleep_until(sync_now_ns() + 50 * NS_PER_MS);
	queue_close(r.q);
	ok(rig_await(rig_received(&r) == 40), "a closed queue takes no more, and the rest is counted");
	taken = (unsigned)(rig_received(&r) - rig_lost(&r, LOSS_SHUTDOWN));
	ok(taken > 0 && rig_collect(&r, taken), "what was taken is stored");
	shutdown(fd, SHUT_WR);
	rig_read(fd, text, sizeof(text), sizeof(text));
	snprintf(want, sizeof(want), "NAK %u shutdown\n", taken + 1);
	has_str(text, want, "the first that was not taken");
	has_str(text, "NAK 40 shutdown\n", "the last line");
	has_str(text, "NAK 41 shutdown\nACK 41\n", "and the unfinished one");
	close(fd);
	is_int(rig_lost(&r, LOSS_SHUTDOWN), 41 - taken, "lost as shutdown");
	rig_books(&r, 41, taken, "shutdown: the books");
	rig_down(&r);
}

/* Answers for connections that are gone, or that never were, harm nobody. */
static void test_strangers(void)
{
	struct rig r;
	struct net_answer a[3] = {{.conn = 12345, .first_no = 1, .last_no = 1, .stored = true},
				  {.conn = UINT64_MAX, .first_no = 1, .last_no = 9, .stored = true},
				  {.conn = 0, .first_no = 1, .last_no = 1}};
	uint64_t first;
	int fd;

	up(&r, 1000, 64);
	fd = rig_connect(&r);
	rig_say(fd, "a\n");
	ok(rig_await(rig_received(&r) == 1), "a message");
	close(fd);
	ok(rig_await(stats_get(r.stats, STAT_ACCEPTED) == 1), "its sender goes");
	net_answer(r.net, a, 3);
	rig_collect(&r, 1);
	first = r.rows[0].conn;
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 0), "closed");
	fd = rig_connect(&r);
	rig_say(fd, "b\n");
	ok(rig_collect(&r, 2), "another connection");
	ok(r.rows[1].conn && r.rows[1].conn != first, "has another id");
	rig_read(fd, text, sizeof(text), 6);
	is_str(text, "ACK 1\n", "and its own numbers");
	a[0] = (struct net_answer){.conn = r.rows[1].conn, .first_no = 5, .last_no = 5, .stored = true};
	net_answer(r.net, a, 1);
	rig_read(fd, text, sizeof(text), sizeof(text));
	is_str(text, "", "answers out of order end the connection rather than lie");
	close(fd);
	rig_down(&r);
}

int main(void)
{
	test_half_close();
	test_naks();
	test_many();
	test_deaf();
	test_idle();
	test_broken();
	test_stop();
	test_shutdown();
	test_strangers();
	return done_testing();
}
