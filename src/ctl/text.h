/*
 * text - words, numbers and tables for people who read 80 columns.
 *
 * Owns     a table owns its cells
 * Threads  one
 * Blocks   as the stream written to
 * Units    as each function says
 * Errors   without memory the program ends with EXIT_INTERNAL: there is nothing else to do
 * Limits   TEXT_WIDTH columns; a wider table is written as records; TABLE_COLUMNS columns of a table
 * Upholds  nothing but printable ASCII leaves, once strings went through text_escape
 */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/json.h"

#define TEXT_WIDTH 80
#define TABLE_COLUMNS 12

/* Gives a copy with everything but printable ASCII as \xNN: safe to show, not meant to be read back. */
char *text_escape(const char *text) MUST_CHECK;
/* A copy of value in which every string is escaped. */
json_t *text_escape_all(const json_t *value) MUST_CHECK;

/* A string as JSON, which must be UTF-8: escaped if it is not. */
json_t *text_json(const char *text) MUST_CHECK;

/* Numbers for people, in memory of the caller: at least TEXT_NUMBER bytes. Gives ret_text. */
#define TEXT_NUMBER 48
const char *text_count(int64_t n, char *ret_text);
/* "1,234 bytes", "12.3 MiB". */
const char *text_bytes(int64_t bytes, char *ret_text);
/* "20 ms", "4.1 s", "3d 4h 12m 5s". */
const char *text_duration(int64_t ms, char *ret_text);
/* "2026-01-31 23:59:58" in UTC, of nanoseconds since 1970. */
const char *text_time(int64_t at_ns, char *ret_text);

/* Members of an object: 0, "?" and false where they are missing. */
int64_t text_number_of(const json_t *object, const char *key);
const char *text_of(const json_t *object, const char *key);
bool text_true(const json_t *object, const char *key);

/* Items behind one another, separated by commas, broken into lines of at most TEXT_WIDTH columns. */
struct flow {
	FILE *out;
	unsigned indent;
	size_t column; /* 0: nothing written yet */
};

void flow_add(struct flow *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Ends the last line. */
void flow_end(struct flow *f);

/* The text behind `first`, broken at blanks into lines of at most TEXT_WIDTH columns, the later ones indented as far. */
void text_wrap(FILE *out, const char *first, const char *text);

struct table;

/* align: a letter for each column, l or r. Borrows heads for the table's life. */
struct table *table_new(const char *align, const char *const *heads) MUST_CHECK;
/* Adds a row: as many strings as there are columns, copied. */
void table_add(struct table *t, const char *const *cells);
void table_print(const struct table *t, FILE *out, unsigned indent);
void table_free(struct table *t);

#endif
