/* Goes through a run once and notes how long each lock was held, wanted and slept on. */
#include "diag/picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define NOBODY (-1)
#define NEVER UINT32_MAX

/* What the walk over the steps knows of a thread. */
struct walker {
	unsigned next;                 /* index of its next step; NEVER */
	unsigned wanted, asleep;       /* its open span of that kind; NEVER */
	const char *put_down;          /* the lock that its wait released */
	bool started;
};

struct walk {
	struct picture *p;
	struct walker w[MODEL_THREADS];
	unsigned *next;                /* of each step: the index of its thread's next one */
	unsigned at;                   /* the step it has come to */
};

static bool same(const char *a, const char *b)
{
	return a && b && *a && strcmp(a, b) == 0;
}

/* ---- spans ---- */

static unsigned span_open(struct picture *p, enum span_kind kind, unsigned thread, const char *object, unsigned from)
{
	assert(p->span_count < p->span_cap);
	p->span[p->span_count] = (struct span){.kind = kind,
					       .thread = thread,
					       .object = object,
					       .from = from,
					       .to = p->trace->count,
					       .holder = NOBODY};
	return p->span_count++;
}

/* The youngest span of that kind that is still open; thread or object may be left open. */
static struct span *span_find(struct picture *p, enum span_kind kind, int thread, const char *object)
{
	for (unsigned i = p->span_count; i-- > 0;) {
		struct span *s = &p->span[i];

		if (s->kind == kind && s->to == p->trace->count && (thread == NOBODY || s->thread == (unsigned)thread) &&
		    (!object || same(s->object, object)))
			return s;
	}
	return NULL;
}

static bool moves_permits(const struct trace_step *s, const char *object)
{
	return (s->op == MODEL_ACQUIRE || s->op == MODEL_RELEASE) && same(s->object, object);
}

/* Has a gate or semaphore no permit left? As its last step left it, or its next one finds it. */
static bool none_left(const struct walk *k, const char *object, bool unless_known)
{
	const struct trace *t = k->p->trace;

	for (unsigned i = k->at + 1; i-- > 0;) {
		if (moves_permits(&t->steps[i], object))
			return t->steps[i].value <= 0;
	}
	for (unsigned i = k->at + 1; i < t->count; i++) {
		if (moves_permits(&t->steps[i], object))
			return t->steps[i].op == MODEL_RELEASE;
	}
	return unless_known;
}

/* ---- what each kind of step means for it ---- */

static void step_take(struct walk *k, unsigned at)
{
	const struct trace_step *s = &k->p->trace->steps[at];

	span_open(k->p, SPAN_HELD, s->thread, s->object, at);
}

static void step_try(struct walk *k, unsigned at)
{
	if (!span_find(k->p, SPAN_HELD, NOBODY, k->p->trace->steps[at].object))
		step_take(k, at);
}

static void step_let_go(struct walk *k, unsigned at)
{
	const struct trace_step *s = &k->p->trace->steps[at];
	struct span *held = span_find(k->p, SPAN_HELD, (int)s->thread, s->object);

	/* A gate may be released by whoever likes. */
	if (!held && s->object)
		held = span_find(k->p, SPAN_HELD, NOBODY, s->object);
	if (held)
		held->to = at;
}

static void step_wait(struct walk *k, unsigned at)
{
	const struct trace_step *s = &k->p->trace->steps[at];
	struct walker *w = &k->w[s->thread];
	struct span *held = span_find(k->p, SPAN_HELD, (int)s->thread, NULL);

	w->put_down = held ? held->object : NULL;
	if (held)
		held->to = at;
	w->asleep = span_open(k->p, SPAN_ASLEEP, s->thread, s->object, at);
}

static void step_wake(struct walk *k, unsigned at)
{
	const struct trace_step *s = &k->p->trace->steps[at];
	struct walker *w = &k->w[s->thread];

	if (w->asleep != NEVER)
		k->p->span[w->asleep].to = at;
	w->asleep = NEVER;
	/* Who gave up takes its lock by a step of its own. */
	if (w->put_down && s->how == MODEL_RUN)
		span_open(k->p, SPAN_HELD, s->thread, w->put_down, at);
	w->put_down = NULL;
}

static void step_done(struct walk *k, unsigned at)
{
	static void (*const step[MODEL_OPS])(struct walk *, unsigned) = {
		[MODEL_LOCK] = step_take,     [MODEL_ACQUIRE] = step_take,   [MODEL_TRYLOCK] = step_try,
		[MODEL_UNLOCK] = step_let_go, [MODEL_RELEASE] = step_let_go, [MODEL_WAIT] = step_wait,
		[MODEL_WAKE] = step_wake,
	};
	const struct trace_step *s = &k->p->trace->steps[at];
	struct walker *w = &k->w[s->thread];

	if (w->wanted != NEVER)
		k->p->span[w->wanted].to = at;
	w->wanted = NEVER;
	if (step[s->op])
		step[s->op](k, at);
}

/* What a thread will do next: its next step, or what it was left with. False: nothing. */
static bool pending(const struct walk *k, unsigned thread, enum model_op *ret_op, const char **ret_object)
{
	const struct trace *t = k->p->trace;
	const struct model_thread_view *v = &t->result.thread[thread];

	if (k->w[thread].next != NEVER) {
		*ret_op = t->steps[k->w[thread].next].op;
		*ret_object = t->steps[k->w[thread].next].object;
		return true;
	}
	if (thread >= t->result.threads || v->ended)
		return false;
	*ret_op = v->op;
	*ret_object = v->object;
	return true;
}

/* Is an acquisition held up? By whom, we know of a lock alone. */
static bool held_up(const struct walk *k, unsigned thread, enum model_op op, const char *object, int *ret_holder)
{
	const struct span *s = span_find(k->p, SPAN_HELD, NOBODY, object);
	bool stuck = k->w[thread].next == NEVER;

	*ret_holder = NOBODY;
	if (op == MODEL_LOCK) {
		*ret_holder = s ? (int)s->thread : NOBODY;
		/* Its own, and it will get on: a recursive lock. */
		return s && (s->thread != thread || stuck);
	}
	return op == MODEL_ACQUIRE && none_left(k, object, stuck);
}

/* After each step: who now wants what he cannot have? */
static void note_wanting(struct walk *k, unsigned at)
{
	for (unsigned i = 0; i < k->p->trace->result.threads; i++) {
		enum model_op op;
		const char *object;
		int holder;

		if (!k->w[i].started || k->w[i].wanted != NEVER || !pending(k, i, &op, &object) ||
		    !held_up(k, i, op, object, &holder))
			continue;
		k->w[i].wanted = span_open(k->p, SPAN_WANTED, i, object, at);
		k->p->span[k->w[i].wanted].holder = holder;
	}
}

/* ---- the whole run ---- */

static void note_rows(struct picture *p)
{
	const struct trace *t = p->trace;
	const char *watch = t->owner ? t->owner->watch : NULL;
	struct row now = {.watched = false};

	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		if (same(s->object, watch)) {
			now.watched = true;
			now.value = s->value;
		}
		p->row[i] = now;
	}
}

/* Who woke whom: each sleeper that went on without a timeout takes the first wake-up of its sleep that is left. */
static void note_wakeups(struct picture *p, unsigned *since)
{
	const struct trace *t = p->trace;

	for (unsigned i = 0; i < t->count; i++)
		since[i] = NEVER;
	for (unsigned i = 0; i < p->span_count; i++) {
		if (p->span[i].kind == SPAN_ASLEEP && p->span[i].to < t->count)
			since[p->span[i].to] = p->span[i].from;
	}
	for (unsigned to = 0; to < t->count; to++) {
		if (t->steps[to].how != MODEL_RUN || since[to] == NEVER)
			continue;
		for (unsigned from = since[to]; from < to; from++) {
			enum model_op op = t->steps[from].op;
			bool spent = false;

			if ((op != MODEL_SIGNAL && op != MODEL_BROADCAST) || !same(t->steps[from].object, t->steps[to].object))
				continue;
			for (unsigned i = 0; op == MODEL_SIGNAL && i < p->wakeup_count; i++)
				spent |= p->wakeup[i].from == from;
			if (spent)
				continue;
			p->wakeup[p->wakeup_count++] = (struct wakeup){.from = from, .to = to};
			break;
		}
	}
}

static bool alike(const struct trace_step *a, const struct trace_step *b)
{
	return a->thread == b->thread && a->op == b->op && a->how == b->how &&
	       (a->object == b->object || (a->object && b->object && strcmp(a->object, b->object) == 0));
}

/* The shortest run of steps that the trace ends with three times over. */
static void note_repeats(struct picture *p)
{
	const struct trace *t = p->trace;

	for (unsigned n = 1; t->result.verdict == MODEL_LONG && n <= t->count / 3; n++) {
		unsigned k = 0;

		while (k + n < t->count && alike(&t->steps[t->count - 1 - k], &t->steps[t->count - 1 - k - n]))
			k++;
		if (k >= 2 * n) {
			p->repeat_steps = n;
			p->repeat_from = t->count - k - n;
			return;
		}
	}
}

static void walk(struct walk *k)
{
	const struct trace *t = k->p->trace;

	for (unsigned i = 0; i < MODEL_THREADS; i++)
		k->w[i] = (struct walker){.next = NEVER, .wanted = NEVER, .asleep = NEVER};
	for (unsigned i = t->count; i-- > 0;) {
		k->next[i] = k->w[t->steps[i].thread].next;
		k->w[t->steps[i].thread].next = i;
	}
	k->w[0].started = true;
	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		k->at = i;
		k->w[s->thread].next = k->next[i];
		step_done(k, i);
		for (unsigned n = 0; s->op == MODEL_SPAWN && n < t->result.threads; n++)
			k->w[n].started |= same(t->thread_name[n], s->object);
		k->w[s->thread].started = true;
		note_wanting(k, i);
	}
}

void picture_make(struct picture *p, const struct trace *t)
{
	struct walk k = {.p = p};

	*p = (struct picture){.trace = t, .span_cap = (t->count + 1) * 3 + MODEL_THREADS};
	p->row = mem_zalloc(t->count + 1, sizeof(*p->row));
	p->span = mem_zalloc(p->span_cap, sizeof(*p->span));
	p->wakeup = mem_zalloc(t->count + 1, sizeof(*p->wakeup));
	k.next = mem_zalloc(t->count + 1, sizeof(*k.next));
	p->no_memory = !p->row || !p->span || !p->wakeup || !k.next;
	if (!p->no_memory) {
		walk(&k);
		note_rows(p);
		picture_mark(p);
		note_wakeups(p, k.next);
		note_repeats(p);
	}
	mem_free(k.next);
}

void picture_done(struct picture *p)
{
	mem_free(p->row);
	mem_free(p->span);
	mem_free(p->wakeup);
	*p = (struct picture){.trace = p->trace};
}
