/* Here a configuration is written down as a file that reads back the same, each value with where it came from. */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "conf/section.h"
#include "conf/value.h"

#define DUMP_LINE 198   /* what Debian's inih reads */
#define DUMP_COLUMN 40  /* where the origin stands, if the value leaves room */
#define DUMP_LIST 60    /* bytes of a list on one line */
#define DUMP_ORIGIN 150 /* bytes of a file's name; the front of a longer one is left out */

struct text {
	char bytes[DUMP_ORIGIN + 32];
};

/* "FILE:LINE" or "default", fit for a comment. */
static const char *origin_text(const struct conf_origin *origin, struct text *t)
{
	size_t len = origin->file ? strlen(origin->file) : 0;
	const char *front = "";

	if (!origin->file)
		return "default";
	if (len > DUMP_ORIGIN)
		front = "...";
	snprintf(t->bytes, sizeof(t->bytes), "%s%s:%d", front, origin->file + (len > DUMP_ORIGIN ? len - DUMP_ORIGIN : 0),
		 origin->line);
	for (char *p = t->bytes; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	return t->bytes;
}

/* True if a file can say it. Only paths from the environment may be otherwise. */
static bool sayable(const char *key, const char *value)
{
	size_t len = strlen(value);

	if (strlen(key) + strlen("=") + len > DUMP_LINE || (len && (isspace((unsigned char)value[0]) ||
								    isspace((unsigned char)value[len - 1]))))
		return false;
	for (const char *p = value; *p; p++) {
		if (iscntrl((unsigned char)*p) && *p != '\t')
			return false;
		if ((*p == '#' && (p == value || isspace((unsigned char)p[-1]))) ||
		    (*p == ';' && p > value && isspace((unsigned char)p[-1])))
			return false;
	}
	return true;
}

static void dump_line(FILE *out, const char *key, const char *value, const struct conf_origin *origin)
{
	struct text t;
	const char *from = origin_text(origin, &t);
	bool tight = *value == ';' || strlen(key) + strlen(" = ") + strlen(value) > DUMP_LINE;
	const char *equals = tight ? " =" : " = ";
	size_t len = strlen(key) + strlen(equals) + strlen(value);
	int width;

	if (!sayable(key, value)) {
		fprintf(out, "; %s is the default; no line of a file can say it\n", key);
		return;
	}
	if (len > DUMP_LINE)
		equals = "=";
	if ((len < DUMP_COLUMN ? DUMP_COLUMN : len) + strlen(" ; ") + strlen(from) > DUMP_LINE) {
		fprintf(out, "; %s\n%s%s%s\n", from, key, equals, value);
		return;
	}
	width = len < DUMP_COLUMN ? (int)(DUMP_COLUMN - len + strlen(value)) : (int)strlen(value);
	fprintf(out, "%s%s%-*s ; %s\n", key, equals, width, value, from);
}

/* A list on as many lines as it takes: repeated in one file, the key accumulates. `value` is cut up. */
static void dump_list(FILE *out, const char *key, char *value, const struct conf_origin *origin)
{
	char *end;

	while (strlen(value) > DUMP_LIST) {
		for (end = value + DUMP_LIST; *end != ','; end--)
			;
		*end = '\0';
		dump_line(out, key, value, origin);
		value = end + 2;
	}
	dump_line(out, key, value, origin);
}

static void dump_section(FILE *out, enum key_kind kind, void *base)
{
	const struct key_section *s = key_section(kind);
	const struct conf_origin *origin = section_origin(kind, base);
	char title[SECTION_TITLE], *value;
	struct text t;

	section_title(kind, section_name(kind, base), title, sizeof(title));
	if (origin)
		fprintf(out, "%-*s ; %s\n", DUMP_COLUMN, title, origin_text(origin, &t));
	else
		fprintf(out, "%s\n", title);
	for (unsigned i = 0; i < s->count; i++) {
		value = value_format(&s->keys[i], base);
		if (!value)
			fprintf(out, "; %s: out of memory\n", s->keys[i].name);
		else if (s->keys[i].type == KEY_CIDRS)
			dump_list(out, s->keys[i].name, value, &section_origins(kind, base)[i]);
		else
			dump_line(out, s->keys[i].name, value, &section_origins(kind, base)[i]);
		mem_free(value);
	}
}

void config_dump(const struct config *c, FILE *out)
{
	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++) {
		for (void *base = section_next(c, kind, NULL); base; base = section_next(c, kind, base)) {
			if (kind != KEY_DAEMON)
				fputc('\n', out);
			dump_section(out, kind, base);
		}
	}
}
