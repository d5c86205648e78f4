/*
 * sock - making, adopting and closing the sockets that listeners hold.
 *
 * Owns     the descriptor, and the file of a unix socket it has bound itself
 * Threads  one at a time
 * Blocks   never
 * Units    bytes
 * Errors   -1 with reterr (EXIT_BIND, EXIT_PERMISSION) naming the address
 * Limits   those of the kernel
 * Upholds  every descriptor is non-blocking and closes on exec; a socket file somebody listens on is never replaced
 *
 * A unix socket's file is open to every local user (0666): who may not write is told by the directory's mode.
 */
#ifndef NET_SOCK_H
#define NET_SOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/attr.h"
#include "base/err.h"

struct sock {
	int fd;
	struct addr addr;    /* with the port in force */
	bool inherited;
	bool own_file;       /* a unix socket whose file is removed at the close */
	dev_t dev;
	ino_t ino;
};

/* Makes a socket for the address, binds it and, for streams, listens; or adopts inherited_fd (>= 0), which must be
 * such a socket. On failure an inherited descriptor stays with the caller. */
int sock_open(const struct addr *addr, int inherited_fd, struct sock *ret, struct err *reterr) MUST_CHECK;
/* Closes it, and removes the file it made if it is still the one it made. */
void sock_close(struct sock *s);

/* What came of asking for a receive buffer. */
struct rcvbuf {
	int64_t wanted;   /* as given to the kernel */
	int64_t granted;  /* of it */
	int64_t in_force; /* what the kernel uses: twice that, for its own books */
};

/* Asks for a receive buffer, past net.core.rmem_max where permitted. A larger one of an inherited socket stays. */
void sock_set_rcvbuf(const struct sock *s, int64_t wanted, struct rcvbuf *ret);

/* Datagrams the kernel has dropped on this socket, modulo 2^32; 0 where it does not say (unix sockets). */
uint32_t sock_drops(int fd);
/* Bytes of the receive buffer that are taken now. */
uint32_t sock_used(int fd);

#endif
