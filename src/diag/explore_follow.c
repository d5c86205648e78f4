/* Makes one run along a path or a schedule and writes it down; a schedule that does not fit is told where. */
#include <stdio.h>
#include <string.h>

#include "diag/explore_impl.h"

#define DIVERGED 1

/* ---- where a run leaves its schedule ---- */

static const char *name_of(const struct follow *f, unsigned thread)
{
	return thread < f->names ? f->name[thread] : "nobody";
}

/* The steps taken so far. */
static unsigned steps_of(const struct follow *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->at && i < f->wish->count; i++)
		n += f->wish->choices[i].kind == CHOICE_THREAD;
	return n;
}

static void add_option(const struct follow *f, const struct model_option *o, char *text, size_t size)
{
	static const char *const how[] = {
		[MODEL_RUN] = "", [MODEL_TIMEOUT] = " by a timeout", [MODEL_SPURIOUS] = " woken for no reason"};
	size_t at = strlen(text);

	snprintf(text + at, size - at, "%s%c (%s)%s", at ? ", " : "", (char)('A' + o->thread), name_of(f, o->thread),
		 how[o->how]);
}

/* What the schedule says at this place. */
static void wanted(const struct follow *f, char *text, size_t size)
{
	const struct choice *c = f->at < f->wish->count ? &f->wish->choices[f->at] : NULL;

	text[0] = '\0';
	if (!c)
		snprintf(text, size, "the end of the run");
	else if (c->kind == CHOICE_THREAD)
		add_option(f, &(struct model_option){.thread = c->value, .how = (enum model_how)c->how}, text, size);
	else
		snprintf(text, size, c->kind == CHOICE_WAITER ? "waiter %u woken" : "outcome %u of a choice", c->value);
}

static void diverge(struct follow *f, unsigned step, const char *instead)
{
	char want[64 + SYNC_NAME];

	if (f->off)
		return;
	f->off = true;
	wanted(f, want, sizeof(want));
	err_set(f->reterr, DIVERGED, "step %u: the schedule wants %s; %s", step, want, instead);
}

static void diverge_at(struct follow *f, const struct model_point *p)
{
	char could[ERR_TEXT] = "", instead[ERR_TEXT + 32];

	if (p->kind == MODEL_SCHEDULE) {
		for (unsigned i = 0; i < p->count; i++)
			add_option(f, &p->options[i], could, sizeof(could));
		snprintf(instead, sizeof(instead), "who could go on: %s", could);
	} else {
		snprintf(instead, sizeof(instead), "the run chooses one of %u %s", p->count,
			 p->kind == MODEL_WAITER ? "waiters" : "outcomes");
	}
	diverge(f, steps_of(f) + (p->kind == MODEL_SCHEDULE), instead);
}

/* ---- the policy ---- */

/* The option the wish has here, or count if it has none. */
static unsigned wished(const struct follow *f, const struct model_point *p)
{
	static const enum choice_kind kinds[] = {
		[MODEL_SCHEDULE] = CHOICE_THREAD, [MODEL_WAITER] = CHOICE_WAITER, [MODEL_DATA] = CHOICE_DATA};
	const struct choice *c = f->at < f->wish->count ? &f->wish->choices[f->at] : NULL;

	if (!c || c->kind != kinds[p->kind])
		return p->count;
	if (p->kind != MODEL_SCHEDULE)
		return c->value < p->count ? c->value : p->count;
	for (unsigned i = 0; i < p->count; i++) {
		if (p->options[i].thread == c->value && p->options[i].how == (enum model_how)c->how)
			return i;
	}
	return p->count;
}

static unsigned next_of(struct follow *f, const struct model_point *p)
{
	unsigned index;

	if (f->path)
		return f->at < f->path->count ? f->path->choice[f->at++] : point_default(p);
	index = wished(f, p);
	if (index < p->count) {
		f->at += p->kind != MODEL_SCHEDULE; /* a thread is ticked off with its step */
		return index;
	}
	if (f->strict) {
		diverge_at(f, p);
		return MODEL_PRUNE;
	}
	return point_default(p);
}

static unsigned choose(void *arg, const struct model_point *p)
{
	struct follow *f = arg;
	unsigned index = next_of(f, p);

	if (index >= p->count || f->off) {
		f->off = true;
		return MODEL_PRUNE;
	}
	f->preemptions += point_preempts(p, index);
	if (p->kind != MODEL_SCHEDULE) {
		if (f->trace)
			trace_chosen(f->trace, index);
		if (f->made && !schedule_add(f->made, p->kind == MODEL_WAITER ? CHOICE_WAITER : CHOICE_DATA, index, MODEL_RUN))
			f->off = true;
	}
	return index;
}

static void tick_off(struct follow *f, const struct model_event *e)
{
	const struct choice *c;
	char instead[64 + SYNC_NAME];

	/* What the loose kind finds of choices that did not come up is passed over. */
	while (!f->strict && f->at < f->wish->count && f->wish->choices[f->at].kind != CHOICE_THREAD)
		f->at++;
	c = f->at < f->wish->count ? &f->wish->choices[f->at] : NULL;
	if (c && c->kind == CHOICE_THREAD && c->value == e->thread && c->how == (uint8_t)e->how) {
		f->at++;
	} else if (f->strict) {
		snprintf(instead, sizeof(instead), "only %c (%s) can go on", (char)('A' + e->thread), name_of(f, e->thread));
		diverge(f, e->step, instead);
	}
}

static void event(void *arg, const struct model_event *e)
{
	struct follow *f = arg;

	if (e->op == MODEL_SPAWN && f->names < MODEL_THREADS)
		snprintf(f->name[f->names++], SYNC_NAME, "%s", e->object);
	if (f->wish && !f->off)
		tick_off(f, e);
	if (f->trace)
		trace_event(f->trace, e);
	if (f->made && !schedule_add(f->made, CHOICE_THREAD, e->thread, e->how))
		f->off = true;
}

static const char *check(void *arg)
{
	return ((const struct follow *)arg)->check();
}

void follow_run(struct follow *f, const struct diag_case *c, const struct diag_variant *v)
{
	struct model_policy policy = {.choose = choose, .event = event, .arg = f};
	struct model_limits limits = search_limits(v, 0);

	snprintf(f->name[0], SYNC_NAME, "main");
	f->names = 1;
	if (f->trace)
		trace_reset(f->trace);
	if (f->made)
		schedule_reset(f->made);
	f->check = v->check;
	policy.check = v->check ? check : NULL;
	run_variant(v, &policy, &limits, &f->run);
	if (f->trace)
		trace_finish(f->trace, &f->run);
	if (f->made) {
		snprintf(f->made->case_name, sizeof(f->made->case_name), "%s", c->name);
		snprintf(f->made->variant, sizeof(f->made->variant), "%s", v->name);
		f->made->digest = f->trace ? f->trace->digest : 0;
	}
}

int explore_replay(const struct diag_case *c, const struct diag_variant *v, const struct schedule *s,
		   struct trace *trace, struct err *reterr)
{
	struct follow f = {.wish = s, .strict = true, .trace = trace, .reterr = reterr};

	follow_run(&f, c, v);
	if (!f.off && f.at < s->count)
		diverge(&f, f.run.steps + 1, "the run ends before");
	if (!f.off && trace->digest != s->digest) {
		f.off = true;
		err_set(reterr, DIVERGED, "all steps are taken as the schedule says, but they are other steps: digest %08x, not %08x",
			trace->digest, s->digest);
	}
	return f.off ? DIVERGED : 0;
}
