/*
 * flow - the disk is set to work while a file is still being written, so that the sync at the end finds little left.
 *
 * Owns     nothing: file and descriptor are the caller's; between begin and end it stands in front of that file's xWrite
 * Threads  one at a time
 * Blocks   as a write does, where the disk is far behind
 * Units    bytes
 * Errors   none: what the disk refuses is told by the sync, as ever
 * Limits   FLOW_BYTES are written before the disk is told
 * Upholds  every write goes through as it came; nothing counts as durable sooner
 */
#ifndef STORE_FLOW_H
#define STORE_FLOW_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#define FLOW_BYTES (256 * 1024)

struct flow {
	sqlite3_io_methods methods; /* the real ones, but for xWrite: the file's, while it flows */
	const sqlite3_io_methods *real;
	sqlite3_file *file;
	int fd;
	bool on;
	int64_t from, to;           /* where what the disk does not know of lies */
	int64_t bytes;              /* of it */
};

/* Borrows a descriptor. Somebody else writes, and tells with flow_wrote. */
void flow_init(struct flow *f, int fd);
void flow_wrote(struct flow *f, int64_t at, int count);
/* Borrows an open file, and a descriptor that leads to the same one, until flow_end. */
void flow_begin(struct flow *f, sqlite3_file *file, int fd);
/* Before the file is closed. Does nothing where none began. */
void flow_end(struct flow *f);
/* Off, the disk is left to its own time. On at first. */
void flow_switch(struct flow *f, bool on);

#endif
