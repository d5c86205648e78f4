/*
 * rows - a take's messages as SQLite sees them: a virtual table over the batches, without a copy.
 *
 * Owns     nothing: the take is borrowed for one statement
 * Threads  one at a time per connection
 * Blocks   never
 * Units    none
 * Errors   SQLite's codes
 * Limits   none
 * Upholds  a body that is valid UTF-8 without NUL is TEXT, any other is BLOB
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "core/batch.h"
#include "core/take.h"

/* A walk over the messages of a take, in order. */
struct walk {
	const struct take *take;
	uint32_t slice, at;
	struct batch *batch; /* of the message last given */
};

static inline struct walk walk_start(const struct take *t)
{
	return (struct walk){.take = t};
}

/* The next message; NULL at the end. */
static inline struct msg *walk_next(struct walk *w)
{
	while (w->slice < w->take->slice_count) {
		const struct slice *s = &w->take->slices[w->slice];

		if (w->at < s->count) {
			w->batch = s->batch;
			return &batch_msgs(s->batch)[s->first + w->at++];
		}
		w->slice++;
		w->at = 0;
	}
	return NULL;
}

/* `count` messages of a take, one behind the other. alike: all of one listener, peer and time. */
struct span {
	struct walk from;
	uint64_t count;
	bool alike;
};

/* The whole take. */
static inline struct span span_all(const struct take *t)
{
	return (struct span){.from = walk_start(t), .count = t->messages};
}

/* The span that begins at *at, which moves behind it; count 0 at the take's end. An alike one is long enough to be
 * worth a statement of its own; what lies between two of them is one span. */
struct span span_next(struct walk *at);

/* What the table take_rows shows: the messages of `span`, numbered from first_id. */
struct rows {
	struct span span;
	int64_t first_id;
};

/* Registers the table take_rows(id, received_at, listener, peer, size, body) on a connection. Lends rows: must
 * outlive it. SQLITE_OK or the error. */
int rows_register(sqlite3 *db, struct rows *rows) MUST_CHECK;
/* Binds what the messages of an alike span have in common, at parameters 1 to 3: received_at, listener, peer. */
int rows_bind_alike(sqlite3_stmt *st, const struct span *span) MUST_CHECK;
/* Binds one message at parameters 1 to 6, in the order above. Borrows until the statement is reset. */
int rows_bind(sqlite3_stmt *st, int64_t id, struct batch *b, const struct msg *m) MUST_CHECK;

#endif
