/* Reads from a trace how its threads stood in the end, who woke whom before, and who took what with them. */
#include "diag/waits.h"

#include <string.h>

#define NOBODY WAITS_NOBODY

static bool same(const char *a, const char *b)
{
	return a && b && *a && strcmp(a, b) == 0;
}

enum waits_for trace_waits_for(enum model_op op)
{
	static const enum waits_for table[MODEL_OPS] = {
		[MODEL_LOCK] = WAITS_LOCK,    [MODEL_WAKE] = WAITS_COND, [MODEL_JOIN] = WAITS_END,
		[MODEL_ACQUIRE] = WAITS_PERMIT, [MODEL_TEST] = WAITS_FLAG, [MODEL_MEET] = WAITS_MEETING,
		[MODEL_NOTE] = WAITS_THING,
	};

	return table[op];
}

/* The last step of a thread; of one that never came to any, the step that started it. */
static int64_t last_step(const struct trace *t, unsigned thread)
{
	unsigned started = 0;

	for (unsigned i = t->count; i-- > 0;) {
		if (t->steps[i].thread == thread)
			return t->steps[i].step;
	}
	for (unsigned i = 0; i < t->count; i++) {
		if (t->steps[i].op == MODEL_SPAWN && ++started == thread)
			return t->steps[i].step;
	}
	return WAITS_UNKNOWN;
}

/* ---- what is known of an object that is waited for ---- */

/* A permit that a thread took to its grave: only where each gives back what it took itself. */
static int permit_lost(const struct trace *t, const char *object)
{
	int balance[MODEL_THREADS] = {0};
	int lost = NOBODY;

	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		if (same(s->object, object))
			balance[s->thread] += (s->op == MODEL_ACQUIRE) - (s->op == MODEL_RELEASE);
	}
	for (unsigned i = 0; i < t->result.threads; i++) {
		if (balance[i] < 0)
			return NOBODY;
		if (balance[i] > 0 && t->result.thread[i].ended && lost == NOBODY)
			lost = (int)i;
	}
	return lost;
}

static bool puts_something(const struct trace_step *s)
{
	return s->text && (strstr(s->text, "put") || strstr(s->text, "push"));
}

/* Does the thread wait for room in something bounded? By what the object is called, or what the thread did with it. */
static bool wants_room(const struct trace *t, unsigned thread, const char *object)
{
	static const char *const names[] = {"full", "room", "space"};

	for (unsigned i = 0; object && i < ARRAY_LEN(names); i++) {
		if (strstr(object, names[i]))
			return true;
	}
	for (unsigned i = 0; i < t->count; i++) {
		if (t->steps[i].thread == thread && same(t->steps[i].object, object) && puts_something(&t->steps[i]))
			return true;
	}
	return false;
}

/* Who was asleep on one condition, and not woken, while a run went on. */
struct sleepers {
	bool asleep[MODEL_THREADS];
	unsigned count;
};

static void lie_down(struct sleepers *s, unsigned thread, bool asleep)
{
	s->count += (unsigned)asleep - (unsigned)s->asleep[thread];
	s->asleep[thread] = asleep;
}

/* As the model wakes: all, or the one that was chosen. */
static void wake(struct sleepers *s, const struct trace_step *step)
{
	unsigned chosen = s->count > 1 ? (unsigned)step->value : 0;

	for (unsigned i = 0; i < MODEL_THREADS; i++) {
		if (!s->asleep[i])
			continue;
		if (step->op == MODEL_BROADCAST || chosen-- == 0)
			lie_down(s, i, false);
		if (step->op == MODEL_SIGNAL && !s->asleep[i])
			break;
	}
}

static bool wakes(const struct trace_step *s, bool room)
{
	if (s->op == MODEL_SIGNAL || s->op == MODEL_BROADCAST)
		return true;
	/* Room is also made by whoever takes something out. */
	return room && s->op == MODEL_NOTE && s->text && strncmp(s->text, "get", 3) == 0;
}

static void note_wakers(const struct trace *t, const char *object, struct waits_thread *ret)
{
	bool waker[MODEL_THREADS] = {false};
	struct sleepers asleep = {.count = 0};

	ret->waker = NOBODY;
	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		if (!same(s->object, object))
			continue;
		if (s->op == MODEL_WAIT || s->op == MODEL_WAKE)
			lie_down(&asleep, s->thread, s->op == MODEL_WAIT);
		if (!wakes(s, ret->room))
			continue;
		waker[s->thread] = true;
		ret->waker = (int)s->thread;
		ret->woke = s->step;
		ret->unheard = asleep.count == 0;
		wake(&asleep, s);
	}
	for (unsigned i = 0; i < t->result.threads; i++) {
		ret->wakers += waker[i];
		ret->wakers_left += waker[i] && !t->result.thread[i].ended;
	}
}

/* ---- a thread ---- */

static int thread_named(const struct trace *t, const char *name)
{
	for (unsigned i = 0; i < t->result.threads; i++) {
		if (!t->result.thread[i].ended && same(t->result.thread[i].name, name))
			return (int)i;
	}
	return NOBODY;
}

static void note_thread(const struct trace *t, unsigned number, struct waits_thread *ret)
{
	const struct model_thread_view *v = &t->result.thread[number];

	*ret = (struct waits_thread){
		.name = t->thread_name[number],
		.ended = v->ended || (v->op == MODEL_END && v->held > 0),
		.object = v->object,
		.at = v->at,
		.since = last_step(t, number),
		.owner = NOBODY,
		.waker = NOBODY,
	};
	if (ret->ended)
		return;
	ret->what = trace_waits_for(v->op);
	switch (ret->what) {
	case WAITS_LOCK:
		ret->owner = v->owner;
		ret->owner_at = v->owner_at;
		ret->owner_since = v->owner_step;
		break;
	case WAITS_END:
		ret->owner = thread_named(t, v->object);
		break;
	case WAITS_PERMIT:
		ret->owner = permit_lost(t, v->object);
		break;
	case WAITS_COND:
	case WAITS_THING:
		ret->room = wants_room(t, number, v->object);
		note_wakers(t, v->object, ret);
		break;
	case WAITS_FLAG:
	case WAITS_MEETING:
		break;
	case WAITS_NOT:
		/* In a run that is stuck everybody waits: for what this step says it needs. */
		if (t->result.verdict == MODEL_DEADLOCK)
			ret->what = WAITS_THING;
		break;
	}
}

/* What a thread that has ended still holds: its last lock that was not given back. */
static void note_heir(const struct trace *t, unsigned number, struct trace_waits *ret)
{
	const struct trace_step *taken = NULL;

	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		if (s->thread == number && s->op == MODEL_LOCK)
			taken = s;
		if (taken && s->thread == number && s->op == MODEL_UNLOCK && same(s->object, taken->object))
			taken = NULL;
	}
	ret->held[ret->all.helds++] = (struct waits_held){
		.name = taken ? taken->object : "a lock",
		.owner = (int)number,
		.at = taken ? &taken->at : NULL,
		.since = taken ? (int64_t)taken->step : WAITS_UNKNOWN,
	};
}

void trace_waits(const struct trace *t, struct trace_waits *ret)
{
	const struct model_result *r = &t->result;

	*ret = (struct trace_waits){
		.all = {.thread = ret->thread, .held = ret->held, .steps = true},
		.knot = {.thread = NOBODY},
	};
	if (r->verdict == MODEL_LONG)
		ret->all.endless = r->steps;
	if (r->verdict == MODEL_DEADLOCK || r->verdict == MODEL_MISUSE) {
		ret->all.stuck = r->verdict == MODEL_DEADLOCK;
		ret->all.threads = r->threads;
		for (unsigned i = 0; i < r->threads; i++) {
			note_thread(t, i, &ret->thread[i]);
			if (ret->thread[i].ended && !r->thread[i].ended)
				note_heir(t, i, ret);
		}
	}
	waits_find(&ret->all, &ret->knot);
}
