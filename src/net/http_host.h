/*
 * http_host - is a request meant for us? What its Host header may say.
 *
 * Owns     nothing
 * Threads  any
 * Blocks   never: no names are looked up
 * Units    none
 * Errors   false
 * Limits   none
 * Upholds  a name that anybody else could let lead here is not ours, unless the configuration says so
 *
 * A page from elsewhere can have its own name resolved to our address (DNS rebinding) and is then of our origin for a
 * browser; but the browser still sends that name.
 */
#ifndef NET_HTTP_HOST_H
#define NET_HTTP_HOST_H

#include <stdbool.h>

/* host: "localhost:9514", "127.0.0.1", "[::1]:9514"; names: by comma, any case, may be "". */
bool http_host_ours(const char *host, const char *names);

#endif
