/* Numbers, sizes, durations and booleans, whole or not at all; and UTF-8. */
#include "base/parse.h"

#include "../support/tap.h"

struct number_case {
	const char *text;
	int64_t want; /* -1: refused */
};

static void numbers(const char *what, bool (*parse)(const char *, int64_t *), const struct number_case *cases,
		    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t got = -7;
		bool good = parse(cases[i].text, &got);

		if (cases[i].want < 0)
			ok(!good && got == -7, "%s \"%s\" is refused, ret untouched", what, cases[i].text);
		else
			ok(good && got == cases[i].want, "%s \"%s\" (%jd)", what, cases[i].text, (intmax_t)got);
	}
}

static void test_numbers(void)
{
	static const struct number_case plain[] = {
	    {"0", 0},
	    {"7", 7},
	    {"007", 7},
	    {"65535", 65535},
	    {"9223372036854775807", INT64_MAX},
	    {"9223372036854775808", -1},
	    {"18446744073709551616", -1},
	    {"", -1},
	    {" 1", -1},
	    {"1 ", -1},
	    {"+1", -1},
	    {"-1", -1},
	    {"0x10", -1},
	    {"1.5", -1},
	    {"1e3", -1},
	    {"1K", -1},
	};
	static const struct number_case size[] = {
	    {"0", 0},
	    {"1", 1},
	    {"1K", 1024},
	    {"1k", 1024},
	    {"64K", 65536},
	    {"8M", 8388608},
	    {"8m", 8388608},
	    {"2G", INT64_C(2147483648)},
	    {"2g", INT64_C(2147483648)},
	    {"8589934591G", INT64_C(8589934591) << 30},
	    {"8589934592G", -1},
	    {"K", -1},
	    {"1KB", -1},
	    {"1 K", -1},
	    {"1T", -1},
	    {"1K ", -1},
	    {"-1K", -1},
	    {"", -1},
	};
	static const struct number_case duration[] = {
	    {"0", 0},
	    {"0s", 0},
	    {"00", 0},
	    {"50ms", 50000000},
	    {"1s", 1000000000},
	    {"5m", INT64_C(300000000000)},
	    {"12h", INT64_C(43200000000000)},
	    {"7d", INT64_C(604800000000000)},
	    {"106751d", INT64_C(9223286400000000000)},
	    {"106752d", -1},
	    {"5", -1},
	    {"5M", -1},
	    {"5MS", -1},
	    {"5 s", -1},
	    {"s", -1},
	    {"5sec", -1},
	    {"1.5s", -1},
	    {"", -1},
	    {"5us", -1},
	    {"1h5m", -1},
	};

	numbers("number", parse_number, plain, ARRAY_LEN(plain));
	numbers("size", parse_size, size, ARRAY_LEN(size));
	numbers("duration", parse_duration, duration, ARRAY_LEN(duration));
}

static void test_bool(void)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = {{"yes", 1}, {"no", 0}, {"true", 1}, {"false", 0}, {"on", 1},    {"off", 0}, {"YES", 1},
		     {"Off", 0}, {"1", -1}, {"", -1},	 {"ye", -1},   {"yess", -1}, {"no ", -1}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool value = false;
		bool good = parse_bool(cases[i].text, &value);

		ok(cases[i].want < 0 ? !good : good && value == cases[i].want, "boolean \"%s\"", cases[i].text);
	}
}

static void test_format(void)
{
	static const struct number_case size[] = {
	    {"0", 0},
	    {"1", 1},
	    {"1023", 1023},
	    {"1K", 1024},
	    {"1025", 1025},
	    {"64K", 65536},
	    {"1M", 1048576},
	    {"1536K", 1572864},
	    {"256M", 268435456},
	    {"64G", INT64_C(64) << 30},
	    {"9223372036854775807", INT64_MAX},
	};
	static const struct number_case duration[] = {
	    {"0", 0},
	    {"1ms", 1000000},
	    {"50ms", 50000000},
	    {"1s", 1000000000},
	    {"1500ms", 1500000000},
	    {"90s", INT64_C(90000000000)},
	    {"10m", INT64_C(600000000000)},
	    {"1h", INT64_C(3600000000000)},
	    {"36h", INT64_C(129600000000000)},
	    {"7d", INT64_C(604800000000000)},
	};
	char text[32];
	int64_t back;

	for (size_t i = 0; i < ARRAY_LEN(size); i++) {
		format_size(size[i].want, text, sizeof(text));
		is_str(text, size[i].text, "size as %s", size[i].text);
		ok(parse_size(text, &back) && back == size[i].want, "and back");
	}
	for (size_t i = 0; i < ARRAY_LEN(duration); i++) {
		format_duration(duration[i].want, text, sizeof(text));
		is_str(text, duration[i].text, "duration as %s", duration[i].text);
		ok(parse_duration(text, &back) && back == duration[i].want, "and back");
	}
	format_duration(1500, text, sizeof(text));
	is_str(text, "1500ns", "a duration that no unit divides");
	format_count(0, text, sizeof(text));
	is_str(text, "0", "count 0");
	format_count(999, text, sizeof(text));
	is_str(text, "999", "count 999");
	format_count(262144, text, sizeof(text));
	is_str(text, "262,144", "count 262,144");
	format_count(UINT64_MAX, text, sizeof(text));
	is_str(text, "18,446,744,073,709,551,615", "the largest count");
}

/* Encodes a code point as UTF-8 would, surrogates and all; gives the length. */
static size_t encode(uint32_t c, size_t want, char *out)
{
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

	if (want == 1) {
		out[0] = (char)c;
		return 1;
	}
	for (size_t i = want - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(leads[want] | c);
	return want;
}

static void test_utf8_all(void)
{
	unsigned wrong = 0, overlong = 0;
	char out[8];

	for (uint32_t c = 0; c < 0x200000; c++) {
		size_t need = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		bool want = c != 0 && c < 0x110000 && !(c >= 0xd800 && c < 0xe000);

		encode(c, need, out);
		wrong += utf8_valid(out, need) != want;
		wrong += utf8_char(out, need) != (want ? need : 0);
		for (size_t cut = 1; cut < need; cut++)
			wrong += utf8_valid(out, cut);
		for (size_t more = need + 1; more <= 4; more++) {
			encode(c, more, out);
			overlong += utf8_valid(out, more);
		}
	}
	is_int(wrong, 0, "every code point, whole and cut short");
	is_int(overlong, 0, "no overlong form");
}

static void test_utf8_places(void)
{
	char text[200];
	unsigned wrong = 0;

	ok(utf8_valid("", 0), "nothing is valid");
	ok(utf8_valid("plain ASCII, longer than two words\n", 35), "ASCII");
	ok(utf8_valid("Füße €5 😀 und noch mehr", strlen("Füße €5 😀 und noch mehr")), "mixed");
	ok(!utf8_valid("\xff", 1) && !utf8_valid("\x80", 1) && !utf8_valid("\xc3", 1), "stray bytes");
	ok(!utf8_valid("a\0b", 3), "NUL");
	/* One wrong byte at every place of every length, where the fast path runs and where it ends. */
	for (size_t len = 1; len <= 150; len++) {
		for (size_t at = 0; at < len; at++) {
			for (int c = 0; c < 256; c += c == 0 ? 0x7f : 1) {
				memset(text, 'x', sizeof(text));
				text[at] = (char)c;
				wrong += utf8_valid(text, len) != (c > 0 && c < 0x80);
			}
			memset(text, 1, sizeof(text));
			text[at] = 0;
			wrong += utf8_valid(text, len);
		}
	}
	is_int(wrong, 0, "a wrong byte is found wherever it stands");
}

/* Texts of many characters, judged whole and one by one. */
static void test_utf8_mixed(void)
{
	static const char *const parts[] = {"a", "plain", "sixteen of ASCII", "ü", "€", "😀", "\xc3", "\xff", "\x80"};
	unsigned wrong = 0, valid = 0, seed = 1;

	for (unsigned i = 0; i < 20000; i++) {
		char text[400];
		size_t len = 0, at = 0, step = 1;

		while (len < i % 300) {
			const char *part;

			seed = seed * 1103515245 + 12345;
			part = parts[(seed >> 16) % (i % 3 ? 6 : ARRAY_LEN(parts))];
			memcpy(text + len, part, strlen(part));
			len += strlen(part);
		}
		if (i % 7 == 0 && len > 0)
			text[(seed >> 8) % len] = 0;
		while (at < len && (step = utf8_char(text + at, len - at)) > 0)
			at += step;
		valid += at == len;
		wrong += utf8_valid(text, len) != (at == len);
	}
	is_int(wrong, 0, "a whole text is valid if each character is");
	ok(valid > 1000 && valid < 19000, "some are, some are not");
}

static void test_utf8_cut(void)
{
	const char text[] = "aä€😀";
	static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};

	for (size_t len = 0; len < ARRAY_LEN(want); len++)
		is_int(utf8_cut(text, len), want[len], "cut at %zu", len);
	is_int(utf8_cut("\x80\x80\x80\x80\x80", 5), 5, "what is not UTF-8 is cut anywhere");
	is_int(utf8_cut("ab\xff", 3), 3, "a byte that leads nothing stays");
}

int main(void)
{
	test_utf8_cut();
	test_numbers();
	test_bool();
	test_format();
	test_utf8_all();
	test_utf8_places();
	test_utf8_mixed();
	return done_testing();
}
