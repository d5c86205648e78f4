/* Helps the store's tests: temporary directories, takes made by hand, plain SQL. */
#include "bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "core/ledger.h"

#define NEED(cond)                                                                                  \
	do {                                                                                        \
		if (!(cond)) {                                                                      \
			printf("Bail out! %s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			exit(99);                                                                   \
		}                                                                                   \
	} while (0)

void bench_init(struct bench *b)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(b->dir, sizeof(b->dir), "%s/cb-store-XXXXXX", tmp ? tmp : "/tmp");
	NEED(mkdtemp(b->dir));
	snprintf(b->path, sizeof(b->path), "%s/messages.db", b->dir);
}

static void empty_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	NEED(dir);
	while ((e = readdir(dir))) {
		char name[512];

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (unlink(name) < 0)
			rmdir(name);
	}
	closedir(dir);
}

void bench_clear(const struct bench *b)
{
	empty_dir(b->dir);
}

void bench_done(struct bench *b)
{
	chmod(b->dir, 0700);
	empty_dir(b->dir);
	NEED(rmdir(b->dir) == 0);
}

struct store *bench_open(const struct bench *b, struct err *reterr)
{
	const struct store_opts opts = {
		.name = "main", .path = b->path, .durability = DURABILITY_FULL, .version = "0.1.0"};

	return store_open(&opts, reterr);
}

int bench_finish(struct store *s, uint64_t stored, uint64_t lost, struct err *reterr)
{
	const struct store_receipt receipt = {
		.received = stored + lost, .stored = stored, .lost = lost, .clean = true};

	return store_finish(s, &receipt, NULL, 0, sync_now_ns() + 2 * NS_PER_S, reterr);
}

enum sink_result bench_store(struct store *s, struct take *t, struct err *reterr)
{
	struct sink sink = store_sink(s);

	return sink.ops->store(sink.self, t, reterr);
}

void bench_tend(struct store *s)
{
	struct sink sink = store_sink(s);

	sink.ops->tend(sink.self);
}

uint64_t bench_pruned(struct store *s)
{
	struct store_status st;
	uint64_t n = 0;

	store_status(s, &st);
	for (unsigned why = 0; why < STORE_PRUNE_REASONS; why++)
		n += st.pruned[why];
	return n;
}

static struct account *udp(void)
{
	static char name[] = "udp";
	static struct account account;

	account.listener = name;
	return &account;
}

static void add_slice(struct take *t, struct batch_draft *d)
{
	struct batch *b = batch_draft_seal(d);

	NEED(b);
	b->account = udp();
	if (t->slice_count == t->slice_cap) {
		t->slice_cap = t->slice_cap ? 2 * t->slice_cap : 4;
		t->slices = mem_resize(t->slices, t->slice_cap * sizeof(*t->slices));
		NEED(t->slices);
	}
	t->slices[t->slice_count++] = (struct slice){.batch = b, .first = b->first, .count = b->count - b->first};
	t->messages += b->count - b->first;
	t->bytes += batch_len(b, b->first, b->count - b->first);
}

void bench_take(struct take *t, uint64_t ticket, const char *prefix, unsigned from, unsigned count, unsigned per_batch)
{
	struct batch_draft *d = batch_draft_new(per_batch, 1 << 20);
	char (*text)[640] = mem_alloc(sizeof(*text) * per_batch);

	NEED(d && text);
	take_init(t);
	t->ticket = ticket;
	for (unsigned done = 0; done < count;) {
		for (unsigned i = 0; i < per_batch && done < count; i++, done++) {
			int len = snprintf(text[i], sizeof(text[i]), "%s %u", prefix, from + done);

			NEED(len < (int)sizeof(text[i]));
			NEED(batch_draft_add(d, text[i], (uint32_t)len, (uint32_t)len, clock_wall_ns(),
					     "192.0.2.7:41234"));
		}
		add_slice(t, d);
	}
	batch_draft_free(d);
	mem_free(text);
}

void bench_take_one(struct take *t, uint64_t ticket, const char *bytes, uint32_t len, uint32_t size)
{
	struct batch_draft *d = batch_draft_new(1, 1 << 20);

	take_init(t);
	t->ticket = ticket;
	NEED(d && batch_draft_add(d, bytes, len, size, clock_wall_ns(), "unix:pid=811,uid=1000"));
	add_slice(t, d);
	batch_draft_free(d);
}

void bench_add_loss(struct take *t, const char *listener, enum loss_reason why, uint64_t messages, uint64_t bytes)
{
	if (t->loss_count == t->loss_cap) {
		t->loss_cap = t->loss_cap ? 2 * t->loss_cap : 4;
		t->losses = mem_resize(t->losses, t->loss_cap * sizeof(*t->losses));
		NEED(t->losses);
	}
	t->losses[t->loss_count++] = (struct loss_delta){.listener = listener, .reason = why, .from_at = 1000,
							 .to_at = clock_wall_ns(), .messages = messages, .bytes = bytes};
}

void bench_take_free(struct take *t)
{
	for (uint32_t i = 0; i < t->slice_count; i++)
		batch_free(t->slices[i].batch);
	mem_free(t->slices);
	mem_free(t->losses);
	memset(t, 0, sizeof(*t));
}

unsigned bench_refused(struct take *t)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < t->slice_count; i++)
		for (uint32_t j = 0; j < t->slices[i].count; j++)
			n += batch_msgs(t->slices[i].batch)[t->slices[i].first + j].refused;
	return n;
}

sqlite3 *bench_connect(const struct bench *b)
{
	sqlite3 *db;

	NEED(sqlite3_open_v2(b->path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
	sqlite3_busy_timeout(db, 2000);
	return db;
}

const char *bench_sql(const struct bench *b, const char *sql)
{
	static char answers[4][640];
	static unsigned turn;
	char *answer = answers[turn++ % 4];
	sqlite3 *db = bench_connect(b);

	answer[0] = '\0';
	while (*sql) {
		sqlite3_stmt *st = NULL;

		if (sqlite3_prepare_v2(db, sql, -1, &st, &sql) != SQLITE_OK) {
			snprintf(answer, sizeof(answers[0]), "!%s", sqlite3_errmsg(db));
			break;
		}
		if (!st)
			break;
		switch (sqlite3_step(st)) {
		case SQLITE_ROW:
			snprintf(answer, sizeof(answers[0]), "%s",
				 sqlite3_column_text(st, 0) ? (const char *)sqlite3_column_text(st, 0) : "");
			break;
		case SQLITE_DONE:
			break;
		default:
			snprintf(answer, sizeof(answers[0]), "!%s", sqlite3_errmsg(db));
		}
		sqlite3_finalize(st);
		if (answer[0] == '!')
			break;
	}
	sqlite3_close(db);
	return answer;
}

int64_t bench_number(const struct bench *b, const char *sql)
{
	const char *answer = bench_sql(b, sql);

	if (answer[0] == '!') {
		printf("# %s: %s\n", sql, answer);
		return -1;
	}
	return strtoll(answer, NULL, 10);
}

char *bench_read(const char *path, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	*ret_len = 0;
	if (fd < 0)
		return NULL;
	NEED(fstat(fd, &st) == 0);
	bytes = mem_alloc((size_t)st.st_size + 1);
	NEED(bytes && read(fd, bytes, (size_t)st.st_size) == st.st_size);
	close(fd);
	*ret_len = (size_t)st.st_size;
	return bytes;
}

void bench_write(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	NEED(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}
