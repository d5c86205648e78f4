/* Here is remembered which lock was taken while which other was held, and a cycle is told before anybody stands in it. */
#include "base/sync_order.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock_graph.h"
#include "base/log.h"
#include "base/sync_real.h"

#define FINDINGS 8
#define TEXT 768
#define COUNT_TRIES 200 /* a millisecond each */

struct orders {
	struct lock_graph graph;
	unsigned conflicts;
	char found[FINDINGS][TEXT]; /* not told yet */
	_Atomic unsigned found_count;
	sync_order_fn *listener;
	void *arg;
};

struct held {
	const struct sync_mutex *lock;
	const struct sync_src *at;
};

_Static_assert(SYNC_ORDER_KINDS == LOCK_KINDS, "as many as the graph has");

static struct orders orders;
/* Guards them. Under it no other lock is taken. */
static pthread_mutex_t orders_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct held held[SYNC_ORDER_DEPTH];
static _Thread_local unsigned held_count;

static void enter(void)
{
	int rc = pthread_mutex_lock(&orders_lock);

	assert(rc == 0);
}

static void leave(void)
{
	int rc = pthread_mutex_unlock(&orders_lock);

	assert(rc == 0);
}

void sync_order_init(struct sync_mutex *m)
{
	enter();
	m->kind = lock_graph_kind(&orders.graph, m->name);
	leave();
}

static void note_conflict(unsigned from, unsigned to, const struct lock_ring *ring)
{
	static const char twice[] = "; nothing says which of the two comes first";
	unsigned n = atomic_load_explicit(&orders.found_count, memory_order_relaxed);
	char *text = orders.found[n];
	size_t len;

	orders.conflicts++;
	/* More at once than anybody reads; the count tells. */
	if (n == FINDINGS)
		return;
	len = (size_t)snprintf(text, TEXT, "possible deadlock: ");
	lock_graph_words(&orders.graph, ring, from == to ? "and now wants another" : "and now wants", text + len,
			 TEXT - len - sizeof(twice));
	if (from == to)
		snprintf(text + strlen(text), sizeof(twice), "%s", twice);
	atomic_store_explicit(&orders.found_count, n + 1, memory_order_relaxed);
}

static void note_order(unsigned from, const struct sync_src *held_at, unsigned to, const struct sync_src *taken_at)
{
	const struct lock_taker self = {.name = sync_thread_name()};
	struct lock_ring ring;

	enter();
	if (!lock_graph_knows(&orders.graph, from, to)) {
		lock_graph_add(&orders.graph, from, held_at, to, taken_at, &self);
		if (lock_graph_ring(&orders.graph, from, to, &ring))
			note_conflict(from, to, &ring);
	}
	leave();
}

void sync_order_take(const struct sync_mutex *m, const struct sync_src *src)
{
	if (m->kind == 0)
		return;
	for (unsigned i = 0; i < held_count; i++) {
		unsigned from = held[i].lock->kind;

		if (UNLIKELY(!lock_graph_knows(&orders.graph, from, m->kind)))
			note_order(from, held[i].at, m->kind, src);
	}
	if (held_count < SYNC_ORDER_DEPTH)
		held[held_count++] = (struct held){m, src};
}

void sync_order_drop(const struct sync_mutex *m)
{
	unsigned i = held_count;

	while (i > 0 && held[i - 1].lock != m)
		i--;
	if (i == 0)
		return;
	held_count--;
	memmove(&held[i - 1], &held[i], (held_count - (i - 1)) * sizeof(held[0]));
}

/* ---- telling ---- */

static void tell(const char *line)
{
	if (orders.listener)
		orders.listener(orders.arg, line);
	else
		log_warning("%s", line);
}

void sync_order_tell(void)
{
	char line[TEXT];
	unsigned n;

	/* The log has a lock of its own: nobody tells who holds any. */
	while (UNLIKELY(atomic_load_explicit(&orders.found_count, memory_order_relaxed) > 0) && held_count == 0) {
		enter();
		n = atomic_load_explicit(&orders.found_count, memory_order_relaxed);
		if (n > 0) {
			memcpy(line, orders.found[0], TEXT);
			memmove(orders.found[0], orders.found[1], (n - 1) * TEXT);
			atomic_store_explicit(&orders.found_count, n - 1, memory_order_relaxed);
		}
		leave();
		if (n > 0)
			tell(line);
	}
}

void sync_order_listen(sync_order_fn *fn, void *arg)
{
	orders.listener = fn;
	orders.arg = arg;
}

/* Not for ever: who asks may be the one who is to find out what is stuck. */
bool sync_order_count(struct sync_order_counts *ret)
{
	for (unsigned i = 0; pthread_mutex_trylock(&orders_lock) != 0; i++) {
		if (i == COUNT_TRIES)
			return false;
		sync_real_sleep_until(sync_real_now_ns() + NS_PER_MS);
	}
	*ret = (struct sync_order_counts){
		.kinds = orders.graph.kinds, .orders = orders.graph.orders, .conflicts = orders.conflicts};
	leave();
	return true;
}
