/* Here is remembered which lock was taken while which other was held, and a cycle is told before anybody stands in it. */
#include "base/sync_order.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define KINDS SYNC_ORDER_KINDS
#define FINDINGS 8
#define TEXT 768

/* One order, as it was seen first. */
struct order {
	const struct sync_src *held_at, *taken_at;
	char thread[SYNC_NAME];
};

struct graph {
	/* A bit for each kind that was taken while this one was held. Read without the lock: who sees an old value comes
	 * in and looks again. */
	_Atomic uint64_t after[KINDS];
	struct order order[KINDS][KINDS]; /* [held][taken] */
	char name[KINDS][SYNC_NAME];      /* kind 0 is what is not followed */
	struct sync_order_counts count;
	char found[FINDINGS][TEXT]; /* not told yet */
	_Atomic unsigned found_count;
	sync_order_fn *listener;
	void *arg;
};

struct held {
	const struct sync_mutex *lock;
	const struct sync_src *at;
};

_Static_assert(KINDS <= 64, "a bit for each");

static struct graph graph;
/* Under it no other lock is taken. */
static pthread_mutex_t graph_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct held held[SYNC_ORDER_DEPTH];
static _Thread_local unsigned held_count;

static void enter(void)
{
	int rc = pthread_mutex_lock(&graph_lock);

	assert(rc == 0);
}

static void leave(void)
{
	int rc = pthread_mutex_unlock(&graph_lock);

	assert(rc == 0);
}

void sync_order_init(struct sync_mutex *m)
{
	unsigned kind = 1;

	enter();
	while (kind <= graph.count.kinds && strcmp(graph.name[kind], m->name) != 0)
		kind++;
	if (kind == KINDS) {
		kind = 0;
	} else if (kind > graph.count.kinds) {
		graph.count.kinds = kind;
		memcpy(graph.name[kind], m->name, sizeof(m->name));
	}
	leave();
	m->kind = kind;
}

/* ---- words ---- */

struct text {
	char *bytes;
	size_t len;
};

PRINTF_LIKE(2, 3) static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(t->bytes + t->len, TEXT - t->len, fmt, ap);
	va_end(ap);
	t->len += (size_t)len < TEXT - t->len ? (size_t)len : TEXT - t->len - 1;
}

/* took "ledger" (abba.c:56) */
static void add_lock(struct text *t, const char *verb, unsigned kind, const struct sync_src *at)
{
	const char *slash = strrchr(at->file, '/');

	add(t, " %s \"%s\" (%s:%d)", verb, graph.name[kind], slash ? slash + 1 : at->file, at->line);
}

/* The calling thread's order closes the cycle; along `next` the orders seen before lead from `to` to `from`. */
static void word_cycle(char *ret_text, unsigned from, unsigned to, const unsigned *next)
{
	const struct order *mine = &graph.order[from][to];
	struct text t = {.bytes = ret_text};

	add(&t, "possible deadlock:");
	for (unsigned k = to; k != from; k = next[k]) {
		const struct order *other = &graph.order[k][next[k]];

		add(&t, " %s", other->thread);
		add_lock(&t, "took", k, other->held_at);
		add_lock(&t, "then", next[k], other->taken_at);
		add(&t, ";");
	}
	add(&t, " %s", mine->thread);
	add_lock(&t, "took", from, mine->held_at);
	add_lock(&t, "and now wants", to, mine->taken_at);
}

static void word_twice(char *ret_text, unsigned kind)
{
	const struct order *mine = &graph.order[kind][kind];
	struct text t = {.bytes = ret_text};

	add(&t, "possible deadlock: %s", mine->thread);
	add_lock(&t, "took", kind, mine->held_at);
	add_lock(&t, "and now wants another", kind, mine->taken_at);
	add(&t, "; nothing says which of the two comes first");
}

/* ---- the graph ---- */

static uint64_t bit(unsigned kind)
{
	return UINT64_C(1) << kind;
}

static bool is_known(unsigned from, unsigned to)
{
	return atomic_load_explicit(&graph.after[from], memory_order_relaxed) & bit(to);
}

/* The shortest way from `from` to `to` along orders seen; ret_next[] then leads there. */
static bool find_way(unsigned from, unsigned to, unsigned *ret_next)
{
	unsigned queue[KINDS], head = 0, tail = 0;
	uint64_t seen = bit(to);

	queue[tail++] = to;
	while (head < tail && !(seen & bit(from))) {
		unsigned here = queue[head++];

		for (unsigned k = 1; k <= graph.count.kinds; k++) {
			if ((seen & bit(k)) || !is_known(k, here))
				continue;
			seen |= bit(k);
			ret_next[k] = here;
			queue[tail++] = k;
		}
	}
	return seen & bit(from);
}

static void note_conflict(unsigned from, unsigned to, const unsigned *next)
{
	unsigned n = atomic_load_explicit(&graph.found_count, memory_order_relaxed);

	graph.count.conflicts++;
	/* More at once than anybody reads; the count tells. */
	if (n == FINDINGS)
		return;
	if (from == to)
		word_twice(graph.found[n], from);
	else
		word_cycle(graph.found[n], from, to, next);
	atomic_store_explicit(&graph.found_count, n + 1, memory_order_relaxed);
}

static void note_order(unsigned from, const struct sync_src *held_at, unsigned to, const struct sync_src *taken_at)
{
	unsigned next[KINDS];

	enter();
	if (!is_known(from, to)) {
		struct order *o = &graph.order[from][to];
		bool closes = from == to || find_way(to, from, next);

		o->held_at = held_at;
		o->taken_at = taken_at;
		snprintf(o->thread, sizeof(o->thread), "%s", sync_thread_name());
		graph.count.orders++;
		atomic_fetch_or_explicit(&graph.after[from], bit(to), memory_order_relaxed);
		if (closes)
			note_conflict(from, to, next);
	}
	leave();
}

void sync_order_take(const struct sync_mutex *m, const struct sync_src *src)
{
	if (m->kind == 0)
		return;
	for (unsigned i = 0; i < held_count; i++) {
		unsigned from = held[i].lock->kind;

		if (UNLIKELY(!is_known(from, m->kind)))
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
	if (graph.listener)
		graph.listener(graph.arg, line);
	else
		log_warning("%s", line);
}

void sync_order_tell(void)
{
	char line[TEXT];
	unsigned n;

	/* The log has a lock of its own: nobody tells who holds any. */
	while (UNLIKELY(atomic_load_explicit(&graph.found_count, memory_order_relaxed) > 0) && held_count == 0) {
		enter();
		n = atomic_load_explicit(&graph.found_count, memory_order_relaxed);
		if (n > 0) {
			memcpy(line, graph.found[0], TEXT);
			memmove(graph.found[0], graph.found[1], (n - 1) * TEXT);
			atomic_store_explicit(&graph.found_count, n - 1, memory_order_relaxed);
		}
		leave();
		if (n > 0)
			tell(line);
	}
}

void sync_order_listen(sync_order_fn *fn, void *arg)
{
	graph.listener = fn;
	graph.arg = arg;
}

void sync_order_count(struct sync_order_counts *ret)
{
	enter();
	*ret = graph.count;
	leave();
}
