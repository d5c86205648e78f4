/* What `--diagnose` does with its options: finds the case, searches or repeats, and shows. */
#include "config.h"
#include "diag/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/parse.h"
#include "diag/explore.h"
#include "diag/render_parts.h"

#define EXIT_OTHERWISE 1 /* the verdict is not the expected one */
#define EXIT_DIVERGED 3
/* Executions, not seconds: what is shown depends on no clock. */
#define SHOW_EXECUTIONS 50000
#define COUNT_EXECUTIONS 10000
#define EXPLORE_EXECUTIONS 500000
#define PROOF_EXECUTIONS 3000000
#define SEED_EXECUTIONS 5000
#define LINES_WIDTH 98

/* One variant, searched or repeated, until all are shown. */
struct shown {
	struct trace trace;
	struct explore_result explored;
	char text[SCHEDULE_TEXT];
	bool as_expected, searched;
};

struct show {
	const struct diagnose_opts *opts;
	const struct diag_case *c;
	struct shown *shown[DIAG_VARIANTS];
	unsigned count;
	bool as_expected;
};

static int usage(const char *what)
{
	fprintf(stderr, "catchbasind: %s\n", what);
	return EXIT_USAGE;
}

static int list(bool json)
{
	unsigned count;
	const struct diag_case *const *cases = diag_cases(&count);

	for (unsigned i = 0; i < count; i++) {
		if (json) {
			json_t *o = json_pack("{ssss}", "case", cases[i]->name, "description", cases[i]->description);
			json_t *names = o ? json_array() : NULL;

			for (unsigned k = 0; k < DIAG_VARIANTS && cases[i]->variant[k]; k++)
				json_array_append_new(names, json_string(cases[i]->variant[k]->name));
			json_object_set_new(o, "variants", names);
			json_dumpf(o, stdout, JSON_COMPACT);
			json_decref(o);
			printf("\n");
		} else {
			printf("%s  %s\n", cases[i]->name, cases[i]->description);
		}
	}
	return EXIT_CLEAN;
}

/* ---- one variant ---- */

static bool wants_colour(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb");
}

static struct render_input input_of(const struct shown *s)
{
	return (struct render_input){
		.trace = &s->trace,
		.schedule = s->text,
		.explored = s->searched ? &s->explored : NULL,
		.as_expected = s->as_expected,
	};
}

static struct shown *shown_new(struct show *show, const struct diag_variant *v)
{
	struct shown *s = calloc(1, sizeof(*s));

	if (!s) {
		fprintf(stderr, "catchbasind: out of memory\n");
		return NULL;
	}
	trace_init(&s->trace, show->c, v);
	return show->shown[show->count++] = s;
}

static void say_text(void *arg, const char *line)
{
	fprintf(arg, "%s\n", line);
}

/* One size of a proof, where all went well. */
static void show_proof(const struct shown *s)
{
	const struct explore_result *r = &s->explored;
	const struct render_input in = input_of(s);
	char count[32], bound[64] = "not even without preemptions", budget[256];

	format_count(r->executions, count, sizeof(count));
	if (r->bound != EXPLORE_NO_BOUND)
		snprintf(bound, sizeof(bound), "up to %u preemption%s", r->bound, r->bound == 1 ? "" : "s");
	printf("  %-32s passes  %s, %s executions\n", s->trace.variant->name, r->complete ? "complete" : bound, count);
	render_budget(&in, budget, sizeof(budget));
	picture_wrap(budget, 4, 6, LINES_WIDTH, say_text, stdout);
	if (r->lock_order[0]) {
		char order[EXPLORE_ORDER_TEXT + 64];

		snprintf(order, sizeof(order), "the order of locks could deadlock: %s", r->lock_order);
		picture_wrap(order, 4, 6, LINES_WIDTH, say_text, stdout);
	}
}

static void show_one(const struct show *show, const struct shown *s)
{
	struct render_input in = input_of(s);

	if (show->opts->json) {
		render_json(stdout, &in);
	} else if (s->trace.variant->proof && s->searched && s->as_expected && !show->opts->variant) {
		if (show->count == 1) {
			printf("case %s  %s\n\n", show->c->name, show->c->description);
			picture_wrap(show->c->story, 2, 2, LINES_WIDTH, say_text, stdout);
			printf("\n");
		}
		show_proof(s);
		fflush(stdout);
	} else {
		if (show->count > 1)
			printf("\n");
		in.again = show->count > 1;
		render_text(stdout, &in, wants_colour());
	}
}

static void search_once(struct shown *s, const struct show *show, const struct explore_opts *o)
{
	schedule_done(&s->explored.schedule);
	explore(show->c, s->trace.variant, o, &s->trace, &s->explored);
}

/* By random priorities; where these find nothing, evenly at random. */
static void search_seeded(struct shown *s, const struct show *show, struct explore_opts *o)
{
	uint64_t before;

	o->mode = EXPLORE_PCT;
	o->seed = show->opts->seed;
	o->most_executions = SEED_EXECUTIONS;
	search_once(s, show, o);
	if (s->explored.found)
		return;
	o->mode = EXPLORE_RANDOM;
	before = s->explored.executions;
	search_once(s, show, o);
	s->explored.executions += before;
	s->explored.found_at += s->explored.found ? before : 0;
}

/* With a table of outcomes where that can be had exactly; else without. */
static void search_whole(struct shown *s, const struct show *show, struct explore_opts *o)
{
	unsigned most = o->most_executions;

	if (s->trace.variant->outcome) {
		o->keep_going = o->count = true;
		o->most_executions = (show->opts->explore ? 10u : 1u) * COUNT_EXECUTIONS;
		search_once(s, show, o);
		if (s->explored.complete)
			return;
	}
	o->keep_going = show->opts->explore;
	o->count = false;
	o->most_executions = most;
	search_once(s, show, o);
}

static void search(struct shown *s, const struct show *show)
{
	const struct diag_variant *v = s->trace.variant;
	const struct explore_result *r = &s->explored;
	struct explore_opts o = {
		.most_bound = v->most_bound ? v->most_bound : EXPLORE_NO_BOUND,
		.most_executions = v->proof ? PROOF_EXECUTIONS : show->opts->explore ? EXPLORE_EXECUTIONS : SHOW_EXECUTIONS,
	};

	if (show->opts->seeded)
		search_seeded(s, show, &o);
	else
		search_whole(s, show, &o);
	s->searched = true;
	s->as_expected = !r->nondeterministic && r->found == (v->expect != MODEL_PASSED) &&
			 s->trace.count > 0 && s->trace.result.verdict == v->expect;
	/* A proof that stops short of what it promises is none. */
	if (v->proof && !r->found && !r->complete && (r->bound == EXPLORE_NO_BOUND || r->bound < o.most_bound))
		s->as_expected = false;
	if (!schedule_format(&r->schedule, s->text, sizeof(s->text)))
		snprintf(s->text, sizeof(s->text), "(too long to be written)");
	if (show->opts->explore)
		fprintf(stderr, "catchbasind: %s %s: %llu executions in %.2f s, %.0f a second\n", show->c->name, v->name,
			(unsigned long long)r->executions, r->seconds,
			r->seconds > 0 ? (double)r->executions / r->seconds : 0.0);
}

/* ---- all that is asked for ---- */

static int show_variant(struct show *show, const struct diag_variant *v)
{
	struct shown *s;

	if (show->c->demonstrate) {
		show->as_expected &= render_demonstrated(stdout, show->c, v, show->opts->json, !show->opts->variant && v != show->c->variant[0]);
		return EXIT_CLEAN;
	}
	s = shown_new(show, v);
	if (!s)
		return EXIT_INTERNAL;
	search(s, show);
	show_one(show, s);
	show->as_expected &= s->as_expected;
	return EXIT_CLEAN;
}

static int show_case(struct show *show)
{
	const struct diag_variant *one = NULL;
	int code = EXIT_CLEAN;

	if (show->opts->variant && !(one = diag_variant_named(show->c, show->opts->variant))) {
		fprintf(stderr, "catchbasind: case %s has no variant \"%s\"; it has", show->c->name, show->opts->variant);
		for (unsigned i = 0; i < DIAG_VARIANTS && show->c->variant[i]; i++)
			fprintf(stderr, "%s %s", i ? "," : "", show->c->variant[i]->name);
		fprintf(stderr, "\n");
		return EXIT_USAGE;
	}
	if (show->c->demonstrate && show->opts->html)
		return usage("this case is no run of the model: there is no page of it");
	if (one)
		return show_variant(show, one);
	for (unsigned i = 0; code == EXIT_CLEAN && i < DIAG_VARIANTS && show->c->variant[i]; i++)
		code = show_variant(show, show->c->variant[i]);
	return code;
}

static int replay_parsed(struct show *show, const struct schedule *schedule)
{
	const struct diag_variant *v;
	enum model_verdict verdict;
	struct err why;
	struct shown *s;

	if (show->opts->name && strcmp(show->opts->name, schedule->case_name))
		return usage("this schedule is of another case");
	if (show->opts->variant && strcmp(show->opts->variant, schedule->variant))
		return usage("this schedule is of another variant");
	show->c = diag_case_named(schedule->case_name);
	v = show->c ? diag_variant_named(show->c, schedule->variant) : NULL;
	if (!v) {
		fprintf(stderr, "catchbasind: this schedule is of case \"%s\", variant \"%s\": there is none\n",
			schedule->case_name, schedule->variant);
		return EXIT_USAGE;
	}
	if (show->c->demonstrate)
		return usage("this case is no run of the model: it has no schedules");
	s = shown_new(show, v);
	if (!s)
		return EXIT_INTERNAL;
	if (explore_replay(show->c, v, schedule, &s->trace, &why) != 0) {
		fprintf(stderr, "catchbasind: the replay diverged: %s\n", why.text);
		return EXIT_DIVERGED;
	}
	/* A run that passes says nothing against a variant that fails in others. */
	verdict = s->trace.result.verdict;
	s->as_expected = verdict == v->expect || verdict == MODEL_PASSED;
	snprintf(s->text, sizeof(s->text), "%s", show->opts->replay);
	show_one(show, s);
	show->as_expected = s->as_expected;
	return EXIT_CLEAN;
}

static int replay(struct show *show)
{
	struct schedule schedule;
	struct err why;
	int code;

	if (show->opts->explore || show->opts->seeded)
		return usage("--replay repeats one schedule: --explore and --seed have no place beside it");
	schedule_init(&schedule);
	code = schedule_parse(show->opts->replay, &schedule, &why) == 0 ? replay_parsed(show, &schedule) : usage(why.text);
	schedule_done(&schedule);
	return code;
}

static int write_html(const struct show *show)
{
	struct render_input in[DIAG_VARIANTS];
	struct err why;

	for (unsigned i = 0; i < show->count; i++)
		in[i] = input_of(show->shown[i]);
	if (render_html(show->opts->html, in, show->count, &why) == 0)
		return EXIT_CLEAN;
	fprintf(stderr, "catchbasind: %s\n", why.text);
	return why.exit_code;
}

static void show_done(struct show *show)
{
	for (unsigned i = 0; i < show->count; i++) {
		trace_done(&show->shown[i]->trace);
		schedule_done(&show->shown[i]->explored.schedule);
		free(show->shown[i]);
	}
}

int diagnose(const struct diagnose_opts *opts)
{
	struct show show = {.opts = opts, .as_expected = true};
	int code;

	if (!opts->name && !opts->replay) {
		if (opts->variant || opts->html || opts->explore || opts->seeded)
			return usage("a case is wanted: --diagnose=CASE; --diagnose alone lists them");
		code = list(opts->json);
	} else if (opts->replay) {
		code = replay(&show);
	} else if (!(show.c = diag_case_named(opts->name))) {
		fprintf(stderr, "catchbasind: unknown case \"%s\"; catchbasind --diagnose lists them all\n", opts->name);
		code = EXIT_USAGE;
	} else {
		code = show_case(&show);
	}
	if (code == EXIT_CLEAN && opts->html)
		code = write_html(&show);
	show_done(&show);
	if (code == EXIT_CLEAN && !show.as_expected)
		code = EXIT_OTHERWISE;
	if (fflush(stdout) != 0) {
		perror("catchbasind: standard output");
		return EXIT_IO;
	}
	return code;
}
