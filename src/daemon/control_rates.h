/*
 * control_rates - how fast each listener's messages come, the most of today, and when something was last lost.
 *
 * Owns     a row for each listener and store, and the thread that looks at the books
 * Threads  new, start, stop, free: the daemon's main thread; find: any; look and stirred: see there
 * Blocks   rates_stop until a look is over; a look takes the queues' locks in turn, its own never with another
 * Units    messages a second; _at in wall ns, _ns monotonic
 * Errors   without memory a listener has no rate, nor has a new one before anything comes
 * Limits   none
 * Upholds  what the kernel dropped came, too: it counts; a day is one of UTC; where nothing comes it does not look, and
 *          what comes after silence is measured from its first read on
 */
#ifndef DAEMON_CONTROL_RATES_H
#define DAEMON_CONTROL_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "pipe/pipeline.h"

#define RATES_BUSY_MS 100 /* from one look to the next, while messages come */

struct control_rates;

struct control_rate {
	uint64_t per_s;      /* over the last second */
	uint64_t peak_per_s; /* of today: over a look, or where the kernel drops, which tells once a second, over a second */
	int64_t peak_at;     /* 0: nothing came today */
	int64_t lost_ns;     /* when a loss was last seen that a healthy daemon does not have; 0: never */
};

/* Knows nothing yet. Lives longer than the pipeline that is looked at. NULL: no memory. */
struct control_rates *rates_new(void) MUST_CHECK;
/* From now on a thread looks. Borrows p until rates_stop. -1 with reterr. */
int rates_start(struct control_rates *r, struct pipeline *p, struct err *reterr) MUST_CHECK;
/* Ends the thread, if there is one. */
void rates_stop(struct control_rates *r);
/* NULL is fine. */
void rates_free(struct control_rates *r);

/* False: nothing is known. r may be NULL. */
bool rates_find(struct control_rates *r, const struct queue *q, const char *listener, struct control_rate *ret);

/* What a datagram takes of a receive buffer, about: the kernel counts whole pieces of memory. */
uint64_t rates_datagram_bytes(uint64_t message_bytes);

/* ---- what the thread does; for it and its test ---- */

/* Looks at now_ns, unless something was read just before. Returns when the next look is due; SYNC_FOREVER: when stirred.
 * One thread at a time. */
int64_t rates_look(struct control_rates *r, struct pipeline *p, int64_t now_ns);
/* Something is read again, since began_ns. Any thread, holding no lock; for net_when_read. arg: the rates. */
void rates_stirred(void *arg, int64_t began_ns);

#endif
