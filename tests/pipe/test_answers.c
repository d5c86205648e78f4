/* What a settled take becomes for those who asked: ranges, refusals between, several connections, no memory. */
#include "config.h"

#include "../support/tap.h"
#include "base/mem.h"
#include "pipe/pipeline_impl.h"

#define MOST 5000

/* ---- the net's part, played here ---- */

static struct {
	struct net_answer got[MOST];
	unsigned count, calls;
	struct net *net;
} seen;

void net_answer(struct net *n, const struct net_answer *answers, unsigned count)
{
	seen.net = n;
	seen.calls++;
	for (unsigned i = 0; i < count && seen.count < MOST; i++)
		seen.got[seen.count++] = answers[i];
}

static void forget(void)
{
	seen.count = seen.calls = 0;
}

/* ---- takes ---- */

static struct pipeline pipeline;
static struct lane lane = {.pipeline = &pipeline};

/* conn 0: nobody asked. */
static struct batch *make_batch(uint64_t conn, uint64_t first_no, uint32_t count)
{
	struct batch_draft *d = batch_draft_new(count, 1 << 20);
	struct batch *b;

	for (uint32_t i = 0; i < count; i++)
		if (!batch_draft_add(d, "x", 1, 1, 1, "peer"))
			exit(99);
	b = batch_draft_seal(d);
	batch_draft_free(d);
	b->ack = (struct batch_ack){.conn = conn, .first_no = first_no};
	return b;
}

static void refuse(struct batch *b, uint32_t i)
{
	batch_msgs(b)[i].refused = true;
}

static void settle(struct slice *slices, uint32_t n, enum take_outcome outcome)
{
	struct take t = {.slices = slices, .slice_count = n};

	forget();
	answers_settled(&lane, &t, outcome);
}

static void is_answer(unsigned i, uint64_t conn, uint64_t first, uint64_t last, int reason, const char *name)
{
	const struct net_answer *a = &seen.got[i];

	ok(i < seen.count && a->conn == conn && a->first_no == first && a->last_no == last && a->stored == (reason < 0) &&
	   (a->stored || (int)a->reason == reason), "%s", name);
	if (i < seen.count)
		printf("# conn %" PRIu64 ": %" PRIu64 "-%" PRIu64 " %s %d\n", a->conn, a->first_no, a->last_no,
		       a->stored ? "stored" : "refused", (int)a->reason);
}

#define STORED (-1)

static void test_merged(void)
{
	struct batch *a = make_batch(7, 1, 100), *b = make_batch(7, 101, 50), *c = make_batch(7, 200, 10);
	struct slice s[] = {{.batch = a, .count = 100}, {.batch = b, .count = 50}, {.batch = c, .count = 10}};

	settle(s, 3, TAKE_STORED);
	is_int(seen.calls, 1, "one call for one take");
	ok(seen.net == pipeline.net, "to the pipeline's net");
	is_int(seen.count, 2, "consecutive numbers are one range, over batches");
	is_answer(0, 7, 1, 150, STORED, "1-150");
	is_answer(1, 7, 200, 209, STORED, "a gap begins another");

	/* The second half of a batch whose first went with the take before. */
	s[0].first = 40;
	s[0].count = 30;
	settle(s, 1, TAKE_STORED);
	is_answer(0, 7, 41, 70, STORED, "a slice has its own numbers");
	batch_free(a);
	batch_free(b);
	batch_free(c);
}

static void test_refused(void)
{
	struct batch *b = make_batch(7, 11, 10);
	struct slice s = {.batch = b, .count = 10};

	refuse(b, 3);
	refuse(b, 4);
	refuse(b, 9);
	settle(&s, 1, TAKE_STORED);
	is_int(seen.count, 4, "refused rows stand between");
	is_answer(0, 7, 11, 13, STORED, "stored up to it");
	is_answer(1, 7, 14, 15, LOSS_STORE, "refused by the store");
	is_answer(2, 7, 16, 19, STORED, "stored again");
	is_answer(3, 7, 20, 20, LOSS_STORE, "and the last");
	settle(&s, 1, TAKE_ABANDONED);
	is_int(seen.count, 1, "abandoned, nothing is stored");
	is_answer(0, 7, 11, 20, LOSS_SHUTDOWN, "whatever the store had thought of it");
	batch_free(b);
}

static void test_several(void)
{
	struct batch *a1 = make_batch(7, 1, 5), *b1 = make_batch(8, 6, 5), *none = make_batch(0, 0, 5);
	struct batch *a2 = make_batch(7, 6, 5), *b2 = make_batch(8, 11, 5);
	struct slice s[] = {
		{.batch = a1, .count = 5}, {.batch = b1, .count = 5}, {.batch = none, .count = 5},
		{.batch = b2, .count = 5}, {.batch = a2, .count = 5},
	};

	settle(s, 5, TAKE_STORED);
	is_int(seen.count, 3, "several connections in one take");
	is_answer(0, 7, 1, 5, STORED, "the first");
	is_answer(1, 8, 6, 15, STORED, "the second, past one who did not ask");
	is_answer(2, 7, 6, 10, STORED, "the first again, in order");
	settle(&s[2], 1, TAKE_STORED);
	is_int(seen.calls, 0, "who did not ask is not told");
	settle(NULL, 0, TAKE_STORED);
	is_int(seen.calls, 0, "nor is anybody of a take of losses only");
	batch_free(a1);
	batch_free(a2);
	batch_free(b1);
	batch_free(b2);
	batch_free(none);
}

/* ---- no memory ---- */

static unsigned allowed;

static void *fail_alloc(size_t size)
{
	return malloc(size);
}

static void *fail_resize(void *ptr, size_t size)
{
	return allowed > 0 ? allowed--, realloc(ptr, size) : NULL;
}

static const struct mem_hooks failing = {.alloc = fail_alloc, .resize = fail_resize, .release = free};

/* Every number of first … last once, in order, as every second one was refused. */
static bool all_told(uint64_t conn, uint64_t first, uint64_t last)
{
	uint64_t next = first;

	for (unsigned i = 0; i < seen.count; i++) {
		const struct net_answer *a = &seen.got[i];

		if (a->conn != conn || a->first_no != next || a->last_no != next || a->stored != (next % 2 == 1))
			return false;
		next++;
	}
	return next == last + 1;
}

static void test_no_memory(void)
{
	struct batch *b = make_batch(7, 1, BATCH_MESSAGES);
	struct slice s = {.batch = b, .count = BATCH_MESSAGES};

	for (uint32_t i = 1; i < BATCH_MESSAGES; i += 2)
		refuse(b, i);
	for (unsigned n = 0; n < 6; n++) {
		mem_free(lane.answers);
		lane.answers = NULL;
		lane.answer_cap = 0;
		allowed = n;
		mem_hook(&failing);
		settle(&s, 1, TAKE_STORED);
		mem_hook(NULL);
		ok(all_told(7, 1, BATCH_MESSAGES), "memory %u times: every answer is given, once, in order (%u calls)", n,
		   seen.calls);
	}
	is_int(seen.calls, 1, "with enough of it in one call");
	batch_free(b);
}

int main(void)
{
	int mark;

	pipeline.net = (struct net *)(void *)&mark;
	test_merged();
	test_refused();
	test_several();
	test_no_memory();
	mem_free(lane.answers);
	return done_testing();
}
