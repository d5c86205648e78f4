/* The books: balanced after every step, and no loss told twice or never. */
#include "core/ledger.h"

#include "base/clock.h"
#include "base/mem.h"
#include "fixture.h"

#define ACCOUNTS 4
#define STEPS 20000

static void test_open(void)
{
	struct ledger l;
	struct account *a, *b;

	ledger_init(&l);
	a = ledger_open(&l, "udp");
	b = ledger_open(&l, "tcp");
	ok(a && b && a != b, "two listeners, two accounts");
	ok(ledger_open(&l, "udp") == a && ledger_open(&l, "tcp") == b, "the same listener, the same account");
	is_str(a->listener, "udp", "the name is kept");
	ok(ledger_loss_due_ns(&l) == SYNC_FOREVER, "nothing to tell yet");
	is_int(ledger_loss_count(&l), 0, "no rows");
	ledger_done(&l);
}

/* ---- a random walk against counts kept by hand ---- */

/* What must be: per account, and what has been told of each reason. */
struct plain {
	uint64_t queued, flying, received, stored, lost[LOSS_REASONS], told[LOSS_REASONS];
};

static bool agrees(const struct account *a, const struct plain *p)
{
	const struct account_sums *s = &a->sums;
	bool good = ledger_balanced(s) && s->queued == p->queued && s->in_flight == p->flying &&
		    s->received == p->received && s->stored == p->stored;

	for (unsigned r = 0; r < LOSS_REASONS; r++) {
		uint64_t untold = a->pending[r].messages + a->flying[r].messages;

		good &= s->lost[r] == p->lost[r] && s->lost_bytes[r] == 10 * p->lost[r];
		/* What was lost has been told, or waits to be: no third place. */
		good &= p->told[r] + untold == p->lost[r] && a->pending[r].bytes == 10 * a->pending[r].messages;
	}
	return good;
}

/* The transaction ends; what it told counts only if it was written. */
static void settle(struct ledger *l, struct account **a, struct plain *p, bool written)
{
	for (unsigned i = 0; i < ACCOUNTS && written; i++) {
		for (unsigned r = 0; r < LOSS_REASONS; r++)
			p[i].told[r] += a[i]->flying[r].messages;
	}
	ledger_loss_settle(l, written);
}

static void step(struct ledger *l, struct account *a, struct plain *p, uint64_t *seed)
{
	enum loss_reason why = (enum loss_reason)rnd_below(seed, LOSS_REASONS);
	uint64_t n = rnd_below(seed, 5);

	switch (rnd_below(seed, 6)) {
	case 0:
		ledger_accept(a, n, 10 * n);
		p->received += n;
		p->queued += n;
		break;
	case 1:
		ledger_refuse(l, a, why, n, 10 * n, 1);
		p->received += why == LOSS_KERNEL ? 0 : n;
		p->lost[why] += n;
		break;
	case 2:
		n = n < p->queued ? n : p->queued;
		ledger_fly(a, n);
		p->queued -= n;
		p->flying += n;
		break;
	case 3:
		n = n < p->flying ? n : p->flying;
		ledger_store(a, n, 10 * n);
		p->flying -= n;
		p->stored += n;
		break;
	case 4:
		n = n < p->queued ? n : p->queued;
		ledger_lose(l, a, true, LOSS_QUEUE_FULL, n, 10 * n, 1);
		p->queued -= n;
		p->lost[LOSS_QUEUE_FULL] += n;
		break;
	case 5:
		n = n < p->flying ? n : p->flying;
		ledger_lose(l, a, false, LOSS_STORE, n, 10 * n, 1);
		p->flying -= n;
		p->lost[LOSS_STORE] += n;
		break;
	}
}

static void test_walk(uint64_t seed)
{
	static const char *const names[ACCOUNTS] = {"a", "b", "c", "d"};
	struct account *a[ACCOUNTS];
	struct plain p[ACCOUNTS] = {{0}}, sum = {0};
	struct loss_delta rows[ACCOUNTS * LOSS_REASONS];
	struct account_sums all;
	struct ledger l;
	unsigned bad = 0;
	bool out = false;

	ledger_init(&l);
	for (unsigned i = 0; i < ACCOUNTS; i++)
		a[i] = ledger_open(&l, names[i]);
	for (unsigned n = 0; n < STEPS; n++) {
		unsigned i = rnd_below(&seed, ACCOUNTS);

		step(&l, a[i], &p[i], &seed);
		if (rnd_below(&seed, 10) == 0) {
			if (out)
				settle(&l, a, p, rnd_below(&seed, 3) > 0);
			else
				ledger_loss_take(&l, rows, 1 + rnd_below(&seed, ARRAY_LEN(rows)), n);
			out = l.carried;
		}
		bad += !agrees(a[i], &p[i]);
		bad += ledger_loss_count(&l) > 0 && !l.dirty;
	}
	is_int(bad, 0, "seed %" PRIu64 ": balanced after each of %d steps, and nothing told twice or never", seed, STEPS);
	if (out)
		settle(&l, a, p, true);
	while (ledger_loss_take(&l, rows, 5, 0) > 0)
		settle(&l, a, p, true);
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		ok(!memcmp(p[i].told, p[i].lost, sizeof(p[i].lost)), "account %u: in the end all is told", i);
		sum.received += p[i].received;
		for (unsigned r = 0; r < LOSS_REASONS; r++)
			sum.stored += p[i].lost[r];
	}
	ledger_sum(&l, &all);
	is_int(all.received, sum.received, "the sum of received");
	is_int(ledger_lost_total(&all), sum.stored, "the sum of losses");
	ok(ledger_balanced(&all), "the sums balance");
	all.stored++;
	ok(!ledger_balanced(&all), "one message too many would be seen");
	ledger_done(&l);
}

/* ---- what is told ---- */

static void test_deltas(void)
{
	struct loss_delta rows[4];
	struct ledger l;
	struct account *a;

	ledger_init(&l);
	a = ledger_open(&l, "tcp");
	ledger_refuse(&l, a, LOSS_DENIED, 0, 0, 100);
	is_int(ledger_loss_due_ns(&l), 0, "a refused connection loses no message, and is told at once");
	is_int(ledger_loss_take(&l, rows, 4, 5000), 1, "as a row");
	ok(rows[0].reason == LOSS_DENIED && rows[0].messages == 0 && rows[0].from_at == 100 && rows[0].to_at == 100,
	   "of no messages");
	is_str(rows[0].listener, "tcp", "with its listener");
	ok(ledger_loss_due_ns(&l) == SYNC_FOREVER, "nothing is due");
	ledger_refuse(&l, a, LOSS_DENIED, 1, 10, 300);
	ledger_refuse(&l, a, LOSS_DENIED, 2, 20, 200);
	ledger_refuse(&l, a, LOSS_DENIED, 3, 30, 400);
	ok(ledger_loss_due_ns(&l) == SYNC_FOREVER, "nor while a transaction carries losses");
	is_int(ledger_loss_count(&l), 1, "one row waits");
	ledger_loss_settle(&l, true);
	is_int(ledger_loss_due_ns(&l), 5000 + LEDGER_LOSS_EVERY_NS, "then one second after the last");
	is_int(ledger_loss_take(&l, rows, 4, 6000), 1, "the second row");
	ok(rows[0].messages == 6 && rows[0].bytes == 60 && rows[0].from_at == 200 && rows[0].to_at == 400,
	   "sums what came since, from the earliest to the latest");

	ledger_refuse(&l, a, LOSS_DENIED, 1, 1, 350);
	ledger_loss_settle(&l, false);
	is_int(ledger_loss_take(&l, rows, 4, 7000), 1, "a transaction that failed: the same losses again");
	ok(rows[0].messages == 7 && rows[0].bytes == 61 && rows[0].from_at == 200 && rows[0].to_at == 400,
	   "merged with the new ones");
	ledger_loss_settle(&l, false);
	is_int(ledger_loss_take(&l, rows, 4, 8000), 1, "failed again, with nothing new");
	ok(rows[0].messages == 7 && rows[0].from_at == 200 && rows[0].to_at == 400, "still the same");
	ledger_refuse(&l, a, LOSS_DENIED, 1, 1, 500);
	ledger_loss_settle(&l, false);
	is_int(ledger_loss_take(&l, rows, 4, 8500), 1, "failed once more");
	ok(rows[0].messages == 8 && rows[0].from_at == 200 && rows[0].to_at == 500, "the latest is the latest");
	ledger_loss_settle(&l, true);
	is_int(ledger_loss_take(&l, rows, 4, 9000), 0, "written: forgotten");
	ok(!l.carried && ledger_loss_due_ns(&l) == SYNC_FOREVER, "an empty take carries nothing");
	ledger_done(&l);
}

static void test_too_many_rows(void)
{
	struct loss_delta rows[8];
	struct ledger l;
	struct account *a, *b;

	ledger_init(&l);
	a = ledger_open(&l, "a");
	b = ledger_open(&l, "b");
	for (unsigned r = 0; r < 3; r++) {
		ledger_refuse(&l, a, (enum loss_reason)r, 1, 1, 1);
		ledger_refuse(&l, b, (enum loss_reason)r, 1, 1, 1);
	}
	is_int(ledger_loss_count(&l), 6, "six rows wait");
	is_int(ledger_loss_take(&l, rows, 4, 0), 4, "four fit");
	is_int(ledger_loss_count(&l), 2, "two wait on");
	ledger_loss_settle(&l, false);
	is_int(ledger_loss_count(&l), 6, "the four come back");
	is_int(ledger_loss_take(&l, rows, 4, 0), 4, "four again");
	ledger_loss_settle(&l, true);
	ok(ledger_loss_due_ns(&l) != SYNC_FOREVER, "the rest is still due");
	is_int(ledger_loss_take(&l, rows, 8, 0), 2, "the rest");
	ok(rows[0].reason == 1 && rows[1].reason == 2 && !strcmp(rows[0].listener, "b"), "is what had not been told");
	ledger_loss_settle(&l, true);
	is_int(ledger_loss_count(&l), 0, "and that was all");
	ledger_done(&l);
}

/* ---- memory that fails ---- */

static long fail_at, allocations;

static void *hook_alloc(size_t size)
{
	return ++allocations == fail_at ? NULL : malloc(size);
}

static const struct mem_hooks hooks = {hook_alloc, realloc, free};

static void test_no_memory(void)
{
	struct ledger l;

	ledger_init(&l);
	mem_hook(&hooks);
	for (fail_at = 1; fail_at <= 2; fail_at++) {
		allocations = 0;
		ok(!ledger_open(&l, "x") && !l.accounts, "allocation %ld fails: no account, no half of one", fail_at);
	}
	allocations = 0;
	ok(ledger_open(&l, "x"), "two allocations make an account");
	ledger_done(&l);
	mem_hook(NULL);
}

int main(void)
{
	test_open();
	for (uint64_t seed = 1; seed <= 5; seed++)
		test_walk(seed);
	test_deltas();
	test_too_many_rows();
	test_no_memory();
	return done_testing();
}
