/* Says all of a run as one JSON object. */
#include "base/json.h"

#include <stdio.h>

#include "diag/picture.h"
#include "diag/render_parts.h"

/* Without memory, or for a text that is not UTF-8, jansson gives NULL, and json_object_set_new leaves the key out. */
static void set(json_t *o, const char *key, json_t *value)
{
	(void)json_object_set_new(o, key, value);
}

static void append(json_t *a, json_t *value)
{
	(void)json_array_append_new(a, value);
}

static json_t *text(const char *s)
{
	return json_string(s ? s : "");
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *place(const struct sync_src *at)
{
	char where[64];

	picture_place(at, where, sizeof(where));
	return where[0] ? text(where) : json_null();
}

static const char *how_name(enum model_how how)
{
	static const char *const names[] = {
		[MODEL_RUN] = "run", [MODEL_TIMEOUT] = "timeout", [MODEL_SPURIOUS] = "spurious"};

	return names[how];
}

static json_t *steps(const struct picture *p)
{
	json_t *all = json_array();
	char words[MODEL_TEXT * 2];

	for (unsigned i = 0; i < p->trace->count; i++) {
		const struct trace_step *s = &p->trace->steps[i];
		json_t *o = json_object();

		picture_words(s, words, sizeof(words));
		set(o, "step", number(s->step));
		set(o, "thread", number(s->thread));
		set(o, "op", text(model_op_name(s->op)));
		set(o, "object", text(s->object));
		set(o, "value", json_integer(s->value));
		set(o, "how", text(how_name(s->how)));
		set(o, "at", place(&s->at));
		set(o, "function", text(s->at.func));
		set(o, "words", text(words));
		set(o, "watch", p->row[i].watched ? json_integer(p->row[i].value) : json_null());
		set(o, "mark", p->row[i].mark ? text(p->row[i].mark) : json_null());
		append(all, o);
	}
	return all;
}

/* Steps are numbered from 1; no "to": it never ended. */
static json_t *spans(const struct picture *p)
{
	static const char *const kinds[] = {[SPAN_HELD] = "held", [SPAN_WANTED] = "wanted", [SPAN_ASLEEP] = "asleep"};
	json_t *all = json_array();

	for (unsigned i = 0; i < p->span_count; i++) {
		const struct span *s = &p->span[i];
		json_t *o = json_object();

		set(o, "kind", text(kinds[s->kind]));
		set(o, "thread", number(s->thread));
		set(o, "object", text(s->object));
		set(o, "from", number(p->trace->steps[s->from].step));
		set(o, "to", s->to < p->trace->count ? number(p->trace->steps[s->to].step) : json_null());
		set(o, "holder", s->kind == SPAN_WANTED && s->holder >= 0 ? json_integer(s->holder) : json_null());
		append(all, o);
	}
	return all;
}

static json_t *wakeups(const struct picture *p)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < p->wakeup_count; i++) {
		json_t *o = json_object();

		set(o, "from", number(p->trace->steps[p->wakeup[i].from].step));
		set(o, "to", number(p->trace->steps[p->wakeup[i].to].step));
		append(all, o);
	}
	return all;
}

/* From which step on how many steps come again and again. */
static json_t *repeats(const struct picture *p)
{
	json_t *o;

	if (p->repeat_steps == 0)
		return json_null();
	o = json_object();
	set(o, "from", number(p->repeat_from + 1));
	set(o, "steps", number(p->repeat_steps));
	return o;
}

static json_t *threads(const struct trace *t)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < t->result.threads; i++) {
		const struct model_thread_view *v = &t->result.thread[i];
		char words[128], letter[2] = {(char)('A' + i), '\0'};
		json_t *o = json_object();
		bool stuck, held_up;

		set(o, "letter", text(letter));
		set(o, "name", text(t->thread_name[i]));
		set(o, "ended", json_boolean(v->ended));
		stuck = !v->ended && t->result.verdict == MODEL_DEADLOCK;
		held_up = stuck && v->owner >= 0;
		picture_pending_words(v, words, sizeof(words));
		set(o, "waits", stuck ? text(words) : json_null());
		set(o, "for", stuck ? text(v->object) : json_null());
		set(o, "at", stuck ? place(v->at) : json_null());
		set(o, "owner", held_up ? json_integer(v->owner) : json_null());
		set(o, "owner_at", held_up ? place(v->owner_at) : json_null());
		set(o, "owner_since", held_up ? number(v->owner_step) : json_null());
		append(all, o);
	}
	return all;
}

static void add_line(void *arg, const char *line)
{
	append(arg, text(line));
}

static json_t *waits(const struct trace *t)
{
	json_t *o, *lines;

	if (!*render_wait_kind(t))
		return json_null();
	o = json_object();
	lines = json_array();
	set(o, "kind", text(render_wait_kind(t)));
	render_waits(t, add_line, lines);
	set(o, "report", lines);
	return o;
}

static json_t *outcomes(const struct render_input *in)
{
	json_t *all = json_array();

	for (unsigned i = 0; in->explored && i < in->explored->outcome_count; i++) {
		json_t *o = json_object();

		set(o, "outcome", text(in->explored->outcome[i].text));
		set(o, "orders", number(in->explored->outcome[i].orders));
		set(o, "grade", text(render_grade(in, &in->explored->outcome[i])));
		append(all, o);
	}
	return all;
}

/* null: no limit, or where there are no surroundings. */
static json_t *most(unsigned n)
{
	return n == DIAG_ANY ? json_null() : number(n);
}

static json_t *budget(const struct explore_result *e, const struct diag_variant *v)
{
	struct diag_surroundings around;
	json_t *o = json_object();

	if (v->surroundings)
		v->surroundings(v->config, &around);
	set(o, "preemptions", e->complete || e->bound == EXPLORE_NO_BOUND ? json_null() : number(e->bound));
	set(o, "timeouts", number(v->limits.timeouts));
	set(o, "spurious", number(v->limits.spurious));
	set(o, "sink_faults", v->surroundings ? most(around.faults) : json_null());
	set(o, "sink_fault_kinds", v->surroundings ? text(around.kinds) : json_null());
	set(o, "rows_refused", v->surroundings ? json_boolean(around.rows) : json_null());
	set(o, "deadline", v->surroundings ? json_boolean(around.deadline) : json_null());
	return o;
}

static json_t *explored(const struct explore_result *e, const struct diag_variant *v)
{
	static const char *const modes[] = {
		[EXPLORE_ALL] = "all", [EXPLORE_RANDOM] = "random", [EXPLORE_PCT] = "random priorities"};
	json_t *o;

	if (!e)
		return json_null();
	o = json_object();
	set(o, "mode", text(modes[e->mode]));
	set(o, "seed", e->mode == EXPLORE_ALL ? json_null() : number(e->seed));
	set(o, "executions", number(e->executions));
	set(o, "pruned", number(e->pruned));
	set(o, "steps", number(e->steps));
	set(o, "complete", json_boolean(e->complete));
	set(o, "budget", budget(e, v));
	set(o, "bound", e->bound == EXPLORE_NO_BOUND ? json_null() : number(e->bound));
	set(o, "found", json_boolean(e->found));
	set(o, "found_at", e->found ? number(e->found_at) : json_null());
	set(o, "preemptions", e->found ? number(e->preemptions) : json_null());
	set(o, "minimal", e->found ? json_boolean(e->minimal) : json_null());
	set(o, "lock_order", e->lock_order[0] ? text(e->lock_order) : json_null());
	return o;
}

static json_t *lines(const struct render_input *in)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < in->lines; i++)
		append(all, text(in->line[i]));
	return all;
}

json_t *render_object(const struct render_input *in)
{
	const struct trace *t = in->trace;
	char sentence[RENDER_SENTENCE];
	json_t *o = json_object();
	struct picture p;

	render_verdict(in, sentence, sizeof(sentence));
	set(o, "case", text(t->owner->name));
	set(o, "description", text(t->owner->description));
	set(o, "story", text(t->owner->story));
	set(o, "variant", text(t->variant->name));
	set(o, "tells", text(t->variant->tells));
	set(o, "verdict", text(picture_verdict_name(t->result.verdict)));
	set(o, "expected", json_boolean(in->as_expected));
	set(o, "why", text(t->result.why));
	set(o, "head", json_sprintf("%s%s", render_headword(in), render_expectation(in)));
	set(o, "sentence", text(sentence));
	set(o, "outcome", text(t->outcome));
	set(o, "schedule", text(in->schedule));
	set(o, "watch", text(t->owner->watch));
	set(o, "threads", threads(t));
	picture_make(&p, t);
	if (!p.no_memory) {
		set(o, "steps", steps(&p));
		set(o, "locks", spans(&p));
		set(o, "wakeups", wakeups(&p));
		set(o, "repeats", repeats(&p));
	}
	picture_done(&p);
	set(o, "waits", waits(t));
	set(o, "outcomes", outcomes(in));
	set(o, "explored", explored(in->explored, t->variant));
	set(o, "lines", lines(in));
	return o;
}

void render_json(FILE *out, const struct render_input *in)
{
	json_t *o = render_object(in);

	/* A full disk shows when out is closed. */
	(void)json_dumpf(o, out, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', out);
	json_decref(o);
}
