/*
 * cost - what the drivers of the budget share: a body of 120 bytes, and the one function whose instructions count.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   never
 * Units    messages
 * Errors   a driver that cannot do its work ends with a word and status 1
 * Limits   none
 * Upholds  only what happens inside measured() is counted (callgrind --toggle-collect=measured)
 */
#ifndef TESTS_COST_H
#define TESTS_COST_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"

#define COST_BODY 120
#define COST_PEER "192.0.2.7:41234"

#define NEED(cond)                                                                                  \
	do {                                                                                        \
		if (!(cond)) {                                                                      \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                  \
			exit(1);                                                                    \
		}                                                                                   \
	} while (0)

/* Counted by name: it must stay a function of its own. */
__attribute__((noinline)) void measured(void (*part)(void *arg), void *arg);

/* Writes a message of COST_BODY bytes, printable, with its number. */
UNUSED static void cost_body(char *to, uint64_t n)
{
	char head[32];
	int len = snprintf(head, sizeof(head), "<13>1 host app %08llu ", (unsigned long long)n % 100000000);

	memset(to, 'x', COST_BODY);
	memcpy(to, head, (size_t)len);
}

/* "CASE MESSAGES" of the command line. */
UNUSED static uint64_t cost_messages(int argc, char **argv)
{
	uint64_t n = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

	if (n > 0 && n <= 10000000)
		return n;
	fprintf(stderr, "usage: %s CASE MESSAGES\n", argv[0]);
	exit(64);
}

#endif
