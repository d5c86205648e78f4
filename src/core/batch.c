/* Packs many messages into one allocation, copying each once. */
#include "core/batch.h"

#include <string.h>

#include "base/mem.h"

#define BATCH_REACH (1U << 20) /* bodies begin before: what msg.off has room for. A longer message is alone. */

_Static_assert(sizeof(struct msg) == 8 && BATCH_MESSAGES <= 1U << 10, "a message's bits are enough");

/* Where a message of a draft lies: in somebody else's memory. */
struct draft_msg {
	const char *bytes;
	uint32_t len, size;
};

struct draft_origin {
	const char *peer;
	int64_t received_at;
	uint32_t end; /* of its messages */
};

struct batch_draft {
	uint32_t max_messages, count, origin_count;
	size_t max_bytes;
	uint64_t body_bytes, beside_bytes; /* beside: names, and sizes of what is cut */
	struct draft_origin *origins;      /* behind the messages */
	struct draft_msg msgs[];
};

void batch_free(struct batch *b)
{
	if (!b)
		return;
	assert(!b->queued && b->slices == 0);
	mem_free(b);
}

void batch_trim(struct batch **bp, uint32_t keep)
{
	struct batch *b = *bp, *moved;
	size_t end;

	assert(!b->queued && keep >= b->first && keep > 0 && keep <= b->count);
	/* Bodies of later messages and names of theirs alone lie further back. */
	end = (size_t)batch_msgs(b)[keep - 1].off + batch_msgs(b)[keep - 1].len;
	b->body_bytes -= batch_len(b, keep, b->count - keep);
	b->count = keep;
	if (end >= b->cost)
		return;
	moved = mem_resize(b, end);
	if (!moved)
		return;
	moved->cost = end;
	*bp = moved;
}

uint32_t batch_size(const struct batch *b, const struct msg *m)
{
	uint32_t size = m->len;

	if (m->cut)
		memcpy(&size, batch_body(b, m) - sizeof(size), sizeof(size));
	return size;
}

uint64_t batch_len(struct batch *b, uint32_t first, uint32_t n)
{
	const struct msg *m = batch_msgs(b) + first;
	uint64_t sum = 0;

	assert(first + n <= b->count);
	while (n--)
		sum += (m++)->len;
	return sum;
}

struct batch_draft *batch_draft_new(uint32_t max_messages, size_t max_bytes)
{
	struct batch_draft *d;

	assert(max_messages > 0 && max_messages <= BATCH_MESSAGES);
	d = mem_zalloc(1, sizeof(*d) + max_messages * (sizeof(d->msgs[0]) + sizeof(*d->origins)));
	if (!d)
		return NULL;
	d->max_messages = max_messages;
	d->max_bytes = max_bytes < BATCH_REACH / 2 ? max_bytes : BATCH_REACH / 2;
	d->origins = (struct draft_origin *)(void *)&d->msgs[max_messages];
	return d;
}

void batch_draft_free(struct batch_draft *d)
{
	mem_free(d);
}

static struct draft_origin *new_origin(struct batch_draft *d, const char *peer, int64_t received_at)
{
	struct draft_origin *o = &d->origins[d->origin_count++];

	if (d->count == 0 || o[-1].peer != peer)
		d->beside_bytes += strlen(peer) + 1;
	o->peer = peer;
	o->received_at = received_at;
	return o;
}

bool batch_draft_add(struct batch_draft *d, const char *bytes, uint32_t len, uint32_t size, int64_t received_at,
		     const char *peer)
{
	struct draft_origin *o = &d->origins[d->origin_count] - 1;

	if (d->count > 0 && (d->count == d->max_messages || d->body_bytes + d->beside_bytes + len > d->max_bytes))
		return false;
	if (d->count == 0 || o->received_at != received_at || o->peer != peer)
		o = new_origin(d, peer, received_at);
	if (size != len)
		d->beside_bytes += sizeof(size);
	d->msgs[d->count] = (struct draft_msg){.bytes = bytes, .len = len, .size = size};
	d->body_bytes += len;
	o->end = ++d->count;
	return true;
}

uint32_t batch_draft_count(const struct batch_draft *d)
{
	return d->count;
}

uint64_t batch_draft_bytes(const struct batch_draft *d)
{
	return d->body_bytes;
}

void batch_draft_reset(struct batch_draft *d)
{
	d->count = d->origin_count = 0;
	d->body_bytes = d->beside_bytes = 0;
}

static size_t copy_name(struct batch *b, size_t at, const char *peer, struct origin *o)
{
	o->peer_off = (uint32_t)at;
	o->peer_len = (uint16_t)strlen(peer);
	memcpy((char *)b + at, peer, (size_t)o->peer_len + 1);
	return at + o->peer_len + 1;
}

static size_t copy_msg(struct batch *b, size_t at, const struct draft_msg *from, uint32_t origin, struct msg *to)
{
	bool cut = from->size != from->len;

	if (UNLIKELY(cut)) {
		memcpy((char *)b + at, &from->size, sizeof(from->size));
		at += sizeof(from->size);
	}
	assert(at < BATCH_REACH);
	memcpy((char *)b + at, from->bytes, from->len);
	*to = (struct msg){
		.len = from->len, .off = at & (BATCH_REACH - 1), .origin = origin & (BATCH_MESSAGES - 1), .cut = cut,
	};
	return at + from->len;
}

/* Copies the draft's messages into b. Each name stands right before the first body of its run, so that trimming
 * the last messages leaves nothing behind. */
static void draft_copy(const struct batch_draft *d, struct batch *b)
{
	struct origin *o = (struct origin *)(void *)((char *)b + b->origins_off);
	size_t at = b->origins_off + d->origin_count * sizeof(*o);
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->origin_count; i++, o++) {
		const struct draft_origin *from = &d->origins[i];

		if (i > 0 && from->peer == from[-1].peer)
			*o = o[-1];
		else
			at = copy_name(b, at, from->peer, o);
		o->received_at = from->received_at;
		for (; n < from->end; n++)
			at = copy_msg(b, at, &d->msgs[n], i, &batch_msgs(b)[n]);
	}
	assert(at == b->cost);
}

struct batch *batch_draft_seal(struct batch_draft *d)
{
	size_t origins_off = sizeof(struct batch) + d->count * sizeof(struct msg);
	size_t cost = origins_off + d->origin_count * sizeof(struct origin) + d->body_bytes + d->beside_bytes;
	struct batch *b;

	if (d->count == 0)
		return NULL;
	assert(cost <= UINT32_MAX);
	b = mem_alloc(cost);
	if (!b)
		return NULL;
	*b = (struct batch){
		.count = d->count, .origins_off = (uint16_t)origins_off, .cost = cost, .body_bytes = d->body_bytes,
	};
	draft_copy(d, b);
	batch_draft_reset(d);
	return b;
}
