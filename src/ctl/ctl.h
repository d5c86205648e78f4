/*
 * ctl - one call of the command: what was asked for, and the verbs there are.
 *
 * Owns     nothing: lends argv's strings
 * Threads  one
 * Blocks   a verb, as long as daemon or disk take; a daemon at most ASK_MS
 * Units    none
 * Errors   told on stderr by the verb, one line each; the exit code is returned
 * Limits   none
 * Upholds  every verb is a function and a row of the table in verbs.c
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/err.h"

struct verb;

struct ctl {
	const char *config, *socket, *store; /* as given; NULL: not */
	bool json, help, version;
	const struct verb *verb;             /* NULL: none was given */
};

/* Options that not every verb takes. */
enum verb_takes { TAKES_JSON = 1 };

struct verb {
	const char *name;
	unsigned takes;      /* enum verb_takes */
	const char *summary; /* a line of --help */
	const char *prose;   /* for VERB --help */
	int (*run)(const struct ctl *c);
};

/* The index-th verb, NULL beyond the last. Lends: static. */
const struct verb *verb_at(unsigned index);
/* NULL with reterr, which may hold a hint, if there is no such verb. */
const struct verb *verb_find(const char *name, struct err *reterr);

/* The verbs. Each returns the exit code. */
int verb_status(const struct ctl *c);
int verb_audit(const struct ctl *c);
int verb_loss(const struct ctl *c);

/* "catchbasin: WORDS" on stderr, control characters escaped. */
void complain(const struct err *err);

#endif
