/*
 * dgram - datagrams: many at a time, each a message.
 *
 * Owns     the memory they are read into, one for the whole loop
 * Threads  the loop's
 * Blocks   never
 * Units    bytes
 * Errors   logged; what cannot be offered is counted
 * Limits   DGRAM_BURST datagrams at a time, of DGRAM_BYTES each; unix sockets DGRAM_UNIX_BURST of DGRAM_UNIX_BYTES
 * Upholds  every datagram read is a message offered, or counted, or empty; what the kernel dropped is counted once
 */
#ifndef NET_DGRAM_H
#define NET_DGRAM_H

#include <stdint.h>

#include "base/attr.h"

#define DGRAM_BURST 64
#define DGRAM_BYTES (64 * 1024)
/* UDP knows nothing longer; a unix datagram is as long as its sender's buffer allows: as much room as max_message. */
#define DGRAM_UNIX_BURST 16
#define DGRAM_UNIX_BYTES (256 * 1024)
#define DGRAM_AREA (16 * 1024 * 1024)

struct dgram_area;
struct listener;
struct source;

/* NULL: no memory. */
struct dgram_area *dgram_area_new(void) MUST_CHECK;
void dgram_area_free(struct dgram_area *a);

/* Prepares the listener's source. -1: no memory. */
int dgram_open(struct listener *l) MUST_CHECK;
/* A stop begins: reads on until a datagram stamped after stop_at (wall ns), or none is left; then closes. */
void dgram_stop(struct listener *l, int64_t stop_at);

/* In the middle of a turn: reads what has come, if it waits for anything. */
void dgram_between(struct listener *l);

#endif
