/* Keeps losses until the moment comes at which they are told. */
#include "ctl/losses.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ctl/memory.h"

static void forget(struct losses *l)
{
	for (unsigned i = 0; i < l->count; i++) {
		mem_free((char *)(uintptr_t)l->row[i].listener);
		mem_free((char *)(uintptr_t)l->row[i].reason);
	}
	l->count = l->at = 0;
}

static void keep(void *arg, const struct reader_loss *loss)
{
	struct losses *l = arg;

	if (loss->id > l->last_id)
		l->last_id = loss->id;
	if (loss->to_at < l->since_at || !filter_keep_loss(l->filter, loss))
		return;
	if (l->count == l->room) {
		l->room = l->room ? l->room * 2 : 16;
		l->row = need(mem_resize(l->row, l->room * sizeof(*l->row)));
	}
	l->row[l->count] = *loss;
	l->row[l->count].listener = need(mem_strdup(loss->listener));
	l->row[l->count].reason = need(mem_strdup(loss->reason));
	l->count++;
}

static int by_time(const void *a, const void *b)
{
	const struct reader_loss *x = a, *y = b;

	if (x->from_at != y->from_at)
		return x->from_at < y->from_at ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

int losses_read(struct losses *l, struct reader *r, int64_t since_at, struct err *reterr)
{
	if (l->at == l->count)
		forget(l);
	l->since_at = since_at;
	if (reader_each_loss(r, l->last_id, 0, keep, l, reterr) < 0)
		return -1;
	if (l->count > l->at)
		qsort(l->row + l->at, l->count - l->at, sizeof(*l->row), by_time);
	return 0;
}

void losses_write(struct losses *l, const struct rows *rows, int64_t before_at)
{
	while (l->at < l->count && l->row[l->at].from_at < before_at)
		rows_loss(rows, &l->row[l->at++]);
}

void losses_done(struct losses *l)
{
	forget(l);
	mem_free(l->row);
	l->row = NULL;
}
