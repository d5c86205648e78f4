/* Stands in for malloc during a run of the model, so that a run cut short leaks nothing. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What stands before each piece. */
struct piece {
	_Alignas(16) size_t size;
};

static unsigned char *block;
static size_t used;

static void *take(size_t size)
{
	size_t whole = sizeof(struct piece) + ((size + 15) & ~(size_t)15);
	struct piece *p;

	if (!block || size > ARENA_MOST || used + whole > ARENA_MOST)
		return NULL;
	p = (struct piece *)(void *)(block + used);
	used += whole;
	p->size = size;
	return p + 1;
}

static void *resize(void *ptr, size_t size)
{
	void *fresh = take(size);
	size_t old = ptr ? ((struct piece *)ptr - 1)->size : 0;

	if (fresh && ptr)
		memcpy(fresh, ptr, old < size ? old : size);
	return fresh;
}

static void release(void *ptr UNUSED)
{
}

void arena_open(void)
{
	static const struct mem_hooks hooks = {take, resize, release};

	if (!block)
		block = malloc(ARENA_MOST);
	used = 0;
	mem_hook(&hooks);
}

void arena_close(void)
{
	mem_hook(NULL);
}
