/* Being late on purpose: only at high rates, and only as far as the buffers allow. */
#include "net/lull.h"

#include "../support/tap.h"

#define MIB (1024 * 1024)

/* Shows `ms` milliseconds of so many datagrams a second, of `size` bytes each; what it says at their end. */
static bool at_rate(uint64_t per_second, uint64_t size, int ms, uint64_t rcvbuf)
{
	struct lull u = {0};
	int64_t now_ns = 1000 * NS_PER_S;
	uint64_t count = per_second * 4 / 1000;
	bool worth = lull_worth(&u, now_ns, rcvbuf);

	for (; ms > 0; ms -= 4) {
		now_ns += 4 * NS_PER_MS;
		lull_note(&u, count, count * size);
		worth = lull_worth(&u, now_ns, rcvbuf);
	}
	return worth;
}

/* The same for so many connections. */
static bool streams_at_rate(uint64_t per_second, uint64_t size, unsigned conns)
{
	struct lull u = {0};
	int64_t now_ns = 1000 * NS_PER_S;
	bool worth = lull_streams(&u, now_ns, conns);

	for (int i = 0; i < 10; i++) {
		now_ns += 5 * NS_PER_MS;
		lull_note(&u, per_second / 200, 0);
		lull_note(&u, 0, per_second / 200 * size);
		worth = lull_streams(&u, now_ns, conns);
	}
	return worth;
}

static void test_streams(void)
{
	ok(!streams_at_rate(0, 0, 0), "no connections");
	ok(!streams_at_rate(15000, 120, 1), "15,000 lines a second: read as they come");
	ok(streams_at_rate(100000, 120, 1), "100,000 of one connection");
	ok(streams_at_rate(100000, 120, 64), "or of 64");
	ok(!streams_at_rate(100000, 120, 200), "of 200: a pause gathers next to nothing");
	ok(streams_at_rate(800000, 120, 1000), "of 1,000, at 800,000");
	ok(!streams_at_rate(1000000, 120, 1), "a connection that fills its buffer is not kept waiting");
	ok(!streams_at_rate(20000, 16000, 4), "nor one with long lines");
}

static void test_safe(void)
{
	struct lull u = {0};

	ok(lull_safe(&u, NS_PER_S, 16 * MIB), "a quiet socket with a large buffer may be left alone");
	ok(!lull_safe(&u, NS_PER_S, 425984), "not with a small one: the first burst would overrun it");
	ok(!lull_worth(&u, 2 * NS_PER_S, 4 * MIB), "nothing has come");
	lull_note(&u, 2000, 240000);
	ok(!lull_worth(&u, 2 * NS_PER_S + 4 * NS_PER_MS, 4 * MIB), "too fast for 4 MiB");
	ok(!lull_safe(&u, 2 * NS_PER_S + 8 * NS_PER_MS, 4 * MIB), "so it must be looked at");
	ok(lull_safe(&u, 4 * NS_PER_S, 4 * MIB), "until it has been silent for a second");
}

int main(void)
{
	struct lull u = {0};

	ok(!at_rate(1000, 120, 100, 16 * MIB), "a thousand a second: nobody waits");
	ok(!at_rate(19000, 120, 100, 16 * MIB), "19,000 neither");
	ok(at_rate(21000, 120, 100, 16 * MIB), "from 20,000 on it waits");
	ok(at_rate(400000, 120, 100, 16 * MIB), "400,000 with 16 MiB");
	ok(!at_rate(400000, 120, 100, 4 * MIB), "but not with 4 MiB: 5 ms of them would take more than a quarter");
	ok(at_rate(25000, 120, 100, 512 * 1024), "25,000 with half a MiB");
	ok(!at_rate(30000, 120, 100, 425984), "30,000 not with what most systems grant");
	ok(!at_rate(40000, 1400, 100, MIB), "long ones take more room");
	ok(at_rate(40000, 1400, 100, 4 * MIB), "which may be there");
	ok(!at_rate(100000, 65000, 100, 16 * MIB), "the longest");

	lull_note(&u, 1000000, 120000000);
	ok(lull_worth(&u, 3600 * NS_PER_S, UINT64_C(2) << 30), "a million at once after an hour, with room for all");
	lull_note(&u, 400, 48000);
	ok(lull_worth(&u, 3600 * NS_PER_S + 4 * NS_PER_MS, UINT64_C(2) << 30), "then at 100,000 a second");
	lull_note(&u, 1, 120);
	ok(lull_worth(&u, 3600 * NS_PER_S + 5 * NS_PER_MS, UINT64_C(2) << 30), "which holds until more is known");
	ok(!lull_worth(&u, 3600 * NS_PER_S + 9 * NS_PER_MS, UINT64_C(2) << 30), "and is over when it is quiet");
	test_streams();
	test_safe();
	return done_testing();
}
