/* The pause: nothing is read while it lasts, nothing is lost by it, and a stop or a listener's end is its end. */
#include "config.h"

#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

#define LONG_NS (150 * NS_PER_MS) /* long enough for what must not come */

/* A stream and a datagram socket, each with a client. */
struct pair {
	char url[ADDR_URL_TEXT];
	int stream, dgram;
};

static void begin(struct rig *r, struct pair *p)
{
	struct listener_opts tcp, udp;

	rig_up(r, 100000, 64 << 20);
	udp = rig_opts(r, "udp://127.0.0.1:0");
	rig_listen(r, &udp);
	p->dgram = rig_connect(r);
	tcp = rig_opts(r, "tcp://127.0.0.1:0");
	tcp.name = "tcp";
	rig_listen(r, &tcp);
	p->stream = rig_connect(r);
	rig_start(r);
	rig_say(p->stream, "one\n");
	rig_say(p->dgram, "two");
	ok(rig_collect(r, 2), "both are read from");
	net_pause(r->net, true);
	ok(rig_await(net_paused(r->net)), "then there is a pause");
	rig_say(p->stream, "three\n");
	rig_say(p->dgram, "four");
}

static void end(struct rig *r, struct pair *p, unsigned count, const char *what)
{
	close(p->stream);
	close(p->dgram);
	rig_finish(r);
	rig_books(r, count, count, "%s: the books", what);
	rig_down(r);
}

static void test_pause(void)
{
	struct rig r;
	struct pair p;
	int late;

	begin(&r, &p);
	late = rig_connect(&r);
	rig_say(late, "five\n");
	sync_sleep_until(sync_now_ns() + LONG_NS);
	is_int(rig_take(&r), 0, "nothing comes in while it lasts");
	is_int(stats_get(r.stats, STAT_ACCEPTED), 1, "and nobody is accepted");
	net_pause(r.net, false);
	ok(rig_collect(&r, 5), "then all that came is read");
	ok(!net_paused(r.net), "it is over");
	for (int i = 0; i < 200; i++) {
		net_pause(r.net, i % 2 == 0);
		rig_say(p.stream, "again\n");
		rig_say(p.dgram, "again");
	}
	net_pause(r.net, false);
	ok(rig_collect(&r, 405), "a hundred of them in a row lose nothing");
	rig_drain(&r);
	close(late);
	end(&r, &p, 405, "a pause");
}

static void test_stop(void)
{
	struct rig r;
	struct pair p;

	begin(&r, &p);
	ok(rig_drain(&r), "a stop comes to its end");
	ok(rig_collect(&r, 4), "with all that came before it");
	ok(!net_paused(r.net), "and ends the pause");
	end(&r, &p, 4, "a stop in a pause");
}

static void test_unlisten(void)
{
	struct rig r;
	struct pair p;

	begin(&r, &p);
	net_unlisten(r.net, "tcp");
	ok(rig_collect(&r, 4), "what a listener held is read when it goes");
	ok(!net_paused(r.net), "and the pause has ended");
	rig_drain(&r);
	end(&r, &p, 4, "a listener that goes");
}

/* A source that was held back when the pause began still gets what it had read into the queue. */
static void test_held(void)
{
	struct rig r;
	struct listener_opts tcp;
	char text[2000];
	size_t len = 0;
	int fd;

	rig_up(&r, 16, 1 << 20);
	tcp = rig_opts(&r, "tcp://127.0.0.1:0");
	tcp.overflow = GATE_BLOCK;
	tcp.draft_messages = 8;
	rig_listen(&r, &tcp);
	rig_start(&r);
	fd = rig_connect(&r);
	for (int i = 0; i < 100; i++)
		len += (size_t)sprintf(text + len, "line %d\n", i);
	rig_send(fd, text, len);
	ok(rig_await(rig_status(&r).held_sources == 1), "a source is held back");
	net_pause(r.net, true);
	ok(rig_await(net_paused(r.net)), "a pause begins");
	rig_say(fd, "more\n");
	ok(rig_collect(&r, 100), "what it had read comes in");
	net_pause(r.net, false);
	ok(rig_collect(&r, 101), "and the rest after the pause");
	rig_drain(&r);
	close(fd);
	rig_finish(&r);
	rig_books(&r, 101, 101, "held: the books");
	rig_down(&r);
}

int main(void)
{
	test_pause();
	test_stop();
	test_unlisten();
	test_held();
	return done_testing();
}
