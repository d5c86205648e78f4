/* Reads the command line by a table. */
#include "ctl/options.h"

#include <string.h>

#include "conf/hint.h"

#define INTO(member) offsetof(struct ctl, member)

static const struct option_row rows[] = {
	{'c', "config", "FILE", INTO(config), 0, "find socket and stores by this configuration"},
	{0, "socket", "PATH", INTO(socket), 0, "ask the daemon at this control socket"},
	{0, "store", "FILE", INTO(store), 0, "read this store file; no daemon is asked without --socket"},
	{'f', "follow", NULL, INTO(follow), TAKES_FOLLOW, "go on with what comes"},
	{'n', "count", "N", INTO(count), TAKES_COUNT, "how many"},
	{'o', "output", "FORMAT", INTO(output), TAKES_OUTPUT, "how it is written"},
	{0, "json", NULL, INTO(json), TAKES_JSON, "print one JSON object on one line"},
	{0, "prometheus", NULL, INTO(prometheus), TAKES_PROMETHEUS, "print what Prometheus reads"},
	{0, "listener", "NAME", INTO(listener), TAKES_FILTER, "of this listener only"},
	{0, "peer", "PEER", INTO(peer), TAKES_FILTER, "from this address, address:port, range, or uid=N only"},
	{'g', "grep", "REGEX", INTO(grep), TAKES_FILTER, "with a body like this only"},
	{0, "since", "TIME", INTO(since), TAKES_SINCE, "from then on, UTC: \"2026-01-31 23:59\", \"10m ago\", today"},
	{0, "until", "TIME", INTO(until), TAKES_RANGE, "up to then"},
	{0, "from", "ID", INTO(from), TAKES_RANGE, "from this id on"},
	{0, "to", "ID", INTO(to), TAKES_RANGE, "up to this id"},
	{0, "timeout", "TIME", INTO(timeout), TAKES_TIMEOUT, "how long it may take"},
	{0, "for", "TIME", INTO(time), TAKES_FOR, "how long it holds, 10m without it"},
	{0, "hold", "TIME", INTO(hold), TAKES_HOLD, "stay paused so long"},
	{0, "interval", "TIME", INTO(interval), TAKES_INTERVAL, "between two looks, 1s without it"},
	{0, "rate", "N", INTO(rate), TAKES_LOAD, "messages a second; without it, as fast as it goes"},
	{0, "size", "BYTES", INTO(size), TAKES_LOAD, "of each message, 100 without it"},
	{0, "stdin", NULL, INTO(lines), TAKES_LOAD, "send the lines of standard input"},
	{0, "framing", "KIND", INTO(framing), TAKES_LOAD, "newline, nul or octet; newline without it"},
	{0, "ack", NULL, INTO(ack), TAKES_LOAD, "wait until all are acknowledged (ack = commit)"},
	{'V', "version", NULL, INTO(version), 0, "print the version"},
	{'h', "help", NULL, INTO(help), 0, "print this, or after a verb what it does"},
};

const struct option_row *option_at(unsigned index)
{
	return index < ARRAY_LEN(rows) ? &rows[index] : NULL;
}

static const struct option_row *by_brief(char c)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].brief && rows[i].brief == c)
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

static int unknown(const char *name, size_t len, struct err *reterr)
{
	char given[HINT_MAX + 1];
	struct hint hint = {.given = given};

	snprintf(given, sizeof(given), "%.*s", (int)(len < HINT_MAX ? len : HINT_MAX), name);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		hint_offer(&hint, rows[i].name);
	if (hint.best)
		err_set(reterr, EXIT_USAGE, "unknown option --%s; did you mean --%s?", given, hint.best);
	else
		err_set(reterr, EXIT_USAGE, "unknown option --%s; catchbasin --help lists them all", given);
	return -1;
}

static int apply(const struct option_row *row, const char *arg, struct ctl *ret, struct err *reterr)
{
	void *at = (char *)ret + row->offset;

	if (row->arg && (!arg || !*arg)) {
		err_set(reterr, EXIT_USAGE, "option --%s needs an argument: --%s=%s", row->name, row->name, row->arg);
		return -1;
	}
	if (row->arg)
		*(const char **)at = arg;
	else
		*(bool *)at = true;
	return 0;
}

/* --name, --name=ARG, --name ARG. */
static int parse_long(char ***argv, struct ctl *ret, struct err *reterr)
{
	const char *text = **argv + 2, *equals = strchr(text, '='), *arg = equals ? equals + 1 : NULL;
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	const struct option_row *row = by_name(text, len);

	if (!row)
		return unknown(text, len, reterr);
	if (arg && !row->arg) {
		err_set(reterr, EXIT_USAGE, "option --%s takes no argument", row->name);
		return -1;
	}
	if (row->arg && !arg && (*argv)[1])
		arg = *++*argv;
	return apply(row, arg, ret, reterr);
}

/* -hV, -cFILE, -c FILE. */
static int parse_brief(char ***argv, struct ctl *ret, struct err *reterr)
{
	for (const char *c = **argv + 1; *c; c++) {
		const struct option_row *row = by_brief(*c);
		const char *arg = NULL;

		if (!row) {
			err_set(reterr, EXIT_USAGE, "unknown option -%c; catchbasin --help lists them all", *c);
			return -1;
		}
		if (row->arg)
			arg = c[1] ? c + 1 : (*argv)[1] ? *++*argv : NULL;
		if (apply(row, arg, ret, reterr) != 0)
			return -1;
		if (row->arg)
			break;
	}
	return 0;
}

static int operand(const char *text, struct ctl *ret, struct err *reterr)
{
	if (!ret->verb) {
		ret->verb = verb_find(text, reterr);
		return ret->verb ? 0 : -1;
	}
	if (ret->verb->operand == OPERAND_NONE) {
		err_set(reterr, EXIT_USAGE, "%s takes no operand, and here is \"%s\"", ret->verb->name, text);
		return -1;
	}
	if (ret->operand) {
		err_set(reterr, EXIT_USAGE, "%s takes one operand, and \"%s\" is one too many", ret->verb->name, text);
		return -1;
	}
	ret->operand = text;
	return 0;
}

/* An option given that the verb does not have. */
static int check(const struct ctl *c, struct err *reterr)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const void *at = (const char *)c + rows[i].offset;
		bool given = rows[i].arg ? *(const char *const *)at != NULL : *(const bool *)at;

		if (!given || !c->verb || (rows[i].takes & ~c->verb->takes) == 0)
			continue;
		err_set(reterr, EXIT_USAGE, "%s has no option --%s", c->verb->name, rows[i].name);
		return -1;
	}
	if (c->verb && c->verb->operand == OPERAND_MUST && !c->operand && !c->help && !c->version) {
		err_set(reterr, EXIT_USAGE, "%s needs an operand: catchbasin %s %s", c->verb->name, c->verb->name,
			c->verb->operand_name);
		return -1;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct ctl *ret, struct err *reterr)
{
	bool ended = false;

	*ret = (struct ctl){0};
	for (char **end = argv + argc; ++argv < end;) {
		int rc;

		if (!ended && !strcmp(*argv, "--")) {
			ended = true;
			continue;
		}
		if (ended || (*argv)[0] != '-' || !(*argv)[1])
			rc = operand(*argv, ret, reterr);
		else
			rc = (*argv)[1] == '-' ? parse_long(&argv, ret, reterr) : parse_brief(&argv, ret, reterr);
		if (rc != 0)
			return -1;
	}
	if (check(ret, reterr) != 0)
		return -1;
	if (ret->verb || ret->help || ret->version)
		return 0;
	err_set(reterr, EXIT_USAGE, "what shall it be? catchbasin --help lists the verbs");
	return -1;
}

static void help_verb_line(FILE *out, const struct verb *v)
{
	char left[40];

	snprintf(left, sizeof(left), "%s%s%s%s", v->name, v->operand == OPERAND_MAY ? " [" : v->operand ? " " : "",
		 v->operand ? v->operand_name : "", v->operand == OPERAND_MAY ? "]" : "");
	fprintf(out, "  %-18s %s\n", left, v->summary);
}

static void help_options(FILE *out, const struct verb *verb, bool own)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct option_row *r = &rows[i];
		char left[40];

		if (own == !r->takes || (verb && (r->takes & ~verb->takes)))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", r->name, r->arg ? "=" : "", r->arg ? r->arg : "");
		fprintf(out, "  %c%c%c %-16s %s\n", r->brief ? '-' : ' ', r->brief ? r->brief : ' ', r->brief ? ',' : ' ',
			left, r->prose);
	}
}

static void help_formats(FILE *out, const struct verb *v)
{
	size_t first = strcspn(v->formats, " ");

	fprintf(out, "Formats: %s; %.*s without --output.\n", v->formats, (int)first, v->formats);
}

void options_help(FILE *out, const struct verb *verb)
{
	fprintf(out, "usage: catchbasin [-c FILE] [--socket=PATH] [--store=FILE] %s", verb ? verb->name : "VERB");
	if (verb && verb->operand)
		fprintf(out, verb->operand == OPERAND_MAY ? " [%s]" : " %s", verb->operand_name);
	fprintf(out, "\n\n%s", verb ? verb->prose : "Asks a running catchbasind, or reads its store.\n\nVerbs:\n");
	for (unsigned i = 0; !verb && verb_at(i); i++)
		help_verb_line(out, verb_at(i));
	if (verb && verb->formats)
		help_formats(out, verb);
	if (verb && verb->takes) {
		fprintf(out, "\nOptions of %s:\n", verb->name);
		help_options(out, verb, true);
	} else if (!verb) {
		fprintf(out, "\nOptions of some verbs:\n");
		help_options(out, NULL, true);
	}
	fprintf(out, "\n%s:\n", (verb && verb->takes) || !verb ? "Options of all verbs" : "Options");
	help_options(out, verb, false);
	fprintf(out, "\nSee catchbasin(1).\n");
}
