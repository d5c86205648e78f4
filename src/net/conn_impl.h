/*
 * conn_impl - what conn.c and stream.c know of each other's connections.
 *
 * Owns     nothing
 * Threads  the loop's
 * Blocks   never
 * Units    none
 * Errors   none
 * Limits   none
 * Upholds  see stream.h
 */
#ifndef NET_CONN_IMPL_H
#define NET_CONN_IMPL_H

#include "net/stream.h"

/* Reads a few times, as far as the queue takes it. */
void conn_read(struct conn *c);
/* Nothing of it is held back any more. */
void conn_resume(struct source *s);
/* It has been heard of now. */
void conn_active(struct conn *c, int64_t now_ns);

#endif
