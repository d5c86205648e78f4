/* Lists who can go on, and lets the policy choose among them. */
#include "base/sync_model_impl.h"
#include "base/sync_model_whole.h"

/* ---- what has happened, as a number ---- */

uint64_t model_mix(uint64_t a, uint64_t b)
{
	uint64_t h = a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 12) + (a >> 4));

	h ^= h >> 30;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	h ^= h >> 27;
	h *= UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

void model_saw(uint64_t value)
{
	struct model_thread *t = model_me();

	if (model_state()->limits.whole)
		return;
	t->past = model_mix(t->past, value);
	model_state()->signature += t->past;
}

void model_touch(uint64_t *object_past, uint64_t what)
{
	struct model_thread *t = model_me();
	uint64_t event;

	/* How a state came about is then none of its marks. */
	if (model_state()->limits.whole)
		return;
	event = model_mix(model_mix(t->past, *object_past), model_mix(what, model_mix(t->id, t->events)));
	t->past = *object_past = event;
	model_state()->signature += event;
}

/* ---- who can go on ---- */

static bool can_run(const struct model_thread *t)
{
	const struct model_pending *p = &t->pending;

	if (p->op == MODEL_SLEEP)
		return p->deadline_ns <= model_state()->now_ns;
	return !p->ready || p->ready(p->of);
}

/* Could its wait end though nobody wakes it? That it needs its lock back comes later. */
static bool can_give_up(const struct model_thread *t)
{
	if (t->ended)
		return false;
	if (t->pending.op == MODEL_SLEEP)
		return !can_run(t);
	return t->pending.op == MODEL_WAKE && !t->signaled;
}

static bool is_due(const struct model_thread *t)
{
	return t->pending.deadline_ns <= model_state()->now_ns;
}

static bool may_time_out(const struct model_thread *t)
{
	if (is_due(t))
		return true;
	return t->pending.deadline_ns != SYNC_FOREVER && model_state()->timeouts < model_state()->limits.timeouts;
}

static bool may_wake_by_itself(const struct model_thread *t)
{
	return t->pending.op == MODEL_WAKE && t->spurious == 0 && model_state()->spurious < model_state()->limits.spurious;
}

bool model_may_give_up(const struct model_thread *t)
{
	return can_give_up(t) && (may_time_out(t) || may_wake_by_itself(t));
}

_Static_assert(2 * MODEL_THREADS <= MODEL_OPTIONS, "who cannot go on may time out, or wake for no reason");

static void add_option(struct model_point *p, const struct model_thread *t, enum model_how how)
{
	assert(p->count < MODEL_OPTIONS);
	p->options[p->count++] = (struct model_option){
		.thread = t->id, .how = how, .due = how == MODEL_TIMEOUT && is_due(t)};
}

static void list_spurious(struct model_point *p)
{
	for (unsigned i = 0; p->count > 0 && i < model_state()->threads; i++) {
		struct model_thread *t = &model_state()->thread[i];

		if (can_give_up(t) && may_wake_by_itself(t))
			add_option(p, t, MODEL_SPURIOUS);
	}
}

/* Who can go on by itself, or must as its time has come; then who could time out or wake for no reason, while there is
 * budget for that. */
static void list_options(struct model_point *p)
{
	for (unsigned i = 0; i < model_state()->threads; i++) {
		struct model_thread *t = &model_state()->thread[i];

		if (!t->ended && can_run(t)) {
			add_option(p, t, MODEL_RUN);
			p->current_can |= i == model_state()->current;
		} else if (can_give_up(t) && is_due(t)) {
			add_option(p, t, MODEL_TIMEOUT);
		}
	}
	for (unsigned i = 0; p->count > 0 && i < model_state()->threads; i++) {
		struct model_thread *t = &model_state()->thread[i];

		if (can_give_up(t) && !is_due(t) && may_time_out(t))
			add_option(p, t, MODEL_TIMEOUT);
	}
	list_spurious(p);
}

/* Nobody can go on by himself: time passes until the first deadline, unless somebody wakes for no reason before. */
static void list_forced(struct model_point *p)
{
	int64_t first = SYNC_FOREVER;

	for (unsigned i = 0; i < model_state()->threads; i++) {
		struct model_thread *t = &model_state()->thread[i];

		if (can_give_up(t) && t->pending.deadline_ns < first)
			first = t->pending.deadline_ns;
	}
	for (unsigned i = 0; first != SYNC_FOREVER && i < model_state()->threads; i++) {
		struct model_thread *t = &model_state()->thread[i];

		if (can_give_up(t) && t->pending.deadline_ns == first)
			add_option(p, t, MODEL_TIMEOUT);
	}
	list_spurious(p);
}

static uint64_t signature(const struct model_point *p)
{
	const struct model_state *s = model_state();

	return s->limits.whole ? model_whole(p) : model_mix(s->signature, (uint64_t)s->now_ns);
}

struct model_thread *model_pick_thread(void)
{
	struct model_point p = {.kind = MODEL_SCHEDULE, .current = model_state()->current};
	struct model_thread *t;
	unsigned index = 0;
	bool forced;

	list_options(&p);
	forced = p.count == 0;
	if (forced)
		list_forced(&p);
	if (p.count == 0)
		model_end(MODEL_DEADLOCK, "nobody can go on");
	if (p.count > 1) {
		p.signature = signature(&p);
		index = model_state()->policy->choose(model_state()->policy->arg, &p);
	}
	if (index == MODEL_PRUNE)
		model_end(MODEL_PRUNED, "seen before");
	assert(index < p.count);
	t = &model_state()->thread[p.options[index].thread];
	t->pending.how = p.options[index].how;
	if (t->pending.how == MODEL_TIMEOUT && !is_due(t)) {
		model_state()->timeouts += !forced;
		model_state()->result->forced_timeouts += forced;
		model_state()->now_ns = t->pending.deadline_ns;
	}
	if (t->pending.how == MODEL_SPURIOUS) {
		model_state()->spurious++;
		t->spurious++;
	}
	return t;
}

static __attribute__((noinline)) unsigned pick(enum model_point_kind kind, unsigned n)
{
	struct model_point p = {.kind = kind, .count = n, .current = model_state()->current, .current_can = true};
	unsigned index;

	for (unsigned i = 0; i < n; i++)
		p.options[i].thread = i;
	p.signature = signature(&p);
	index = model_state()->policy->choose(model_state()->policy->arg, &p);
	if (index == MODEL_PRUNE)
		model_end(MODEL_PRUNED, "seen before");
	assert(index < n);
	return index;
}

unsigned model_pick(enum model_point_kind kind, unsigned n)
{
	unsigned index;

	if (n < 2)
		return 0;
	assert(n <= MODEL_OPTIONS);
	model_whole_mark(model_me());
	index = pick(kind, n);
	model_whole_wipe();
	model_saw(index + 1);
	return index;
}
