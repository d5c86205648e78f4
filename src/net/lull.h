/*
 * lull - being late on purpose: at high rates messages are left to gather for a moment, so that one call fetches many.
 *
 * Owns     nothing: struct lull is part of its holder
 * Threads  one: the loop
 * Blocks   never
 * Units    messages, bytes, nanoseconds monotonic
 * Errors   none
 * Limits   what comes meanwhile, at the rate seen, takes a quarter of a datagram socket's receive buffer at most, and
 *          LULL_STREAM_BYTES of a connection's on average
 * Upholds  at low rates nothing waits
 */
#ifndef NET_LULL_H
#define NET_LULL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"

#define LULL_PAUSE_MS 1              /* how long to wait, */
#define LULL_MOST_NS (5 * NS_PER_MS) /* and how long that may become by a coarse clock */
#define LULL_STREAM_NS (4 * NS_PER_MS)
#define LULL_STREAM_BYTES (64 * 1024)

struct lull {
	int64_t since_ns;
	uint64_t count, bytes; /* messages since then */
	bool worth;            /* they came fast, and there is room for those to come */
	bool tight;            /* datagrams: there was not */
};

/* So many were read. */
void lull_note(struct lull *u, uint64_t count, uint64_t bytes);
/* The socket is empty: is a pause worth its while, with a receive buffer (as in force) of that size? */
bool lull_worth(struct lull *u, int64_t now_ns, uint64_t rcvbuf_bytes) MUST_CHECK;
/* May nobody look at this socket for LULL_MOST_NS? */
bool lull_safe(const struct lull *u, int64_t now_ns, uint64_t rcvbuf_bytes) MUST_CHECK;
/* The same for streams, of which there are so many and all are empty: is a pause of LULL_STREAM_NS worth its while? */
bool lull_streams(struct lull *u, int64_t now_ns, unsigned conns) MUST_CHECK;

#endif
