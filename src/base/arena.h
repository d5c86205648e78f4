/*
 * arena - memory for one run of the model: taken piece by piece, given back as a whole.
 *
 * Owns     its block, kept from run to run
 * Threads  open, close: one thread; allocations come through mem_alloc from whichever thread runs
 * Blocks   never
 * Units    bytes
 * Errors   NULL without memory
 * Limits   ARENA_MOST bytes a run, each thread's part of it a thread
 * Upholds  between open and close all of base/mem comes from here; nothing is reused before the close, and what is
 *          freed is overwritten; where a thread's pieces lie does not depend on what others allocate
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdint.h>

#include "base/attr.h"

#define ARENA_MOST (8u << 20)

void arena_open(void);
void arena_close(void);
/* Pieces not yet given back. */
unsigned arena_live(void);
/* All that lies in it, as a number that goes on from `from`. */
uint64_t arena_hash(uint64_t from);

#endif
