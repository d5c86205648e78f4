/*
 * filter - which messages are wanted: by listener, sender and body.
 *
 * Owns     the compiled expression
 * Threads  one
 * Blocks   never
 * Units    none
 * Errors   told on stderr; the exit code is EXIT_USAGE
 * Limits   none
 * Upholds  an expression without capitals finds capitals too; a body is bytes, also to the expression
 */
#ifndef CTL_FILTER_H
#define CTL_FILTER_H

#include <regex.h>
#include <stdbool.h>

#include "base/addr.h"
#include "ctl/ctl.h"
#include "store/reader_rows.h"

struct filter {
	const char *listener, *peer; /* lend from ctl */
	bool has_range, has_body, any;
	struct cidr range;
	regex_t body;
};

/* 0, or an exit code; what was wrong has been told. */
int filter_parse(const struct ctl *c, struct filter *ret) MUST_CHECK;
void filter_done(struct filter *f);
/* arg: a struct filter. */
bool filter_keep(void *arg, const struct reader_message *m);
/* A loss has neither sender nor body. */
bool filter_keep_loss(const struct filter *f, const struct reader_loss *l);

#endif
