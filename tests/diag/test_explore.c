/* The explorer finds what can go wrong, with the fewest interruptions, and knows when it has seen everything. */
#include "diag/explore.h"

#include "../support/tap.h"
#include "scenes.h"

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
	search((struct diag_variant){.run = one_sleeper}, (struct explore_opts){0});
	ok(!result.found && result.complete, "no timeout fires while others can go on, where none may");
	search((struct diag_variant){.run = one_sleeper, .limits = {.timeouts = 1}}, (struct explore_opts){0});
	ok(!result.found && result.complete, "one of them is not two");
	search((struct diag_variant){.run = one_sleeper, .limits = {.timeouts = 2}}, (struct explore_opts){0});
	ok(result.found, "two are");
	has_str(steps(), "^", "which the schedule shows");
	search((struct diag_variant){.run = sleepers}, (struct explore_opts){0});
	ok(!result.found && result.complete, "nor fire two at a time");
	search((struct diag_variant){.run = sleepers, .limits = {.timeouts = 1}}, (struct explore_opts){0});
	ok(result.found, "one early takes the clock along, and the other is not early any more");
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
	search((struct diag_variant){.run = update_whole}, (struct explore_opts){.mode = EXPLORE_RANDOM, .seconds = 1});
	ok(result.executions > 0 && result.seconds >= 1 && result.seconds < 20, "or when its time is over");
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
