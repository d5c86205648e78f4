/*
 * target - where send sends to: an address, or the listener of that name.
 *
 * Owns     nothing: gives a connected descriptor
 * Threads  one
 * Blocks   name look-ups; a connect, as long as the kernel tries; a running daemon at most ASK_MS
 * Units    none
 * Errors   an exit code with reterr: EXIT_USAGE, EXIT_UNAVAILABLE
 * Limits   none
 * Upholds  a listener on all addresses is reached on loopback
 */
#ifndef CTL_TARGET_H
#define CTL_TARGET_H

#include <stdbool.h>

#include "base/addr.h"
#include "ctl/ctl.h"

struct target {
	int fd;
	bool stream;
	char url[ADDR_URL_TEXT]; /* the address it is */
};

/* Finds it and connects. 0 or an exit code with reterr. */
int target_open(const struct ctl *c, const char *text, struct target *ret, struct err *reterr) MUST_CHECK;

#endif
