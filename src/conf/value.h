/*
 * value - one value of the configuration: from text into its struct, and back.
 *
 * Owns     what it puts into the struct, until value_clear
 * Threads  any, each struct in one thread at a time
 * Blocks   never
 * Units    as the key table says
 * Errors   -1 with reterr worded without file and line: what is wrong, what is accepted, what may have been meant
 * Limits   those of the key table
 * Upholds  a refused value changes nothing; what value_format gives, value_set takes and stores the same
 *
 * `base` is the struct conf_listener or conf_store of a section with a name, else the struct config.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "conf/keys.h"

#define VALUE_RANGE 128

/* Where a value stands. Lends. */
static inline void *value_field(const void *base, size_t offset)
{
	return (void *)((uintptr_t)base + offset);
}

static inline char **value_text(const struct key *k, const void *base)
{
	return value_field(base, k->offset);
}

static inline int64_t *value_number(const struct key *k, const void *base)
{
	return value_field(base, k->offset);
}

/* Parses text and stores it. A list is replaced, or, with `more`, continued. EXIT_INTERNAL: no memory. */
int value_set(const struct key_section *s, const struct key *k, void *base, const char *text, bool more,
	      struct err *reterr) MUST_CHECK;
/* Gives the default as text, or NULL: no memory, or (k->def NULL) there is none. */
char *value_default(const struct key *k, bool stream) MUST_CHECK;
/* Gives the value as text; NULL: no memory. A value that is not set is "". */
char *value_format(const struct key *k, const void *base) MUST_CHECK;
/* True if both hold the same. */
bool value_same(const struct key *k, const void *a, const void *b);
/* Frees what the value owns and empties it; plain numbers stay. */
void value_clear(const struct key *k, void *base);
/* What is accepted, for people: "64 … 16M bytes". dash stands between the bounds. At least VALUE_RANGE bytes. */
void value_range(const struct key *k, const char *dash, char *ret_text, size_t size);

#endif
