/*
 * reader_rows - messages out of a store, page by page: each page is a short transaction of its own.
 *
 * Owns     a page owns copies of its messages
 * Threads  each reader in one thread
 * Blocks   a page: about ROWS_MS, and as long as the disk takes
 * Units    bytes; wall times in ns since 1970
 * Errors   returned: EXIT_IO, EXIT_DATA, EXIT_INTERNAL
 * Limits   ROWS_MOST messages and about ROWS_BYTES a page
 * Upholds  when a call returns no transaction is open: the log can start over while the page is being written
 *          somewhere, however slowly
 */
#ifndef STORE_READER_ROWS_H
#define STORE_READER_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "store/reader.h"

#define ROWS_MOST 1000
#define ROWS_BYTES (8 * 1024 * 1024)
#define ROWS_MS 50

/* Lent for a call or as long as the page: strings end with a NUL, the body need not. */
struct reader_message {
	int64_t id, received_at, size;
	const char *listener, *peer;
	const char *body;
	size_t len;
	bool text; /* it is valid UTF-8 without NUL */
};

struct reader_page {
	struct reader_message *message;
	unsigned count, room;
	char *bytes;
	size_t used, size;
};

/* What to read: ids from `from` to `to`, both included; downwards where from > to. */
struct reader_range {
	int64_t from, to;
	unsigned most; /* messages kept; 0: ROWS_MOST */
	/* Is it wanted? Called within the transaction: look, and nothing else. NULL: all. */
	bool (*keep)(void *arg, const struct reader_message *m);
	void *arg;
};

/* Fills the page with the next messages of the range and moves range->from behind them. 1: the range is read to its
 * end; 0: there may be more, also where the page is empty; -1 with reterr. */
int reader_page_read(struct reader *r, struct reader_range *range, struct reader_page *page, struct err *reterr) MUST_CHECK;
void reader_page_done(struct reader_page *page);

/* The ids there are: 0, 0 without rows. */
int reader_ids(struct reader *r, int64_t *ret_first, int64_t *ret_last, struct err *reterr) MUST_CHECK;
/* What is below the first was pruned; the last is the highest id ever given, also where its row is gone. No rows: the first is
 * behind the last. */
int reader_given(struct reader *r, int64_t *ret_first, int64_t *ret_last, struct err *reterr) MUST_CHECK;
/* The first id whose message was received at that time or later, by the order of ids, which is that of time but for what
 * waited long or came while the clock was set back. The last id + 1 if there is none. */
int reader_id_at(struct reader *r, int64_t at_ns, int64_t *ret_id, struct err *reterr) MUST_CHECK;
/* A number that changes with each commit of anybody else. */
int reader_version(struct reader *r, int64_t *ret, struct err *reterr) MUST_CHECK;
/* Somebody has begun to write since the reader was opened alone, or the path leads to another file: open it anew. */
bool reader_stale(const struct reader *r);

#endif
