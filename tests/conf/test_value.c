/* Values of every type: taken, refused with words, left alone by a refusal, written back, compared. */
#include "fixture.h"

#include "base/clock.h"

/* A section made for this test: it has what the table lacks today. */
struct box {
	bool flag;
	int64_t number;
	char *path, *address, *server, *hosts;
	struct addr addr, server_addr;
	struct cidr *list;
	unsigned count;
};

static const struct key_word colours[] = {{"red", 1}, {"green", 2}, {NULL, 0}};
static const struct key keys[] = {
	{.name = "flag", .type = KEY_BOOL, .offset = offsetof(struct box, flag)},
	{.name = "number", .type = KEY_NUMBER, .offset = offsetof(struct box, number), .min = 2, .max = 2000, .unit = "pies"},
	{.name = "path", .type = KEY_PATH, .offset = offsetof(struct box, path), .max = 10},
	{.name = "list", .type = KEY_CIDRS, .offset = offsetof(struct box, list), .more = offsetof(struct box, count),
	 .or_empty = true},
	{.name = "address", .type = KEY_ADDRESS, .offset = offsetof(struct box, address),
	 .more = offsetof(struct box, addr)},
	{.name = "server", .type = KEY_SERVER, .offset = offsetof(struct box, server),
	 .more = offsetof(struct box, server_addr), .or_empty = true},
	{.name = "hosts", .type = KEY_HOSTS, .offset = offsetof(struct box, hosts), .or_empty = true},
	{.name = "size", .type = KEY_SIZE, .offset = offsetof(struct box, number), .min = 0, .max = 1 << 20},
	{.name = "share", .type = KEY_SIZE, .offset = offsetof(struct box, number), .min = 1024, .max = 1 << 20,
	 .or_zero = true, .percent = 50, .unit = "bytes"},
	{.name = "time", .type = KEY_DURATION, .offset = offsetof(struct box, number), .min = NS_PER_S,
	 .max = 60 * NS_PER_S},
};
static const struct key word_key = {.name = "colour", .type = KEY_WORD, .offset = 0, .words = colours};
static const struct key name_key = {.name = "who", .type = KEY_NAME, .offset = offsetof(struct box, path)};
static const struct key_section section = {.name = "box", .keys = keys, .count = ARRAY_LEN(keys)};

static const struct key *key(const char *name)
{
	return &keys[key_find(&section, name)];
}

static void takes(struct box *b, const struct key *k, const char *text, const char *back)
{
	struct err err = {0};
	char *got;

	ok(!value_set(&section, k, b, text, false, &err), "%s = %s %s", k->name, text, err.text);
	got = value_format(k, b);
	is_str(got, back, "  reads %s", back);
	mem_free(got);
}

static void refuse(struct box *b, const struct key *k, const char *text, const char *words)
{
	struct err err = {0};
	char *before = value_format(k, b), *after;

	ok(value_set(&section, k, b, text, false, &err) == -1, "%s = %s is refused", k->name, text);
	is_str(err.text, words, "  with words");
	is_int(err.exit_code, EXIT_CONFIG, "  and the exit code");
	after = value_format(k, b);
	is_str(after, before, "  and the value stays");
	mem_free(before);
	mem_free(after);
}

static void test_plain(void)
{
	struct box b = {0};
	struct { int colour; } w = {0};
	struct err err;

	takes(&b, key("flag"), "yes", "yes");
	takes(&b, key("flag"), "off", "no");
	takes(&b, key("flag"), "TRUE", "yes");
	refuse(&b, key("flag"), "maybe", "box.flag: \"maybe\" is neither yes nor no; accepted: yes no true false on off");
	takes(&b, key("number"), "2", "2");
	takes(&b, key("number"), "02000", "2000");
	refuse(&b, key("number"), "1", "box.number: \"1\" is out of range; accepted: 2 … 2,000 pies");
	refuse(&b, key("number"), "2001", "box.number: \"2001\" is out of range; accepted: 2 … 2,000 pies");
	refuse(&b, key("number"), "3K", "box.number: \"3K\" is not a number; accepted: 2 … 2,000 pies");
	refuse(&b, key("number"), "", "box.number: the value is empty; accepted: 2 … 2,000 pies");
	takes(&b, key("size"), "0", "0");
	takes(&b, key("size"), "1024", "1K");
	takes(&b, key("size"), "1m", "1M");
	refuse(&b, key("size"), "9999999999999999999999K", "box.size: \"9999999999999999999999K\" is out of range; "
							     "accepted: 0 … 1M");
	refuse(&b, key("size"), "1T", "box.size: \"1T\" is not a size (a number, with K, M or G behind it if need be); "
				       "accepted: 0 … 1M");
	takes(&b, key("share"), "5%", "5%");
	is_int(b.number, -5, "a share is kept below zero");
	takes(&b, key("share"), "50%", "50%");
	takes(&b, key("share"), "2K", "2K");
	takes(&b, key("share"), "0", "0");
#define SHARES "; accepted: 0, 1K … 1M bytes, 1% … 50%"
	refuse(&b, key("share"), "51%", "box.share: \"51%\" is out of range" SHARES);
	refuse(&b, key("share"), "0%", "box.share: \"0%\" is out of range" SHARES);
	refuse(&b, key("share"), "99999999999%", "box.share: \"99999999999%\" is not a size (a number, with K, M or G behind it if "
						 "need be)" SHARES);
	refuse(&b, key("share"), "-5%", "box.share: \"-5%\" is not a size (a number, with K, M or G behind it if need be)" SHARES);
	refuse(&b, key("size"), "5%", "box.size: \"5%\" is not a size (a number, with K, M or G behind it if need be); "
				      "accepted: 0 … 1M");
	takes(&b, key("time"), "1000ms", "1s");
	takes(&b, key("time"), "60s", "1m");
	refuse(&b, key("time"), "5", "box.time: \"5\" is not a duration (a number with ms, s, m, h or d behind it); "
				      "accepted: 1s … 1m");
	refuse(&b, key("time"), "0", "box.time: \"0\" is out of range; accepted: 1s … 1m");
	ok(!value_set(&section, &word_key, &w, "green", false, &err) && w.colour == 2, "a word");
	ok(value_set(&section, &word_key, &w, "gren", false, &err), "a mistyped word");
	is_str(err.text, "box.colour: \"gren\" is not known; accepted: red green; did you mean \"green\"?", "  has a hint");
	ok(value_set(&section, &word_key, &w, "blue", false, &err) && w.colour == 2, "another word");
	is_str(err.text, "box.colour: \"blue\" is not known; accepted: red green", "  has none");
}

static void test_texts(void)
{
	struct box b = {0};
	struct box other = {0};
	struct err err;

	ok(value_same(key("path"), &b, &other), "no path is like no path");
	takes(&b, key("path"), "/a/b", "/a/b");
	ok(!value_same(key("path"), &b, &other), "a path is unlike none");
	takes(&b, key("path"), "1234567890", "1234567890");
	refuse(&b, key("path"), "12345678901",
	       "box.path: \"12345678901\" is too long (11 bytes); accepted: a path of at most 10 bytes");
	refuse(&b, key("path"), "/tmp/", "box.path: \"/tmp/\" names a directory; accepted: a path of at most 10 bytes");
	value_clear(key("path"), &b);
	takes(&b, &name_key, "udp-1", "udp-1");
	refuse(&b, &name_key, "a b", "box.who: \"a b\" is not a name; accepted: 1 … 32 letters, digits and _ . -");
	value_clear(&name_key, &b);
	ok(!b.path, "cleared");
	takes(&b, key("address"), "udp://*:5140", "udp://*:5140");
	ok(b.addr.dual_stack, "the address is parsed too");
	refuse(&b, key("address"), "udp://127.0.0.1:70000", "box.address: port 70000 is not in 0-65535");
	ok(!value_set(&section, key("address"), &other, "udp://*:05140", false, &err), "the same port in other digits");
	ok(value_same(key("address"), &b, &other), "  is the same address");
	ok(!value_set(&section, key("address"), &other, "udp://[::]:5140", false, &err), "IPv6 only");
	ok(!value_same(key("address"), &b, &other), "  is less than both");
	ok(!value_set(&section, key("address"), &other, "tcp://*:5140", false, &err), "TCP");
	ok(!value_same(key("address"), &b, &other), "  is another");
	value_clear(key("address"), &b);
	value_clear(key("address"), &other);
}

static void test_server(void)
{
	static const char accepted[] = "accepted: H:P unix:///PATH, or nothing";
	struct box b = {0}, other = {0};
	char want[320], longest[200];
	static const char *const refused[] = {"9514", "localhost:9514", "127.0.0.1", "::1:9514", "unix://x"};

	takes(&b, key("server"), "", "");
	takes(&b, key("server"), "127.0.0.1:9514", "127.0.0.1:9514");
	is_int(b.server_addr.kind, ADDR_TCP, "a stream");
	is_int(ntohs(b.server_addr.sa.in.sin_port), 9514, "  with its port");
	takes(&b, key("server"), "tcp://127.0.0.1:9514", "tcp://127.0.0.1:9514");
	takes(&b, key("server"), "[::1]:9514", "[::1]:9514");
	takes(&b, key("server"), "*:9514", "*:9514");
	ok(b.server_addr.dual_stack, "every address");
	takes(&b, key("server"), "unix:///run/x.sock", "unix:///run/x.sock");
	is_int(b.server_addr.kind, ADDR_UNIX, "a unix socket");
	ok(!value_same(key("server"), &b, &other), "is unlike none");
	refuse(&b, key("server"), "127.0.0.1:70000", "box.server: port 70000 is not in 0-65535");
	snprintf(want, sizeof(want), "box.server: \"udp://127.0.0.1:1\" is for datagrams; %s", accepted);
	refuse(&b, key("server"), "udp://127.0.0.1:1", want);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct err err;

		ok(value_set(&section, key("server"), &b, refused[i], false, &err) == -1, "%s is refused", refused[i]);
	}
	memset(longest, '1', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	snprintf(want, sizeof(want), "box.server: \"%s\" is too long; %s", longest, accepted);
	refuse(&b, key("server"), longest, want);
	value_clear(key("server"), &b);

	takes(&b, key("hosts"), "", "");
	takes(&b, key("hosts"), "collector", "collector");
	takes(&b, key("hosts"), "a.example, b-2.example", "a.example, b-2.example");
	refuse(&b, key("hosts"), "a:9514", "box.hosts: \"a:9514\" is no list of host names; accepted: names by comma, or nothing");
	refuse(&b, key("hosts"), "a b", "box.hosts: \"a b\" is no list of host names; accepted: names by comma, or nothing");
	refuse(&b, key("hosts"), "a,", "box.hosts: \"a,\" is no list of host names; accepted: names by comma, or nothing");
	refuse(&b, key("hosts"), ",a", "box.hosts: \",a\" is no list of host names; accepted: names by comma, or nothing");
	refuse(&b, key("hosts"), "*", "box.hosts: \"*\" is no list of host names; accepted: names by comma, or nothing");
	value_clear(key("hosts"), &b);
}

static void test_lists(void)
{
	struct box b = {0};
	struct box other = {0};
	struct err err;
	const struct key *list = key("list");

	takes(&b, list, "", "");
	takes(&b, list, "10.0.0.0/8", "10.0.0.0/8");
	takes(&b, list, "10.0.0.0/8 ,\t::1, 192.0.2.1", "10.0.0.0/8, ::1/128, 192.0.2.1/32");
	is_int(b.count, 3, "three elements");
	refuse(&b, list, "10.0.0.0/8,,::1", "box.list: an element of the list is empty");
	refuse(&b, list, "10.0.0.0/8,", "box.list: an element of the list is empty");
	ok(value_set(&section, list, &b, "nonsense", false, &err), "no range");
	ok(!strncmp(err.text, "box.list: \"nonsense\" is no", 26), "  says so: %s", err.text);
	ok(value_set(&section, list, &b, "::2, x", true, &err) && b.count == 3, "a refused continuation changes nothing");
	ok(!value_set(&section, list, &b, "::2", true, &err) && b.count == 4, "a list goes on");
	ok(!value_set(&section, list, &b, "", true, &err) && b.count == 4, "nothing more");
	ok(!value_same(list, &b, &other), "a list is unlike an empty one");
	ok(!value_set(&section, list, &other, "10.0.0.0/8, ::1, 192.0.2.1, ::3", false, &err), "another of four");
	ok(!value_same(list, &b, &other), "  differs in one");
	ok(!value_set(&section, list, &other, "10.0.0.0/8, ::1, 192.0.2.1, ::2", false, &err), "the same four");
	ok(value_same(list, &b, &other), "  are the same");
	takes(&b, list, "", "");
	ok(!b.list && !b.count, "emptied");
	value_clear(list, &b);
	value_clear(list, &other);
}

static void test_defaults(void)
{
	const struct key *path = &key_section(KEY_STORE)->keys[0];
	const struct key *overflow = &key_section(KEY_LISTENER)->keys[key_find(key_section(KEY_LISTENER), "overflow")];
	static const struct {
		const char *env, *want;
	} rows[] = {
		{"/var/lib/x", "/var/lib/x/messages.db"},
		{"/var/lib/x:/var/lib/y", "/var/lib/x/messages.db"},
		{"", "./messages.db"},
		{":/x", "./messages.db"},
	};
	char *text;

	unsetenv("STATE_DIRECTORY");
	text = value_default(path, false);
	is_str(text, "./messages.db", "without the variable");
	mem_free(text);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		setenv("STATE_DIRECTORY", rows[i].env, 1);
		text = value_default(path, false);
		is_str(text, rows[i].want, "STATE_DIRECTORY=%s", rows[i].env);
		mem_free(text);
	}
	unsetenv("STATE_DIRECTORY");
	text = value_default(overflow, true);
	is_str(text, "block", "streams");
	mem_free(text);
	text = value_default(overflow, false);
	is_str(text, "drop-newest", "datagrams");
	mem_free(text);
	ok(!value_default(&key_section(KEY_LISTENER)->keys[0], false), "an address has no default");
}

int main(void)
{
	test_plain();
	test_texts();
	test_server();
	test_lists();
	test_defaults();
	return done_testing();
}
