/* Writes bytes so that they are safe where they go. */
#include "ctl/plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/parse.h"

static uint32_t code_point(const char *bytes, size_t len)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (unsigned char)bytes[0] & first[len];

	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)bytes[i] & 0x3f);
	return c;
}

/* Controls, and what turns the direction of writing or hides in it. */
static bool is_evil(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200b || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

/* Columns of a terminal, near enough. */
static size_t width_of(uint32_t c)
{
	static const uint32_t none[][2] = {{0x300, 0x36f}, {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
	static const uint32_t two[][2] = {{0x1100, 0x115f},   {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},	{0xf900, 0xfaff},
					  {0xfe30, 0xfe6f},   {0xff00, 0xff60},	  {0xffe0, 0xffe6},	{0x1f300, 0x1f64f},
					  {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

	for (size_t i = 0; c >= none[0][0] && i < ARRAY_LEN(none); i++) {
		if (c >= none[i][0] && c <= none[i][1])
			return 0;
	}
	for (size_t i = 0; c >= two[0][0] && i < ARRAY_LEN(two); i++) {
		if (c >= two[i][0] && c <= two[i][1])
			return 2;
	}
	return 1;
}

/* How the next character is shown: its bytes in *ret_step, and its columns. text: at least 20 bytes. */
static const char *show(const char *bytes, size_t len, char *text, size_t *ret_step, size_t *ret_len, size_t *ret_width)
{
	static const char names[][2] = {{'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}};
	size_t step = utf8_char(bytes, len);
	uint32_t c = step ? code_point(bytes, step) : 0;

	*ret_step = step ? step : 1;
	if (step && !is_evil(c)) {
		*ret_len = step;
		*ret_width = width_of(c);
		return bytes;
	}
	*ret_len = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (bytes[0] == names[i][0])
			*ret_len = (size_t)sprintf(text, "\\%c", names[i][1]);
	}
	for (size_t i = 0; *ret_len == 0 && i < *ret_step; i++)
		sprintf(text + 4 * i, "\\x%02x", (unsigned char)bytes[i]);
	*ret_len = strlen(text);
	*ret_width = *ret_len;
	return text;
}

static size_t walk(FILE *out, const char *bytes, size_t len)
{
	size_t columns = 0;

	while (len > 0) {
		char text[20];
		size_t step, shown, width;
		const char *what = show(bytes, len, text, &step, &shown, &width);

		if (out)
			fwrite(what, 1, shown, out);
		columns += width;
		bytes += step;
		len -= step;
	}
	return columns;
}

size_t plain_write(FILE *out, const char *bytes, size_t len)
{
	return walk(out, bytes, len);
}

size_t plain_width(const char *bytes, size_t len)
{
	return walk(NULL, bytes, len);
}

/* ---- JSON ---- */

static void json_char(FILE *out, uint32_t c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", (char)c);
	else if (c == '\n')
		fputs("\\n", out);
	else if (c == '\t')
		fputs("\\t", out);
	else if (c < 0x10000)
		fprintf(out, "\\u%04x", c);
	else
		fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
}

void plain_json(FILE *out, const char *bytes, size_t len)
{
	size_t begin = 0, at = 0;

	fputc('"', out);
	while (at < len) {
		unsigned char first = (unsigned char)bytes[at];
		size_t step;
		uint32_t c;

		if (first >= ' ' && first < 0x7f && first != '"' && first != '\\') {
			at++;
			continue;
		}
		step = utf8_char(bytes + at, len - at);
		c = step ? code_point(bytes + at, step) : first ? 0xfffd : 0;
		step += step == 0;
		if (c >= 0x80 && c != 0xfffd && !is_evil(c)) {
			at += step;
			continue;
		}
		fwrite(bytes + begin, 1, at - begin, out);
		json_char(out, c);
		at += step;
		begin = at;
	}
	fwrite(bytes + begin, 1, at - begin, out);
	fputc('"', out);
}

void plain_base64(FILE *out, const char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t n = (uint32_t)(unsigned char)bytes[i] << 16;

		n |= left > 1 ? (uint32_t)(unsigned char)bytes[i + 1] << 8 : 0;
		n |= left > 2 ? (unsigned char)bytes[i + 2] : 0;
		fputc(digits[n >> 18], out);
		fputc(digits[n >> 12 & 63], out);
		fputc(left > 1 ? digits[n >> 6 & 63] : '=', out);
		fputc(left > 2 ? digits[n & 63] : '=', out);
	}
}

/* ---- CSV ---- */

void plain_csv(FILE *out, const char *bytes, size_t len)
{
	bool quote = len > 0 && (bytes[0] == ' ' || bytes[len - 1] == ' ');

	for (size_t i = 0; !quote && i < len; i++)
		quote = bytes[i] == ',' || bytes[i] == '"' || bytes[i] == '\n' || bytes[i] == '\r';
	if (!quote) {
		fwrite(bytes, 1, len, out);
		return;
	}
	fputc('"', out);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '"')
			fputc('"', out);
		fputc(bytes[i], out);
	}
	fputc('"', out);
}
