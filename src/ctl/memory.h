/*
 * memory - for a command that can do nothing without it.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   never
 * Units    none
 * Errors   without memory the program ends with EXIT_INTERNAL and a line on stderr
 * Limits   none
 * Upholds  what need() gives is never NULL
 */
#ifndef CTL_MEMORY_H
#define CTL_MEMORY_H

#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/err.h"

/* For calls that say -1. */
static inline void need_done(int rc)
{
	if (rc >= 0)
		return;
	fputs("catchbasin: out of memory\n", stderr);
	exit(EXIT_INTERNAL);
}

/* For calls that say NULL. */
static inline void *need(void *ptr)
{
	need_done(ptr ? 0 : -1);
	return ptr;
}

#endif
