/* A socket goes over from a listener that goes to one that comes: with its port or file, and with what waits in it. */
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

/* A listener of that name for the address of r->url, that waits for the socket of heir_of. */
static int listen_as(struct rig *r, const char *name, const char *heir_of)
{
	char url[ADDR_URL_TEXT];
	struct listener_opts o;
	struct err e;
	int rc;

	strcpy(url, r->url);
	o = rig_opts(r, url);
	o.name = name;
	o.heir_of = heir_of;
	rc = net_listen(r->net, &o, &e);
	strcpy(r->url, url);
	return rc;
}

static void listen_first(struct rig *r, const char *url)
{
	struct listener_opts o;

	rig_up(r, 1000, 1 << 20);
	rig_start(r);
	o = rig_opts(r, url);
	o.name = "old";
	rig_listen(r, &o);
}

struct names {
	unsigned count;
	char text[64];
};

static void note(void *arg, const struct listener_view *v)
{
	struct names *n = arg;

	n->count++;
	strncat(n->text, v->name, sizeof(n->text) - strlen(n->text) - 1);
}

static struct names names_of(struct rig *r)
{
	struct names n = {0};

	net_each(r->net, note, &n);
	return n;
}

/* What was asked of the loop is done. */
static void let_turn(struct rig *r)
{
	uint64_t turns = net_turns(r->net);

	net_wake(r->net);
	rig_await(net_turns(r->net) >= turns + 2);
}

static void test_streams(const char *url)
{
	struct rig r;
	char text[8];
	int fd, more;

	listen_first(&r, url);
	fd = rig_connect(&r);
	rig_say(fd, "one\nunfinished");
	ok(rig_collect(&r, 1), "%s: served by the old one", url);
	is_int(listen_as(&r, "stranger", NULL), -1, "%s: in use, for a stranger", url);
	is_int(listen_as(&r, "new", "old"), 0, "%s: not for the heir", url);
	is_int(names_of(&r).count, 2, "%s: two for a moment", url);
	more = rig_connect(&r);
	rig_say(more, "two\n");
	ok(rig_collect(&r, 2), "%s: until the old one goes it serves", url);
	net_unlisten(r.net, "old");
	is_str(names_of(&r).text, "new", "%s: then the new one is the only one", url);
	ok(rig_collect(&r, 3), "%s: its connections end as at a stop", url);
	is_int(rig_read(fd, text, sizeof(text), 1), 0, "%s: closed", url);
	close(fd);
	close(more);
	/* However quickly: no connection is refused in between. */
	for (int i = 0; i < 50; i++) {
		char name[2][16];

		snprintf(name[0], sizeof(name[0]), i ? "n%d" : "new", i - 1);
		snprintf(name[1], sizeof(name[1]), "n%d", i);
		if (listen_as(&r, name[1], name[0]) < 0)
			break;
		net_unlisten(r.net, name[0]);
		/* Whose it is, and whether it ends with the old one, nobody can tell; it is not refused. */
		close(rig_connect(&r));
	}
	is_str(names_of(&r).text, "n49", "%s: fifty heirs in a row, a connection at each", url);
	let_turn(&r);
	fd = rig_connect(&r);
	rig_say(fd, "again\n");
	close(fd);
	ok(rig_collect(&r, 4), "%s: the last one serves", url);
	ok(rig_drain(&r), "%s: a stop", url);
	rig_books(&r, 4, 4, "%s: the books", url);
	rig_down(&r);
}

static void test_datagrams(const char *url)
{
	struct rig r;
	int fd;

	listen_first(&r, url);
	fd = rig_connect(&r);
	for (int i = 0; i < 50; i++) {
		char name[2][16], text[16];

		snprintf(name[0], sizeof(name[0]), i ? "n%d" : "old", i - 1);
		snprintf(name[1], sizeof(name[1]), "n%d", i);
		rig_send(fd, text, (size_t)snprintf(text, sizeof(text), "%d", 2 * i));
		if (listen_as(&r, name[1], name[0]) < 0)
			break;
		net_unlisten(r.net, name[0]);
		rig_send(fd, text, (size_t)snprintf(text, sizeof(text), "%d", 2 * i + 1));
		rig_take(&r);
	}
	ok(rig_collect(&r, 100), "%s: datagrams before, between and after fifty heirs", url);
	for (unsigned i = 0; i < 100; i++)
		if (atoi(r.rows[i].body) != (int)i) {
			ok(0, "%s: row %u is %s", url, i, r.rows[i].body);
			break;
		}
	close(fd);
	ok(rig_drain(&r), "%s: a stop", url);
	rig_books(&r, 100, 100, "%s: the books", url);
	rig_down(&r);
}

/* Gone and back at once, without anybody having named an heir. */
static void test_back(const char *url)
{
	struct rig r;
	int fd, came = 0;

	listen_first(&r, url);
	for (int i = 0; i < 50; i++) {
		net_unlisten(r.net, "old");
		came += listen_as(&r, "old", NULL) == 0;
	}
	is_int(came, 50, "%s: what goes may come back at once", url);
	let_turn(&r);
	fd = rig_connect(&r);
	rig_say(fd, "here\n");
	ok(rig_collect(&r, 1), "%s: and serves", url);
	close(fd);
	ok(rig_drain(&r), "%s: a stop", url);
	rig_books(&r, 1, 1, "%s: the books", url);
	rig_down(&r);
}

/* A reload that is refused takes its heirs back; one follows before the first is through. */
static void test_undo(void)
{
	struct rig r;
	struct stat before, after;
	int fd;

	rig_up(&r, 1000, 1 << 20);
	snprintf(r.url, sizeof(r.url), "unix://%s/in", r.dir);
	{
		struct listener_opts o = rig_opts(&r, r.url);

		o.name = "old";
		rig_listen(&r, &o);
	}
	rig_start(&r);
	ok(stat(strstr(r.url, "//") + 2, &before) == 0, "a socket file");
	is_int(listen_as(&r, "heir", "old"), 0, "an heir");
	is_int(listen_as(&r, "other", "old"), -1, "there is one only");
	net_unlisten(r.net, "heir");
	is_str(names_of(&r).text, "old", "it is taken back");
	fd = rig_connect(&r);
	rig_say(fd, "a\n");
	close(fd);
	ok(rig_collect(&r, 1), "the old one serves on");
	is_int(listen_as(&r, "heir", "old"), 0, "another heir");
	is_int(listen_as(&r, "grandchild", "heir"), 0, "and an heir of it, while it waits");
	net_unlisten(r.net, "heir");
	net_unlisten(r.net, "old");
	is_str(names_of(&r).text, "grandchild", "who is the one left");
	let_turn(&r);
	fd = rig_connect(&r);
	rig_say(fd, "b\n");
	close(fd);
	ok(rig_collect(&r, 2), "and serves");
	ok(stat(strstr(r.url, "//") + 2, &after) == 0 && before.st_ino == after.st_ino, "the file was never another");
	ok(rig_drain(&r), "a stop");
	rig_books(&r, 2, 2, "undone: the books");
	rig_down(&r);
}

/* The old one is held back: it reads what was there when it was told to go, then the heir goes on. */
static void test_held(bool stop)
{
	struct rig r;
	struct listener_opts o;
	int fd;

	rig_up(&r, 16, 1 << 20);
	rig_start(&r);
	o = rig_opts(&r, "udp://127.0.0.1:0");
	o.name = "old";
	o.overflow = GATE_BLOCK;
	o.draft_messages = 4;
	rig_listen(&r, &o);
	fd = rig_connect(&r);
	for (int i = 0; i < 40; i++)
		rig_say(fd, "x");
	ok(rig_await(rig_status(&r).held_sources == 1), "held back by a full queue");
	is_int(listen_as(&r, "heir", "old"), 0, "an heir waits");
	net_unlisten(r.net, "old");
	rig_say(fd, "y");
	if (stop) {
		ok(rig_drain(&r), "a stop meanwhile");
		is_int(rig_received(&r), 41, "all that had come is read");
	} else {
		ok(rig_collect(&r, 41), "all is read, in the end by the heir");
		ok(rig_await((rig_take(&r), names_of(&r).count == 1)), "which is the one left");
		rig_say(fd, "z");
		ok(rig_collect(&r, 42), "and goes on");
		ok(rig_drain(&r), "a stop");
	}
	close(fd);
	ok(rig_status(&r).balanced, "the books balance");
	rig_down(&r);
}

int main(void)
{
	test_streams("tcp://127.0.0.1:0");
	test_streams("tcp://[::1]:0");
	test_datagrams("udp://127.0.0.1:0");
	test_back("tcp://127.0.0.1:0");
	test_back("udp://127.0.0.1:0");
	test_undo();
	test_held(false);
	test_held(true);
	return done_testing();
}
