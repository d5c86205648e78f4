/*
 * reader_impl - the inside of a reader, shared by its files alone.
 *
 * Owns     see reader.h
 * Threads  see reader.h
 * Blocks   see reader.h
 * Units    see reader.h
 * Errors   see reader.h
 * Limits   see reader.h
 * Upholds  see reader.h
 */
#ifndef STORE_READER_IMPL_H
#define STORE_READER_IMPL_H

#include <limits.h>
#include <sqlite3.h>
#include <sys/types.h>

#include "store/reader.h"

struct reader {
	sqlite3 *sql;
	char *path;
	char real[PATH_MAX];
	dev_t dev;
	ino_t ino;
	bool alone; /* nobody was at work: SQLite looks past log and locks */
};

/* Words SQLite's error. Gives -1. */
int reader_failed(struct reader *r, int rc, struct err *reterr);
/* Bytes of a file beside the store; -1 if it is not there. */
int64_t reader_beside(const struct reader *r, const char *suffix);

#endif
