/* Stands in for malloc during a run of the model, so that a run cut short leaks nothing. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sync_model.h"

#define LANES 16 /* at least as many as threads */
#define LANE (ARENA_MOST / LANES)
#define FREED 0xdd

/* What stands before each piece. */
struct piece {
	_Alignas(16) size_t size;
	size_t freed;
};

_Static_assert(LANES >= MODEL_THREADS, "each thread has its own");

static unsigned char *block;
static size_t used[LANES];

/* What a piece takes up. */
static size_t whole_of(size_t size)
{
	return sizeof(struct piece) + ((size + 15) & ~(size_t)15);
}

static void *take(size_t size)
{
	size_t whole = whole_of(size);
	unsigned lane = model_running() ? model_self() : 0;
	struct piece *p;

	if (!block || size > LANE || used[lane] + whole > LANE)
		return NULL;
	p = (struct piece *)(void *)(block + lane * LANE + used[lane]);
	used[lane] += whole;
	/* What an earlier run left there is no part of this one. */
	memset(p, 0, whole);
	p->size = size;
	return p + 1;
}

/* Whoever still reads it shall see that. */
static void release(void *ptr)
{
	struct piece *p = (struct piece *)ptr - 1;

	assert(!p->freed && "memory is freed once");
	p->freed = 1;
	memset(ptr, FREED, p->size);
}

static void *resize(void *ptr, size_t size)
{
	void *fresh = take(size);
	size_t old = ptr ? ((struct piece *)ptr - 1)->size : 0;

	if (fresh && ptr) {
		memcpy(fresh, ptr, old < size ? old : size);
		release(ptr);
	}
	return fresh;
}

void arena_open(void)
{
	static const struct mem_hooks hooks = {take, resize, release};

	if (!block)
		block = malloc(ARENA_MOST);
	memset(used, 0, sizeof(used));
	mem_hook(&hooks);
}

void arena_close(void)
{
	mem_hook(NULL);
}

NO_TSAN unsigned arena_live(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < LANES; i++) {
		size_t at = 0;

		while (at < used[i]) {
			const struct piece *p = (const struct piece *)(void *)(block + i * LANE + at);

			n += !p->freed;
			at += whole_of(p->size);
		}
	}
	return n;
}

/* Two words by one multiplication, whose upper half is not thrown away. */
static uint64_t mix(uint64_t h, uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)(h ^ a) * (b ^ UINT64_C(0x9e3779b97f4a7c15));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#define WAYS 4 /* at a time: each waits for its own multiplications alone, and searches spend much of their time here */

uint64_t arena_hash(uint64_t from)
{
	uint64_t h[WAYS];

	for (unsigned k = 0; k < WAYS; k++)
		h[k] = from + k;
	for (unsigned i = 0; i < LANES; i++) {
		const uint64_t *w = (const uint64_t *)(void *)(block + i * LANE);
		size_t n = used[i] / sizeof(*w);

		for (; n >= (size_t)2 * WAYS; n -= (size_t)2 * WAYS, w += (size_t)2 * WAYS)
			for (unsigned k = 0; k < WAYS; k++)
				h[k] = mix(h[k], w[2 * k], w[2 * k + 1]);
		for (unsigned k = 0; k < n; k++)
			h[0] = mix(h[0], w[k], k);
	}
	for (unsigned k = 1; k < WAYS; k++)
		h[0] = mix(h[0], h[k], k);
	return h[0];
}
