/*
 * waits - who waits for whom, of what kind the knot is, and how that is said: of a run of the model and of live threads.
 *
 * Owns     nothing
 * Threads  any: it looks at what it is given, and at nothing else
 * Blocks   never
 * Units    thread numbers; WAITS_NOBODY: none. Moments are steps of a run, or milliseconds ago
 * Errors   none: words that do not fit are cut
 * Limits   a ring of WAITS_RING threads
 * Upholds  the same snapshot gives the same words, byte for byte
 */
#ifndef BASE_WAITS_H
#define BASE_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sync.h"

#define WAITS_NOBODY (-1)
#define WAITS_RING 32
#define WAITS_UNKNOWN INT64_MIN /* a moment */

/* What a thread waits for. */
enum waits_for {
	WAITS_NOT,       /* it runs, sleeps by the clock, or has ended */
	WAITS_LOCK,
	WAITS_COND,
	WAITS_END,       /* of another thread */
	WAITS_PERMIT,    /* of a gate or semaphore */
	WAITS_FLAG,
	WAITS_MEETING,
	WAITS_THING,     /* anything else */
};

/* All pointers are lent by whoever takes the snapshot. */
struct waits_thread {
	const char *name;
	bool ended;
	enum waits_for what;
	const char *object;              /* the name of it */
	const struct sync_src *at;       /* where it waits, or NULL */
	int64_t since;                   /* since when it waits, or has ended */
	int owner;                       /* LOCK: who has it; END: who is to end; PERMIT: who ended with it */
	const struct sync_src *owner_at; /* LOCK: where that one took it, or NULL */
	int64_t owner_since;
	bool room;                       /* the object is room in something bounded */
	/* Of the object, as far as it is known (a run of the model; of live threads it is not). */
	int waker;                       /* who gave the last wake-up */
	int64_t woke;                    /* when */
	bool unheard;                    /* it found nobody waiting */
	unsigned wakers, wakers_left;    /* threads that ever gave one, or made room; those of them that have not ended */
};

/* A lock that is held, whether or not anybody waits for it. */
struct waits_held {
	const char *name;
	int owner;
	const struct sync_src *at;
	int64_t since;
};

struct waits_snapshot {
	const struct waits_thread *thread;
	unsigned threads;
	const struct waits_held *held;
	unsigned helds;
	bool steps;                      /* moments are steps of a run */
	bool stuck;                      /* nobody can go on: what is not there now will never come */
	/* Of a run that was stopped after so many steps; 0: none was. */
	unsigned endless;
	unsigned round_from, rounds;     /* from that step on, so many steps come again and again; 0: they do not */
	const char *const *round;        /* in words, each with its thread; may be NULL */
};

enum waits_kind {
	WAITS_CALM,
	WAITS_SELF,      /* wants the lock it holds */
	WAITS_CYCLE,     /* each wants what the next one holds */
	WAITS_ORPHAN,    /* the owner has ended */
	WAITS_FULL,      /* for room, and every thread that ever made any has ended */
	WAITS_LOST,      /* for a condition whose last wake-up came while nobody waited */
	WAITS_ENDLESS,   /* nobody can bring about what is waited for */
	WAITS_LIVELOCK,  /* all run, none gets anywhere */
	WAITS_KINDS
};

/* Who in the end keeps everybody waiting. */
struct waits_knot {
	enum waits_kind kind;
	int thread;             /* the culprit, or the first of a ring */
	int ring[WAITS_RING];   /* each waits for the next, the last for the first */
	unsigned ring_count;
};

/* The knot that all else hangs on; CALM if there is none. */
void waits_find(const struct waits_snapshot *s, struct waits_knot *ret);
/* "self-wait", …; "" for CALM. Lends: static. */
const char *waits_kind_name(enum waits_kind kind);

/* One fact, indented by so many columns; borrowed for the call. */
typedef void waits_say_fn(void *arg, unsigned indent, const char *line);
/* Tells the knot: what kind, who waits where for what since when, who has it, why, and what prevents it; then all
 * others who wait. Nothing where there is no knot. */
void waits_tell(const struct waits_snapshot *s, const struct waits_knot *knot, waits_say_fn *say, void *arg);
/* Tells one thread that waits, and the owner of what it wants. */
void waits_tell_thread(const struct waits_snapshot *s, unsigned thread, waits_say_fn *say, void *arg);
/* Tells one lock that is held. */
void waits_tell_held(const struct waits_snapshot *s, unsigned held, waits_say_fn *say, void *arg);

/* "waits for lock journal", "sleeps on filled". */
void waits_words(enum waits_for what, const char *object, char *ret_text, size_t size);
/* "file.c:12", "" if there is none. */
void waits_place(const struct sync_src *at, char *ret_text, size_t size);

#endif
