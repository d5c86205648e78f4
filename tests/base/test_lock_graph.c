/* Orders of locks as a graph: rings are found, the shortest first, and who could stand in them. */
#include "base/lock_graph.h"

#include "../support/tap.h"

static struct lock_graph g;
static unsigned a, b, c, d;
static const struct sync_src here = {"src/made/up.c", 7, "up"}, there = {"up.c", 9, "up"};

static void begin(void)
{
	memset(&g, 0, sizeof(g));
	a = lock_graph_kind(&g, "a");
	b = lock_graph_kind(&g, "b");
	c = lock_graph_kind(&g, "c");
	d = lock_graph_kind(&g, "d");
}

static void add(unsigned held, unsigned taken, int thread, uint64_t guard)
{
	static const char *const names[] = {"one", "two", "three", "four"};

	lock_graph_add(&g, held, &here, taken, &there,
		       &(struct lock_taker){.thread = thread, .name = names[thread], .guard = guard});
}

static bool ring(unsigned held, unsigned taken, struct lock_ring *ret)
{
	return lock_graph_knows(&g, held, taken) && lock_graph_ring(&g, held, taken, ret);
}

static void test_kinds(void)
{
	char name[SYNC_NAME + 8];

	begin();
	ok(a && b && a != b && lock_graph_kind(&g, "a") == a, "a name, a kind");
	for (unsigned i = 0; i < 2 * LOCK_KINDS; i++) {
		snprintf(name, sizeof(name), "lock number %u", i);
		lock_graph_kind(&g, name);
	}
	is_int(lock_graph_kind(&g, "one too many"), 0, "beyond the most");
	is_int(lock_graph_kind(&g, "d"), d, "what was known stays known");
}

static void test_rings(void)
{
	struct lock_ring r;
	char text[512];

	begin();
	add(a, b, 0, 0);
	add(b, c, 1, 0);
	ok(!ring(a, b, &r) && !ring(b, c, &r), "a row is no ring");
	add(c, d, 1, 0);
	add(d, a, 2, 0);
	ok(ring(d, a, &r) && r.count == 4, "four");
	add(c, a, 3, 0);
	ok(ring(a, b, &r) && r.count == 3, "three: the shortest");
	ok(lock_graph_can_meet(&g, &r), "of several threads");
	lock_graph_words(&g, &r, "and now wants", text, sizeof(text));
	is_str(text,
	       "two took \"b\" (up.c:7) then \"c\" (up.c:9); four took \"c\" (up.c:7) then \"a\" (up.c:9); one took \"a\" "
	       "(up.c:7) and now wants \"b\" (up.c:9)",
	       "its words");
	lock_graph_words(&g, &r, "then", text, 20);
	is_int(strlen(text), 19, "cut where there is no room");
	is_int(g.orders, 5, "orders are counted");
	add(a, a, 0, 0);
	ok(ring(a, a, &r) && r.count == 1, "two of one kind");
}

static void test_meeting(void)
{
	struct lock_ring r;
	char text[256];

	begin();
	add(a, b, 0, 0);
	add(b, a, 0, 0);
	ok(ring(a, b, &r) && !lock_graph_can_meet(&g, &r), "one thread alone never meets itself");
	add(b, a, 1, 0);
	ok(ring(a, b, &r) && lock_graph_can_meet(&g, &r), "another one, later");
	lock_graph_words(&g, &r, "then", text, sizeof(text));
	has_str(text, "two took \"b\"", "the words name two threads, where there are two");
	has_str(text, "one took \"a\"", "and the only one there is");
	ok(ring(b, a, &r), "the other way round");
	lock_graph_words(&g, &r, "then", text, sizeof(text));
	has_str(text, "two took \"b\"", "the same two");
	begin();
	add(a, b, 0, 1u << c);
	add(b, a, 1, 1u << c | 1u << d);
	ok(ring(a, b, &r) && !lock_graph_can_meet(&g, &r), "a lock outside keeps them apart");
	add(b, a, 2, 1u << d);
	ok(ring(a, b, &r) && lock_graph_can_meet(&g, &r), "unless somebody takes the order without it");
}

int main(void)
{
	test_kinds();
	test_rings();
	test_meeting();
	return done_testing();
}
