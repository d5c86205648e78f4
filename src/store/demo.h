/*
 * demo - two connections add 1 to the same row of a temporary file: what transactions are for, shown and not told.
 *
 * Owns     a directory of its own, removed before it returns
 * Threads  one at a time
 * Blocks   as long as the disk takes
 * Units    the row's value, which starts with 0
 * Errors   -1 with reterr if there is no temporary file to be had, or SQLite fails otherwise than it should
 * Limits   none
 * Upholds  touches no file but its own; says the same words every time
 */
#ifndef STORE_DEMO_H
#define STORE_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

enum demo_mode {
	DEMO_BARE,       /* SELECT, then UPDATE, no transaction */
	DEMO_DEFERRED,   /* BEGIN: a reader at first, a writer at its UPDATE */
	DEMO_IMMEDIATE,  /* BEGIN IMMEDIATE: a writer from the start */
	DEMO_MODES
};

struct demo_result {
	int64_t value;        /* in the end: 2 where nothing is lost */
	unsigned refused;     /* updates refused at once, with SQLITE_BUSY_SNAPSHOT */
	unsigned waited;      /* times a connection found the other one writing, and waited for it */
};

/* Reads in A and B before either writes, as far as SQLite lets them; tells each step through say. */
int demo_run(enum demo_mode mode, void (*say)(void *arg, const char *line), void *arg, struct demo_result *ret,
	     struct err *reterr) MUST_CHECK;

#endif
