/* The command line: every option in its forms, and one line for each mistake. */
#include "daemon/options.h"

#include "../support/tap.h"

#define MOST 8

/* Splits words at blanks and parses them. */
static int parse(const char *words, struct daemon_options *o, struct err *err)
{
	static char copy[512];
	char *argv[MOST + 1] = {(char *)(uintptr_t)"catchbasind"}, *state;
	int argc = 1;

	*err = (struct err){0};
	snprintf(copy, sizeof(copy), "%s", words);
	for (char *w = strtok_r(copy, " ", &state); w && argc < MOST; w = strtok_r(NULL, " ", &state))
		argv[argc++] = w;
	argv[argc] = NULL;
	return options_parse(argc, argv, o, err);
}

static void test_good(void)
{
	static const struct {
		const char *words;
		enum daemon_action action;
		const char *config;
		bool debug;
	} rows[] = {
		{"", DAEMON_RUN, NULL, false},
		{"-c a.conf", DAEMON_RUN, "a.conf", false},
		{"-ca.conf", DAEMON_RUN, "a.conf", false},
		{"--config=a.conf", DAEMON_RUN, "a.conf", false},
		{"--config a.conf", DAEMON_RUN, "a.conf", false},
		{"--config=a=b", DAEMON_RUN, "a=b", false},
		{"-c -t", DAEMON_RUN, "-t", false},
		{"-c a -c b", DAEMON_RUN, "b", false},
		{"-t", DAEMON_CHECK, NULL, false},
		{"--check", DAEMON_CHECK, NULL, false},
		{"-d", DAEMON_RUN, NULL, true},
		{"--debug", DAEMON_RUN, NULL, true},
		{"-dtc a.conf", DAEMON_CHECK, "a.conf", true},
		{"-dtca.conf", DAEMON_CHECK, "a.conf", true},
		{"-t -d -c a.conf", DAEMON_CHECK, "a.conf", true},
		{"--dump-config -c a.conf", DAEMON_DUMP_CONFIG, "a.conf", false},
		{"--describe=conf", DAEMON_DESCRIBE_CONF, NULL, false},
		{"--describe man", DAEMON_DESCRIBE_MAN, NULL, false},
		{"-V", DAEMON_VERSION, NULL, false},
		{"--version", DAEMON_VERSION, NULL, false},
		{"-h", DAEMON_HELP, NULL, false},
		{"--help", DAEMON_HELP, NULL, false},
		{"--diagnose", DAEMON_DIAGNOSE, NULL, false},
		{"--diagnose=race", DAEMON_DIAGNOSE, NULL, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct daemon_options o;
		struct err err;

		is_int(parse(rows[i].words, &o, &err), 0, "catchbasind %s", rows[i].words);
		is_int(o.action, rows[i].action, "asks for action %d", (int)rows[i].action);
		ok(rows[i].config ? o.config && !strcmp(o.config, rows[i].config) : !o.config, "with configuration %s",
		   rows[i].config ? rows[i].config : "(default)");
		is_int(o.debug, rows[i].debug, "and debug %s", rows[i].debug ? "on" : "off");
	}
}

static void test_bad(void)
{
	static const struct {
		const char *words, *part;
	} rows[] = {
		{"--frobnicate", "\"--frobnicate\""},
		{"--frobnicate=3", "--frobnicate"},
		{"--conf", "--conf"},
		{"--configs=a", "--configs"},
		{"--", "\"--\""},
		{"-x", "-x"},
		{"-dx", "-dx"},
		{"start", "\"start\""},
		{"-t start", "start"},
		{"-", "\"-\""},
		{"-c", "--config needs an argument"},
		{"--config", "needs an argument"},
		{"--config=", "needs an argument"},
		{"--check=yes", "takes no argument"},
		{"--debug=", "takes no argument"},
		{"--describe", "needs an argument"},
		{"--describe=html", "html"},
		{"--diagnose=", "needs an argument"},
		{"--diagnose race", "\"race\""},
		{"--explore", "--explore means something only beside --diagnose"},
		{"--json -t", "--json means something only"},
		{"--diagnose --replay", "needs an argument"},
		{"--diagnose=race --seed", "needs an argument"},
		{"--diagnose=race --seed=-1", "no whole number"},
		{"--diagnose=race --seed=1x", "\"1x\""},
		{"--diagnose=race --explore=yes", "takes no argument"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct daemon_options o;
		struct err err;

		is_int(parse(rows[i].words, &o, &err), -1, "catchbasind %s is refused", rows[i].words);
		is_int(err.exit_code, EXIT_USAGE, "as a mistake of usage");
		has_str(err.text, rows[i].part, "which names it");
		ok(!strchr(err.text, '\n'), "in one line");
	}
}

static void test_diagnose(void)
{
	struct daemon_options o;
	struct err err;

	is_int(parse("--diagnose", &o, &err), 0, "a list of cases");
	ok(!o.diagnose.name && !o.diagnose.explore && !o.diagnose.seeded, "and nothing else");
	is_int(parse("--variant fixed --diagnose=race --explore --seed=18 --json --html=a.html", &o, &err), 0,
	       "a case with all that goes with it");
	is_str(o.diagnose.name, "race", "the case");
	is_str(o.diagnose.variant, "fixed", "the variant");
	is_str(o.diagnose.html, "a.html", "the page");
	ok(o.diagnose.explore && o.diagnose.json && o.diagnose.seeded && o.diagnose.seed == 18, "the others");
	ok(!o.diagnose.replay, "no schedule");
	is_int(parse("--diagnose --replay=cb1:a:b:A:00000000", &o, &err), 0, "a schedule");
	is_str(o.diagnose.replay, "cb1:a:b:A:00000000", "as it is");
}

/* Whatever --help prints can be parsed. */
static void test_help(void)
{
	char text[4096] = "", *line, *state;
	FILE *out = fmemopen(text, sizeof(text), "w");
	unsigned options = 0;

	options_help(out);
	fclose(out);
	has_str(text, "usage: catchbasind", "--help tells the usage");
	for (line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		struct daemon_options o;
		struct err err;
		char name[64];

		if (sscanf(line, " -%*c, --%63[a-z-]", name) != 1 && sscanf(line, " --%63[a-z-]", name) != 1)
			continue;
		options++;
		memmove(name + 2, name, sizeof(name) - 2);
		memcpy(name, "--", 2);
		name[sizeof(name) - 1] = '\0';
		if (parse(name, &o, &err) != 0) {
			const char *more = strstr(line, "=") ? "needs an argument" : "means something only beside";

			has_str(err.text, more, "%s is known, and wants more", name);
		} else {
			ok(1, "%s is known", name);
		}
		ok(strlen(line) < 120, "its line is short");
	}
	is_int(options, 14, "all options are told");
}

int main(void)
{
	test_good();
	test_bad();
	test_diagnose();
	test_help();
	return done_testing();
}
