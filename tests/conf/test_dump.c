/* What is dumped reads back the same, says where it came from, and fits into lines. */
#include "fixture.h"

static char *dump(const struct config *c)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fixture_must(out != NULL, "open_memstream");
	config_dump(c, out);
	fixture_must(fclose(out) == 0, "open_memstream");
	return text;
}

static void print_change(void *arg UNUSED, const struct conf_change *change)
{
	printf("# differs: %s\n", change->line);
}

/* Dumps, loads the dump, compares; gives the dump. */
static char *round_trip(struct config *c, const char *what)
{
	char *text = dump(c), *line, *end;
	struct config *again = load(text);
	size_t longest = 0;

	ok(again, "%s: the dump loads%s%s", what, told.count ? ": " : "", told.count ? told.lines[0] : "");
	if (again)
		is_int(config_diff(c, again, print_change, NULL), 0, "%s: as the same", what);
	for (line = text; *line; line = end + 1) {
		end = strchrnul(line, '\n');
		if ((size_t)(end - line) > longest)
			longest = (size_t)(end - line);
	}
	ok(longest <= 198, "%s: no line is too long (%zu)", what, longest);
	config_free(again);
	return text;
}

static void test_text(void)
{
	struct config *c = loads("[log]\nlevel = debug\n[listener a]\naddress = tcp://*:1\nallow = ::1\nallow = 10.0.0.0/8\n"
				 "idle_timeout = 0\n[control]\npath =\n");
	char *text = round_trip(c, "some keys");

	is_str(text,
	       "[daemon]\n"
	       "drain_timeout = 20s                      ; default\n"
	       "\n"
	       "[log]\n"
	       "level = debug                            ; t:2\n"
	       "target = auto                            ; default\n"
	       "\n"
	       "[listener a]                             ; t:3\n"
	       "address = tcp://*:1                      ; t:4\n"
	       "store = main                             ; default\n"
	       "framing = auto                           ; default\n"
	       "max_message = 64K                        ; default\n"
	       "oversize = truncate                      ; default\n"
	       "overflow = block                         ; default\n"
	       "rcvbuf = 8M                              ; default\n"
	       "max_connections = 1024                   ; default\n"
	       "idle_timeout = 0                         ; t:7\n"
	       "ack = none                               ; default\n"
	       "allow = ::1/128, 10.0.0.0/8              ; t:5\n"
	       "\n"
	       "[store main]                             ; default\n"
	       "path = ./messages.db                     ; default\n"
	       "workers = 2                              ; default\n"
	       "queue_messages = 262144                  ; default\n"
	       "queue_bytes = 256M                       ; default\n"
	       "batch_messages = 4096                    ; default\n"
	       "batch_interval = 50ms                    ; default\n"
	       "durability = full                        ; default\n"
	       "keep_age = 0                             ; default\n"
	       "keep_size = 0                            ; default\n"
	       "keep_messages = 0                        ; default\n"
	       "min_free = 0                             ; default\n"
	       "wal_limit = 256M                         ; default\n"
	       "\n"
	       "[control]\n"
	       "path =                                   ; t:9\n"
	       "\n"
	       "[metrics]\n"
	       "address =                                ; default\n"
	       "hosts =                                  ; default\n"
	       "messages = 20                            ; default\n",
	       "the dump");
	free(text);
	config_free(c);
}

static void test_lists(void)
{
	struct config *c = loads("[listener a]\naddress = udp://*:1\n"
				 "allow = 2001:db8:1111:2222:3333:4444:5555:6666, 2001:db8:1111:2222:3333:4444:5555:6667\n"
				 "allow = 2001:db8:1111:2222:3333:4444:5555:6668, 10.0.0.0/8, 192.0.2.1, 192.0.2.2\n"
				 "allow = 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6, 192.0.2.7, 192.0.2.8, 192.0.2.9\n");
	char *text = round_trip(c, "a long list");

	has_str(text, "allow = 2001:db8:1111:2222:3333:4444:5555:6666/128 ; t:3\nallow = 2001:", "it takes several lines");
	free(text);
	config_free(c);
}

static void test_long(void)
{
	char path[256], value[256], *text;
	struct config *c;

	/* A value that fills its line leaves no room for blanks, nor for its origin. */
	for (int len = 150; len <= 193; len++) {
		snprintf(path, sizeof(path), "[store main]\npath=/%0*d\n", len - 1, 0);
		c = load(path);
		fixture_must(c != NULL, "a long path");
		text = round_trip(c, "a long path");
		if (len == 193) {
			snprintf(value, sizeof(value), "; t:2\npath=/%0192d\n", 0);
			has_str(text, value, "the longest has its origin above it");
		}
		free(text);
		config_free(c);
	}
	snprintf(path, sizeof(path), "%0200d", 0);
	told_reset();
	c = config_load_text(path, "[log]\nlevel = debug\n", 20, told_add, NULL, &told.status);
	text = round_trip(c, "a file with a long name");
	snprintf(value, sizeof(value), "\nlevel = debug                            ; ...%0150d:2\n", 0);
	has_str(text, value, "the end of its name is told");
	free(text);
	config_free(c);
	told_reset();
	c = config_load_text("a\nb", "[log]\nlevel = debug\n", 20, told_add, NULL, &told.status);
	text = round_trip(c, "a file with a line end in its name");
	has_str(text, "level = debug                            ; a?b:2\n", "which is not told as such");
	free(text);
	config_free(c);
}

static void test_odd(void)
{
	static const char *const dirs[] = {"/a ;b", "/a #b", "/a\nb", " /a", "/a\t;b"};
	char long_dir[256], *text;
	struct config *c = loads("[store main]\npath =;x\n");

	text = round_trip(c, "a path with a semicolon");
	has_str(text, "\npath =;x ", "which stands close to the equals sign");
	free(text);
	config_free(c);
	/* What systemd says and no file can say stays with systemd. */
	for (size_t i = 0; i < ARRAY_LEN(dirs) + 1; i++) {
		snprintf(long_dir, sizeof(long_dir), "/%0200d", 0);
		setenv("STATE_DIRECTORY", i < ARRAY_LEN(dirs) ? dirs[i] : long_dir, 1);
		c = loads("");
		text = round_trip(c, "a path that no file can say");
		has_str(text, "\n; path is the default; no line of a file can say it\n", "  says so");
		free(text);
		config_free(c);
	}
	setenv("STATE_DIRECTORY", "/a;b c#d", 1);
	c = loads("");
	text = round_trip(c, "a path that looks odd");
	has_str(text, "\npath = /a;b c#d/messages.db ", "  is told all the same");
	free(text);
	config_free(c);
	unsetenv("STATE_DIRECTORY");
}

int main(void)
{
	fixture_begin();
	test_text();
	test_lists();
	test_long();
	test_odd();
	fixture_end();
	return done_testing();
}
