/*
 * batch - many messages in one piece of memory: the unit that crosses the queue.
 *
 * Owns     its messages' bytes, and once for neighbours alike: when and from whom they came
 * Threads  one at a time: whoever owns the batch; after batch_draft_seal only who has the take may mark a message
 * Blocks   never
 * Units    lengths and cost in bytes, received_at in nanoseconds since 1970
 * Errors   NULL when there is no memory
 * Limits   BATCH_MESSAGES messages; about BATCH_BYTES bytes, or a single longer message
 * Upholds  first <= count; cost is what the allocation takes; messages stand in arrival order
 *
 *   | struct batch | msg 0 … msg n-1 | origin 0 … | peer, body 0, body 1, … peer, size, body k, … body n-1 |
 *                  ^ msgs()          ^ origins_off  offsets are from the batch's start
 */
#ifndef CORE_BATCH_H
#define CORE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

#define BATCH_MESSAGES 1024
#define BATCH_BYTES (256 * 1024)

struct account;

/* One message, as small as can be: a full queue holds hundreds of thousands. */
struct msg {
	uint32_t len;         /* bytes kept */
	uint32_t off : 20;    /* of the bytes */
	uint32_t origin : 10; /* which of the batch's origins */
	uint32_t cut : 1;     /* not all is kept: the size stands right before the bytes */
	uint32_t refused : 1; /* set by the sink: the database would not have it */
};

/* When and from whom: what neighbours of one read have in common. */
struct origin {
	int64_t received_at;
	uint32_t peer_off; /* of the peer's name, NUL-terminated */
	uint16_t peer_len;
};

#define BATCH_ROW (sizeof(struct msg) + sizeof(struct origin)) /* what a batch's tables take for a message at most */

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
	uint16_t origins_off;
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

static inline const struct origin *batch_origin(const struct batch *b, const struct msg *m)
{
	return (const struct origin *)(const void *)((const char *)b + b->origins_off) + m->origin;
}

static inline const char *batch_peer(const struct batch *b, const struct origin *o)
{
	return (const char *)b + o->peer_off;
}

/* Takes the batch. NULL is fine. */
void batch_free(struct batch *b);

/* Forgets the messages from `keep` >= first on and gives their memory back. The batch may move: it is in *b again. */
void batch_trim(struct batch **b, uint32_t keep);

/* Bytes the sender sent or announced, line end not counted. */
uint32_t batch_size(const struct batch *b, const struct msg *m);

/* Bytes kept of the messages first … first + n - 1. */
uint64_t batch_len(struct batch *b, uint32_t first, uint32_t n);

/* A batch in the making, used again and again: knows where messages lie in others' memory, and copies each once. */
struct batch_draft;

/* max_messages <= BATCH_MESSAGES; max_bytes: a draft is full beyond, or beyond 512 KiB. NULL: no memory. */
struct batch_draft *batch_draft_new(uint32_t max_messages, size_t max_bytes) MUST_CHECK;
void batch_draft_free(struct batch_draft *d);

/* Adds a message. bytes and peer are borrowed until the seal. Neighbours of one peer pointer share its name; those of one
 * time too, the origin. False: the draft is full; seal it first (an empty draft takes any message). */
bool batch_draft_add(struct batch_draft *d, const char *bytes, uint32_t len, uint32_t size, int64_t received_at,
		     const char *peer) MUST_CHECK;
/* Messages in the draft, and bytes of their bodies. */
uint32_t batch_draft_count(const struct batch_draft *d);
uint64_t batch_draft_bytes(const struct batch_draft *d);
/* Gives a batch with the draft's messages and empties it; NULL if it is empty, or unchanged as there is no memory. */
struct batch *batch_draft_seal(struct batch_draft *d) MUST_CHECK;
/* Empties the draft. */
void batch_draft_reset(struct batch_draft *d);

#endif
