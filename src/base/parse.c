/* Here text becomes numbers, whole or not at all, and numbers become the shortest text that says the same. */
#include "base/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct unit {
	const char *name;
	int64_t factor;
};

/* Largest first: the first that divides a value gives its shortest text. */
static const struct unit sizes[] = {
    {"G", INT64_C(1) << 30},
    {"M", INT64_C(1) << 20},
    {"K", INT64_C(1) << 10},
    {"", 1},
};

static const struct unit durations[] = {
    {"d", INT64_C(86400000000000)}, {"h", INT64_C(3600000000000)}, {"m", INT64_C(60000000000)},
    {"s", INT64_C(1000000000)},	    {"ms", INT64_C(1000000)},
};

/* Reads digits; gives where they end, or NULL if there are none or too many. */
static const char *digits(const char *text, int64_t *ret)
{
	int64_t value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *p - '0', &value))
			return NULL;
	if (p == text)
		return NULL;
	*ret = value;
	return p;
}

static bool with_unit(const char *text, const struct unit *units, size_t count, bool any_case, int64_t *ret)
{
	int64_t value;
	const char *end = digits(text, &value);

	if (!end)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (any_case ? strcasecmp(end, units[i].name) : strcmp(end, units[i].name))
			continue;
		if (__builtin_mul_overflow(value, units[i].factor, &value))
			return false;
		*ret = value;
		return true;
	}
	return false;
}

bool parse_number(const char *text, int64_t *ret)
{
	int64_t value;
	const char *end = digits(text, &value);

	if (!end || *end)
		return false;
	*ret = value;
	return true;
}

bool parse_size(const char *text, int64_t *ret_bytes)
{
	return with_unit(text, sizes, ARRAY_LEN(sizes), true, ret_bytes);
}

bool parse_duration(const char *text, int64_t *ret_ns)
{
	int64_t zero;

	if (parse_number(text, &zero) && zero == 0) {
		*ret_ns = 0;
		return true;
	}
	return with_unit(text, durations, ARRAY_LEN(durations), false, ret_ns);
}

bool parse_bool(const char *text, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}, {"on", true}, {"off", false}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcasecmp(text, words[i].word)) {
			*ret = words[i].value;
			return true;
		}
	}
	return false;
}

/* False if no unit divides the value. */
static bool shortest(int64_t value, const struct unit *units, size_t count, char *ret_text, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		if (value % units[i].factor)
			continue;
		snprintf(ret_text, size, "%" PRId64 "%s", value / units[i].factor, units[i].name);
		return true;
	}
	return false;
}

void format_size(int64_t bytes, char *ret_text, size_t size)
{
	if (bytes == 0 || !shortest(bytes, sizes, ARRAY_LEN(sizes), ret_text, size))
		snprintf(ret_text, size, "%" PRId64, bytes);
}

void format_duration(int64_t ns, char *ret_text, size_t size)
{
	if (ns == 0)
		snprintf(ret_text, size, "0");
	else if (!shortest(ns, durations, ARRAY_LEN(durations), ret_text, size))
		snprintf(ret_text, size, "%" PRId64 "ns", ns);
}

void format_count(uint64_t count, char *ret_text, size_t size)
{
	char plain[24], grouped[32], *out = grouped;
	int len = snprintf(plain, sizeof(plain), "%" PRIu64, count);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*out++ = ',';
		*out++ = plain[i];
	}
	*out = '\0';
	snprintf(ret_text, size, "%s", grouped);
}

/* What may follow a first byte: how many bytes in all, and the range of the second (Unicode, table 3-7). */
static size_t sequence(unsigned char lead, unsigned char *ret_low, unsigned char *ret_high)
{
	*ret_low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	*ret_high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf5 ? 4 : 0;
}

size_t utf8_char(const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	unsigned char low, high;
	size_t want;

	if (len == 0 || p[0] == 0)
		return 0;
	want = sequence(p[0], &low, &high);
	if (want > len)
		return 0;
	if (want > 1 && (p[1] < low || p[1] > high))
		return 0;
	for (size_t i = 2; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

size_t utf8_cut(const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	unsigned char low, high;

	/* The lead of a character that the cut may have hit stands in the last three bytes. */
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		if ((p[len - back] & 0xc0) == 0x80)
			continue;
		return sequence(p[len - back], &low, &high) > back ? len - back : len;
	}
	return len;
}

/* Are these 16 bytes ASCII without NUL? */
static bool plain_16(const char *bytes)
{
#ifdef __SSE2__
	/* Each is, as a signed number, greater than 0. */
	__m128i v = _mm_loadu_si128((const __m128i_u *)bytes);

	return _mm_movemask_epi8(_mm_cmpgt_epi8(v, _mm_setzero_si128())) == 0xffff;
#else
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t v[2];

	/* No top bit is set, and taking 1 from each borrows nowhere. */
	memcpy(v, bytes, sizeof(v));
	return ((v[0] | (v[0] - ones) | v[1] | (v[1] - ones)) & tops) == 0;
#endif
}

static bool plain_64(const char *bytes)
{
#ifdef __SSE2__
	const __m128i_u *v = (const __m128i_u *)bytes;
	__m128i none = _mm_setzero_si128(), a, b;

	a = _mm_and_si128(_mm_cmpgt_epi8(_mm_loadu_si128(v), none), _mm_cmpgt_epi8(_mm_loadu_si128(v + 1), none));
	b = _mm_and_si128(_mm_cmpgt_epi8(_mm_loadu_si128(v + 2), none), _mm_cmpgt_epi8(_mm_loadu_si128(v + 3), none));
	return _mm_movemask_epi8(_mm_and_si128(a, b)) == 0xffff;
#else
	return plain_16(bytes) && plain_16(bytes + 16) && plain_16(bytes + 32) && plain_16(bytes + 48);
#endif
}

bool utf8_valid(const char *bytes, size_t len)
{
	const char *start = bytes, *end = bytes + len;

	while (bytes < end) {
		size_t step;

		while (end - bytes >= 64 && plain_64(bytes))
			bytes += 64;
		while (end - bytes >= 16 && plain_16(bytes))
			bytes += 16;
		/* What is left of the last 16, together with some that were seen before. */
		if (end - bytes < 16 && end - start >= 16 && plain_16(end - 16))
			break;
		if (bytes == end)
			break;
		step = utf8_char(bytes, (size_t)(end - bytes));
		if (step == 0)
			return false;
		bytes += step;
	}
	return true;
}
