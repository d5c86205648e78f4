/*
 * losses - rows of the table loss, kept to be put among messages where they belong.
 *
 * Owns     copies of the rows
 * Threads  one
 * Blocks   as the disk
 * Units    _at in ns since 1970 UTC
 * Errors   -1 with reterr
 * Limits   none
 * Upholds  in the order of from_at
 */
#ifndef CTL_LOSSES_H
#define CTL_LOSSES_H

#include "ctl/filter.h"
#include "ctl/rows.h"

struct losses {
	struct reader_loss *row;
	unsigned count, room, at; /* at: the next one to be written */
	const struct filter *filter;
	int64_t last_id;          /* the highest id seen, wanted or not */
	int64_t since_at;
};

/* Reads what is new since the last time; what ended before since_at is forgotten for good. */
int losses_read(struct losses *l, struct reader *r, int64_t since_at, struct err *reterr) MUST_CHECK;
/* Writes those that began before that moment. */
void losses_write(struct losses *l, const struct rows *rows, int64_t before_at);
void losses_done(struct losses *l);

#endif
