/*
 * given - options of a verb, from text to numbers.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   never
 * Units    times in ns since 1970 UTC, durations in ns, sizes in bytes
 * Errors   false; what is wrong has been told on stderr, and the exit code is EXIT_USAGE
 * Limits   as each call says
 * Upholds  text NULL leaves *ret alone and is fine
 */
#ifndef CTL_GIVEN_H
#define CTL_GIVEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/* option: its name, without dashes; of an operand, its name in capitals. */
bool given_number(const char *option, const char *text, int64_t least, int64_t most, int64_t *ret) MUST_CHECK;
bool given_size(const char *option, const char *text, int64_t least, int64_t most, int64_t *ret_bytes) MUST_CHECK;
bool given_duration(const char *option, const char *text, int64_t least_ns, int64_t most_ns, int64_t *ret_ns) MUST_CHECK;
/* Which of the words, "a b c", by its place. */
bool given_word(const char *option, const char *text, const char *words, int *ret) MUST_CHECK;
/* "2026-01-31 23:59:58.123", parts of it from the left, "23:59", "10m" or "10m ago", "now", "today", "yesterday",
 * "@SECONDS"; all in UTC. */
bool given_time(const char *option, const char *text, int64_t *ret_at_ns) MUST_CHECK;
/* The same, as of a moment that is given. False, without a word, if it is none. */
bool given_time_at(const char *text, int64_t now_ns, int64_t *ret_at_ns) MUST_CHECK;

#endif
