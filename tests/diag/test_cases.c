/* Every case does what it says: broken ones fail as announced and fast, mended ones pass in every schedule. */
#include <stdlib.h>

#include "../support/tap.h"
#include "diag/explore.h"
#include "diag/render.h"

/* Deterministic, unlike seconds; some 10,000 to 25,000 take one. */
#define MOST_EXECUTIONS 10000
#define REPLAYS 20
#define WIDTH 100

static void explore_one(const struct diag_case *c, const struct diag_variant *v, bool all, struct trace *t,
			struct explore_result *r)
{
	struct explore_opts o = {
		.mode = EXPLORE_ALL,
		.most_bound = EXPLORE_NO_BOUND,
		.most_executions = 200000,
		.keep_going = all,
		.count = all,
	};

	trace_init(t, c, v);
	explore(c, v, &o, t, r);
}

static bool same_trace(const struct trace *a, const struct trace *b)
{
	if (a->count != b->count || a->digest != b->digest || strcmp(a->result.why, b->result.why) ||
	    strcmp(a->outcome, b->outcome))
		return false;
	for (unsigned i = 0; i < a->count; i++) {
		const struct trace_step *x = &a->steps[i], *y = &b->steps[i];

		if (x->thread != y->thread || x->op != y->op || x->how != y->how || x->value != y->value ||
		    strcmp(x->object, y->object) || strcmp(x->text, y->text) || x->at.line != y->at.line)
			return false;
	}
	return true;
}

/* ---- how wide it is ---- */

static unsigned widest_line(const char *text)
{
	unsigned widest = 0;

	while (*text) {
		unsigned length = (unsigned)strcspn(text, "\n");

		widest = length > widest ? length : widest;
		text += length + (text[length] != 0);
	}
	return widest;
}

/* As a search tells it, and as a replay does. */
static void test_width(const struct diag_case *c, const struct diag_variant *v, const struct trace *t,
		       const struct explore_result *r)
{
	char schedule[SCHEDULE_TEXT];
	struct render_input in = {.trace = t, .schedule = schedule, .explored = r, .as_expected = true};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!schedule_format(&r->schedule, schedule, sizeof(schedule)))
		snprintf(schedule, sizeof(schedule), "%s", "(too long to be written)");
	render_text(out, &in, false);
	in.explored = NULL;
	render_text(out, &in, false);
	fclose(out);
	ok(size > 0 && widest_line(text) <= WIDTH, "%s %s: no line beyond %d columns (%u)", c->name, v->name, WIDTH,
	   widest_line(text));
	free(text);
}

/* Of a proof, any one run. */
static void test_proof(const struct diag_case *c, const struct diag_variant *v)
{
	struct explore_opts o = {.most_bound = EXPLORE_NO_BOUND, .most_executions = 1};
	struct explore_result r;
	struct trace t;

	trace_init(&t, c, v);
	explore(c, v, &o, &t, &r);
	ok(t.count > 0, "%s %s: a run", c->name, v->name);
	test_width(c, v, &t, &r);
	schedule_done(&r.schedule);
	trace_done(&t);
}

/* ---- what each does ---- */

static void test_replays(const struct diag_case *c, const struct diag_variant *v, const struct trace *t,
			 const struct explore_result *r)
{
	char text[SCHEDULE_TEXT];
	struct schedule s;
	struct trace again;
	struct err why;
	unsigned same = 0;

	schedule_init(&s);
	trace_init(&again, c, v);
	ok(schedule_format(&r->schedule, text, sizeof(text)) && schedule_parse(text, &s, &why) == 0,
	   "%s %s: its schedule can be written and read", c->name, v->name);
	for (unsigned i = 0; i < REPLAYS; i++) {
		trace_reset(&again);
		same += explore_replay(c, v, &s, &again, &why) == 0 && same_trace(t, &again);
	}
	is_int(same, REPLAYS, "%s %s: repeated %d times, the same each time", c->name, v->name, REPLAYS);
	trace_done(&again);
	schedule_done(&s);
}

static void test_variant(const struct diag_case *c, const struct diag_variant *v)
{
	struct explore_result r;
	struct trace t;

	explore_one(c, v, false, &t, &r);
	ok(!r.nondeterministic, "%s %s: comes out the same twice", c->name, v->name);
	is_int(t.result.verdict, v->expect, "%s %s: the verdict announced (%s)", c->name, v->name, t.result.why);
	ok(r.found == (v->expect != MODEL_PASSED), "%s %s: a failure is found where there is one", c->name, v->name);
	ok(r.found || r.complete, "%s %s: found, or every schedule covered", c->name, v->name);
	ok(r.executions <= MOST_EXECUTIONS, "%s %s: in %d executions (%.2f s)", c->name, v->name, (int)r.executions,
	   r.seconds);
	ok(v->tells && v->tells[0] && strlen(v->tells) < 200, "%s %s: tells what is seen", c->name, v->name);
	test_replays(c, v, &t, &r);
	test_width(c, v, &t, &r);
	schedule_done(&r.schedule);
	trace_done(&t);
}

/* ---- cases that show themselves ---- */

struct lines {
	char text[2048];
};

static void add_line(void *arg, const char *line)
{
	struct lines *l = arg;
	size_t at = strlen(l->text);

	snprintf(l->text + at, sizeof(l->text) - at, "%s\n", line);
}

static void test_shown(const struct diag_case *c, const struct diag_variant *v)
{
	struct lines first = {""}, second = {""};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ok(render_demonstrated(out, c, v, false, false), "%s %s: shown", c->name, v->name);
	fclose(out);
	ok(widest_line(text) <= WIDTH, "%s %s: no line beyond %d columns (%u)", c->name, v->name, WIDTH, widest_line(text));
	has_str(text, "nothing to search", "%s %s: says that there is no count", c->name, v->name);
	free(text);
	ok(c->demonstrate(v->name, add_line, &first), "%s %s: as expected", c->name, v->name);
	ok(c->demonstrate(v->name, add_line, &second), "%s %s: again", c->name, v->name);
	is_str(second.text, first.text, "%s %s: says the same twice", c->name, v->name);
	has_str(first.text, "ends in", "%s %s: says what it came to", c->name, v->name);
	ok(!strchr(first.text, '/'), "%s %s: names no file", c->name, v->name);
}

static void test_all(void)
{
	unsigned count;
	const struct diag_case *const *cases = diag_cases(&count);

	for (unsigned i = 0; i < count; i++) {
		const struct diag_case *c = cases[i];

		ok(diag_case_named(c->name) == c, "%s: found by its name", c->name);
		ok(c->description[0] && !strchr(c->description, '\n'), "%s: described in a line", c->name);
		ok(strlen(c->name) + strlen(c->description) + strlen("case   ") <= WIDTH, "%s: name and description fit a line",
		   c->name);
		if (!strncmp(c->name, "self-", 5)) {
			for (unsigned k = 0; k < DIAG_VARIANTS && c->variant[k]; k++)
				test_proof(c, c->variant[k]);
			continue;
		}
		ok(strlen(c->story) > 200 && strlen(c->story) < 800, "%s: has a story", c->name);
		has_str(c->story, "catchbasin", "%s: says where the remedy is used", c->name);
		has_str(c->story, "src/", "%s: names the file", c->name);
		ok(diag_variant_named(c, "broken") && diag_variant_named(c, "fixed"), "%s: broken and fixed", c->name);
		for (unsigned k = 0; k < DIAG_VARIANTS && c->variant[k]; k++) {
			ok(diag_variant_named(c, c->variant[k]->name) == c->variant[k], "%s %s: found by its name", c->name,
			   c->variant[k]->name);
			(c->demonstrate ? test_shown : test_variant)(c, c->variant[k]);
		}
	}
	ok(!diag_case_named("no-such-case") && !diag_case_named(""), "no case of another name");
	ok(!diag_variant_named(cases[0], "mended"), "no variant of another name");
}

/* The contract's list, in its order. */
static void test_names(void)
{
	static const char *const names[] = {
		"race", "race-sqlite", "deadlock", "deadlock-missed-unlock", "deadlock-helper", "deadlock-abba", "rlock",
		"slot-pipeline", "slot-early-release", "queue-drain", "queue-lost-tail", "queue-stuck-producer",
		"daemon-thread", "swallowed-error", "semaphore", "timer", "barrier", "threads-join", "lost-wakeup",
	};
	unsigned count;
	const struct diag_case *const *cases = diag_cases(&count);

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		is_str(i < count ? cases[i]->name : NULL, names[i], "case %u", i + 1);
}

/* Why each of them is stuck. */
static void test_kinds(void)
{
	static const struct {
		const char *name, *variant, *kind;
	} table[] = {
		{"deadlock", "broken", "self-wait"},
		{"deadlock-missed-unlock", "broken", "orphaned lock"},
		{"deadlock-helper", "broken", "self-wait"},
		{"deadlock-abba", "broken", "cycle"},
		{"deadlock-abba", "livelock", "livelock"},
		{"rlock", "broken", "orphaned lock"},
		{"queue-stuck-producer", "broken", "full queue without consumers"},
		{"semaphore", "broken", "orphaned lock"},
		{"barrier", "broken", "wait without end"},
		{"lost-wakeup", "broken", "lost wake-up"},
		{"lost-wakeup", "other-lock", "lost wake-up"},
		{"lost-wakeup", "look-outside", "lost wake-up"},
		{"race", "broken", ""},
	};

	for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
		const struct diag_case *c = diag_case_named(table[i].name);
		struct explore_result r;
		struct trace t;

		explore_one(c, diag_variant_named(c, table[i].variant), false, &t, &r);
		is_str(render_wait_kind(&t), table[i].kind, "%s %s: its kind", table[i].name, table[i].variant);
		schedule_done(&r.schedule);
		trace_done(&t);
	}
}

/* ---- what they come to ---- */

static uint64_t orders_of(const struct explore_result *r, const char *outcome)
{
	for (unsigned i = 0; i < r->outcome_count; i++) {
		if (!strcmp(r->outcome[i].text, outcome))
			return r->outcome[i].orders;
	}
	return 0;
}

static void test_outcomes(void)
{
	static const struct {
		const char *name, *variant, *outcome;
		unsigned rows;
		uint64_t orders; /* 0: any number but none */
	} table[] = {
		{"race", "broken", "ends in 1", 2, 4},
		{"race", "broken", "ends in 2", 2, 2},
		{"race", "lock-write-only", "ends in 1", 2, 4},
		{"race", "asleep", "ends in 1", 1, 4},
		{"race", "fixed", "ends in 2", 1, 2},
		{"slot-early-release", "broken", "1 lost, 1 twice", 2, 0},
		{"slot-early-release", "fixed", "all 3 in order", 1, 0},
		{"queue-drain", "fixed", "0 left in the queue", 1, 0},
		{"queue-lost-tail", "broken", "3 left in the queue", 4, 0},
		{"queue-lost-tail", "fixed", "0 left in the queue", 1, 0},
		{"daemon-thread", "broken", "no record", 3, 1},
		{"daemon-thread", "broken", "half a record", 3, 1},
		{"daemon-thread", "fixed", "the whole record", 1, 0},
		{"threads-join", "fixed", "finished in the order 0, 1, 2", 6, 0},
		{"threads-join", "fixed", "finished in the order 0, 2, 1", 6, 0},
		{"threads-join", "fixed", "finished in the order 1, 0, 2", 6, 0},
		{"threads-join", "fixed", "finished in the order 1, 2, 0", 6, 0},
		{"threads-join", "fixed", "finished in the order 2, 0, 1", 6, 0},
		{"threads-join", "fixed", "finished in the order 2, 1, 0", 6, 0},
		{"threads-join", "broken", "all done before 3 finished", 4, 0},
		{"threads-join", "mixed-up", "0 of 4 results with the wrong thread", 4, 1},
		{"threads-join", "mixed-up", "2 of 4 results with the wrong thread", 4, 6},
		{"threads-join", "mixed-up", "3 of 4 results with the wrong thread", 4, 8},
		{"threads-join", "mixed-up", "4 of 4 results with the wrong thread", 4, 9},
		{"lost-wakeup", "broken", "deadlock", 2, 1},
		{"lost-wakeup", "broken", "goes on when it is ready", 2, 2},
		{"lost-wakeup", "if", "goes on, and nothing is ready", 2, 1},
		{"lost-wakeup", "wake-after", "goes on when it is ready", 1, 0},
		{"lost-wakeup", "fixed", "goes on when it is ready", 1, 0},
		{"swallowed-error", "broken", "2 done, 0 reported, exit 0", 2, 0},
		{"swallowed-error", "fixed", "2 done, 1 reported, exit 1", 2, 0},
		{"reload-lost", "broken", "edition 1 in effect", 2, 0},
		{"reload-lost", "clears-late", "edition 1 in effect", 2, 0},
	};

	for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
		const struct diag_case *c = diag_case_named(table[i].name);
		struct explore_result r;
		struct trace t;
		uint64_t orders;

		explore_one(c, diag_variant_named(c, table[i].variant), true, &t, &r);
		orders = orders_of(&r, table[i].outcome);
		ok(r.complete, "%s %s: all schedules", c->name, table[i].variant);
		ok(table[i].orders ? orders == table[i].orders : orders > 0, "%s %s: %d orders \"%s\"", c->name,
		   table[i].variant, (int)orders, table[i].outcome);
		is_int(r.outcome_count, table[i].rows, "%s %s: so many outcomes", c->name, table[i].variant);
		schedule_done(&r.schedule);
		trace_done(&t);
	}
}

int main(void)
{
	test_names();
	test_all();
	test_kinds();
	test_outcomes();
	return done_testing();
}
