/*
 * explore_cycles - the states a search met and how they follow from each other: does one come again for ever?
 *
 * Owns     the graph of a search
 * Threads  one; in a run, whichever holds the baton
 * Blocks   never
 * Units    points by the search's own number; threads as bits
 * Errors   without memory no cycle is found, and cycles_whole says so
 * Limits   CYCLE_EDGES steps between points
 * Upholds  only a fair cycle counts: whoever can go on anywhere in it does so somewhere in it
 */
#ifndef DIAG_EXPLORE_CYCLES_H
#define DIAG_EXPLORE_CYCLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

#define CYCLE_EDGES (1u << 24)
#define CYCLE_NO_POINT UINT32_MAX

struct cycles;

/* NULL without memory. */
struct cycles *cycles_new(void);
void cycles_free(struct cycles *c);

/* A thread has taken a step. */
void cycles_moved(struct cycles *c, unsigned thread);
/* The run comes from `from` by that choice to the state `key`; CYCLE_NO_POINT: from nowhere that counts. */
void cycles_arrive(struct cycles *c, uint32_t from, unsigned choice, uint64_t key);
/* That state is new: it is point `point`, and these threads can go on. */
void cycles_point(struct cycles *c, uint32_t point, uint64_t key, uint16_t can);

/* A way round a fair cycle that begins at *ret_point: choices, *ret_count of them (freed by the caller); NULL: there is
 * no such cycle among the points met. */
uint8_t *cycles_find(struct cycles *c, uint32_t *ret_point, unsigned *ret_count) MUST_CHECK;
/* All was noted. */
bool cycles_whole(const struct cycles *c);

#endif
