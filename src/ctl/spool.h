/*
 * spool - an answer kept until it is whole: in memory, and when it grows large, in a file nobody sees.
 *
 * Owns     the bytes
 * Threads  one
 * Blocks   as the file system of $TMPDIR, where the answer is large
 * Units    bytes
 * Errors   false: neither memory nor file takes more
 * Limits   SPOOL_MEMORY bytes in memory
 * Upholds  what is read back is what was put in
 */
#ifndef CTL_SPOOL_H
#define CTL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/attr.h"

#define SPOOL_MEMORY (8 * 1024 * 1024)

struct spool {
	char *bytes;
	size_t used, size;
	FILE *file;
	size_t read_at;
};

bool spool_add(struct spool *s, const void *bytes, size_t len) MUST_CHECK;
/* From the beginning. */
bool spool_rewind(struct spool *s) MUST_CHECK;
/* Reads exactly len bytes; false at the end. */
bool spool_read(struct spool *s, void *bytes, size_t len) MUST_CHECK;
void spool_done(struct spool *s);

#endif
