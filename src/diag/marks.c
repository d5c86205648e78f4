/* Marks the steps that decide: what the case says itself, updates and wake-ups lost, messages written over, rings. */
#include <string.h>

#include "diag/picture.h"
#include "diag/waits.h"

static bool same(const char *a, const char *b)
{
	return a && b && *a && strcmp(a, b) == 0;
}

static void note_words(struct picture *p)
{
	for (unsigned i = 0; i < p->trace->count; i++) {
		const char *text = p->trace->steps[i].text;
		const char *mark = text ? strstr(text, "<<") : NULL;

		if (mark)
			p->row[i].mark = mark + 2 + (mark[2] == ' ');
	}
}

/* A write that follows from a read which is no longer true: the definition of a lost update. */
static bool loses_update(const struct trace *t, unsigned at)
{
	const struct trace_step *write = &t->steps[at];
	bool overtaken = false;

	for (unsigned i = at; i-- > 0;) {
		const struct trace_step *s = &t->steps[i];

		if (!same(s->object, write->object))
			continue;
		if (s->thread == write->thread)
			return s->op == MODEL_READ && overtaken;
		overtaken |= s->op == MODEL_WRITE;
	}
	return false;
}

/* Something handed from those who write to those who read: nobody does both. */
static bool is_handed_over(const struct trace *t, const char *object)
{
	bool reads[MODEL_THREADS] = {false}, writes[MODEL_THREADS] = {false}, read = false;

	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_step *s = &t->steps[i];

		if (!same(s->object, object))
			continue;
		reads[s->thread] |= s->op == MODEL_READ;
		writes[s->thread] |= s->op == MODEL_WRITE;
		read |= s->op == MODEL_READ;
		if (reads[s->thread] && writes[s->thread])
			return false;
	}
	return read;
}

/* A write over one that nobody has read. */
static bool overwrites_unread(const struct trace *t, unsigned at)
{
	for (unsigned i = at; i-- > 0;) {
		if (!same(t->steps[i].object, t->steps[at].object))
			continue;
		return t->steps[i].op == MODEL_WRITE && is_handed_over(t, t->steps[at].object);
	}
	return false;
}

static void note_writes(struct picture *p)
{
	const struct trace *t = p->trace;

	for (unsigned i = 0; t->result.verdict != MODEL_PASSED && i < t->count; i++) {
		if (t->steps[i].op != MODEL_WRITE || p->row[i].mark)
			continue;
		if (loses_update(t, i))
			p->row[i].mark = "lost update";
		else if (overwrites_unread(t, i))
			p->row[i].mark = "nobody had read the last one";
	}
}

/* The step that settled it: the last lock of a ring, or the wake-up that a sleeper still waits for. */
static void note_knot(struct picture *p)
{
	const char *words = NULL;
	struct trace_waits w;
	int64_t last = 0;

	trace_waits(p->trace, &w);
	if (w.knot.kind == WAITS_CYCLE) {
		words = w.knot.ring_count == 2 ? "each has what the other wants" : "the ring closes";
	} else if (w.knot.kind == WAITS_LOST) {
		words = "nobody hears it";
		last = w.thread[w.knot.thread].woke;
	}
	for (unsigned i = 0; i < w.knot.ring_count; i++) {
		const struct waits_thread *t = &w.thread[w.knot.ring[i]];

		if (t->what == WAITS_LOCK && t->owner_since > last)
			last = t->owner_since;
	}
	for (unsigned i = 0; words && i < p->trace->count; i++) {
		if (p->trace->steps[i].step == last && !p->row[i].mark)
			p->row[i].mark = words;
	}
}

void picture_mark(struct picture *p)
{
	note_words(p);
	note_writes(p);
	note_knot(p);
}
