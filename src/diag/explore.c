/* Runs a case again and again under a search's policy, judges each run, and shows the one worth seeing twice. */
#include "config.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "diag/explore_impl.h"

/* ---- paths ---- */

bool path_add(struct path *p, unsigned choice)
{
	if (p->count == p->cap) {
		unsigned cap = p->cap ? 2 * p->cap : 256;
		uint8_t *more = realloc(p->choice, cap);

		if (!more)
			return false;
		p->choice = more;
		p->cap = cap;
	}
	p->choice[p->count++] = (uint8_t)choice;
	return true;
}

bool path_copy(struct path *to, const struct path *from)
{
	to->count = 0;
	for (unsigned i = 0; i < from->count; i++) {
		if (!path_add(to, from->choice[i]))
			return false;
	}
	return true;
}

/* ---- one run ---- */

unsigned point_default(const struct model_point *p)
{
	for (unsigned i = 0; p->kind == MODEL_SCHEDULE && p->current_can && i < p->count; i++) {
		if (p->options[i].thread == p->current && p->options[i].how == MODEL_RUN)
			return i;
	}
	return 0;
}

bool point_preempts(const struct model_point *p, unsigned index)
{
	return p->kind == MODEL_SCHEDULE && p->current_can && p->options[index].thread != p->current;
}

bool option_goes_on(const struct model_option *o)
{
	return o->how == MODEL_RUN || o->due;
}

/* A timeout that fires though somebody could go on: those are limited. */
static bool point_spends_timeout(const struct model_point *p, unsigned index)
{
	if (p->kind != MODEL_SCHEDULE || p->options[index].how != MODEL_TIMEOUT || p->options[index].due)
		return false;
	for (unsigned i = 0; i < p->count; i++) {
		if (option_goes_on(&p->options[i]))
			return true;
	}
	return false;
}

unsigned search_take(struct search *s, const struct model_point *p, unsigned index)
{
	if (!path_add(&s->path, index)) {
		s->no_memory = true;
		return MODEL_PRUNE;
	}
	s->preemptions += point_preempts(p, index);
	s->timeouts += point_spends_timeout(p, index);
	return index;
}

static uint64_t hash_text(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return h;
}

static uint64_t hash_number(uint64_t h, uint64_t number)
{
	h = (h ^ number) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 29);
}

/* What happened to the case's own data, in which order. */
static void note_order(struct search *s, const struct model_event *e)
{
	if (e->op == MODEL_READ || e->op == MODEL_WRITE || e->op == MODEL_NOTE)
		s->order = hash_text(hash_number(s->order, e->thread * MODEL_OPS + e->op + 1), e->object);
}

static void event(void *arg, const struct model_event *e)
{
	struct search *s = arg;

	if (s->counting)
		note_order(s, e);
	if (s->lock_orders)
		lock_orders_step(s->lock_orders, e);
	if (s->cycles)
		cycles_moved(s->cycles, e->thread);
}

struct model_limits search_limits(const struct diag_variant *v, unsigned step_limit)
{
	struct model_limits l = v->limits;

	if (l.max_steps == 0)
		l.max_steps = DIAG_STEPS;
	if (step_limit && step_limit < l.max_steps)
		l.max_steps = step_limit;
	return l;
}

static const char *outcome_of(const struct search *s)
{
	switch (s->run.verdict) {
	case MODEL_PASSED:
	case MODEL_FAILED:
		return s->v->outcome();
	case MODEL_DEADLOCK:
		return "deadlock";
	case MODEL_MISUSE:
		return "misuse";
	case MODEL_LONG:
		return "livelock";
	case MODEL_PRUNED:
		break;
	}
	return "";
}

static void count_outcome(struct search *s)
{
	struct explore_result *r = s->ret;
	const char *text = outcome_of(s);
	unsigned i = 0;
	int fresh = seen_add(&s->orders, hash_text(s->order, text));

	s->no_memory |= fresh < 0;
	if (fresh <= 0)
		return;
	while (i < r->outcome_count && strncmp(r->outcome[i].text, text, sizeof(r->outcome[i].text) - 1))
		i++;
	if (i == EXPLORE_OUTCOMES) {
		i--;
		snprintf(r->outcome[i].text, sizeof(r->outcome[i].text), "others");
	} else if (i == r->outcome_count) {
		r->outcome_count++;
		snprintf(r->outcome[i].text, sizeof(r->outcome[i].text), "%s", text);
	}
	r->outcome[i].orders++;
}

static void keep(struct search *s, struct finding *f)
{
	f->any = path_copy(&f->path, &s->path);
	s->no_memory |= !f->any;
	f->verdict = s->run.verdict;
	f->steps = s->run.steps;
	f->preemptions = s->preemptions;
	f->at = f->at ? f->at : s->ret->executions;
}

static void judge(struct search *s)
{
	struct finding *f = &s->found;

	switch (s->run.verdict) {
	case MODEL_PRUNED:
		s->ret->pruned++;
		return;
	case MODEL_PASSED:
		if (!s->passing.any)
			keep(s, &s->passing);
		break;
	case MODEL_LONG:
		if (s->step_limit)
			return;
		if (!f->any)
			keep(s, f);
		break;
	case MODEL_FAILED:
	case MODEL_DEADLOCK:
	case MODEL_MISUSE:
		if (!f->any || (s->preemptions <= f->preemptions && s->run.steps < f->steps &&
				s->run.verdict == f->verdict))
			keep(s, f);
		break;
	}
	if (s->counting)
		count_outcome(s);
}

static const char *check_variant(void *arg)
{
	return ((const struct search *)arg)->v->check();
}

void run_variant(const struct diag_variant *v, const struct model_policy *policy, const struct model_limits *limits,
		 struct model_result *ret)
{
	union {
		const void *given;
		void *arg;
	} config = {.given = v->config};

	model_run(v->run, config.arg, policy, limits, ret);
}

void search_run(struct search *s)
{
	struct model_limits limits = search_limits(s->v, s->step_limit);

	s->path.count = 0;
	s->preemptions = s->timeouts = 0;
	s->order = UINT64_C(14695981039346656037);
	if (s->lock_orders)
		lock_orders_begin(s->lock_orders);
	run_variant(s->v, &s->policy, &limits, &s->run);
	s->ret->executions++;
	s->ret->steps += s->run.steps;
	judge(s);
}

bool search_over(const struct search *s)
{
	const struct explore_opts *o = s->opts;

	if (s->no_memory || (o->most_executions && s->ret->executions >= o->most_executions))
		return true;
	return o->seconds && s->ret->executions % 64 == 0 &&
	       sync_now_ns() - s->begun_ns >= (int64_t)o->seconds * NS_PER_S;
}

/* ---- one search ---- */

/* A baton goes round faster on one CPU. Always the same one, so that all threads of the model meet there. */
static void pin(cpu_set_t *ret_before)
{
	unsigned count, which, cpu = 0;
	cpu_set_t one;

	CPU_ZERO(ret_before);
	if (sched_getaffinity(0, sizeof(*ret_before), ret_before) != 0 || (count = (unsigned)CPU_COUNT(ret_before)) == 0)
		return;
	which = (unsigned)getpid() % count;
	while (!CPU_ISSET(cpu, ret_before) || which-- > 0)
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void unpin(const cpu_set_t *before)
{
	if (CPU_COUNT(before) > 0)
		sched_setaffinity(0, sizeof(*before), before);
}

static int by_orders(const void *a, const void *b)
{
	const struct explore_outcome *x = a, *y = b;

	if (x->orders != y->orders)
		return x->orders < y->orders ? 1 : -1;
	return strcmp(x->text, y->text);
}

/* The run worth seeing: along its path for the trace and the schedule, then again by the schedule alone. */
static void show(struct search *s, const struct finding *f, struct trace *trace)
{
	struct follow first = {.path = &f->path, .trace = trace, .made = &s->ret->schedule};
	struct trace second;
	struct err why;

	follow_run(&first, s->c, s->v);
	if (s->found.any && s->opts->mode != EXPLORE_ALL) {
		minimise(s->c, s->v, &s->ret->schedule, f->verdict);
		first = (struct follow){.wish = &s->ret->schedule, .trace = trace};
		follow_run(&first, s->c, s->v);
		s->ret->schedule.digest = trace->digest;
	}
	s->ret->preemptions = first.preemptions;
	trace_init(&second, s->c, s->v);
	if (first.run.verdict != f->verdict || explore_replay(s->c, s->v, &s->ret->schedule, &second, &why) != 0)
		s->nondeterministic = true;
	trace_done(&second);
}

void explore(const struct diag_case *c, const struct diag_variant *v, const struct explore_opts *opts,
	     struct trace *trace, struct explore_result *ret)
{
	struct search s = {.c = c, .v = v, .opts = opts, .ret = ret, .begun_ns = sync_now_ns()};
	cpu_set_t before;

	*ret = (struct explore_result){.mode = opts->mode, .seed = opts->seed, .kept_going = opts->keep_going,
					.bound = EXPLORE_NO_BOUND};
	schedule_init(&ret->schedule);
	s.counting = opts->count && v->outcome;
	s.policy.arg = &s;
	s.policy.event = event;
	s.lock_orders = lock_orders_new();
	s.policy.check = v->check ? check_variant : NULL;
	pin(&before);
	if (opts->mode == EXPLORE_ALL)
		explore_all(&s);
	else
		explore_at_random(&s);
	ret->found = s.found.any;
	ret->found_at = s.found.at;
	if (s.found.any || s.passing.any)
		show(&s, s.found.any ? &s.found : &s.passing, trace);
	unpin(&before);
	ret->nondeterministic = s.nondeterministic;
	if (!s.found.any && s.lock_orders)
		lock_orders_words(s.lock_orders, ret->lock_order, sizeof(ret->lock_order));
	qsort(ret->outcome, ret->outcome_count, sizeof(ret->outcome[0]), by_orders);
	ret->seconds = (double)(sync_now_ns() - s.begun_ns) / (double)NS_PER_S;
	seen_done(&s.orders);
	lock_orders_free(s.lock_orders);
	free(s.path.choice);
	free(s.found.path.choice);
	free(s.passing.path.choice);
}
