/* Shows ThreadSanitizer a run as if its threads ran freely: locks, starts and joins order them, and nothing else. */
#include "config.h"

#include "base/sync_model_tsan.h"

#if UNDER_TSAN

#include <stdio.h>

#include <sanitizer/tsan_interface.h>

#include "base/sync_model_whole.h"

/* In the library since it knows annotations, and in no header of it. */
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
void AnnotateIgnoreSyncBegin(const char *file, int line);
void AnnotateIgnoreSyncEnd(const char *file, int line);

static const struct sync_backend *inner;
/* What stands for all steps of a case, and for the end of a run. Their addresses count, not what they hold. */
static char steps, rest;
static _Thread_local unsigned depth;
static _Thread_local bool in_step;

void model_hide(void)
{
	if (depth++ > 0)
		return;
	if (in_step)
		__tsan_release(&steps);
	in_step = false;
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
	AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
}

void model_show(void)
{
	if (--depth > 0)
		return;
	AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

void model_show_body(const struct model_thread *t)
{
	void *given = t->arg;
	char name[16];

	/* Thread main is the caller's own. */
	if (t->id == 0) {
		model_show();
		return;
	}
	/* For reports: a real thread has another name in each run. */
	snprintf(name, sizeof(name), "%.15s", t->name);
	pthread_setname_np(pthread_self(), name);
	model_show();
	__tsan_acquire(given);
}

void model_hide_body(struct model_thread *t)
{
	__tsan_release(t);
	__tsan_release(&rest);
	model_hide();
}

static void show_all(void)
{
	if (depth == 0)
		return;
	depth = 1;
	model_show();
}

void model_hide_rest(void)
{
	show_all();
	__tsan_release(&rest);
	model_hide();
}

void model_show_rest(void)
{
	show_all();
	__tsan_acquire(&rest);
}

void model_hide_step(void)
{
	__tsan_release(&steps);
	model_hide();
}

void model_show_step(void)
{
	model_show();
	__tsan_acquire(&steps);
	in_step = true;
	model_whole_wipe();
}

/* ---- the calls of sync.h ---- */

/* Back to what a run is about: in order with what was released at `of`, if that is anything. What ThreadSanitizer leaves
 * below would else come up again in states. */
static void back(void *of)
{
	model_show();
	if (of)
		__tsan_acquire(of);
	model_whole_wipe();
}

static void mutex_init(struct sync_mutex *m)
{
	model_hide();
	inner->mutex_init(m);
	back(NULL);
}

static void mutex_done(struct sync_mutex *m)
{
	model_hide();
	inner->mutex_done(m);
	back(NULL);
}

static void lock(struct sync_mutex *m, const struct sync_src *at)
{
	model_hide();
	inner->lock(m, at);
	back(m);
}

static void unlock(struct sync_mutex *m, const struct sync_src *at)
{
	__tsan_release(m);
	model_hide();
	inner->unlock(m, at);
	back(NULL);
}

static void cond_init(struct sync_cond *c)
{
	model_hide();
	inner->cond_init(c);
	back(NULL);
}

static void cond_done(struct sync_cond *c)
{
	model_hide();
	inner->cond_done(c);
	back(NULL);
}

static bool wait(struct sync_cond *c, struct sync_mutex *m, int64_t deadline_ns, const struct sync_src *at)
{
	bool in_time;

	__tsan_release(m);
	model_hide();
	in_time = inner->wait(c, m, deadline_ns, at);
	back(m);
	return in_time;
}

/* It orders nothing: who is woken has to look at what changed under the lock, as ThreadSanitizer wants of pthreads. */
static void wake(struct sync_cond *c, bool all, const struct sync_src *at)
{
	model_hide();
	inner->wake(c, all, at);
	back(NULL);
}

static int start(struct sync_thread *t, void (*fn)(void *), void *arg, const struct sync_src *at, struct err *reterr)
{
	int rc;

	__tsan_release(arg);
	model_hide();
	rc = inner->start(t, fn, arg, at, reterr);
	back(NULL);
	return rc;
}

static void join(struct sync_thread *t, const struct sync_src *at)
{
	unsigned id;

	model_hide();
	inner->join(t, at);
	__builtin_memcpy(&id, t->impl, sizeof(id));
	back(&model_state()->thread[id]);
}

static int64_t now_ns(void)
{
	int64_t now;

	model_hide();
	now = inner->now_ns();
	back(NULL);
	return now;
}

static void sleep_until(int64_t deadline_ns, const struct sync_src *at)
{
	model_hide();
	inner->sleep_until(deadline_ns, at);
	back(NULL);
}

const struct sync_backend *model_shown(const struct sync_backend *backend)
{
	static const struct sync_backend shown = {
		.mutex_init = mutex_init,
		.mutex_done = mutex_done,
		.lock = lock,
		.unlock = unlock,
		.cond_init = cond_init,
		.cond_done = cond_done,
		.wait = wait,
		.wake = wake,
		.start = start,
		.join = join,
		.now_ns = now_ns,
		.sleep_until = sleep_until,
	};

	inner = backend;
	return &shown;
}

#endif
