/*
 * control_rates - how fast each listener's messages come, the most of today, and when something was last lost.
 *
 * Owns     a row for each listener and store
 * Threads  the endpoint's
 * Blocks   never for long: takes the queues' locks in turn, ten times a second while messages come, else once
 * Units    messages a second; _at in wall ns, _ns monotonic
 * Errors   without memory a listener has no rate
 * Limits   none
 * Upholds  what the kernel dropped came, too: it counts; a day is one of UTC
 *
 * For control*.c alone.
 */
#ifndef DAEMON_CONTROL_RATES_H
#define DAEMON_CONTROL_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "pipe/pipeline.h"

struct control_rate {
	struct control_rate *next;
	const struct queue *queue;
	char *listener;
	uint64_t received, lost; /* until the last look; lost: what a healthy daemon does not lose */
	uint64_t came;           /* until the last second's end: received, and what the kernel dropped */
	uint64_t per_s;          /* over the last second */
	uint64_t peak_per_s;     /* of today: over a look, or where the kernel drops, which tells once a second, over a second */
	int64_t peak_at;         /* 0: nothing came today */
	int64_t lost_ns;         /* when a loss was last seen; 0: never */
};

struct control_rates {
	struct control_rate *first;
	int64_t looked_ns, second_ns, day;
	bool busy;               /* something came since the look before */
};

#define RATES_BUSY_MS 100
#define RATES_IDLE_MS 1000

/* Looks, if it is time to. Returns in how many ms the next look is due. */
unsigned rates_tick(struct control_rates *r, struct pipeline *p);
/* NULL: nothing is known. Lends: valid until rates_done. */
const struct control_rate *rates_find(const struct control_rates *r, const struct queue *q, const char *listener);
void rates_done(struct control_rates *r);

/* What a datagram takes of a receive buffer, about: the kernel counts whole pieces of memory. */
uint64_t rates_datagram_bytes(uint64_t message_bytes);

#endif
