/* Here is written down which locks and threads are alive, and looked at who holds what and who waits for whom. */
#include "config.h"

#include "base/sync_report.h"

#include <pthread.h>
#include <string.h>

#include "base/sync_real.h"

/* Under a lock of its own, which no other lock is ever taken inside of. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sync_mutex *mutexes;
static struct sync_thread_info *threads;
static unsigned mutex_count, thread_count, cond_count;

static void enter(void)
{
	int rc = pthread_mutex_lock(&lock);

	assert(rc == 0);
}

/* As enter, but not for ever: who looks may be the one who is to find out what is stuck. */
static bool enter_for(int64_t ns)
{
	int64_t end_ns = sync_real_now_ns() + ns;

	while (pthread_mutex_trylock(&lock) != 0) {
		if (sync_real_now_ns() >= end_ns)
			return false;
		sync_real_sleep_until(sync_real_now_ns() + NS_PER_MS);
	}
	return true;
}

static void leave(void)
{
	int rc = pthread_mutex_unlock(&lock);

	assert(rc == 0);
}

void sync_register_mutex(struct sync_mutex *m)
{
	enter();
	m->next = mutexes;
	if (mutexes)
		mutexes->prev = m;
	mutexes = m;
	mutex_count++;
	leave();
}

void sync_unregister_mutex(struct sync_mutex *m)
{
	enter();
	if (m->next)
		m->next->prev = m->prev;
	if (m->prev)
		m->prev->next = m->next;
	else
		mutexes = m->next;
	mutex_count--;
	leave();
}

void sync_register_thread(struct sync_thread_info *info)
{
	enter();
	info->next = threads;
	if (threads)
		threads->prev = info;
	threads = info;
	thread_count++;
	leave();
}

void sync_unregister_thread(struct sync_thread_info *info)
{
	enter();
	if (info->next)
		info->next->prev = info->prev;
	if (info->prev)
		info->prev->next = info->next;
	else
		threads = info->next;
	thread_count--;
	leave();
}

void sync_register_cond(void)
{
	enter();
	cond_count++;
	leave();
}

void sync_unregister_cond(void)
{
	enter();
	cond_count--;
	leave();
}

unsigned sync_registered(void)
{
	unsigned count;

	enter();
	count = mutex_count + thread_count + cond_count;
	leave();
	return count;
}

/* ---- looking: all with the register's lock held ---- */

struct looking {
	struct sync_look *look;
	const struct sync_thread_info *info[SYNC_LOOK_THREADS];
	int64_t now_ns;
};

static int64_t ago_ms(const struct looking *l, int64_t then_ns)
{
	return l->now_ns > then_ns ? (l->now_ns - then_ns) / NS_PER_MS : 0;
}

static int number_of(const struct looking *l, const struct sync_thread_info *info)
{
	for (unsigned i = 0; i < l->look->all.threads; i++) {
		if (l->info[i] == info)
			return (int)i;
	}
	return WAITS_NOBODY;
}

static void list_thread(struct looking *l, const struct sync_thread_info *info)
{
	unsigned n = l->look->all.threads;

	if (n == SYNC_LOOK_THREADS) {
		l->look->beyond_threads++;
		return;
	}
	l->info[n] = info;
	memcpy(l->look->thread_name[n], info->name, SYNC_NAME);
	l->look->all.threads++;
}

static void note_lock(const struct looking *l, const struct sync_mutex *m, struct waits_thread *t)
{
	const struct sync_thread_info *owner = atomic_load_explicit(&m->owner, memory_order_acquire);

	t->what = WAITS_LOCK;
	t->object = m->name;
	if (!owner)
		return;
	t->owner = number_of(l, owner);
	t->owner_at = atomic_load_explicit(&m->place, memory_order_relaxed);
	t->owner_since = ago_ms(l, atomic_load_explicit(&m->since_ns, memory_order_relaxed));
}

static void note_thread(struct looking *l, unsigned n)
{
	const struct sync_thread_info *info = l->info[n];
	const struct sync_mutex *m = atomic_load_explicit(&info->wants_lock, memory_order_acquire);
	const struct sync_cond *c = atomic_load_explicit(&info->wants_cond, memory_order_acquire);
	const struct sync_thread_info *end = atomic_load_explicit(&info->wants_end, memory_order_acquire);
	struct waits_thread *t = &l->look->thread[n];

	*t = (struct waits_thread){
		.name = l->look->thread_name[n],
		.ended = atomic_load_explicit(&info->ended, memory_order_acquire),
		.object = "",
		.since = WAITS_UNKNOWN,
		.owner = WAITS_NOBODY,
		.waker = WAITS_NOBODY,
	};
	if (m) {
		note_lock(l, m, t);
	} else if (c) {
		t->what = WAITS_COND;
		t->object = c->name;
	} else if (end) {
		t->what = WAITS_END;
		t->owner = number_of(l, end);
		t->object = end->name;
	}
	if (t->what == WAITS_NOT)
		return;
	memcpy(l->look->object_name[n], t->object, SYNC_NAME);
	t->object = l->look->object_name[n];
	t->at = atomic_load_explicit(&info->place, memory_order_relaxed);
	t->since = ago_ms(l, atomic_load_explicit(&info->since_ns, memory_order_relaxed));
}

static void note_held(struct looking *l, const struct sync_mutex *m)
{
	const struct sync_thread_info *owner = atomic_load_explicit(&m->owner, memory_order_acquire);
	unsigned n = l->look->all.helds;

	if (!owner)
		return;
	if (n == SYNC_LOOK_HELD) {
		l->look->beyond_held++;
		return;
	}
	memcpy(l->look->held_name[n], m->name, SYNC_NAME);
	l->look->held[n] = (struct waits_held){
		.name = l->look->held_name[n],
		.owner = number_of(l, owner),
		.at = atomic_load_explicit(&m->place, memory_order_relaxed),
		.since = ago_ms(l, atomic_load_explicit(&m->since_ns, memory_order_relaxed)),
	};
	l->look->all.helds++;
}

/* The register's newest comes first; told is the oldest first. */
static void look_at_all(struct looking *l)
{
	const struct sync_thread_info *oldest = threads;
	const struct sync_mutex *first = mutexes;

	list_thread(l, sync_main());
	while (oldest && oldest->next)
		oldest = oldest->next;
	for (; oldest; oldest = oldest->prev)
		list_thread(l, oldest);
	for (unsigned i = 0; i < l->look->all.threads; i++)
		note_thread(l, i);
	while (first && first->next)
		first = first->next;
	for (; first; first = first->prev)
		note_held(l, first);
}

static bool look_once(struct sync_look *ret)
{
	struct looking l = {.look = ret, .now_ns = sync_real_coarse_ns()};

	ret->all = (struct waits_snapshot){.thread = ret->thread, .held = ret->held};
	ret->beyond_threads = ret->beyond_held = 0;
	if (!enter_for(SYNC_LOOK_NS))
		return false;
	look_at_all(&l);
	leave();
	waits_find(&ret->all, &ret->knot);
	return true;
}

/* A thread that waits in both looks, and in the second one for longer by what lies between, has waited all the while. */
static bool still_waits(const struct waits_thread *before, const struct waits_thread *now)
{
	if (before->ended || now->ended)
		return before->ended && now->ended;
	return before->what == now->what && before->at == now->at && before->owner == now->owner &&
	       now->since >= before->since + SYNC_KNOT_NS / NS_PER_MS / 2;
}

/* Threads are looked at one after the other: two that passed each other may look like a knot. */
static bool stays(const struct sync_look *before, const struct sync_look *now)
{
	const struct waits_knot *k = &now->knot;

	if (k->kind == WAITS_CALM)
		return true;
	if (k->kind != before->knot.kind || k->thread != before->knot.thread || k->ring_count != before->knot.ring_count ||
	    before->all.threads != now->all.threads)
		return false;
	for (unsigned i = 0; i < k->ring_count; i++) {
		if (k->ring[i] != before->knot.ring[i] || !still_waits(&before->thread[k->ring[i]], &now->thread[k->ring[i]]))
			return false;
	}
	return still_waits(&before->thread[k->thread], &now->thread[k->thread]);
}

bool sync_look(struct sync_look *ret)
{
	struct sync_look before;

	if (!look_once(&before))
		return false;
	if (before.knot.kind != WAITS_CALM)
		sync_real_sleep_until(sync_real_now_ns() + SYNC_KNOT_NS);
	if (!look_once(ret))
		return false;
	if (!stays(&before, ret))
		ret->knot = (struct waits_knot){.thread = WAITS_NOBODY};
	return true;
}

int64_t sync_held_for_ns(const char *name)
{
	int64_t now_ns = sync_real_coarse_ns(), longest = 0;

	if (!enter_for(SYNC_LOOK_NS))
		return -1;
	for (const struct sync_mutex *m = mutexes; m; m = m->next) {
		int64_t since_ns = atomic_load_explicit(&m->since_ns, memory_order_relaxed);

		if (atomic_load_explicit(&m->owner, memory_order_acquire) && (!name || strcmp(m->name, name) == 0) &&
		    now_ns - since_ns > longest)
			longest = now_ns - since_ns;
	}
	leave();
	return longest;
}
