/* Looks at the books now and then, and remembers how fast messages came. */
#include "daemon/control_rates.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "daemon/control_verbs.h"

#define DAY_NS (86400 * NS_PER_S)
#define BUSY_NS (RATES_BUSY_MS * NS_PER_MS)

/* ---- datagrams ---- */

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

/* ---- what is kept ---- */

struct row {
	struct row *next;
	const struct queue *queue;
	char *listener;
	uint64_t received, lost, dropped; /* until the last look; dropped: by the kernel */
	uint64_t came;            /* until the last second's end: received, and what the kernel dropped */
	struct control_rate rate; /* written under the lock */
};

struct control_rates {
	/* The looking thread's. */
	struct pipeline *pipeline;
	int64_t looked_ns, second_ns; /* second_ns: when the second began that goes on */
	bool busy;                    /* the last look saw that something had come */
	struct sync_thread thread;
	bool started;

	struct sync_mutex lock; /* guards the rest; held for moments, with no other */
	struct sync_cond changed;
	struct row *first;
	int64_t stirred_ns;     /* since when something is read again; 0: nothing to tell */
	bool quit;
};

static struct row *find(const struct control_rates *r, const struct queue *q, const char *listener)
{
	struct row *row = r->first;

	while (row && (row->queue != q || strcmp(row->listener, listener) != 0))
		row = row->next;
	return row;
}

/* A peak is one of today. */
static void forget_yesterday(struct control_rate *rate, int64_t wall_ns)
{
	if (rate->peak_at / DAY_NS != wall_ns / DAY_NS)
		rate->peak_per_s = rate->peak_at = 0;
}

bool rates_find(struct control_rates *r, const struct queue *q, const char *listener, struct control_rate *ret)
{
	struct row *row;

	if (!r)
		return false;
	sync_lock(&r->lock);
	row = find(r, q, listener);
	if (row) {
		*ret = row->rate;
		forget_yesterday(ret, clock_wall_ns());
	}
	sync_unlock(&r->lock);
	return row != NULL;
}

static struct row *add(struct control_rates *r, const struct queue *q, const char *listener)
{
	struct row *row = mem_zalloc(1, sizeof(*row));

	if (!row || !(row->listener = mem_strdup(listener))) {
		mem_free(row);
		return NULL;
	}
	row->queue = q;
	row->next = r->first;
	r->first = row;
	return row;
}

/* ---- one look ---- */

struct look {
	struct control_rates *rates;
	int64_t now_ns, wall_ns;
	int64_t span_ns, second_ns; /* since the last look; since the last second began, 0: it goes on */
	bool first, woken;          /* woken: silence has ended since the last look */
	bool busy;                  /* something came since the last look */
	bool quiet;                 /* nothing came in the second that has ended, and nothing waits to be stored */
};

static uint64_t lost_of(const struct account_sums *s)
{
	return s->lost[LOSS_KERNEL] + s->lost[LOSS_QUEUE_FULL] + s->lost[LOSS_STORE];
}

static uint64_t per_s(uint64_t count, int64_t ns)
{
	return ns > 0 ? (uint64_t)((double)count * (double)NS_PER_S / (double)ns) : 0;
}

static void look_at(struct look *l, struct row *row, const struct account_sums *s)
{
	struct control_rate *rate = &row->rate;
	uint64_t came = s->received + s->lost[LOSS_KERNEL], lost = lost_of(s);
	uint64_t fastest = per_s(s->received - row->received, l->span_ns);

	/* What the kernel dropped in all the silence is no rate of its end. */
	if (l->woken)
		row->came += s->lost[LOSS_KERNEL] - row->dropped;
	l->quiet &= came == row->came && s->queued == 0 && s->in_flight == 0;
	forget_yesterday(rate, l->wall_ns);
	if (l->second_ns) {
		rate->per_s = per_s(came - row->came, l->second_ns);
		fastest = rate->per_s > fastest ? rate->per_s : fastest;
	}
	if (l->second_ns || l->first)
		row->came = came;
	if (fastest > rate->peak_per_s) {
		rate->peak_per_s = fastest;
		rate->peak_at = l->wall_ns;
	}
	if (lost > row->lost)
		rate->lost_ns = l->now_ns;
	l->busy |= s->received != row->received;
	row->received = s->received;
	row->lost = lost;
	row->dropped = s->lost[LOSS_KERNEL];
}

static void look_at_store(void *arg, const struct store_gait *v)
{
	struct look *l = arg;
	struct control_rates *r = l->rates;
	struct control_books books;

	if (!control_books_read(v->queue, &books)) {
		l->quiet = false;
		return;
	}
	sync_lock(&r->lock);
	for (unsigned i = 0; i < books.count; i++) {
		const struct control_book *b = &books.book[i];
		struct row *row = find(r, v->queue, b->listener);

		if (!row)
			row = add(r, v->queue, b->listener);
		if (row)
			look_at(l, row, &b->sums);
	}
	sync_unlock(&r->lock);
	control_books_free(&books);
}

static int64_t take_stirred(struct control_rates *r, int64_t now_ns)
{
	int64_t stirred_ns;

	sync_lock(&r->lock);
	stirred_ns = r->stirred_ns;
	if (now_ns >= stirred_ns + BUSY_NS)
		r->stirred_ns = 0;
	sync_unlock(&r->lock);
	return stirred_ns;
}

/* Until then nothing had come since the last look. False: there was no silence. */
static bool skip_silence(struct control_rates *r, int64_t stirred_ns)
{
	bool silent = r->second_ns == r->looked_ns;

	if (stirred_ns <= r->looked_ns)
		return false;
	if (silent)
		r->second_ns = stirred_ns;
	r->looked_ns = stirred_ns;
	return silent;
}

int64_t rates_look(struct control_rates *r, struct pipeline *p, int64_t now_ns)
{
	struct look l = {.rates = r, .now_ns = now_ns, .wall_ns = clock_wall_ns(), .quiet = true};
	int64_t stirred_ns = take_stirred(r, now_ns);
	bool told = !r->busy;

	/* Over a moment every rate is high. */
	if (stirred_ns && now_ns < stirred_ns + BUSY_NS)
		return stirred_ns + BUSY_NS;
	l.woken = skip_silence(r, stirred_ns);
	if (told)
		pipeline_when_read(p, rates_stirred, r); /* first, so that nothing comes unseen behind the look */
	l.first = r->looked_ns == 0;
	l.span_ns = l.first ? 0 : now_ns - r->looked_ns;
	if (l.first || now_ns - r->second_ns >= NS_PER_S) {
		l.second_ns = l.first ? 0 : now_ns - r->second_ns;
		r->second_ns = now_ns;
	}
	r->looked_ns = now_ns;
	pipeline_each_gait(p, look_at_store, &l);
	r->busy = l.busy;
	if (l.busy || !told)
		return now_ns + BUSY_NS;
	if (r->second_ns != now_ns)
		return r->second_ns + NS_PER_S > now_ns + BUSY_NS ? r->second_ns + NS_PER_S : now_ns + BUSY_NS;
	return l.quiet ? SYNC_FOREVER : now_ns + NS_PER_S;
}

/* ---- the thread ---- */

void rates_stirred(void *arg, int64_t began_ns)
{
	struct control_rates *r = arg;

	sync_lock(&r->lock);
	r->stirred_ns = began_ns;
	sync_signal(&r->changed);
	sync_unlock(&r->lock);
}

/* Until due_ns; where something is read before, until it can be measured. False: it is over. */
static bool rest(struct control_rates *r, int64_t due_ns)
{
	bool go_on;

	sync_lock(&r->lock);
	while (!r->quit && sync_wait_until(&r->changed, &r->lock, r->stirred_ns ? r->stirred_ns + BUSY_NS : due_ns))
		;
	go_on = !r->quit;
	sync_unlock(&r->lock);
	return go_on;
}

static void run(void *arg)
{
	struct control_rates *r = arg;

	while (rest(r, rates_look(r, r->pipeline, sync_now_ns())))
		;
}

/* ---- life ---- */

struct control_rates *rates_new(void)
{
	struct control_rates *r = mem_zalloc(1, sizeof(*r));

	if (!r)
		return NULL;
	sync_mutex_init(&r->lock, "rates");
	sync_cond_init(&r->changed, "rates");
	return r;
}

int rates_start(struct control_rates *r, struct pipeline *p, struct err *reterr)
{
	r->pipeline = p;
	r->started = sync_thread_start(&r->thread, "rates", run, r, reterr) == 0;
	return r->started ? 0 : -1;
}

void rates_stop(struct control_rates *r)
{
	if (!r->started)
		return;
	sync_lock(&r->lock);
	r->quit = true;
	sync_signal(&r->changed);
	sync_unlock(&r->lock);
	sync_thread_join(&r->thread);
	r->started = false;
}

void rates_free(struct control_rates *r)
{
	if (!r)
		return;
	assert(!r->started);
	while (r->first) {
		struct row *row = r->first;

		r->first = row->next;
		mem_free(row->listener);
		mem_free(row);
	}
	sync_cond_done(&r->changed);
	sync_mutex_done(&r->lock);
	mem_free(r);
}
