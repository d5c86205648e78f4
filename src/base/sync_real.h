/*
 * sync_real - pthreads behind the door, and the register of who is alive.
 *
 * Owns     the register of live mutexes and threads
 * Threads  any
 * Blocks   as the functions of sync.h that call these
 * Units    _ns nanoseconds of the monotonic clock; `since` of the coarse one, right to a few milliseconds
 * Errors   programmer errors assert; a thread that cannot start is returned
 * Limits   none
 * Upholds  whatever the register or a waiting thread points at cannot go away while the register's lock is held
 *
 * For sync*.c alone.
 */
#ifndef BASE_SYNC_REAL_H
#define BASE_SYNC_REAL_H

#include "base/sync.h"

/* A thread, under whatever back end. What it waits for is written by itself and read by sync_look(). */
struct sync_thread_info {
	struct sync_thread_info *prev, *next; /* in the register */
	void (*fn)(void *);
	void *arg;
	unsigned locks_held;
	_Atomic(const struct sync_mutex *) wants_lock;
	_Atomic(const struct sync_cond *) wants_cond;
	_Atomic(const struct sync_thread_info *) wants_end;
	_Atomic(const struct sync_src *) place;
	_Atomic int64_t since_ns;
	_Atomic bool ended;
	char name[SYNC_NAME];
};

/* The calling thread. */
struct sync_thread_info *sync_self(void);
/* The thread that no sync_thread_start has started. */
const struct sync_thread_info *sync_main(void);

/* pthreads. sync_real_lock and _wait keep the books of waiting; the owner is kept by the caller. */
void sync_real_mutex_init(struct sync_mutex *m);
void sync_real_mutex_done(struct sync_mutex *m);
void sync_real_lock(struct sync_mutex *m, struct sync_thread_info *self, const struct sync_src *src);
void sync_real_unlock(struct sync_mutex *m);
void sync_real_cond_init(struct sync_cond *c);
void sync_real_cond_done(struct sync_cond *c);
bool sync_real_wait(struct sync_cond *c, struct sync_mutex *m, int64_t deadline_ns, struct sync_thread_info *self,
		    const struct sync_src *src);
void sync_real_wake(struct sync_cond *c, bool all);
/* The new thread runs fn(arg) with all signals blocked that are not the fault of the thread itself. */
int sync_real_start(struct sync_thread *t, void (*fn)(void *), void *arg, struct err *reterr);
void sync_real_join(struct sync_thread *t, const struct sync_src *src);
/* The calling thread holds m and is about to take it again: that it waits for itself is noted, and told on stderr. */
void sync_real_twice(const struct sync_mutex *m, const struct sync_src *src);
int64_t sync_real_now_ns(void);
/* Cheaper, and late by up to a few milliseconds. */
int64_t sync_real_coarse_ns(void);
void sync_real_sleep_until(int64_t deadline_ns);

/* The register: every live object of pthreads. */
void sync_register_mutex(struct sync_mutex *m);
void sync_unregister_mutex(struct sync_mutex *m);
void sync_register_thread(struct sync_thread_info *info);
void sync_unregister_thread(struct sync_thread_info *info);
void sync_register_cond(void);
/* Also waits for a report that may be reading the condition's name. */
void sync_unregister_cond(void);
/* How many objects are alive. */
unsigned sync_registered(void);
/* The process is about to end over a lock: tells stderr who waits for whom. */
void sync_report_misuse(void);

#endif
