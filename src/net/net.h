/*
 * net - the listeners and the connections, on a loop in a thread of their own.
 *
 * Owns     sockets, connections, the event loop and its thread
 * Threads  net_new … net_start, net_begin_drain, net_finish, net_free: one thread (the pipeline's); net_listen,
 *          net_tune, net_unlisten: one at a time; net_wake, net_answer, net_each, net_turns, net_when_read: any
 * Blocks   net_finish, until its deadline; nothing else. The loop itself never waits for a queue or a disk
 * Units    bytes; _ns as said at each
 * Errors   those of net_listen and net_start are returned; those of a connection are logged, once a second
 * Limits   max_connections per listener, max_message bytes of unfinished message per connection, one read's worth
 *          held back per source
 * Upholds  every message read is offered to its gate in order, or counted with a reason
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/attr.h"
#include "base/err.h"
#include "core/gate.h"
#include "core/stats.h"
#include "net/frame.h"

struct net;

struct listener_opts {
	const char *name;            /* the section's; copied */
	struct addr addr;
	int fd;                      /* an inherited socket, bound (and listening), taken in any case; -1: make one */
	struct queue *queue;         /* borrowed until net_free */
	enum gate_policy overflow;
	enum framing framing;        /* streams */
	uint32_t max_message;
	bool drop_oversize;          /* else cut at max_message */
	int64_t rcvbuf;              /* datagrams: bytes wanted */
	unsigned max_connections;    /* streams */
	int64_t idle_timeout_ns;     /* streams; 0: never */
	bool ack;                    /* streams: answer ACK n after the commit */
	const struct cidr *allow;    /* copied; none: everybody */
	unsigned allow_count;
	const char *heir_of;         /* a listener of the same address that net_unlisten will name next: its socket goes
				      * over to this one, with what waits in it; NULL: none. For the call only */
	uint32_t draft_messages;     /* most messages of one batch, at most BATCH_MESSAGES */
	size_t draft_bytes;          /* about the most bytes of one batch, at most BATCH_BYTES */
};

struct net *net_new(struct err *reterr) MUST_CHECK;

/* Makes or adopts the socket, binds and listens; reads nothing before net_start. -1 with reterr (EXIT_BIND,
 * EXIT_PERMISSION) naming address and reason. Logs the address in force (notice), and for datagrams the receive
 * buffer asked for and granted, in bytes and in messages. */
int net_listen(struct net *n, const struct listener_opts *opts, struct err *reterr) MUST_CHECK;

/* Live changes of the listener of that name: overflow, max_message (new connections), drop_oversize, rcvbuf,
 * max_connections, idle_timeout_ns, allow. The rest of opts is ignored. Any thread; applied by the loop soon after. */
int net_tune(struct net *n, const struct listener_opts *opts, struct err *reterr) MUST_CHECK;
/* Closes the listener of that name: as at a stop, what its sockets hold now is still read. Any thread. net_listen
 * may be called at any time before net_begin_drain, also after net_start, to add one; for the address of one that is
 * being closed it takes over the socket. */
void net_unlisten(struct net *n, const char *name);

/* Starts the loop's thread: from now on sockets are read. */
int net_start(struct net *n, struct err *reterr) MUST_CHECK;

/* The wake of every queue: held sources of it may go on (queue_admit is called on the loop). Cheap, coalesced.
 * arg is the struct net. */
void net_wake(void *arg);

/* What became of messages of one acknowledging connection. Messages first_no … last_no are settled: all committed
 * (stored), or all refused for `reason`. Given in ascending order for each connection. */
struct net_answer {
	uint64_t conn;
	uint64_t first_no, last_no;
	bool stored;
	enum loss_reason reason;
};

/* Copies the answers and wakes the loop, which writes ACK and NAK lines. Answers for closed connections are
 * dropped. Without memory the connections concerned are closed rather than left waiting. */
void net_answer(struct net *n, const struct net_answer *answers, unsigned count);

/* on: soon nothing is read or accepted; what comes waits in the kernel. A stop or net_unlisten ends it. Any thread. */
void net_pause(struct net *n, bool on);
bool net_paused(struct net *n);

/* A stop begins: listening sockets are closed; what the sockets held at `signal_at` (wall ns) is still read:
 * streams, the bytes the kernel reports now; datagrams, up to the first one stamped later. An unfinished line is a
 * message. When every source has offered all it had, drained(arg) is called once, on the loop's thread. */
void net_begin_drain(struct net *n, int64_t signal_at, void (*drained)(void *arg), void *arg);

/* Answers still on their way are written until deadline_ns (monotonic), then all is closed and the loop's thread ends.
 * Call after the last net_answer, also without a drain. What sources still hold back is counted as `shutdown`. */
void net_finish(struct net *n, int64_t deadline_ns);
/* After net_finish, or when net_start was never called. */
void net_free(struct net *n);

/* What there is to know of a listener; lends all, for the call. */
struct listener_view {
	const char *name, *address; /* address: with the port in force */
	bool stream;
	const char *overflow;       /* "block", "drop-newest", "drop-oldest" */
	const struct stats *stats;
	struct queue *queue;
};

/* Calls fn for each listener in the order of net_listen. */
void net_each(struct net *n, void (*fn)(void *arg, const struct listener_view *v), void *arg);

/* Turns of the loop since the start. Asking makes it turn: one whose number stands still between two looks hangs. */
uint64_t net_turns(struct net *n);
/* Before books are shown: a loop at rest counts what the kernel dropped. Takes 100 ms at most. Not on the loop. */
void net_look(struct net *n);
/* Calls fn once, on the loop's thread, at the end of the next turn that reads something and has offered it; began_ns: when
 * that turn began. fn must not block. Takes the place of what was asked for before. */
void net_when_read(struct net *n, void (*fn)(void *arg, int64_t began_ns), void *arg);

#endif
