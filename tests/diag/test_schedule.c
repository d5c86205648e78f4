/* Schedules as text: what is written is read back the same, and what is wrong is refused with its place. */
#include "diag/schedule.h"

#include "../support/tap.h"

static void test_round_trip(void)
{
	static const struct {
		const char *text;
		unsigned choices;
	} rows[] = {
		{"cb1:race:broken:A:00000000", 1},
		{"cb1:deadlock-abba:broken:A3B2:5f3a91c0", 5},
		{"cb1:self-queue:mut-7:A6B3C3!0C3A3:00ffFF", 0},
		{"cb1:self-queue:mut-7:A6B3C3!0C3A3:00ffffff", 19},
		{"cb1:a:b:A^B~CB=3B12L65000:deadbeef", 5 + 12 + 65000 },
		{"cb1:a:b:^A^AA2!31=0!1A:12345678", 8},
		{"cb1:a:b:AB~BB:12345678", 4},
	};
	struct schedule s;
	char text[SCHEDULE_TEXT];
	struct err why;

	schedule_init(&s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int rc = schedule_parse(rows[i].text, &s, &why);

		if (!rows[i].choices) {
			is_int(rc, -1, "%s is refused", rows[i].text);
			continue;
		}
		is_int(rc, 0, "%s is read", rows[i].text);
		is_int(s.count, rows[i].choices, "as %u choices", rows[i].choices);
		ok(schedule_format(&s, text, sizeof(text)), "and written");
		is_str(text, rows[i].text, "the same");
		ok(!schedule_format(&s, text, strlen(rows[i].text)), "but not into too little room");
	}
	schedule_done(&s);
}

static void test_malformed(void)
{
	static const struct {
		const char *text;
		unsigned byte;
		const char *part;
	} rows[] = {
		{"", 1, "begins with cb1:"},
		{"cb2:a:b:A:00000000", 1, "begins with cb1:"},
		{"CB1:a:b:A:00000000", 1, "begins with cb1:"},
		{"cb1:", 5, "case is missing"},
		{"cb1::b:A:00000000", 5, "case is missing"},
		{"cb1:A:b:A:00000000", 5, "case is missing"},
		{"cb1:a", 6, "ends with a colon"},
		{"cb1:a b:c:A:00000000", 6, "ends with a colon"},
		{"cb1:a::A:00000000", 7, "variant is missing"},
		{"cb1:a:b", 8, "ends with a colon"},
		{"cb1:012345678901234567890123456789012345678901234567:b:A:00000000", 5, "too long"},
		{"cb1:a:b:", 9, "no steps"},
		{"cb1:a:b::00000000", 9, "no steps"},
		{"cb1:a:b:a:00000000", 9, "a letter from A to L"},
		{"cb1:a:b:M:00000000", 9, "a letter from A to L"},
		{"cb1:a:b:A B:00000000", 10, "a letter from A to L"},
		{"cb1:a:b:3:00000000", 9, "a letter from A to L"},
		{"cb1:a:b:A^:00000000", 11, "a letter from A to L"},
		{"cb1:a:b:A^~B:00000000", 11, "a letter from A to L"},
		{"cb1:a:b:AA:00000000", 10, "one letter and a number"},
		{"cb1:a:b:A2A:00000000", 11, "one letter and a number"},
		{"cb1:a:b:A1:00000000", 10, "2 or more"},
		{"cb1:a:b:A0:00000000", 10, "2 or more"},
		{"cb1:a:b:A02:00000000", 10, "does not begin with 0"},
		{"cb1:a:b:A99999999999:00000000", 10, "too large"},
		{"cb1:a:b:A65536B:00000000", 15, "too many steps"},
		{"cb1:a:b:A^B2:00000000", 12, "stands alone"},
		{"cb1:a:b:!1A:00000000", 9, "a step comes before"},
		{"cb1:a:b:A!:00000000", 11, "a number is missing"},
		{"cb1:a:b:A!32:00000000", 11, "too large"},
		{"cb1:a:b:A=01:00000000", 11, "does not begin with 0"},
		{"cb1:a:b:A", 10, "the digest is missing"},
		{"cb1:a:b:A:", 11, "8 digits"},
		{"cb1:a:b:A:1234567", 18, "8 digits"},
		{"cb1:a:b:A:1234567G", 18, "8 digits"},
		{"cb1:a:b:A:1234567A", 18, "8 digits"},
		{"cb1:a:b:A:123456789", 19, "nothing comes after"},
		{"cb1:a:b:A:12345678:", 19, "nothing comes after"},
		{"cb1:a:b:A:12345678 ", 19, "nothing comes after"},
	};
	struct schedule s;
	char place[32];

	schedule_init(&s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err why = {0};

		is_int(schedule_parse(rows[i].text, &s, &why), -1, "\"%.40s\" is refused", rows[i].text);
		snprintf(place, sizeof(place), "byte %u:", rows[i].byte);
		has_str(why.text, place, "at the right place");
		has_str(why.text, rows[i].part, "with words");
		is_int(why.exit_code, EXIT_USAGE, "as a mistake of usage");
	}
	schedule_done(&s);
}

static void test_too_long(void)
{
	char *text = malloc(2 * SCHEDULE_TEXT);
	struct schedule s;
	struct err why;
	size_t at;

	schedule_init(&s);
	at = (size_t)sprintf(text, "cb1:a:b:");
	while (at < 2 * SCHEDULE_TEXT - 20)
		at += (size_t)sprintf(text + at, "AB");
	sprintf(text + at, ":00000000");
	is_int(schedule_parse(text, &s, &why), -1, "a text too long is refused");
	has_str(why.text, "too long", "with words");
	free(text);
	schedule_done(&s);
}

static void test_move(void)
{
	struct schedule a, b;

	schedule_init(&a);
	schedule_init(&b);
	for (unsigned i = 0; i < 1000; i++) {
		if (!schedule_add(&a, CHOICE_THREAD, i % 3, MODEL_RUN))
			break;
	}
	is_int(a.count, 1000, "a schedule grows");
	schedule_move(&b, &a);
	ok(b.count == 1000 && a.count == 0 && !a.choices, "and moves");
	schedule_reset(&b);
	is_int(b.count, 0, "and starts again");
	schedule_done(&a);
	schedule_done(&b);
}

int main(void)
{
	test_round_trip();
	test_malformed();
	test_too_long();
	test_move();
	return done_testing();
}
