/*
 * parse - text to numbers and back, whole or not at all.
 *
 * Owns     nothing
 * Threads  any
 * Blocks   never
 * Units    sizes in bytes (K M G: 1024), durations in nanoseconds (ms s m h d)
 * Errors   false; the caller words the error, it knows the file and the line
 * Limits   values up to INT64_MAX
 * Upholds  ret is written only on success; no leading or trailing rubbish is accepted
 */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* Digits only. */
bool parse_number(const char *text, int64_t *ret) MUST_CHECK;
/* Digits, then nothing, K, M or G (either case). */
bool parse_size(const char *text, int64_t *ret_bytes) MUST_CHECK;
/* Digits, then ms, s, m, h or d; a bare 0 too. */
bool parse_duration(const char *text, int64_t *ret_ns) MUST_CHECK;
/* yes no true false on off, any case. */
bool parse_bool(const char *text, bool *ret) MUST_CHECK;

/* The shortest text that parses back to the same value: "64K", "50ms" (for people only, where no unit divides it:
 * "1500ns"). At least 24 bytes. */
void format_size(int64_t bytes, char *ret_text, size_t size);
void format_duration(int64_t ns, char *ret_text, size_t size);
/* For people: "262,144". At least 32 bytes. */
void format_count(uint64_t count, char *ret_text, size_t size);

/* True if the bytes are valid UTF-8 (no overlong forms, no surrogates) and hold no NUL. */
bool utf8_valid(const char *bytes, size_t len);
/* How many bytes the valid character at the start has; 0 if there is none (NUL counts as none). */
size_t utf8_char(const char *bytes, size_t len);
/* At most len, less where bytes[0..len) would end inside a character. What is not UTF-8 is cut anywhere. */
size_t utf8_cut(const char *bytes, size_t len);

#endif
