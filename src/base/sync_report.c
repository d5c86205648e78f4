/* Here is written down which locks and threads are alive, and told who holds what and who waits for whom. */
#include "config.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/sync_order.h"
#include "base/sync_real.h"

/* Under a lock of its own, which no lock of sync.h is ever taken inside of, except by a report's callback. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sync_mutex *mutexes;
static struct sync_thread_info *threads;
static unsigned mutex_count, thread_count, cond_count;

static void enter(void)
{
	int rc = pthread_mutex_lock(&lock);

	assert(rc == 0);
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

#define PLACE_TEXT 160

/* "at queue.c:88 (queue_take) for 12 ms" */
static void format_place(char *ret_text, const struct sync_src *src, int64_t since_ns, int64_t now_ns)
{
	int64_t ms = now_ns > since_ns ? (now_ns - since_ns) / NS_PER_MS : 0;
	const char *slash;

	if (!src) {
		snprintf(ret_text, PLACE_TEXT, "for %" PRId64 " ms", ms);
		return;
	}
	slash = strrchr(src->file, '/');
	snprintf(ret_text, PLACE_TEXT, "at %s:%d (%s) for %" PRId64 " ms", slash ? slash + 1 : src->file, src->line,
		 src->func, ms);
}

static const struct sync_thread_info *owner_of(const struct sync_mutex *m)
{
	return atomic_load_explicit(&m->owner, memory_order_acquire);
}

static const struct sync_mutex *wanted_by(const struct sync_thread_info *t)
{
	return atomic_load_explicit(&t->wants_lock, memory_order_acquire);
}

static void report_mutex(const struct sync_mutex *m, int64_t now_ns, sync_report_fn *fn, void *arg)
{
	const struct sync_thread_info *owner = owner_of(m);
	char place[PLACE_TEXT], line[PLACE_TEXT + 128];

	if (!owner)
		return;
	format_place(place, atomic_load_explicit(&m->place, memory_order_relaxed),
		     atomic_load_explicit(&m->since_ns, memory_order_relaxed), now_ns);
	snprintf(line, sizeof(line), "lock \"%s\" held by %s %s", m->name, owner->name, place);
	fn(arg, line);
}

static void report_thread(const struct sync_thread_info *t, int64_t now_ns, sync_report_fn *fn, void *arg)
{
	const struct sync_mutex *m = wanted_by(t);
	const struct sync_cond *c = atomic_load_explicit(&t->wants_cond, memory_order_acquire);
	const struct sync_thread_info *owner;
	char place[PLACE_TEXT], line[PLACE_TEXT + 128];

	if (!m && !c)
		return;
	format_place(place, atomic_load_explicit(&t->place, memory_order_relaxed),
		     atomic_load_explicit(&t->since_ns, memory_order_relaxed), now_ns);
	if (c) {
		snprintf(line, sizeof(line), "%s waits for condition \"%s\" %s", t->name, c->name, place);
		fn(arg, line);
		return;
	}
	owner = owner_of(m);
	snprintf(line, sizeof(line), "%s waits for lock \"%s\" %s%s%s", t->name, m->name, place,
		 owner ? ", held by " : "", owner ? owner->name : "");
	fn(arg, line);
}

/* Whom t waits for, or NULL. */
static const struct sync_thread_info *blocker(const struct sync_thread_info *t)
{
	const struct sync_mutex *m = wanted_by(t);

	return m ? owner_of(m) : NULL;
}

/* Tells a cycle that t is part of, once: from the member that stands first in memory. */
static void report_cycle(const struct sync_thread_info *t, sync_report_fn *fn, void *arg)
{
	const struct sync_thread_info *other = blocker(t);
	char line[512];
	size_t len;
	unsigned size = 1;

	for (; other && other != t; other = blocker(other), size++)
		if (other < t || size > thread_count)
			return;
	if (!other)
		return;
	len = (size_t)snprintf(line, sizeof(line), "deadlock (cycle of %u): %s", size, t->name);
	for (; size > 0 && other && len < sizeof(line); size--) {
		other = blocker(other);
		len += (size_t)snprintf(line + len, sizeof(line) - len, " waits for %s", other ? other->name : "?");
	}
	fn(arg, line);
}

/* Nothing, where orders are not watched. */
static void report_orders(sync_report_fn *fn UNUSED, void *arg UNUSED)
{
#ifdef ENABLE_LOCKDEP
	struct sync_order_counts c;
	char line[128];

	sync_order_count(&c);
	snprintf(line, sizeof(line), "lock orders: %u known among %u kinds of locks, %u in conflict", c.orders, c.kinds,
		 c.conflicts);
	fn(arg, line);
#endif
}

void sync_report(sync_report_fn *fn, void *arg)
{
	int64_t now_ns = sync_real_coarse_ns();
	const struct sync_thread_info *main_thread = sync_main();

	enter();
	for (const struct sync_mutex *m = mutexes; m; m = m->next)
		report_mutex(m, now_ns, fn, arg);
	report_thread(main_thread, now_ns, fn, arg);
	for (const struct sync_thread_info *t = threads; t; t = t->next)
		report_thread(t, now_ns, fn, arg);
	report_cycle(main_thread, fn, arg);
	for (const struct sync_thread_info *t = threads; t; t = t->next)
		report_cycle(t, fn, arg);
	leave();
	report_orders(fn, arg);
}
