/* Here each call goes to pthreads or to the back end in their place, and the owner of each lock is written down. */
#include "config.h"

#include "base/sync.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/sync_backend.h"
#include "base/sync_order.h"
#include "base/sync_real.h"

/* What only builds that watch the order of locks do. */
#ifdef ENABLE_LOCKDEP
#define ORDERED(call) call
#else
#define ORDERED(call) ((void)0)
#endif

static const struct sync_backend *backend;
static _Thread_local struct sync_thread_info *self_info;
static struct sync_thread_info main_info = {.name = "main"};

void sync_use(const struct sync_backend *other)
{
	assert(sync_registered() == 0 && "a back end is changed only while no object is alive");
	backend = other;
}

struct sync_thread_info *sync_self(void)
{
	return LIKELY(self_info) ? self_info : &main_info;
}

const struct sync_thread_info *sync_main(void)
{
	return &main_info;
}

static void set_name(char *ret_name, const char *name)
{
	snprintf(ret_name, SYNC_NAME, "%s", name);
}

static void set_owner(struct sync_mutex *m, struct sync_thread_info *self, const struct sync_src *src)
{
	atomic_store_explicit(&m->place, src, memory_order_relaxed);
	atomic_store_explicit(&m->owner, self, memory_order_release);
	self->locks_held++;
}

static void clear_owner(struct sync_mutex *m, struct sync_thread_info *self)
{
	atomic_store_explicit(&m->owner, NULL, memory_order_relaxed);
	self->locks_held--;
}

void sync_mutex_init(struct sync_mutex *m, const char *name)
{
	memset(m, 0, sizeof(*m));
	set_name(m->name, name);
	if (UNLIKELY(backend)) {
		backend->mutex_init(m);
		return;
	}
	ORDERED(sync_order_init(m));
	sync_real_mutex_init(m);
	sync_register_mutex(m);
}

void sync_mutex_done(struct sync_mutex *m)
{
	if (UNLIKELY(backend)) {
		backend->mutex_done(m);
		return;
	}
	assert(!atomic_load_explicit(&m->owner, memory_order_relaxed) && "a held lock is not destroyed");
	sync_unregister_mutex(m);
	sync_real_mutex_done(m);
}

/* The back end judges misuse itself: it shows it to people instead of ending the process. */
void sync_lock_at(struct sync_mutex *m, const struct sync_src *src)
{
	struct sync_thread_info *self = sync_self();

	if (UNLIKELY(backend)) {
		backend->lock(m, src);
	} else {
		if (UNLIKELY(sync_held(m)))
			sync_real_twice(m, src);
		assert(!sync_held(m) && "a lock is not taken twice");
		ORDERED(sync_order_take(m, src));
		sync_real_lock(m, self, src);
		atomic_store_explicit(&m->since_ns, sync_real_coarse_ns(), memory_order_relaxed);
	}
	set_owner(m, self, src);
}

void sync_unlock_at(struct sync_mutex *m, const struct sync_src *src)
{
	struct sync_thread_info *self = sync_self();

	if (UNLIKELY(backend)) {
		if (sync_held(m))
			clear_owner(m, self);
		backend->unlock(m, src);
		return;
	}
	assert(sync_held(m) && "a lock is released by its owner");
	clear_owner(m, self);
	ORDERED(sync_order_drop(m));
	sync_real_unlock(m);
	ORDERED(sync_order_tell());
}

bool sync_held(const struct sync_mutex *m)
{
	return atomic_load_explicit(&m->owner, memory_order_relaxed) == sync_self();
}

void sync_cond_init(struct sync_cond *c, const char *name)
{
	memset(c, 0, sizeof(*c));
	set_name(c->name, name);
	if (UNLIKELY(backend)) {
		backend->cond_init(c);
		return;
	}
	sync_real_cond_init(c);
	sync_register_cond();
}

void sync_cond_done(struct sync_cond *c)
{
	if (UNLIKELY(backend)) {
		backend->cond_done(c);
		return;
	}
	sync_unregister_cond();
	sync_real_cond_done(c);
}

bool sync_wait_at(struct sync_cond *c, struct sync_mutex *m, int64_t deadline_ns, const struct sync_src *src)
{
	struct sync_thread_info *self = sync_self();
	bool in_time;

	if (UNLIKELY(backend)) {
		if (sync_held(m))
			clear_owner(m, self);
		in_time = backend->wait(c, m, deadline_ns, src);
	} else {
		assert(sync_held(m) && "a condition is waited for with the lock held");
		clear_owner(m, self);
		/* It is going to be taken again. */
		ORDERED(sync_order_drop(m));
		ORDERED(sync_order_take(m, src));
		in_time = sync_real_wait(c, m, deadline_ns, self, src);
		atomic_store_explicit(&m->since_ns, sync_real_coarse_ns(), memory_order_relaxed);
	}
	set_owner(m, self, src);
	return in_time;
}

void sync_signal_at(struct sync_cond *c, const struct sync_src *src)
{
	if (UNLIKELY(backend))
		backend->wake(c, false, src);
	else
		sync_real_wake(c, false);
}

void sync_broadcast_at(struct sync_cond *c, const struct sync_src *src)
{
	if (UNLIKELY(backend))
		backend->wake(c, true, src);
	else
		sync_real_wake(c, true);
}

/* The first and last thing each thread does, under any back end. */
static void run(void *arg)
{
	struct sync_thread_info *info = arg;

	self_info = info;
	info->fn(info->arg);
	atomic_store_explicit(&info->ended, true, memory_order_release);
	if (UNLIKELY(!backend && info->locks_held > 0))
		sync_report_misuse();
	assert((backend || info->locks_held == 0) && "a thread does not end with a lock held");
	self_info = NULL;
}

int sync_thread_start_at(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg,
			 const struct sync_src *src, struct err *reterr)
{
	struct sync_thread_info *info = mem_zalloc(1, sizeof(*info));
	int rc;

	memset(t, 0, sizeof(*t));
	if (!info) {
		err_set(reterr, EXIT_INTERNAL, "thread %s: no memory", name);
		return -1;
	}
	set_name(info->name, name);
	info->fn = fn;
	info->arg = arg;
	t->info = info;
	if (UNLIKELY(backend)) {
		rc = backend->start(t, run, info, src, reterr);
	} else {
		sync_register_thread(info);
		rc = sync_real_start(t, run, info, reterr);
		if (rc)
			sync_unregister_thread(info);
	}
	if (rc) {
		t->info = NULL;
		mem_free(info);
	}
	return rc;
}

void sync_thread_join_at(struct sync_thread *t, const struct sync_src *src)
{
	assert(t->info && "a thread is joined once");
	if (UNLIKELY(backend)) {
		backend->join(t, src);
	} else {
		sync_real_join(t, src);
		sync_unregister_thread(t->info);
	}
	mem_free(t->info);
	t->info = NULL;
}

const char *sync_thread_name(void)
{
	return sync_self()->name;
}

int64_t sync_now_ns(void)
{
	return UNLIKELY(backend) ? backend->now_ns() : sync_real_now_ns();
}

void sync_sleep_until_at(int64_t deadline_ns, const struct sync_src *src)
{
	if (UNLIKELY(backend)) {
		backend->sleep_until(deadline_ns, src);
		return;
	}
	sync_real_sleep_until(deadline_ns);
}
