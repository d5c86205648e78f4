/* Shows a case that is no run of the model by what it says of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/render_parts.h"

#define MOST_LINES 64
#define WIDTH 98

static void say_text(void *arg, const char *line)
{
	fprintf(arg, "%s\n", line);
}

struct said {
	char *line[MOST_LINES];
	unsigned count;
};

static void keep_line(void *arg, const char *line)
{
	struct said *s = arg;

	if (s->count < MOST_LINES && (s->line[s->count] = strdup(line)))
		s->count++;
}

/* As a run is shown, with lines in the place of lanes. */
static void show_lines(FILE *out, const struct render_input *in)
{
	const struct diag_case *c = in->trace->owner;
	const struct diag_variant *v = in->trace->variant;
	char tells[512];

	fprintf(out, "%scase %s, variant %s: %s%s\n\n", in->again ? "\n" : "", c->name, v->name, render_headword(in),
	       render_expectation(in));
	if (!in->again)
		picture_wrap(c->story, 2, 2, WIDTH, say_text, out);
	snprintf(tells, sizeof(tells), "%s: %.400s", v->name, v->tells);
	picture_wrap(tells, 2, 4, WIDTH, say_text, out);
	fprintf(out, "\n");
	for (unsigned i = 0; i < in->lines; i++)
		fprintf(out, "%s\n", in->line[i]);
	render_conclusion(out, in, false);
}

bool render_demonstrated(FILE *out, const struct diag_case *c, const struct diag_variant *v, bool json, bool again)
{
	struct said said = {.count = 0};
	struct render_input in = {.schedule = "", .again = again, .line = (const char *const *)said.line};
	struct trace trace;

	in.as_expected = c->demonstrate(v->name, keep_line, &said);
	in.lines = said.count;
	trace_init(&trace, c, v);
	in.trace = &trace;
	trace.result.verdict = (v->expect != MODEL_PASSED) == in.as_expected ? MODEL_FAILED : MODEL_PASSED;
	if (json)
		render_json(out, &in);
	else
		show_lines(out, &in);
	trace_done(&trace);
	for (unsigned i = 0; i < said.count; i++)
		free(said.line[i]);
	return in.as_expected;
}
