/* Orders of locks that could end in a deadlock are told, though nobody ever stood in one; sound orders are not. */
#include "config.h"

#include "base/sync_order.h"
#include "base/sync_report.h"

#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"

/* A build without --enable-lockdep does not watch by itself: then the test says what its threads do. */
#ifdef ENABLE_LOCKDEP
#define WATCHED(call) ((void)0)
#else
#define WATCHED(call) call
#endif

static void init(struct sync_mutex *m, const char *name)
{
	sync_mutex_init(m, name);
	WATCHED(sync_order_init(m));
}

#define take(m) take_at((m), SYNC_HERE)
static void take_at(struct sync_mutex *m, const struct sync_src *src)
{
	WATCHED(sync_order_take(m, src));
	sync_lock_at(m, src);
}

static void drop(struct sync_mutex *m)
{
	WATCHED(sync_order_drop(m));
	sync_unlock(m);
	WATCHED(sync_order_tell());
}
/* ---- what is told ---- */

static struct sync_mutex told_lock; /* as the log has one */
static char told[4096];
static unsigned told_count;

static void listen(void *arg, const char *line)
{
	size_t len = strlen(told);

	take(&told_lock);
	is_str(arg, "listener", "the listener gets its argument");
	snprintf(told + len, sizeof(told) - len, "%s\n", line);
	told_count++;
	drop(&told_lock);
}

static void forget(void)
{
	told[0] = '\0';
	told_count = 0;
}

static void count(struct sync_order_counts *ret)
{
	ok(sync_order_count(ret), "the orders are counted");
}

/* ---- threads that never meet: each ends before the next begins ---- */

struct pair {
	struct sync_mutex *first, *second, *third;
};

enum { FIRST_LINE = __LINE__ + 5 };
static void nested(void *arg)
{
	struct pair *p = arg;

	take(p->first);
	take(p->second);
	if (p->third) {
		take(p->third);
		drop(p->third);
	}
	drop(p->second);
	drop(p->first);
}

static void alone(const char *name, void (*fn)(void *), void *arg)
{
	struct sync_thread t;
	struct err why;

	if (sync_thread_start(&t, name, fn, arg, &why) != 0)
		ok(0, "%s", why.text);
	else
		sync_thread_join(&t);
}

static struct sync_mutex a, b, c;

static void init_three(const char *one, const char *two, const char *three)
{
	forget();
	init(&a, one);
	init(&b, two);
	init(&c, three);
}

static void done_three(void)
{
	sync_mutex_done(&c);
	sync_mutex_done(&b);
	sync_mutex_done(&a);
}

static void test_abba(void)
{
	char want[512];

	init_three("ledger", "journal", "abba unused");
	alone("worker main/1", nested, &(struct pair){&a, &b, NULL});
	is_int(told_count, 0, "one order alone is sound");
	alone("audit", nested, &(struct pair){&b, &a, NULL});
	snprintf(want, sizeof(want),
		 "possible deadlock: worker main/1 took \"ledger\" (test_sync_order.c:%d) then \"journal\" "
		 "(test_sync_order.c:%d); audit took \"journal\" (test_sync_order.c:%d) and now wants \"ledger\" "
		 "(test_sync_order.c:%d)\n",
		 FIRST_LINE, FIRST_LINE + 1, FIRST_LINE, FIRST_LINE + 1);
	is_str(told, want, "both chains are told");
	alone("audit", nested, &(struct pair){&b, &a, NULL});
	alone("worker main/2", nested, &(struct pair){&a, &b, NULL});
	is_int(told_count, 1, "once");
	done_three();
}

static void test_ordered(void)
{
	struct sync_order_counts before, after;

	init_three("ordered 1", "ordered 2", "ordered 3");
	count(&before);
	alone("one", nested, &(struct pair){&a, &b, &c});
	alone("two", nested, &(struct pair){&a, &c, NULL});
	alone("three", nested, &(struct pair){&b, &c, NULL});
	alone("four", nested, &(struct pair){&a, &b, NULL});
	count(&after);
	is_str(told, "", "the same order everywhere: nothing to tell");
	is_int(after.orders - before.orders, 3, "three orders are known");
	is_int(after.conflicts, before.conflicts, "none in conflict");
	done_three();
}

static void test_three(void)
{
	init_three("ring 1", "ring 2", "ring 3");
	alone("one", nested, &(struct pair){&a, &b, NULL});
	alone("two", nested, &(struct pair){&b, &c, NULL});
	is_int(told_count, 0, "a row is sound");
	alone("three", nested, &(struct pair){&c, &a, NULL});
	is_int(told_count, 1, "closed to a ring it is not");
	has_str(told, "possible deadlock: one took \"ring 1\" (", "the first chain");
	has_str(told, "; two took \"ring 2\" (", "the second");
	has_str(told, ") then \"ring 3\" (", "and where it leads");
	has_str(told, "; three took \"ring 3\" (", "the third");
	has_str(told, ") and now wants \"ring 1\" (", "closes it");
	done_three();
}

static void test_twice(void)
{
	init_three("account", "account", "twice unused");
	alone("transfer", nested, &(struct pair){&a, &b, NULL});
	is_int(told_count, 1, "two locks of one kind at once have no order");
	has_str(told, "possible deadlock: transfer took \"account\" (", "who");
	has_str(told, ") and now wants another \"account\" (", "what");
	done_three();
}

/* The lock that is waited with comes back while the other is held: that is the other order. */
static void wait_inside(void *arg)
{
	struct sync_cond *cond = arg;

	take(&a);
	take(&b);
	WATCHED(sync_order_drop(&a));
	WATCHED(sync_order_take(&a, SYNC_HERE));
	sync_wait_until(cond, &a, sync_now_ns());
	drop(&b);
	drop(&a);
}

static void test_wait(void)
{
	struct sync_cond cond;

	init_three("outer", "inner", "wait unused");
	sync_cond_init(&cond, "news");
	alone("waiter", wait_inside, &cond);
	is_int(told_count, 1, "a wait takes its lock again, after those held meanwhile");
	has_str(told, "waiter took \"outer\" (", "the first order");
	has_str(told, "waiter took \"inner\" (", "the second");
	sync_cond_done(&cond);
	done_three();
}

/* Locks given back in another order than last in, first out. */
static void hand_over_hand(void *arg)
{
	struct pair *p = arg;

	take(p->first);
	take(p->second);
	drop(p->first);
	take(p->third);
	drop(p->second);
	drop(p->third);
}

static void test_hand_over_hand(void)
{
	init_three("hand 1", "hand 2", "hand 3");
	alone("one", hand_over_hand, &(struct pair){&a, &b, &c});
	alone("two", nested, &(struct pair){&c, &a, NULL});
	is_int(told_count, 1, "a chain over a lock given back is a chain");
	done_three();
	init_three("hop 1", "hop 2", "hop 3");
	take(&a);
	drop(&a);
	take(&b);
	drop(&b);
	alone("two", nested, &(struct pair){&b, &a, NULL});
	is_int(told_count, 0, "one after the other is no order");
	done_three();
}

/* ---- many, and many at once ---- */

static void test_deep(void)
{
	struct sync_mutex deep[2 * SYNC_ORDER_DEPTH];
	char name[SYNC_NAME];

	forget();
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < ARRAY_LEN(deep); i++) {
			snprintf(name, sizeof(name), "deep %u", i);
			init(&deep[i], name);
			take(&deep[i]);
		}
		for (unsigned i = 0; i < ARRAY_LEN(deep); i++)
			drop(&deep[i]);
		for (unsigned i = 0; i < ARRAY_LEN(deep); i++)
			sync_mutex_done(&deep[i]);
	}
	is_int(told_count, 0, "more locks than are followed do no harm");
	init_three("after deep 1", "after deep 2", "after deep 3");
	nested(&(struct pair){&a, &b, NULL});
	nested(&(struct pair){&b, &a, NULL});
	is_int(told_count, 1, "and the next are followed again");
	done_three();
}

static struct sync_mutex crowd[6];

static void in_order(void *arg)
{
	unsigned from = *(unsigned *)arg;

	for (unsigned i = 0; i < 300; i++) {
		unsigned low = (from + i) % 5, high = low + 1 + i / 5 % (5 - low);

		take(&crowd[low]);
		take(&crowd[high]);
		drop(&crowd[high]);
		drop(&crowd[low]);
	}
}

static void test_crowd(void)
{
	struct sync_order_counts before, after;
	struct sync_thread threads[4];
	unsigned from[4] = {0, 1, 2, 3};
	char name[SYNC_NAME];

	forget();
	count(&before);
	for (unsigned i = 0; i < ARRAY_LEN(crowd); i++) {
		snprintf(name, sizeof(name), "crowd %u", i);
		init(&crowd[i], name);
	}
	for (unsigned i = 0; i < ARRAY_LEN(threads); i++) {
		if (sync_thread_start(&threads[i], "crowd", in_order, &from[i], NULL) != 0)
			ok(0, "a thread starts");
	}
	for (unsigned i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_join(&threads[i]);
	count(&after);
	is_int(told_count, 0, "four threads, one order: nothing to tell");
	is_int(after.orders - before.orders, 15, "each order is known once");
	for (unsigned i = 0; i < ARRAY_LEN(crowd); i++)
		sync_mutex_done(&crowd[i]);
}

static void test_many_kinds(void)
{
	struct sync_order_counts counts;
	char name[SYNC_NAME];

	for (unsigned i = 0; i < 2 * SYNC_ORDER_KINDS; i++) {
		struct sync_mutex m;

		snprintf(name, sizeof(name), "kind %u", i);
		init(&m, name);
		take(&m);
		drop(&m);
		sync_mutex_done(&m);
	}
	count(&counts);
	is_int(counts.kinds, SYNC_ORDER_KINDS - 1, "kinds beyond the most are not followed");
}

/* ---- without a listener it is the log that tells ---- */

static void test_log(void)
{
	char said[2048];
	size_t len = 0;
	ssize_t n;
	int pipes[2], status;
	pid_t pid;

	if (pipe(pipes) != 0 || (pid = fork()) < 0) {
		ok(0, "a child starts");
		return;
	}
	if (pid == 0) {
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		init_three("log a", "log b", "log unused");
		nested(&(struct pair){&a, &b, NULL});
		nested(&(struct pair){&b, &a, NULL});
		_exit(0);
	}
	close(pipes[1]);
	while (len < sizeof(said) - 1 && (n = read(pipes[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(pipes[0]);
	waitpid(pid, &status, 0);
	has_str(said, "possible deadlock: main took \"log a\" (", "the log tells");
	has_str(said, "warning", "as a warning");
	is_int(status, 0, "and nothing else happens");
}

static void report_line(void *arg, enum sync_tone tone UNUSED, const char *line)
{
	if (strstr(line, "lock orders: "))
		snprintf(arg, 256, "%s", line);
}

static void test_report(void)
{
	char line[256] = "";

	sync_report(report_line, line);
#ifdef ENABLE_LOCKDEP
	has_str(line, " in conflict", "the report counts");
#else
	is_str(line, "", "the report of a build that does not watch says nothing of it");
#endif
}

/* ThreadSanitizer watches the order of locks too, and would find what is planted here. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "detect_deadlocks=0";
}

int main(void)
{
	static char arg[] = "listener";

	test_log();
	sync_order_listen(listen, arg);
	init(&told_lock, "told");
	test_abba();
	test_ordered();
	test_three();
	test_twice();
	test_wait();
	test_hand_over_hand();
	test_deep();
	test_crowd();
	test_report();
	test_many_kinds();
	sync_mutex_done(&told_lock);
	return done_testing();
}
