/*
 * sync_more - what is built from mutex and condition: event flag, semaphore, barrier, timer.
 *
 * Owns     each object from _init to _done; a timer owns its thread
 * Threads  any
 * Blocks   wait functions, timer_cancel (until a running callback has returned)
 * Units    _ns nanoseconds of the monotonic clock
 * Errors   programmer errors assert
 * Limits   none
 * Upholds  semaphore: permits given - returned <= initial; barrier: nobody passes twice before all passed once;
 *          timer: after cancel or done has returned the callback does not run
 */
#ifndef BASE_SYNC_MORE_H
#define BASE_SYNC_MORE_H

#include "base/sync.h"

/* An event: not set, then set; whoever waits goes on. Reading it takes no lock. */
struct sync_flag {
	struct sync_mutex lock;
	struct sync_cond changed;
	_Atomic bool set;
};

void sync_flag_init(struct sync_flag *f, const char *name);
void sync_flag_done(struct sync_flag *f);
void sync_flag_set(struct sync_flag *f);
void sync_flag_clear(struct sync_flag *f);
bool sync_flag_is_set(struct sync_flag *f);
/* Waits until it is set (true) or the deadline has passed (false). */
bool sync_flag_wait_until(struct sync_flag *f, int64_t deadline_ns);

/* Permits: at most as many are out as there were at the start. */
struct sync_sem {
	struct sync_mutex lock;
	struct sync_cond freed;
	unsigned permits;
};

void sync_sem_init(struct sync_sem *s, const char *name, unsigned permits);
void sync_sem_done(struct sync_sem *s);
void sync_sem_wait(struct sync_sem *s);
/* Takes a permit if one is free. */
bool sync_sem_try(struct sync_sem *s) MUST_CHECK;
void sync_sem_post(struct sync_sem *s);

/* A meeting point for `count` threads, usable again at once. */
struct sync_barrier {
	struct sync_mutex lock;
	struct sync_cond met;
	unsigned count, here;
	uint64_t generation;
};

void sync_barrier_init(struct sync_barrier *b, const char *name, unsigned count);
void sync_barrier_done(struct sync_barrier *b);
void sync_barrier_wait(struct sync_barrier *b);
/* `absent` of the count will never come: the barrier waits for that many fewer, from now on. At least one remains. */
void sync_barrier_excuse(struct sync_barrier *b, unsigned absent);

/* Calls fn(arg) at a moment, on a thread of its own; may be set again, also from the callback. */
struct sync_timer {
	struct sync_mutex lock;
	struct sync_cond changed;
	struct sync_thread thread;
	void (*fn)(void *);
	void *arg;
	int64_t due_ns;
	bool running, quit;
};

/* 0, or -1 with reterr if the timer's thread cannot start. */
int sync_timer_init(struct sync_timer *t, const char *name, void (*fn)(void *), void *arg, struct err *reterr) MUST_CHECK;
void sync_timer_done(struct sync_timer *t);
void sync_timer_set(struct sync_timer *t, int64_t due_ns);
/* Not from the callback itself. */
void sync_timer_cancel(struct sync_timer *t);

#endif
