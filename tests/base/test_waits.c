/* Snapshots made by hand: each kind of knot is found, and told in the words that runs and live threads share. */
#include "base/waits.h"

#include "../support/tap.h"

static const struct sync_src at_pay = {"src/made/pay.c", 10, "pay"}, at_balance = {"src/made/pay.c", 20, "balance"},
			     at_audit = {"src/made/audit.c", 30, "audit"}, at_run = {"src/made/run.c", 40, "run"};

struct text {
	char bytes[4096];
};

static void collect(void *arg, unsigned indent, const char *line)
{
	struct text *t = arg;
	size_t len = strlen(t->bytes);

	snprintf(t->bytes + len, sizeof(t->bytes) - len, "%*s%s\n", (int)indent, "", line);
}

/* A thread that waits, with what most of them have in common. */
#define THREAD(place, whose, wakes, ...) {.at = (place), .owner = (whose), .waker = (wakes), __VA_ARGS__}
#define MAIN_JOINS(whom) THREAD(&at_run, whom, WAITS_NOBODY, .name = "main", .what = WAITS_END, \
	       .object = "one", .since = 1)

static void check(const char *kind, const struct waits_snapshot *s, const char *want)
{
	static struct text t;
	struct waits_knot k;

	waits_find(s, &k);
	is_str(waits_kind_name(k.kind), kind, "%s: its kind", *kind ? kind : "calm");
	t.bytes[0] = '\0';
	waits_tell(s, &k, collect, &t);
	is_str(t.bytes, want, "%s: its words", *kind ? kind : "calm");
}

#define CHECK(kind, list, want, ...) \
	check((kind), &(struct waits_snapshot){.thread = (list), .threads = ARRAY_LEN(list), __VA_ARGS__}, (want))

static void test_self(void)
{
	static const struct waits_thread helper[] = {
		MAIN_JOINS(1),
		THREAD(&at_balance, 1, WAITS_NOBODY, .name = "one", .what = WAITS_LOCK, .object = "account",
			       .since = 4, .owner_at = &at_pay, .owner_since = 3),
	};
	static const struct waits_thread plain[] = {
		THREAD(&at_pay, 0, WAITS_NOBODY, .name = "main", .what = WAITS_LOCK, .object = "big lock",
			       .since = 12, .owner_at = &at_pay, .owner_since = 3000),
	};

	CHECK("self-wait", helper,
	      "STUCK: self-wait\n"
	      "  one waits for lock account at pay.c:20 (balance), since step 4\n"
	      "    held by one itself since step 3 at pay.c:10 (pay)\n"
	      "  cause: balance wants \"account\", which pay has taken already; only its holder could release it, and that is the "
	      "one who waits\n"
	      "  remedy: let balance expect the lock held, and take it in one place\n"
	      "  main waits for one to end at run.c:40 (run), since step 1\n",
	      .steps = true, .stuck = true);
	CHECK("self-wait", plain,
	      "STUCK: self-wait\n"
	      "  main waits for big lock at pay.c:10 (pay), for 12 ms\n"
	      "    held by main itself for 3000 ms at pay.c:10 (pay)\n"
	      "  cause: \"big lock\" is taken twice by the same thread; only its holder could release it, and that is the one who "
	      "waits\n"
	      "  remedy: take it once, or use a recursive lock\n");
}

static void test_cycle(void)
{
	static const struct waits_thread two[] = {
		MAIN_JOINS(1),
		THREAD(&at_pay, 2, WAITS_NOBODY, .name = "one", .what = WAITS_LOCK, .object = "journal",
			       .since = 7, .owner_at = &at_audit, .owner_since = 8),
		THREAD(&at_audit, 1, WAITS_NOBODY, .name = "two", .what = WAITS_LOCK, .object = "ledger",
			       .since = 6, .owner_at = &at_pay, .owner_since = 9),
		THREAD(&at_run, 1, WAITS_NOBODY, .name = "three", .what = WAITS_LOCK, .object = "ledger",
			       .since = 2, .owner_at = &at_pay, .owner_since = 9),
	};
	static const struct waits_thread by_end[] = {
		THREAD(&at_run, 1, WAITS_NOBODY, .name = "main", .what = WAITS_END, .object = "one", .since = 5),
		THREAD(&at_pay, 0, WAITS_NOBODY, .name = "one", .what = WAITS_LOCK, .object = "box",
			       .since = 5, .owner_at = &at_run, .owner_since = 6),
	};

	CHECK("cycle", two,
	      "STUCK: cycle of 2\n"
	      "  one waits for lock journal at pay.c:10 (pay), for 7 ms\n"
	      "    held by two for 8 ms at audit.c:30 (audit)\n"
	      "  two waits for lock ledger at audit.c:30 (audit), for 6 ms\n"
	      "    held by one for 9 ms at pay.c:10 (pay)\n"
	      "  order: one takes \"ledger\" (pay.c:10), then wants \"journal\" (pay.c:10)\n"
	      "  order: two takes \"journal\" (audit.c:30), then wants \"ledger\" (audit.c:30)\n"
	      "  cause: the locks are taken in opposite order\n"
	      "  remedy: one order for everybody, or try the second lock and back off\n"
	      "  main waits for one to end at run.c:40 (run), for 1 ms\n"
	      "  three waits for lock ledger at run.c:40 (run), for 2 ms\n"
	      "    held by one for 9 ms at pay.c:10 (pay)\n");
	CHECK("cycle", by_end,
	      "STUCK: cycle of 2\n"
	      "  main waits for one to end at run.c:40 (run), for 5 ms\n"
	      "  one waits for lock box at pay.c:10 (pay), for 5 ms\n"
	      "    held by main for 6 ms at run.c:40 (run)\n"
	      "  cause: one waits for the end of another, who needs what the first one holds\n"
	      "  remedy: release before joining\n");
}

static void test_orphan(void)
{
	static const struct waits_thread asked[] = {
		THREAD(&at_run, 1, WAITS_NOBODY, .name = "main", .what = WAITS_LOCK, .object = "store",
			       .since = 3, .owner_at = &at_pay, .owner_since = 40),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "one", .ended = true, .since = WAITS_UNKNOWN),
	};
	static const struct waits_thread unasked[] = {
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "main"),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "one", .ended = true, .since = WAITS_UNKNOWN),
	};
	static const struct waits_held held[] = {{.name = "store", .owner = 1, .at = &at_pay, .since = 4}};
	static const struct waits_thread permit[] = {
		THREAD(&at_run, 1, WAITS_NOBODY, .name = "main", .what = WAITS_PERMIT, .object = "permits",
			       .since = 3),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "one", .ended = true, .since = 9),
	};

	CHECK("orphaned lock", asked,
	      "STUCK: orphaned lock\n"
	      "  main waits for lock store at run.c:40 (run), for 3 ms\n"
	      "    held by one, which has ended: taken 40 ms ago at pay.c:10 (pay), never released\n"
	      "  cause: its owner has ended without releasing it, so nobody ever will\n"
	      "  remedy: release on every path, also where an error returns early\n");
	CHECK("orphaned lock", unasked,
	      "STUCK: orphaned lock\n"
	      "  one ends and still holds \"store\", taken in step 4 at pay.c:10 (pay)\n"
	      "  cause: one way out of the function does not release\n"
	      "  remedy: release on every path, also where an error returns early\n",
	      .held = held, .helds = 1, .steps = true);
	CHECK("orphaned lock", permit,
	      "STUCK: orphaned lock\n"
	      "  main waits to acquire permits at run.c:40 (run), since step 3\n"
	      "  cause: a thread has acquired \"permits\" and ended without giving it back\n"
	      "  remedy: release on every path, also where an error returns early\n",
	      .steps = true, .stuck = true);
}

static void test_full(void)
{
	/* A thread waits for room: both who ever made some have ended, or one of them is still there. */
	struct waits_thread three[] = {
		THREAD(&at_run, WAITS_NOBODY, 1, .name = "main", .what = WAITS_COND, .object = "not full",
			       .since = 5, .room = true, .woke = 3, .wakers = 1, .wakers_left = 0),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "one", .ended = true, .since = 4),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "two", .what = WAITS_COND,
			       .object = "news", .since = 2),
	};

	CHECK("full queue without consumers", three,
	      "STUCK: full queue without consumers\n"
	      "  main sleeps on not full at run.c:40 (run), since step 5\n"
	      "    one ended in step 4\n"
	      "  cause: there is no room, and nobody is left who could make some\n"
	      "  remedy: consumers leave only when the queue is closed and empty; closing wakes those who wait for room\n"
	      "  two sleeps on news at run.c:40 (run), since step 2\n",
	      .steps = true, .stuck = true);
	three[0].wakers = 2;
	three[0].wakers_left = 1;
	CHECK("wait without end", three,
	      "STUCK: wait without end\n"
	      "  main sleeps on not full at run.c:40 (run), since step 5\n"
	      "    the last wake-up on \"not full\" came in step 3 from one, and went to others\n"
	      "  cause: main waits for \"not full\", and nobody is left who would bring that about\n"
	      "  remedy: wake whenever the state changes for somebody who may wait, and wake all where all must look\n"
	      "  two sleeps on news at run.c:40 (run), since step 2\n",
	      .steps = true, .stuck = true);
}

static void test_sleep(void)
{
	struct waits_thread one[] = {
		THREAD(&at_run, WAITS_NOBODY, 1, .name = "main", .what = WAITS_COND, .object = "news",
			       .since = 5, .woke = 3, .unheard = true, .wakers = 1),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "one", .ended = true, .since = 4),
	};
	static const struct waits_thread flag[] = {THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "main",
		       .what = WAITS_FLAG, .object = "go", .since = 2)};

	CHECK("lost wake-up", one,
	      "STUCK: lost wake-up\n"
	      "  main sleeps on news at run.c:40 (run), since step 5\n"
	      "    the last wake-up on \"news\" came in step 3 from one, while nobody waited for it\n"
	      "  cause: a wake-up is not kept for those who come later\n"
	      "  remedy: change the state and wake under the lock, and look at the state, under the lock, before each wait\n",
	      .steps = true, .stuck = true);
	CHECK("", one, "", .steps = true);
	one[0].unheard = false;
	one[0].waker = WAITS_NOBODY;
	CHECK("wait without end", one,
	      "STUCK: wait without end\n"
	      "  main sleeps on news at run.c:40 (run), since step 5\n"
	      "    nobody has ever woken anybody on \"news\"\n"
	      "  cause: main waits for \"news\", and nobody is left who would bring that about\n"
	      "  remedy: wake whenever the state changes for somebody who may wait, and wake all where all must look\n",
	      .steps = true, .stuck = true);
	CHECK("wait without end", flag,
	      "STUCK: wait without end\n"
	      "  main waits until go is set at run.c:40 (run), since step 2\n"
	      "  cause: main waits for \"go\", and nobody is left who would bring that about\n",
	      .steps = true, .stuck = true);
}

static void test_livelock(void)
{
	static const char *const round[] = {"one tries lock b, taken", "two tries lock a, taken"};
	const struct waits_snapshot s = {.steps = true, .endless = 40, .round_from = 4, .rounds = 2, .round = round};

	check("livelock", &s,
	      "STUCK: livelock\n"
	      "  from step 4 on, these 2 steps come again and again:\n"
	      "    one tries lock b, taken\n"
	      "    two tries lock a, taken\n"
	      "  cause: everybody runs, and nobody gets anywhere; stopped after 40 steps\n"
	      "  remedy: one order, or waits of different length before the next try\n");
}

/* Waiting is no knot as long as somebody can end it. */
static void test_calm(void)
{
	static const struct waits_thread queueing[] = {
		THREAD(&at_run, 1, WAITS_NOBODY, .name = "main", .what = WAITS_LOCK, .object = "queue",
			       .since = 3, .owner_at = &at_pay, .owner_since = 4),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "one"),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "two", .what = WAITS_LOCK,
			       .object = "free by now", .since = 0),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "three", .what = WAITS_COND,
			       .object = "not full", .since = 9, .room = true),
		THREAD(&at_run, WAITS_NOBODY, WAITS_NOBODY, .name = "four", .what = WAITS_END,
			       .object = "gone", .since = 9),
	};
	static const struct waits_held held[] = {{.name = "queue", .owner = 1, .at = &at_pay, .since = 4}};
	struct waits_snapshot s = {.thread = queueing, .threads = ARRAY_LEN(queueing), .held = held, .helds = 1};
	struct text t = {.bytes = ""};

	check("", &s, "");
	waits_tell_thread(&s, 0, collect, &t);
	waits_tell_thread(&s, 2, collect, &t);
	waits_tell_held(&s, 0, collect, &t);
	is_str(t.bytes,
	       "  main waits for lock queue at run.c:40 (run), for 3 ms\n"
	       "    held by one for 4 ms at pay.c:10 (pay)\n"
	       "  two waits for lock free by now at run.c:40 (run), for 0 ms\n"
	       "  lock \"queue\" held by one for 4 ms at pay.c:10 (pay)\n",
	       "threads and locks, one by one");
}

/* The worst knot is told first; a ring as long as can be is found, and names that do not fit are cut. */
static void test_worst(void)
{
	struct waits_thread ring[WAITS_RING + 1];
	static char name[WAITS_RING + 1][8], longest[700];
	struct waits_knot k;

	for (unsigned i = 0; i < ARRAY_LEN(ring); i++) {
		snprintf(name[i], sizeof(name[i]), "t%u", i);
		ring[i] = (struct waits_thread)THREAD(&at_run, (int)((i + 1) % WAITS_RING), WAITS_NOBODY,
			       .name = name[i], .what = WAITS_LOCK, .object = "x");
	}
	waits_find(&(struct waits_snapshot){.thread = ring, .threads = WAITS_RING}, &k);
	ok(k.kind == WAITS_CYCLE && k.ring_count == WAITS_RING, "a ring of %d", WAITS_RING);
	ring[WAITS_RING - 1].owner = WAITS_RING;
	ring[WAITS_RING].owner = 0;
	waits_find(&(struct waits_snapshot){.thread = ring, .threads = WAITS_RING + 1}, &k);
	is_int(k.kind, WAITS_CALM, "one that is longer is not followed, and does no harm");
	ring[5].owner = 5;
	waits_find(&(struct waits_snapshot){.thread = ring, .threads = WAITS_RING + 1}, &k);
	ok(k.kind == WAITS_SELF && k.thread == 5, "who waits for himself comes first");
	memset(longest, 'n', sizeof(longest) - 1);
	ring[5].name = ring[5].object = longest;
	waits_tell(&(struct waits_snapshot){.thread = ring, .threads = 6}, &k, collect, &(struct text){.bytes = ""});
	ok(1, "names that do not fit do no harm");
}

static void test_places(void)
{
	char text[64];

	waits_place(&at_pay, text, sizeof(text));
	is_str(text, "pay.c:10", "a place");
	waits_place(NULL, text, sizeof(text));
	is_str(text, "", "none");
	waits_place(&(struct sync_src){"", 0, ""}, text, sizeof(text));
	is_str(text, "", "nowhere");
	waits_words(WAITS_MEETING, "barrier", text, sizeof(text));
	is_str(text, "waits at barrier for the others", "words");
	waits_words(WAITS_NOT, NULL, text, sizeof(text));
	is_str(text, "runs", "for who does not wait, too");
}

int main(void)
{
	test_self();
	test_cycle();
	test_orphan();
	test_full();
	test_sleep();
	test_livelock();
	test_calm();
	test_worst();
	test_places();
	return done_testing();
}
