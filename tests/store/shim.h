/*
 * shim - a disk that fails when told to: SQLite's own file system calls, counted, the N-th with an error.
 *
 * Owns     nothing: it stands in front of SQLite's default VFS for the whole process
 * Threads  one
 * Blocks   never
 * Units    calls
 * Errors   those it was asked for
 * Limits   one plan at a time
 * Upholds  without a plan every call goes through
 */
#ifndef TESTS_STORE_SHIM_H
#define TESTS_STORE_SHIM_H

#include <stdbool.h>

enum shim_kind {
	SHIM_ONCE_BEFORE,  /* the call is not made */
	SHIM_ONCE_AFTER,   /* the call is made, and reported as failed */
	SHIM_EVER_BEFORE,  /* it and all that follow are not made */
	SHIM_EVER_WRITE,   /* it and all that follow that write, as on a full disk */
	SHIM_KINDS
};

/* Becomes the default VFS. Once. */
void shim_install(void);
/* The n-th call from now on (from 1) fails. */
void shim_arm(enum shim_kind kind, unsigned n);
/* All is well again. Returns whether anything failed. */
bool shim_disarm(void);

#endif
