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

/* Reads argv. -1 with reterr. */
int options_parse(int argc, char **argv, struct ctl *ret, struct err *reterr) MUST_CHECK;
/* What --help prints; of one verb, if verb is not NULL. */
void options_help(FILE *out, const struct verb *verb);

#endif
