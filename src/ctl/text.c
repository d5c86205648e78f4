/* Words and numbers for people: escaped, grouped, and broken into lines. */
#include "config.h"
#include "ctl/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "ctl/ctl.h"
#include "ctl/memory.h"

char *text_escape(const char *text)
{
	char *plain = need(mem_alloc(strlen(text) * 4 + 1)), *out = plain;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c < 127)
			*out++ = (char)c;
		else
			out += sprintf(out, "\\x%02x", c);
	}
	*out = '\0';
	return plain;
}

void complain(const struct err *err)
{
	char *plain = text_escape(err->text);

	fprintf(stderr, "catchbasin: %s\n", plain);
	mem_free(plain);
}

static json_t *escaped(const char *text)
{
	char *plain = text_escape(text);
	json_t *copy = need(json_string(plain));

	mem_free(plain);
	return copy;
}

json_t *text_json(const char *text)
{
	return utf8_valid(text, strlen(text)) ? need(json_string(text)) : escaped(text);
}

json_t *text_escape_all(const json_t *value)
{
	json_t *copy, *member;
	const char *key;
	size_t i;

	if (json_is_string(value))
		return escaped(json_string_value(value));
	if (json_is_array(value)) {
		copy = need(json_array());
		json_array_foreach(value, i, member)
			need_done(json_array_append_new(copy, text_escape_all(member)));
		return copy;
	}
	if (json_is_object(value)) {
		copy = need(json_object());
		json_object_foreach((json_t *)value, key, member)
			need_done(json_object_set_new(copy, key, text_escape_all(member)));
		return copy;
	}
	return need(json_copy((json_t *)value));
}

const char *text_count(int64_t n, char *ret_text)
{
	ret_text[0] = '-';
	format_count(n < 0 ? -(uint64_t)n : (uint64_t)n, ret_text + (n < 0), TEXT_NUMBER - 1);
	return ret_text;
}

const char *text_bytes(int64_t bytes, char *ret_text)
{
	static const char *const units[] = {"MiB", "GiB", "TiB", "PiB", "EiB"};
	double amount = (double)bytes / (1024 * 1024);
	size_t unit = 0;
	char count[TEXT_NUMBER];

	if (bytes < 1024 * 1024) {
		snprintf(ret_text, TEXT_NUMBER, "%s bytes", text_count(bytes, count));
		return ret_text;
	}
	for (; amount >= 1024 && unit + 1 < ARRAY_LEN(units); unit++)
		amount /= 1024;
	snprintf(ret_text, TEXT_NUMBER, "%.1f %s", amount, units[unit]);
	return ret_text;
}

const char *text_duration(int64_t ms, char *ret_text)
{
	int64_t s = ms / 1000;

	if (ms < 1000)
		snprintf(ret_text, TEXT_NUMBER, "%" PRId64 " ms", ms);
	else if (s < 60)
		snprintf(ret_text, TEXT_NUMBER, "%" PRId64 ".%" PRId64 " s", s, ms % 1000 / 100);
	else if (s < 3600)
		snprintf(ret_text, TEXT_NUMBER, "%" PRId64 "m %" PRId64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(ret_text, TEXT_NUMBER, "%" PRId64 "h %" PRId64 "m", s / 3600, s % 3600 / 60);
	else
		snprintf(ret_text, TEXT_NUMBER, "%" PRId64 "d %" PRId64 "h", s / 86400, s % 86400 / 3600);
	return ret_text;
}

const char *text_time(int64_t at_ns, char *ret_text)
{
	clock_format_utc(at_ns, ret_text, TEXT_NUMBER);
	ret_text[strcspn(ret_text, ".")] = '\0';
	return ret_text;
}

int64_t text_number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

bool text_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

void flow_add(struct flow *f, const char *fmt, ...)
{
	va_list ap;
	char *item = NULL;
	size_t len;
	int rc;

	va_start(ap, fmt);
	rc = vasprintf(&item, fmt, ap);
	va_end(ap);
	need_done(rc < 0 ? -1 : 0);
	len = strlen(item);
	if (f->column > 0 && f->column + 2 + len + 1 > TEXT_WIDTH) {
		fputs(",\n", f->out);
		f->column = 0;
	} else if (f->column > 0) {
		f->column += (size_t)fprintf(f->out, ", ");
	}
	if (f->column == 0)
		f->column = (size_t)fprintf(f->out, "%*s", (int)f->indent, "");
	f->column += len;
	fputs(item, f->out);
	free(item);
}

void flow_end(struct flow *f)
{
	if (f->column > 0)
		fputc('\n', f->out);
	f->column = 0;
}

void text_wrap(FILE *out, const char *first, const char *text)
{
	size_t indent = strlen(first), room = TEXT_WIDTH - indent;

	fputs(first, out);
	while (strlen(text) > room) {
		size_t len = room;

		while (len > 0 && text[len] != ' ')
			len--;
		if (len == 0)
			len = room;
		fprintf(out, "%.*s\n%*s", (int)len, text, (int)indent, "");
		text += len + (text[len] == ' ');
	}
	fprintf(out, "%s\n", text);
}
