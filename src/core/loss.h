/*
 * loss - why a message is not in the store: the reasons, and what is still to be written down.
 *
 * Owns     nothing
 * Threads  any: constants and plain data
 * Blocks   never
 * Units    messages, bytes, nanoseconds since 1970
 * Errors   none
 * Limits   none
 * Upholds  every reason has a name, the one in the column loss.reason
 */
#ifndef CORE_LOSS_H
#define CORE_LOSS_H

#include <stdbool.h>
#include <stdint.h>

enum loss_reason {
	LOSS_KERNEL,     /* the socket's receive buffer overflowed */
	LOSS_QUEUE_FULL, /* drop-newest, drop-oldest */
	LOSS_OVERSIZE,   /* longer than max_message and oversize = drop */
	LOSS_INCOMPLETE, /* the rest never came */
	LOSS_DENIED,     /* not in allow */
	LOSS_STORE,      /* the database refused the row */
	LOSS_SHUTDOWN,   /* the drain deadline passed */
	LOSS_CRASH,      /* written by the next start */
	LOSS_REASONS
};

/* "kernel", "queue_full", … Lends: static. */
const char *loss_reason_name(enum loss_reason reason);

/* One row of the table loss, to be written with the next transaction. */
struct loss_delta {
	const char *listener; /* lends: lives as long as the queue's account */
	enum loss_reason reason;
	int64_t from_at, to_at;
	uint64_t messages, bytes;
};

#endif
