/* Reads the command line by a table. */
#include "daemon/options.h"

#include <string.h>

struct option_row {
	char brief;              /* 0: none */
	const char *name;
	const char *arg;         /* what --help calls it; NULL: takes none */
	enum daemon_action action;
	const char *prose;
};

static const struct option_row rows[] = {
	{'c', "config", "FILE", DAEMON_RUN, "read FILE, then FILE.d/*.conf, instead of the default configuration"},
	{'t', "check", NULL, DAEMON_CHECK, "check the configuration and end: 0 good, 78 not, 77 no permission"},
	{0, "dump-config", NULL, DAEMON_DUMP_CONFIG, "print the values in effect, each with where it came from"},
	{0, "describe", "conf|man", DAEMON_DESCRIBE_CONF, "print all keys as a sample file, or as mdoc"},
	{'d', "debug", NULL, DAEMON_RUN, "log every step, as level = debug does"},
	{'V', "version", NULL, DAEMON_VERSION, "print the version"},
	{'h', "help", NULL, DAEMON_HELP, "print this"},
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

/* What an option does, with its argument (NULL if it takes none). */
static int apply(const struct option_row *row, const char *arg, struct daemon_options *ret, struct err *reterr)
{
	if (row->arg && (!arg || !*arg)) {
		err_set(reterr, EXIT_USAGE, "option --%s needs an argument: --%s=%s", row->name, row->name, row->arg);
		return -1;
	}
	if (row->brief == 'c') {
		ret->config = arg;
	} else if (row->brief == 'd') {
		ret->debug = true;
	} else if (row->action == DAEMON_DESCRIBE_CONF) {
		if (strcmp(arg, "conf") && strcmp(arg, "man")) {
			err_set(reterr, EXIT_USAGE, "option --describe: \"%s\" is neither conf nor man", arg);
			return -1;
		}
		ret->action = !strcmp(arg, "conf") ? DAEMON_DESCRIBE_CONF : DAEMON_DESCRIBE_MAN;
	} else {
		ret->action = row->action;
	}
	return 0;
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
	if (arg && !row->arg) {
		err_set(reterr, EXIT_USAGE, "option --%s takes no argument", row->name);
		return -1;
	}
	if (row->arg && !arg && (*argv)[1])
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
		if (row->arg)
			arg = c[1] ? c + 1 : (*argv)[1] ? *++*argv : NULL;
		if (apply(row, arg, ret, reterr) != 0)
			return -1;
		if (row->arg)
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
	return 0;
}

void options_help(FILE *out)
{
	fprintf(out, "usage: catchbasind [-dtVh] [-c FILE] [--dump-config] [--describe=conf|man]\n\n"
		     "Takes in bursts of messages over UDP, TCP and unix sockets, and stores every one in SQLite.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char left[40];

		snprintf(left, sizeof(left), "--%s%s%s", rows[i].name, rows[i].arg ? "=" : "", rows[i].arg ? rows[i].arg : "");
		fprintf(out, "  %c%c%c %-22s %s\n", rows[i].brief ? '-' : ' ', rows[i].brief ? rows[i].brief : ' ',
			rows[i].brief ? ',' : ' ', left, rows[i].prose);
	}
	fprintf(out, "\nSee catchbasind(8) and catchbasin.conf(5).\n");
}
