/*
 * writer - the sink: one transaction per take, ids dense, nothing twice.
 *
 * Owns     its prepared statements
 * Threads  the sink: as core/sink says, one thread inside at a time; counters and wanted durability: any
 * Blocks   as long as the disk takes
 * Units    ids, rows; wall times in ns since 1970
 * Errors   sink_result, worded
 * Limits   none
 * Upholds  a row and the meta.last_id that covers it commit together; a retry finds out whether it came through
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/counter.h"
#include "base/err.h"
#include "core/sink.h"
#include "store/checkpoint.h"
#include "store/db.h"
#include "store/keep.h"
#include "store/rows.h"
#include "store/space.h"

enum writer_text {
	TEXT_BEGIN,
	TEXT_COMMIT,
	TEXT_BASE,    /* where the ids stand */
	TEXT_TRIGGERS, /* does anybody watch the rows? */
	TEXT_BULK,    /* messages of a take, numbered by SQLite */
	TEXT_ALIKE,   /* the same, where all are of one listener, peer and time */
	TEXT_NUMBERED, /* a whole take, numbered by us */
	TEXT_ONE,     /* one message */
	TEXT_SAVE,    /* around one message */
	TEXT_KEEP,
	TEXT_BACK,
	TEXT_LOSS,
	TEXT_LAST_ID,
	WRITER_TEXTS
};

/* A COMMIT whose outcome is not known: what would be there if it came through. */
struct attempt {
	bool open;
	uint64_t ticket;
	uint64_t rows;
	int64_t first_id, last_id, last_loss;
};

#define WRITER_COOL_NS INT64_C(2000000000) /* without a commit, and memory for pages is given back */

struct writer {
	struct db *db;
	struct rows rows;
	sqlite3_stmt *stmt[WRITER_TEXTS];
	struct attempt attempt;
	int64_t base_id, base_loss;   /* the highest ids in the file, read in each transaction */
	int64_t first_id, last_id;    /* of this run's rows; 0: none */
	bool number;                  /* SQLite cannot be left to give the ids */
	bool triggers;                /* somebody has added some to messages */
	int reprepared;               /* how often the schema has changed under us */
	bool marked;                  /* messages of the take in hand may carry `refused` */
	int64_t looked_ns;            /* monotonic: when the file's name was looked at */
	int64_t cool_ns;              /* when memory is given back; SYNC_FOREVER: it has been */
	struct checkpoint checkpoint;
	struct space space;
	atomic_flag inside;
	_Atomic int durability;       /* wanted */
	_Atomic bool moved;           /* the file is not where it was */
	struct keep keep;
	struct keep_turn turn;        /* of the worker that is inside */
	struct counter last_given, stored;
};

/* Borrows db until writer_done. 0, or -1 with reterr. */
int writer_init(struct writer *w, struct db *db, int64_t min_free, uint64_t wal_limit, struct err *reterr) MUST_CHECK;
void writer_done(struct writer *w);
/* Lends: valid until writer_done. */
struct sink writer_sink(struct writer *w);

/* Inserts loss rows inside an open transaction, ids from base_loss + 1. SQLite's code. */
int writer_losses(struct writer *w, const struct loss_delta *losses, unsigned count) MUST_CHECK;
/* Begins a transaction and reads base_id and base_loss in it. What an earlier one left open is rolled back. */
int writer_begin(struct writer *w) MUST_CHECK;
/* Runs one text. SQLITE_OK or the error; the statement is reset either way. */
int writer_run(struct writer *w, enum writer_text text) MUST_CHECK;

#endif
