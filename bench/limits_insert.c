/* Inserts rows that lie in memory, in the way asked for, and takes the time: what SQLite alone can do. */
#include "config.h"

#include "limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "load.h"
#include "store/gather.h"

#define POOL_ROWS 65536 /* different bodies, */
#define POOL_BYTES (8 * 1024 * 1024) /* but not more than that of them */

struct inserter {
	const struct insert_opts *o;
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *one, *many, *table;
	struct row *pool;
	char *bodies;
	long pool_rows;
	struct shown shown;
	int wal_pages;
	double checkpoint_s, longest_s;
	struct flow flows[2];    /* of the file and its log */
	int flow_fds[2];
	struct gather gather;
};

static const char schema[] =
	"CREATE TABLE messages (id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, listener TEXT NOT NULL,"
	" peer TEXT NOT NULL, size INTEGER NOT NULL, body NOT NULL,"
	" truncated INTEGER GENERATED ALWAYS AS (size > length(CAST(body AS BLOB))) VIRTUAL)";

#define INSERT "INSERT INTO messages(id, received_at, listener, peer, size, body) "

static double now_s(void)
{
	return (double)clock_ns() / 1e9;
}

static void must(struct inserter *in, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return;
	fprintf(stderr, "limits: %s\n", sqlite3_errmsg(in->db));
	exit(1);
}

static void exec(struct inserter *in, const char *text)
{
	must(in, sqlite3_exec(in->db, text, NULL, NULL, NULL));
}

static void run(struct inserter *in, sqlite3_stmt *st)
{
	must(in, sqlite3_step(st));
	must(in, sqlite3_reset(st));
}

static sqlite3_stmt *prepare(struct inserter *in, const char *text)
{
	sqlite3_stmt *st;

	must(in, sqlite3_prepare_v3(in->db, text, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL));
	return st;
}

static int committed(void *arg, sqlite3 *db, const char *name, int pages)
{
	(void)db, (void)name;
	((struct inserter *)arg)->wal_pages = pages;
	return SQLITE_OK;
}

static sqlite3_file *file_of(struct inserter *in, int kind)
{
	sqlite3_file *file = NULL;

	must(in, sqlite3_file_control(in->db, "main", kind, &file));
	if (!file || !file->pMethods) {
		fprintf(stderr, "limits: %s: SQLite does not show its files\n", in->o->path);
		exit(1);
	}
	return file;
}

static int open_again(const struct inserter *in, const char *suffix)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s%s", in->o->path, suffix);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "limits: %s: cannot be opened again\n", path);
		exit(1);
	}
	return fd;
}

static void write_as_we_do(struct inserter *in)
{
	in->flow_fds[0] = open_again(in, "");
	in->flow_fds[1] = open_again(in, "-wal");
	flow_begin(&in->flows[0], file_of(in, SQLITE_FCNTL_FILE_POINTER), in->flow_fds[0]);
	flow_init(&in->flows[1], in->flow_fds[1]);
	gather_begin(&in->gather, file_of(in, SQLITE_FCNTL_JOURNAL_POINTER), (int)in->o->page_bytes, &in->flows[1]);
	if (!in->gather.file) {
		fprintf(stderr, "limits: out of memory\n");
		exit(1);
	}
}

static void open_file(struct inserter *in)
{
	char text[256];

	/* No lock and no statistics: this program has one thread. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	must(in, sqlite3_open(in->o->path, &in->db));
	snprintf(text, sizeof(text),
		 "PRAGMA page_size = %ld; PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0;"
		 "PRAGMA synchronous = %s; PRAGMA temp_store = memory", in->o->page_bytes, in->o->durability);
	exec(in, text);
	exec(in, in->o->extra);
	exec(in, schema);
	must(in, shown_register(in->db, &in->shown));
	sqlite3_wal_hook(in->db, committed, in);
	if (in->o->as_we_do)
		write_as_we_do(in);
}

static void prepare_all(struct inserter *in)
{
	char many[sizeof(INSERT) + 32 + VALUES_ROWS * 20] = INSERT "VALUES (?,?,?,?,?,?)";

	for (int i = 1; i < VALUES_ROWS; i++)
		strcat(many, ",(?,?,?,?,?,?)");
	in->begin = prepare(in, "BEGIN IMMEDIATE");
	in->commit = prepare(in, "COMMIT");
	in->one = prepare(in, INSERT "VALUES (?,?,?,?,?,?)");
	in->many = prepare(in, many);
	in->table = prepare(in, in->o->numbered ? INSERT "SELECT NULL, received_at, listener, peer, size, body FROM batch"
					     : INSERT "SELECT id, received_at, listener, peer, size, body FROM batch");
}

static void make_pool(struct inserter *in)
{
	size_t size = (size_t)in->o->size, rows = POOL_BYTES / size < POOL_ROWS ? POOL_BYTES / size : POOL_ROWS;

	in->pool_rows = (long)rows;
	in->pool = calloc(rows, sizeof(*in->pool));
	in->bodies = malloc(rows * size);
	if (!in->pool || !in->bodies) {
		perror("limits");
		exit(1);
	}
	for (uint32_t i = 0; i < rows; i++) {
		char *body = in->bodies + i * size;

		text_make(body, size, false, 0);
		text_number(body, size, i);
		in->pool[i] = (struct row){.received_at = unix_ns(), .body = body};
	}
}

static void bind_row(const struct inserter *in, sqlite3_stmt *st, int at, int64_t id)
{
	const struct row *r = &in->pool[id % in->pool_rows];

	if (!in->o->numbered)
		sqlite3_bind_int64(st, at + 1, id);
	sqlite3_bind_int64(st, at + 2, r->received_at);
	sqlite3_bind_text(st, at + 3, row_listener, sizeof(row_listener) - 1, SQLITE_STATIC);
	sqlite3_bind_text(st, at + 4, row_peer, sizeof(row_peer) - 1, SQLITE_STATIC);
	sqlite3_bind_int64(st, at + 5, in->o->size);
	sqlite3_bind_text(st, at + 6, r->body, (int)in->o->size, SQLITE_STATIC);
}

static void by_one(struct inserter *in, int64_t first, long count)
{
	for (long i = 0; i < count; i++) {
		bind_row(in, in->one, 0, first + i);
		run(in, in->one);
	}
}

static void by_values(struct inserter *in, int64_t first, long count)
{
	long i = 0;

	for (; i + VALUES_ROWS <= count; i += VALUES_ROWS) {
		for (int n = 0; n < VALUES_ROWS; n++)
			bind_row(in, in->many, n * 6, first + i + n);
		run(in, in->many);
	}
	by_one(in, first + i, count - i);
}

static void by_table(struct inserter *in, int64_t first, long count)
{
	/* The pool is a ring: at its end in two parts. */
	while (count > 0) {
		long at = (long)(first % in->pool_rows), room = in->pool_rows - at, part = room < count ? room : count;

		in->shown = (struct shown){
			.rows = in->pool + at, .count = part, .first_id = first, .size = (int)in->o->size};
		run(in, in->table);
		first += part;
		count -= part;
	}
}

static void checkpoint(struct inserter *in)
{
	double start = now_s(), took;

	if ((int64_t)in->wal_pages * in->o->page_bytes < (int64_t)in->o->wal_mib << 20)
		return;
	must(in, sqlite3_wal_checkpoint_v2(in->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
	in->wal_pages = 0;
	took = now_s() - start;
	in->checkpoint_s += took;
	if (took > in->longest_s)
		in->longest_s = took;
}

static void insert_all(struct inserter *in)
{
	static void (*const ways[])(struct inserter *, int64_t, long) = {
		[WAY_ONE] = by_one, [WAY_VALUES] = by_values, [WAY_TABLE] = by_table};
	const struct insert_opts *o = in->o;

	for (long done = 0; done < o->rows; done += o->rows_per_commit) {
		long count = o->rows - done < o->rows_per_commit ? o->rows - done : o->rows_per_commit;

		checkpoint(in);
		run(in, in->begin);
		ways[o->way](in, done + 1, count);
		run(in, in->commit);
	}
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static long peak_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

int limit_insert(const struct insert_opts *o)
{
	struct inserter in = {.o = o};
	double start, seconds, cpu;

	if (access(o->path, F_OK) == 0) {
		fprintf(stderr, "limits: %s is there already\n", o->path);
		return 1;
	}
	make_pool(&in);
	open_file(&in);
	prepare_all(&in);
	cpu = cpu_s();
	start = now_s();
	insert_all(&in);
	seconds = now_s() - start;
	cpu = cpu_s() - cpu;
	printf("{\"rows\":%ld,\"seconds\":%.6f,\"rate\":%.1f,\"cpu\":%.4f,\"peak_kib\":%ld,\"checkpoints_seconds\":%.4f,"
	       "\"longest_checkpoint\":%.4f}\n", o->rows, seconds, (double)o->rows / seconds, cpu, peak_kib(),
	       in.checkpoint_s, in.longest_s);
	sqlite3_finalize(in.begin);
	sqlite3_finalize(in.commit);
	sqlite3_finalize(in.one);
	sqlite3_finalize(in.many);
	sqlite3_finalize(in.table);
	gather_end(&in.gather);
	flow_end(&in.flows[0]);
	sqlite3_close(in.db);
	free(in.bodies);
	free(in.pool);
	return 0;
}
