/*
 * model_run - runs of the model by a script of choices, for tests.
 *
 * Owns     the script and the result of the last run
 * Threads  one
 * Blocks   as a run does
 * Units    none
 * Errors   none
 * Limits   MOST choices are remembered
 * Upholds  after the script's end the running thread goes on, where it can
 */
#ifndef TESTS_MODEL_RUN_H
#define TESTS_MODEL_RUN_H

#include "config.h"

#include <sched.h>

#include "../support/tap.h"
#include "base/sync_model.h"

#define MOST 256

/* A policy that takes the options of a script, and the first (the running thread, if it can go on) after its end. */
struct script {
	const unsigned *pick;
	unsigned count, at;
	struct model_point seen[MOST]; /* where it was asked */
	unsigned asked;
	char events[2048];             /* "A lock value;" … */
};

static struct script script;

static unsigned choose(void *arg, const struct model_point *p)
{
	struct script *s = arg;

	if (s->asked < MOST)
		s->seen[s->asked] = *p;
	s->asked++;
	if (s->at < s->count)
		return s->pick[s->at++];
	for (unsigned i = 0; p->kind == MODEL_SCHEDULE && i < p->count; i++) {
		if (p->options[i].thread == p->current && p->options[i].how == MODEL_RUN)
			return i;
	}
	return 0;
}

static void event(void *arg, const struct model_event *e)
{
	struct script *s = arg;
	static const char how[] = " ^~";
	size_t at = strlen(s->events);

	snprintf(s->events + at, sizeof(s->events) - at, "%c%c%s%s%s;", how[e->how], (char)('A' + e->thread),
		 model_op_name(e->op), *e->object ? " " : "", e->object);
}

static struct model_result result;
static struct model_limits limits = {.max_steps = 200};

static void run_picking(void (*body)(void *), const unsigned *pick, unsigned count)
{
	struct model_policy policy = {.choose = choose, .event = event, .arg = &script};

	script = (struct script){.pick = pick, .count = count};
	model_run(body, NULL, &policy, &limits, &result);
}

#define run(body) run_picking((body), NULL, 0)
#define run_with(body, ...)                                                                         \
	run_picking((body), (const unsigned[]){__VA_ARGS__}, ARRAY_LEN(((const unsigned[]){__VA_ARGS__})))

static void start(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg)
{
	struct err why;

	if (sync_thread_start(t, name, fn, arg, &why) != 0)
		model_fail("%s", why.text);
}

/* ---- bodies ---- */

static struct sync_mutex lock, other;

static void hold(void *arg UNUSED)
{
	sync_lock(&lock);
	model_step(MODEL_NOTE, "inside", "", NULL, NULL);
	sync_unlock(&lock);
}

/* With lock first, or with other first. */
static void hold_both(void *arg)
{
	struct sync_mutex *first = arg ? &lock : &other, *second = arg ? &other : &lock;

	sync_lock(first);
	sync_lock(second);
	sync_unlock(second);
	sync_unlock(first);
}

/* Two threads that take both, each in its own order. */
static void opposite(void *arg UNUSED)
{
	struct sync_thread a, b;

	sync_mutex_init(&lock, "ledger");
	sync_mutex_init(&other, "journal");
	start(&a, "first", hold_both, &lock);
	start(&b, "second", hold_both, NULL);
	sync_thread_join(&a);
	sync_thread_join(&b);
}

/* The baton goes round faster on one CPU. */
static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
}

#endif
