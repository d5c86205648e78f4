/* Stores messages through the writer's sink into a new store, in takes of a transaction's worth; says what it is built of. */
#include "config.h"

#include "cost.h"

#include <gnu/libc-version.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/sync.h"
#include "core/ledger.h"
#include "core/take.h"
#include "store/store.h"

#define BATCH 512
#define TAKE (8 * BATCH)

/* Datagrams have a time each; the lines of one read share theirs, and take another way through the writer. */
#define DATAGRAM_NS 1000
#define LINE_NS 0

struct work {
	struct sink sink;
	struct take take;
};

static void store(void *arg)
{
	struct work *w = arg;
	struct err why;

	if (w->sink.ops->store(w->sink.self, &w->take, &why) != SINK_OK) {
		fprintf(stderr, "%s\n", why.text);
		exit(1);
	}
	w->sink.ops->tend(w->sink.self);
}

static void fill(struct take *t, struct account *account, uint64_t ticket, int64_t step_ns)
{
	static char bodies[BATCH][COST_BODY];
	struct batch_draft *d = batch_draft_new(BATCH, BATCH_BYTES);

	NEED(d);
	*t = (struct take){.ticket = ticket, .slices = t->slices, .slice_cap = TAKE / BATCH};
	while (t->messages < TAKE) {
		struct slice *s = &t->slices[t->slice_count++];

		for (unsigned i = 0; i < BATCH; i++) {
			cost_body(bodies[i], ticket * TAKE + t->messages + i);
			NEED(batch_draft_add(d, bodies[i], COST_BODY, COST_BODY,
					     INT64_C(1700000000000000000) + (int64_t)i * step_ns, COST_PEER));
		}
		*s = (struct slice){.batch = batch_draft_seal(d), .count = BATCH, .bytes = BATCH * COST_BODY};
		NEED(s->batch);
		s->batch->account = account;
		t->messages += BATCH;
		t->bytes += s->bytes;
	}
	batch_draft_free(d);
}

static void empty(struct take *t)
{
	for (uint32_t i = 0; i < t->slice_count; i++)
		batch_free(t->slices[i].batch);
}

static int store_all(uint64_t messages, int64_t step_ns)
{
	const char *tmp = getenv("TMPDIR");
	char dir[200], path[240], name[] = "tcp4", more[256];
	static const char *const tails[] = {"", "-wal", "-shm"};
	struct account account = {.listener = name};
	struct store_opts opts = {.name = "main", .path = path, .durability = DURABILITY_NORMAL, .version = "0"};
	struct store_receipt receipt = {.received = messages, .stored = messages, .clean = true};
	struct work w = {0};
	struct store *s;
	struct err why;

	snprintf(dir, sizeof(dir), "%s/catchbasin-cost.XXXXXX", tmp ? tmp : "/tmp");
	NEED(messages % TAKE == 0 && mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/messages.db", dir);
	s = store_open(&opts, &why);
	w.take.slices = calloc(TAKE / BATCH, sizeof(*w.take.slices));
	NEED(s && w.take.slices);
	w.sink = store_sink(s);
	for (uint64_t ticket = 0; ticket < messages / TAKE; ticket++) {
		fill(&w.take, &account, ticket, step_ns);
		measured(store, &w);
		empty(&w.take);
	}
	free(w.take.slices);
	NEED(store_finish(s, &receipt, NULL, 0, sync_now_ns(), &why) == 0);
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(more, sizeof(more), "%s%s", path, tails[i]);
		unlink(more);
	}
	return rmdir(dir);
}

/* What the number of instructions depends on, beside the source. */
static int tell_facts(void)
{
	struct utsname u;

	uname(&u);
#if defined(__clang__)
	printf("compiler clang-%d\n", __clang_major__);
#else
	printf("compiler gcc-%d\n", __GNUC__);
#endif
	printf("libc %s\nmachine %s\nsqlite %s\n", gnu_get_libc_version(), u.machine, sqlite3_libversion());
#ifdef ENABLE_LOCKDEP
	printf("watched locks\n");
#endif
#ifndef __OPTIMIZE__
	printf("plain -O0\n");
#endif
	return 0;
}

int main(int argc, char **argv)
{
	bool lines = argc > 1 && !strcmp(argv[1], "writer-lines");

	if (argc == 2 && !strcmp(argv[1], "--facts"))
		return tell_facts();
	NEED(lines || (argc > 1 && !strcmp(argv[1], "writer")));
	return store_all(cost_messages(argc, argv), lines ? LINE_NS : DATAGRAM_NS);
}
