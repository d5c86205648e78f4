/*
 * listener - one listening socket: its options, its counters, and the connections or datagrams it brings.
 *
 * Owns     the socket, the copied options, the draft its sources share
 * Threads  the loop's, where nothing else is said
 * Blocks   never
 * Units    as net.h
 * Errors   none of its own
 * Limits   max_connections
 * Upholds  it stays in the net's list, closed or not, until net_free
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/batch.h"
#include "net/lull.h"
#include "net/net.h"
#include "net/sock.h"
#include "net/source.h"

struct conn;

struct listener {
	struct listener *next;
	struct net *net;
	struct listener_opts opts;      /* name and allow are copies */
	struct listener_opts *tuned;    /* under the net's lock: live keys to apply */
	char address[ADDR_URL_TEXT];
	struct sock sock;
	struct stats stats;
	struct account *account;
	struct batch_draft *draft;
	struct event ev;
	struct event later_ev;          /* accept again, read again: later */
	bool has_ev, has_later, armed, closed;
	bool unwanted;                  /* under the net's lock: to be closed */
	struct listener *heir, *heir_of; /* under the net's lock: whose the socket will be; whose it still is (fd -1) */
	bool released;                  /* under the net's lock: there is no socket to wait for any more */

	/* Streams. */
	struct source refusals;         /* never read from: counts what was denied */
	struct conn *conns, *conns_end; /* the longest silent first */
	unsigned conn_count;

	/* Datagrams. */
	struct source source;
	struct lull lull;
	int64_t stop_at;                /* wall ns: what is stamped later is left; 0: no stop yet */
	uint32_t drops_seen;
	int64_t drops_told_ns;
	uint64_t drops_untold;
};

/* Closes the socket; connections live on. */
void listener_close(struct listener *l);
/* After listener_close, when its connections are gone. */
void listener_free(struct listener *l);

#endif
