/*
 * sync_model_whole - the state of a run as it lies in memory: two runs that came to the same need no telling apart.
 *
 * Owns     nothing
 * Threads  the holder of the baton
 * Blocks   never
 * Units    none
 * Errors   none
 * Limits   what lies in the arena and on the threads' stacks
 * Upholds  equal states give equal numbers; what no longer counts is wiped first
 */
#ifndef BASE_SYNC_MODEL_WHOLE_H
#define BASE_SYNC_MODEL_WHOLE_H

#include "base/sync_model_impl.h"

/* For limits.whole: the state as it lies in memory, as a number. */
uint64_t model_whole(const struct model_point *p);
/* The thread stands at a point: its caller's frame is the last that counts. */
void model_whole_stand(struct model_thread *t);
/* Wipes what lies below the caller's frame. */
void model_whole_wipe(void);

#endif
