/*
 * burst - messages on their way out: made up or read, framed, paced and counted.
 *
 * Owns     its buffers; the descriptor is the caller's
 * Threads  one
 * Blocks   as long as the receiver does not take them
 * Units    messages, bytes; rate in messages a second; _ns monotonic
 * Errors   -1 with reterr: EXIT_UNAVAILABLE, EXIT_IO
 * Limits   BURST_BODY bytes a message
 * Upholds  what is counted as sent was taken by the kernel; answers are read all the while, so that nobody waits for us
 */
#ifndef CTL_BURST_H
#define CTL_BURST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

#define BURST_BODY (16 * 1024 * 1024)

struct lines;

enum burst_framing { BURST_NEWLINE, BURST_NUL, BURST_OCTET };

struct burst_opts {
	int fd;
	bool stream;
	enum burst_framing framing; /* streams */
	int64_t count;              /* 0: until the lines end, or for ever */
	int64_t rate;               /* 0: as fast as it goes */
	size_t size;                /* of a message that is made up */
	struct lines *lines;        /* NULL: they are made up */
	bool ack;                   /* wait for all to be acknowledged (streams) */
	/* Called now and then. May be NULL. */
	void (*progress)(void *arg, uint64_t sent);
	void *arg;
};

struct burst_result {
	uint64_t sent, bytes;
	uint64_t acked, refused;
	int64_t took_ns;
};

int burst(const struct burst_opts *opts, struct burst_result *ret, struct err *reterr) MUST_CHECK;

#endif
