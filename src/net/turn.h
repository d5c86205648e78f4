/*
 * turn - the loop's own time: how long it stays with one thing, when it looks round, when it waits on purpose.
 *
 * Owns     nothing: struct turn is part of the net
 * Threads  the loop's
 * Blocks   turn_nap, LULL_STREAM_NS
 * Units    nanoseconds monotonic, bytes
 * Errors   none
 * Limits   datagram sockets are looked at once a millisecond, however long a turn lasts
 * Upholds  a loop for which nothing comes does not wake, but for connections that have been silent for too long
 */
#ifndef NET_TURN_H
#define NET_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "net/lull.h"

struct net;

struct turn {
	int64_t began_ns, mark_ns;  /* when this turn began, when it last went from one thing to the next; 0: it waits */
	int64_t datagrams_ns;       /* when datagram sockets were last looked at between streams */
	int64_t ended_ns;           /* when the last turn did */
	int64_t stall_ns;           /* the longest time between two marks */
	int64_t round_ns;           /* when it looks round next; SYNC_FOREVER: not */
	uint64_t read_bytes;        /* in all */
	uint64_t round_bytes, ended_bytes; /* at the last look round; when the last turn ended */
	struct lull lull;           /* of streams */
	bool more;                  /* a stream was left with something to read in this turn */
};

/* Every callback begins with it: whoever came before has taken its time until now. Returns now. */
int64_t turn_mark(struct net *n);
/* The same before each piece of work for streams: in a long turn, datagram sockets, whose senders do not wait, are
 * read first. */
void turn_stream(struct net *n);
/* The last thing of a turn. */
void turn_end(struct net *n);
/* After a turn: at high rates, lets messages gather for a moment. */
void turn_nap(struct net *n);
/* So many bytes were read, or datagrams dropped: something comes. */
void turn_read(struct net *n, uint64_t bytes);
/* Looks round at due_ns, if not earlier. */
void turn_round_by(struct net *n, int64_t due_ns);
/* Looks round now. */
void turn_round(struct net *n);
/* Looks round, if look number `no` has not been yet, and says so. */
void turn_look(struct net *n, uint64_t no);

#endif
