/* Lines of a file: what is a section, what is a key, and every kind of line that is neither. */
#include "fixture.h"

#include "conf/file.h"

struct log {
	char text[8192];
	size_t len;
};

PRINTF_LIKE(2, 3) static void add(struct log *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (l->len < sizeof(l->text))
		l->len += (size_t)vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
	va_end(ap);
}

static void on_section(void *arg, int line, const char *kind, const char *name)
{
	add(arg, "%d[%s|%s]\n", line, kind, name);
}

static void on_key(void *arg, int line, const char *name, const char *value)
{
	add(arg, "%d %s|%s|\n", line, name, value);
}

static void on_bad(void *arg, int line, bool in_header, const char *words)
{
	add(arg, "%d%c %s\n", line, in_header ? '!' : ':', words);
}

static const struct file_events events = {.section = on_section, .key = on_key, .bad = on_bad};

static void check_bytes(const char *text, size_t len, const char *want, const char *what)
{
	static struct log l;
	/* Without a byte behind the end, so that a sanitizer sees a read too far. */
	char *copy = mem_alloc(len ? len : 1);

	memcpy(copy, text, len);
	l.len = 0;
	l.text[0] = '\0';
	file_parse(copy, len, &events, &l);
	is_str(l.text, want, "%s", what);
	mem_free(copy);
}

#define check(text, want) check_bytes((text), sizeof(text) - 1, (want), #text)

static void test_good(void)
{
	check("", "");
	check("\n\n", "");
	check("[a]\nk = v\n", "1[a|]\n2 k|v|\n");
	check("[a]\nk=v", "1[a|]\n2 k|v|\n");
	check("[a b]\nk =   v w  \t\n", "1[a|b]\n2 k|v w|\n");
	check("[  a \t b  ]\n", "1[a|b]\n");
	check("[a b c]\n", "1[a|b c]\n");
	check("[a];x\n", "1! there is more on the line than the section: \";x\"\n");
	check("[a] ;x\n[b]\t# x\n[c]  \n", "1[a|]\n2[b|]\n3[c|]\n");
	check("# c\n; c\n   # c\n\t; c\n[a]\n", "5[a|]\n");
	check("[a]\nk = v ; c\nk2 = v;w\nk3 =\t; c\nk4 =;v\n", "1[a|]\n2 k|v|\n3 k2|v;w|\n4 k3||\n5 k4|;v|\n");
	check("[a]\nk = a = b : c\n", "1[a|]\n2 k|a = b : c|\n");
	check("[a]\nk = udp://[::1]:5140\n", "1[a|]\n2 k|udp://[::1]:5140|\n");
	check("[a]\nk =\n", "1[a|]\n2 k||\n");
	check("[a]\nk = v#w\n", "1[a|]\n2 k|v#w|\n");
	check("[a]\r\nk = v\r\n\r\n", "1[a|]\n2 k|v|\n");
	check("[a]\r\nk = v\r", "1[a|]\n2 k|v|\n");
	check("\xef\xbb\xbf[a]\nk = v\n", "1[a|]\n2 k|v|\n");
	check("\xef\xbb\xbf", "");
	check("[a]\nk = \xc3\xa4\xff\n", "1[a|]\n2 k|\xc3\xa4\xff|\n");
}

static void test_bad(void)
{
	check("k = v\n[a]\nk = v\n", "1: \"k\" stands in front of the first [section]\n2[a|]\n3 k|v|\n");
	check("[a]\nk : v\n", "1[a|]\n2: a colon does not set a key; write \"key = value\"\n");
	check("[a]\nk: v = w\n", "1[a|]\n2: a colon does not set a key; write \"key = value\"\n");
	check("[a]\nk\n", "1[a|]\n2: neither \"[section]\" nor \"key = value\"\n");
	check("[a]\nk ; = v\n", "1[a|]\n2: neither \"[section]\" nor \"key = value\"\n");
	check("[a]\n= v\n", "1[a|]\n2: there is no key in front of \"=\"\n");
	check("[a]\nk = v\n  w\n", "1[a|]\n2 k|v|\n"
				   "3: the line is indented; there are no continuation lines, begin it in the first column\n");
	check("[a]\n\tk = v\n",
	      "1[a|]\n2: the line is indented; there are no continuation lines, begin it in the first column\n");
	check("[a]\n [b]\n",
	      "1[a|]\n2: the line is indented; there are no continuation lines, begin it in the first column\n");
	check("[a]\nk = v # c\n", "1[a|]\n2: \"#\" begins no comment behind a value; write \" ;\"\n");
	check("[a]\nk =# c\n", "1[a|]\n2: \"#\" begins no comment behind a value; write \" ;\"\n");
	check("[a]\nk = \0v\n", "1[a|]\n2: the line holds a NUL byte\n");
	check("# \0\n", "1: the line holds a NUL byte\n");
	check("[a]\nk = \x01\n", "1[a|]\n2: the line holds a control character (0x01)\n");
	check("[a]\rk = v\rl = w\n", "1: the line holds a control character (0x0d)\n");
	check("[a]\nk = \x7f\n", "1[a|]\n2: the line holds a control character (0x7f)\n");
	check("\xef\xbb\xbf\xef\xbb\xbf[a]\n", "1: neither \"[section]\" nor \"key = value\"\n");
}

/* Keys below a header that is none belong nowhere and are not told; the next header is a fresh start. */
static void test_bad_headers(void)
{
	check("[a\nk = v\nx\n y\n[b]\nk = v\n", "1! the section has no \"]\"\n5[b|]\n6 k|v|\n");
	check("[]\nk = v\n", "1! \"[]\" is no section; write [KIND] or [KIND NAME]\n");
	check("[ \t]\n", "1! \"[]\" is no section; write [KIND] or [KIND NAME]\n");
	check("[a ;b]\n", "1! \"[a ;b]\" is no section; write [KIND] or [KIND NAME]\n");
	check("[a = b]\n", "1! \"[a = b]\" is no section; write [KIND] or [KIND NAME]\n");
	check("[[a]]\n", "1! there is more on the line than the section: \"]\"\n");
	check("[a] k = v\n", "1! there is more on the line than the section: \"k = v\"\n");
	check("[a 123456789012345678901234567890123456789012345678901234567890123]\n",
	      "1[a|123456789012345678901234567890123456789012345678901234567890123]\n");
	check("[a 1234567890123456789012345678901234567890123456789012345678901234]\n",
	      "1! the section's name is too long; accepted: at most 63 bytes a word\n");
	check("[1234567890123456789012345678901234567890123456789012345678901234]\n",
	      "1! the section's name is too long; accepted: at most 63 bytes a word\n");
}

/* As many bytes as Debian's inih takes, whatever the kind of line and its end. */
static void test_length(void)
{
	static const struct {
		const char *head, *tail;
	} kinds[] = {{"[a]\n# ", "\n"}, {"[a]\n; ", "\r\n"}, {"[a]\nk = ", "\n"}, {"[a]\nk = v ; ", ""}};
	char text[512], want[512];

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		for (int len = 197; len <= 201; len++) {
			int head = (int)strlen(kinds[i].head), fill = len - (head - (int)strlen("[a]\n"));
			int n = snprintf(text, sizeof(text), "%s%0*d%s", kinds[i].head, fill, 7, kinds[i].tail);

			if (len > 198)
				snprintf(want, sizeof(want), "1[a|]\n2: the line has %d bytes; accepted: at most 198\n", len);
			else if (i == 2)
				snprintf(want, sizeof(want), "1[a|]\n2 k|%0*d|\n", fill, 7);
			else
				snprintf(want, sizeof(want), "1[a|]\n%s", i == 3 ? "2 k|v|\n" : "");
			check_bytes(text, (size_t)n, want, "length");
		}
	}
	/* The mark in front is not of the line. */
	snprintf(text, sizeof(text), "\xef\xbb\xbf#%0197d", 0);
	check_bytes(text, strlen(text), "", "198 bytes behind a byte order mark");
}

static void check_read(const char *path, enum file_result want, int exit_code, const char *words)
{
	struct err err = {0};
	char *text;
	size_t len;

	is_int(file_read(path, &text, &len, &err), want, "%s: result", path);
	is_int(err.exit_code, exit_code, "%s: exit code", path);
	is_str(err.text, words, "%s: words", path);
}

static void test_read(void)
{
	struct err err = {0};
	char *text = NULL, *huge = mem_zalloc(1, FILE_BYTES + 1);
	size_t len = 0;

	write_bytes("some", "a\0b\n", 4);
	ok(file_read("some", &text, &len, &err) == FILE_OK && len == 4 && !memcmp(text, "a\0b\n", 4), "a file is read");
	mem_free(text);
	write_text("none", "");
	ok(file_read("none", &text, &len, &err) == FILE_OK && len == 0, "an empty one too");
	mem_free(text);
	memset(huge, '#', FILE_BYTES + 1);
	write_bytes("large", huge, FILE_BYTES);
	ok(file_read("large", &text, &len, &err) == FILE_OK && len == FILE_BYTES, "and the largest");
	mem_free(text);
	write_bytes("larger", huge, FILE_BYTES + 1);
	mem_free(huge);
	check_read("larger", FILE_FAILED, EXIT_CONFIG, "the file is too large; accepted: at most 1048576 bytes");
	check_read("missing", FILE_MISSING, EXIT_CONFIG, "cannot read: No such file or directory");
	check_read(".", FILE_FAILED, EXIT_CONFIG, "cannot read: Is a directory");
	check_read("some/thing", FILE_FAILED, EXIT_CONFIG, "cannot read: Not a directory");
}

int main(void)
{
	fixture_begin();
	test_good();
	test_bad();
	test_bad_headers();
	test_length();
	test_read();
	fixture_end();
	return done_testing();
}
