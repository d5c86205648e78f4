/*
 * sync - the one door to threads: mutex, condition, thread, monotonic clock and sleep.
 *
 * Owns     each object from _init to _done; a started thread until its join
 * Threads  any, unless said otherwise
 * Blocks   lock, wait, join, sleep: as their names say
 * Units    _ns nanoseconds of the monotonic clock (sync_now_ns)
 * Errors   programmer errors (unlock by a stranger, second lock) assert; a thread that cannot start is returned
 * Limits   names up to SYNC_NAME - 1 bytes are kept, longer ones cut
 * Upholds  every call knows its place in the source; who holds and who waits can be read at any time
 *
 * Behind the door stand pthreads. A deterministic scheduler can take their place for the whole process through
 * sync_use() of sync_backend.h, before the first object is made: the calling code stays the same machine code.
 */
#ifndef BASE_SYNC_H
#define BASE_SYNC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

#define SYNC_NAME 24
#define SYNC_FOREVER INT64_MAX

/* A place in the source, with static life. */
struct sync_src {
	const char *file;
	int line;
	const char *func;
};

#define SYNC_HERE                                                                                   \
	({                                                                                          \
		static const struct sync_src sync_src_here = {__FILE__, __LINE__, __func__};        \
		&sync_src_here;                                                                     \
	})

struct sync_thread_info;

/* A lock of one owner, not recursive. */
struct sync_mutex {
	_Alignas(16) unsigned char impl[56]; /* the back end's: a pthread_mutex_t, or modelled state */
	unsigned kind;                       /* see sync_order.h */
	struct sync_mutex *prev, *next;      /* in the registry of all live mutexes */
	_Atomic(const struct sync_thread_info *) owner;
	_Atomic(const struct sync_src *) place;
	_Atomic int64_t since_ns;
	char name[SYNC_NAME];
};

/* A condition, waited for with a mutex held; timed waits go by the monotonic clock. */
struct sync_cond {
	_Alignas(16) unsigned char impl[64];
	char name[SYNC_NAME];
};

/* A thread that is started once and joined once. */
struct sync_thread {
	_Alignas(16) unsigned char impl[16];
	struct sync_thread_info *info;
};

void sync_mutex_init(struct sync_mutex *m, const char *name);
/* Nobody holds it, nobody will take it again. */
void sync_mutex_done(struct sync_mutex *m);
#define sync_lock(m) sync_lock_at((m), SYNC_HERE)
#define sync_unlock(m) sync_unlock_at((m), SYNC_HERE)
void sync_lock_at(struct sync_mutex *m, const struct sync_src *src);
void sync_unlock_at(struct sync_mutex *m, const struct sync_src *src);
/* True if the calling thread holds m: for asserts. */
bool sync_held(const struct sync_mutex *m);

void sync_cond_init(struct sync_cond *c, const char *name);
void sync_cond_done(struct sync_cond *c);
/* Releases m, sleeps until woken (or for no reason), takes m again. */
#define sync_wait(c, m) sync_wait_at((c), (m), SYNC_FOREVER, SYNC_HERE)
/* As sync_wait, but no longer than until deadline_ns; false if the deadline has passed. */
#define sync_wait_until(c, m, deadline_ns) sync_wait_at((c), (m), (deadline_ns), SYNC_HERE)
bool sync_wait_at(struct sync_cond *c, struct sync_mutex *m, int64_t deadline_ns, const struct sync_src *src);
#define sync_signal(c) sync_signal_at((c), SYNC_HERE)
#define sync_broadcast(c) sync_broadcast_at((c), SYNC_HERE)
void sync_signal_at(struct sync_cond *c, const struct sync_src *src);
void sync_broadcast_at(struct sync_cond *c, const struct sync_src *src);

/* Starts fn(arg) in a thread called name (shown in the log and by ps). 0, or -1 with reterr. */
#define sync_thread_start(t, name, fn, arg, reterr) sync_thread_start_at((t), (name), (fn), (arg), SYNC_HERE, (reterr))
int sync_thread_start_at(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg,
			 const struct sync_src *src, struct err *reterr) MUST_CHECK;
/* Waits until the thread has ended. Once per thread. */
#define sync_thread_join(t) sync_thread_join_at((t), SYNC_HERE)
void sync_thread_join_at(struct sync_thread *t, const struct sync_src *src);
/* The calling thread's name ("main" where none was given). Lends: valid while the thread lives. */
const char *sync_thread_name(void);

/* The monotonic clock; in the model, virtual time. */
int64_t sync_now_ns(void);
/* Sleeps until then. */
#define sync_sleep_until(deadline_ns) sync_sleep_until_at((deadline_ns), SYNC_HERE)
void sync_sleep_until_at(int64_t deadline_ns, const struct sync_src *src);

#endif
