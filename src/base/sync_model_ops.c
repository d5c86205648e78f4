/* The calls of sync.h as modelled state: a lock is an owner, a condition is who waits for it. */
#include <stdio.h>
#include <string.h>

#include "base/sync_backend.h"
#include "base/sync_model_impl.h"
#include "base/sync_real.h"

_Static_assert(sizeof(struct model_object) <= sizeof(((struct sync_mutex *)0)->impl), "the model's state fits");

static struct model_object *object_of(void *impl)
{
	return (struct model_object *)impl;
}

static void object_init(void *impl)
{
	struct model_object *o = object_of(impl);

	o->id = model_state()->objects++;
	o->past = o->id;
	o->owner = NOBODY;
}

/* ---- locks ---- */

static void mutex_init(struct sync_mutex *m)
{
	object_init(m->impl);
}

static void mutex_done(struct sync_mutex *m)
{
	if (object_of(m->impl)->owner != NOBODY)
		model_end(MODEL_MISUSE, "lock \"%s\" is destroyed while it is held", m->name);
	object_of(m->impl)->owner = GONE;
}

/* Whoever waits for one that is gone is told so. */
static bool is_free(void *of)
{
	return object_of(of)->owner < 0;
}

static void check_there(const struct model_object *o, const char *what, const char *name)
{
	if (o->owner == GONE)
		model_end(MODEL_MISUSE, "%s \"%s\" is used after it was destroyed", what, name);
}

static void take_lock(struct model_object *o, const char *name, const struct sync_src *at)
{
	check_there(o, "lock", name);
	o->owner = (int)model_self();
	if (o->id < MODEL_OBJECTS)
		model_state()->holder[o->id] = (int8_t)(o->owner + 1);
	model_me()->held++;
	model_own_at(name, true, at);
}

static void drop_lock(struct model_object *o, const char *name)
{
	if (o->owner != (int)model_self())
		model_end(MODEL_MISUSE, "lock \"%s\" is released by %s, who does not hold it", name, model_me()->name);
	o->owner = NOBODY;
	if (o->id < MODEL_OBJECTS)
		model_state()->holder[o->id] = 0;
	model_me()->held--;
	model_me()->acted = true;
	model_own_at(name, false, NULL);
}

static void lock(struct sync_mutex *m, const struct sync_src *at)
{
	struct model_object *o = object_of(m->impl);

	model_point_at(&(struct model_pending){
		.op = MODEL_LOCK, .object = m->name, .at = at, .ready = is_free, .of = o, .deadline_ns = SYNC_FOREVER});
	take_lock(o, m->name, at);
	model_touch(&o->past, MODEL_LOCK);
}

static void unlock(struct sync_mutex *m, const struct sync_src *at)
{
	struct model_object *o = object_of(m->impl);

	model_point_now(
		&(struct model_pending){.op = MODEL_UNLOCK, .object = m->name, .at = at, .deadline_ns = SYNC_FOREVER});
	drop_lock(o, m->name);
	atomic_store_explicit(&m->place, NULL, memory_order_relaxed);
	model_touch(&o->past, MODEL_UNLOCK);
}

/* ---- conditions ---- */

static void cond_init(struct sync_cond *c)
{
	object_init(c->impl);
}

static void cond_done(struct sync_cond *c)
{
	struct model_state *s = model_state();

	for (unsigned i = 0; i < s->threads; i++) {
		if (!s->thread[i].ended && s->thread[i].condition == object_of(c->impl))
			model_end(MODEL_MISUSE, "condition \"%s\" is destroyed while %s waits for it", c->name,
				  s->thread[i].name);
	}
	object_of(c->impl)->owner = GONE;
}

static bool is_woken(void *of)
{
	const struct model_thread *t = of;

	return t->signaled && t->lock->owner < 0;
}

/* Who wakes others under the lock of those who wait can then not be too early for one of them. */
static void note_use(const struct sync_cond *c, const struct model_object *cond, const struct model_object *lock)
{
	uint8_t *with;

	if (cond->id >= MODEL_OBJECTS)
		return;
	with = &model_state()->used_with[cond->id];
	if (*with && *with != lock->id + 1)
		model_end(MODEL_MISUSE, "condition \"%s\" is waited for under two locks", c->name);
	if (lock->id < MODEL_OBJECTS)
		*with = (uint8_t)(lock->id + 1);
}

static bool wait(struct sync_cond *c, struct sync_mutex *m, int64_t deadline_ns, const struct sync_src *at)
{
	struct model_thread *t = model_me();
	struct model_object *cond = object_of(c->impl), *o = object_of(m->impl);
	enum model_how how;

	/* Whoever does not need this lock might wake nobody, if he did so before. */
	model_point_once(&(struct model_pending){.op = MODEL_WAIT, .object = c->name, .at = at, .deadline_ns = SYNC_FOREVER});
	check_there(cond, "condition", c->name);
	note_use(c, cond, o);
	drop_lock(o, m->name);
	atomic_store_explicit(&m->place, NULL, memory_order_relaxed);
	model_touch(&o->past, MODEL_WAIT);
	model_touch(&cond->past, MODEL_WAIT);
	t->condition = cond;
	t->lock = o;
	t->signaled = false;
	t->spurious = 0;
	model_point_at(&(struct model_pending){
		.op = MODEL_WAKE, .object = c->name, .at = at, .ready = is_woken, .of = t, .deadline_ns = deadline_ns});
	how = t->pending.how;
	t->condition = NULL;
	model_touch(&cond->past, MODEL_WAKE + (uint64_t)how * MODEL_OPS);
	/* That it gives up is settled. What it waited for may still come true before it has the lock. */
	if (how != MODEL_RUN)
		model_point_at(&(struct model_pending){.op = MODEL_LOCK,
						       .object = m->name,
						       .at = at,
						       .ready = is_free,
						       .of = o,
						       .deadline_ns = SYNC_FOREVER});
	take_lock(o, m->name, at);
	model_touch(&o->past, MODEL_WAKE);
	return how != MODEL_TIMEOUT;
}

/* Would it be all the same if others went on between the thread's last point and this wake-up? They cannot begin to wait
 * while it holds their lock; but they might give up. */
static bool wakes_alike(const struct model_object *cond)
{
	const struct model_state *s = model_state();
	unsigned with = cond->id < MODEL_OBJECTS ? s->used_with[cond->id] : 0;

	if (!with || s->holder[with - 1] != (int8_t)(model_self() + 1))
		return false;
	for (unsigned i = 0; i < s->threads; i++) {
		if (s->thread[i].condition == cond && model_may_give_up(&s->thread[i]))
			return false;
	}
	return true;
}

static void wake(struct sync_cond *c, bool all, const struct sync_src *at)
{
	struct model_state *s = model_state();
	struct model_object *cond = object_of(c->impl);
	struct model_thread *waiter[MODEL_THREADS];
	unsigned n = 0;

	(wakes_alike(cond) ? model_point_now : model_point_once)(&(struct model_pending){
		.op = all ? MODEL_BROADCAST : MODEL_SIGNAL, .object = c->name, .at = at, .deadline_ns = SYNC_FOREVER});
	check_there(cond, "condition", c->name);
	for (unsigned i = 0; i < s->threads; i++) {
		struct model_thread *t = &s->thread[i];

		if (!t->ended && t->condition == cond && !t->signaled)
			waiter[n++] = t;
	}
	/* pthreads promise no order: any of them may be the one. */
	if (!all && n > 1) {
		waiter[0] = waiter[model_pick(MODEL_WAITER, n)];
		n = 1;
	}
	for (unsigned i = 0; i < n; i++)
		waiter[i]->signaled = true;
	model_touch(&cond->past, all ? MODEL_BROADCAST : MODEL_SIGNAL);
}

/* ---- threads and time ---- */

static int start(struct sync_thread *t, void (*fn)(void *), void *arg, const struct sync_src *at, struct err *reterr)
{
	struct model_thread *made;

	model_point_now(&(struct model_pending){
		.op = MODEL_SPAWN, .object = t->info->name, .at = at, .deadline_ns = SYNC_FOREVER});
	model_me()->acted = true;
	made = model_thread_new(t->info->name, fn, arg);
	if (!made) {
		err_set(reterr, EXIT_INTERNAL, "thread %s: the model has no more", t->info->name);
		return -1;
	}
	memcpy(t->impl, &made->id, sizeof(made->id));
	return 0;
}

static bool has_ended(void *of)
{
	return ((struct model_thread *)of)->ended;
}

static void join(struct sync_thread *t, const struct sync_src *at)
{
	struct model_state *s = model_state();
	unsigned id;

	memcpy(&id, t->impl, sizeof(id));
	model_point_at(&(struct model_pending){.op = MODEL_JOIN,
					       .object = t->info->name,
					       .at = at,
					       .ready = has_ended,
					       .of = &s->thread[id],
					       .deadline_ns = SYNC_FOREVER});
	model_touch(&s->thread[id].past, MODEL_JOIN);
}

static int64_t now_ns(void)
{
	int64_t now = model_state()->now_ns;

	if (now)
		model_saw((uint64_t)now);
	return now;
}

static void sleep_until(int64_t deadline_ns, const struct sync_src *at)
{
	uint64_t alone = model_me()->id;

	model_point_at(&(struct model_pending){.op = MODEL_SLEEP, .at = at, .deadline_ns = deadline_ns});
	model_touch(&alone, MODEL_SLEEP);
}

const struct sync_backend *model_backend(void)
{
	static const struct sync_backend backend = {
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

	return &backend;
}
