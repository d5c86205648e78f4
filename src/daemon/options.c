/* Reads the command line by a table. */
#include "daemon/options.h"

#include <inttypes.h>
#include <string.h>

#include "base/parse.h"

enum option_arg { ARG_NONE, ARG_NEEDED, ARG_OPTIONAL };

struct option_row {
	char brief;              /* 0: none */
	const char *name;
	enum option_arg takes;
	const char *arg;         /* what --help calls it */
	/* What it does; arg is NULL without one. -1 with reterr. */
	int (*apply)(struct daemon_options *o, const struct option_row *row, const char *arg, struct err *reterr);
	enum daemon_action action;
	size_t field;            /* of struct daemon_options, for those that only set one */
	bool of_diagnose;        /* means something only beside --diagnose */
	const char *prose;
};

static int set_action(struct daemon_options *o, const struct option_row *row, const char *arg UNUSED,
		      struct err *reterr UNUSED)
{
	o->action = row->action;
	return 0;
}

static int set_text(struct daemon_options *o, const struct option_row *row, const char *arg, struct err *reterr UNUSED)
{
	memcpy((char *)o + row->field, &arg, sizeof(arg));
	return 0;
}

static int set_flag(struct daemon_options *o, const struct option_row *row, const char *arg UNUSED,
		    struct err *reterr UNUSED)
{
	*(bool *)((char *)o + row->field) = true;
	return 0;
}

static int set_describe(struct daemon_options *o, const struct option_row *row UNUSED, const char *arg,
			struct err *reterr)
{
	if (strcmp(arg, "conf") && strcmp(arg, "man")) {
		err_set(reterr, EXIT_USAGE, "option --describe: \"%s\" is neither conf nor man", arg);
		return -1;
	}
	o->action = !strcmp(arg, "conf") ? DAEMON_DESCRIBE_CONF : DAEMON_DESCRIBE_MAN;
	return 0;
}

static int set_diagnose(struct daemon_options *o, const struct option_row *row, const char *arg, struct err *reterr)
{
	o->action = row->action;
	return set_text(o, row, arg, reterr);
}

static int set_seed(struct daemon_options *o, const struct option_row *row UNUSED, const char *arg, struct err *reterr)
{
	int64_t seed;

	if (!parse_number(arg, &seed)) {
		err_set(reterr, EXIT_USAGE, "option --seed: \"%s\" is no whole number from 0 to %" PRId64, arg, INT64_MAX);
		return -1;
	}
	o->diagnose.seed = (uint64_t)seed;
	o->diagnose.seeded = true;
	return 0;
}

#define FIELD(name) .field = offsetof(struct daemon_options, name)
#define DIAGNOSE(name) FIELD(diagnose.name), .of_diagnose = true

static const struct option_row rows[] = {
	{'c', "config", ARG_NEEDED, "FILE", set_text, FIELD(config),
	 .prose = "read FILE, then FILE.d/*.conf, instead of the default configuration"},
	{'t', "check", ARG_NONE, NULL, set_action, DAEMON_CHECK,
	 .prose = "check the configuration and end: 0 good, 78 not, 77 no permission"},
	{0, "dump-config", ARG_NONE, NULL, set_action, DAEMON_DUMP_CONFIG,
	 .prose = "print the values in effect, each with where it came from"},
	{0, "describe", ARG_NEEDED, "conf|man", set_describe, .prose = "print all keys as a sample file, or as mdoc"},
	{'d', "debug", ARG_NONE, NULL, set_flag, FIELD(debug), .prose = "log every step, as level = debug does"},
	{'V', "version", ARG_NONE, NULL, set_action, DAEMON_VERSION, .prose = "print the version"},
	{'h', "help", ARG_NONE, NULL, set_action, DAEMON_HELP, .prose = "print this"},
	{0, "diagnose", ARG_OPTIONAL, "CASE", set_diagnose, DAEMON_DIAGNOSE, FIELD(diagnose.name),
	 .prose = "list the diagnostic cases, or show CASE, broken and fixed"},
	{0, "variant", ARG_NEEDED, "NAME", set_text, DIAGNOSE(variant), .prose = "with --diagnose: only this variant"},
	{0, "explore", ARG_NONE, NULL, set_flag, DIAGNOSE(explore), .prose = "with --diagnose: search all schedules"},
	{0, "replay", ARG_NEEDED, "STRING", set_text, DIAGNOSE(replay), .prose = "with --diagnose: repeat a schedule"},
	{0, "seed", ARG_NEEDED, "N", set_seed, .of_diagnose = true, .prose = "with --diagnose: search at random, from N"},
	{0, "json", ARG_NONE, NULL, set_flag, DIAGNOSE(json), .prose = "with --diagnose: one JSON object a line"},
	{0, "html", ARG_NEEDED, "FILE", set_text, DIAGNOSE(html), .prose = "with --diagnose: write a page to step through"},
};

static const struct option_row *by_brief(char c)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].brief == c)
			return &rows[i];
	}
	return NULL;
}

static const struct option_row *by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strlen(rows[i].name) == len && !strncmp(rows[i].name, name, len))
			return &rows[i];
	}
	return NULL;
}

/* What an option does, with its argument (NULL if there is none). */
static int apply(const struct option_row *row, const char *arg, struct daemon_options *ret, struct err *reterr)
{
	if (row->takes != ARG_NONE && (arg ? !*arg : row->takes == ARG_NEEDED)) {
		err_set(reterr, EXIT_USAGE, "option --%s needs an argument: --%s=%s", row->name, row->name, row->arg);
		return -1;
	}
	if (row->of_diagnose && !ret->beside_diagnose)
		ret->beside_diagnose = row->name;
	return row->apply(ret, row, arg, reterr);
}

static int unknown(const char *what, struct err *reterr)
{
	err_set(reterr, EXIT_USAGE, "unknown option \"%s\"; catchbasind --help lists them all", what);
	return -1;
}

/* --name, --name=ARG, --name ARG. */
static int parse_long(char ***argv, struct daemon_options *ret, struct err *reterr)
{
	const char *text = **argv + 2, *equals = strchr(text, '='), *arg = equals ? equals + 1 : NULL;
	const struct option_row *row = by_name(text, equals ? (size_t)(equals - text) : strlen(text));

	if (!row)
		return unknown(**argv, reterr);
	if (arg && row->takes == ARG_NONE) {
		err_set(reterr, EXIT_USAGE, "option --%s takes no argument", row->name);
		return -1;
	}
	if (row->takes == ARG_NEEDED && !arg && (*argv)[1])
		arg = *++*argv;
	return apply(row, arg, ret, reterr);
}

/* -dt, -cFILE, -c FILE. */
static int parse_brief(char ***argv, struct daemon_options *ret, struct err *reterr)
{
	for (const char *c = **argv + 1; *c; c++) {
		const struct option_row *row = by_brief(*c);
		const char *arg = NULL;

		if (!row)
			return unknown(**argv, reterr);
		if (row->takes == ARG_NEEDED)
			arg = c[1] ? c + 1 : (*argv)[1] ? *++*argv : NULL;
		if (apply(row, arg, ret, reterr) != 0)
			return -1;
		if (row->takes == ARG_NEEDED)
			break;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct daemon_options *ret, struct err *reterr)
{
	*ret = (struct daemon_options){.action = DAEMON_RUN};
	for (char **end = argv + argc; ++argv < end;) {
		int rc;

		if ((*argv)[0] != '-' || !(*argv)[1]) {
			err_set(reterr, EXIT_USAGE, "\"%s\" is not an option; catchbasind takes options only, see --help", *argv);
			return -1;
		}
		rc = (*argv)[1] == '-' ? parse_long(&argv, ret, reterr) : parse_brief(&argv, ret, reterr);
		if (rc != 0)
			return -1;
	}
	if (ret->beside_diagnose && ret->action != DAEMON_DIAGNOSE) {
		err_set(reterr, EXIT_USAGE, "option --%s means something only beside --diagnose", ret->beside_diagnose);
		return -1;
	}
	return 0;
}

void options_help(FILE *out)
{
	static const char *const before[] = {[ARG_NONE] = "", [ARG_NEEDED] = "=", [ARG_OPTIONAL] = "[="};
	static const char *const after[] = {[ARG_NONE] = "", [ARG_NEEDED] = "", [ARG_OPTIONAL] = "]"};

	fprintf(out, "usage: catchbasind [-dtVh] [-c FILE] [--dump-config] [--describe=conf|man]\n"
		     "       catchbasind --diagnose[=CASE] [--variant=NAME] [--explore] [--seed=N] [--json] [--html=FILE]\n"
		     "       catchbasind --diagnose --replay=STRING\n\n"
		     "Takes in bursts of messages over UDP, TCP and unix sockets, and stores every one in SQLite.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char left[40];

		snprintf(left, sizeof(left), "--%s%s%s%s", rows[i].name, before[rows[i].takes],
			 rows[i].arg ? rows[i].arg : "", after[rows[i].takes]);
		fprintf(out, "  %c%c%c %-22s %s\n", rows[i].brief ? '-' : ' ', rows[i].brief ? rows[i].brief : ' ',
			rows[i].brief ? ',' : ' ', left, rows[i].prose);
	}
	fprintf(out, "\nSee catchbasind(8) and catchbasin.conf(5).\n");
}
