/* Lines become a configuration or errors: what is told, where, and in which order. */
#include "fixture.h"

#define UDP "[listener udp]\naddress = udp://127.0.0.1:1\n"

static void test_sections(void)
{
	refuses("[listner udp]\n", "t:1: unknown section [listner udp]; did you mean [listener udp]?");
	refuses("[Store x]\n", "t:1: unknown section [Store x]; did you mean [store x]?");
	refuses("[zebra]\n",
		"t:1: unknown section [zebra]; known: [daemon] [log] [listener NAME] [store NAME] [control] [metrics]");
	refuses("[listenerudp]\n", "t:1: unknown section [listenerudp]; did you mean [listener]?");
	refuses("[listener]\n", "t:1: [listener] needs a name: [listener NAME]");
	refuses("[store]\n", "t:1: [store] needs a name: [store NAME]");
	refuses("[daemon x]\n", "t:1: [daemon] takes no name: \"x\"");
	refuses("[store a b]\n",
		"t:1: [store a b]: \"a b\" is not a name; accepted: 1 … 32 letters, digits and _ . -");
	refuses("[store 123456789012345678901234567890123]\n",
		"t:1: [store 123456789012345678901234567890123]: \"123456789012345678901234567890123\" is not a name; "
		"accepted: 1 … 32 letters, digits and _ . -");
	refuses("[log]\n\n[log]\n", "t:3: [log] stands twice in this file, first in line 1");
	refuses(UDP "[log]\n[listener udp]\naddress = udp://127.0.0.1:2\n",
		"t:4: [listener udp] stands twice in this file, first in line 1");
	refuses("[store a]\npath = a\n[listener a]\naddress = udp://*:0\nstore = a\n[store a]\n",
		"t:6: [store a] stands twice in this file, first in line 1");
	refuses("[zebra]\nlevel = whatever\n", "t:1: unknown section [zebra]; known: [daemon] [log] [listener NAME] "
					       "[store NAME] [control] [metrics]");
}

static void test_keys(void)
{
	refuses(UDP "overlow = block\n", "t:3: unknown key \"overlow\"; did you mean \"overflow\"? (in [listener udp])");
	refuses("[log]\nzebra = 1\n", "t:2: unknown key \"zebra\" (in [log])");
	refuses("[log]\nLevel = info\n", "t:2: unknown key \"Level\"; did you mean \"level\"? (in [log])");
	refuses(UDP "workers = 4\n", "t:3: unknown key \"workers\" in [listener udp]; it belongs in [store NAME]");
	refuses("[control]\nlevel = debug\n", "t:2: unknown key \"level\" in [control]; it belongs in [log]");
	refuses("[log]\nlevel = info\nlevel = info\n", "t:3: log.level is set twice, first in line 2");
	refuses("[log]\nlevel = inof\nlevel = info\n",
		"t:2: log.level: \"inof\" is not known; accepted: error warning notice info debug; did you mean \"info\"?",
		"t:3: log.level is set twice, first in line 2");
	refuses(UDP "max_message = 12\n", "t:3: listener.max_message: \"12\" is out of range; accepted: 64 … 16M bytes");
	refuses(UDP "max_message =\n", "t:3: listener.max_message: the value is empty; accepted: 64 … 16M bytes");
	refuses(UDP "max_message = ; 64K\n", "t:3: listener.max_message: the value is empty; accepted: 64 … 16M bytes");
	refuses(UDP "store = \n",
		"t:3: listener.store: the value is empty; accepted: 1 … 32 letters, digits and _ . -");
	refuses("[listener udp]\naddress = 127.0.0.1:514\n",
		"t:2: listener.address: \"127.0.0.1:514\" does not begin with udp://, tcp://, unix:// or unixgram://");
	refuses("[listener udp]\naddress = udp://127.0.0.1:65536\n",
		"t:2: listener.address: port 65536 is not in 0-65535");
	refuses(UDP "allow = 192.0.2.0/33\n",
		"t:3: listener.allow: the prefix length of \"192.0.2.0/33\" is not in 0-32");
	refuses("[daemon]\ndrain_timeout = 61m\n", "t:2: daemon.drain_timeout: \"61m\" is out of range; accepted: 0 … 1h");
	refuses("[store main]\nqueue_messages = 15\n",
		"t:2: store.queue_messages: \"15\" is out of range; accepted: 16 … 16,777,216 messages");
}

/* Everything that is wrong is told, each once, in the order of the lines. */
static void test_all(void)
{
	static const char text[] =
		"level = debug\n" "[log\n" "level = nothing\n" "[log]\n" "level = loud\n" "targt = stderr\n"
		"  target = auto\n" "target : auto\n" "target = auto # really\n" "# \x01\n" "[listener a/b]\n"
		"adress = x\n" "[listener c]\n" "max_message = 64K\n" "max_message = 64K\n" "rcvbuf = 1T\n";

	refuses(text, "t:1: \"level\" stands in front of the first [section]", "t:2: the section has no \"]\"",
		"t:5: log.level: \"loud\" is not known; accepted: error warning notice info debug",
		"t:6: unknown key \"targt\"; did you mean \"target\"? (in [log])",
		"t:7: the line is indented; there are no continuation lines, begin it in the first column",
		"t:8: a colon does not set a key; write \"key = value\"",
		"t:9: \"#\" begins no comment behind a value; write \" ;\"",
		"t:10: the line holds a control character (0x01)",
		"t:11: [listener a/b]: \"a/b\" is not a name; accepted: 1 … 32 letters, digits and _ . -",
		"t:15: listener.max_message is set twice, first in line 14",
		"t:16: listener.rcvbuf: \"1T\" is not a size (a number, with K, M or G behind it if need be); "
		"accepted: 4K … 1G bytes");
}

static void test_good(void)
{
	struct config *c = loads("\xef\xbb\xbf[log]\r\nlevel = debug ; aloud\r\n[listener udp]\r\n"
				 "address = udp://[::1]:5140\r\nidle_timeout = 0\r\nallow = ::1\r\nallow =\r\n"
				 "allow = 10.0.0.0/8, 192.0.2.1\r\n[control]\r\npath =\r\n");
	const struct conf_listener *l;

	if (!c)
		return;
	l = config_listener(c, "udp");
	is_int(c->log.level, LOG_LV_DEBUG, "a word");
	is_int(c->log.target, LOG_TO_AUTO, "a default");
	is_str(c->control.path, "", "an empty path");
	is_int(c->log.origins[0].line, 2, "origin: line");
	is_str(c->log.origins[0].file, "t", "origin: file");
	ok(!c->log.origins[1].file, "a default has none");
	ok(l && !l->next && l->origin.line == 3, "one listener, and its line");
	is_int(l->idle_timeout_ns, 0, "never idle");
	is_int(l->allow_count, 3, "a list adds up");
	is_int(l->origins[key_find(key_section(KEY_LISTENER), "allow")].line, 6, "  and comes from its first line");
	ok(!config_listener(c, "tcp") && config_store(c, "main"), "the listener that is there, the default store");
	config_free(c);
}

/* Files are laid over one another by hand, as config.c does with those it finds. */
static struct config *overlay(const char *const *texts, unsigned count)
{
	struct loader l;
	const char *name;
	char file[16];

	told_reset();
	loader_init(&l, told_add, NULL);
	for (unsigned i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "f%u", i + 1);
		name = loader_keep_name(&l, file);
		loader_overlay(&l, name, texts[i], strlen(texts[i]));
	}
	return loader_finish(&l, &told.status);
}

#define over(...) overlay(LINES(__VA_ARGS__), sizeof(LINES(__VA_ARGS__)) / sizeof(char *) - 1)

static void test_overlays(void)
{
	struct config *c = over("[log]\nlevel = debug\ntarget = stderr\n" UDP "allow = ::1\nallow = ::2\nrcvbuf = 1M\n",
				"[log]\nlevel = error\n[listener udp]\nallow = 10.0.0.0/8\nallow = 192.0.2.1\n[store s]\npath = s\n"
				"[store main]\npath = m\n",
				"[listener udp]\nrcvbuf = 2M\n[listener tcp]\naddress = tcp://*:2\n");
	const struct conf_listener *l = c ? config_listener(c, "udp") : NULL;

	if (!ok(l, "three files"))
		return;
	is_int(c->file_count, 3, "all remembered");
	is_int(c->log.level, LOG_LV_ERROR, "a later file sets again");
	is_int(c->log.target, LOG_TO_STDERR, "and leaves the rest");
	is_str(c->log.origins[0].file, "f2", "the value's file");
	is_int(c->log.origins[0].line, 2, "the value's line");
	is_str(l->origin.file, "f1", "a section begins where it first stood");
	is_int(l->allow_count, 2, "a later file's list replaces");
	is_int(l->allow[0].family, AF_INET, "  with its own");
	is_int(l->rcvbuf, 2 << 20, "the last file wins");
	ok(l->next && !strcmp(l->next->name, "tcp") && !l->next->next, "listeners in the order of the files");
	ok(c->stores && !strcmp(c->stores->name, "s") && !strcmp(c->stores->next->name, "main"), "stores too");
	config_free(c);

	c = over(UDP "allow = ::1\n", "[listener udp]\nallow =\n");
	ok(c && config_listener(c, "udp")->allow_count == 0, "a later file empties a list");
	config_free(c);
	check_refused(over(UDP "rcvbuf = 1\n", "[listener udp]\nrcvbuf = 1M\nrcvbuf = 2M\n", "[lgo]\n"), EXIT_CONFIG,
		      LINES("f1:3: listener.rcvbuf: \"1\" is out of range; accepted: 4K … 1G bytes",
			    "f2:3: listener.rcvbuf is set twice, first in line 2",
			    "f3:1: unknown section [lgo]; did you mean [log]?"));
	check_refused(over("[log]\nlevel = info\n", "level = debug\n"), EXIT_CONFIG,
		      LINES("f2:1: \"level\" stands in front of the first [section]"));
}

int main(void)
{
	fixture_begin();
	test_sections();
	test_keys();
	test_all();
	test_good();
	test_overlays();
	fixture_end();
	return done_testing();
}
