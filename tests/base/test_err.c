/* Errors: worded, cut on a whole character, prefixed, and not wanted. */
#include "base/err.h"

#include <errno.h>

#include "../support/tap.h"

static void test_words(void)
{
	struct err e = {0};

	err_set(&e, EXIT_CONFIG, "port %d", 70000);
	is_str(e.text, "port 70000", "worded");
	is_int(e.exit_code, 78, "with its exit code");
	err_set_errno(&e, EXIT_IO, ENOENT, "open %s", "x");
	is_str(e.text, "open x: No such file or directory", "with the words of errno");
	is_int(e.exit_code, 74, "exit code of err_set_errno");
	err_prefix(&e, "store %s: ", "main");
	is_str(e.text, "store main: open x: No such file or directory", "prefixed, nothing in between");
	is_int(e.exit_code, 74, "a prefix leaves the exit code");
}

static void test_null(void)
{
	err_set(NULL, EXIT_IO, "nobody");
	err_set_errno(NULL, EXIT_IO, EIO, "nobody");
	err_prefix(NULL, "nobody");
	ok(1, "nobody wants to hear");
}

/* Fills an error with `lead` letters, then many copies of a character; the end must be a whole one. */
static void cut_case(size_t lead, const char *character)
{
	char text[2 * ERR_TEXT] = "";
	struct err e;
	size_t step = strlen(character), len;

	memset(text, 'a', lead);
	for (size_t at = lead; at + step < sizeof(text) - 1; at += step)
		memcpy(text + at, character, step + 1);
	err_set(&e, EXIT_IO, "%s", text);
	len = strlen(e.text);
	ok(len < ERR_TEXT && len + step >= ERR_TEXT && (len - lead) % step == 0, "%zu letters and %zu-byte characters",
	   lead, step);
}

static void test_cut(void)
{
	struct err e;

	for (size_t lead = 0; lead < 4; lead++) {
		cut_case(lead, "x");
		cut_case(lead, "ä");
		cut_case(lead, "€");
		cut_case(lead, "😀");
	}
	err_set(&e, EXIT_IO, "%0*d", ERR_TEXT - 3, 0);
	err_prefix(&e, "ab€");
	is_int(strlen(e.text), ERR_TEXT - 1, "a prefix cuts the end");
	ok(!strncmp(e.text, "ab€00", 7), "and not the prefix");
	err_set(&e, EXIT_IO, "%0*d€", ERR_TEXT - 4, 0);
	is_int(strlen(e.text), ERR_TEXT - 1, "a character that just fits stays");
	err_prefix(&e, "a");
	is_int(strlen(e.text), ERR_TEXT - 3, "and goes whole");
}

int main(void)
{
	test_words();
	test_null();
	test_cut();
	return done_testing();
}
