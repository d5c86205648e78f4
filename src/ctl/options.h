/*
 * options - the command line of catchbasin, read by a table.
 *
 * Owns     nothing: lends argv's strings
 * Threads  one
 * Blocks   never
 * Units    none
 * Errors   one line, EXIT_USAGE, with the nearest name as a hint
 * Limits   none
 * Upholds  every option is in one table, which --help prints; options may stand before and after the verb
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include "ctl/ctl.h"

struct option_row {
	char brief;          /* 0: none */
	const char *name;
	const char *arg;     /* what --help calls it; NULL: takes none */
	size_t offset;       /* in struct ctl: of a const char *, or without an argument of a bool */
	unsigned takes;      /* enum verb_takes; 0: every verb has it */
	const char *prose;
};

/* Reads argv. -1 with reterr. */
int options_parse(int argc, char **argv, struct ctl *ret, struct err *reterr) MUST_CHECK;
/* The index-th option, NULL beyond the last. Lends: static. */
const struct option_row *option_at(unsigned index);
/* What --help prints; of one verb, if verb is not NULL. */
void options_help(FILE *out, const struct verb *verb);

#endif
