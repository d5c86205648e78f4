/* Packs many messages into one allocation, copying each once. */
#include "core/batch.h"

#include <string.h>

#include "base/mem.h"

/* Where a message of a draft lies: in somebody else's memory. */
struct draft_msg {
	const char *bytes, *peer;
	int64_t received_at;
	uint32_t len, size;
};

struct batch_draft {
	uint32_t max_messages, count;
	size_t max_bytes;
	uint64_t body_bytes, peer_bytes;
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
	const struct msg *last;
	size_t end;

	assert(!b->queued && keep >= b->first && keep > 0 && keep <= b->count);
	/* Bodies and names of later messages lie further back; a name may be shared with an earlier one. */
	last = &batch_msgs(b)[keep - 1];
	end = (size_t)last->off + last->len;
	for (uint32_t i = 0; i < keep; i++) {
		const struct msg *m = &batch_msgs(b)[i];

		if ((size_t)m->peer_off + m->peer_len + 1 > end)
			end = (size_t)m->peer_off + m->peer_len + 1;
	}
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
	d = mem_zalloc(1, sizeof(*d) + max_messages * sizeof(d->msgs[0]));
	if (!d)
		return NULL;
	d->max_messages = max_messages;
	d->max_bytes = max_bytes;
	return d;
}

void batch_draft_free(struct batch_draft *d)
{
	mem_free(d);
}

bool batch_draft_add(struct batch_draft *d, const char *bytes, uint32_t len, uint32_t size, int64_t received_at,
		     const char *peer)
{
	struct draft_msg *m = &d->msgs[d->count];

	if (d->count > 0 && (d->count == d->max_messages || d->body_bytes + d->peer_bytes + len > d->max_bytes))
		return false;
	*m = (struct draft_msg){.bytes = bytes, .len = len, .size = size, .received_at = received_at, .peer = peer};
	if (d->count == 0 || m[-1].peer != peer)
		d->peer_bytes += strlen(peer) + 1;
	d->body_bytes += len;
	d->count++;
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
	d->count = 0;
	d->body_bytes = d->peer_bytes = 0;
}

/* Copies the draft's messages into b. Each name stands right before the first body of its run, so that trimming
 * the last messages leaves nothing behind. */
static void draft_copy(const struct batch_draft *d, struct batch *b)
{
	char *base = (char *)b;
	size_t at = sizeof(*b) + d->count * sizeof(struct msg);
	uint32_t peer_off = 0;
	uint16_t peer_len = 0;

	for (uint32_t i = 0; i < d->count; i++) {
		const struct draft_msg *from = &d->msgs[i];
		struct msg *to = &batch_msgs(b)[i];

		if (i == 0 || from->peer != from[-1].peer) {
			peer_off = (uint32_t)at;
			peer_len = (uint16_t)strlen(from->peer);
			memcpy(base + at, from->peer, (size_t)peer_len + 1);
			at += (size_t)peer_len + 1;
		}
		memcpy(base + at, from->bytes, from->len);
		*to = (struct msg){
			.received_at = from->received_at,
			.size = from->size,
			.len = from->len,
			.off = (uint32_t)at,
			.peer_off = peer_off,
			.peer_len = peer_len,
		};
		at += from->len;
	}
	assert(at == b->cost);
}

struct batch *batch_draft_seal(struct batch_draft *d)
{
	size_t cost = sizeof(struct batch) + d->count * sizeof(struct msg) + d->body_bytes + d->peer_bytes;
	struct batch *b;

	if (d->count == 0)
		return NULL;
	assert(cost <= UINT32_MAX);
	b = mem_alloc(cost);
	if (!b)
		return NULL;
	*b = (struct batch){.count = d->count, .cost = cost, .body_bytes = d->body_bytes};
	draft_copy(d, b);
	batch_draft_reset(d);
	return b;
}
