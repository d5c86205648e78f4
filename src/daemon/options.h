/*
 * options - what the command line asks of catchbasind.
 *
 * Owns     nothing: lends argv's strings
 * Threads  one
 * Blocks   never
 * Units    none
 * Errors   one line, EXIT_USAGE, which names what was wrong
 * Limits   none
 * Upholds  every option is in one table, which --help prints
 */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/err.h"
#include "diag/diagnose.h"

enum daemon_action {
	DAEMON_RUN,
	DAEMON_CHECK,
	DAEMON_DUMP_CONFIG,
	DAEMON_DESCRIBE_CONF,
	DAEMON_DESCRIBE_MAN,
	DAEMON_DIAGNOSE,
	DAEMON_VERSION,
	DAEMON_HELP,
};

struct daemon_options {
	enum daemon_action action;
	const char *config; /* NULL: the default file, if there is one */
	bool debug;
	struct diagnose_opts diagnose;
	const char *beside_diagnose; /* an option that was given and means something only there; NULL: none */
};

/* Reads argv. -1 with reterr. */
int options_parse(int argc, char **argv, struct daemon_options *ret, struct err *reterr) MUST_CHECK;
/* Usage, as --help prints it. */
void options_help(FILE *out);

#endif
