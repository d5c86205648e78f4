/* The loop's own time: what a stall is, who is looked at in a long turn, and when it looks round. */
#include "config.h"

#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/queue_impl.h"
#include "net/net_impl.h"
#include "rig.h"

#define TIMEOUT_NS (600 * NS_PER_S)

/* The loop's part is played by the test: nothing is started. */
static void listen_to(struct rig *r, const struct listener_opts *o)
{
	rig_listen(r, o);
	(void)turn_mark(r->net);
	net_take_news(r->net);
}

static void up(struct rig *r, const char *url)
{
	struct listener_opts o;

	rig_up(r, 1000, 4 << 20);
	o = rig_opts(r, url);
	o.idle_timeout_ns = TIMEOUT_NS;
	listen_to(r, &o);
}

static uint64_t stall_us(const struct rig *r)
{
	return stats_get(r->stats, STAT_LOOP_STALL);
}

static void test_stall(void)
{
	struct rig r;
	int64_t began_ns, took_ns;
	uint64_t before_us;

	up(&r, "tcp://127.0.0.1:0");
	began_ns = turn_mark(r.net);
	r.net->turn.stall_ns = 0;
	sync_sleep_until(began_ns + 20 * NS_PER_MS);
	took_ns = turn_mark(r.net) - began_ns;
	is_int(stall_us(&r), took_ns / 1000, "from one thing to the next is a stall");
	ok(took_ns >= 20 * NS_PER_MS, "of 20 ms here");
	turn_end(r.net);
	before_us = stall_us(&r);
	sync_sleep_until(sync_now_ns() + 2 * (int64_t)before_us * 1000);
	(void)turn_mark(r.net);
	is_int(stall_us(&r), before_us, "waiting for events is none");
	turn_end(r.net);
	rig_down(&r);
}

/* A loop that somebody keeps from the queue says so. */
static void test_lock(void)
{
	struct rig r;
	int fd;

	rig_up(&r, 1000, 4 << 20);
	rig_serve(&r, "tcp://127.0.0.1:0");
	fd = rig_connect(&r);
	rig_say(fd, "one\n");
	ok(rig_collect(&r, 1), "the loop runs");
	sync_lock(&r.q->lock);
	rig_say(fd, "two\n");
	sync_sleep_until(sync_now_ns() + 100 * NS_PER_MS);
	sync_unlock(&r.q->lock);
	ok(rig_collect(&r, 2), "and goes on");
	ok(rig_await(stall_us(&r) >= 50000), "having stalled for %d us", (int)stall_us(&r));
	close(fd);
	rig_books(&r, 2, 2, "the books");
	rig_down(&r);
}

static void test_between(void)
{
	struct rig r;
	struct net *n;
	int fd;

	up(&r, "udp://127.0.0.1:0");
	n = r.net;
	fd = rig_connect(&r);
	turn_end(n);
	rig_say(fd, "one");
	turn_stream(n);
	is_int(rig_status(&r).sums.received, 0, "a turn has begun: streams are read as they come");
	n->turn.datagrams_ns -= 2 * NS_PER_MS;
	turn_stream(n);
	is_int(rig_status(&r).sums.received, 1, "2 ms later the datagram goes first");
	rig_say(fd, "two");
	n->turn.datagrams_ns += NS_PER_S; /* however long we were kept from it */
	turn_stream(n);
	is_int(rig_status(&r).sums.received, 1, "and then the streams again");
	n->draining = true;
	n->turn.datagrams_ns = 0;
	turn_stream(n);
	is_int(rig_status(&r).sums.received, 1, "at a stop each has its own time");
	n->draining = false;
	turn_end(n);
	close(fd);
	ok(rig_collect(&r, 1), "it is whole");
	rig_down(&r);
}

/* How many seconds from the last mark until it looks round; -1: it will not. */
static int wait_s(const struct rig *r)
{
	if (r->net->turn.round_ns == SYNC_FOREVER)
		return -1;
	return (int)((r->net->turn.round_ns - r->net->turn.mark_ns + NS_PER_S / 2) / NS_PER_S);
}

static void test_rounds_of_datagrams(void)
{
	struct rig r;

	up(&r, "udp://127.0.0.1:0");
	is_int(wait_s(&r), 1, "the first look round");
	turn_read(r.net, 100);
	turn_round(r.net);
	is_int(wait_s(&r), 1, "something was read: once a second");
	turn_round(r.net);
	is_int(wait_s(&r), -1, "nothing was: no more");
	turn_read(r.net, 100);
	is_int(wait_s(&r), 1, "until something is");
	turn_round(r.net);
	is_int(wait_s(&r), 1, "once a second again");
	turn_end(r.net);
	rig_down(&r);
}

/* What waits for room may overflow the kernel's buffer at any time. */
static void test_rounds_of_held(void)
{
	struct listener_opts o;
	struct rig r;
	int fd;

	rig_up(&r, 2, 4 << 20);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	o.overflow = GATE_BLOCK;
	o.draft_messages = 1;
	listen_to(&r, &o);
	fd = rig_connect(&r);
	for (unsigned i = 0; i < 4; i++)
		rig_say(fd, "full");
	r.net->turn.datagrams_ns = 0;
	turn_stream(r.net);
	ok(source_blocked(&net_next(r.net, NULL)->source), "the queue is full, and its source waits");
	for (unsigned i = 0; i < 3; i++)
		turn_round(r.net);
	is_int(wait_s(&r), 1, "nothing is read for a while: it looks once a second nevertheless");
	turn_end(r.net);
	rig_start(&r);
	ok(rig_collect(&r, 4), "all come in the end");
	close(fd);
	rig_down(&r);
}

static void test_rounds_of_streams(void)
{
	struct rig r;

	up(&r, "tcp://127.0.0.1:0");
	turn_round(r.net);
	is_int(wait_s(&r), -1, "no connections, nothing read: no looks round");
	turn_round_by(r.net, r.net->turn.mark_ns + TIMEOUT_NS);
	is_int(wait_s(&r), 600, "when the first connection may have been silent for too long");
	turn_round_by(r.net, r.net->turn.mark_ns + 2 * TIMEOUT_NS);
	is_int(wait_s(&r), 600, "a later one does not matter");
	turn_read(r.net, 100);
	is_int(wait_s(&r), 1, "something is read");
	turn_round(r.net);
	is_int(wait_s(&r), -1, "and nothing to be looked at");
	turn_end(r.net);
	rig_down(&r);
}

struct told {
	struct rig *r;
	_Atomic int calls;
	int64_t began_ns;
	uint64_t received; /* by then */
};

static void tell(void *arg, int64_t began_ns)
{
	struct told *t = arg;

	t->began_ns = began_ns;
	t->received = rig_status(t->r).sums.received;
	atomic_fetch_add(&t->calls, 1);
}

/* One turn, in which a datagram is read if there is one. */
static int64_t turn(struct rig *r)
{
	int64_t began_ns = turn_mark(r->net);

	r->net->turn.datagrams_ns = 0;
	turn_stream(r->net);
	turn_end(r->net);
	return began_ns;
}

static void test_when_read(void)
{
	struct rig r;
	struct told t = {.r = &r};
	int64_t began_ns;
	int fd;

	up(&r, "udp://127.0.0.1:0");
	turn_end(r.net);
	fd = rig_connect(&r);
	rig_say(fd, "one");
	(void)turn(&r);
	net_when_read(r.net, tell, &t);
	(void)turn(&r);
	is_int(t.calls, 0, "nothing is read: nobody is told");
	rig_say(fd, "two");
	began_ns = turn(&r);
	is_int(t.calls, 1, "something is: who asked is told");
	is_int(t.began_ns, began_ns, "since when");
	is_int(t.received, 2, "it is in the books by then");
	rig_say(fd, "three");
	(void)turn(&r);
	is_int(t.calls, 1, "once");
	net_when_read(r.net, tell, &t);
	rig_say(fd, "four");
	(void)turn(&r);
	is_int(t.calls, 2, "and again when asked again");
	close(fd);
	ok(rig_collect(&r, 4), "it is whole");
	rig_down(&r);
}

/* Likewise in a loop that runs, of a stream. */
static void test_when_streams_read(void)
{
	struct rig r;
	struct told t = {.r = &r};
	uint64_t turns;
	int fd;

	rig_up(&r, 1000, 4 << 20);
	rig_serve(&r, "tcp://127.0.0.1:0");
	net_when_read(r.net, tell, &t);
	fd = rig_connect(&r);
	turns = net_turns(r.net);
	ok(rig_await(net_turns(r.net) > turns + 1), "a connection is made, the loop turns");
	is_int(t.calls, 0, "nothing is read");
	rig_say(fd, "one\n");
	ok(rig_await(t.calls == 1), "one line is");
	is_int(t.received, 1, "and is in the books by then");
	close(fd);
	ok(rig_collect(&r, 1), "it is whole");
	rig_books(&r, 1, 1, "the books");
	rig_down(&r);
}

/* The kernel drops what comes to l, counts it, and wakes nobody: as with a wrong checksum. */
static void deafen(const struct listener *l)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &nothing};

	is_int(setsockopt(l->sock.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0, "the socket is deaf");
}

static void test_look(void)
{
	struct rig r;
	struct told t = {.r = &r};
	uint64_t turns;
	int fd;

	rig_up(&r, 1000, 4 << 20);
	rig_serve(&r, "udp://127.0.0.1:0");
	fd = rig_connect(&r);
	rig_say(fd, "one");
	ok(rig_collect(&r, 1), "a datagram comes");
	ok(rig_await(atomic_load(&r.net->at_rest)), "and no more: the loop rests");
	deafen(net_next(r.net, NULL));
	net_when_read(r.net, tell, &t);
	for (unsigned i = 0; i < 10; i++)
		sync_sleep_until(sync_now_ns() + 10 * NS_PER_MS); /* it rests before its turn has ended */
	turns = counter_get(&r.net->turns);
	for (unsigned i = 0; i < 3; i++)
		rig_say(fd, "lost");
	is_int(rig_lost(&r, LOSS_KERNEL), 0, "three are dropped, and wake nobody");
	is_int(counter_get(&r.net->turns), turns, "the loop has not turned");
	net_look(r.net);
	is_int(rig_lost(&r, LOSS_KERNEL), 3, "who wants to know sees them");
	ok(rig_await(t.calls == 1), "whoever waits for something to come is told");
	ok(rig_await(atomic_load(&r.net->at_rest)), "then it rests again");
	close(fd);
	rig_books(&r, 1, 1, "the books");
	rig_down(&r);
}

/* The same, where the test says when it looks. */
static void test_look_again(void)
{
	struct rig r;
	int fd;

	up(&r, "udp://127.0.0.1:0");
	deafen(net_next(r.net, NULL));
	fd = rig_connect(&r);
	turn_round(r.net);
	ok(atomic_load(&r.net->at_rest), "the loop rests");
	rig_say(fd, "lost");
	turn_look(r.net, ++r.net->looks_asked);
	is_int(rig_lost(&r, LOSS_KERNEL), 1, "a look finds what was dropped");
	ok(!atomic_load(&r.net->at_rest), "the loop looks again by itself: more may follow");
	rig_say(fd, "lost");
	turn_round(r.net);
	is_int(rig_lost(&r, LOSS_KERNEL), 2, "as it does");
	turn_round(r.net);
	ok(!atomic_load(&r.net->at_rest), "and once more");
	turn_round(r.net);
	ok(atomic_load(&r.net->at_rest), "then it rests again");
	turn_end(r.net);
	close(fd);
	rig_down(&r);
}

/* Nobody runs the loop. */
static void test_look_in_vain(void)
{
	struct rig r;
	int64_t began_ns;

	up(&r, "udp://127.0.0.1:0");
	net_look(r.net);
	is_int(r.net->looks_asked, 0, "a loop that looks by itself is not asked");
	turn_round(r.net);
	ok(atomic_load(&r.net->at_rest), "nothing was read: it rests");
	began_ns = sync_now_ns();
	net_look(r.net);
	ok(sync_now_ns() - began_ns >= 100 * NS_PER_MS, "one that hangs is waited for");
	ok(sync_now_ns() - began_ns < RIG_PATIENCE_NS, "but not for ever");
	turn_look(r.net, r.net->looks_asked);
	is_int(r.net->looks_done, r.net->looks_asked, "it finds what it was asked for");
	turn_end(r.net);
	rig_down(&r);
}

int main(void)
{
	test_when_read();
	test_look();
	test_look_again();
	test_look_in_vain();
	test_when_streams_read();
	test_stall();
	test_lock();
	test_between();
	test_rounds_of_datagrams();
	test_rounds_of_held();
	test_rounds_of_streams();
	return done_testing();
}
