/* Looks at the books now and then, and remembers how fast messages came. */
#include "daemon/control_rates.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "daemon/control_verbs.h"

#define DAY_NS (86400 * NS_PER_S)

/* Whole pieces of memory that the kernel takes for a datagram: 576 bytes for short ones, then powers of two, each with
 * 256 bytes for the books it keeps of it. Measured on loopback. */
#define PIECE_SHORT 128
#define PIECE_LEAST 576
#define PIECE_BOOKS 256
#define PIECE_ROOM 384

uint64_t rates_datagram_bytes(uint64_t message_bytes)
{
	uint64_t piece = 1024;

	if (message_bytes <= PIECE_SHORT)
		return PIECE_LEAST + PIECE_BOOKS;
	while (piece < message_bytes + PIECE_ROOM)
		piece *= 2;
	return piece + PIECE_BOOKS;
}

static struct control_rate *find(const struct control_rates *r, const struct queue *q, const char *listener)
{
	struct control_rate *row = r->first;

	while (row && (row->queue != q || strcmp(row->listener, listener) != 0))
		row = row->next;
	return row;
}

const struct control_rate *rates_find(const struct control_rates *r, const struct queue *q, const char *listener)
{
	return find(r, q, listener);
}

static struct control_rate *add(struct control_rates *r, const struct queue *q, const char *listener)
{
	struct control_rate *row = mem_zalloc(1, sizeof(*row));

	if (!row || !(row->listener = mem_strdup(listener))) {
		mem_free(row);
		return NULL;
	}
	row->queue = q;
	row->next = r->first;
	r->first = row;
	return row;
}

struct look {
	struct control_rates *rates;
	int64_t now_ns, wall_ns;
	int64_t span_ns, second_ns; /* since the last look; since the last second began, 0: it goes on */
	bool new_day;
};

static uint64_t lost_of(const struct account_sums *s)
{
	return s->lost[LOSS_KERNEL] + s->lost[LOSS_QUEUE_FULL] + s->lost[LOSS_STORE];
}

static uint64_t per_s(uint64_t count, int64_t ns)
{
	return ns > 0 ? (uint64_t)((double)count * (double)NS_PER_S / (double)ns) : 0;
}

static void look_at(struct look *l, struct control_rate *row, const struct account_sums *s)
{
	uint64_t came = s->received + s->lost[LOSS_KERNEL], lost = lost_of(s);
	uint64_t fastest = per_s(s->received - row->received, l->span_ns);

	if (l->new_day)
		row->peak_per_s = 0;
	if (l->second_ns) {
		row->per_s = per_s(came - row->came, l->second_ns);
		row->came = came;
		fastest = row->per_s > fastest ? row->per_s : fastest;
	}
	if (fastest > row->peak_per_s) {
		row->peak_per_s = fastest;
		row->peak_at = l->wall_ns;
	}
	if (lost > row->lost)
		row->lost_ns = l->now_ns;
	l->rates->busy |= s->received != row->received;
	row->received = s->received;
	row->lost = lost;
}

static void look_at_store(void *arg, const struct store_view *v)
{
	struct look *l = arg;
	struct control_books books;

	if (!control_books_read(v->queue, &books))
		return;
	for (unsigned i = 0; i < books.count; i++) {
		const struct control_book *b = &books.book[i];
		struct control_rate *row = find(l->rates, v->queue, b->listener);

		if (!row)
			row = add(l->rates, v->queue, b->listener);
		if (row)
			look_at(l, row, &b->sums);
	}
	control_books_free(&books);
}

unsigned rates_tick(struct control_rates *r, struct pipeline *p)
{
	struct look l = {.rates = r, .now_ns = sync_now_ns(), .wall_ns = clock_wall_ns()};
	unsigned due_ms = r->busy ? RATES_BUSY_MS : RATES_IDLE_MS;

	if (r->looked_ns && l.now_ns - r->looked_ns < due_ms * NS_PER_MS)
		return due_ms - (unsigned)((l.now_ns - r->looked_ns) / NS_PER_MS);
	l.span_ns = r->looked_ns ? l.now_ns - r->looked_ns : 0;
	if (r->second_ns == 0 || l.now_ns - r->second_ns >= NS_PER_S) {
		l.second_ns = r->second_ns ? l.now_ns - r->second_ns : 0;
		r->second_ns = l.now_ns;
	}
	r->busy = false;
	l.new_day = l.wall_ns / DAY_NS != r->day;
	r->looked_ns = l.now_ns;
	r->day = l.wall_ns / DAY_NS;
	pipeline_each_store(p, look_at_store, &l);
	return r->busy ? RATES_BUSY_MS : RATES_IDLE_MS;
}

void rates_done(struct control_rates *r)
{
	while (r->first) {
		struct control_rate *row = r->first;

		r->first = row->next;
		mem_free(row->listener);
		mem_free(row);
	}
}
