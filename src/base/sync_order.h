/*
 * sync_order - in which order threads take locks, and whether two orders could ever lock each other out.
 *
 * Owns     the graph of orders seen, for the life of the process
 * Threads  any
 * Blocks   never for long: a lock of its own, and only for an order not seen before
 * Units    none
 * Errors   what is found is told once, as a warning of the log, by a thread that holds no lock
 * Limits   SYNC_ORDER_KINDS kinds of locks, SYNC_ORDER_DEPTH held by a thread at a time: what is beyond is not followed
 * Upholds  a cycle of orders is told, even if its threads never meet; no memory is allocated
 *
 * Locks of one name are of one kind. Builds with --enable-lockdep come here from sync.c, others not at all.
 */
#ifndef BASE_SYNC_ORDER_H
#define BASE_SYNC_ORDER_H

#include "base/sync.h"

#define SYNC_ORDER_KINDS 64
#define SYNC_ORDER_DEPTH 8

/* A new lock: gives it its kind. */
void sync_order_init(struct sync_mutex *m);
/* The calling thread is about to take m. */
void sync_order_take(const struct sync_mutex *m, const struct sync_src *src);
/* The calling thread is about to give m back, or has. */
void sync_order_drop(const struct sync_mutex *m);
/* Tells what was found and not told yet, if the calling thread holds no lock. */
void sync_order_tell(void);
/* Findings go to fn(arg, line) in the place of the log; NULL: the log. One thread, while others take no lock. */
typedef void sync_order_fn(void *arg, const char *line);
void sync_order_listen(sync_order_fn *fn, void *arg);

struct sync_order_counts {
	unsigned kinds;     /* of locks */
	unsigned orders;    /* "this one held, that one taken" */
	unsigned conflicts; /* orders that close a cycle */
};

/* False: the graph was not to be had within 200 ms. */
bool sync_order_count(struct sync_order_counts *ret) MUST_CHECK;

#endif
