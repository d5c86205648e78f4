/*
 * sync_backend - what may stand behind sync.h in the place of pthreads.
 *
 * Owns     nothing: the back end owns what it keeps in impl[] of each object
 * Threads  sync_use: one thread, while no object is alive
 * Blocks   as the functions of sync.h that come here
 * Units    _ns nanoseconds of the back end's own clock
 * Errors   misuse (a second lock, unlock by a stranger) is the back end's to judge; only pthreads assert
 * Limits   impl[] has 64 bytes (56 in a mutex, 16 in a thread): what is larger hangs from a pointer there
 * Upholds  owner and place of a mutex, name and info of a thread are kept by sync.c under any back end; the register
 *          that sync_look() reads is of pthreads alone
 */
#ifndef BASE_SYNC_BACKEND_H
#define BASE_SYNC_BACKEND_H

#include "base/sync.h"

/* What a back end must bring. `at` is the place of the call. */
struct sync_backend {
	void (*mutex_init)(struct sync_mutex *m);
	void (*mutex_done)(struct sync_mutex *m);
	void (*lock)(struct sync_mutex *m, const struct sync_src *at);
	void (*unlock)(struct sync_mutex *m, const struct sync_src *at);
	void (*cond_init)(struct sync_cond *c);
	void (*cond_done)(struct sync_cond *c);
	bool (*wait)(struct sync_cond *c, struct sync_mutex *m, int64_t deadline_ns, const struct sync_src *at);
	void (*wake)(struct sync_cond *c, bool all, const struct sync_src *at);
	/* fn(arg) is run in the new thread as it stands; t->info is set already. */
	int (*start)(struct sync_thread *t, void (*fn)(void *), void *arg, const struct sync_src *at, struct err *reterr);
	void (*join)(struct sync_thread *t, const struct sync_src *at);
	int64_t (*now_ns)(void);
	void (*sleep_until)(int64_t deadline_ns, const struct sync_src *at);
};

/* Puts another back end in the place of pthreads (NULL puts pthreads back). Only while no object of the old one
 * is alive. Lends: must outlive all use. */
void sync_use(const struct sync_backend *backend);

#endif
