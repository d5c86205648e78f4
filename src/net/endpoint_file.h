/*
 * endpoint_file - the socket of an endpoint and the file it is found by.
 *
 * Owns     the descriptor, and the file it has made
 * Threads  one at a time
 * Blocks   never
 * Units    none
 * Errors   -1 with reterr (EXIT_BIND, EXIT_PERMISSION) naming the path
 * Limits   107 bytes of path
 * Upholds  a file somebody listens on, or that is no socket, is never removed; nobody outside `mode` can connect, not
 *          even for a moment
 *
 * For endpoint.c alone.
 */
#ifndef NET_ENDPOINT_FILE_H
#define NET_ENDPOINT_FILE_H

#include <sys/types.h>
#include <sys/un.h>

#include "base/attr.h"
#include "base/err.h"

struct endpoint_file {
	int fd;
	struct sockaddr_un addr;
	dev_t dev;
	ino_t ino;
};

/* Makes the socket: bound, listening, non-blocking, closed on exec. */
int endpoint_file_open(struct endpoint_file *f, const char *path, mode_t mode, struct err *reterr) MUST_CHECK;
/* Removes the file unless another has taken its place, and closes. */
void endpoint_file_close(struct endpoint_file *f);

#endif
