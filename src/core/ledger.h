/*
 * ledger - the books of one store: what each listener received, and what became of it.
 *
 * Owns     the accounts, one per listener
 * Threads  none of its own: every call under the lock of the queue it belongs to
 * Blocks   never
 * Units    messages, bytes; times in nanoseconds since 1970 (at) or monotonic (now_ns)
 * Errors   NULL when there is no memory
 * Limits   none
 * Upholds  per account, after every call: received + lost[kernel] = stored + sum(lost) + queued + in_flight
 *
 * Losses are deltas: they wait in `pending`, travel with a transaction in `flying`, and are forgotten only after
 * its commit. At most one transaction carries losses at a time.
 */
#ifndef CORE_LEDGER_H
#define CORE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "core/loss.h"

#define LEDGER_LOSS_EVERY_NS INT64_C(1000000000)

/* What an account, or the sum of all, stands at. */
struct account_sums {
	uint64_t received, received_bytes;
	uint64_t stored, stored_bytes;
	uint64_t queued, in_flight;
	uint64_t lost[LOSS_REASONS], lost_bytes[LOSS_REASONS];
};

/* A loss not yet written. dirty: there is something to tell, even if it is 0 messages. */
struct loss_pending {
	bool dirty;
	int64_t from_at, to_at;
	uint64_t messages, bytes;
};

struct account {
	struct account *next;
	char *listener;
	struct account_sums sums;
	struct loss_pending pending[LOSS_REASONS], flying[LOSS_REASONS];
};

struct ledger {
	struct account *accounts;
	bool dirty;           /* some pending loss */
	bool carried;         /* a transaction carries losses */
	int64_t next_loss_ns; /* monotonic: not before */
};

void ledger_init(struct ledger *l);
void ledger_done(struct ledger *l);
/* Gives the listener's account, made if new; it lives as long as the ledger. */
struct account *ledger_open(struct ledger *l, const char *listener) MUST_CHECK;

void ledger_accept(struct account *a, uint64_t messages, uint64_t bytes);
/* Counts what never was queued: received (kernel losses excepted) and lost at once. */
void ledger_refuse(struct ledger *l, struct account *a, enum loss_reason why, uint64_t messages, uint64_t bytes,
		   int64_t at);
void ledger_fly(struct account *a, uint64_t messages);
void ledger_store(struct account *a, uint64_t messages, uint64_t bytes);
/* From in flight, or (queued = true) straight from the queue. */
void ledger_lose(struct ledger *l, struct account *a, bool queued, enum loss_reason why, uint64_t messages,
		 uint64_t bytes, int64_t at);

/* Sums of all accounts. */
void ledger_sum(const struct ledger *l, struct account_sums *ret);
/* The identity of the books. */
bool ledger_balanced(const struct account_sums *s);
uint64_t ledger_lost_total(const struct account_sums *s);

/* When pending losses may be written, SYNC_FOREVER if there are none or a transaction carries some already. */
int64_t ledger_loss_due_ns(const struct ledger *l);
/* Rows that would be taken now. */
unsigned ledger_loss_count(const struct ledger *l);
/* Moves up to max pending losses into flight and writes them out; returns how many. */
unsigned ledger_loss_take(struct ledger *l, struct loss_delta *ret, unsigned max, int64_t now_ns);
/* The transaction committed (written) or was given up: flying losses are forgotten or pending again. */
void ledger_loss_settle(struct ledger *l, bool written);

#endif
