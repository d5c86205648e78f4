/*
 * batch - many messages in one piece of memory: the unit that crosses the queue.
 *
 * Owns     its messages' bytes and its peers' names
 * Threads  one at a time: whoever owns the batch; after batch_draft_seal its messages do not change
 * Blocks   never
 * Units    lengths and cost in bytes, received_at in nanoseconds since 1970
 * Errors   NULL when there is no memory
 * Limits   BATCH_MESSAGES messages; about BATCH_BYTES bytes, or a single longer message
 * Upholds  first <= count; cost is what the allocation takes; messages stand in arrival order
 *
 *   | struct batch | msg 0 … msg n-1 | peer, body 0, body 1, … peer, body k, … body n-1 |
 *                  ^ msgs()           each msg and peer knows its offset from the batch's start
 */
#ifndef CORE_BATCH_H
#define CORE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

#define BATCH_MESSAGES 1024
#define BATCH_BYTES (256 * 1024)

struct account;

/* One message of a batch. */
struct msg {
	int64_t received_at;
	uint32_t size;      /* bytes the sender sent or announced, line end not counted */
	uint32_t len;       /* bytes kept */
	uint32_t off;       /* of the bytes, from the batch's start */
	uint32_t peer_off;  /* of the peer's name, NUL-terminated */
	uint16_t peer_len;
	bool refused;       /* set by the sink: the database would not have it */
};

/* Who wants to hear of the commit. conn 0: nobody. Message first + i of the batch has number first_no + i. */
struct batch_ack {
	uint64_t conn;
	uint64_t first_no;
};

struct batch {
	struct batch *next, *prev;             /* in the queue; next alone in a list of its owner */
	struct batch *drop_prev, *drop_next;   /* in the queue's list of droppable batches */
	struct account *account;               /* whose books it is in; set by the gate */
	struct batch_ack ack;
	int64_t queued_at_ns;                  /* monotonic: when the gate took it */
	uint32_t first, count;                 /* messages first … count-1 are still to be taken */
	uint32_t slices;                       /* taken, and still read by the take that has them */
	bool queued, droppable;
	size_t cost;                           /* bytes of this allocation */
	uint64_t body_bytes;                   /* kept of all its messages */
};

static inline struct msg *batch_msgs(struct batch *b)
{
	return (struct msg *)(void *)(b + 1);
}

static inline const char *batch_body(const struct batch *b, const struct msg *m)
{
	return (const char *)b + m->off;
}

static inline const char *batch_peer(const struct batch *b, const struct msg *m)
{
	return (const char *)b + m->peer_off;
}

/* Takes the batch. NULL is fine. */
void batch_free(struct batch *b);

/* Forgets the messages from `keep` on and gives their memory back. keep >= first. The batch may move:
 * takes *b, gives it back in *b. */
void batch_trim(struct batch **b, uint32_t keep);

/* Bytes kept of the messages first … first + n - 1. */
uint64_t batch_len(struct batch *b, uint32_t first, uint32_t n);

/*
 * A batch in the making: remembers where messages lie in somebody else's memory, and copies each once when it is
 * sealed. Make one per reading thread and use it again and again.
 */
struct batch_draft;

/* max_messages <= BATCH_MESSAGES; max_bytes: a draft is full beyond. NULL: no memory. */
struct batch_draft *batch_draft_new(uint32_t max_messages, size_t max_bytes) MUST_CHECK;
void batch_draft_free(struct batch_draft *d);

/* Adds a message. bytes and peer are borrowed until the seal. The same peer pointer twice in a row is stored once.
 * False: the draft is full; seal it first (an empty draft takes any message). */
bool batch_draft_add(struct batch_draft *d, const char *bytes, uint32_t len, uint32_t size, int64_t received_at,
		     const char *peer) MUST_CHECK;
/* Messages in the draft. */
uint32_t batch_draft_count(const struct batch_draft *d);
/* Bytes of their bodies. */
uint64_t batch_draft_bytes(const struct batch_draft *d);
/* Gives a batch with the draft's messages and empties the draft; NULL if the draft is empty or there is no memory
 * (then the draft is left as it was). */
struct batch *batch_draft_seal(struct batch_draft *d) MUST_CHECK;
/* Empties the draft. */
void batch_draft_reset(struct batch_draft *d);

#endif
