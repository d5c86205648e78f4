/*
 * rig - a net, a real queue, and a consumer that keeps what came: what the tests of this room stand on.
 *
 * Owns     all of them, and a directory for unix sockets
 * Threads  one, beside the net's own
 * Blocks   rig_await and rig_collect, RIG_PATIENCE_NS at most
 * Units    as net.h
 * Errors   what cannot be set up aborts
 * Limits   RIG_ROWS rows kept
 * Upholds  rows stand in the order of their tickets
 */
#ifndef TESTS_NET_RIG_H
#define TESTS_NET_RIG_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/sync.h"
#include "core/take.h"
#include "net/net.h"

#include "../support/tap.h"

#define RIG_PATIENCE_NS (20 * NS_PER_S)
#define RIG_ROWS 200000

struct row {
	char *body; /* and a NUL */
	uint32_t len, size;
	int64_t at;
	char peer[ADDR_TEXT];
	uint64_t conn, no;
};

struct rig {
	struct queue *q;
	struct net *net;
	struct take take;
	struct row *rows;
	unsigned count;
	bool answer;           /* tells the net of what is settled */
	const char *refuse;    /* a body that the store will not have */
	_Atomic int drained;
	bool finished;
	char dir[64];
	char url[ADDR_URL_TEXT];
	const struct stats *stats; /* of the listener asked for last */
};

void rig_up(struct rig *r, uint64_t capacity, uint64_t budget);
/* The defaults of the contract for that address. */
struct listener_opts rig_opts(struct rig *r, const char *url);
/* Listens, and sets r->url to the address in force and r->stats. */
void rig_listen(struct rig *r, const struct listener_opts *o);
/* rig_opts, rig_listen and net_start. */
void rig_serve(struct rig *r, const char *url);
void rig_start(struct rig *r);
/* Ends all of it; false if something is left in the directory. */
bool rig_end(struct rig *r);

/* A socket connected to r->url. */
int rig_connect(struct rig *r);
void rig_send(int fd, const char *bytes, size_t len);
#define rig_say(fd, text) rig_send((fd), (text), sizeof(text) - 1)

/* Takes what is queued, once; how many rows came. */
unsigned rig_take(struct rig *r);
/* Takes until there are n rows in all. */
bool rig_collect(struct rig *r, unsigned n);
/* Until cond holds, taking nothing. */
#define rig_await(cond)                                                                             \
	({                                                                                          \
		int64_t rig_until = sync_now_ns() + RIG_PATIENCE_NS;                                \
		bool rig_holds;                                                                     \
		while (!(rig_holds = (cond)) && sync_now_ns() < rig_until)                          \
			sync_sleep_until(sync_now_ns() + NS_PER_MS);                                \
		rig_holds;                                                                          \
	})
struct queue_status rig_status(struct rig *r);
uint64_t rig_lost(struct rig *r, enum loss_reason why);
uint64_t rig_received(struct rig *r);
/* Begins a stop now, and takes until all sources are done. */
bool rig_drain(struct rig *r);
/* How often the net said that it is drained. */
int rig_drained(struct rig *r);
void rig_begin_drain(struct rig *r, int64_t signal_at);
void rig_finish(struct rig *r);
/* Reads lines until there are at least `want` bytes, or the end. ret_text: NUL-terminated. */
size_t rig_read(int fd, char *ret_text, size_t size, size_t want);

/* Checks are made here, where the test counts them. */
#define rig_down(r) ok(rig_end(r), "nothing is left in the directory")

/* The books balance, and what was received is as expected. */
#define rig_books(r, received_count, stored_count, ...)                                             \
	do {                                                                                        \
		struct queue_status rig_st = rig_status(r);                                         \
		is_int(rig_st.sums.received, (received_count), __VA_ARGS__);                        \
		is_int(rig_st.sums.stored, (stored_count), __VA_ARGS__);                            \
		ok(rig_st.balanced, __VA_ARGS__);                                                   \
	} while (0)

#endif
