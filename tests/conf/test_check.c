/* What goes wrong between keys that are each right alone. */
#include "fixture.h"

static void test_stores(void)
{
	refuses("[store other]\npath = o\n[store third]\npath = t\n[listener a]\naddress = udp://*:1\n",
		"t:5: listener.store: there is no [store main], which [listener a] needs; known: other third");
	refuses("[store other]\n[listener a]\naddress = udp://*:1\nstore = othr\n",
		"t:4: listener.store: there is no [store othr], which [listener a] needs; known: other");
	refuses("[store other]\n",
		"t:1: listener.store: there is no [store main], which [listener udp4] needs; known: other",
		"t:1: listener.store: there is no [store main], which [listener udp6] needs; known: other",
		"t:1: listener.store: there is no [store main], which [listener tcp4] needs; known: other",
		"t:1: listener.store: there is no [store main], which [listener tcp6] needs; known: other");
	/* What is wrong already is not told again as missing. */
	refuses("[store oth/er]\n[listener a]\naddress = udp://*:1\nstore = other\n",
		"t:1: [store oth/er]: \"oth/er\" is not a name; accepted: 1 … 32 letters, digits and _ . -");
	refuses("[store other]\n[listener a]\naddress = udp://*:1\nstore = a/b\n",
		"t:4: listener.store: \"a/b\" is not a name; accepted: 1 … 32 letters, digits and _ . -");
	config_free(loads("[store unused]\npath = u\n[store main]\npath = m\n"));
}

static void test_listeners(void)
{
	struct config *c;

	refuses("[listener a]\nrcvbuf = 1M\n",
		"t:1: [listener a] has no address; write \"address = udp://127.0.0.1:5140\" or the like");
	refuses("[listener a]\naddress = unix:///run/x\nallow = 10.0.0.0/8\n",
		"t:3: listener.allow: [listener a] is a unix socket, whose senders have no address; "
		"its directory's permissions say who may send");
	config_free(loads("[listener a]\naddress = unix:///run/x\nallow =\n"));
	c = loads("[listener a]\naddress = udp://*:1\n[listener b]\naddress = unixgram:///x\n"
		  "[listener c]\naddress = tcp://*:1\n[listener d]\naddress = unix:///y\n"
		  "[listener e]\naddress = tcp://*:2\noverflow = drop-oldest\n");
	is_int(config_listener(c, "a")->overflow, CONF_OVERFLOW_DROP_NEWEST, "overflow: udp drops the newest");
	is_int(config_listener(c, "b")->overflow, CONF_OVERFLOW_DROP_NEWEST, "overflow: unixgram too");
	is_int(config_listener(c, "c")->overflow, CONF_OVERFLOW_BLOCK, "overflow: tcp blocks");
	is_int(config_listener(c, "d")->overflow, CONF_OVERFLOW_BLOCK, "overflow: unix too");
	is_int(config_listener(c, "e")->overflow, CONF_OVERFLOW_DROP_OLDEST, "overflow: as said");
	config_free(c);
}

static void test_ack(void)
{
	refuses("[listener a]\naddress = udp://*:1\nack = commit\n",
		"t:3: listener.ack: commit needs a stream, tcp:// or unix://; [listener a] is at udp://*:1");
	refuses("[listener a]\naddress = unixgram:///x\noverflow = block\nack = commit\n",
		"t:4: listener.ack: commit needs a stream, tcp:// or unix://; [listener a] is at unixgram:///x");
	refuses("[listener a]\naddress = tcp://*:1\nack = commit\noverflow = drop-newest\n",
		"t:3: listener.ack: commit needs overflow = block; [listener a] has overflow = drop-newest (t:4)");
	config_free(loads("[listener a]\naddress = tcp://*:1\nack = commit\n"));
	config_free(loads("[listener a]\naddress = unix:///x\nack = commit\noverflow = block\n"));
	refuses("[listener a]\naddress = nonsense://\nack = commit\n",
		"t:2: listener.address: \"nonsense://\" does not begin with udp://, tcp://, unix:// or unixgram://");
	refuses("[listener a]\naddress = tcp://*:1\nack = commit\noverflow = blck\n",
		"t:4: listener.overflow: \"blck\" is not known; accepted: block drop-newest drop-oldest; "
		"did you mean \"block\"?");
}

static void test_queue_bytes(void)
{
	refuses("[store main]\nqueue_bytes = 64K\n[listener a]\naddress = udp://*:1\n",
		"t:2: store.queue_bytes: [store main] has 64K, less than twice the max_message of [listener a] (t:3), "
		"which is 64K; accepted: 128K … 64G bytes");
	refuses("[listener a]\naddress = udp://*:1\nmax_message = 1M\n[listener b]\naddress = udp://*:2\n"
		"max_message = 2M\n[store main]\nqueue_bytes = 4095K\n",
		"t:8: store.queue_bytes: [store main] has 4095K, less than twice the max_message of [listener b] (t:6), "
		"which is 2M; accepted: 4M … 64G bytes");
	config_free(loads("[store main]\nqueue_bytes = 128K\n[listener a]\naddress = udp://*:1\n"));
	config_free(loads("[store main]\npath = m\n[store s]\npath = s\nqueue_bytes = 64K\n"
			  "[listener a]\naddress = udp://*:1\n"));
}

static void test_paths(void)
{
	refuses("[store a]\n[store main]\n",
		"t:2: store.path: \"./messages.db\" is the same file as the path of [store a] (t:1)");
	refuses("[store a]\npath = x.db\n[store main]\npath = ./x.db\n",
		"t:4: store.path: \"./x.db\" is the same file as the path of [store a] (t:2)");
	fixture_must(mkdir("d", 0700) == 0 && symlink("d", "e") == 0, "d, e");
	refuses("[store a]\npath = d/x.db\n[store main]\npath = e/x.db\n",
		"t:4: store.path: \"e/x.db\" is the same file as the path of [store a] (t:2)");
	refuses("[store a]\npath = d/x.db\n[store main]\npath = d/../d/x.db\n",
		"t:4: store.path: \"d/../d/x.db\" is the same file as the path of [store a] (t:2)");
	write_text("d/one", "");
	fixture_must(link("d/one", "two") == 0 && symlink("d/one", "three") == 0, "two, three");
	refuses("[store a]\npath = d/one\n[store main]\npath = two\n",
		"t:4: store.path: \"two\" is the same file as the path of [store a] (t:2)");
	refuses("[store a]\npath = d/one\n[store main]\npath = three\n",
		"t:4: store.path: \"three\" is the same file as the path of [store a] (t:2)");
	config_free(loads("[store a]\npath = d/x.db\n[store main]\npath = x.db\n"));
	config_free(loads("[store a]\npath = no/such/dir/x.db\n[store main]\npath = no/such/dir2/x.db\n"));
	refuses("[store a]\npath = no/x.db\n[store main]\npath = no/x.db\n",
		"t:4: store.path: \"no/x.db\" is the same file as the path of [store a] (t:2)");
	refuses("[control]\npath = messages.db\n",
		"t:2: control.path: \"messages.db\" is the same file as the path of [store main] (default)");
	refuses("[listener a]\naddress = unix:///tmp/no-such-dir/s\n[control]\npath = /tmp/no-such-dir/s\n",
		"t:2: listener.address: \"/tmp/no-such-dir/s\" is the same file as the path of [control] (t:4)");
	refuses("[listener a]\naddress = unix:///s\n[listener b]\naddress = unixgram:////s\n",
		"t:4: listener.address: \"//s\" is the same file as the address of [listener a] (t:2)");
	refuses("[store main]\npath = d/\n", "t:2: store.path: \"d/\" names a directory; accepted: a path");
}

static void test_control_path(void)
{
	char text[256], want[512];

	snprintf(text, sizeof(text), "[control]\npath = /%0106d\n", 0);
	config_free(loads(text));
	snprintf(text, sizeof(text), "[control]\npath = /%0107d\n", 0);
	snprintf(want, sizeof(want), "t:2: control.path: \"/%0107d\" is too long (108 bytes); "
		 "accepted: a path of at most 107 bytes, or nothing", 0);
	refuses(text, want);
}

static void test_metrics(void)
{
	refuses("[listener a]\naddress = tcp://127.0.0.1:1\n[metrics]\naddress = *:1\n",
		"t:4: metrics.address: *:1 is taken by tcp://127.0.0.1:1 of [listener a] (t:2)");
	refuses("[metrics]\naddress = 127.0.0.1:5140\n",
		"t:2: metrics.address: 127.0.0.1:5140 is taken by tcp://127.0.0.1:5140 of [listener tcp4] (default)");
	refuses("[metrics]\naddress = unix:///tmp/no-such-dir/s\n[control]\npath = /tmp/no-such-dir/s\n",
		"t:2: metrics.address: \"/tmp/no-such-dir/s\" is the same file as the path of [control] (t:4)");
	config_free(loads("[listener a]\naddress = udp://127.0.0.1:1\n[metrics]\naddress = 127.0.0.1:1\n"));
	config_free(loads("[metrics]\naddress =\n"));
}

static void check_pair(const char *a, const char *b, bool clash)
{
	char text[256], want[256];

	snprintf(text, sizeof(text), "[listener a]\naddress = %s\n[listener b]\naddress = %s\n", a, b);
	snprintf(want, sizeof(want), "t:4: listener.address: %s of [listener b] is taken by %s of [listener a] (t:2)", b, a);
	if (clash)
		refuses(text, want);
	else
		config_free(loads(text));
}

static void test_sockets(void)
{
	check_pair("udp://127.0.0.1:1", "udp://127.0.0.1:1", true);
	check_pair("udp://127.0.0.1:1", "tcp://127.0.0.1:1", false);
	check_pair("udp://127.0.0.1:1", "udp://127.0.0.1:2", false);
	check_pair("udp://127.0.0.1:1", "udp://127.0.0.2:1", false);
	check_pair("udp://127.0.0.1:0", "udp://127.0.0.1:0", false);
	check_pair("tcp://[::1]:1", "tcp://[0::1]:1", true);
	check_pair("tcp://[::1]:1", "tcp://[::2]:1", false);
	check_pair("tcp://[::1]:1", "tcp://127.0.0.1:1", false);
	check_pair("tcp://*:1", "tcp://127.0.0.1:1", true);
	check_pair("tcp://[::1]:1", "tcp://*:1", true);
	check_pair("tcp://0.0.0.0:1", "tcp://127.0.0.1:1", true);
	check_pair("tcp://[::1]:1", "tcp://[::]:1", true);
	check_pair("tcp://[::]:1", "tcp://127.0.0.1:1", false);
	check_pair("unix:///a", "unix:///b", false);
}

int main(void)
{
	fixture_begin();
	test_stores();
	test_listeners();
	test_ack();
	test_queue_bytes();
	test_paths();
	test_control_path();
	test_metrics();
	test_sockets();
	fixture_end();
	return done_testing();
}
