/*
 * watchdog - tells systemd that we are well, as long as that is true, and why not when it is not.
 *
 * Owns     a thread, and what thread main has shown it last
 * Threads  open, look, close: the main thread; the judging functions: any, they are pure
 * Blocks   watchdog_close until its thread has ended
 * Units    _ns monotonic or spans of it
 * Errors   watchdog_open returns them
 * Limits   none
 * Upholds  a ping is sent only after everything watched has moved, or had nothing to do; the report is logged before
 *          systemd is asked for the end
 *
 * Thread main looks at everything (which takes locks, so it may hang there), the thread "watchdog" judges what main
 * shows, and main itself by whether it goes on showing; it takes no lock of anybody's. Neither can ping without
 * the other.
 */
#ifndef DAEMON_WATCHDOG_H
#define DAEMON_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/sync.h"

/* ---- judging: pure ---- */

enum watched { WATCHED_MAIN, WATCHED_LOOP, WATCHED_WORKER, WATCHED_STORE, WATCHED_STOP };

/* One thing watched, as it was found. */
struct watched_now {
	enum watched what;
	char name[SYNC_NAME];
	uint64_t mark;     /* moves whenever it gets on */
	bool idle;         /* it has nothing to do */
	int64_t limit_ns;  /* how long it may stand still before it counts as hung */
};

/* What is remembered of it. */
struct watched_past {
	uint64_t mark;
	int64_t still_ns; /* how long it has stood still */
	bool idle;        /* it had nothing to do */
};

/* Compares what is found with what was, elapsed_ns ago, for count things in the same order. Returns the one that is
 * furthest beyond its limit; NULL: all is well. */
const struct watched_now *watchdog_judge(struct watched_past *past, const struct watched_now *now, unsigned count,
					 int64_t elapsed_ns);

/* How it has been, in the large. */
struct watchdog_life {
	int64_t interval_ns;  /* systemd's patience: WATCHDOG_USEC */
	int64_t unpinged_ns;  /* since the last ping */
	int64_t unwell_ns;    /* since something hangs */
	bool unwell, asked;
};

/* What to do now. */
struct watchdog_deed {
	bool ping;
	bool report;   /* it has just been found unwell */
	bool recover;  /* it has just been found well again */
	bool ask;      /* it has been unwell for long enough: ask systemd for the end, once */
};

/* The next step of a life. */
struct watchdog_deed watchdog_step(struct watchdog_life *life, bool well, int64_t elapsed_ns);

/* How long it may stand still: less for threads that never wait for a disk, more for those that do. */
int64_t watchdog_limit(enum watched what, int64_t interval_ns);

/* ---- watching ---- */

struct daemon;
struct watchdog;

/* Starts watching if systemd wants to be told (WATCHDOG_USEC); *ret is NULL if it does not. */
int watchdog_open(struct daemon *d, struct watchdog **ret, struct err *reterr) MUST_CHECK;
/* Thread main has come round: shows how everything is. stop_by_ns: of a stop under way its deadline, else 0. w may be
 * NULL. */
void watchdog_look(struct watchdog *w, struct daemon *d, int64_t stop_by_ns);
/* How long main may sleep; -1 without a watchdog. */
int watchdog_look_ms(const struct watchdog *w);
/* Ends the thread; no ping comes any more. w may be NULL. */
void watchdog_close(struct watchdog *w);

#endif
