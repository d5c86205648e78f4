/*
 * lines - lines of a descriptor, of any length and with any bytes in them.
 *
 * Owns     a buffer; the descriptor is the caller's
 * Threads  one
 * Blocks   lines_next, until there is a line
 * Units    bytes
 * Errors   the end of the input, or an error of it, ends the lines
 * Limits   memory
 * Upholds  what stands behind the last line end is a line, too
 */
#ifndef CTL_LINES_H
#define CTL_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct lines {
	int fd;
	char *bytes;
	size_t at, used, size;
	bool ended;
};

/* The next line without its end; NULL: there is none. Lends until the next call. */
const char *lines_next(struct lines *l, size_t *ret_len) MUST_CHECK;
/* Would lines_next wait? */
bool lines_would_wait(const struct lines *l);
void lines_done(struct lines *l);

#endif
