/*
 * http - a small web server for GET and HEAD, apart from ingestion.
 *
 * Owns     the listening socket (of a unix socket: its file), the connections, an event loop of its own and its thread
 * Threads  open, call, close: one; the callbacks: the server's
 * Blocks   http_call until fn has returned; http_close until a callback under way has returned, and at most
 *          HTTP_GRACE_MS for answers under way
 * Units    bytes, milliseconds
 * Errors   open: EXIT_BIND, EXIT_PERMISSION naming the address; what a client does wrong is answered 4xx
 * Limits   HTTP_HEADERS and HTTP_BODY bytes a request, HTTP_DEADLINE_MS for each from the first byte waited for to the
 *          last one taken, `connections` at a time
 * Upholds  a client that is slow to ask or to read delays nobody; only requests for a host of ours are answered, so a
 *          page of another site cannot read through a browser what it makes its own name lead to; nothing permits
 *          another origin to read
 *
 * When all places are taken, the connection that has asked nothing for longest gives its place up, once that is
 * HTTP_EVICT_MS ago; until then newcomers wait in the backlog.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/attr.h"
#include "base/err.h"

#define HTTP_HEADERS (8 * 1024)
#define HTTP_BODY 1024
#define HTTP_CONNECTIONS 32
#define HTTP_DEADLINE_MS 30000
#define HTTP_EVICT_MS 1000
#define HTTP_GRACE_MS 200
#define HTTP_POLICY 256
#define HTTP_URL (ADDR_URL_TEXT + 8)

struct http;

/* Lends all, for the call. */
struct http_request {
	const char *path; /* as sent, without what follows a "?" */
	bool head;        /* the body will not be sent; its length is told */
};

struct http_reply {
	int status;
	const char *type;         /* Content-Type; static */
	char *body;               /* gives: for mem_free; NULL: none */
	size_t len;
	char policy[HTTP_POLICY]; /* Content-Security-Policy; "": nothing may be loaded */
};

struct http_opts {
	const char *name;         /* of the thread; copied */
	const struct addr *addr;  /* ADDR_TCP or ADDR_UNIX */
	const char *hosts;        /* names by comma, beside localhost and addresses in figures; "": none; copied */
	/* Fills in the reply, which is all 0. Must not block for long: all clients wait for it. */
	void (*answer)(void *arg, const struct http_request *r, struct http_reply *reply);
	void *arg;
	unsigned connections;     /* 0: HTTP_CONNECTIONS */
	unsigned deadline_ms;     /* 0: HTTP_DEADLINE_MS */
};

/* Binds, listens and starts the thread. NULL with reterr. */
struct http *http_open(const struct http_opts *opts, struct err *reterr) MUST_CHECK;
/* Calls fn(arg) between two answers, on the server's thread, and waits for it. */
void http_call(struct http *h, void (*fn)(void *arg), void *arg);
/* Other names, as in http_opts. False: no memory, the old ones stay. */
bool http_set_hosts(struct http *h, const char *hosts) MUST_CHECK;
/* "http://127.0.0.1:9514/" with the port in force, or "unix:///PATH". ret_text: at least HTTP_URL bytes. */
void http_url(const struct http *h, char *ret_text, size_t size);
/* Ends the server; takes h. NULL is fine. */
void http_close(struct http *h);

#endif
