/* What a reload would change: named with file and line, and told whether it applies. */
#include "fixture.h"

#define MAIN "[store main]\npath = m\n"

struct changes {
	char text[4096];
	size_t len;
};

static void note(void *arg, const struct conf_change *change)
{
	struct changes *c = arg;

	if (c->len < sizeof(c->text))
		c->len += (size_t)snprintf(c->text + c->len, sizeof(c->text) - c->len, "%s %s\n",
					   change->live ? "live" : "restart", change->line);
}

static void check(const char *before, const char *after, const char *want, unsigned count)
{
	static struct changes c;
	struct config *old = loads(before), *fresh = loads(after);

	if (old && fresh) {
		c.len = 0;
		c.text[0] = '\0';
		is_int(config_diff(old, fresh, note, &c), count, "%u changes", count);
		is_str(c.text, want, "  and they are told");
	}
	config_free(old);
	config_free(fresh);
}

static void test_keys(void)
{
	check("", "", "", 0);
	check("", "[log]\nlevel = info\n", "", 0);
	check("", "[log]\nlevel = debug\n", "live t:2: [log] level: debug, was info\n", 1);
	check("[log]\nlevel = debug\n", "[log]\n", "live default: [log] level: info, was debug\n", 1);
	check("", "[daemon]\ndrain_timeout = 1m\n[control]\npath =\n",
	      "live t:2: [daemon] drain_timeout: 1m, was 20s\n"
	      "restart t:4: [control] path: (empty), was ./catchbasin.sock\n",
	      2);
	check(MAIN, MAIN "workers = 4\nqueue_messages = 16\nbatch_messages = 1\ndurability = off\n",
	      "restart t:3: [store main] workers: 4, was 2\n"
	      "restart t:4: [store main] queue_messages: 16, was 262144\n"
	      "live t:5: [store main] batch_messages: 1, was 4096\n"
	      "live t:6: [store main] durability: off, was full\n",
	      4);
	check("[listener a]\naddress = udp://*:1\n",
	      "[listener a]\naddress = tcp://*:1\nframing = nul\nrcvbuf = 1M\nallow = ::1\n",
	      "restart t:2: [listener a] address: tcp://*:1, was udp://*:1\n"
	      "restart t:3: [listener a] framing: nul, was auto\n"
	      "live t:1: [listener a] overflow: block, was drop-newest\n"
	      "live t:4: [listener a] rcvbuf: 1M, was 8M\n"
	      "live t:5: [listener a] allow: ::1/128, was (empty)\n",
	      5);
}

static void test_sections(void)
{
	check("[listener a]\naddress = udp://*:1\n",
	      "[listener b]\naddress = udp://*:1\n[listener c]\naddress = udp://*:2\n",
	      "live t:1: [listener b] is new\n"
	      "live t:3: [listener c] is new\n"
	      "live t:1: [listener a] is gone\n",
	      3);
	check(MAIN, MAIN "[store s]\npath = s\n", "restart t:3: [store s] is new\n", 1);
	check(MAIN "[store s]\npath = s\n", MAIN, "restart t:3: [store s] is gone\n", 1);
	/* Only the order differs. */
	check("[listener a]\naddress = udp://*:1\n[listener b]\naddress = udp://*:2\n",
	      "[listener b]\naddress = udp://*:2\n[listener a]\naddress = udp://*:1\n", "", 0);
	check("", "[listener udp4]\naddress = udp://127.0.0.1:5140\n",
	      "live default: [listener udp6] is gone\n"
	      "live default: [listener tcp4] is gone\n"
	      "live default: [listener tcp6] is gone\n",
	      3);
}

/* Live by the table, but not with what is running. */
static void test_together(void)
{
	check("[listener a]\naddress = tcp://*:1\n" MAIN "queue_bytes = 128K\n",
	      "[listener a]\naddress = tcp://*:1\nmax_message = 128K\n" MAIN "queue_bytes = 256K\n",
	      "restart t:3: [listener a] max_message: 128K, was 64K\n"
	      "restart t:6: [store main] queue_bytes: 256K, was 128K\n",
	      2);
	check("[listener a]\naddress = tcp://*:1\n", "[listener a]\naddress = tcp://*:1\nmax_message = 128K\n",
	      "live t:3: [listener a] max_message: 128K, was 64K\n", 1);
	check("[listener a]\naddress = tcp://*:1\nack = commit\n",
	      "[listener a]\naddress = tcp://*:1\noverflow = drop-oldest\n",
	      "restart t:3: [listener a] overflow: drop-oldest, was block\n"
	      "restart t:1: [listener a] ack: none, was commit\n",
	      2);
	check("[listener a]\naddress = tcp://*:1\n", "[listener a]\naddress = tcp://*:1\noverflow = drop-oldest\n",
	      "live t:3: [listener a] overflow: drop-oldest, was block\n", 1);
	check("[listener a]\naddress = tcp://*:1\n" MAIN,
	      "[listener a]\naddress = tcp://*:1\n" MAIN
	      "[listener b]\naddress = tcp://*:2\nstore = s\n[store s]\npath = s\n",
	      "restart t:5: [listener b] is new\n"
	      "restart t:8: [store s] is new\n",
	      2);
	check("[listener a]\naddress = tcp://*:1\n" MAIN "queue_bytes = 128K\n",
	      "[listener a]\naddress = tcp://*:1\n" MAIN "queue_bytes = 256K\n"
	      "[listener b]\naddress = tcp://*:2\nmax_message = 128K\n",
	      "restart t:6: [listener b] is new\n"
	      "restart t:5: [store main] queue_bytes: 256K, was 128K\n",
	      2);
}

static void see(void *arg, const struct conf_change *change)
{
	*(int *)arg = change->kind;
	is_str(change->section, "listener", "the section's kind");
	is_str(change->name, "a", "its name");
	is_str(change->key ? change->key : "", "rcvbuf", "the key");
	is_str(change->before, "8M", "what it was");
	is_str(change->after, "1M", "what it is");
	is_str(change->origin->file, "t", "where: file");
	is_int(change->origin->line, 3, "where: line");
}

static void test_fields(void)
{
	struct config *old = loads("[listener a]\naddress = udp://*:1\n");
	struct config *fresh = loads("[listener a]\naddress = udp://*:1\nrcvbuf = 1M\n");
	int kind = -1;

	is_int(config_diff(old, fresh, see, &kind), 1, "one change");
	is_int(kind, CONF_SET, "a value");
	config_free(old);
	config_free(fresh);
}

int main(void)
{
	fixture_begin();
	test_keys();
	test_sections();
	test_together();
	test_fields();
	fixture_end();
	return done_testing();
}
