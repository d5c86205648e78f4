/*
 * net_impl - the inside of the net: the loop's state and its listeners, for this room alone.
 *
 * Owns     see net.h
 * Threads  the loop's, where nothing else is said
 * Blocks   never
 * Units    as net.h
 * Errors   none of its own
 * Limits   NET_SCRATCH bytes read at a time
 * Upholds  what other threads touch is atomic or under `lock`
 */
#ifndef NET_NET_IMPL_H
#define NET_NET_IMPL_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/sync.h"
#include "net/listener.h"
#include "net/net.h"
#include "net/turn.h"

#define NET_SCRATCH (256 * 1024)
#define NET_LINES (64 * 1024)

struct dgram_area;

struct net {
	struct event_base *base;
	int wake_fd;
	struct event wake_ev, round_ev, deadline_ev;
	struct sync_thread thread;
	bool started;

	/* Any thread. */
	_Atomic bool woken, admit;      /* an eventfd write is on its way; a queue has room */
	_Atomic bool when_read_set;     /* somebody waits until something is read */
	_Atomic bool at_rest;           /* the loop does not look round by itself for a while */
	struct counter turns;
	struct sync_mutex lock;

	/* Under the lock. */
	struct listener *listeners, **listeners_end;
	struct queue **queues;
	unsigned queue_count;
	struct net_answer *answers;
	unsigned answer_count, answer_cap;
	bool answers_lost;              /* there was no memory for some */
	bool news;                      /* a listener is new, tuned or unwanted */
	bool drain_asked, finish_asked;
	bool pause_asked, pause_in_force;
	int64_t signal_at, finish_deadline_ns;
	uint64_t looks_asked, looks_done; /* done: written by the loop */
	struct sync_cond looked;
	void (*drained)(void *arg);
	void *drained_arg;
	void (*when_read)(void *arg, int64_t began_ns);
	void *when_read_arg;

	/* The loop's. */
	char *scratch;                  /* NET_SCRATCH: what is read from streams */
	char *lines;                    /* NET_LINES: answers being worded */
	struct dgram_area *dgrams;
	struct conn **slots;            /* connections by the low bits of their id */
	unsigned slot_count, conn_count, slot_hint;
	uint64_t serial;
	struct conn *dirty;             /* to be looked at when the turn ends */
	bool draining, drained_told, finishing, quit;
	bool paused;                    /* nothing is read for a while */
	unsigned busy;                  /* while draining: sources that have not offered all */
	struct turn turn;
};

/* ---- loop.c ---- */

/* Makes the loop look at what was asked of it. Any thread. */
void net_poke(struct net *n);

/* ---- listen.c ---- */

/* Starts listening for events on listeners that are new, applies live keys, closes what is unwanted. */
void net_take_news(struct net *n);
/* The next listener of the list, NULL at its end; l = NULL: the first. The list only grows. Any thread. */
struct listener *net_next(struct net *n, struct listener *l);

/* ---- heir.c ---- */

/* Makes heir wait for the socket of a listener of the same address that goes: the one called heir_of, or one that is
 * unwanted already. False: there is none. Under the lock. */
bool heir_wait(struct net *n, struct listener *heir, const char *heir_of);
/* l does not want to inherit any more; who waits for l waits for its giver now. Under the lock. */
void heir_leave(struct listener *l);
/* Somebody waits for the socket of l. */
bool heir_waits(struct listener *l);
/* l has read its last: its socket, if somebody waits for it, is given away, and l has none. */
void heir_give(struct listener *l);

/* ---- pause.c ---- */

/* Does what net_pause asked for. */
void pause_take(struct net *n);
/* Reads again, if it did not. */
void pause_end(struct net *n);

/* ---- drain.c ---- */

/* The stop begins: see net_begin_drain. */
void drain_begin(struct net *n);
/* One source has offered all it had. */
void drain_done(struct source *s);
/* What is held back is counted as lost; connections close as soon as their answers are written. */
void drain_finish(struct net *n);

#endif
