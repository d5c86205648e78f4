/* The explorer finds what can go wrong, with the fewest interruptions, and knows when it has seen everything. */
#include "diag/explore.h"

#include "../support/tap.h"
#include "base/sync_model_case.h"

/* ---- two workers and one number ---- */

enum locking { NONE, WRITE_ONLY, WHOLE };

static struct sync_mutex lock;
static enum locking locking;
static int64_t value;
static char outcome_text[32];

static int64_t get(void)
{
	model_step(MODEL_READ, "value", "", NULL, NULL);
	return value;
}

static void put(int64_t to)
{
	model_step(MODEL_WRITE, "value", "", NULL, NULL);
	value = to;
}

static void add_one(void *arg UNUSED)
{
	int64_t seen;

	if (locking == WHOLE)
		sync_lock(&lock);
	seen = get();
	if (locking == WRITE_ONLY)
		sync_lock(&lock);
	put(seen + 1);
	if (locking != NONE)
		sync_unlock(&lock);
}

static void update(enum locking how, unsigned workers)
{
	static const char *const names[] = {"worker-1", "worker-2", "worker-3"};
	struct sync_thread t[3];

	locking = how;
	value = 0;
	sync_mutex_init(&lock, "value lock");
	for (unsigned i = 0; i < workers; i++) {
		if (sync_thread_start(&t[i], names[i], add_one, NULL, NULL) != 0)
			model_fail("no thread");
	}
	for (unsigned i = 0; i < workers; i++)
		sync_thread_join(&t[i]);
	sync_mutex_done(&lock);
	if (value != (int64_t)workers)
		model_fail("an update is lost");
}

static void update_bare(void *arg UNUSED)
{
	update(NONE, 2);
}

static void update_bare_three(void *arg UNUSED)
{
	update(NONE, 3);
}

static void update_half(void *arg UNUSED)
{
	update(WRITE_ONLY, 2);
}

static void update_whole(void *arg UNUSED)
{
	update(WHOLE, 2);
}

static const char *ends_in(void)
{
	snprintf(outcome_text, sizeof(outcome_text), "ends in %d", (int)value);
	return outcome_text;
}

/* ---- two locks in opposite order ---- */

static struct sync_mutex ledger, journal;

static void transfer(void *arg UNUSED)
{
	sync_lock(&ledger);
	sync_lock(&journal);
	sync_unlock(&journal);
	sync_unlock(&ledger);
}

static void audit(void *arg UNUSED)
{
	sync_lock(&journal);
	sync_lock(&ledger);
	sync_unlock(&ledger);
	sync_unlock(&journal);
}

static void opposite(void *arg UNUSED)
{
	struct sync_thread a, b;

	sync_mutex_init(&ledger, "ledger");
	sync_mutex_init(&journal, "journal");
	if (sync_thread_start(&a, "worker-1", transfer, NULL, NULL) != 0 ||
	    sync_thread_start(&b, "worker-2", audit, NULL, NULL) != 0)
		model_fail("no thread");
	sync_thread_join(&a);
	sync_thread_join(&b);
}

/* ---- a queue of one, whose consumer waits under `if` ---- */

static struct sync_cond filled;
static unsigned held;
static bool ended;

static void consume(void *arg)
{
	bool again = *(bool *)arg;

	sync_lock(&lock);
	if (again) {
		while (held == 0)
			sync_wait(&filled, &lock);
	} else if (held == 0) {
		sync_wait(&filled, &lock);
	}
	if (held == 0)
		model_fail("nothing is there to take");
	held--;
	sync_unlock(&lock);
}

static void queue_of_one(bool again)
{
	struct sync_thread consumer;

	held = 0;
	ended = false;
	sync_mutex_init(&lock, "queue");
	sync_cond_init(&filled, "filled");
	if (sync_thread_start(&consumer, "consumer", consume, &again, NULL) != 0)
		model_fail("no thread");
	sync_lock(&lock);
	held++;
	sync_signal(&filled);
	sync_unlock(&lock);
	sync_thread_join(&consumer);
}

static void wait_if(void *arg UNUSED)
{
	queue_of_one(false);
}

static void wait_while(void *arg UNUSED)
{
	queue_of_one(true);
}

/* ---- timeouts: which two of three sleepers are up before main looks ---- */

static unsigned up;

static void rise(void *arg UNUSED)
{
	sync_lock(&lock);
	sync_wait_until(&filled, &lock, 1000);
	up++;
	sync_unlock(&lock);
}

static void sleepers(void *arg UNUSED)
{
	struct sync_thread t[2];

	up = 0;
	sync_mutex_init(&lock, "bed");
	sync_cond_init(&filled, "alarm");
	if (sync_thread_start(&t[0], "sleeper-1", rise, NULL, NULL) != 0 ||
	    sync_thread_start(&t[1], "sleeper-2", rise, NULL, NULL) != 0)
		model_fail("no thread");
	model_step(MODEL_NOTE, "looks", "", NULL, NULL);
	sync_lock(&lock);
	if (up == 2)
		model_fail("both are up already");
	sync_unlock(&lock);
	sync_thread_join(&t[0]);
	sync_thread_join(&t[1]);
}

/* ---- for ever ---- */

static void turn(void *arg UNUSED)
{
	for (;;)
		model_step(MODEL_NOTE, "turns", "", NULL, NULL);
}

static void choose_four(void *arg UNUSED)
{
	if (model_choose("dice", 4) == 3)
		model_fail("a three");
}

static const struct diag_case bench = {.name = "bench", .description = "", .story = "", .watch = ""};

static struct trace trace;
static struct explore_result result;

static void search(struct diag_variant v, struct explore_opts o)
{
	static struct diag_variant variant;

	variant = v;
	if (!variant.name)
		variant.name = "only";
	if (!o.most_bound)
		o.most_bound = EXPLORE_NO_BOUND;
	schedule_done(&result.schedule);
	trace_done(&trace);
	trace_init(&trace, &bench, &variant);
	explore(&bench, &variant, &o, &trace, &result);
	ok(!result.nondeterministic, "the run comes out the same a second time");
}

/* Its schedule as text, without the name and the digest. */
static const char *steps(void)
{
	static char text[SCHEDULE_TEXT];
	char *from, *end;

	if (!schedule_format(&result.schedule, text, sizeof(text)))
		return "?";
	from = strchr(strchr(text, ':') + 1, ':');
	from = strchr(from + 1, ':') + 1;
	end = strchr(from, ':');
	*end = '\0';
	return from;
}

static uint64_t orders_of(const char *text)
{
	for (unsigned i = 0; i < result.outcome_count; i++) {
		if (!strcmp(result.outcome[i].text, text))
			return result.outcome[i].orders;
	}
	return 0;
}

static void test_lost_update(void)
{
	search((struct diag_variant){.run = update_bare}, (struct explore_opts){0});
	ok(result.found, "the lost update is found");
	is_int(result.preemptions, 1, "with one interruption");
	is_int(result.bound, 0, "after all runs without any");
	ok(result.minimal, "and no shorter one is there");
	is_int(trace.result.verdict, MODEL_FAILED, "as a failed check");
	is_str(steps(), "A2BC3B2A2", "by this schedule");
	printf("# %s, %d executions\n", steps(), (int)result.executions);

	search((struct diag_variant){.run = update_bare, .outcome = ends_in}, (struct explore_opts){.keep_going = true, .count = true});
	ok(result.found && result.complete, "going on, the search is complete");
	is_int(result.outcome_count, 2, "there are two outcomes");
	ok(result.minimal && result.preemptions == 1, "what is shown is still the shortest");
	is_int(orders_of("ends in 1"), 4, "four of the orders end in 1");
	is_int(orders_of("ends in 2"), 2, "two of them in 2");
	printf("# %d executions\n", (int)result.executions);

	search((struct diag_variant){.run = update_bare_three, .outcome = ends_in},
	       (struct explore_opts){.keep_going = true, .count = true});
	ok(result.complete, "three workers: complete");
	is_int(orders_of("ends in 1") + orders_of("ends in 2") + orders_of("ends in 3"), 90, "all 6!/(2! 2! 2!) orders");
	is_int(orders_of("ends in 3"), 6, "of which 3! end well");
	printf("# %d executions, %d pruned\n", (int)result.executions, (int)result.pruned);

	search((struct diag_variant){.run = update_half, .outcome = ends_in}, (struct explore_opts){.keep_going = true, .count = true});
	ok(result.found && result.complete, "a lock around the write alone helps nothing");
	is_int(orders_of("ends in 1"), 4, "four of the orders still end in 1");

	search((struct diag_variant){.run = update_whole, .outcome = ends_in}, (struct explore_opts){.keep_going = true, .count = true});
	ok(!result.found && result.complete, "with the lock nothing is found, and the search is complete");
	is_int(orders_of("ends in 2"), 2, "both orders end in 2");
	is_int(result.outcome_count, 1, "and no other outcome is there");
	is_int(trace.result.verdict, MODEL_PASSED, "the run shown passes");
	ok(result.schedule.count > 0, "and has a schedule");
}

static void test_deadlock(void)
{
	search((struct diag_variant){.run = opposite}, (struct explore_opts){0});
	ok(result.found, "the deadlock is found");
	is_int(trace.result.verdict, MODEL_DEADLOCK, "as such");
	is_int(result.preemptions, 1, "with one interruption");
	is_str(steps(), "A2BC", "by the shortest schedule");
	is_int(trace.result.thread[1].owner, 2, "worker-1 waits for worker-2");
	is_int(trace.result.thread[2].owner, 1, "worker-2 for worker-1");
}

static void test_spurious(void)
{
	search((struct diag_variant){.run = wait_if}, (struct explore_opts){0});
	ok(!result.found && result.complete, "waiting under `if` survives a complete search without spurious wake-ups");
	search((struct diag_variant){.run = wait_if, .limits = {.spurious = 1}}, (struct explore_opts){0});
	ok(result.found, "and falls to one");
	has_str(steps(), "~", "which its schedule shows");
	search((struct diag_variant){.run = wait_while, .limits = {.spurious = 2}}, (struct explore_opts){0});
	ok(!result.found && result.complete, "waiting under `while` does not");
}

static void test_timeouts(void)
{
	search((struct diag_variant){.run = sleepers}, (struct explore_opts){0});
	ok(!result.found && result.complete, "no timeout fires while others can go on, where none may");
	search((struct diag_variant){.run = sleepers, .limits = {.timeouts = 1}}, (struct explore_opts){0});
	ok(!result.found && result.complete, "one of them is not two");
	search((struct diag_variant){.run = sleepers, .limits = {.timeouts = 2}}, (struct explore_opts){0});
	ok(result.found, "two are");
	has_str(steps(), "^", "which the schedule shows");
}

static void test_limits(void)
{
	search((struct diag_variant){.run = turn, .limits = {.max_steps = 50}}, (struct explore_opts){0});
	ok(result.found, "a thread that never ends is found");
	is_int(trace.result.verdict, MODEL_LONG, "as a livelock");
	is_int(trace.count, 50, "after as many steps as it may take");
	search((struct diag_variant){.run = update_bare}, (struct explore_opts){.most_executions = 1});
	ok(!result.found && !result.complete, "a search cut short is not complete");
	is_int(result.bound, EXPLORE_NO_BOUND, "and has finished no bound");
	is_int(result.executions, 1, "it stops where it is told to");
	search((struct diag_variant){.run = choose_four}, (struct explore_opts){0});
	ok(result.found, "what the surroundings choose is explored");
	is_str(steps(), "A=3", "as a choice of its own");
}

static void test_random(void)
{
	static const enum explore_mode modes[] = {EXPLORE_RANDOM, EXPLORE_PCT};
	char first[SCHEDULE_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		search((struct diag_variant){.run = opposite}, (struct explore_opts){.mode = modes[i], .seed = 7});
		ok(result.found, "dice find the deadlock (mode %d)", (int)modes[i]);
		is_int(result.preemptions, 1, "shortened to one interruption");
		ok(!result.complete, "dice are never complete");
		snprintf(first, sizeof(first), "%s", steps());
		search((struct diag_variant){.run = opposite}, (struct explore_opts){.mode = modes[i], .seed = 7});
		is_str(steps(), first, "the same seed finds the same");
		search((struct diag_variant){.run = update_bare}, (struct explore_opts){.mode = modes[i], .seed = 1});
		ok(result.found && result.preemptions == 1, "and the lost update, with one");
		search((struct diag_variant){.run = update_whole},
		       (struct explore_opts){.mode = modes[i], .most_executions = 200});
		ok(!result.found && result.executions == 200, "where nothing is wrong nothing is found");
	}
}

static void test_replay(void)
{
	static const struct diag_variant broken = {.name = "only", .run = opposite};
	static const struct diag_variant other = {.name = "only", .run = update_whole};
	struct schedule s;
	struct trace again;
	struct err why = {0};
	uint32_t digest;

	search(broken, (struct explore_opts){0});
	digest = trace.digest;
	schedule_init(&s);
	schedule_move(&s, &result.schedule);
	trace_init(&again, &bench, &broken);
	is_int(explore_replay(&bench, &broken, &s, &again, &why), 0, "a schedule repeats");
	is_int(again.digest, digest, "with the same digest");
	s.digest++;
	is_int(explore_replay(&bench, &broken, &s, &again, &why), 1, "another digest is a divergence");
	has_str(why.text, "digest", "which is said");
	s.digest--;
	s.choices[3].value = 0;
	is_int(explore_replay(&bench, &broken, &s, &again, &why), 1, "a thread that cannot go on is a divergence");
	has_str(why.text, "step 4: the schedule wants A (main)", "which names step and thread");
	has_str(why.text, "B (worker-1), C (worker-2)", "and who could go on");
	s.count--;
	is_int(explore_replay(&bench, &broken, &s, &again, &why), 1, "a schedule too short is a divergence");
	printf("# %s\n", why.text);
	has_str(why.text, "step 4: the schedule wants the end of the run", "which says so");
	is_int(explore_replay(&bench, &other, &s, &again, &why), 1, "so is a schedule of something else");
	ok(schedule_add(&s, CHOICE_WAITER, 1, MODEL_RUN) && schedule_add(&s, CHOICE_THREAD, 2, MODEL_RUN), "longer");
	is_int(explore_replay(&bench, &broken, &s, &again, &why), 1, "a choice that is none is a divergence");
	printf("# %s\n", why.text);
	has_str(why.text, "waiter 1", "which is said");
	trace_done(&again);
	schedule_done(&s);
}

int main(void)
{
	test_lost_update();
	test_deadlock();
	test_spurious();
	test_timeouts();
	test_limits();
	test_random();
	test_replay();
	schedule_done(&result.schedule);
	trace_done(&trace);
	return done_testing();
}
