/*
 * checkpoint - keeps the write-ahead log short: moves it into the file in the writer's turn, and says who is in the way.
 *
 * Owns     nothing: the connection is the caller's
 * Threads  init, tend, empty, reader: as the sink; set_limit and the counters: any
 * Blocks   as long as the disk takes to move the log; for readers at most CHECKPOINT_WAIT_MS, once in
 *          CHECKPOINT_FORCE_NS or, where that helps, DB_WAL_KEEP_BYTES
 * Units    bytes, _ns monotonic
 * Errors   none: what fails is tried again, and told when the log has passed its limit
 * Limits   the log may pass its limit while a reader keeps a transaction open: nothing is refused for that
 * Upholds  readers that come and go cannot keep the log from starting over; one line when it passes the limit, at
 *          each doubling, and when it is short again
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/counter.h"
#include "store/db.h"

#define CHECKPOINT_WAIT_MS 20
#define CHECKPOINT_RETRY_NS INT64_C(1000000000)
#define CHECKPOINT_FORCE_NS INT64_C(200000000) /* twice as long after each failure, */
#define CHECKPOINT_FAILURES 3                  /* so many times */

struct checkpoint {
	struct db *db;
	_Atomic uint64_t limit_bytes; /* wal_limit; 0: none */
	int shm_fd;                   /* SQLite's, see pin.h; -1: not found yet */
	int tried_pages;              /* of the log when a checkpoint last was tried; 0: not since it started over */
	int forced_pages;             /* the same, of one that waited for readers */
	unsigned failures;            /* of those, one after the other */
	bool whole;                   /* that one moved all there was: the next commit may start the log over */
	int code;                     /* SQLite's, of that one */
	int64_t tried_ns, forced_ns;
	uint64_t warned_bytes;        /* of the log when we last said so */
	uint64_t most_bytes;          /* of it while it is over */
	int64_t over_ns;              /* since when it is */
	struct counter done, in_vain, took_us; /* checkpoints that moved the whole log, others, time for both */
	struct counter over;          /* 1: beyond the limit, and readers are in the way */
	struct counter reader;        /* the pid of one, 0: none is seen */
};

/* Borrows db as long as it is used. */
void checkpoint_init(struct checkpoint *c, struct db *db, uint64_t limit_bytes);
/* A live change; false: it is none. */
bool checkpoint_set_limit(struct checkpoint *c, uint64_t limit_bytes);
/* After a commit, and now and then where none comes: a checkpoint if one is due. Outside of transactions. Gives when it
 * wants to be called again, though nothing was committed; SYNC_FOREVER: after the next commit. */
int64_t checkpoint_tend(struct checkpoint *c, int64_t now_ns);
/* All into the file and the log cut to nothing, so that the space it took is free; readers are waited for as above. False
 * if some was left. */
bool checkpoint_empty(struct checkpoint *c, int64_t now_ns);
/* Another process that reads at this moment; 0: none is seen. As the sink. */
pid_t checkpoint_reader(struct checkpoint *c);

#endif
