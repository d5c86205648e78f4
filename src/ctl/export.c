/* export: the messages of a range, the oldest first, exactly as they are. */
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "ctl/filter.h"
#include "ctl/find.h"
#include "ctl/given.h"
#include "ctl/rows.h"
#include "ctl/text.h"

/* Ids and times rise together, but what waited long comes late. */
#define SLACK_NS (600 * NS_PER_S)

struct export {
	struct filter filter;
	int64_t since_at, until_at, from, to;
	uint64_t count;
	int64_t first_id, last_id;
};

static bool wanted(void *arg, const struct reader_message *m)
{
	struct export *e = arg;

	return m->received_at >= e->since_at && m->received_at <= e->until_at && filter_keep(&e->filter, m);
}

/* Times become ids, as far as that goes: what is left over is sorted out message by message. */
static int find_ends(struct reader *r, struct export *e, struct err *reterr)
{
	int64_t first, last, id;

	if (reader_ids(r, &first, &last, reterr) < 0)
		return -1;
	if (e->to > last)
		e->to = last; /* what comes from now on is not part of it */
	if (e->since_at > SLACK_NS) {
		if (reader_id_at(r, e->since_at - SLACK_NS, &id, reterr) < 0)
			return -1;
		e->from = id > e->from ? id : e->from;
	}
	if (e->until_at < INT64_MAX - SLACK_NS) {
		if (reader_id_at(r, e->until_at + SLACK_NS, &id, reterr) < 0)
			return -1;
		e->to = id < e->to ? id : e->to;
	}
	return 0;
}

static int write_all(struct reader *r, struct export *e, const struct rows *rows, struct err *reterr)
{
	struct reader_range range = {.from = e->from, .to = e->to, .keep = wanted, .arg = e};
	struct reader_page page = {0};
	int rc = range.from > range.to;

	while (rc == 0 && !ferror(rows->out)) {
		rc = reader_page_read(r, &range, &page, reterr);
		for (unsigned i = 0; rc >= 0 && i < page.count; i++) {
			if (e->count++ == 0)
				e->first_id = page.message[i].id;
			e->last_id = page.message[i].id;
			rows_message(rows, &page.message[i]);
		}
	}
	reader_page_done(&page);
	return rc < 0 ? -1 : 0;
}

/* Whoever watches wants to know that it is the whole. */
static void tell(const struct export *e)
{
	char count[TEXT_NUMBER];

	if (isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO) && e->count > 0)
		fprintf(stderr, "%s messages, ids %" PRId64 " to %" PRId64 "\n", text_count((int64_t)e->count, count), e->first_id,
			e->last_id);
}

static int run(const char *path, struct export *e, enum rows_format format)
{
	struct err err;
	struct reader *r = reader_open(path, &err);
	struct rows rows = rows_begin(format);
	int rc = -1;

	if (r && find_ends(r, e, &err) == 0) {
		rows_head(&rows);
		rc = write_all(r, e, &rows, &err);
	}
	reader_close(r);
	if (rc < 0) {
		complain(&err);
		return err.exit_code;
	}
	tell(e);
	return e->count > 0 ? EXIT_CLEAN : EXIT_NOT_FOUND;
}

int verb_export(const struct ctl *c)
{
	struct export e = {.until_at = INT64_MAX, .from = 1, .to = INT64_MAX - 1};
	int format = 0, code;
	char *path;

	if (!given_word("output", c->output, c->verb->formats, &format) || !given_time("since", c->since, &e.since_at) ||
	    !given_time("until", c->until, &e.until_at) || !given_number("from", c->from, 1, INT64_MAX - 1, &e.from) ||
	    !given_number("to", c->to, 1, INT64_MAX - 1, &e.to))
		return EXIT_USAGE;
	code = filter_parse(c, &e.filter);
	if (code != 0)
		return code;
	code = find_store(c, &path);
	if (code == 0) {
		/* The format for people comes first in the enum, and is none of export's. */
		code = run(path, &e, (enum rows_format)(format + ROWS_JSONL));
		mem_free(path);
	}
	filter_done(&e.filter);
	return code;
}
