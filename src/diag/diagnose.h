/*
 * diagnose - `catchbasind --diagnose`: lists, shows, searches and replays cases.
 *
 * Owns     nothing
 * Threads  the main thread, before any other and before the log
 * Blocks   as long as searches take
 * Units    none
 * Errors   printed on stderr; exit code returned: 0 as expected, 1 not, 3 a replay diverged, 64 unknown or malformed
 * Limits   none
 * Upholds  opens no socket and no configured store
 */
#ifndef DIAG_DIAGNOSE_H
#define DIAG_DIAGNOSE_H

#include <stdbool.h>
#include <stdint.h>

struct diagnose_opts {
	const char *name;      /* of the case; NULL: list them */
	const char *variant;   /* NULL: all */
	const char *replay;    /* a schedule string, or NULL */
	const char *html;      /* a file to write, or NULL */
	bool explore, json;
	bool seeded;
	uint64_t seed;
};

int diagnose(const struct diagnose_opts *opts);

#endif
