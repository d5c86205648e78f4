/* One run's memory: each run finds it clean, nothing is reused within one, and its hash sees every byte. */
#include "base/arena.h"

#include <string.h>

#include "base/mem.h"
#include "../support/tap.h"

#define BYTES 800

static unsigned char *taken(void)
{
	unsigned char *p;

	arena_open();
	p = mem_alloc(BYTES);
	for (unsigned i = 0; i < BYTES; i++)
		p[i] = (unsigned char)i;
	return p;
}

static void test_hash(void)
{
	unsigned char *p = taken(), *other;
	uint64_t h = arena_hash(1);
	unsigned unseen = 0;

	ok(h == arena_hash(1), "the same memory has the same hash");
	ok(h != arena_hash(2), "which goes on from what was before");
	for (unsigned i = 0; i < BYTES; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			p[i] ^= (unsigned char)(1u << bit);
			unseen += arena_hash(1) == h;
			p[i] ^= (unsigned char)(1u << bit);
		}
	is_int(unseen, 0, "each bit of it counts");
	memcpy(p, p + 64, 8);
	memset(p + 64, 0, 8);
	ok(arena_hash(1) != h, "and where it lies");
	other = mem_alloc(1);
	ok(other != p, "another piece lies elsewhere");
	p = taken();
	ok(arena_hash(1) == h, "a run that does the same has the same hash");
	arena_close();
}

static void test_free(void)
{
	unsigned char *p = taken(), *again;
	uint64_t h = arena_hash(1);

	is_int(arena_live(), 1, "one piece");
	mem_free(p);
	is_int(arena_live(), 0, "given back");
	is_int(p[7], 0xdd, "and overwritten");
	ok(arena_hash(1) != h, "which the hash sees");
	again = mem_alloc(BYTES);
	ok(again != p, "it is not used again");
	mem_free(again);
	arena_close();
}

int main(void)
{
	test_hash();
	test_free();
	return done_testing();
}
