/* Here memory comes from libc, or from whoever has hooked in before the first thread. */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static const struct mem_hooks *hooked;

void mem_hook(const struct mem_hooks *hooks)
{
	assert(!hooks || (hooks->alloc && hooks->resize && hooks->release));
	hooked = hooks;
}

void *mem_alloc(size_t size)
{
	/* One byte at least, so that NULL always means "no memory". */
	if (size == 0)
		size = 1;
	return UNLIKELY(hooked) ? hooked->alloc(size) : malloc(size);
}

void *mem_zalloc(size_t count, size_t size)
{
	size_t total;
	void *ptr;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	if (total == 0)
		total = 1;
	if (LIKELY(!hooked))
		return calloc(1, total);
	ptr = hooked->alloc(total);
	if (ptr)
		memset(ptr, 0, total);
	return ptr;
}

void *mem_resize(void *ptr, size_t size)
{
	if (size == 0)
		size = 1;
	return UNLIKELY(hooked) ? hooked->resize(ptr, size) : realloc(ptr, size);
}

void mem_free(void *ptr)
{
	if (!ptr)
		return;
	if (UNLIKELY(hooked))
		hooked->release(ptr);
	else
		free(ptr);
}

void mem_trim(void)
{
#ifdef __GLIBC__
	if (!hooked)
		malloc_trim(0);
#endif
}

char *mem_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = mem_alloc(size);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}
