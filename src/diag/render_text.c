/* Shows a run as text: what the case is about, the lanes, who waits for whom, what can come out, the verdict. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "diag/picture.h"
#include "diag/render_parts.h"

#define WIDTH 100

struct page {
	FILE *out;
	bool colour;
	const struct render_input *in;
};

static void print_line(void *out, const char *line)
{
	fprintf(out, "%s\n", line);
}

static void inked(const struct page *pg, unsigned which, const char *text)
{
	render_ink(pg->out, pg->colour, which);
	fputs(text, pg->out);
	render_ink(pg->out, pg->colour, INK_PLAIN);
}

static enum render_ink tone(const struct render_input *in)
{
	return in->as_expected && !render_failed(in) ? INK_GOOD : INK_BAD;
}

static void print_head(struct page *pg)
{
	const struct trace *t = pg->in->trace;
	const char *kind = render_wait_kind(t);
	char name[WIDTH], text[RENDER_SENTENCE];
	size_t length;

	length = (size_t)snprintf(name, sizeof(name), "case %s, variant %s", t->owner->name, t->variant->name);
	inked(pg, INK_BOLD, name);
	length += (size_t)snprintf(text, sizeof(text), "%s%s", render_headword(pg->in), render_expectation(pg->in));
	if (*kind && length + strlen(kind) + 5 <= WIDTH)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " (%s)", kind);
	fputs(": ", pg->out);
	inked(pg, tone(pg->in), text);
	fputc('\n', pg->out);
	if (strlen(pg->in->schedule) + 9 <= WIDTH)
		fprintf(pg->out, "schedule %s\n", pg->in->schedule);
	fputc('\n', pg->out);
	if (t->owner->story && !pg->in->again)
		picture_wrap(t->owner->story, 2, 2, WIDTH - 2, print_line, pg->out);
	if (t->variant->tells) {
		snprintf(text, sizeof(text), "%s: %.400s", t->variant->name, t->variant->tells);
		picture_wrap(text, 2, 4, WIDTH - 2, print_line, pg->out);
	}
	fputc('\n', pg->out);
}

static void print_waits(struct page *pg)
{
	if (!*render_wait_kind(pg->in->trace))
		return;
	fputc('\n', pg->out);
	render_waits(pg->in->trace, print_line, pg->out);
}

static void print_outcomes(struct page *pg)
{
	const struct explore_result *e = pg->in->explored;
	uint64_t sum = render_orders(pg->in);
	char all[32], part[32], line[RENDER_SENTENCE];
	int widest = 0;

	if (sum == 0)
		return;
	render_number(sum, all);
	for (unsigned i = 0; i < e->outcome_count; i++)
		widest = strlen(e->outcome[i].text) > (size_t)widest ? (int)strlen(e->outcome[i].text) : widest;
	fprintf(pg->out, "\nOUTCOMES, %s %s interleaving%s of the case's own steps:\n",
		e->complete ? "of all" : "so far, of", all, sum == 1 ? "" : "s");
	for (unsigned i = 0; i < e->outcome_count; i++) {
		const char *grade = render_grade(pg->in, &e->outcome[i]);
		bool bad = strcmp(grade, "bad") == 0;

		snprintf(line, sizeof(line), "  %*s of %s  %*s", (int)strlen(all), render_number(e->outcome[i].orders, part), all,
			 *grade ? -widest - 2 : 0, e->outcome[i].text);
		fputs(line, pg->out);
		inked(pg, bad ? INK_BAD : INK_GOOD, bad ? "BAD" : *grade ? "GOOD" : "");
		fputc('\n', pg->out);
	}
}

/* A schedule too long for a line goes on in the next one as a shell puts it together again. */
static void print_replay(struct page *pg)
{
	const char *rest = pg->in->schedule;
	unsigned room = WIDTH - 43;

	fputs("replay: catchbasind --diagnose --replay='", pg->out);
	while (strlen(rest) > room) {
		fprintf(pg->out, "%.*s'\\\n'", (int)room, rest);
		rest += room;
		room = WIDTH - 4;
	}
	fprintf(pg->out, "%s'\n", rest);
}

void render_conclusion(FILE *out, const struct render_input *in, bool colour)
{
	char sentence[RENDER_SENTENCE], text[RENDER_SENTENCE + 64];

	render_verdict(in, sentence, sizeof(sentence));
	snprintf(text, sizeof(text), "%s%s: %s.", render_headword(in), render_expectation(in), sentence);
	fputc('\n', out);
	render_ink(out, colour, tone(in));
	picture_wrap(text, 0, 2, WIDTH, print_line, out);
	render_ink(out, colour, INK_PLAIN);
}

void render_text(FILE *out, const struct render_input *in, bool colour)
{
	struct page pg = {.out = out, .colour = colour, .in = in};
	struct picture p;

	print_head(&pg);
	picture_make(&p, in->trace);
	if (p.no_memory)
		fputs("no memory for the timeline\n", out);
	else
		render_lanes(out, &p, colour);
	picture_done(&p);
	print_waits(&pg);
	print_outcomes(&pg);
	render_conclusion(out, in, colour);
	print_replay(&pg);
}
