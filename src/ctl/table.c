/* Tables: columns as wide as their widest cell, or records where 80 columns are not enough. */
#include <string.h>

#include "base/mem.h"
#include "ctl/memory.h"
#include "ctl/text.h"

#define GAP 2

struct table {
	const char *align;
	const char *const *heads;
	unsigned columns;
	size_t rows, room;
	char **cells; /* row by row */
};

struct table *table_new(const char *align, const char *const *heads)
{
	struct table *t = need(mem_zalloc(1, sizeof(*t)));

	t->align = align;
	t->heads = heads;
	t->columns = (unsigned)strlen(align);
	assert(t->columns <= TABLE_COLUMNS);
	return t;
}

void table_add(struct table *t, const char *const *cells)
{
	if (t->rows == t->room) {
		t->room = t->room ? t->room * 2 : 16;
		t->cells = need(mem_resize(t->cells, t->room * t->columns * sizeof(*t->cells)));
	}
	for (unsigned i = 0; i < t->columns; i++)
		t->cells[t->rows * t->columns + i] = need(mem_strdup(cells[i]));
	t->rows++;
}

static const char *cell(const struct table *t, size_t row, unsigned column)
{
	return t->cells[row * t->columns + column];
}

static void print_line(const struct table *t, FILE *out, unsigned indent, const size_t *width, const char *const *cells)
{
	fprintf(out, "%*s", (int)indent, "");
	for (unsigned i = 0; i < t->columns; i++) {
		bool right = t->align[i] == 'r', last = i + 1 == t->columns;

		fprintf(out, "%*s", i ? GAP : 0, "");
		if (last && !right)
			fputs(cells[i], out);
		else
			fprintf(out, "%*s", right ? (int)width[i] : -(int)width[i], cells[i]);
	}
	fputc('\n', out);
}

static void print_records(const struct table *t, FILE *out, unsigned indent)
{
	size_t widest = 0;

	for (unsigned i = 0; i < t->columns; i++)
		widest = strlen(t->heads[i]) > widest ? strlen(t->heads[i]) : widest;
	for (size_t row = 0; row < t->rows; row++) {
		for (unsigned i = 0; i < t->columns; i++)
			fprintf(out, "%*s%-*s  %s\n", (int)(indent + (i ? 2 : 0)), "", (int)(widest + (i ? 0 : 2)), t->heads[i],
				cell(t, row, i));
	}
}

void table_print(const struct table *t, FILE *out, unsigned indent)
{
	size_t width[TABLE_COLUMNS], total = indent;

	for (unsigned i = 0; i < t->columns; i++) {
		width[i] = strlen(t->heads[i]);
		for (size_t row = 0; row < t->rows; row++)
			width[i] = strlen(cell(t, row, i)) > width[i] ? strlen(cell(t, row, i)) : width[i];
		total += width[i] + (i ? GAP : 0);
	}
	if (total > TEXT_WIDTH) {
		print_records(t, out, indent);
		return;
	}
	print_line(t, out, indent, width, t->heads);
	for (size_t row = 0; row < t->rows; row++)
		print_line(t, out, indent, width, (const char *const *)&t->cells[row * t->columns]);
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->rows * t->columns; i++)
		mem_free(t->cells[i]);
	mem_free(t->cells);
	mem_free(t);
}
