/* Moves messages between the columns of the books, and keeps what is still to be told of losses. */
#include "core/ledger.h"

#include <string.h>

#include "base/mem.h"
#include "base/sync.h"

void ledger_init(struct ledger *l)
{
	*l = (struct ledger){0};
}

void ledger_done(struct ledger *l)
{
	struct account *a;

	while ((a = l->accounts)) {
		l->accounts = a->next;
		mem_free(a->listener);
		mem_free(a);
	}
}

struct account *ledger_open(struct ledger *l, const char *listener)
{
	struct account **at, *a;

	for (at = &l->accounts; *at; at = &(*at)->next) {
		if (!strcmp((*at)->listener, listener))
			return *at;
	}
	a = mem_zalloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->listener = mem_strdup(listener);
	if (!a->listener) {
		mem_free(a);
		return NULL;
	}
	*at = a;
	return a;
}

void ledger_accept(struct account *a, uint64_t messages, uint64_t bytes)
{
	a->sums.received += messages;
	a->sums.received_bytes += bytes;
	a->sums.queued += messages;
}

static void lose(struct ledger *l, struct account *a, enum loss_reason why, uint64_t messages, uint64_t bytes,
		 int64_t at)
{
	struct loss_pending *p = &a->pending[why];

	a->sums.lost[why] += messages;
	a->sums.lost_bytes[why] += bytes;
	if (!p->dirty)
		*p = (struct loss_pending){.dirty = true, .from_at = at, .to_at = at};
	if (at < p->from_at)
		p->from_at = at;
	if (at > p->to_at)
		p->to_at = at;
	p->messages += messages;
	p->bytes += bytes;
	l->dirty = true;
}

void ledger_refuse(struct ledger *l, struct account *a, enum loss_reason why, uint64_t messages, uint64_t bytes,
		   int64_t at)
{
	if (why != LOSS_KERNEL) {
		a->sums.received += messages;
		a->sums.received_bytes += bytes;
	}
	lose(l, a, why, messages, bytes, at);
}

void ledger_fly(struct account *a, uint64_t messages)
{
	assert(a->sums.queued >= messages);
	a->sums.queued -= messages;
	a->sums.in_flight += messages;
}

void ledger_store(struct account *a, uint64_t messages, uint64_t bytes)
{
	assert(a->sums.in_flight >= messages);
	a->sums.in_flight -= messages;
	a->sums.stored += messages;
	a->sums.stored_bytes += bytes;
}

void ledger_lose(struct ledger *l, struct account *a, bool queued, enum loss_reason why, uint64_t messages,
		 uint64_t bytes, int64_t at)
{
	uint64_t *from = queued ? &a->sums.queued : &a->sums.in_flight;

	assert(*from >= messages);
	*from -= messages;
	lose(l, a, why, messages, bytes, at);
}

static void add_sums(struct account_sums *to, const struct account_sums *from)
{
	to->received += from->received;
	to->received_bytes += from->received_bytes;
	to->stored += from->stored;
	to->stored_bytes += from->stored_bytes;
	to->queued += from->queued;
	to->in_flight += from->in_flight;
	for (unsigned r = 0; r < LOSS_REASONS; r++) {
		to->lost[r] += from->lost[r];
		to->lost_bytes[r] += from->lost_bytes[r];
	}
}

void ledger_sum(const struct ledger *l, struct account_sums *ret)
{
	*ret = (struct account_sums){0};
	for (const struct account *a = l->accounts; a; a = a->next)
		add_sums(ret, &a->sums);
}

uint64_t ledger_lost_total(const struct account_sums *s)
{
	uint64_t sum = 0;

	for (unsigned r = 0; r < LOSS_REASONS; r++)
		sum += s->lost[r];
	return sum;
}

bool ledger_balanced(const struct account_sums *s)
{
	return s->received + s->lost[LOSS_KERNEL] == s->stored + ledger_lost_total(s) + s->queued + s->in_flight;
}

int64_t ledger_loss_due_ns(const struct ledger *l)
{
	return l->dirty && !l->carried ? l->next_loss_ns : SYNC_FOREVER;
}

unsigned ledger_loss_count(const struct ledger *l)
{
	unsigned n = 0;

	for (const struct account *a = l->accounts; a; a = a->next) {
		for (unsigned r = 0; r < LOSS_REASONS; r++)
			n += a->pending[r].dirty;
	}
	return n;
}

unsigned ledger_loss_take(struct ledger *l, struct loss_delta *ret, unsigned max, int64_t now_ns)
{
	unsigned n = 0;
	bool rest = false;

	assert(!l->carried);
	for (struct account *a = l->accounts; a; a = a->next) {
		for (unsigned r = 0; r < LOSS_REASONS; r++) {
			struct loss_pending *p = &a->pending[r];

			if (!p->dirty)
				continue;
			if (n == max) {
				rest = true;
				continue;
			}
			ret[n++] = (struct loss_delta){
				.listener = a->listener,
				.reason = (enum loss_reason)r,
				.from_at = p->from_at,
				.to_at = p->to_at,
				.messages = p->messages,
				.bytes = p->bytes,
			};
			a->flying[r] = *p;
			*p = (struct loss_pending){0};
		}
	}
	l->dirty = rest;
	l->carried = n > 0;
	l->next_loss_ns = now_ns + LEDGER_LOSS_EVERY_NS;
	return n;
}

/* Puts back into pending what no transaction carried home. */
static void merge_pending(struct loss_pending *to, const struct loss_pending *from)
{
	if (!to->dirty) {
		*to = *from;
		return;
	}
	if (from->from_at < to->from_at)
		to->from_at = from->from_at;
	if (from->to_at > to->to_at)
		to->to_at = from->to_at;
	to->messages += from->messages;
	to->bytes += from->bytes;
}

void ledger_loss_settle(struct ledger *l, bool written)
{
	assert(l->carried);
	for (struct account *a = l->accounts; a; a = a->next) {
		for (unsigned r = 0; r < LOSS_REASONS; r++) {
			if (a->flying[r].dirty && !written) {
				merge_pending(&a->pending[r], &a->flying[r]);
				l->dirty = true;
			}
			a->flying[r] = (struct loss_pending){0};
		}
	}
	l->carried = false;
}
