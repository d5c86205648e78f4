/* Bytes from anywhere, made safe: escapes, widths, JSON, base64, CSV. */
#include "ctl/plain.h"

#include <stdlib.h>
#include <string.h>

#include "../support/tap.h"
#include "base/json.h"
#include "base/parse.h"

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

#define LIT(s) (s), sizeof(s) - 1

static void shows(const char *bytes, size_t len, const char *want)
{
	FILE *out = begin();

	plain_write(out, bytes, len);
	end(out, want, "for people");
}

static void test_people(void)
{
	shows(LIT("plain ASCII ~ \\"), "plain ASCII ~ \\");
	shows(LIT("a\tb\nc\rd"), "a\\tb\\nc\\rd");
	shows(LIT("\033[31mred\033[0m\a"), "\\x1b[31mred\\x1b[0m\\x07");
	shows(LIT("nul\0del\177"), "nul\\x00del\\x7f");
	shows(LIT("gr\303\274n \342\202\254 \360\237\230\200"), "gr\303\274n \342\202\254 \360\237\230\200");
	shows(LIT("C1 \302\233 31m"), "C1 \\xc2\\x9b 31m");
	shows(LIT("bad \377\303"), "bad \\xff\\xc3");
	shows(LIT("turned \342\200\256evil\342\201\246"), "turned \\xe2\\x80\\xaeevil\\xe2\\x81\\xa6");
	shows(LIT("joined \342\200\215 stays"), "joined \342\200\215 stays");
	shows(LIT("\357\273\277"), "\\xef\\xbb\\xbf");
	is_int(plain_width(LIT("abc")), 3, "columns of ASCII");
	is_int(plain_width(LIT("gr\303\274n")), 4, "of UTF-8");
	is_int(plain_width(LIT("\346\227\245\346\234\254")), 4, "of wide characters");
	is_int(plain_width(LIT("e\314\201")), 1, "of a combining one");
	is_int(plain_width(LIT("\n\033")), 6, "of escapes");
}

/* All strings of up to three bytes out of some that matter: nothing leaves that could drive a terminal. */
static void test_safe(void)
{
	static const unsigned char from[] = {0, 7, 10, 27, 'a', 127, 0x80, 0x9b, 0xc2, 0xe2, 0xae, 0xf0, 0xff};
	unsigned bad = 0, widths = 0;
	char bytes[3];

	for (unsigned i = 0; i < sizeof(from) * sizeof(from) * sizeof(from); i++) {
		FILE *out = begin();
		size_t columns;

		bytes[0] = (char)from[i % sizeof(from)];
		bytes[1] = (char)from[i / sizeof(from) % sizeof(from)];
		bytes[2] = (char)from[i / sizeof(from) / sizeof(from)];
		columns = plain_write(out, bytes, 3);
		fclose(out);
		bad += !utf8_valid(text, size) || strpbrk(text, "\033\n\r\t\a\177") || strstr(text, "\302\233");
		widths += columns != plain_width(bytes, 3);
		free(text);
	}
	is_int(bad, 0, "nothing raw leaves");
	is_int(widths, 0, "and its width is known before");
}

static void json_back(const char *bytes, size_t len)
{
	FILE *out = begin();
	json_t *value;

	plain_json(out, bytes, len);
	fclose(out);
	value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	ok(value && json_string_length(value) == len && !memcmp(json_string_value(value), bytes, len), "JSON: %s", text);
	json_decref(value);
	free(text);
}

static void test_json(void)
{
	FILE *out;

	json_back(LIT(""));
	json_back(LIT("plain \"quoted\" \\ /"));
	json_back(LIT("\001\n\t\r\033\177"));
	json_back(LIT("a\0b"));
	json_back(LIT("gr\303\274n \302\233 \342\200\256 \360\237\230\200 \363\240\200\201"));
	out = begin();
	plain_json(out, LIT("\033\302\233\360\237\230\200\363\240\200\201"));
	end(out, "\"\\u001b\\u009b\360\237\230\200\\udb40\\udc01\"", "controls are escaped, the rest stays");
	out = begin();
	plain_json(out, LIT("\377x"));
	end(out, "\"\\ufffdx\"", "what is no UTF-8 is replaced");
}

static void test_base64(void)
{
	static const char *const want[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};

	for (size_t i = 0; i < 7; i++) {
		FILE *out = begin();

		plain_base64(out, "foobar", i);
		end(out, want[i], "base64");
	}
	FILE *out = begin();
	plain_base64(out, LIT("\377\376\0"));
	end(out, "//4A", "of any bytes");
}

static void test_csv(void)
{
	static const struct {
		const char *bytes, *want;
	} rows[] = {
		{"plain", "plain"},   {"", ""},         {"a,b", "\"a,b\""},       {"say \"hi\"", "\"say \"\"hi\"\"\""},
		{"a\nb", "\"a\nb\""}, {" x", "\" x\""}, {"a\rb", "\"a\rb\""}, {"\033[31m", "\033[31m"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		FILE *out = begin();

		plain_csv(out, rows[i].bytes, strlen(rows[i].bytes));
		end(out, rows[i].want, "a field");
	}
}

int main(void)
{
	test_people();
	test_safe();
	test_json();
	test_base64();
	test_csv();
	return done_testing();
}
