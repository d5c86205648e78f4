/*
 * tap - the Test Anything Protocol on one page.
 *
 * Owns     the count of what was checked
 * Threads  any: each check prints one whole line
 * Blocks   never
 * Units    none
 * Errors   a failed check prints where, and the program ends with 1
 * Limits   none
 * Upholds  done_testing() prints the plan; a program that dies before it has failed
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic int tap_ran, tap_bad;

__attribute__((format(printf, 4, 5), unused)) static int tap_check(int good, const char *file, int line,
								    const char *fmt, ...)
{
	char name[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	if (!good)
		atomic_fetch_add(&tap_bad, 1);
	printf("%sok %d - %s\n", good ? "" : "not ", atomic_fetch_add(&tap_ran, 1) + 1, name);
	if (!good)
		printf("# failed at %s:%d\n", file, line);
	fflush(stdout);
	return good;
}

#define ok(cond, ...) tap_check(!!(cond), __FILE__, __LINE__, __VA_ARGS__)

#define is_int(got, want, ...)                                                                      \
	do {                                                                                        \
		intmax_t tap_got = (intmax_t)(got), tap_want = (intmax_t)(want);                    \
		if (!tap_check(tap_got == tap_want, __FILE__, __LINE__, __VA_ARGS__))               \
			printf("# got %jd, wanted %jd\n", tap_got, tap_want);                       \
	} while (0)

#define is_str(got, want, ...)                                                                      \
	do {                                                                                        \
		const char *tap_got = (got), *tap_want = (want);                                    \
		if (!tap_check(tap_got && !strcmp(tap_got, tap_want), __FILE__, __LINE__, __VA_ARGS__)) \
			printf("# got '%s', wanted '%s'\n", tap_got ? tap_got : "(null)", tap_want); \
	} while (0)

#define has_str(text, part, ...)                                                                    \
	do {                                                                                        \
		const char *tap_text = (text), *tap_part = (part);                                  \
		if (!tap_check(tap_text && strstr(tap_text, tap_part), __FILE__, __LINE__, __VA_ARGS__)) \
			printf("# '%s' is not in '%s'\n", tap_part, tap_text ? tap_text : "(null)"); \
	} while (0)

__attribute__((unused)) static int done_testing(void)
{
	printf("1..%d\n", atomic_load(&tap_ran));
	return atomic_load(&tap_bad) != 0;
}

#endif
