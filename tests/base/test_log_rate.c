/* The same event once a second, by a clock of our own. */
#include "base/clock.h"
#include "base/log_parts.h"

#include "../support/tap.h"

static struct log_rate rate;
static struct log_event event, other;
static bool has_other;

static bool admit_as(const char *key, const char *text, int64_t now_ns)
{
	static const struct sync_src here = {"x.c", 1, "x"};

	memset(&event, 0, sizeof(event));
	event.level = LOG_LV_WARNING;
	event.src = &here;
	snprintf(event.text, sizeof(event.text), "%s", text);
	return log_rate_admit(&rate, log_rate_hash(&here, key), now_ns, &event, &other, &has_other);
}

static void test_period(void)
{
	const int64_t s = NS_PER_S;

	memset(&rate, 0, sizeof(rate));
	ok(admit_as("a", "disk full", 10 * s), "the first goes out");
	is_str(event.text, "disk full", "as it is");
	ok(!admit_as("a", "disk full", 10 * s), "the second does not");
	ok(!admit_as("a", "disk full", 11 * s - 1), "nor one just within the second");
	ok(admit_as("b", "other", 10 * s), "another event does");
	ok(admit_as("a", "disk full", 11 * s), "after a second it goes out again");
	is_str(event.text, "disk full (and 2 more like it)", "and says what was left out");
	ok(admit_as("a", "disk full", 12 * s), "and once more");
	is_str(event.text, "disk full", "with nothing to add");
}

static void test_sweep(void)
{
	const int64_t s = NS_PER_S;

	memset(&rate, 0, sizeof(rate));
	ok(admit_as("a", "slow disk", 10 * s), "goes out");
	ok(!log_rate_sweep(&rate, 20 * s, true, &other), "nothing to sweep");
	for (int i = 0; i < 41; i++)
		if (admit_as("a", "slow disk", 10 * s + i))
			ok(0, "line %d is suppressed", i);
	ok(!log_rate_sweep(&rate, 11 * s - 1, false, &other), "not before the second is over");
	ok(log_rate_sweep(&rate, 11 * s, false, &other), "then");
	is_str(other.text, "suppressed 41 lines like: slow disk", "the sweep tells");
	is_int(other.level, LOG_LV_WARNING, "at the level of the lines");
	ok(!log_rate_sweep(&rate, 13 * s, true, &other), "once");
	ok(!admit_as("a", "slow disk", 11 * s + 1), "the summary counts as such a line");
	ok(log_rate_sweep(&rate, 11 * s + 2, true, &other), "at the end all is told at once");
	is_str(other.text, "suppressed 1 line like: slow disk", "in the singular");
	is_int(rate.waiting, 0, "and nothing waits");
}

static void test_pushed_out(void)
{
	uint64_t suppressed = 0, told = 0;
	char key[32];

	memset(&rate, 0, sizeof(rate));
	/* Far more events than slots, each twice: what a slot forgets is told. */
	for (int i = 0; i < 4000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		if (!admit_as(key, key, i))
			ok(0, "%s goes out", key);
		told += has_other;
		suppressed += !admit_as(key, key, i);
		told += has_other;
	}
	is_int(suppressed, 4000, "each second line is suppressed");
	while (log_rate_sweep(&rate, 0, true, &other))
		told++;
	is_int(told, suppressed, "and each is told in the end");
}

static void test_long(void)
{
	char text[LOG_LINE];

	memset(&rate, 0, sizeof(rate));
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ok(admit_as("a", text, 0), "a long line");
	ok(!admit_as("a", text, 1), "suppressed");
	ok(admit_as("a", text, 2 * NS_PER_S), "goes out again");
	is_int(strlen(event.text), LOG_LINE - 1, "no longer than a line");
	has_str(event.text, "xxx (and 1 more like it)", "the count is at its end");
}

int main(void)
{
	test_period();
	test_sweep();
	test_pushed_out();
	test_long();
	ok(log_rate_hash(NULL, "a") != log_rate_hash(NULL, "b"), "keys tell events apart");
	ok(log_rate_hash(SYNC_HERE, "a") != log_rate_hash(SYNC_HERE, "a"), "places too");
	return done_testing();
}
