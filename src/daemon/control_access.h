/*
 * control_access - who may ask over the control socket, and who may change something.
 *
 * Owns     nothing
 * Threads  any
 * Blocks   never
 * Units    none
 * Errors   false
 * Limits   ACCESS_GROUPS groups of a peer
 * Upholds  the file's mode is one lock, the peer's credentials, as the kernel has them, are another
 *
 * For control*.c alone.
 */
#ifndef DAEMON_CONTROL_ACCESS_H
#define DAEMON_CONTROL_ACCESS_H

#include <stdbool.h>

#include "net/endpoint.h"

#define ACCESS_GROUPS 1024

/* root, the daemon's user, and members of the daemon's group. */
bool access_may_look(const struct endpoint_peer *peer);
/* root and the daemon's user. */
bool access_may_change(const struct endpoint_peer *peer);

#endif
