/* ThreadSanitizer looks into runs of the model: a race on memory that no point shows is found, on whatever schedule. */
#include "config.h"

#include <stdlib.h>

#include "../support/tap.h"
#include "base/attr.h"
#include "base/mem.h"
#include "base/sync_model.h"
#include "base/sync_more.h"

/* ---- what a child plays ---- */

static struct sync_mutex lock;
static struct sync_cond cond;
static int plain; /* no point of the model sees it */
static int *heap;
static bool locked;

static void start(struct sync_thread *t, const char *name, void (*fn)(void *))
{
	struct err why;

	if (sync_thread_start(t, name, fn, NULL, &why) != 0)
		model_fail("%s", why.text);
}

enum { RACE_LINE = __LINE__ + 6 };

static void count(void *arg UNUSED)
{
	if (locked)
		sync_lock(&lock);
	plain++;
	if (locked)
		sync_unlock(&lock);
}

/* What main does before the start and after the join is in order with all of it. */
static void two_count(void *arg UNUSED)
{
	struct sync_thread one, two;

	plain = 0;
	sync_mutex_init(&lock, "lock");
	start(&one, "one", count);
	start(&two, "two", count);
	sync_thread_join(&one);
	sync_thread_join(&two);
	sync_mutex_done(&lock);
	if (plain != 2)
		model_fail("counted to %d", plain);
}

/* What is given away under a lock, with a wait for it, is the other's. */
static void give(void *arg UNUSED)
{
	int *mine = mem_alloc(sizeof(*mine));

	*mine = 7;
	sync_lock(&lock);
	heap = mine;
	sync_signal(&cond);
	sync_unlock(&lock);
}

static void take_and_free(void *arg UNUSED)
{
	sync_lock(&lock);
	while (!heap)
		sync_wait(&cond, &lock);
	sync_unlock(&lock);
	++*heap;
	mem_free(heap);
	heap = NULL;
}

static void hand_on(void *arg UNUSED)
{
	struct sync_thread one, two;

	heap = NULL;
	sync_mutex_init(&lock, "lock");
	sync_cond_init(&cond, "cond");
	start(&one, "taker", take_and_free);
	start(&two, "giver", give);
	sync_thread_join(&one);
	sync_thread_join(&two);
	sync_cond_done(&cond);
	sync_mutex_done(&lock);
}

/* A flag set without a lock is read with none: nothing orders what was written before it. */
static bool ready;

static void set_ready(void *arg UNUSED)
{
	ready = true;
	sync_broadcast(&cond);
}

static void see_ready(void *arg UNUSED)
{
	sync_lock(&lock);
	if (!ready)
		sync_wait_until(&cond, &lock, 1);
	sync_unlock(&lock);
}

static void careless_flag(void *arg UNUSED)
{
	struct sync_thread one, two;

	ready = false;
	sync_mutex_init(&lock, "lock");
	sync_cond_init(&cond, "cond");
	start(&one, "looker", see_ready);
	start(&two, "setter", set_ready);
	sync_thread_join(&one);
	sync_thread_join(&two);
	sync_cond_done(&cond);
	sync_mutex_done(&lock);
}

/* A run that ends in the middle is before the next one too. */
static void get_stuck(void *arg UNUSED)
{
	plain++;
	sync_lock(&lock);
}

static void stuck(void *arg UNUSED)
{
	struct sync_thread one;

	plain = 5;
	sync_mutex_init(&lock, "lock");
	sync_lock(&lock);
	start(&one, "stuck", get_stuck);
	sync_thread_join(&one);
}

/* Steps of a case are in order with each other, and what is done at once with them. */
static void step_and_count(void *arg UNUSED)
{
	for (int i = 0; i < 3; i++) {
		model_step(MODEL_WRITE, "plain", "", NULL, NULL);
		plain++;
	}
}

static void stepping(void *arg UNUSED)
{
	struct sync_thread one, two;

	plain = 0;
	start(&one, "one", step_and_count);
	start(&two, "two", step_and_count);
	sync_thread_join(&one);
	sync_thread_join(&two);
}

static unsigned turn, asked;

/* In each run other choices, so that threads meet in many ways. The policy itself is not looked at. */
static unsigned choose(void *arg UNUSED, const struct model_point *p)
{
	return (turn >> (asked++ % 8)) % p->count;
}

static int play(void (*body)(void *), unsigned runs, enum model_verdict want)
{
	struct model_policy policy = {.choose = choose};
	struct model_limits limits = {.max_steps = 200, .timeouts = 1};
	struct model_result result;

	for (turn = 0; turn < runs; turn++) {
		asked = 0;
		model_run(body, NULL, &policy, &limits, &result);
		if (result.verdict != want) {
			fprintf(stderr, "run %u: %s\n", turn, result.why);
			return 1;
		}
	}
	return 0;
}

/* ---- who looks on ---- */

static const struct play {
	const char *name;
	void (*body)(void *);
	bool locked;
	unsigned runs;
	enum model_verdict verdict;
	const char *race; /* the function that is told, or NULL */
	const char *what;
} plays[] = {
	{"race", two_count, false, 1, MODEL_PASSED, "count", "a count without a lock, in one single run"},
	{"locked", two_count, true, 200, MODEL_PASSED, NULL, "the same with a lock"},
	{"hand-on", hand_on, false, 200, MODEL_PASSED, NULL, "memory that is handed on under a lock"},
	{"flag", careless_flag, false, 8, MODEL_PASSED, "set_ready", "a flag set without its lock"},
	{"stuck", stuck, false, 50, MODEL_DEADLOCK, NULL, "runs cut short, one after the other"},
	{"steps", stepping, false, 200, MODEL_PASSED, NULL, "what a case does with its steps"},
};

static int child(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(plays); i++) {
		if (strcmp(plays[i].name, name) == 0) {
			locked = plays[i].locked;
			return play(plays[i].body, plays[i].runs, plays[i].verdict);
		}
	}
	return 64;
}

#define SAID 65536

/* Runs this program again as one play; gives all it said. */
static int watch(const char *self, const char *name, char *ret_said)
{
	char command[4096];
	size_t len;
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s' %s 2>&1", self, name);
	pipe = popen(command, "r");
	if (!pipe)
		return -1;
	len = fread(ret_said, 1, SAID - 1, pipe);
	ret_said[len] = '\0';
	return pclose(pipe);
}

static void test_play(const char *self, const struct play *p)
{
	static char said[SAID];
	int status = watch(self, p->name, said);
	char place[128];

	if (p->race) {
		has_str(said, "data race", "%s: a race", p->what);
		snprintf(place, sizeof(place), "#0 %s ", p->race);
		has_str(said, place, "%s: told with its place", p->what);
	} else {
		is_str(said, "", "%s: no race", p->what);
		is_int(status, 0, "%s: all runs end as they should", p->what);
	}
	if (p->body == two_count && p->race) {
		snprintf(place, sizeof(place), "test_tsan_model.c:%d", RACE_LINE);
		has_str(said, place, "%s: by file and line", p->what);
		has_str(said, "'one'", "%s: and by thread", p->what);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child(argv[1]);
	if (!UNDER_TSAN) {
		printf("1..0 # SKIP only a build with --enable-tsan sees races inside the model\n");
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(plays); i++)
		test_play(argv[0], &plays[i]);
	return done_testing();
}
