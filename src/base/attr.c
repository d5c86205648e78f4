/* What happens when an assert fails. */
#include "base/attr.h"

#include <stdio.h>
#include <stdlib.h>

static void (*hook)(const char *what, const char *file, int line);

void assert_hook(void (*fn)(const char *what, const char *file, int line))
{
	hook = fn;
}

void assert_fail(const char *what, const char *file, int line)
{
	if (hook)
		hook(what, file, line);
	fprintf(stderr, "%s:%d: Assertion `%s' failed.\n", file, line, what);
	abort();
}
