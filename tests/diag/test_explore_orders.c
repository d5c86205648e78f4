/* Orders of locks that never locked anybody out are told when a search has passed, if they could; sound ones are not. */
#include "diag/explore.h"

#include "../support/tap.h"
#include "base/sync_model_case.h"
#include "diag/render_parts.h"

static struct sync_mutex ledger, journal, third, outer;
static struct sync_cond news;

static void take(struct sync_mutex *one, struct sync_mutex *two)
{
	sync_lock(one);
	sync_lock(two);
	sync_unlock(two);
	sync_unlock(one);
}

static void ledger_first(void *arg UNUSED)
{
	take(&ledger, &journal);
}

static void journal_first(void *arg UNUSED)
{
	take(&journal, &ledger);
}

static void init(void)
{
	sync_mutex_init(&ledger, "ledger");
	sync_mutex_init(&journal, "journal");
	sync_mutex_init(&third, "third");
	sync_mutex_init(&outer, "outer");
	sync_cond_init(&news, "news");
}

static void alone(const char *name, void (*fn)(void *))
{
	struct sync_thread t;

	if (sync_thread_start(&t, name, fn, NULL, NULL) != 0)
		model_fail("no thread");
	sync_thread_join(&t);
}

static void together(void (*one)(void *), void (*two)(void *))
{
	struct sync_thread a, b;

	if (sync_thread_start(&a, "worker-1", one, NULL, NULL) != 0 || sync_thread_start(&b, "worker-2", two, NULL, NULL) != 0)
		model_fail("no thread");
	sync_thread_join(&a);
	sync_thread_join(&b);
}

/* One ends before the other begins: no schedule has a deadlock. */
static void one_by_one(void *arg UNUSED)
{
	init();
	alone("transfer", ledger_first);
	alone("audit", journal_first);
}

static void both_orders(void *arg UNUSED)
{
	take(&ledger, &journal);
	take(&journal, &ledger);
}

static void same_thread(void *arg UNUSED)
{
	init();
	alone("clerk", both_orders);
	alone("reader", ledger_first);
}

/* The first one took both orders, the second one only the second: still two threads. */
static void first_both(void *arg UNUSED)
{
	init();
	alone("clerk", both_orders);
	alone("audit", journal_first);
}

static void only_one(void *arg UNUSED)
{
	init();
	alone("clerk", both_orders);
}

static void ledger_guarded(void *arg UNUSED)
{
	sync_lock(&outer);
	take(&ledger, &journal);
	sync_unlock(&outer);
}

static void journal_guarded(void *arg UNUSED)
{
	sync_lock(&outer);
	take(&journal, &ledger);
	sync_unlock(&outer);
}

static void guarded(void *arg UNUSED)
{
	init();
	together(ledger_guarded, journal_guarded);
}

/* The guard does not hold for all. */
static void guarded_mostly(void *arg UNUSED)
{
	init();
	together(ledger_guarded, journal_guarded);
	alone("outsider", journal_first);
	alone("insider", ledger_first);
}

static void same_order(void *arg UNUSED)
{
	init();
	together(ledger_first, ledger_first);
}

static void journal_third(void *arg UNUSED)
{
	take(&journal, &third);
}

static void third_ledger(void *arg UNUSED)
{
	take(&third, &ledger);
}

static void three(void *arg UNUSED)
{
	init();
	alone("one", ledger_first);
	alone("two", journal_third);
	alone("three", third_ledger);
}

/* Waits with the inner lock: it comes back while the outer is held. And with the outer: that comes back last. */
static void wait_inside(void *arg UNUSED)
{
	sync_lock(&journal);
	sync_lock(&ledger);
	sync_wait_until(&news, &ledger, 1);
	sync_unlock(&ledger);
	sync_unlock(&journal);
}

static void waits_sound(void *arg UNUSED)
{
	init();
	alone("sleeper", wait_inside);
	alone("audit", journal_first);
}

static void waits_unsound(void *arg UNUSED)
{
	init();
	alone("sleeper", wait_inside);
	alone("transfer", ledger_first);
}

static void opposite(void *arg UNUSED)
{
	init();
	together(ledger_first, journal_first);
}

static void check(const char *name, void (*run)(void *), const char *const *words)
{
	static const struct diag_case bench = {.name = "bench", .watch = ""};
	struct diag_variant v = {.name = "only", .run = run};
	struct explore_opts o = {.most_bound = EXPLORE_NO_BOUND};
	struct explore_result r;
	struct trace trace;
	struct render_input in = {.trace = &trace, .schedule = "", .explored = &r, .as_expected = true};
	char verdict[RENDER_SENTENCE];

	trace_init(&trace, &bench, &v);
	explore(&bench, &v, &o, &trace, &r);
	render_verdict(&in, verdict, sizeof(verdict));
	ok(r.found || r.complete, "%s: searched to the end", name);
	if (!words)
		is_str(r.lock_order, "", "%s: nothing to tell", name);
	ok(!words == !strstr(verdict, "the order of locks could deadlock"), "%s: the verdict says so, or not", name);
	for (; words && *words; words++)
		has_str(verdict, *words, "%s: \"%s\"", name, *words);
	trace_done(&trace);
	schedule_done(&r.schedule);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

int main(void)
{
	check("one by one", one_by_one,
	      WORDS("passed, but the order of locks could deadlock: ", "transfer took \"ledger\" (test_explore_orders.c:",
		    ") then \"journal\" (test_explore_orders.c:", "audit took \"journal\" (", ") then \"ledger\" (",
		    "search complete"));
	check("one thread alone", only_one, NULL);
	check("one thread, and one in its first order", same_thread, WORDS("clerk took \"journal\"", "reader took \"ledger\""));
	check("one thread, and one in its second order", first_both, WORDS("audit took \"journal\"", "clerk took \"ledger\""));
	check("under a lock of their own", guarded, NULL);
	check("under a lock of their own, but for some", guarded_mostly, WORDS("took \"journal\"", "took \"ledger\""));
	check("one order", same_order, NULL);
	check("three", three, WORDS("one took \"ledger\"", "two took \"journal\"", "three took \"third\""));
	check("a wait with the inner lock", waits_sound, NULL);
	check("a wait with the inner lock, and another order", waits_unsound, WORDS("sleeper took \"journal\"", "transfer took"));
	check("found anyhow", opposite, NULL);
	return done_testing();
}
