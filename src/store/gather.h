/*
 * gather - the frames of a transaction go into the write-ahead log many at a time, which costs less than one by one.
 *
 * Owns     GATHER_BYTES of memory; the file is the caller's: between begin and end it stands in front of its methods
 * Threads  one at a time
 * Blocks   as a write does
 * Units    bytes
 * Errors   SQLite's, of the call that had to write; what is held stays, until it can be written or its transaction is
 *          undone
 * Limits   GATHER_BYTES are held
 * Upholds  nothing is held any more when the frame that commits is written, nor when what is held is read, or the file
 *          is synced, cut or measured: so nobody but this connection, amid its transaction, could know of it
 */
#ifndef STORE_GATHER_H
#define STORE_GATHER_H

#include <sqlite3.h>
#include <stdint.h>

#include "store/flow.h"

#define GATHER_BYTES (120 * 1024)

struct gather {
	sqlite3_io_methods methods; /* the real ones, but for those that write or would miss it; the file's meanwhile */
	const sqlite3_io_methods *real;
	sqlite3_file *file;         /* NULL: none */
	struct flow *flow;          /* is told what was written */
	int page_bytes;
	char *bytes;                /* what is held, */
	int held;                   /* so many, */
	int64_t at;                 /* and where they belong */
	int64_t page_at;            /* where the page belongs whose header came last; 0: nowhere */
};

/* Borrows an open log and its flow until gather_end. Without memory nothing is held, and each write goes through. */
void gather_begin(struct gather *g, sqlite3_file *file, int page_bytes, struct flow *flow);
/* The transaction is undone: what is held is nothing any more. */
void gather_drop(struct gather *g);
/* Before the file is closed, outside of transactions. Does nothing where none began. */
void gather_end(struct gather *g);

#endif
