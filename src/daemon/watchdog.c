/* Judges whether everything gets on, and lets systemd know only as long as it does. */
#include "daemon/watchdog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/daemon.h"
#include "daemon/dump.h"

#define TICKS 20 /* of an interval */
#define TICK_LEAST_NS (20 * NS_PER_MS)
#define TICK_MOST_NS NS_PER_S
#define LAST_WORD_NS (100 * NS_PER_MS) /* for the log to write out why */

/* ---- judging ---- */

int64_t watchdog_limit(enum watched what, int64_t interval_ns)
{
	switch (what) {
	case WATCHED_MAIN:
	case WATCHED_LOOP:
		return interval_ns / 4;
	case WATCHED_WORKER:
		return interval_ns / 8 * 3;
	case WATCHED_STORE: /* after the worker, who tells more */
	case WATCHED_STOP:
		return interval_ns / 2;
	}
	return interval_ns;
}

const struct watched_now *watchdog_judge(struct watched_past *past, const struct watched_now *now, unsigned count,
					 int64_t elapsed_ns)
{
	const struct watched_now *worst = NULL;
	int64_t worst_ns = 0;

	for (unsigned i = 0; i < count; i++) {
		/* Who had nothing to do a look ago has had something for a moment perhaps, however long ago that look was. */
		int64_t begun_ns = now[i].limit_ns * 2 / TICKS;

		if (now[i].idle || now[i].mark != past[i].mark)
			past[i].still_ns = 0;
		else
			past[i].still_ns += past[i].idle && elapsed_ns > begun_ns ? begun_ns : elapsed_ns;
		past[i].mark = now[i].mark;
		past[i].idle = now[i].idle;
		if (past[i].still_ns - now[i].limit_ns > worst_ns) {
			worst_ns = past[i].still_ns - now[i].limit_ns;
			worst = &now[i];
		}
	}
	return worst;
}

struct watchdog_deed watchdog_step(struct watchdog_life *life, bool well, int64_t elapsed_ns)
{
	struct watchdog_deed deed = {0};

	life->unpinged_ns += elapsed_ns;
	if (well) {
		deed.recover = life->unwell;
		deed.ping = deed.recover || life->unpinged_ns >= life->interval_ns / 4;
		life->unwell = life->asked = false;
		life->unwell_ns = 0;
		if (deed.ping)
			life->unpinged_ns = 0;
		return deed;
	}
	deed.report = !life->unwell;
	life->unwell_ns += life->unwell ? elapsed_ns : 0;
	life->unwell = true;
	deed.ask = !life->asked && life->unwell_ns >= life->interval_ns / 8;
	life->asked |= deed.ask;
	return deed;
}

/* ---- what main shows ---- */

struct watchdog {
	int64_t interval_ns, tick_ns;
	unsigned things; /* that are watched; they never change: main, stop, loop, then stores, then workers */
	struct sync_thread thread;

	struct sync_mutex lock; /* guards the next three */
	struct sync_cond changed;
	bool closing;
	struct watched_now *shown;

	struct watched_now *making; /* main's: the next to be shown */
	uint64_t looks;

	struct watched_now *seen;   /* the watchdog's: the last that was shown */
	struct watched_past *past;
	struct watchdog_life life;
	int64_t unseen_ns;          /* since something new was shown */
};

/* One look in the making. */
struct look {
	struct watchdog *w;
	const struct config *config;
	bool stopping;
	unsigned count;
};

static struct watched_now *next(struct look *l, enum watched what, const char *name)
{
	struct watched_now *n;

	assert(l->count < l->w->things);
	n = &l->w->making[l->count++];
	*n = (struct watched_now){.what = what, .limit_ns = watchdog_limit(what, l->w->interval_ns), .idle = l->stopping};
	snprintf(n->name, sizeof(n->name), "%s", name);
	return n;
}

static void show_store(void *arg, const struct store_gait *v)
{
	struct look *l = arg;
	struct watched_now *n = next(l, WATCHED_STORE, v->name);
	const struct conf_store *conf = config_store(l->config, v->name);

	n->mark = v->answers;
	n->idle |= v->waiting == 0;
	/* Waiting for more messages is no hang. */
	n->limit_ns += conf ? conf->batch_interval_ns : 0;
}

static void show_worker(void *arg, const struct worker_view *v)
{
	struct watched_now *n = next(arg, WATCHED_WORKER, v->name);

	n->mark = v->steps;
	n->idle |= !v->working;
}

void watchdog_look(struct watchdog *w, struct daemon *d, int64_t stop_by_ns)
{
	struct look l = {.w = w, .config = d->config, .stopping = stop_by_ns != 0};
	struct watched_now *n;

	if (!w)
		return;
	n = next(&l, WATCHED_MAIN, "main");
	n->idle = false;
	n->mark = ++w->looks;
	/* A stop has a deadline of its own, at which it gives up whatever hangs. */
	n = next(&l, WATCHED_STOP, "stop");
	n->idle = !l.stopping || sync_now_ns() < stop_by_ns;
	n = next(&l, WATCHED_LOOP, "net");
	n->mark = pipeline_turns(d->pipeline);
	pipeline_each_gait(d->pipeline, show_store, &l);
	pipeline_each_worker(d->pipeline, show_worker, &l);
	sync_lock(&w->lock);
	memcpy(w->shown, w->making, l.count * sizeof(*w->shown));
	sync_unlock(&w->lock);
}

int watchdog_look_ms(const struct watchdog *w)
{
	return w ? (int)(w->tick_ns / NS_PER_MS) : -1;
}

/* ---- the thread ---- */

static void report(const struct watched_now *n, int64_t still_ns)
{
	static const struct {
		const char *before, *after;
	} words[] = {
		[WATCHED_MAIN] = {"thread ", " has not come round"},
		[WATCHED_LOOP] = {"the event loop of thread ", " has not turned"},
		[WATCHED_WORKER] = {"worker ", " has made no step in its work"},
		[WATCHED_STORE] = {"store ", " has stored nothing, while messages wait,"},
		[WATCHED_STOP] = {"the ", " has not ended at its deadline, nor since"},
	};

	log_about(LOG_LV_ERROR, (&(struct log_about){.key = n->name, .store = n->what == WATCHED_STORE ? n->name : NULL}),
		  "watchdog: %s%s%s for %" PRId64 " ms: systemd gets no sign of life any more; who waits for whom:",
		  words[n->what].before, n->name, words[n->what].after, still_ns / NS_PER_MS);
	dump_waits(true);
}

/* Sleeps a tick and fetches what main has shown; false at the end. */
static bool fetch(struct watchdog *w, int64_t until_ns, bool *ret_fresh)
{
	uint64_t before = w->seen[0].mark;
	bool closing;

	sync_lock(&w->lock);
	while (!w->closing && sync_wait_until(&w->changed, &w->lock, until_ns))
		;
	closing = w->closing;
	memcpy(w->seen, w->shown, w->things * sizeof(*w->seen));
	sync_unlock(&w->lock);
	*ret_fresh = w->seen[0].mark != before;
	return !closing;
}

/* What hangs, or NULL. What main shows is judged when it is new; main itself always. */
static const struct watched_now *judge(struct watchdog *w, const struct watched_now *hung, bool fresh, int64_t elapsed_ns)
{
	const struct watched_now *main_hung = watchdog_judge(w->past, w->seen, 1, elapsed_ns);

	w->unseen_ns += elapsed_ns;
	if (fresh) {
		hung = watchdog_judge(w->past + 1, w->seen + 1, w->things - 1, w->unseen_ns);
		w->unseen_ns = 0;
	}
	return main_hung ? main_hung : hung;
}

static void act(struct watchdog *w, const struct watched_now *hung, struct watchdog_deed deed)
{
	if (deed.ping)
		notify_alive();
	if (deed.report)
		report(hung, w->past[hung - w->seen].still_ns);
	if (deed.recover)
		log_notice("watchdog: all goes on again");
	if (deed.ask) {
		log_error("watchdog: still so after %" PRId64 " ms: systemd is asked to end this process (SIGABRT)",
			  w->life.unwell_ns / NS_PER_MS);
		sync_sleep_until(sync_now_ns() + LAST_WORD_NS);
		notify_hung();
	}
}

static void watch(void *arg)
{
	struct watchdog *w = arg;
	const struct watched_now *hung = NULL;
	int64_t before_ns = sync_now_ns();
	bool fresh;

	while (fetch(w, before_ns + w->tick_ns, &fresh)) {
		int64_t now_ns = sync_now_ns(), elapsed_ns = now_ns - before_ns;

		/* Who overslept was stopped or starved, and so was everybody else: that proves no hang. */
		if (elapsed_ns > 2 * w->tick_ns)
			elapsed_ns = 2 * w->tick_ns;
		before_ns = now_ns;
		hung = judge(w, hung, fresh, elapsed_ns);
		act(w, hung, watchdog_step(&w->life, !hung, elapsed_ns));
	}
}

/* ---- life ---- */

static void count_store(void *arg, const struct store_gait *v UNUSED)
{
	++*(unsigned *)arg;
}

static void count_worker(void *arg, const struct worker_view *v UNUSED)
{
	++*(unsigned *)arg;
}

static void watchdog_delete(struct watchdog *w)
{
	sync_cond_done(&w->changed);
	sync_mutex_done(&w->lock);
	mem_free(w->past);
	mem_free(w->seen);
	mem_free(w->shown);
	mem_free(w->making);
	mem_free(w);
}

static struct watchdog *watchdog_new(struct daemon *d, int64_t interval_ns)
{
	struct watchdog *w = mem_zalloc(1, sizeof(*w));

	if (!w)
		return NULL;
	sync_mutex_init(&w->lock, "watchdog");
	sync_cond_init(&w->changed, "watchdog");
	w->interval_ns = w->life.interval_ns = interval_ns;
	w->tick_ns = interval_ns / TICKS;
	if (w->tick_ns < TICK_LEAST_NS)
		w->tick_ns = TICK_LEAST_NS;
	if (w->tick_ns > TICK_MOST_NS)
		w->tick_ns = TICK_MOST_NS;
	w->things = 3;
	pipeline_each_gait(d->pipeline, count_store, &w->things);
	pipeline_each_worker(d->pipeline, count_worker, &w->things);
	w->making = mem_zalloc(w->things, sizeof(*w->making));
	w->shown = mem_zalloc(w->things, sizeof(*w->shown));
	w->seen = mem_zalloc(w->things, sizeof(*w->seen));
	w->past = mem_zalloc(w->things, sizeof(*w->past));
	if (w->making && w->shown && w->seen && w->past)
		return w;
	watchdog_delete(w);
	return NULL;
}

int watchdog_open(struct daemon *d, struct watchdog **ret, struct err *reterr)
{
	int64_t interval_ns = notify_watchdog_ns();
	struct watchdog *w;

	*ret = NULL;
	if (interval_ns <= 0)
		return 0;
	w = watchdog_new(d, interval_ns);
	if (!w) {
		err_set(reterr, EXIT_INTERNAL, "watchdog: out of memory");
		return -1;
	}
	watchdog_look(w, d, 0);
	if (sync_thread_start(&w->thread, "watchdog", watch, w, reterr) != 0) {
		watchdog_delete(w);
		return -1;
	}
	log_info("watchdog: a sign of life for systemd every %" PRId64 " ms, as long as everything gets on",
		 interval_ns / 4 / NS_PER_MS);
	*ret = w;
	return 0;
}

void watchdog_close(struct watchdog *w)
{
	if (!w)
		return;
	sync_lock(&w->lock);
	w->closing = true;
	sync_broadcast(&w->changed);
	sync_unlock(&w->lock);
	sync_thread_join(&w->thread);
	watchdog_delete(w);
}
