/* Here stand the pthreads, and each thread notes what it is about to wait for. */
#include "config.h"

#include "base/sync_real.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(((struct sync_mutex *)0)->impl), "a pthread_mutex_t fits");
_Static_assert(sizeof(pthread_cond_t) <= sizeof(((struct sync_cond *)0)->impl), "a pthread_cond_t fits");
_Static_assert(sizeof(pthread_t) <= sizeof(((struct sync_thread *)0)->impl), "a pthread_t fits");
_Static_assert(_Alignof(pthread_mutex_t) <= 16 && _Alignof(pthread_cond_t) <= 16, "impl is aligned well enough");

static pthread_mutex_t *mutex_of(struct sync_mutex *m)
{
	return (pthread_mutex_t *)(void *)m->impl;
}

static pthread_cond_t *cond_of(struct sync_cond *c)
{
	return (pthread_cond_t *)(void *)c->impl;
}

/* pthreads refuse only what a programmer got wrong. */
static void must(int rc)
{
	assert(rc == 0);
}

void sync_real_mutex_init(struct sync_mutex *m)
{
	must(pthread_mutex_init(mutex_of(m), NULL));
}

void sync_real_mutex_done(struct sync_mutex *m)
{
	must(pthread_mutex_destroy(mutex_of(m)));
}

static void note_place(struct sync_thread_info *self, const struct sync_src *src)
{
	atomic_store_explicit(&self->place, src, memory_order_relaxed);
	atomic_store_explicit(&self->since_ns, sync_real_coarse_ns(), memory_order_relaxed);
}

static void note_lock(struct sync_thread_info *self, const struct sync_mutex *m, const struct sync_src *src)
{
	note_place(self, src);
	atomic_store_explicit(&self->wants_lock, m, memory_order_release);
}

static void note_end(struct sync_thread_info *self)
{
	atomic_store_explicit(&self->wants_lock, NULL, memory_order_relaxed);
	atomic_store_explicit(&self->wants_cond, NULL, memory_order_relaxed);
	atomic_store_explicit(&self->wants_end, NULL, memory_order_relaxed);
}

void sync_real_lock(struct sync_mutex *m, struct sync_thread_info *self, const struct sync_src *src)
{
	/* TSan learns the order of locks from pthread_mutex_lock only. */
	if (!UNDER_TSAN && LIKELY(pthread_mutex_trylock(mutex_of(m)) == 0))
		return;
	note_lock(self, m, src);
	must(pthread_mutex_lock(mutex_of(m)));
	note_end(self);
}

void sync_real_twice(const struct sync_mutex *m, const struct sync_src *src)
{
	note_lock(sync_self(), m, src);
	sync_report_misuse();
}

void sync_real_unlock(struct sync_mutex *m)
{
	must(pthread_mutex_unlock(mutex_of(m)));
}

void sync_real_cond_init(struct sync_cond *c)
{
	pthread_condattr_t attr;

	must(pthread_condattr_init(&attr));
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	must(pthread_cond_init(cond_of(c), &attr));
	must(pthread_condattr_destroy(&attr));
}

void sync_real_cond_done(struct sync_cond *c)
{
	must(pthread_cond_destroy(cond_of(c)));
}

static struct timespec timespec_of(int64_t ns)
{
	if (ns < 0)
		ns = 0;
	return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

bool sync_real_wait(struct sync_cond *c, struct sync_mutex *m, int64_t deadline_ns, struct sync_thread_info *self,
		    const struct sync_src *src)
{
	struct timespec ts = timespec_of(deadline_ns);
	int rc;

	note_place(self, src);
	atomic_store_explicit(&self->wants_cond, c, memory_order_release);
	if (deadline_ns == SYNC_FOREVER)
		rc = pthread_cond_wait(cond_of(c), mutex_of(m));
	else
		rc = pthread_cond_timedwait(cond_of(c), mutex_of(m), &ts);
	note_end(self);
	assert(rc == 0 || rc == ETIMEDOUT);
	return rc == 0;
}

void sync_real_wake(struct sync_cond *c, bool all)
{
	must(all ? pthread_cond_broadcast(cond_of(c)) : pthread_cond_signal(cond_of(c)));
}

struct start {
	void (*fn)(void *);
	void *arg;
	char name[16];
};

static void *entry(void *arg)
{
	struct start start = *(struct start *)arg;

	mem_free(arg);
	pthread_setname_np(pthread_self(), start.name);
	start.fn(start.arg);
	return NULL;
}

int sync_real_start(struct sync_thread *t, void (*fn)(void *), void *arg, struct err *reterr)
{
	struct start *start = mem_alloc(sizeof(*start));
	/* A signal that is the thread's own fault stays: blocked, it would end the process without a trace. */
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	sigset_t all, old;
	pthread_t id;
	int rc = ENOMEM;

	if (start) {
		*start = (struct start){.fn = fn, .arg = arg};
		for (size_t i = 0; i < sizeof(start->name) - 1 && t->info->name[i]; i++)
			start->name[i] = t->info->name[i];
		sigfillset(&all);
		for (size_t i = 0; i < ARRAY_LEN(faults); i++)
			sigdelset(&all, faults[i]);
		must(pthread_sigmask(SIG_SETMASK, &all, &old));
		rc = pthread_create(&id, NULL, entry, start);
		must(pthread_sigmask(SIG_SETMASK, &old, NULL));
	}
	if (rc) {
		mem_free(start);
		err_set_errno(reterr, EXIT_INTERNAL, rc, "thread %s does not start", t->info->name);
		return -1;
	}
	*(pthread_t *)(void *)t->impl = id;
	return 0;
}

void sync_real_join(struct sync_thread *t, const struct sync_src *src)
{
	struct sync_thread_info *self = sync_self();

	assert(t->info != self && "a thread does not join itself");
	note_place(self, src);
	atomic_store_explicit(&self->wants_end, t->info, memory_order_release);
	must(pthread_join(*(pthread_t *)(void *)t->impl, NULL));
	note_end(self);
}

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	must(clock_gettime(id, &ts));
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t sync_real_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t sync_real_coarse_ns(void)
{
	return read_clock(CLOCK_MONOTONIC_COARSE);
}

void sync_real_sleep_until(int64_t deadline_ns)
{
	struct timespec ts = timespec_of(deadline_ns);
	int rc;

	do
		rc = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	while (rc == EINTR);
	must(rc);
}
