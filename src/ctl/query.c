/* query: one question in SQL; the answer is kept until it is whole, then written as a table, CSV or JSON lines. */
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "ctl/find.h"
#include "ctl/given.h"
#include "ctl/memory.h"
#include "ctl/plain.h"
#include "ctl/spool.h"
#include "store/reader_query.h"

#define TIMEOUT_NS (30 * NS_PER_S)
#define LONGEST_NS (86400 * NS_PER_S)
#define GAP 2
#define NARROWEST 40

enum query_format { QUERY_TABLE, QUERY_CSV, QUERY_JSONL };

struct answer {
	unsigned columns;
	char **names;
	size_t *width;  /* of the widest cell */
	bool *right;    /* all of it are numbers */
	struct spool cells;
	bool full;      /* neither memory nor disk takes more */
};

/* A cell in the spool, followed by its bytes. */
struct cell {
	enum reader_kind kind;
	size_t len;
};

/* ---- keeping it ---- */

static bool keep_columns(void *arg, unsigned count, const char *const *names)
{
	struct answer *a = arg;

	a->columns = count;
	a->names = need(mem_zalloc(count + 1, sizeof(*a->names)));
	a->width = need(mem_zalloc(count + 1, sizeof(*a->width)));
	a->right = need(mem_zalloc(count + 1, sizeof(*a->right)));
	for (unsigned i = 0; i < count; i++) {
		a->names[i] = need(mem_strdup(names[i]));
		a->width[i] = plain_width(names[i], strlen(names[i]));
		a->right[i] = true;
	}
	return true;
}

static bool keep_row(void *arg, unsigned count, const struct reader_value *v)
{
	struct answer *a = arg;

	for (unsigned i = 0; i < count && !a->full; i++) {
		struct cell cell = {.kind = v[i].kind, .len = v[i].len};
		size_t width = plain_width(v[i].bytes, v[i].len);

		if (width > a->width[i])
			a->width[i] = width;
		a->right[i] &= v[i].kind == READER_INTEGER || v[i].kind == READER_REAL || v[i].kind == READER_NULL;
		a->full = !spool_add(&a->cells, &cell, sizeof(cell)) || !spool_add(&a->cells, v[i].bytes, v[i].len);
	}
	return !a->full;
}

static void forget(struct answer *a)
{
	for (unsigned i = 0; i < a->columns; i++)
		mem_free(a->names[i]);
	mem_free(a->names);
	mem_free(a->width);
	mem_free(a->right);
	spool_done(&a->cells);
}

/* The next cell, its bytes in *ret for mem_free. */
static struct cell next_cell(struct answer *a, char **ret)
{
	struct cell cell = {.kind = READER_NULL};

	if (!spool_read(&a->cells, &cell, sizeof(cell)))
		cell.len = 0;
	*ret = need(mem_alloc(cell.len + 1));
	if (!spool_read(&a->cells, *ret, cell.len))
		cell.len = 0;
	(*ret)[cell.len] = '\0';
	return cell;
}

/* ---- for people ---- */

static size_t terminal_width(void)
{
	struct winsize w;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0)
		return SIZE_MAX;
	return w.ws_col > NARROWEST ? w.ws_col : NARROWEST;
}

static void pad(size_t columns)
{
	while (columns-- > 0)
		putchar(' ');
}

static void write_cell(const struct answer *a, unsigned i, const char *bytes, size_t len)
{
	size_t width = plain_width(bytes, len), rest = a->width[i] > width ? a->width[i] - width : 0;

	pad(i ? GAP : 0);
	if (a->right[i])
		pad(rest);
	plain_write(stdout, bytes, len);
	if (!a->right[i] && i + 1 < a->columns)
		pad(rest);
}

static void write_table(struct answer *a, uint64_t rows)
{
	char *bytes;

	for (unsigned i = 0; i < a->columns; i++)
		write_cell(a, i, a->names[i], strlen(a->names[i]));
	putchar('\n');
	for (uint64_t row = 0; row < rows; row++) {
		for (unsigned i = 0; i < a->columns; i++) {
			struct cell cell = next_cell(a, &bytes);

			write_cell(a, i, bytes, cell.len);
			mem_free(bytes);
		}
		putchar('\n');
	}
}

/* Too wide for the terminal: one line for each value. */
static void write_records(struct answer *a, uint64_t rows)
{
	size_t widest = 0;
	char *bytes;

	for (unsigned i = 0; i < a->columns; i++) {
		size_t width = plain_width(a->names[i], strlen(a->names[i]));

		widest = width > widest ? width : widest;
	}
	for (uint64_t row = 0; row < rows; row++) {
		if (row > 0)
			putchar('\n');
		for (unsigned i = 0; i < a->columns; i++) {
			struct cell cell = next_cell(a, &bytes);

			pad(widest - plain_width(a->names[i], strlen(a->names[i])));
			plain_write(stdout, a->names[i], strlen(a->names[i]));
			pad(GAP);
			plain_write(stdout, bytes, cell.len);
			putchar('\n');
			mem_free(bytes);
		}
	}
}

/* All but the last column have to fit, which may go on for as long as it likes. */
static bool fits(const struct answer *a)
{
	size_t total = 0;

	for (unsigned i = 0; i + 1 < a->columns; i++)
		total += a->width[i] + GAP;
	return total + NARROWEST / 2 <= terminal_width();
}

/* ---- for programs ---- */

static void write_field(const char *bytes, size_t len, bool terminal)
{
	if (terminal)
		plain_write(stdout, bytes, len);
	else
		plain_csv(stdout, bytes, len);
}

static void write_csv(struct answer *a, uint64_t rows)
{
	bool terminal = isatty(STDOUT_FILENO);
	char *bytes;

	for (unsigned i = 0; i < a->columns; i++) {
		fputs(i ? "," : "", stdout);
		write_field(a->names[i], strlen(a->names[i]), terminal);
	}
	putchar('\n');
	for (uint64_t row = 0; row < rows; row++) {
		for (unsigned i = 0; i < a->columns; i++) {
			struct cell cell = next_cell(a, &bytes);

			fputs(i ? "," : "", stdout);
			write_field(bytes, cell.len, terminal);
			mem_free(bytes);
		}
		putchar('\n');
	}
}

static void write_json_value(const struct cell *cell, const char *bytes)
{
	switch (cell->kind) {
	case READER_NULL:
		fputs("null", stdout);
		break;
	case READER_INTEGER:
		fputs(bytes, stdout);
		break;
	case READER_REAL:
		/* JSON has no word for the infinite. */
		fputs(strpbrk(bytes, "IiNn") ? "null" : bytes, stdout);
		break;
	case READER_TEXT:
		plain_json(stdout, bytes, cell->len);
		break;
	case READER_BLOB:
		fputs("{\"base64\":\"", stdout);
		plain_base64(stdout, bytes, cell->len);
		fputs("\"}", stdout);
		break;
	}
}

static void write_jsonl(struct answer *a, uint64_t rows)
{
	char *bytes;

	for (uint64_t row = 0; row < rows; row++) {
		for (unsigned i = 0; i < a->columns; i++) {
			struct cell cell = next_cell(a, &bytes);

			putchar(i ? ',' : '{');
			plain_json(stdout, a->names[i], strlen(a->names[i]));
			putchar(':');
			write_json_value(&cell, bytes);
			mem_free(bytes);
		}
		puts("}");
	}
}

/* ---- the verb ---- */

static void write_answer(struct answer *a, enum query_format format, uint64_t rows)
{
	switch (format) {
	case QUERY_TABLE:
		if (rows > 0)
			fits(a) ? write_table(a, rows) : write_records(a, rows);
		break;
	case QUERY_CSV:
		write_csv(a, rows);
		break;
	case QUERY_JSONL:
		write_jsonl(a, rows);
		break;
	}
}

static int run(const char *path, const struct ctl *c, enum query_format format, int64_t timeout_ns)
{
	struct answer a = {0};
	const struct reader_query q = {
		.sql = c->operand, .timeout_ns = timeout_ns, .columns = keep_columns, .row = keep_row, .arg = &a};
	struct err err;
	struct reader *r = reader_open(path, &err);
	uint64_t rows = 0;
	int rc = r ? reader_ask(r, &q, &rows, &err) : -1;

	reader_close(r); /* before anything is written: whoever reads it may be slow */
	if (rc == 0 && (a.full || !spool_rewind(&a.cells))) {
		err_set(&err, EXIT_IO, "the answer does not fit into memory and $TMPDIR");
		rc = -1;
	}
	if (rc == 0)
		write_answer(&a, format, rows);
	else
		complain(&err);
	forget(&a);
	return rc < 0 ? err.exit_code : rows > 0 ? EXIT_CLEAN : EXIT_NOT_FOUND;
}

int verb_query(const struct ctl *c)
{
	int64_t timeout_ns = TIMEOUT_NS;
	int format = QUERY_TABLE, code;
	char *path;

	if (!given_word("output", c->output, c->verb->formats, &format) ||
	    !given_duration("timeout", c->timeout, 0, LONGEST_NS, &timeout_ns))
		return EXIT_USAGE;
	code = find_store(c, &path);
	if (code != 0)
		return code;
	code = run(path, c, (enum query_format)format, timeout_ns);
	mem_free(path);
	return code;
}
