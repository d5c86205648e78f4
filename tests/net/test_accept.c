/* Taking connections in: how many, from where, and what happens when descriptors run out. */
#include "config.h"

#include "net/accept.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

static bool at_end(int fd)
{
	char text[16];

	return rig_read(fd, text, sizeof(text), 1) == 0;
}

static void test_max(void)
{
	struct rig r;
	struct listener_opts o;
	int a, b, c;

	rig_up(&r, 1000, 1 << 20);
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	o.max_connections = 2;
	rig_listen(&r, &o);
	rig_start(&r);
	a = rig_connect(&r);
	b = rig_connect(&r);
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 2), "two connections are open");
	c = rig_connect(&r);
	ok(at_end(c), "a third is closed at once");
	is_int(stats_get(r.stats, STAT_REFUSED), 1, "and counted");
	rig_say(a, "a\n");
	rig_say(b, "b\n");
	ok(rig_collect(&r, 2), "the two go on");
	close(a);
	close(c);
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 1), "one goes");
	c = rig_connect(&r);
	rig_say(c, "c\n");
	ok(rig_collect(&r, 3), "another may come");
	close(b);
	close(c);
	is_int(stats_get(r.stats, STAT_ACCEPTED), 3, "three in all");
	rig_books(&r, 3, 3, "max: the books");
	rig_down(&r);
}

static void test_allow(void)
{
	struct rig r;
	struct listener_opts o;
	struct cidr range;
	struct err e;
	int fd;

	rig_up(&r, 1000, 1 << 20);
	if (cidr_parse("192.0.2.0/24", &range, &e) < 0)
		abort();
	o = rig_opts(&r, "tcp://127.0.0.1:0");
	o.allow = &range;
	o.allow_count = 1;
	rig_listen(&r, &o);
	rig_start(&r);
	fd = rig_connect(&r);
	ok(at_end(fd), "a connection from elsewhere is closed at once");
	close(fd);
	is_int(stats_get(r.stats, STAT_REFUSED), 1, "counted as refused");
	is_int(rig_lost(&r, LOSS_DENIED), 0, "a connection counts as no message");
	rig_down(&r);
}

static int64_t cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * NS_PER_S + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
}

/* No descriptors left: the loop rests instead of spinning, who is in goes on, and later ones come in. */
static void test_descriptors(void)
{
	enum { CLIENTS = 30, ROOM = 5 };
	struct rig r;
	struct rlimit limit, old;
	struct addr a;
	struct err e;
	int fds[CLIENTS], next;
	int64_t cpu;

	rig_up(&r, 1000, 1 << 20);
	rig_serve(&r, "tcp://127.0.0.1:0");
	if (addr_parse(r.url, &a, &e) < 0)
		abort();
	for (int i = 0; i < CLIENTS; i++)
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
	next = dup(0);
	close(next);
	getrlimit(RLIMIT_NOFILE, &old);
	limit = old;
	limit.rlim_cur = (rlim_t)next + ROOM;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < CLIENTS; i++)
		if (connect(fds[i], &a.sa.any, a.len) < 0)
			abort();
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == ROOM), "as many come in as there are descriptors");
	cpu = cpu_ns();
	sync_sleep_until(sync_now_ns() + NS_PER_S);
	cpu = cpu_ns() - cpu;
	ok(cpu < NS_PER_S / 20, "without descriptors it takes no CPU (%d us in a second)", (int)(cpu / 1000));
	is_int(stats_get(r.stats, STAT_CONNECTIONS), ROOM, "nobody came in");
	rig_say(fds[0], "still here\n");
	ok(rig_collect(&r, 1), "who is in goes on");
	setrlimit(RLIMIT_NOFILE, &old);
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == CLIENTS), "with descriptors all come in");
	rig_say(fds[CLIENTS - 1], "at last\n");
	ok(rig_collect(&r, 2), "and are heard");
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 0), "and go");
	rig_books(&r, 2, 2, "descriptors: the books");
	rig_down(&r);
}

/* Many short connections: every descriptor comes back. */
static void test_storm(void)
{
	struct rig r;
	int before, after;

	rig_up(&r, 10000, 1 << 20);
	rig_serve(&r, "tcp://127.0.0.1:0");
	before = dup(0);
	close(before);
	for (int i = 0; i < 3000; i++) {
		int fd = rig_connect(&r);

		rig_say(fd, "hello\n");
		close(fd);
	}
	ok(rig_collect(&r, 3000), "3,000 connections, a line each");
	ok(rig_await(stats_get(r.stats, STAT_CONNECTIONS) == 0), "all are closed");
	after = dup(0);
	close(after);
	is_int(after, before, "no descriptor is left behind");
	rig_books(&r, 3000, 3000, "storm: the books");
	rig_down(&r);
}

int main(void)
{
	test_max();
	test_allow();
	test_descriptors();
	test_storm();
	return done_testing();
}
