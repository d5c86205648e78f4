/*
 * rcvbuf - the kernel's receive buffer of a datagram socket: how large it is, and what did not fit into it.
 *
 * Owns     nothing: its counters are the listener's
 * Threads  the loop's; rcvbuf_ask also before net_start
 * Blocks   never
 * Units    bytes, datagrams
 * Errors   logged: a smaller buffer with the sysctl line that mends it, drops at most once a minute
 * Limits   none
 * Upholds  each drop is counted once, whichever way the kernel tells of it first
 */
#ifndef NET_RCVBUF_H
#define NET_RCVBUF_H

#include <stdint.h>

#include "base/attr.h"

struct listener;

/* Asks for the receive buffer of the options and says what came of it. */
void rcvbuf_ask(struct listener *l);
/* The kernel's counter, modulo 2^32, as a datagram brought it along; an older reading does no harm. */
void rcvbuf_drops(struct listener *l, uint32_t now);
/* Asks the kernel for its counter: a datagram that would bring it may never come. */
void rcvbuf_poll(struct listener *l);

#endif
