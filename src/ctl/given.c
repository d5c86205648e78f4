/* Reads the options of verbs: numbers, sizes, durations, words and times. */
#include "config.h"
#include "ctl/given.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/parse.h"
#include "conf/hint.h"
#include "ctl/ctl.h"

#define DAY_NS (86400 * NS_PER_S)

static bool wrong(const char *option, const char *text, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool wrong(const char *option, const char *text, const char *fmt, ...)
{
	struct err err;
	char what[ERR_TEXT / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (isupper((unsigned char)*option)) /* an operand, as --help calls it */
		err_set(&err, EXIT_USAGE, "%s %.100s: %s", option, text, what);
	else
		err_set(&err, EXIT_USAGE, "--%s=%.100s: %s", option, text, what);
	complain(&err);
	return false;
}

bool given_number(const char *option, const char *text, int64_t least, int64_t most, int64_t *ret)
{
	int64_t n;

	if (!text)
		return true;
	if (!parse_number(text, &n) || n < least || n > most)
		return wrong(option, text, "a number from %lld to %lld is wanted", (long long)least, (long long)most);
	*ret = n;
	return true;
}

bool given_size(const char *option, const char *text, int64_t least, int64_t most, int64_t *ret_bytes)
{
	char low[24], high[24];
	int64_t n;

	if (!text)
		return true;
	format_size(least, low, sizeof(low));
	format_size(most, high, sizeof(high));
	if (!parse_size(text, &n) || n < least || n > most)
		return wrong(option, text, "a size from %s to %s bytes is wanted", low, high);
	*ret_bytes = n;
	return true;
}

bool given_duration(const char *option, const char *text, int64_t least_ns, int64_t most_ns, int64_t *ret_ns)
{
	char low[24], high[24];
	int64_t n;

	if (!text)
		return true;
	format_duration(least_ns, low, sizeof(low));
	format_duration(most_ns, high, sizeof(high));
	if (!parse_duration(text, &n) || n < least_ns || n > most_ns)
		return wrong(option, text, "a duration from %s to %s is wanted, such as 500ms, 30s, 10m", low, high);
	*ret_ns = n;
	return true;
}

bool given_word(const char *option, const char *text, const char *words, int *ret)
{
	struct hint hint = {.given = text};
	char word[32];
	int place = 0, used;

	if (!text)
		return true;
	for (const char *p = words; sscanf(p, "%31s%n", word, &used) == 1; p += used, place++) {
		if (!strcmp(word, text)) {
			*ret = place;
			return true;
		}
		hint_offer(&hint, word);
	}
	return wrong(option, text, "one of these is wanted: %s", words);
}

/* ---- times ---- */

/* "10m", "10m ago". */
static bool parse_ago(const char *text, int64_t now_ns, int64_t *ret_at_ns)
{
	char number[32];
	size_t len = strcspn(text, " ");
	int64_t ago_ns;

	if (len >= sizeof(number) || (text[len] && strcmp(text + len, " ago") != 0))
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)len, text);
	if (!parse_duration(number, &ago_ns) || ago_ns > now_ns)
		return false;
	*ret_at_ns = now_ns - ago_ns;
	return true;
}

/* Exactly `digits` digits. */
static bool take_number(const char **text, int digits, int *ret)
{
	*ret = 0;
	for (int i = 0; i < digits; i++, ++*text) {
		if (!isdigit((unsigned char)**text))
			return false;
		*ret = *ret * 10 + (**text - '0');
	}
	return true;
}

/* ".123456789", of any length up to nine digits. */
static bool take_fraction(const char **text, int64_t *ret_ns)
{
	int64_t unit = NS_PER_S;

	*ret_ns = 0;
	if (**text != '.')
		return true;
	for (++*text; isdigit((unsigned char)**text); ++*text) {
		unit /= 10;
		*ret_ns += unit * (**text - '0');
	}
	return unit > 0 && unit < NS_PER_S;
}

/* "23:59", "23:59:58", "23:59:58.123", and a Z. */
static bool take_clock(const char **text, int64_t *ret_ns)
{
	int h, m, s = 0;
	int64_t fraction_ns = 0;

	if (!take_number(text, 2, &h) || *(*text)++ != ':' || !take_number(text, 2, &m))
		return false;
	if (**text == ':') {
		++*text;
		if (!take_number(text, 2, &s) || !take_fraction(text, &fraction_ns))
			return false;
	}
	*text += **text == 'Z';
	*ret_ns = ((int64_t)h * 3600 + m * 60 + s) * NS_PER_S + fraction_ns;
	return h < 24 && m < 60 && s < 61;
}

static bool parse_date(const char *text, int64_t *ret_at_ns)
{
	struct tm tm = {0};
	int64_t clock_ns = 0;
	time_t day;
	int y, m, d;

	if (!take_number(&text, 4, &y) || *text++ != '-' || !take_number(&text, 2, &m) || *text++ != '-' ||
	    !take_number(&text, 2, &d))
		return false;
	tm.tm_year = y - 1900;
	tm.tm_mon = m - 1;
	tm.tm_mday = d;
	day = timegm(&tm);
	if (y < 1970 || y > 2261 || tm.tm_mon != m - 1 || tm.tm_mday != d)
		return false;
	if (*text == ' ' || *text == 'T') {
		text++;
		if (!take_clock(&text, &clock_ns))
			return false;
	}
	if (*text)
		return false;
	*ret_at_ns = (int64_t)day * NS_PER_S + clock_ns;
	return true;
}

static bool parse_seconds(const char *text, int64_t *ret_at_ns)
{
	char digits[24];
	size_t len = strcspn(text, ".");
	int64_t s, fraction_ns;

	snprintf(digits, sizeof(digits), "%.*s", (int)(len < sizeof(digits) ? len : sizeof(digits)), text);
	if (len >= sizeof(digits) || !parse_number(digits, &s) || s > INT64_MAX / NS_PER_S - 1)
		return false;
	text += len;
	if (!take_fraction(&text, &fraction_ns) || *text)
		return false;
	*ret_at_ns = s * NS_PER_S + fraction_ns;
	return true;
}

bool given_time_at(const char *text, int64_t now_ns, int64_t *ret_at_ns)
{
	int64_t today_ns = now_ns - now_ns % DAY_NS, clock_ns;
	const char *end = text;
	const struct {
		const char *word;
		int64_t at_ns;
	} words[] = {{"now", now_ns}, {"today", today_ns}, {"yesterday", today_ns - DAY_NS}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(text, words[i].word)) {
			*ret_at_ns = words[i].at_ns;
			return true;
		}
	}
	if (*text == '@')
		return parse_seconds(text + 1, ret_at_ns);
	if (take_clock(&end, &clock_ns) && !*end) {
		*ret_at_ns = today_ns + clock_ns;
		return true;
	}
	return parse_date(text, ret_at_ns) || parse_ago(text, now_ns, ret_at_ns);
}

bool given_time(const char *option, const char *text, int64_t *ret_at_ns)
{
	if (!text || given_time_at(text, clock_wall_ns(), ret_at_ns))
		return true;
	return wrong(option, text, "a time in UTC is wanted, such as \"2026-01-31 23:59\", 23:59, \"10m ago\", today, @SECONDS");
}
