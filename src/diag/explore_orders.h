/*
 * explore_orders - in which order the threads of many runs take locks.
 *
 * Owns     the orders seen
 * Threads  step: whichever of a run's threads holds the baton
 * Blocks   never
 * Units    none
 * Errors   without memory there are none
 * Limits   those of base/lock_graph.h; eight locks held by a thread at a time
 * Upholds  an order of one thread alone, under a common third lock, or of a lock that is only tried, is no finding
 */
#ifndef DIAG_EXPLORE_ORDERS_H
#define DIAG_EXPLORE_ORDERS_H

#include <stddef.h>

#include "base/sync_model.h"

struct lock_orders;
/* NULL: no memory. */
struct lock_orders *lock_orders_new(void);
/* o may be NULL. */
void lock_orders_free(struct lock_orders *o);
/* A run begins: nobody holds anything. */
void lock_orders_begin(struct lock_orders *o);
/* A step of it. */
void lock_orders_step(struct lock_orders *o, const struct model_event *e);
/* The orders of different threads that could lock each other out, as words; "" if there are none. */
void lock_orders_words(const struct lock_orders *o, char *ret_text, size_t size);

#endif
