/* Batches: what is put in comes out, at every size, after every trim, and without memory. */
#include "core/batch.h"

#include "base/mem.h"
#include "../support/tap.h"

/* ---- memory that fails ---- */

static long fail_at, allocations;

static bool may_have_it(void)
{
	return ++allocations != fail_at;
}

static void *hook_alloc(size_t size)
{
	return may_have_it() ? malloc(size) : NULL;
}

static void *hook_resize(void *ptr, size_t size)
{
	return may_have_it() ? realloc(ptr, size) : NULL;
}

static const struct mem_hooks hooks = {hook_alloc, hook_resize, free};

/* ---- what was put in ---- */

struct sample {
	const char *body, *peer;
	uint32_t len, size;
	int64_t at;
};

static bool same(struct batch *b, const struct sample *want, uint32_t n)
{
	bool good = b->count == n;

	for (uint32_t i = 0; i < n && good; i++) {
		const struct msg *m = &batch_msgs(b)[i];
		const struct origin *o = batch_origin(b, m);

		good &= m->len == want[i].len && batch_size(b, m) == want[i].size && o->received_at == want[i].at && !m->refused;
		good &= !memcmp(batch_body(b, m), want[i].body, m->len);
		good &= o->peer_len == strlen(want[i].peer) && !strcmp(batch_peer(b, o), want[i].peer);
		good &= (size_t)m->off + m->len <= b->cost && (size_t)o->peer_off + o->peer_len < b->cost;
	}
	return good;
}

static struct batch *seal(struct batch_draft *d, const struct sample *samples, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!batch_draft_add(d, samples[i].body, samples[i].len, samples[i].size, samples[i].at, samples[i].peer))
			return NULL;
	}
	return batch_draft_seal(d);
}

static const char peer_a[] = "192.0.2.7:41234", peer_b[] = "[2001:db8::1]:514", peer_c[] = "";
static const struct sample samples[] = {
	{"", peer_a, 0, 0, 1},      {"one", peer_a, 3, 3, 2},     {"two", peer_b, 3, 9, 3},
	{"", peer_b, 0, 7, 3},      {"a\0b", peer_a, 3, 3, 3},    {"", peer_c, 0, 0, -6},
	{"last", peer_c, 4, 4, -6}, {"", peer_a, 0, 0, INT64_MAX},
};
#define SAMPLES ((uint32_t)ARRAY_LEN(samples))
#define ORIGINS 6
#define CUT 2

static void test_layout(struct batch_draft *d)
{
	struct batch *b = seal(d, samples, SAMPLES);
	const struct msg *m = batch_msgs(b);
	const struct origin *o = batch_origin(b, m);
	size_t bodies = 13, peers = 3 * sizeof(peer_a) + sizeof(peer_b) + sizeof(peer_c);

	ok(same(b, samples, SAMPLES), "every message comes out as it went in");
	is_int(o[0].peer_off, o[1].peer_off, "the same peer in a row is stored once");
	is_int(m[2].origin, m[3].origin, "and at the same time its origin is");
	is_int(m[7].origin, ORIGINS - 1, "others have one of their own");
	ok(o[3].peer_off != o[0].peer_off, "a peer that comes back later has a name of its own");
	is_int(b->body_bytes, bodies, "the bytes of the bodies are counted");
	is_int(b->cost, sizeof(*b) + SAMPLES * sizeof(struct msg) + ORIGINS * sizeof(struct origin) + CUT * sizeof(uint32_t) +
		bodies + peers, "the cost is exactly the allocation");
	is_int(batch_len(b, 0, SAMPLES), bodies, "batch_len of all");
	is_int(batch_len(b, 2, 3), 6, "batch_len of some");
	is_int(batch_len(b, SAMPLES, 0), 0, "batch_len of none, at the end");
	ok(!b->queued && b->slices == 0 && b->first == 0 && !b->account && b->ack.conn == 0, "the rest is blank");
	batch_free(b);
	is_int(batch_draft_count(d), 0, "sealing empties the draft");
	is_int(batch_draft_bytes(d), 0, "and its count of bytes");
	ok(!batch_draft_seal(d), "an empty draft gives no batch");
	batch_free(NULL);
}

static void test_trim(struct batch_draft *d)
{
	for (uint32_t keep = SAMPLES; keep > 0; keep--) {
		struct batch *b = seal(d, samples, SAMPLES);
		const struct msg *last;
		size_t before = b->cost;
		uint64_t len;

		len = batch_len(b, 0, keep);
		batch_trim(&b, keep);
		last = &batch_msgs(b)[keep - 1];
		ok(same(b, samples, keep), "trimmed to %u: the first are as they were", keep);
		is_int(b->body_bytes, len, "trimmed to %u: the bodies' bytes", keep);
		is_int(b->cost, (size_t)last->off + last->len, "trimmed to %u: nothing is left behind the last body", keep);
		ok(keep == SAMPLES ? b->cost == before : b->cost <= before, "trimmed to %u: it does not grow", keep);
		/* What has been given back can be neither read nor written: here the sanitizers look. */
		batch_free(b);
	}
	mem_hook(&hooks);
	fail_at = -1;
	{
		struct batch *b = seal(d, samples, SAMPLES);
		size_t before = b->cost;

		fail_at = allocations + 1;
		batch_trim(&b, 2);
		ok(same(b, samples, 2) && b->cost == before, "a batch that cannot shrink keeps its true cost");
		batch_free(b);
	}
	mem_hook(NULL);
}

static void test_limits(void)
{
	struct batch_draft *d = batch_draft_new(3, 100);
	static char body[300];
	struct batch *b;

	for (unsigned i = 0; i < 3; i++)
		ok(batch_draft_add(d, "", 0, 0, 0, peer_c), "message %u of 3", i + 1);
	ok(!batch_draft_add(d, "", 0, 0, 0, peer_c), "a fourth is one too many");
	is_int(batch_draft_count(d), 3, "and leaves the draft alone");
	b = batch_draft_seal(d);
	is_int(b->count, 3, "three messages without a byte make a batch");
	is_int(b->cost, sizeof(*b) + 3 * sizeof(struct msg) + sizeof(struct origin) + 1,
	       "of three messages, one origin and one empty name");
	batch_free(b);

	/* 16 bytes are the peer's. */
	ok(batch_draft_add(d, body, 60, 60, 0, peer_a), "60 bytes of 100");
	ok(!batch_draft_add(d, body, 25, 25, 0, peer_a), "one byte too many");
	ok(batch_draft_add(d, body, 24, 24, 0, peer_a), "exactly full");
	is_int(batch_draft_bytes(d), 84, "bytes of the bodies");
	batch_draft_reset(d);
	is_int(batch_draft_count(d), 0, "reset forgets all");
	ok(batch_draft_add(d, body, 300, 500, 0, peer_a), "an empty draft takes a message longer than its limit");
	ok(!batch_draft_add(d, "", 1, 1, 0, peer_a), "and then no more");
	b = batch_draft_seal(d);
	is_int(batch_msgs(b)[0].len, 300, "kept whole");
	is_int(batch_size(b, batch_msgs(b)), 500, "with the size announced");
	batch_free(b);
	batch_draft_free(d);
	batch_draft_free(NULL);
}

static void test_full_and_huge(void)
{
	enum { HUGE_LEN = 16 * 1024 * 1024 };
	struct batch_draft *d = batch_draft_new(BATCH_MESSAGES, BATCH_BYTES);
	char *huge = malloc(HUGE_LEN);
	struct batch *b;
	bool good = true;

	for (size_t i = 0; i < HUGE_LEN; i++)
		huge[i] = (char)(i * 7);
	ok(batch_draft_add(d, huge, HUGE_LEN, HUGE_LEN, 5, peer_a), "sixteen million bytes in one message");
	b = batch_draft_seal(d);
	ok(b && !memcmp(batch_body(b, batch_msgs(b)), huge, HUGE_LEN), "come out unchanged");
	batch_free(b);
	for (unsigned i = 0; i < BATCH_MESSAGES; i++)
		good &= batch_draft_add(d, huge + i, i % 5, i % 5, i, i % 3 ? peer_a : peer_b);
	ok(good && !batch_draft_add(d, "", 0, 0, 0, peer_a), "BATCH_MESSAGES messages and no more");
	b = batch_draft_seal(d);
	for (unsigned i = 0; i < BATCH_MESSAGES && b; i++) {
		const struct msg *m = &batch_msgs(b)[i];

		good &= batch_origin(b, m)->received_at == i && m->len == i % 5 && !memcmp(batch_body(b, m), huge + i, m->len);
		good &= !strcmp(batch_peer(b, batch_origin(b, m)), i % 3 ? peer_a : peer_b);
	}
	ok(good, "each where it belongs");
	batch_free(b);
	batch_draft_free(d);
	free(huge);
}

/* As far back as a body can begin: every message cut, of a time and a name of its own. */
static void test_reach(void)
{
	struct batch_draft *d = batch_draft_new(BATCH_MESSAGES, SIZE_MAX);
	static char body[480], big[4096], names[BATCH_MESSAGES][32];
	struct batch *b;
	bool good = true;
	uint32_t n = 0;

	memset(body, 'x', sizeof(body));
	for (; n < BATCH_MESSAGES; n++) {
		snprintf(names[n], sizeof(names[n]), "192.0.2.7:%u", n);
		if (!batch_draft_add(d, body, sizeof(body), 5000 + n, n, names[n]))
			break;
	}
	is_int(n, BATCH_MESSAGES, "all of half a kilobyte fit");
	b = batch_draft_seal(d);
	for (uint32_t i = 0; i < n && b; i++) {
		const struct msg *m = &batch_msgs(b)[i];

		good &= batch_size(b, m) == 5000 + i && batch_origin(b, m)->received_at == i;
		good &= !strcmp(batch_peer(b, batch_origin(b, m)), names[i]) && !memcmp(batch_body(b, m), body, sizeof(body));
	}
	ok(b && good, "and come out as they went in");
	batch_free(b);
	n = 0;
	while (n < BATCH_MESSAGES && batch_draft_add(d, big, sizeof(big), sizeof(big), 1, peer_a))
		n++;
	is_int(n, 512 * 1024 / sizeof(big) - 1, "with its name, no limit is beyond 512 KiB");
	batch_draft_reset(d);
	batch_draft_free(d);
}

/* Makes, seals, trims and frees while the n-th allocation fails. True: none failed. */
static bool run_without_memory(long n)
{
	struct batch_draft *d;
	struct batch *b;

	allocations = 0;
	fail_at = n;
	d = batch_draft_new(SAMPLES, 1000);
	if (!d)
		return false;
	b = seal(d, samples, SAMPLES);
	if (!b) {
		is_int(batch_draft_count(d), SAMPLES, "allocation %ld fails: the draft is left as it was", n);
		b = batch_draft_seal(d);
		ok(b && same(b, samples, SAMPLES), "allocation %ld fails: the next seal gives it all", n);
	}
	batch_trim(&b, 3);
	ok(same(b, samples, 3), "allocation %ld fails: what is kept is right", n);
	batch_free(b);
	batch_draft_free(d);
	return allocations < n;
}

int main(void)
{
	struct batch_draft *d = batch_draft_new(SAMPLES, 1000);
	long n = 1;

	test_layout(d);
	test_trim(d);
	batch_draft_free(d);
	test_limits();
	test_full_and_huge();
	test_reach();
	mem_hook(&hooks);
	while (!run_without_memory(n) && n < 100)
		n++;
	mem_hook(NULL);
	is_int(n, 4, "three allocations can fail: draft, batch, trim");
	return done_testing();
}
