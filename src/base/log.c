/* Here a line of the log is worded, and goes to the ring, or straight out where no ring runs. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log_parts.h"
#include "base/parse.h"
#include "base/sync_model_case.h"

#define STOP_NS	  (2 * NS_PER_S) /* for what waits when the log stops */
#define DIRECT_NS (NS_PER_S / 5) /* for a line without a ring */

static _Atomic int wanted = LOG_LV_INFO;
static _Atomic int target_now = LOG_TO_AUTO;
static _Atomic(struct log_ring *) ring;
/* Threads that may be using the ring; log_stop waits for them. */
static _Atomic unsigned users;
/* Lines that went out without a ring and were lost. */
static _Atomic uint64_t lost;

const char *log_level_name(enum log_level level)
{
	switch (level) {
	case LOG_LV_ERROR:
		return "error";
	case LOG_LV_WARNING:
		return "warning";
	case LOG_LV_NOTICE:
		return "notice";
	case LOG_LV_INFO:
		return "info";
	case LOG_LV_DEBUG:
		return "debug";
	}
	return "?";
}

enum log_level log_level(void)
{
	return (enum log_level)atomic_load_explicit(&wanted, memory_order_relaxed);
}

bool log_debug_on(void)
{
	return log_level() >= LOG_LV_DEBUG;
}

uint64_t log_dropped(void)
{
	return log_ring_dropped() + atomic_load_explicit(&lost, memory_order_relaxed);
}

static void copy(char *to, const char *from, size_t size)
{
	size_t len = from ? strnlen(from, size - 1) : 0;

	if (len)
		memcpy(to, from, len);
	to[len] = '\0';
}

/* Without a ring: at once, from this thread, and not for long. The journal's library may wait for ever, so under the
 * journal these lines take stderr, which leads there too. */
static void write_direct(const struct log_event *e)
{
	enum log_way way = log_out_way(LOG_TO_STDERR);
	const _Atomic int64_t give_up_ns = sync_now_ns() + DIRECT_NS;

	if (!log_out_write(way, e, &give_up_ns))
		atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
}

void log_line(enum log_level level, const struct sync_src *src, const struct log_about *about, const char *fmt, ...)
{
	static const struct log_about nothing;
	struct log_event e;
	struct log_ring *r;
	va_list ap;

	if (level > log_level() || model_running())
		return;
	if (!about)
		about = &nothing;
	e.wall_ns = clock_wall_ns();
	e.level = level;
	e.src = src;
	copy(e.thread, sync_thread_name(), sizeof(e.thread));
	copy(e.listener, about->listener, sizeof(e.listener));
	copy(e.peer, about->peer, sizeof(e.peer));
	copy(e.store, about->store, sizeof(e.store));
	va_start(ap, fmt);
	if (vsnprintf(e.text, sizeof(e.text), fmt, ap) >= (int)sizeof(e.text))
		e.text[utf8_cut(e.text, sizeof(e.text) - 1)] = '\0';
	va_end(ap);

	atomic_fetch_add(&users, 1);
	r = atomic_load(&ring);
	if (r)
		log_ring_put(r, log_rate_hash(src, about->key ? about->key : e.text), &e);
	atomic_fetch_sub(&users, 1);
	if (!r)
		write_direct(&e);
}

int log_start(enum log_level level, enum log_target target, struct err *reterr)
{
	struct log_ring *r;

	assert(!atomic_load(&ring) && "the log is started once");
	if (target == LOG_TO_JOURNAL && !log_out_has_journal()) {
		err_set(reterr, EXIT_CONFIG, "log.target: no journal can be reached: use target = stderr or auto");
		return -1;
	}
	r = log_ring_new(log_out_way(target), reterr);
	if (!r)
		return -1;
	atomic_store(&wanted, (int)level);
	atomic_store(&target_now, (int)target);
	atomic_store(&ring, r);
	return 0;
}

void log_set(enum log_level level, enum log_target target)
{
	struct log_ring *r;

	atomic_store(&wanted, (int)level);
	atomic_fetch_add(&users, 1);
	r = atomic_load(&ring);
	if (r && atomic_exchange(&target_now, (int)target) != (int)target)
		log_ring_set_way(r, log_out_way(target));
	atomic_fetch_sub(&users, 1);
}

void log_stop(void)
{
	int64_t deadline_ns = sync_now_ns() + STOP_NS;
	struct log_ring *r = atomic_exchange(&ring, NULL);

	if (!r)
		return;
	/* Whoever found the ring before is inside for microseconds. */
	while (atomic_load(&users))
		sync_sleep_until(sync_now_ns() + NS_PER_MS / 10);
	log_ring_end(r, deadline_ns);
}
