/*
 * ctl - one call of the command: what was asked for, and the verbs there are.
 *
 * Owns     nothing: lends argv's strings
 * Threads  one
 * Blocks   a verb, as long as daemon or disk take; tail -f, top and send until they are told or done
 * Units    none: options are text until a verb reads them
 * Errors   told on stderr by the verb, one line each; the exit code is returned
 * Limits   none
 * Upholds  every verb is a function and a row of the table in verbs.c; every option is a row of the table in options.c
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
	const char *operand;                 /* NULL: none was given */
	const char *output, *count, *listener, *peer, *grep, *since, *until, *from, *to;
	const char *timeout, *time, *hold, *interval; /* time: --for */
	const char *rate, *size, *framing;
	bool json, prometheus, follow, lines, ack, help, version;
	const struct verb *verb;             /* NULL: none was given */
};

/* Options that not every verb takes. */
enum verb_takes {
	TAKES_JSON = 1 << 0,
	TAKES_PROMETHEUS = 1 << 1,
	TAKES_COUNT = 1 << 2,    /* --count */
	TAKES_FOLLOW = 1 << 3,
	TAKES_OUTPUT = 1 << 4,   /* --output */
	TAKES_FILTER = 1 << 5,   /* --listener, --peer, --grep */
	TAKES_SINCE = 1 << 6,
	TAKES_RANGE = 1 << 7,    /* --until, --from, --to */
	TAKES_TIMEOUT = 1 << 8,
	TAKES_FOR = 1 << 9,
	TAKES_HOLD = 1 << 10,
	TAKES_INTERVAL = 1 << 11,
	TAKES_LOAD = 1 << 12,    /* --rate, --size, --stdin, --framing, --ack */
};

/* What may stand behind a verb. */
enum verb_operand { OPERAND_NONE, OPERAND_MAY, OPERAND_MUST };

struct verb {
	const char *name;
	unsigned takes;            /* enum verb_takes */
	enum verb_operand operand;
	const char *operand_name;  /* in --help: SQL, LEVEL */
	const char *formats;       /* of --output, "a b c", the first without it; NULL: it has none */
	const char *words;         /* of the operand, for completion; NULL: anything */
	const char *summary;       /* a line of --help */
	const char *prose;         /* for VERB --help */
	int (*run)(const struct ctl *c);
};

/* The index-th verb, NULL beyond the last. Lends: static. */
const struct verb *verb_at(unsigned index);
/* NULL with reterr, which may hold a hint, if there is no such verb. */
const struct verb *verb_find(const char *name, struct err *reterr);

/* The verbs. Each returns the exit code. */
int verb_status(const struct ctl *c);
int verb_top(const struct ctl *c);
int verb_stats(const struct ctl *c);
int verb_audit(const struct ctl *c);
int verb_loss(const struct ctl *c);
int verb_tail(const struct ctl *c);
int verb_query(const struct ctl *c);
int verb_export(const struct ctl *c);
int verb_loglevel(const struct ctl *c);
int verb_reload(const struct ctl *c);
int verb_drain(const struct ctl *c);
int verb_dump(const struct ctl *c);
int verb_send(const struct ctl *c);
int verb_doctor(const struct ctl *c);
int verb_completion(const struct ctl *c);

/* "catchbasin: WORDS" on stderr, control characters escaped. */
void complain(const struct err *err);

#endif
