/*
 * endpoint - a unix socket where each line is a request and gets one line back, apart from ingestion.
 *
 * Owns     the socket, its file, the clients, an event loop of its own and that loop's thread
 * Threads  open, close: one; the callbacks: the endpoint's; endpoint_reply: any
 * Blocks   endpoint_close: until a callback under way has returned, and at most ENDPOINT_GRACE_MS for answers under way
 * Units    bytes, milliseconds
 * Errors   open: EXIT_BIND (a living owner: "in use"), EXIT_PERMISSION; those of a client close the client;
 *          running out of descriptors is logged
 * Limits   ENDPOINT_LINE bytes a request, `clients` at a time, one answer under way for each client
 * Upholds  a client that is slow to ask or to read delays nobody; the file is never open to more than `mode`
 *
 * A client that neither asks nor takes its answer for idle_ms is closed. When all places are taken, the longest idle
 * client gives its place up, once it has been idle for ENDPOINT_EVICT_MS; until then newcomers wait in the backlog.
 */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"

#define ENDPOINT_LINE (64 * 1024)
#define ENDPOINT_CLIENTS 64
#define ENDPOINT_IDLE_MS 30000
#define ENDPOINT_EVICT_MS 1000
#define ENDPOINT_GRACE_MS 200
#define ENDPOINT_LATER SIZE_MAX

struct endpoint;

/* Who asks: SO_PEERCRED, as of the connect. */
struct endpoint_peer {
	struct endpoint *endpoint;
	uint64_t client; /* this connection: no other ever has the number */
	int fd;          /* borrowed for the call: to ask the kernel for more */
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/*
 * Answers one request: len bytes at line, borrowed, without their line end and not NUL-terminated. line NULL: the
 * request was longer than ENDPOINT_LINE; the client is closed after the answer. Gives *ret_len bytes in memory for
 * mem_free, without a line end; NULL closes the client, but with *ret_len = ENDPOINT_LATER the answer comes by
 * endpoint_reply. Must not block for long: all clients wait for it.
 */
typedef char *endpoint_answer_fn(void *arg, const struct endpoint_peer *peer, const char *line, size_t len,
				 size_t *ret_len);

struct endpoint_opts {
	const char *name;           /* of the thread; copied */
	const char *path;           /* at most 107 bytes; copied */
	mode_t mode;                /* of the file, whatever the umask */
	endpoint_answer_fn *answer;
	void *arg;
	/* Called on the endpoint's thread after each request that is answered later, and when as many milliseconds have
	 * passed as it said the last time, but for 0. NULL: never. */
	unsigned (*tick)(void *arg);
	unsigned clients;           /* 0: ENDPOINT_CLIENTS */
	unsigned idle_ms;           /* 0: ENDPOINT_IDLE_MS */
};

/* Binds, listens and starts the thread. A socket file nobody listens on is replaced. NULL with reterr. */
struct endpoint *endpoint_open(const struct endpoint_opts *opts, struct err *reterr) MUST_CHECK;
/* The answer to a request that was left open: any thread but before endpoint_close. Takes text (mem_free; NULL closes
 * the client). A client that is gone meanwhile gets none. */
void endpoint_reply(struct endpoint *e, uint64_t client, char *text, size_t len);
/* Stops answering, joins the thread, and removes the file if it is still the one made here. NULL is fine. */
void endpoint_close(struct endpoint *e);

#endif
