/*
 * clock - the time on the wall, which is data only; waiting goes by sync_now_ns().
 *
 * Owns     nothing
 * Threads  any
 * Blocks   never
 * Units    nanoseconds since 1970 UTC
 * Errors   none
 * Limits   years 1970 to 2262
 * Upholds  no decision depends on wall time: it may jump
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* Now, in nanoseconds since 1970 UTC. */
int64_t clock_wall_ns(void);

/* Writes "HH:MM:SS.mmm" of local time into text (at least 16 bytes). */
void clock_format_local(int64_t wall_ns, char *ret_text, size_t size);

/* Writes "YYYY-MM-DD HH:MM:SS.mmm" of UTC into text (at least 28 bytes). */
void clock_format_utc(int64_t wall_ns, char *ret_text, size_t size);

#endif
