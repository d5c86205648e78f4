/* Words and numbers for people: escapes, groups, lines of 80 columns, tables and records. */
#include "ctl/text.h"

#include "../support/tap.h"
#include "base/mem.h"

static void escapes(const char *text, const char *want)
{
	char *got = text_escape(text);

	is_str(got, want, "escaped: %s", want);
	mem_free(got);
}

static void test_escape(void)
{
	json_t *value = json_pack("{s:[s, i, {s:s}], s:n}", "a", "\033[31m", 1, "b", "gr\303\274n", "c"), *plain;
	char *line;

	escapes("plain ASCII ~", "plain ASCII ~");
	escapes("a\033[2J\nb\t\177", "a\\x1b[2J\\x0ab\\x09\\x7f");
	escapes("gr\303\274n \377", "gr\\xc3\\xbcn \\xff");
	escapes("C:\\x1b", "C:\\x1b");
	plain = text_escape_all(value);
	line = json_dumps(plain, JSON_COMPACT);
	is_str(line, "{\"a\":[\"\\\\x1b[31m\",1,{\"b\":\"gr\\\\xc3\\\\xbcn\"}],\"c\":null}", "every string of a value");
	free(line);
	json_decref(plain);
	json_decref(value);
	value = text_json("gr\303\274n");
	is_str(json_string_value(value), "gr\303\274n", "UTF-8 is JSON");
	json_decref(value);
	value = text_json("gr\374n");
	is_str(json_string_value(value), "gr\\xfcn", "other bytes are escaped first");
	json_decref(value);
}

static void test_numbers(void)
{
	char t[TEXT_NUMBER];
	json_t *o = json_pack("{s:i, s:s, s:b}", "n", 7, "s", "x", "b", 1);

	is_str(text_count(0, t), "0", "0");
	is_str(text_count(1234567, t), "1,234,567", "grouped");
	is_str(text_count(-1234, t), "-1,234", "below 0");
	is_str(text_count(INT64_MIN, t), "-9,223,372,036,854,775,808", "the least there is");
	is_str(text_bytes(1048575, t), "1,048,575 bytes", "bytes to the last one");
	is_str(text_bytes(1048576, t), "1.0 MiB", "then MiB");
	is_str(text_bytes(INT64_C(68719476736), t), "64.0 GiB", "GiB");
	is_str(text_duration(999, t), "999 ms", "milliseconds");
	is_str(text_duration(59999, t), "59.9 s", "seconds");
	is_str(text_duration(3599999, t), "59m 59s", "minutes");
	is_str(text_duration(86399999, t), "23h 59m", "hours");
	is_str(text_duration(INT64_C(90000000), t), "1d 1h", "days");
	is_str(text_time(INT64_C(1769903998123456789), t), "2026-01-31 23:59:58", "a time in UTC");
	is_int(text_number_of(o, "n"), 7, "a number");
	is_int(text_number_of(o, "s"), 0, "no number is 0");
	is_int(text_number_of(NULL, "n"), 0, "neither is one of nothing");
	is_str(text_of(o, "s"), "x", "a string");
	is_str(text_of(o, "n"), "?", "no string is ?");
	ok(text_true(o, "b") && !text_true(o, "none"), "true, and not");
	json_decref(o);
}

/* What is written to a stream, in memory of its own. */
static char *text;
static size_t size;

static FILE *begin(void)
{
	return open_memstream(&text, &size);
}

static void end(FILE *out, const char *want, const char *what)
{
	fclose(out);
	is_str(text, want, "%s", what);
	free(text);
}

static void test_flow(void)
{
	FILE *out = begin();
	struct flow f = {.out = out, .indent = 2};

	flow_end(&f);
	flow_add(&f, "one %d", 1);
	flow_add(&f, "two");
	flow_end(&f);
	end(out, "  one 1, two\n", "items behind one another");

	out = begin();
	f = (struct flow){.out = out, .indent = 2};
	for (int i = 0; i < 3; i++)
		flow_add(&f, "0123456789012345678901234567890123456789");
	flow_end(&f);
	end(out,
	    "  0123456789012345678901234567890123456789,\n  0123456789012345678901234567890123456789,\n"
	    "  0123456789012345678901234567890123456789\n",
	    "a line for each where two do not fit");

	for (int len = 30; len < 40; len++) {
		size_t longest = 0, column = 0;

		out = begin();
		f = (struct flow){.out = out, .indent = 2};
		for (int i = 0; i < 20; i++)
			flow_add(&f, "%.*s", len, "0123456789012345678901234567890123456789");
		flow_end(&f);
		fclose(out);
		for (size_t i = 0; i < size; i++) {
			column = text[i] == '\n' ? 0 : column + 1;
			longest = column > longest ? column : longest;
		}
		free(text);
		ok(longest <= TEXT_WIDTH, "items of %d bytes: no line is longer than 80 (%zu)", len, longest);
	}
}

static void test_table(void)
{
	static const char *const heads[] = {"name", "count"};
	static char wide[TEXT_WIDTH];
	struct table *t = table_new("lr", heads);
	FILE *out = begin();

	table_print(t, out, 2);
	end(out, "  name  count\n", "an empty table is its heads");
	table_add(t, (const char *const[]){"a", "1,234,567"});
	table_add(t, (const char *const[]){"longer", "1"});
	out = begin();
	table_print(t, out, 2);
	end(out, "  name        count\n  a       1,234,567\n  longer          1\n", "columns as wide as they need to be");
	memset(wide, 'w', sizeof(wide) - 1);
	table_add(t, (const char *const[]){wide, "2"});
	out = begin();
	table_print(t, out, 2);
	fclose(out);
	has_str(text, "  name     a\n    count  1,234,567\n", "records where 80 columns are not enough");
	free(text);
	table_free(t);

	t = table_new("rl", heads);
	for (int i = 0; i < 100; i++)
		table_add(t, (const char *const[]){"1", "left"});
	out = begin();
	table_print(t, out, 0);
	fclose(out);
	has_str(text, "name  count\n   1  left\n", "the last column has no blanks behind it");
	is_int(size, 12 + 100 * 11, "a hundred rows");
	free(text);
	table_free(t);
}

int main(void)
{
	test_escape();
	test_numbers();
	test_flow();
	test_table();
	return done_testing();
}
