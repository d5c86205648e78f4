/*
 * stream - one connection: from bytes to batches.
 *
 * Owns     its socket, the unfinished message, and bytes it could not frame because it was held back
 * Threads  the loop's
 * Blocks   never
 * Units    bytes; active_ns monotonic
 * Errors   logged, and the connection ends
 * Limits   max_message bytes of unfinished message; NET_SCRATCH unframed bytes, while held back
 * Upholds  every byte read is in a message offered, or counted with a reason; a connection is freed only when the
 *          turn of the loop ends
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "net/answer.h"
#include "net/frame.h"
#include "net/source.h"

struct conn {
	struct source src;
	struct conn *prev, *next;   /* of its listener; the longest silent first */
	struct conn *dirty_next;
	bool dirty;
	bool gone;                  /* cannot be written to any more */
	bool doomed;                /* its answers are incomplete: to be closed */
	uint64_t id;                /* its slot in the low bits; never used again */
	int fd;
	int64_t active_ns;
	int64_t left;               /* a stop: bytes still to be read; -1: no stop yet */
	struct frame frame;
	struct answers *answers;    /* NULL: it wants none */
	char *carry;
	uint32_t carry_cap;
	char *rest;                 /* read, but not yet framed: held back */
	size_t rest_at, rest_len;
	char peer[ADDR_TEXT];
};

/* How the input of a connection ends. */
enum conn_end { CONN_EOF, CONN_IDLE, CONN_STOP, CONN_RESET, CONN_BROKEN };

/* Takes fd (also on failure). -1: no memory. */
int conn_open(struct listener *l, int fd, const char *peer) MUST_CHECK;
/* By its id; NULL if it is closed. */
struct conn *conn_find(struct net *n, uint64_t id);
/* Will be looked at when the turn ends: answers to write, perhaps to be closed. */
void conn_touch(struct conn *c);
/* Looks at all that were touched. */
void conns_tend(struct net *n);
/* Closes connections that said nothing for idle_timeout. Returns when the next one may have been silent for so long,
 * SYNC_FOREVER if none can. */
int64_t conns_sweep(struct listener *l, int64_t now_ns);
/* No more is read, for that reason. */
void conn_end(struct conn *c, enum conn_end how);
/* A stop begins: what the kernel holds now is still read, no more. */
void conn_stop(struct conn *c);
/* The same for all connections of a listener. */
void conns_stop(struct listener *l);
/* Counts what is held back as `shutdown`. The net is finishing. */
void conn_abandon(struct conn *c);
/* At once. */
void conn_close(struct conn *c);

#endif
