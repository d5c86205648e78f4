/*
 * accept - takes connections in, or sends them away.
 *
 * Owns     nothing: a connection taken belongs to its listener
 * Threads  the loop's
 * Blocks   never
 * Units    none
 * Errors   logged, once a second a listener
 * Limits   max_connections; without descriptors the listener rests
 * Upholds  who is refused is counted
 */
#ifndef NET_ACCEPT_H
#define NET_ACCEPT_H

#include "base/attr.h"

struct listener;

/* Prepares the listener's events. -1: no memory. */
int accept_open(struct listener *l) MUST_CHECK;
/* Takes in all connections the kernel has completed. */
void accept_all(struct listener *l);

#endif
