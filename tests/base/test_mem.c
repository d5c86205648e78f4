/* Memory: zeroed, checked for overflow, and hooked. */
#include "base/mem.h"

#include <stdint.h>

#include "../support/tap.h"

static unsigned calls, fail_after;

static void *count_alloc(size_t size)
{
	return calls++ < fail_after ? malloc(size) : NULL;
}

static void *count_resize(void *ptr, size_t size)
{
	return calls++ < fail_after ? realloc(ptr, size) : NULL;
}

static void count_release(void *ptr)
{
	calls++;
	free(ptr);
}

static void test_libc(void)
{
	unsigned char *p = mem_zalloc(100, 3);
	unsigned sum = 0;
	char *copy;

	ok(p != NULL, "zalloc gives");
	for (int i = 0; i < 300; i++)
		sum += p[i];
	is_int(sum, 0, "zeroes");
	p = mem_resize(p, 1000);
	ok(p != NULL, "resize gives");
	mem_free(p);
	mem_free(NULL);
	ok(mem_zalloc(SIZE_MAX / 2, 3) == NULL, "a product that overflows is no memory");
	p = mem_alloc(0);
	ok(p != NULL, "no bytes are not no memory");
	mem_free(p);
	copy = mem_strdup("abc");
	is_str(copy, "abc", "strdup copies");
	mem_free(copy);
}

static void test_hooks(void)
{
	static const struct mem_hooks hooks = {count_alloc, count_resize, count_release};
	unsigned char *p;
	unsigned sum = 0;

	fail_after = 3;
	mem_hook(&hooks);
	p = mem_alloc(64);
	if (p)
		memset(p, 0xff, 64);
	mem_free(p);
	is_int(calls, 2, "alloc and free come to the hooks");
	p = mem_zalloc(8, 8);
	for (int i = 0; p && i < 64; i++)
		sum += p[i];
	ok(p && sum == 0, "hooked memory is zeroed too");
	ok(mem_resize(p, 128) == NULL, "a resize may fail");
	ok(p[63] == 0, "and leaves the old block");
	mem_free(p);
	calls = fail_after;
	ok(mem_alloc(1) == NULL && mem_zalloc(1, 1) == NULL && mem_strdup("x") == NULL, "all may fail");
	mem_hook(NULL);
	calls = 0;
	p = mem_alloc(1);
	mem_free(p);
	is_int(calls, 0, "NULL puts libc back");
}

int main(void)
{
	test_libc();
	test_hooks();
	return done_testing();
}
