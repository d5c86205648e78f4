/* Here lines of the log wait for the one thread that writes them, and are dropped where it cannot keep up. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log_parts.h"
#include "base/mem.h"

#define SWEEP_NS NS_PER_S

struct log_ring {
	struct sync_mutex lock;
	struct sync_cond work;	/* something to write, or to end */
	struct sync_cond ended; /* the thread is about to end */
	struct sync_thread thread;
	_Atomic int way;
	_Atomic int64_t give_up_ns; /* SYNC_FOREVER until the end begins */
	bool quit, idle, gone;
	uint64_t untold;  /* lines dropped since the last line about it */
	uint64_t telling; /* of these the line on its way out tells */
	unsigned tell_in; /* so many lines go out before it: those that were here first */
	bool failing;	  /* the last line could not be written: that line would not go out either */
	unsigned head, count;
	struct log_rate rate;
	struct log_event events[LOG_RING];
};

static _Atomic uint64_t dropped_total;

uint64_t log_ring_dropped(void)
{
	return atomic_load_explicit(&dropped_total, memory_order_relaxed);
}

static void drop(struct log_ring *r, uint64_t count)
{
	if (r->untold == 0)
		r->tell_in = r->count;
	r->untold += count;
	atomic_fetch_add_explicit(&dropped_total, count, memory_order_relaxed);
}

/* Fields of fixed size, and of the text only what is used. */
static void copy_event(struct log_event *to, const struct log_event *from)
{
	memcpy(to, from, offsetof(struct log_event, text));
	memcpy(to->text, from->text, strlen(from->text) + 1);
}

static void push(struct log_ring *r, const struct log_event *e)
{
	if (r->count == LOG_RING) {
		drop(r, 1);
		return;
	}
	copy_event(&r->events[(r->head + r->count) % LOG_RING], e);
	r->count++;
}

void log_ring_put(struct log_ring *r, uint64_t hash, struct log_event *e)
{
	struct log_event pushed;
	bool has_pushed = false, admitted = true;
	int64_t now_ns = sync_now_ns();

	sync_lock(&r->lock);
	if (e->level != LOG_LV_DEBUG)
		admitted = log_rate_admit(&r->rate, hash, now_ns, e, &pushed, &has_pushed);
	if (has_pushed)
		push(r, &pushed);
	if (admitted)
		push(r, e);
	if (r->idle) {
		r->idle = false;
		sync_signal(&r->work);
	}
	sync_unlock(&r->lock);
}

/* The line about dropped lines, where it is due. */
static bool dropped_event(struct log_ring *r, struct log_event *e)
{
	uint64_t count = r->untold;

	if (count == 0 || r->tell_in > 0 || r->failing)
		return false;
	r->telling = count;
	r->untold = 0;
	memset(e, 0, offsetof(struct log_event, text));
	e->wall_ns = clock_wall_ns();
	e->level = LOG_LV_WARNING;
	e->src = SYNC_HERE;
	snprintf(e->thread, sizeof(e->thread), "log");
	snprintf(e->text, sizeof(e->text), "%" PRIu64 " log line%s dropped: the reader of the log was too slow", count,
		 count == 1 ? " was" : "s were");
	return true;
}

/* The next line to write: what waits, what was dropped, what was suppressed. False: nothing now. */
static bool next(struct log_ring *r, struct log_event *ret)
{
	if (dropped_event(r, ret))
		return true;
	if (r->count > 0) {
		copy_event(ret, &r->events[r->head]);
		r->head = (r->head + 1) % LOG_RING;
		r->count--;
		r->tell_in -= r->tell_in > 0;
		return true;
	}
	return log_rate_sweep(&r->rate, sync_now_ns(), r->quit, ret);
}

static void note_written(struct log_ring *r, bool written)
{
	r->failing = !written;
	if (!written && r->telling)
		r->untold += r->telling;
	else if (!written)
		drop(r, 1);
	r->telling = 0;
}

static void run(void *arg)
{
	struct log_ring *r = arg;
	struct log_event e;

	sync_lock(&r->lock);
	for (;;) {
		if (sync_now_ns() < atomic_load(&r->give_up_ns) && next(r, &e)) {
			bool written;

			sync_unlock(&r->lock);
			written = log_out_write((enum log_way)atomic_load(&r->way), &e, &r->give_up_ns);
			sync_lock(&r->lock);
			note_written(r, written);
			continue;
		}
		if (r->quit)
			break;
		r->idle = true;
		if (r->rate.waiting)
			sync_wait_until(&r->work, &r->lock, sync_now_ns() + SWEEP_NS / 4);
		else
			sync_wait(&r->work, &r->lock);
		r->idle = false;
	}
	drop(r, r->count);
	r->gone = true;
	sync_signal(&r->ended);
	sync_unlock(&r->lock);
}

struct log_ring *log_ring_new(enum log_way way, struct err *reterr)
{
	struct log_ring *r = mem_zalloc(1, sizeof(*r));

	if (!r) {
		err_set(reterr, EXIT_INTERNAL, "log: no memory for %d lines", LOG_RING);
		return NULL;
	}
	sync_mutex_init(&r->lock, "log");
	sync_cond_init(&r->work, "log work");
	sync_cond_init(&r->ended, "log ended");
	atomic_init(&r->way, (int)way);
	atomic_init(&r->give_up_ns, SYNC_FOREVER);
	if (sync_thread_start(&r->thread, "log", run, r, reterr)) {
		sync_cond_done(&r->ended);
		sync_cond_done(&r->work);
		sync_mutex_done(&r->lock);
		mem_free(r);
		return NULL;
	}
	return r;
}

void log_ring_set_way(struct log_ring *r, enum log_way way)
{
	atomic_store(&r->way, (int)way);
}

void log_ring_end(struct log_ring *r, int64_t deadline_ns)
{
	bool gone, in_time = true;

	sync_lock(&r->lock);
	r->quit = true;
	atomic_store(&r->give_up_ns, deadline_ns);
	sync_signal(&r->work);
	/* The thread looks at the deadline itself; it is late only where the system holds it. */
	while (!r->gone && in_time)
		in_time = sync_wait_until(&r->ended, &r->lock, deadline_ns + NS_PER_S / 4);
	gone = r->gone;
	if (!gone) {
		drop(r, r->count);
		r->count = 0;
	}
	sync_unlock(&r->lock);
	if (!gone)
		return;
	sync_thread_join(&r->thread);
	sync_cond_done(&r->ended);
	sync_cond_done(&r->work);
	sync_mutex_done(&r->lock);
	mem_free(r);
}
