/*
 * source - what connections and datagram sockets have in common: a gate, an event, and batches held back.
 *
 * Owns     batches that its gate would not take yet
 * Threads  the loop's
 * Blocks   never
 * Units    messages, bytes
 * Errors   what cannot be offered is counted with a reason
 * Limits   what one read brought: a source that is held is not read from
 * Upholds  batches are offered in order; a source is read from only while none is held back
 */
#ifndef NET_SOURCE_H
#define NET_SOURCE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>

#include "base/attr.h"
#include "core/gate.h"

struct listener;

struct source {
	struct listener *listener;
	struct gate gate;
	struct event ev;             /* readable */
	bool has_ev, armed;
	bool held;                   /* waits in its queue's line */
	bool over;                   /* will not be read from any more */
	bool busy;                   /* draining: has not offered all it had */
	struct batch *pending, **pending_end;
	void (*resume)(struct source *s); /* nothing is held back any more: go on */
};

void source_init(struct source *s, struct listener *l, void (*resume)(struct source *s));
/* Makes the event. -1: no. */
int source_watch(struct source *s, int fd, event_callback_fn readable, void *arg) MUST_CHECK;
/* Waits for input, unless held or over. */
void source_arm(struct source *s);
void source_disarm(struct source *s);
/* Leaves the line and the loop. Nothing may be pending. */
void source_done(struct source *s);

/* May it read now? If not, it is held or all are paused, and resume() comes later. */
bool source_ready(struct source *s) MUST_CHECK;
/* Reading brought nothing more: gives back the first place that an admission gave. */
void source_rest(struct source *s);
/* Something is held back. */
bool source_blocked(const struct source *s);
/* Seals the listener's draft and offers the batch, or keeps it if the queue is full. */
void source_flush(struct source *s, struct batch_ack ack);
/* Its gate was admitted. */
void source_admitted(struct source *s);
/* Counts all that is held back as `shutdown`. */
void source_abandon(struct source *s);
/* Counts messages that never came to be a batch. */
void source_refuse(struct source *s, enum loss_reason why, uint64_t messages, uint64_t bytes);

#endif
