/* Tells who waits for whom when a run got stuck: its own part is the steps that a livelock goes round in. */
#include <stdio.h>

#include "diag/picture.h"
#include "diag/render.h"
#include "diag/waits.h"

#define WIDTH 100
#define ROUND 16 /* steps of a livelock that are shown */
#define WORDS (SYNC_NAME + 128)

struct report {
	void (*say)(void *arg, const char *line);
	void *arg;
};

static void say_wrapped(void *arg, unsigned indent, const char *line)
{
	const struct report *r = arg;

	picture_wrap(line, indent, indent + 4, WIDTH, r->say, r->arg);
}

/* The steps that come again and again, in words. */
struct rounds {
	char words[ROUND][WORDS];
	const char *line[ROUND];
};

static void note_round(const struct trace *t, struct trace_waits *w, struct rounds *r)
{
	char words[128];
	struct picture p;

	picture_make(&p, t);
	if (p.repeat_steps > 0 && p.repeat_steps <= ROUND) {
		w->all.round_from = t->steps[p.repeat_from].step;
		w->all.rounds = p.repeat_steps;
		w->all.round = r->line;
	}
	for (unsigned i = 0; i < w->all.rounds; i++) {
		const struct trace_step *s = &t->steps[p.repeat_from + i];

		picture_words(s, words, sizeof(words));
		snprintf(r->words[i], WORDS, "%s %s", t->thread_name[s->thread], words);
		r->line[i] = r->words[i];
	}
	picture_done(&p);
}

void render_waits(const struct trace *t, void (*say)(void *arg, const char *line), void *arg)
{
	struct report r = {.say = say, .arg = arg};
	struct trace_waits w;
	struct rounds rounds;

	trace_waits(t, &w);
	if (w.knot.kind == WAITS_LIVELOCK)
		note_round(t, &w, &rounds);
	waits_tell(&w.all, &w.knot, say_wrapped, &r);
}

const char *render_wait_kind(const struct trace *t)
{
	struct trace_waits w;

	trace_waits(t, &w);
	return waits_kind_name(w.knot.kind);
}
