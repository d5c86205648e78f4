/* Reads the books of one store at one moment, and words them as JSON. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "daemon/control_verbs.h"

/* How many accounts there may be: the first guess, and what is added when there are more. */
#define BOOKS_STEP 32

struct reading {
	struct control_books *books;
	unsigned room, seen;
};

/* Under the queue's lock: copies, nothing else. */
static void read_account(void *arg, const struct account *a)
{
	struct reading *r = arg;

	if (r->seen < r->room) {
		r->books->book[r->seen] = (struct control_book){.listener = a->listener, .sums = a->sums};
		r->books->balanced &= ledger_balanced(&a->sums);
	}
	r->seen++;
}

void control_books_add(struct account_sums *to, const struct account_sums *s)
{
	to->received += s->received;
	to->received_bytes += s->received_bytes;
	to->stored += s->stored;
	to->stored_bytes += s->stored_bytes;
	to->queued += s->queued;
	to->in_flight += s->in_flight;
	for (unsigned r = 0; r < LOSS_REASONS; r++) {
		to->lost[r] += s->lost[r];
		to->lost_bytes[r] += s->lost_bytes[r];
	}
}

bool control_books_read(struct queue *q, struct control_books *ret)
{
	struct reading r = {.books = ret};

	*ret = (struct control_books){0};
	do {
		mem_free(ret->book);
		r.room = r.seen + BOOKS_STEP;
		r.seen = 0;
		ret->balanced = true;
		ret->book = mem_zalloc(r.room, sizeof(*ret->book));
		if (!ret->book)
			return false;
		queue_each_account(q, read_account, &r);
	} while (r.seen > r.room);
	ret->count = r.seen;
	for (unsigned i = 0; i < ret->count; i++)
		control_books_add(&ret->total, &ret->book[i].sums);
	return true;
}

void control_books_free(struct control_books *b)
{
	mem_free(b->book);
	b->book = NULL;
}

json_t *control_columns(const struct account_sums *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "received", (json_int_t)s->received, "kernel",
			 (json_int_t)s->lost[LOSS_KERNEL], "stored", (json_int_t)s->stored, "lost",
			 (json_int_t)ledger_lost_total(s), "queued", (json_int_t)s->queued, "in_flight",
			 (json_int_t)s->in_flight, "balanced", ledger_balanced(s));
}

json_t *control_losses(const struct account_sums *s)
{
	json_t *list = json_array();

	for (unsigned r = 0; list && r < LOSS_REASONS; r++) {
		json_t *row;

		if (s->lost[r] == 0 && s->lost_bytes[r] == 0)
			continue;
		row = json_pack("{s:s, s:I, s:I}", "reason", loss_reason_name(r), "messages", (json_int_t)s->lost[r],
				"bytes", (json_int_t)s->lost_bytes[r]);
		if (!row || json_array_append_new(list, row) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

json_t *control_text(const char *text)
{
	size_t len = strlen(text);
	char *plain, *out;
	json_t *value;

	if (utf8_valid(text, len))
		return json_stringn(text, len);
	plain = out = mem_alloc(len * 4 + 1);
	if (!plain)
		return NULL;
	while (len > 0) {
		size_t step = utf8_char(text, len);

		if (step > 0)
			memcpy(out, text, step);
		out += step > 0 ? (int)step : sprintf(out, "\\x%02x", (unsigned char)*text);
		step += step == 0;
		text += step;
		len -= step;
	}
	*out = '\0';
	value = json_string(plain);
	mem_free(plain);
	return value;
}
