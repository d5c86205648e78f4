/* Options of verbs: numbers, sizes, durations, words, and times in all their forms. */
#include "ctl/given.h"

#include <stdio.h>
#include <string.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "ctl/ctl.h"

/* 2026-01-31 23:59:58.5 UTC */
#define NOW INT64_C(1769903998500000000)
#define S NS_PER_S

static void is_time(const char *text, int64_t want)
{
	int64_t at = -1;

	ok(given_time_at(text, NOW, &at), "\"%s\" is a time", text);
	is_int(at, want, "the right one");
}

static void is_no_time(const char *text)
{
	int64_t at = 7;

	ok(!given_time_at(text, NOW, &at) && at == 7, "\"%s\" is none", text);
}

static void test_times(void)
{
	static const char *const wrong[] = {
		"",	      "later",		"2026",		  "2026-1-1",	  "2026-13-01", "2026-02-30", "2026-01-31x",
		"24:00",      "12:60",		"12",		  "1:00",	  "12:00:00.",	"12:00:00.1234567890", "10",
		"10 minutes", "10m before",	"-10m",		  "@",		  "@-1",	"@1x",	      "1969-12-31",
		"2262-01-01", "2026-01-31 25:00", "2026-01-31T", "now ",	  "99999999d",	"@99999999999999999999",
	};

	is_time("now", NOW);
	is_time("today", INT64_C(1769817600) * S);
	is_time("yesterday", INT64_C(1769731200) * S);
	is_time("10m", NOW - 600 * S);
	is_time("10m ago", NOW - 600 * S);
	is_time("2d ago", NOW - 2 * 86400 * S);
	is_time("250ms", NOW - S / 4);
	is_time("23:59", INT64_C(1769903940) * S);
	is_time("00:00:01", INT64_C(1769817601) * S);
	is_time("01:02:03.5", INT64_C(1769821323) * S + S / 2);
	is_time("2026-01-31", INT64_C(1769817600) * S);
	is_time("2026-01-31 23:59:58.5", NOW);
	is_time("2026-01-31T23:59:58.500Z", NOW);
	is_time("2026-01-31 23:59", INT64_C(1769903940) * S);
	is_time("2024-02-29", INT64_C(1709164800) * S);
	is_time("1970-01-01", 0);
	is_time("@0", 0);
	is_time("@1769903998.5", NOW);
	is_time("@1769903998.000000001", INT64_C(1769903998) * S + 1);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		is_no_time(wrong[i]);
}

static void test_others(void)
{
	int64_t n = 7;
	int place = 7;

	ok(given_number("n", NULL, 1, 9, &n) && n == 7, "what is not given stays");
	ok(given_number("n", "9", 1, 9, &n) && n == 9, "a number");
	ok(!given_number("n", "10", 1, 9, &n) && !given_number("n", "x", 1, 9, &n) && n == 9, "one that is too large, one that is none");
	ok(given_size("size", "2K", 1, 1 << 20, &n) && n == 2048, "a size");
	ok(!given_size("size", "2M", 1, 1 << 20, &n), "one that is too large");
	ok(given_duration("for", "90s", S, 600 * S, &n) && n == 90 * S, "a duration");
	ok(!given_duration("for", "1ms", S, 600 * S, &n) && !given_duration("for", "90", S, 600 * S, &n), "too short, without a unit");
	ok(given_word("output", "csv", "short csv raw", &place) && place == 1, "a word by its place");
	ok(!given_word("output", "cs", "short csv raw", &place) && place == 1, "not a part of it");
	ok(given_time("since", "now", &n) && n > NOW, "a time");
	ok(!given_time("since", "soon", &n), "none");
}

int main(void)
{
	test_times();
	test_others();
	return done_testing();
}
