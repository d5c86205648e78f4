/* tail: the newest messages, with losses and what was pruned too early among them, and what comes after. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "ctl/ctl.h"
#include "ctl/filter.h"
#include "ctl/find.h"
#include "ctl/given.h"
#include "ctl/losses.h"
#include "ctl/memory.h"
#include "ctl/rows.h"

#define LAST 10
#define MOST 100000000
#define LOOK_NS (100 * NS_PER_MS)

struct tail {
	const struct ctl *c;
	char *path;
	struct reader *reader;
	struct rows rows;
	struct filter filter;
	struct losses losses;
	int64_t next_id;     /* the first that was not looked at */
	int64_t due_id;      /* where it is not there any more, it was pruned too early; 0: no id is due yet */
	int64_t first_seen;  /* of a page: its lowest id, wanted or not; 0: none */
	int64_t since_at;    /* 0: not asked for */
	int64_t count;
	int64_t first_at;    /* of what is shown: losses before it are not */
	int64_t version;
	uint64_t shown;
};

static int fail(const struct err *err)
{
	complain(err);
	return err->exit_code;
}

/* ---- where to begin ---- */

/* Counts messages backwards, and remembers how far it came. */
struct backwards {
	const struct filter *filter;
	int64_t left, id, at;
};

static bool count_back(void *arg, const struct reader_message *m)
{
	struct backwards *b = arg;

	if (b->left > 0 && filter_keep((void *)(uintptr_t)b->filter, m)) {
		b->left--;
		b->id = m->id;
		b->at = m->received_at;
	}
	return false;
}

/* The last `count` that are wanted begin at t->next_id. */
static int go_back(struct tail *t, int64_t last, struct err *reterr)
{
	struct backwards b = {.filter = &t->filter, .left = t->count, .id = last + 1, .at = INT64_MAX};
	struct reader_range range = {.from = last, .to = 1, .keep = count_back, .arg = &b};
	struct reader_page page = {0};
	int rc = last < 1;

	if (last == 1)
		range.to = 0; /* downwards, although there is only one */
	while (rc == 0 && b.left > 0)
		rc = reader_page_read(t->reader, &range, &page, reterr);
	reader_page_done(&page);
	t->next_id = t->due_id = b.id;
	t->first_at = b.at;
	return rc < 0 ? -1 : 0;
}

/* Ids and times rise together, but what waited long comes late. */
#define SLACK_NS (600 * NS_PER_S)

static int find_begin(struct tail *t, struct err *reterr)
{
	int64_t first, last;

	if (reader_version(t->reader, &t->version, reterr) < 0 || reader_given(t->reader, &first, &last, reterr) < 0)
		return -1;
	if (!t->since_at)
		return go_back(t, last, reterr);
	t->first_at = t->since_at;
	return reader_id_at(t->reader, t->since_at - SLACK_NS, &t->next_id, reterr);
}

/* ---- writing ---- */

static bool wanted(void *arg, const struct reader_message *m)
{
	struct tail *t = arg;

	if (!t->first_seen)
		t->first_seen = m->id;
	return m->received_at >= t->since_at && filter_keep(&t->filter, m);
}

/* After each page: the rows from due_id to the first that was seen are gone. Pruning takes the oldest, so where older
 * ones are still there it was somebody's own DELETE. With no row at all, `from` is moved behind what was pruned. */
static int write_pruned(struct tail *t, int64_t *from, struct err *reterr)
{
	int64_t to = t->first_seen, first, last;

	if (to && (to == t->due_id || !t->due_id))
		return 0;
	if (reader_given(t->reader, &first, &last, reterr) < 0)
		return -1;
	if (!to) {
		to = first;
		*from = to > *from ? to : *from;
	}
	if (t->due_id && to > t->due_id && to <= first)
		rows_pruned(&t->rows, t->due_id, to - 1);
	return 0;
}

/* All that is there from next_id on. */
static int write_new(struct tail *t, struct err *reterr)
{
	struct reader_range range = {.from = t->next_id, .to = INT64_MAX, .keep = wanted, .arg = t};
	struct reader_page page = {0};
	int rc;

	do {
		t->first_seen = 0;
		rc = reader_page_read(t->reader, &range, &page, reterr);
		if (rc >= 0 && write_pruned(t, &range.from, reterr) < 0)
			rc = -1;
		for (unsigned i = 0; rc >= 0 && i < page.count; i++) {
			losses_write(&t->losses, &t->rows, page.message[i].received_at);
			rows_message(&t->rows, &page.message[i]);
			t->shown++;
		}
		/* Where the page ends early, the next one goes on behind it; where the rows end, there will be more. */
		t->next_id = t->due_id = range.from;
	} while (rc == 0 && !ferror(t->rows.out));
	reader_page_done(&page);
	return rc < 0 ? -1 : 0;
}

static int write_all(struct tail *t, struct err *reterr)
{
	if (losses_read(&t->losses, t->reader, t->first_at, reterr) < 0 || write_new(t, reterr) < 0)
		return -1;
	losses_write(&t->losses, &t->rows, INT64_MAX);
	return 0;
}

/* ---- following ---- */

/* The store was replaced, or a daemon has begun to write to it. 0, 1: it is not there, -1 with reterr. */
static int open_anew(struct tail *t, struct err *reterr)
{
	int64_t first, last;
	struct reader *fresh = reader_open(t->path, reterr);

	if (!fresh)
		return reterr->exit_code == EXIT_CANT_CREATE ? 1 : -1;
	reader_close(t->reader);
	t->reader = fresh;
	t->version = -1;
	if (reader_given(fresh, &first, &last, reterr) < 0)
		return -1;
	if (last + 1 < t->next_id) {
		rows_remark(&t->rows, "another store has taken the place of this one");
		t->next_id = 1;
		t->due_id = 0;
		t->losses.last_id = 0;
	}
	return 0;
}

static int follow(struct tail *t, struct err *reterr)
{
	t->first_at = 0;
	while (!ferror(t->rows.out) && fflush(t->rows.out) == 0) {
		int64_t version;

		sync_sleep_until(sync_now_ns() + LOOK_NS);
		if (reader_stale(t->reader)) {
			int rc = open_anew(t, reterr);

			if (rc < 0)
				return -1;
			if (rc > 0)
				continue;
		}
		if (reader_version(t->reader, &version, reterr) < 0)
			return -1;
		if (version == t->version)
			continue;
		t->version = version;
		if (write_all(t, reterr) < 0)
			return -1;
	}
	return 0;
}

/* ---- the verb ---- */

static int run(struct tail *t)
{
	struct err err;

	t->reader = reader_open(t->path, &err);
	if (!t->reader || find_begin(t, &err) < 0)
		return fail(&err);
	t->losses.filter = &t->filter;
	rows_head(&t->rows);
	if (write_all(t, &err) < 0)
		return fail(&err);
	if (t->c->follow && follow(t, &err) < 0)
		return fail(&err);
	return t->shown > 0 || t->c->follow ? EXIT_CLEAN : EXIT_NOT_FOUND;
}

int verb_tail(const struct ctl *c)
{
	struct tail t = {.c = c, .count = c->since ? MOST : LAST};
	int format = ROWS_SHORT, code;

	if (!given_word("output", c->output, c->verb->formats, &format) || !given_number("count", c->count, 0, MOST, &t.count) ||
	    !given_time("since", c->since, &t.since_at))
		return EXIT_USAGE;
	code = filter_parse(c, &t.filter);
	if (code == 0)
		code = find_store(c, &t.path);
	if (code == 0) {
		t.rows = rows_begin((enum rows_format)format);
		code = run(&t);
	}
	reader_close(t.reader);
	losses_done(&t.losses);
	filter_done(&t.filter);
	mem_free(t.path);
	return code;
}
