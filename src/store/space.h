/*
 * space - the floor of free space: below it the oldest messages go, then the store is held, until space is back.
 *
 * Owns     nothing
 * Threads  init, admit, tend: as the sink; set_min_free, release and the counters: any
 * Blocks   as long as the file system takes to say how much is free, once in SPACE_LOOK_NS; below the floor as long as a
 *          step of pruning and a checkpoint take
 * Units    bytes, _ns monotonic
 * Errors   a file system that does not answer leaves all as it was
 * Limits   none
 * Upholds  above the floor nothing is deleted for it; below, no transaction makes the file grow; nothing is deleted for it
 *          while a reader is known to keep the log from being emptied, and below the floor the log grows by 4 MiB at most
 *          from then on; one line each time the state changes
 */
#ifndef STORE_SPACE_H
#define STORE_SPACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/err.h"
#include "core/take.h"
#include "store/checkpoint.h"
#include "store/db.h"
#include "store/prune.h"

#define SPACE_LOOK_NS INT64_C(50000000)     /* between two looks, */
#define SPACE_LOOK_BYTES (8 * 1024 * 1024)  /* or after so many bytes, sooner near the floor */
#define SPACE_IDLE_NS INT64_C(1000000000)   /* between two looks where nothing is stored, */
#define SPACE_MORE_NS INT64_C(20000000)     /* or room is being made */
#define SPACE_CALM_NS INT64_C(5000000000)   /* pruning is over when none was needed for so long */
#define SPACE_MARGIN_MOST (64 * 1024 * 1024)

/* What is known when it is judged. */
struct space_sight {
	uint64_t free_bytes;     /* of the file system, as we may use it */
	uint64_t reusable_bytes; /* pages in the file that hold nothing */
	uint64_t need_bytes;     /* what wants to be stored, or did last */
	uint64_t growth_bytes;   /* with a reader in the way: what storing it takes of the file system */
	bool prunable;           /* there are messages that may go */
	bool pinned;             /* a reader keeps the log from being emptied: what is deleted gives nothing back */
	bool brief;              /* that, and the log is little longer than when it was found */
	bool calm;               /* nothing was pruned for SPACE_CALM_NS */
};

/* The state that follows, and whether what wants to be stored may be. Pure. */
enum store_room space_judge(enum store_room now, uint64_t floor, const struct space_sight *v, bool *ret_admit);
/* How far above the floor free space must come before all is well again: an eighth of it, SPACE_MARGIN_MOST at most. */
uint64_t space_margin(uint64_t floor);

struct space {
	struct db *db;
	struct checkpoint *checkpoint;
	struct prune *prune;          /* NULL: nothing may go */
	_Atomic int64_t min_free;     /* wanted: bytes, or below 0 percent of the file system */
	_Atomic bool released;        /* the store stops: what is there may be used up */
	int64_t looked_ns, since_ns, pruned_ns, emptied_ns;
	uint64_t unlooked_bytes, next_look_bytes; /* stored since the last look; when to look again */
	uint64_t refused_bytes;       /* what could not be stored, if something could not */
	uint64_t keep_bytes;          /* free pages the file keeps while it is made smaller */
	uint64_t owed_bytes;          /* given back once a checkpoint has moved the log */
	uint64_t pruned_count;        /* messages, since there was enough */
	bool pinned;                  /* a reader kept the log from being emptied, when that was last tried */
	int pinned_pages;             /* of the log when that was found */
	struct counter free_bytes, floor_bytes; /* as last seen; a floor of 0: none */
	struct counter room;          /* enum store_room */
	struct counter enough_bytes;  /* free, and it is held no longer */
	struct counter by_reader;     /* 1: held, because a reader keeps the log from being emptied, */
	struct counter reader;        /* this process; 0: none is seen */
};

/* Free space of the file system that has this file, as we may use it; 0 where it does not say. */
uint64_t space_free(int fd);

/* Borrows both as long as it is used. */
void space_init(struct space *s, struct db *db, struct checkpoint *checkpoint, int64_t min_free);
/* Borrows it, as long as the sink is used; NULL: nothing is deleted any more. */
void space_set_prune(struct space *s, struct prune *prune);
/* A live change; false: it is none. */
bool space_set_min_free(struct space *s, int64_t min_free);
/* From now on the floor holds nobody up: a stop stores what it can. */
void space_release(struct space *s);
/* May this be stored? Below the floor it makes room first, as far as one call may. Outside of transactions. False with
 * reterr: not now. */
bool space_admit(struct space *s, const struct take *take, int64_t now_ns, struct err *reterr);
/* After a commit, and now and then where none comes: one step of making room, if that is needed. Gives when it wants to be
 * called again; SYNC_FOREVER: without a floor, never. */
int64_t space_tend(struct space *s, int64_t now_ns);

#endif
