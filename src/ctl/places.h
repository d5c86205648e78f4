/*
 * places - where the daemon's socket and the stores may be: by the options, the configuration, or the known places.
 *
 * Owns     copies of all paths
 * Threads  one
 * Blocks   reads the configuration, where the options do not say enough
 * Units    none
 * Errors   places_find: the errors of a configuration go to stderr; the exit code is returned
 * Limits   none
 * Upholds  --socket alone means this daemon and no file; --store alone means this file and no daemon
 */
#ifndef CTL_PLACES_H
#define CTL_PLACES_H

#include "ctl/ctl.h"

#define PLACES_SOCKETS 2

struct place_store {
	char *name; /* of its section; NULL where none is known */
	char *path;
};

struct places {
	char *sockets[PLACES_SOCKETS]; /* to be tried in this order */
	unsigned socket_count;
	struct place_store *stores;
	unsigned store_count;
	bool first_store;              /* the first of the stores that is there is meant; else all of them */
};

/* 0, or an exit code; what was wrong has been told. */
int places_find(const struct ctl *c, struct places *ret) MUST_CHECK;
void places_done(struct places *p);

#endif
