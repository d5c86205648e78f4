/* Draws the lanes: a column for each thread, a row for each step, and at the right the watched value and the place. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "diag/picture.h"
#include "diag/render_parts.h"

#define WIDTH 100
#define GAP 2
#define STEP_COLUMN 6             /* "  12  " */
#define LANE_LEAST 14
#define WORDS 240
#define ROWS_MOST 300             /* longer runs lose their middle */
#define ROWS_EDGE 100

struct page {
	FILE *out;
	bool colour, tracks;      /* tracks: too many threads for columns, so one narrow track each */
	const struct trace *t;
	const struct picture *p;
	unsigned lanes, lane[MODEL_THREADS], at[MODEL_THREADS]; /* widths, and where they begin */
	unsigned area, watch, place; /* widths */
	bool ended[MODEL_THREADS], begun[MODEL_THREADS];
};

static void ink(const struct page *pg, unsigned which)
{
	render_ink(pg->out, pg->colour, which);
}

/* ---- how wide is what ---- */

static char letter(unsigned thread)
{
	return (char)('A' + thread);
}

static void words_of(const struct page *pg, unsigned index, char *ret_text)
{
	size_t n;

	picture_words(&pg->t->steps[index], ret_text, WORDS - 60);
	n = strlen(ret_text);
	if (pg->p->row[index].mark)
		snprintf(ret_text + n, WORDS - n, "  << %.50s", pg->p->row[index].mark);
}

static void wanting_words(const struct page *pg, const struct span *s, char *ret_text)
{
	const char *for_ever = s->to == pg->t->count && pg->t->result.verdict == MODEL_DEADLOCK ? ", for ever" : "";

	if (s->holder == (int)s->thread)
		snprintf(ret_text, WORDS, "(waits for %s, its own%s)", s->object, for_ever);
	else if (s->holder >= 0)
		snprintf(ret_text, WORDS, "(waits for %s: %s has it%s)", s->object, pg->t->thread_name[s->holder], for_ever);
	else
		snprintf(ret_text, WORDS, "(waits for %s%s)", s->object, for_ever);
}

static unsigned larger(unsigned a, size_t b)
{
	return b > a ? (unsigned)b : a;
}

static unsigned sum_of(const struct page *pg)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < pg->lanes; i++)
		sum += pg->lane[i];
	return sum;
}

/* All lanes, and what reaches beyond the last. */
static unsigned needed(const struct page *pg)
{
	unsigned most = larger(sum_of(pg), 40);

	for (unsigned i = 0; i < pg->p->span_count; i++) {
		char words[WORDS];

		if (pg->p->span[i].kind != SPAN_WANTED)
			continue;
		wanting_words(pg, &pg->p->span[i], words);
		most = larger(most, pg->at[pg->p->span[i].thread] + strlen(words));
	}
	return most;
}

/* Each lane as wide as its longest words; then the widest give way, until all fit. */
static void measure_lanes(struct page *pg)
{
	for (unsigned i = 0; i < pg->lanes; i++)
		pg->lane[i] = larger(LANE_LEAST, strlen(pg->t->thread_name[i]) + 2 + GAP);
	for (unsigned i = 0; i < pg->t->count; i++) {
		char words[WORDS];

		words_of(pg, i, words);
		pg->lane[pg->t->steps[i].thread] = larger(pg->lane[pg->t->steps[i].thread], strlen(words) + GAP);
	}
	while (sum_of(pg) > pg->area) {
		unsigned widest = 0;

		/* Words may reach into the lanes to the right, as one thread acts at a time: the last lane gives way last. */
		for (unsigned i = 1; i + 1 < pg->lanes; i++)
			widest = pg->lane[i] >= pg->lane[widest] ? i : widest;
		if (pg->lane[widest] <= LANE_LEAST)
			widest = pg->lanes - 1;
		if (pg->lane[widest] <= LANE_LEAST) {
			pg->tracks = true;
			break;
		}
		pg->lane[widest]--;
	}
	for (unsigned i = 0, at = 0; i < pg->lanes; at += pg->lane[i++])
		pg->at[i] = pg->tracks ? 2 * i : at;
	if (!pg->tracks)
		pg->area = needed(pg) > pg->area ? pg->area : needed(pg);
}

static void measure(struct page *pg)
{
	char place[64];

	pg->lanes = pg->t->result.threads;
	for (unsigned i = 0; i < pg->t->count; i++) {
		picture_place(&pg->t->steps[i].at, place, sizeof(place));
		pg->place = larger(pg->place, strlen(place));
		if (pg->p->row[i].watched)
			pg->watch = larger(larger(pg->watch, 6), strlen(pg->t->owner->watch));
		pg->lanes = larger(pg->lanes, pg->t->steps[i].thread + 1);
	}
	pg->place = pg->place > 24 ? 24 : pg->place;
	pg->watch = pg->watch > 20 ? 20 : pg->watch;
	pg->area = WIDTH - STEP_COLUMN - pg->place - GAP - (pg->watch ? pg->watch + GAP : 0);
	measure_lanes(pg);
}

/* ---- rows ---- */

static const struct span *open_span(const struct page *pg, unsigned thread, unsigned at, enum span_kind kind)
{
	for (unsigned i = 0; i < pg->p->span_count; i++) {
		const struct span *s = &pg->p->span[i];

		if (s->thread == thread && s->kind == kind && s->from <= at && at < s->to)
			return s;
	}
	return NULL;
}

/* What stands in the tracks of those who do nothing in this row. */
static void fill_tracks(const struct page *pg, unsigned thread, unsigned at, char *ret_area)
{
	for (unsigned i = 0; i < pg->lanes; i++) {
		if (i == thread)
			ret_area[2 * i] = letter(i);
		else if (open_span(pg, i, at, SPAN_WANTED))
			ret_area[2 * i] = '!';
		else if (open_span(pg, i, at, SPAN_ASLEEP))
			ret_area[2 * i] = 'z';
		else if (pg->begun[i] && !pg->ended[i])
			ret_area[2 * i] = '|';
	}
}

struct line {
	const struct page *pg;
	const char *number, *watch, *place;
	unsigned thread, index;
	bool first;
};

/* One printed line of a row: step number, lanes, value, place. Only the first has more than words. */
static void print_row_line(void *arg, const char *text)
{
	struct line *l = arg;
	const struct page *pg = l->pg;
	char area[WIDTH + 1];
	const char *mark;
	size_t length = strlen(text);

	memset(area, ' ', sizeof(area));
	memcpy(area, text, length < WIDTH ? length : WIDTH);
	area[pg->area] = '\0';
	if (pg->tracks)
		fill_tracks(pg, l->thread, l->index, area);
	if (!l->first || (!*l->watch && !*l->place)) {
		for (length = pg->area; length > 0 && area[length - 1] == ' '; length--)
			area[length - 1] = '\0';
	}
	mark = strstr(area, "<< ");
	ink(pg, INK_DIM);
	fprintf(pg->out, "%4s  ", l->first ? l->number : "");
	ink(pg, INK_LANE + l->thread);
	fprintf(pg->out, "%.*s", (int)(mark ? mark - area : (long)strlen(area)), area);
	if (mark) {
		ink(pg, INK_BAD);
		fputs(mark, pg->out);
	}
	if (l->first && pg->watch && (*l->watch || *l->place)) {
		ink(pg, INK_BOLD);
		fprintf(pg->out, "%*s", (int)(pg->watch + GAP), l->watch);
	}
	if (l->first && *l->place) {
		ink(pg, INK_DIM);
		fprintf(pg->out, "  %s", l->place);
	}
	ink(pg, INK_PLAIN);
	fputc('\n', pg->out);
	l->first = false;
}

static void print_words(struct line *l, const char *words)
{
	const struct page *pg = l->pg;
	unsigned indent = pg->tracks ? 2 * pg->lanes + 1 : pg->at[l->thread];
	char text[WORDS + SYNC_NAME];

	l->first = true;
	snprintf(text, sizeof(text), "%s%s%s", pg->tracks ? pg->t->thread_name[l->thread] : "", pg->tracks ? " " : "", words);
	picture_wrap(text, indent, indent + (indent + 2 + LANE_LEAST <= pg->area ? 2 : 0), pg->area, print_row_line, l);
}

/* Those who from here on want what another has. */
static void print_wanting(const struct page *pg, unsigned index)
{
	for (unsigned i = 0; i < pg->p->span_count; i++) {
		const struct span *s = &pg->p->span[i];
		struct line l = {.pg = pg, .number = "", .watch = "", .place = "", .thread = s->thread, .index = index};
		char words[WORDS];

		if (s->kind != SPAN_WANTED || s->from != index)
			continue;
		wanting_words(pg, s, words);
		print_words(&l, words);
	}
}

static void print_step(struct page *pg, unsigned index)
{
	const struct trace_step *s = &pg->t->steps[index];
	char number[16], watch[32] = "", place[64], words[WORDS];
	struct line l = {.pg = pg, .number = number, .watch = watch, .place = place, .thread = s->thread, .index = index};

	snprintf(number, sizeof(number), "%u", s->step);
	if (pg->p->row[index].watched)
		snprintf(watch, sizeof(watch), "%" PRId64, pg->p->row[index].value);
	picture_place(&s->at, place, sizeof(place));
	if (strlen(place) > pg->place)
		place[pg->place] = '\0';
	words_of(pg, index, words);
	pg->begun[s->thread] = true;
	print_words(&l, words);
	pg->ended[s->thread] = s->op == MODEL_END;
	print_wanting(pg, index);
}

/* Who is left, and what they wait for, unless a row has said so. */
static void print_stuck(const struct page *pg)
{
	for (unsigned i = 0; pg->t->result.verdict == MODEL_DEADLOCK && i < pg->t->result.threads; i++) {
		const struct model_thread_view *v = &pg->t->result.thread[i];
		struct line l = {.pg = pg, .number = "", .watch = "", .place = "", .thread = i, .index = pg->t->count};
		char words[WORDS], text[WORDS];

		if (v->ended || open_span(pg, i, pg->t->count - 1, SPAN_WANTED))
			continue;
		picture_pending_words(v, words, sizeof(words) - 32);
		snprintf(text, sizeof(text), "(%.200s, for ever)", words);
		print_words(&l, text);
	}
}

static void print_names(const struct page *pg)
{
	char area[WIDTH + 1];

	memset(area, ' ', sizeof(area));
	for (unsigned i = 0; i < pg->lanes && !pg->tracks; i++) {
		char name[SYNC_NAME + 4];
		size_t n = (size_t)snprintf(name, sizeof(name), "%c %s", letter(i), pg->t->thread_name[i]);

		memcpy(area + pg->at[i], name, n < pg->area - pg->at[i] ? n : pg->area - pg->at[i]);
	}
	for (unsigned i = 0; i < pg->lanes && pg->tracks; i++)
		area[2 * i] = letter(i);
	area[pg->area] = '\0';
	ink(pg, INK_BOLD);
	fprintf(pg->out, "step  %s", area);
	if (pg->watch)
		fprintf(pg->out, "%*.*s", (int)(pg->watch + GAP), (int)pg->watch, pg->t->owner->watch);
	fprintf(pg->out, "  %s\n", "at");
	ink(pg, INK_PLAIN);
}

static void print_rows(struct page *pg)
{
	unsigned count = pg->t->count, from = count, to = count;

	if (pg->p->repeat_steps > 0)
		from = pg->p->repeat_from + 2 * pg->p->repeat_steps;
	else if (count > ROWS_MOST)
		from = ROWS_EDGE, to = count - ROWS_EDGE;
	print_names(pg);
	for (unsigned i = 0; i < from && i < count; i++)
		print_step(pg, i);
	if (from < to)
		fprintf(pg->out, "      ... %u more steps%s ...\n", to - from,
			pg->p->repeat_steps ? ", the same again and again" : " (--json has all)");
	for (unsigned i = to; i < count; i++)
		print_step(pg, i);
	print_stuck(pg);
	if (pg->tracks)
		fprintf(pg->out, "      (A B ..: its step; |: on its way; !: wants what it cannot have; z: asleep)\n");
	if (pg->t->cut)
		fprintf(pg->out, "      (some steps are missing: there was no memory for them)\n");
}

void render_lanes(FILE *out, const struct picture *p, bool colour)
{
	struct page pg = {.out = out, .colour = colour, .t = p->trace, .p = p};

	measure(&pg);
	print_rows(&pg);
}
