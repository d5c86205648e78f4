/*
 * arena - memory for one run of the model: taken piece by piece, given back as a whole.
 *
 * Owns     its blocks, kept from run to run
 * Threads  open, close: one thread; allocations come through mem_alloc from whichever thread runs
 * Blocks   never
 * Units    bytes
 * Errors   NULL without memory
 * Limits   ARENA_MOST bytes a run
 * Upholds  between open and close all of base/mem comes from here; nothing is reused before the close
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attr.h"

#define ARENA_MOST (8u << 20)

void arena_open(void);
void arena_close(void);

#endif
