/* Framing: what each kind of stream yields, and that no way of cutting the stream into reads changes it. */
#include "net/frame.h"

#include "../support/tap.h"
#include "frame_run.h"

static struct run whole, split;
static const char *const framings[] = {"auto", "newline", "nul", "octet"};

static void run_whole(struct run *r, enum framing framing, bool drop, const char *bytes, size_t len)
{
	run_start(r, framing, drop);
	run_feed(r, bytes, len, 0);
	run_end(r);
	r->text[r->len] = '\0';
}

/* ---- the plain way to say it: everything at once, nothing carried, nothing resumed ---- */

static void say(struct run *r, bool drop, const char *body, size_t there, size_t full)
{
	if (full > RUN_MAX && drop)
		run_note(r, "too long", NULL, 0, full);
	else
		run_note(r, "message", body, there < RUN_MAX ? there : RUN_MAX, full);
}

static void plain_lines(struct run *r, bool drop, char stop, const char *s, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		size_t n = i - from;

		if (s[i] != stop)
			continue;
		if (stop == '\n' && n && s[i - 1] == '\r')
			n--;
		if (n)
			say(r, drop, s + from, n, n);
		from = i + 1;
	}
	if (from < len)
		say(r, drop, s + from, len - from, len - from);
}

static void plain_octets(struct run *r, bool drop, const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t from = i, count = 0;

		while (i < len && i - from < 7 && s[i] >= '0' && s[i] <= '9')
			count = count * 10 + (size_t)(s[i++] - '0');
		if (i == len || s[i] != ' ' || i == from) {
			run_note(r, "broken", NULL, 0, len - from);
			return;
		}
		i++;
		say(r, drop, s + i, len - i < count ? len - i : count, count);
		i += len - i < count ? len - i : count;
	}
}

static enum framing plain_guess(const char **s, size_t *len)
{
	size_t i = 0;

	for (;;) {
		if (*len >= 1 && (*s)[0] == '\n')
			++*s, --*len;
		else if (*len >= 2 && (*s)[0] == '\r' && (*s)[1] == '\n')
			*s += 2, *len -= 2;
		else
			break;
	}
	while (i < *len && (*s)[i] >= '0' && (*s)[i] <= '9')
		i++;
	if (i >= 1 && i <= 7 && i + 1 < *len && (*s)[i] == ' ' && (*s)[i + 1] == '<')
		return FRAMING_OCTET;
	return FRAMING_NEWLINE;
}

static void plain(struct run *r, enum framing framing, bool drop, const char *s, size_t len)
{
	r->len = 0;
	if (framing == FRAMING_AUTO)
		framing = plain_guess(&s, &len);
	if (framing == FRAMING_OCTET)
		plain_octets(r, drop, s, len);
	else
		plain_lines(r, drop, framing == FRAMING_NUL ? '\0' : '\n', s, len);
}

static bool same(const struct run *a, const struct run *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

/* ---- every split ---- */

/* Bit i of mask: a cut after byte i. */
static bool split_mask(enum framing framing, bool drop, const char *s, size_t len, unsigned long mask)
{
	size_t from = 0;

	run_start(&split, framing, drop);
	for (size_t i = 0; i < len; i++) {
		if (i + 1 < len && !(mask & (1ul << i)))
			continue;
		run_feed(&split, s + from, i + 1 - from, len - i - 1);
		from = i + 1;
	}
	run_end(&split);
	return same(&whole, &split);
}

static bool split_two(enum framing framing, bool drop, const char *s, size_t len, size_t a, size_t b)
{
	run_start(&split, framing, drop);
	run_feed(&split, s, a, len - a);
	run_feed(&split, s + a, b - a, len - b);
	run_feed(&split, s + b, len - b, 0);
	run_end(&split);
	return same(&whole, &split);
}

static unsigned long all_splits(enum framing framing, bool drop, const char *s, size_t len)
{
	unsigned long bad = 0;

	if (len <= 14) {
		for (unsigned long mask = 0; mask < (1ul << (len ? len - 1 : 0)); mask++)
			bad += !split_mask(framing, drop, s, len, mask);
		return bad;
	}
	for (size_t a = 0; a <= len; a++)
		for (size_t b = a; b <= len; b++)
			bad += !split_two(framing, drop, s, len, a, b);
	for (size_t step = 1; step < 8; step++) { /* and in small even bites */
		run_start(&split, framing, drop);
		for (size_t i = 0; i < len; i += step)
			run_feed(&split, s + i, len - i < step ? len - i : step, len - i < step ? 0 : len - i - step);
		run_end(&split);
		bad += !same(&whole, &split);
	}
	return bad;
}

static void check_seed(const char *s, size_t len, const char *name)
{
	unsigned long bad = 0, wrong = 0;

	for (int framing = FRAMING_AUTO; framing <= FRAMING_OCTET; framing++) {
		for (int drop = 0; drop < 2; drop++) {
			run_whole(&whole, (enum framing)framing, drop, s, len);
			plain(&split, (enum framing)framing, drop, s, len);
			if (!same(&whole, &split)) {
				wrong++;
				split.text[split.len] = '\0';
				printf("# %s drop=%d: got\n%s# wanted\n%s", framings[framing], drop, whole.text, split.text);
			}
			bad += all_splits((enum framing)framing, drop, s, len);
		}
	}
	ok(wrong == 0, "%s: every framing says what the plain one says", name);
	ok(bad == 0, "%s: no split says anything else (%lu)", name, bad);
}

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define SEED(text) {text, sizeof(text) - 1}
static const struct {
	const char *bytes;
	size_t len;
} seeds[] = {
	SEED(""), SEED("\n"), SEED("\r"), SEED("\r\n"), SEED("a"), SEED("a\n"), SEED("a\r\n"), SEED("a\rb\r\r\n"),
	SEED("\n\r\n\nab\n\n"), SEED("\n\r\r\nx\n"), SEED("hi\r\nyou\r"), SEED("\0a\0\0b\n\0c"), SEED("\n\n3 <a>2 bb"),
	SEED("5 <abc>0 1 x"), SEED("0 <"), SEED("0 <\n"), SEED("3 abc\n4 d"), SEED("3 <ab4 x"), SEED("12 <ab"),
	SEED("1234567 <a"), SEED("12345678 <a"), SEED("9999999 <"), SEED(" 3 <a>"), SEED("3  <a>"), SEED("12\r\n13\n"),
	SEED("007 <ab>efg1"), SEED("\r\n12"), SEED("1 <1 2 <3"), SEED("3 \n<a\r\n"), SEED("99999999999999999999 x"),
	SEED("\n7 <seven>0 3 abc\n12 twelve"), SEED("\r\n\r\n6 <12>ab\r\n5 <1>xy4 abcd"),
	SEED(A60 "aaa\nb\n"), SEED(A60 "aaaa\nb\n"), SEED(A60 "aaaaa\nb\n"), SEED(A60 "aaa\r\nb\n"), SEED(A60 "aaaa\r\nb\n"),
	SEED(A60 "aaaaa\r\nb\n"), SEED(A60 "aaaa\r"), SEED(A60 "aaa\r"), SEED(A60 "aaaa\r\r\nb"), SEED(A60 A60 "\nb"),
	SEED(A60 A60), SEED("63 <" A60 "aa1 b"), SEED("64 <" A60 "aaa1 b"), SEED("65 <" A60 "aaaa1 b"), SEED("65 <" A60 "aaa"),
	SEED("130 <" A60 A60 "123456789" "3 <ab"), SEED("130 <" A60), SEED(A60 "aaaa\0" A60 "aaaaa\0c\0"),
};

static void test_seeds(void)
{
	for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
		char name[48] = "seed ";
		size_t n = 5;

		for (size_t k = 0; k < seeds[i].len && n < 40; k++) {
			unsigned char c = (unsigned char)seeds[i].bytes[k];
			name[n++] = c > ' ' && c < 127 && c != '#' ? (char)c : '_';
		}
		name[n] = '\0';
		check_seed(seeds[i].bytes, seeds[i].len, name);
	}
}

/* Everything that can be said in six bytes with an alphabet of the ones that matter. */
static void test_alphabet(void)
{
	static const char letters[] = "\n\r\0 <1a";
	unsigned long bad = 0, wrong = 0;
	char s[6];

	for (unsigned long n = 0; n < 7ul * 7 * 7 * 7 * 7 * 7; n++) {
		unsigned long rest = n;

		for (size_t i = 0; i < sizeof(s); i++, rest /= 7)
			s[i] = letters[rest % 7];
		for (int framing = FRAMING_AUTO; framing <= FRAMING_OCTET; framing++) {
			run_whole(&whole, (enum framing)framing, false, s, sizeof(s));
			plain(&split, (enum framing)framing, false, s, sizeof(s));
			wrong += !same(&whole, &split);
			for (unsigned long mask = 1; mask < 32; mask++)
				bad += !split_mask((enum framing)framing, false, s, sizeof(s), mask);
		}
	}
	ok(wrong == 0, "all strings of six: as the plain one says (%lu)", wrong);
	ok(bad == 0, "all strings of six, all splits (%lu)", bad);
}

static void check(enum framing framing, bool drop, const char *s, const char *want, const char *name)
{
	run_whole(&whole, framing, drop, s, strlen(s));
	is_str(whole.text, want, "%s", name);
}

static void test_rules(void)
{
	check(FRAMING_NEWLINE, false, "a\r\n\n\r\nb\nc", "message 1:a\nmessage 1:b\nmessage 1:c\n",
	      "CR before LF goes, empty lines are nothing, an unfinished line is a message");
	check(FRAMING_NEWLINE, false, "a\r", "message 2:a\r\n", "a lone CR stays");
	check(FRAMING_NUL, false, "a", "message 1:a\n", "nul: the rest is a message");
	check(FRAMING_OCTET, false, "0 3 abc", "message 0:\nmessage 3:abc\n", "a count of 0 is an empty message");
	check(FRAMING_OCTET, false, "5 ab", "message 5:ab\n", "cut short: size is what was announced");
	check(FRAMING_OCTET, false, "5 ", "message 5:\n", "cut right after the count");
	check(FRAMING_OCTET, false, "1 a12", "message 1:a\nbroken 2:\n", "cut inside the count");
	check(FRAMING_OCTET, false, "12345678 a", "broken 10:\n", "eight digits are no count");
	check(FRAMING_AUTO, false, "3 abc\n", "message 5:3 abc\n", "auto: no < after the blank: newline");
	check(FRAMING_AUTO, false, "\n5 <1>a\n", "message 5:<1>a\n\n", "auto: octets, after an empty line");
	check(FRAMING_AUTO, false, "12345678 <a>\n", "message 12:12345678 <a>\n", "auto: eight digits: newline");
	check(FRAMING_NEWLINE, true, A60 "aaaaa\nb\n", "too long 65:\nmessage 1:b\n", "too long and dropped: once");
	check(FRAMING_NEWLINE, false, A60 "aaaaabc\nb\n", "message 67:" A60 "aaaa\nmessage 1:b\n", "too long and cut");
	check(FRAMING_NEWLINE, true, A60 "aaaa\r\nb\n", "message 64:" A60 "aaaa\nmessage 1:b\n",
	      "CR LF after the longest allowed line does no harm");
}

static void test_unfinished(void)
{
	const char *p, *s = "3 ab";
	struct frame f;
	struct frame_piece piece;
	uint64_t bytes;

	frame_init(&f, FRAMING_OCTET, RUN_MAX, false);
	ok(!frame_unfinished(&f, &bytes), "nothing is unfinished at the start");
	p = s;
	ok(frame_next(&f, &p, s + 1, &piece) == FRAME_MORE && frame_unfinished(&f, &bytes), "inside the count");
	is_int(bytes, 1, "one digit has come");
	ok(frame_next(&f, &p, s + 4, &piece) == FRAME_MORE && frame_unfinished(&f, &bytes), "inside the body");
	is_int(bytes, 2, "two bytes of the body");
	p = "c4 ";
	s = p;
	ok(frame_next(&f, &p, s + 3, &piece) == FRAME_MESSAGE, "the message is complete");
	ok(piece.at == 2 && piece.fresh == 1 && piece.bytes == s, "only its fresh part is given");
	ok(frame_next(&f, &p, s + 3, &piece) == FRAME_MORE && frame_unfinished(&f, &bytes), "a count without a body");
	is_int(bytes, 0, "is unfinished with no bytes");
}

static void test_zero_copy(void)
{
	const char *s = "one\ntwo\r\nthr", *p = s;
	struct frame f;
	struct frame_piece piece;

	frame_init(&f, FRAMING_AUTO, RUN_MAX, false);
	ok(frame_next(&f, &p, s + 12, &piece) == FRAME_MESSAGE && piece.bytes == s && !piece.at, "the first in place");
	ok(frame_next(&f, &p, s + 12, &piece) == FRAME_MESSAGE && piece.bytes == s + 4 && piece.len == 3, "the second too");
	ok(frame_next(&f, &p, s + 12, &piece) == FRAME_MORE && piece.bytes == s + 9 && piece.fresh == 3 && !piece.at,
	   "the rest is to be carried");
	is_str(framing_name(f.framing), "newline", "decided");
}

/* A line without end must not cost more than max_message, nor lose count. */
static void test_endless(void)
{
	static char block[1 << 16];
	struct frame f;
	struct frame_piece piece;
	uint64_t carried = 0;

	memset(block, 'x', sizeof(block));
	frame_init(&f, FRAMING_NEWLINE, RUN_MAX, false);
	for (int i = 0; i < 1 << 16; i++) {
		const char *p = block;

		if (frame_next(&f, &p, block + sizeof(block), &piece) != FRAME_MORE)
			abort();
		carried += piece.fresh;
	}
	is_int(carried, RUN_MAX, "4 GiB without a line end: max_message bytes are kept");
	ok(frame_end(&f, &piece) == FRAME_MESSAGE && piece.len == RUN_MAX, "one message");
	is_int(piece.size, INT64_C(1) << 32, "its size is told in full");
}

int main(void)
{
	whole.text = malloc(RUN_TEXT);
	split.text = malloc(RUN_TEXT);
	if (!whole.text || !split.text)
		return 1;
	test_rules();
	test_seeds();
	test_alphabet();
	test_unfinished();
	test_zero_copy();
	test_endless();
	free(whole.text);
	free(split.text);
	return done_testing();
}
