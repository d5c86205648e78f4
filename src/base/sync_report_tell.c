/* Tells how live threads stand, in the words of base/waits. */
#include "config.h"

#include "base/sync_report.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/sync_order.h"
#include "base/sync_real.h"

struct telling {
	sync_report_fn *fn;
	void *arg;
	enum sync_tone tone;
};

static void say(void *arg, unsigned indent, const char *line)
{
	const struct telling *t = arg;
	char text[600];

	snprintf(text, sizeof(text), "%*s%s", (int)indent, "", line);
	t->fn(t->arg, t->tone, text);
}

PRINTF_LIKE(3, 4) static void tell(struct telling *t, enum sync_tone tone, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	t->tone = tone;
	say(t, 0, text);
}

/* Those for whom there is hope. */
static void tell_waiters(struct telling *t, const struct sync_look *l)
{
	unsigned count = 0;

	for (unsigned i = 0; i < l->all.threads; i++)
		count += l->thread[i].what == WAITS_LOCK;
	if (count == 0)
		tell(t, SYNC_FACT, "no thread waits for a lock");
	else
		tell(t, SYNC_FACT, "%u thread%s for a lock, and there is no knot", count, count == 1 ? " waits" : "s wait");
	for (unsigned i = 0; i < l->all.threads; i++) {
		t->tone = l->thread[i].what == WAITS_LOCK ? SYNC_FACT : SYNC_ASIDE;
		if (l->thread[i].what != WAITS_NOT && !l->thread[i].ended)
			waits_tell_thread(&l->all, i, say, t);
	}
}

/* Nothing, where orders are not watched. */
static void tell_orders(struct telling *t UNUSED)
{
#ifdef ENABLE_LOCKDEP
	struct sync_order_counts c;

	if (sync_order_count(&c))
		tell(t, SYNC_FACT, "lock orders: %u known among %u kinds of locks, %u in conflict", c.orders, c.kinds,
		     c.conflicts);
#endif
}

void sync_report(sync_report_fn *fn, void *arg)
{
	struct telling t = {.fn = fn, .arg = arg, .tone = SYNC_STUCK};
	struct sync_look l;

	if (!sync_look(&l)) {
		tell(&t, SYNC_STUCK, "who waits for whom cannot be told: the register of locks is itself held, for %d ms at least",
		     (int)(SYNC_LOOK_NS / NS_PER_MS));
		return;
	}
	if (l.knot.kind != WAITS_CALM)
		waits_tell(&l.all, &l.knot, say, &t);
	else
		tell_waiters(&t, &l);
	t.tone = SYNC_FACT;
	for (unsigned i = 0; i < l.all.helds; i++)
		waits_tell_held(&l.all, i, say, &t);
	if (l.beyond_threads || l.beyond_held)
		tell(&t, SYNC_FACT, "and %u more threads, %u more held locks", l.beyond_threads, l.beyond_held);
	tell_orders(&t);
}

static void on_stderr(void *arg UNUSED, enum sync_tone tone UNUSED, const char *line)
{
	fprintf(stderr, "%s\n", line);
}

void sync_report_misuse(void)
{
	sync_report(on_stderr, NULL);
}
