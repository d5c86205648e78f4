/* What people see of a run: within 100 columns, the same twice, JSON that parses, and the right name for each wait. */
#include "diag/render.h"

#include "../support/tap.h"
#include "base/json.h"
#include "diag/case.h"

#define WIDTH 100
#define SCHEDULE "cb1:made-up:broken:A2B:00000000"

static const struct diag_variant failing = {
	.name = "broken", .expect = MODEL_DEADLOCK, .tells = "It \"hangs\" <b>here</b>.", .good = "ends in 2"};
static const struct diag_case made_up = {
	.name = "made-up",
	.description = "a trace made by hand",
	.story = "Some words & more </script> of them, to fill a line or two, so that it can be seen where the lines of a "
		 "story are broken.",
	.watch = "value",
	.variant = {&failing},
};

/* ---- traces made by hand ---- */

struct act {
	unsigned thread;
	enum model_op op;
	const char *object, *text;
	int64_t value;
	enum model_how how;
};

#define DO(thread, op, object) {(thread), (op), (object), NULL, 0, MODEL_RUN}

/* How a thread was left. */
struct left {
	const char *name;
	bool ended;
	enum model_op op;
	const char *object;
	int owner;
	unsigned owner_step;
	const char *func, *owner_func;
	unsigned held;
};

static struct sync_src place[2 * MODEL_THREADS];

static void make_steps(struct trace *t, const struct act *act, unsigned count)
{
	trace_init(t, &made_up, &failing);
	for (unsigned i = 0; i < count; i++) {
		const struct sync_src at = {"src/made/up.c", (int)(10 + i), "walk"};
		const struct model_event e = {.step = i + 1,
					      .thread = act[i].thread,
					      .op = act[i].op,
					      .how = act[i].how,
					      .object = act[i].object ? act[i].object : "",
					      .text = act[i].text ? act[i].text : "",
					      .value = act[i].value,
					      .at = &at};

		trace_event(t, &e);
	}
}

static void make_end(struct trace *t, enum model_verdict verdict, const struct left *left, unsigned count)
{
	struct model_result r = {.verdict = verdict, .steps = t->count, .threads = count, .why = "nobody can go on"};

	for (unsigned i = 0; i < count; i++) {
		place[2 * i] = (struct sync_src){"src/made/up.c", (int)(70 + i), left[i].func};
		place[2 * i + 1] = (struct sync_src){"src/made/up.c", (int)(50 + i), left[i].owner_func};
		r.thread[i] = (struct model_thread_view){.name = left[i].name,
							 .ended = left[i].ended,
							 .op = left[i].op,
							 .object = left[i].object ? left[i].object : "",
							 .at = &place[2 * i],
							 .owner = left[i].owner,
							 .owner_at = &place[2 * i + 1],
							 .owner_step = left[i].owner_step,
							 .held = left[i].held};
	}
	trace_finish(t, &r);
}

static char *text_of(const struct render_input *in, bool colour)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	render_text(f, in, colour);
	fclose(f);
	return text;
}

static char *json_of(const struct render_input *in)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	render_json(f, in);
	fclose(f);
	return text;
}

static size_t widest(const char *text)
{
	size_t most = 0;

	for (; *text; text += strcspn(text, "\n") + (text[strcspn(text, "\n")] == '\n')) {
		size_t n = strcspn(text, "\n");

		most = n > most ? n : most;
	}
	return most;
}

/* As a check that shows the lines that are too wide. */
static bool fits(const char *text)
{
	if (widest(text) <= WIDTH)
		return true;
	for (size_t n; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (n > WIDTH)
			printf("# %.*s\n", (int)n, text);
	}
	return false;
}

static bool stray_blanks(const char *text)
{
	return strstr(text, " \n") != NULL;
}

/* A trace that got stuck: its kind, and words that its report must hold. */
static void check_kind(const char *kind, const char *const *words, const struct act *act, unsigned acts,
		       enum model_verdict verdict, const struct left *left, unsigned lefts)
{
	struct trace t;
	struct render_input in = {.trace = &t, .schedule = SCHEDULE, .as_expected = true};
	char *text;

	make_steps(&t, act, acts);
	make_end(&t, verdict, left, lefts);
	is_str(render_wait_kind(&t), kind, "the kind is %s", *kind ? kind : "none");
	text = text_of(&in, false);
	for (; *words; words++)
		has_str(text, *words, "%s: says \"%s\"", kind, *words);
	ok(fits(text) && !stray_blanks(text), "%s: within %d columns, no blanks at the end", kind, WIDTH);
	free(text);
	trace_done(&t);
}

#define CHECK_KIND(kind, words, act, verdict, left) \
	check_kind((kind), (words), (act), ARRAY_LEN(act), (verdict), (left), ARRAY_LEN(left))

static void kinds_of_locks(void)
{
	static const struct act once[] = {DO(0, MODEL_SPAWN, "worker"), DO(1, MODEL_LOCK, "box")};
	static const struct left self[] = {{"main", .op = MODEL_JOIN, .object = "worker", .owner = -1},
					   {"worker", false, MODEL_LOCK, "box", 1, 2, "helper", "public", 1}};
	static const char *const self_words[] = {"held by worker itself", "helper wants \"box\", which public has taken", "up.c:71",
						 "up.c:51", "main waits for worker to end", NULL};
	static const struct act crossed[] = {
		DO(0, MODEL_SPAWN, "one"), DO(0, MODEL_SPAWN, "two"), DO(1, MODEL_LOCK, "ledger"), DO(2, MODEL_LOCK, "journal")};
	static const struct left cycle[] = {{"main", .op = MODEL_JOIN, .object = "one", .owner = -1},
					    {"one", false, MODEL_LOCK, "journal", 2, 4, "transfer", "audit", 1},
					    {"two", false, MODEL_LOCK, "ledger", 1, 3, "audit", "transfer", 1}};
	static const char *const cycle_words[] = {"cycle of 2", "one takes \"ledger\"", "then wants \"journal\"",
						  "two takes \"journal\"", "opposite order", "each has what the other wants", NULL};
	static const struct act early[] = {DO(0, MODEL_SPAWN, "one"), DO(0, MODEL_SPAWN, "two"), DO(1, MODEL_LOCK, "box"), DO(1, MODEL_END, NULL)};
	static const struct left orphan[] = {{"main", .op = MODEL_JOIN, .object = "two", .owner = -1},
					     {"one", .ended = true, .op = MODEL_END, .owner = -1},
					     {"two", false, MODEL_LOCK, "box", 1, 3, "next", "early", 0}};
	static const char *const orphan_words[] = {"held by one, which has ended", "never released", "(early)", NULL};
	static const struct act heir[] = {DO(0, MODEL_LOCK, "box"), DO(0, MODEL_END, NULL)};
	static const struct left with_it[] = {{"main", .op = MODEL_END, .owner = -1, .held = 1}};
	static const char *const heir_words[] = {"main ends and still holds \"box\"", NULL};

	CHECK_KIND("self-wait", self_words, once, MODEL_DEADLOCK, self);
	CHECK_KIND("cycle", cycle_words, crossed, MODEL_DEADLOCK, cycle);
	CHECK_KIND("orphaned lock", orphan_words, early, MODEL_DEADLOCK, orphan);
	CHECK_KIND("orphaned lock", heir_words, heir, MODEL_MISUSE, with_it);
}

static void kinds_of_sleep(void)
{
	static const struct act late[] = {DO(0, MODEL_SPAWN, "sleeper"), DO(0, MODEL_LOCK, "box"), DO(0, MODEL_SIGNAL, "news"),
					  DO(0, MODEL_UNLOCK, "box"),    DO(1, MODEL_LOCK, "box"), DO(1, MODEL_WAIT, "news")};
	static const struct left asleep[] = {{"main", .op = MODEL_JOIN, .object = "sleeper", .owner = -1},
					     {"sleeper", .op = MODEL_WAKE, .object = "news", .owner = -1}};
	static const char *const lost_words[] = {"\"news\" came in step 3 from main, while nobody waited", NULL};
	static const struct act stuck[] = {DO(0, MODEL_SPAWN, "producer"), DO(0, MODEL_SPAWN, "consumer"), DO(2, MODEL_END, NULL),
					   DO(1, MODEL_LOCK, "box"),	 DO(1, MODEL_WAIT, "not_full")};
	static const struct left full[] = {{"main", .op = MODEL_JOIN, .object = "producer", .owner = -1},
					   {"producer", .op = MODEL_WAKE, .object = "not_full", .owner = -1},
					   {"consumer", .ended = true, .op = MODEL_END, .owner = -1}};
	static const char *const full_words[] = {"consumer ended in step 3", "no room", NULL};
	static const struct act nothing[] = {{0, MODEL_NOTE, "", "hello", 0, MODEL_RUN}};
	static const struct left alone[] = {{"main", .op = MODEL_TEST, .object = "flag", .owner = -1}};
	static const char *const alone_words[] = {"main waits until flag is set", NULL};
	static const struct left done[] = {{"main", .ended = true, .op = MODEL_END, .owner = -1}};
	static const char *const no_words[] = {"hello", NULL};

	CHECK_KIND("lost wake-up", lost_words, late, MODEL_DEADLOCK, asleep);
	CHECK_KIND("full queue without consumers", full_words, stuck, MODEL_DEADLOCK, full);
	CHECK_KIND("wait without end", alone_words, nothing, MODEL_DEADLOCK, alone);
	CHECK_KIND("", no_words, nothing, MODEL_PASSED, done);
	CHECK_KIND("", no_words, nothing, MODEL_FAILED, done);
}

static void kind_livelock(void)
{
	static const struct left running[] = {{"main", .op = MODEL_TRYLOCK, .object = "b", .owner = -1},
					      {"other", .op = MODEL_TRYLOCK, .object = "a", .owner = -1}};
	static const char *const words[] = {"from step 2 on, these 4 steps", "main tries lock b", "more steps, the same again",
					    NULL};
	struct act acts[41] = {DO(0, MODEL_SPAWN, "other")};

	for (unsigned i = 0; i < 40; i += 4) {
		acts[i + 1] = (struct act)DO(0, MODEL_TRYLOCK, "b");
		acts[i + 2] = (struct act)DO(1, MODEL_TRYLOCK, "a");
		acts[i + 3] = (struct act)DO(0, MODEL_SLEEP, NULL);
		acts[i + 4] = (struct act)DO(1, MODEL_SLEEP, NULL);
	}
	CHECK_KIND("livelock", words, acts, MODEL_LONG, running);
}

/* ---- marks, words, JSON ---- */

static void lost_update(void)
{
	static const struct act acts[] = {
		DO(0, MODEL_SPAWN, "one"),	       DO(0, MODEL_SPAWN, "two"),		   DO(1, MODEL_READ, "value"),
		DO(2, MODEL_READ, "value"),	       {1, MODEL_WRITE, "value", NULL, 1, MODEL_RUN}, {2, MODEL_WRITE, "value", "own words", 1, MODEL_RUN},
		{1, MODEL_WAKE, "news", NULL, 0, MODEL_TIMEOUT}, {2, MODEL_WAKE, "news", NULL, 0, MODEL_SPURIOUS},
		{0, MODEL_NOTE, "", "and now << look \"here\"", 0, MODEL_RUN}};
	static const struct left done[] = {{"main", .ended = true, .owner = -1}, {"one", .ended = true, .owner = -1},
					   {"two", .ended = true, .owner = -1}};
	struct explore_result e = {.found = true, .complete = true, .executions = 1234567, .found_at = 2, .preemptions = 1,
				   .outcome = {{"ends in 1", 4}, {"ends in 2", 2}}, .outcome_count = 2};
	struct trace t;
	struct render_input in = {.trace = &t, .schedule = SCHEDULE, .explored = &e};
	char *text, *json;
	json_t *o, *steps;

	make_steps(&t, acts, ARRAY_LEN(acts));
	make_end(&t, MODEL_FAILED, done, ARRAY_LEN(done));
	text = text_of(&in, false);
	has_str(text, "write value <- 1, own words << lost update", "the write that loses an update is marked, with the case's words");
	ok(!strstr(strstr(text, "lost update") + 1, "lost update"), "no other write is");
	has_str(text, "timed out on news", "a timeout is marked");
	has_str(text, "wakes from news for no reason", "a spurious wake-up is marked");
	has_str(text, "and now << look \"here\"", "the case's own mark");
	has_str(text, "4 of 6  ends in 1  BAD", "outcomes are graded: bad");
	has_str(text, "2 of 6  ends in 2  GOOD", "outcomes are graded: good");
	has_str(text, "FAILS otherwise than expected", "the verdict says whether it was expected");
	has_str(text, "up.c:15", "places stand at the right");
	free(text);
	text = text_of(&in, true);
	has_str(text, "\033[0;1;31m", "colours where they are wanted");
	free(text);
	json = json_of(&in);
	o = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	steps = json_object_get(o, "steps");
	ok(o && strchr(json, '\n') == json + strlen(json) - 1, "one JSON object on one line");
	is_str(json_string_value(json_object_get(o, "case")), "made-up", "it names the case");
	is_str(json_string_value(json_object_get(o, "tells")), failing.tells, "strings survive as they are");
	is_int(json_array_size(steps), ARRAY_LEN(acts), "it has every step");
	is_str(json_string_value(json_object_get(json_array_get(steps, 5), "mark")), "lost update", "and its mark");
	is_str(json_string_value(json_object_get(json_array_get(steps, 6), "how")), "timeout", "and how it went on");
	is_int(json_integer_value(json_object_get(json_object_get(o, "explored"), "executions")), 1234567, "executions");
	ok(json_is_false(json_object_get(o, "expected")), "expected or not");
	json_decref(o);
	free(json);
	trace_done(&t);
}

/* Held, wanted and asleep, and who woke whom. */
static void spans(void)
{
	static const struct act acts[] = {DO(0, MODEL_SPAWN, "one"),   DO(1, MODEL_LOCK, "box"),  DO(1, MODEL_WAIT, "news"),
					  DO(0, MODEL_LOCK, "box"),    DO(0, MODEL_SIGNAL, "news"), DO(0, MODEL_UNLOCK, "box"),
					  DO(1, MODEL_WAKE, "news"),   DO(1, MODEL_UNLOCK, "box"), DO(1, MODEL_END, NULL),
					  DO(0, MODEL_JOIN, "one")};
	static const struct left done[] = {{"main", .ended = true, .owner = -1}, {"one", .ended = true, .owner = -1}};
	struct trace t;
	struct render_input in = {.trace = &t, .schedule = SCHEDULE, .as_expected = true};
	json_t *o, *locks, *woken;
	char *json;

	make_steps(&t, acts, ARRAY_LEN(acts));
	make_end(&t, MODEL_PASSED, done, ARRAY_LEN(done));
	json = json_of(&in);
	o = json_loads(json, 0, NULL);
	locks = json_object_get(o, "locks");
	woken = json_array_get(json_object_get(o, "wakeups"), 0);
	is_int(json_array_size(locks), 5, "a lock held three times, wanted once, and a sleep");
	is_int(json_integer_value(json_object_get(json_array_get(locks, 0), "to")), 3, "a wait gives the lock back");
	is_str(json_string_value(json_object_get(json_array_get(locks, 4), "object")), "box", "a wake-up brings it back");
	is_int(json_integer_value(json_object_get(woken, "from")), 5, "who woke");
	is_int(json_integer_value(json_object_get(woken, "to")), 7, "whom");
	json_decref(o);
	free(json);
	trace_done(&t);
}

/* ---- every case and variant ---- */

static void check_variant(const struct diag_case *c, const struct diag_variant *v)
{
	const struct explore_opts opts = {.most_bound = EXPLORE_NO_BOUND, .most_executions = 400};
	struct explore_result e;
	struct trace t;
	char schedule[SCHEDULE_TEXT], *first, *second, *json;
	struct render_input in = {.trace = &t, .schedule = schedule, .explored = &e};
	json_t *o;

	trace_init(&t, c, v);
	explore(c, v, &opts, &t, &e);
	if (t.count == 0 || !schedule_format(&e.schedule, schedule, sizeof(schedule)))
		snprintf(schedule, sizeof(schedule), "none");
	first = text_of(&in, false);
	second = text_of(&in, false);
	ok(fits(first), "%s %s: within %d columns", c->name, v->name, WIDTH);
	ok(!stray_blanks(first), "%s %s: no blanks at the end of a line", c->name, v->name);
	ok(!strcmp(first, second), "%s %s: the same twice", c->name, v->name);
	json = json_of(&in);
	o = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	ok(o && json_array_size(json_object_get(o, "steps")) == t.count, "%s %s: JSON parses", c->name, v->name);
	json_decref(o);
	free(first);
	free(second);
	free(json);
	schedule_done(&e.schedule);
	trace_done(&t);
}

static void every_case(void)
{
	unsigned count;
	const struct diag_case *const *cases = diag_cases(&count);

	for (unsigned i = 0; i < count; i++) {
		for (unsigned k = 0; k < DIAG_VARIANTS && cases[i]->variant[k]; k++) {
			if (cases[i]->variant[k]->run)
				check_variant(cases[i], cases[i]->variant[k]);
		}
	}
}

int main(void)
{
	kinds_of_locks();
	kinds_of_sleep();
	kind_livelock();
	lost_update();
	spans();
	every_case();
	return done_testing();
}
