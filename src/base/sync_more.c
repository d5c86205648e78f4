/* Here flag, semaphore, barrier and timer are made of mutex and condition alone, so any back end carries them. */
#include "base/sync_more.h"

#include <limits.h>

#include "base/sync_model_case.h"

void sync_flag_init(struct sync_flag *f, const char *name)
{
	sync_mutex_init(&f->lock, name);
	sync_cond_init(&f->changed, name);
	atomic_init(&f->set, false);
}

void sync_flag_done(struct sync_flag *f)
{
	/* Who saw the flag without the lock may be here while the setter is still inside. */
	sync_lock(&f->lock);
	sync_unlock(&f->lock);
	sync_cond_done(&f->changed);
	sync_mutex_done(&f->lock);
}

void sync_flag_set(struct sync_flag *f)
{
	sync_lock(&f->lock);
	atomic_store(&f->set, true);
	sync_broadcast(&f->changed);
	sync_unlock(&f->lock);
}

void sync_flag_clear(struct sync_flag *f)
{
	sync_lock(&f->lock);
	atomic_store(&f->set, false);
	sync_unlock(&f->lock);
}

bool sync_flag_is_set(struct sync_flag *f)
{
	bool set;

	if (LIKELY(!model_running()))
		return atomic_load(&f->set);
	/* What is read without a point the model could not put anything in front of. */
	sync_lock(&f->lock);
	set = atomic_load(&f->set);
	sync_unlock(&f->lock);
	return set;
}

bool sync_flag_wait_until(struct sync_flag *f, int64_t deadline_ns)
{
	bool set, in_time = true;

	sync_lock(&f->lock);
	while (!atomic_load(&f->set) && in_time)
		in_time = sync_wait_until(&f->changed, &f->lock, deadline_ns);
	/* Set and timed out at the same moment counts as set. */
	set = atomic_load(&f->set);
	sync_unlock(&f->lock);
	return set;
}

void sync_sem_init(struct sync_sem *s, const char *name, unsigned permits)
{
	sync_mutex_init(&s->lock, name);
	sync_cond_init(&s->freed, name);
	s->permits = permits;
}

void sync_sem_done(struct sync_sem *s)
{
	sync_cond_done(&s->freed);
	sync_mutex_done(&s->lock);
}

void sync_sem_wait(struct sync_sem *s)
{
	sync_lock(&s->lock);
	while (s->permits == 0)
		sync_wait(&s->freed, &s->lock);
	s->permits--;
	sync_unlock(&s->lock);
}

bool sync_sem_try(struct sync_sem *s)
{
	bool got;

	sync_lock(&s->lock);
	got = s->permits > 0;
	if (got)
		s->permits--;
	sync_unlock(&s->lock);
	return got;
}

void sync_sem_post(struct sync_sem *s)
{
	sync_lock(&s->lock);
	assert(s->permits < UINT_MAX);
	s->permits++;
	sync_signal(&s->freed);
	sync_unlock(&s->lock);
}

void sync_barrier_init(struct sync_barrier *b, const char *name, unsigned count)
{
	assert(count > 0);
	sync_mutex_init(&b->lock, name);
	sync_cond_init(&b->met, name);
	b->count = count;
	b->here = 0;
	b->generation = 0;
}

void sync_barrier_done(struct sync_barrier *b)
{
	sync_lock(&b->lock);
	assert(b->here == 0 && "nobody waits at a barrier that goes away");
	sync_unlock(&b->lock);
	sync_cond_done(&b->met);
	sync_mutex_done(&b->lock);
}

/* A new generation begins at once: who is fast and comes again counts for the next meeting. */
static void barrier_open(struct sync_barrier *b)
{
	b->here = 0;
	b->generation++;
	sync_broadcast(&b->met);
}

void sync_barrier_wait(struct sync_barrier *b)
{
	uint64_t mine;

	sync_lock(&b->lock);
	mine = b->generation;
	if (++b->here == b->count)
		barrier_open(b);
	while (b->generation == mine)
		sync_wait(&b->met, &b->lock);
	sync_unlock(&b->lock);
}

void sync_barrier_excuse(struct sync_barrier *b, unsigned absent)
{
	sync_lock(&b->lock);
	assert(absent < b->count && "somebody still comes");
	b->count -= absent;
	if (b->here == b->count)
		barrier_open(b);
	sync_unlock(&b->lock);
}

static void timer_run(void *arg)
{
	struct sync_timer *t = arg;

	sync_lock(&t->lock);
	while (!t->quit) {
		if (t->due_ns == SYNC_FOREVER) {
			sync_wait(&t->changed, &t->lock);
		} else if (sync_now_ns() < t->due_ns) {
			sync_wait_until(&t->changed, &t->lock, t->due_ns);
		} else {
			t->due_ns = SYNC_FOREVER;
			t->running = true;
			sync_unlock(&t->lock);
			t->fn(t->arg);
			sync_lock(&t->lock);
			t->running = false;
			sync_broadcast(&t->changed);
		}
	}
	sync_unlock(&t->lock);
}

int sync_timer_init(struct sync_timer *t, const char *name, void (*fn)(void *), void *arg, struct err *reterr)
{
	sync_mutex_init(&t->lock, name);
	sync_cond_init(&t->changed, name);
	t->fn = fn;
	t->arg = arg;
	t->due_ns = SYNC_FOREVER;
	t->running = false;
	t->quit = false;
	if (sync_thread_start(&t->thread, name, timer_run, t, reterr)) {
		sync_cond_done(&t->changed);
		sync_mutex_done(&t->lock);
		return -1;
	}
	return 0;
}

void sync_timer_done(struct sync_timer *t)
{
	sync_lock(&t->lock);
	t->quit = true;
	sync_broadcast(&t->changed);
	sync_unlock(&t->lock);
	sync_thread_join(&t->thread);
	sync_cond_done(&t->changed);
	sync_mutex_done(&t->lock);
}

void sync_timer_set(struct sync_timer *t, int64_t due_ns)
{
	sync_lock(&t->lock);
	t->due_ns = due_ns;
	sync_broadcast(&t->changed);
	sync_unlock(&t->lock);
}

void sync_timer_cancel(struct sync_timer *t)
{
	sync_lock(&t->lock);
	/* A callback that runs may set the timer again: what it set goes too. */
	for (;;) {
		t->due_ns = SYNC_FOREVER;
		if (!t->running)
			break;
		sync_wait(&t->changed, &t->lock);
	}
	sync_unlock(&t->lock);
}
