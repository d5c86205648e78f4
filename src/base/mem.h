/*
 * mem - memory, with a seam where tests make it fail and the model takes it back whole.
 *
 * Owns     nothing: what is allocated belongs to the caller
 * Threads  any; mem_hook before the first other thread
 * Blocks   never
 * Units    bytes
 * Errors   NULL when there is no memory; the caller says what that means
 * Limits   none of its own
 * Upholds  mem_free(NULL) does nothing
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/attr.h"

/* Three functions that stand in for malloc, realloc and free. */
struct mem_hooks {
	void *(*alloc)(size_t size);
	void *(*resize)(void *ptr, size_t size);
	void (*release)(void *ptr);
};

/* Gives `size` bytes, uninitialised, or NULL. */
void *mem_alloc(size_t size) MUST_CHECK;
/* Gives count * size bytes of zero, or NULL (also where the product overflows). */
void *mem_zalloc(size_t count, size_t size) MUST_CHECK;
/* As realloc: on NULL the old block still belongs to the caller. */
void *mem_resize(void *ptr, size_t size) MUST_CHECK;
/* Takes ptr. */
void mem_free(void *ptr);
/* Gives what is free back to the system, as far as libc can. Takes milliseconds where that is much. */
void mem_trim(void);
/* Gives a copy of a string, or NULL. */
char *mem_strdup(const char *text) MUST_CHECK;

/* Puts other functions in the place of libc's; NULL puts libc's back. Lends: must outlive all use. */
void mem_hook(const struct mem_hooks *hooks);

#endif
