/* Listeners come, change and go while the loop runs. */
#include "config.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

struct seen {
	unsigned count;
	char names[4][16], addresses[4][ADDR_URL_TEXT];
	bool stream[4];
	char overflow[4][16];
};

static void look(void *arg, const struct listener_view *v)
{
	struct seen *s = arg;

	if (s->count == 4)
		return;
	snprintf(s->names[s->count], sizeof(s->names[0]), "%s", v->name);
	snprintf(s->addresses[s->count], sizeof(s->addresses[0]), "%s", v->address);
	snprintf(s->overflow[s->count], sizeof(s->overflow[0]), "%s", v->overflow);
	s->stream[s->count++] = v->stream;
}

static struct seen see(struct rig *r)
{
	struct seen s = {0};

	net_each(r->net, look, &s);
	return s;
}

static void test_views(void)
{
	struct rig r;
	struct listener_opts a, b;
	struct seen s;
	struct err e;
	char name[16] = "first";

	rig_up(&r, 1000, 1 << 20);
	a = rig_opts(&r, "udp://127.0.0.1:0");
	a.name = name;
	rig_listen(&r, &a);
	strcpy(name, "other");
	b = rig_opts(&r, "tcp://127.0.0.1:0");
	b.name = "second";
	rig_listen(&r, &b);
	s = see(&r);
	is_int(s.count, 2, "two listeners");
	is_str(s.names[0], "first", "in order, by names of their own");
	is_str(s.names[1], "second", "both");
	ok(!s.stream[0] && s.stream[1], "datagrams, stream");
	is_str(s.overflow[0], "drop-newest", "what happens when the queue is full");
	is_str(s.overflow[1], "block", "for each");
	ok(strcmp(strrchr(s.addresses[0], ':'), ":0") != 0, "the port in force: %s", s.addresses[0]);
	b.name = "third";
	if (addr_parse(s.addresses[1], &b.addr, &e) < 0)
		abort();
	ok(net_listen(r.net, &b, &e) < 0, "an address taken");
	has_str(e.text, "listener third: ", "is told with the listener's name");
	is_int(e.exit_code, EXIT_BIND, "as a failure to bind");
	is_int(see(&r).count, 2, "and adds nothing");
	is_int(net_turns(r.net), 0, "the loop has not turned");
	rig_start(&r);
	ok(rig_await(net_turns(r.net) >= 2), "then it turns, with nothing to do");
	rig_down(&r);
}

static void test_tune(void)
{
	struct rig r;
	struct listener_opts o, wrong;
	struct err e;
	char text[8], line[201];
	int fd, other;

	rig_up(&r, 1000, 1 << 20);
	memset(line, 'x', 200);
	line[200] = '\n';
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	rig_listen(&r, &o);
	rig_start(&r);
	fd = rig_connect(&r);
	rig_say(fd, "a\n");
	ok(rig_collect(&r, 1), "connected");
	o.max_connections = 1;
	o.max_message = 100;
	o.overflow = GATE_DROP_OLDEST;
	ok(net_tune(r.net, &o, &e) == 0, "live changes");
	ok(rig_await(!strcmp(see(&r).overflow[0], "drop-oldest")), "are in force soon");
	other = rig_connect(&r);
	is_int(rig_read(other, text, sizeof(text), 1), 0, "a second connection is one too many");
	close(other);
	rig_send(fd, line, sizeof(line));
	ok(rig_collect(&r, 2), "an old connection");
	is_int(r.rows[1].len, 200, "keeps its max_message");
	close(fd);
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 0), "gone");
	fd = rig_connect(&r);
	rig_send(fd, line, sizeof(line));
	ok(rig_collect(&r, 3), "a new one");
	is_int(r.rows[2].len, 100, "has the new one");
	o.drop_oversize = true;
	o.idle_timeout_ns = NS_PER_S;
	ok(net_tune(r.net, &o, &e) == 0, "more changes");
	ok(rig_await(({
		   rig_send(fd, line, sizeof(line));
		   rig_take(&r);
		   rig_lost(&r, LOSS_OVERSIZE) > 0;
	   })),
	   "oversize = drop for open connections too");
	is_int(rig_read(fd, text, sizeof(text), 1), 0, "and an idle_timeout");
	is_int(stats_get(r.stats, STAT_IDLED), 1, "of a second");
	close(fd);
	wrong = o;
	wrong.name = "nobody";
	ok(net_tune(r.net, &wrong, &e) < 0, "there is no such listener");
	has_str(e.text, "nobody", "and it is named");
	ok(rig_status(&r).balanced, "the books balance");
	rig_down(&r);
}

/* One that does not fit is not left open. */
static void test_misfit(void)
{
	struct rig r;
	struct listener_opts o;
	struct err e;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	rig_up(&r, 1000, 1 << 20);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	o.fd = fd;
	ok(net_listen(r.net, &o, &e) < 0, "an inherited stream is no datagram socket");
	has_str(e.text, "is no such socket", "that is told");
	is_int(fcntl(fd, F_GETFD), -1, "and it is closed");
	rig_down(&r);
}

static void test_come_and_go(void)
{
	struct rig r;
	struct listener_opts tcp, udp;
	char url[ADDR_URL_TEXT], udp_url[ADDR_URL_TEXT], text[8];
	int fd, dgram;

	rig_up(&r, 1000, 1 << 20);
	rig_start(&r);
	tcp = rig_opts(&r, "tcp://127.0.0.1:0");
	tcp.name = "tcp";
	rig_listen(&r, &tcp);
	fd = rig_connect(&r);
	strcpy(url, r.url);
	udp = rig_opts(&r, "udp://127.0.0.1:0");
	udp.name = "udp";
	rig_listen(&r, &udp);
	strcpy(udp_url, r.url);
	dgram = rig_connect(&r);
	rig_say(fd, "a\nunfinished");
	rig_say(dgram, "b");
	ok(rig_collect(&r, 2), "listeners added to a running loop");
	net_unlisten(r.net, "tcp");
	ok(rig_collect(&r, 3), "one goes: what was unfinished is a message");
	is_str(r.rows[2].body, "unfinished", "the right one");
	is_int(rig_read(fd, text, sizeof(text), 1), 0, "its connection is closed");
	is_int(see(&r).count, 1, "it is not shown any more");
	net_unlisten(r.net, "nobody");
	rig_say(dgram, "c");
	ok(rig_collect(&r, 4), "the other one works");
	net_unlisten(r.net, "udp");
	ok(rig_await(see(&r).count == 0), "it goes too");
	tcp.addr = rig_opts(&r, url).addr;
	ok(rig_await(({
		   struct err e;
		   net_listen(r.net, &tcp, &e) == 0;
	   })),
	   "the first comes back, with the same address and name");
	strcpy(r.url, url);
	close(fd);
	fd = rig_connect(&r);
	rig_say(fd, "d\n");
	ok(rig_collect(&r, 5), "and works");
	close(fd);
	close(dgram);
	ok(rig_drain(&r), "a stop with listeners that are gone");
	rig_books(&r, 5, 5, "come and go: the books");
	rig_down(&r);
}

int main(void)
{
	test_views();
	test_tune();
	test_misfit();
	test_come_and_go();
	return done_testing();
}
