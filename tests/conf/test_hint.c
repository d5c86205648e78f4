/* Mistyped names find the known ones, far-fetched ones do not. */
#include "../support/tap.h"
#include "base/attr.h"
#include "conf/hint.h"

static void check(const char *given, const char *want)
{
	static const char *const known[] = {
		"main", "overflow", "oversize", "max_message", "max_connections", "idle_timeout", "drop-newest", "nul"};
	struct hint h = {.given = given};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		hint_offer(&h, known[i]);
	is_str(h.best ? h.best : "(none)", want, "%.20s", given);
}

int main(void)
{
	char huge[HINT_MAX + 2];

	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	is_int(hint_distance("overlow", "overflow"), 1, "a letter left out");
	is_int(hint_distance("overfloww", "overflow"), 1, "a letter too many");
	is_int(hint_distance("overflox", "overflow"), 1, "another letter");
	is_int(hint_distance("ovreflow", "overflow"), 1, "two swapped");
	is_int(hint_distance("OverFlow", "overflow"), 0, "capitals are the same");
	is_int(hint_distance("", "abc"), 3, "nothing is as far as the other is long");
	is_int(hint_distance("abc", ""), 3, "from either side");
	is_int(hint_distance("kitten", "sitting"), 3, "three edits");
	is_int(hint_distance(huge, "a"), HINT_MAX + 1, "a name too long is far from everything");
	check("overlow", "overflow");
	check("over_size", "oversize");
	check("mian", "main");
	check("MAX-MESSAGE", "max_message");
	check("max_conections", "max_connections");
	check("idletimeout", "idle_timeout");
	check("dropnewest", "drop-newest");
	check("null", "nul");
	check("mxyz", "(none)");
	check("x", "(none)");
	check("", "(none)");
	check("workers", "(none)");
	check(huge, "(none)");
	return done_testing();
}
