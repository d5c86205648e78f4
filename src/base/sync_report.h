/*
 * sync_report - live threads: who holds what, who waits for whom since when, and whether they ever will get it.
 *
 * Owns     nothing: a look copies all it needs
 * Threads  any
 * Blocks   a look SYNC_LOOK_NS at most, for the register; with a knot in sight SYNC_KNOT_NS more, to see that it stays.
 *          Never for a lock that it tells of
 * Units    _ns nanoseconds; moments of a look are milliseconds ago
 * Errors   a register that cannot be had is told
 * Limits   SYNC_LOOK_THREADS threads, SYNC_LOOK_HELD held locks: what is beyond is counted
 * Upholds  a knot that is told is there: what was seen in passing is looked at twice
 *
 * Kinds that can be known of live threads: self-wait, cycle, orphaned lock. Whether one that sleeps on a condition will
 * be woken, or one that runs gets anywhere, nobody can tell from outside: they are told as they stand. A second take of
 * a lock by its owner, and a thread that ends with a lock held, are told on stderr before their assert ends the process.
 */
#ifndef BASE_SYNC_REPORT_H
#define BASE_SYNC_REPORT_H

#include "base/clock.h"
#include "base/waits.h"

#define SYNC_LOOK_NS (NS_PER_S / 5)
#define SYNC_KNOT_NS (20 * NS_PER_MS)
#define SYNC_LOOK_THREADS 128
#define SYNC_LOOK_HELD 64

/* How all threads stood at one moment. */
struct sync_look {
	struct waits_snapshot all;
	struct waits_knot knot;
	unsigned beyond_threads, beyond_held; /* not in it */
	struct waits_thread thread[SYNC_LOOK_THREADS];
	struct waits_held held[SYNC_LOOK_HELD];
	char thread_name[SYNC_LOOK_THREADS][SYNC_NAME], object_name[SYNC_LOOK_THREADS][SYNC_NAME];
	char held_name[SYNC_LOOK_HELD][SYNC_NAME];
};

/* Looks at all live threads and locks. False: the register was not to be had. */
bool sync_look(struct sync_look *ret) MUST_CHECK;

enum sync_tone {
	SYNC_STUCK,   /* part of a knot, or why nothing can be told */
	SYNC_FACT,
	SYNC_ASIDE,   /* who sleeps on a condition, as most threads do most of the time */
};

/* One fact, indented as it belongs to the one before. Borrowed by the callback, which may do what it likes. */
typedef void sync_report_fn(void *arg, enum sync_tone tone, const char *line);
/* Tells the knot, or how many wait for locks and which; then the locks that are held, and who sleeps. */
void sync_report(sync_report_fn *fn, void *arg);
/* For how long a lock of this name (NULL: any) has been held, in nanoseconds; 0: it is free. -1: the register was not to
 * be had. */
int64_t sync_held_for_ns(const char *name);

#endif
