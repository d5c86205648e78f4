/* Puts file, schema, run and writer together: a store from its opening to its receipt. */
#include "store/store.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "store/db.h"
#include "store/run.h"
#include "store/sql.h"
#include "store/writer.h"

#define RETRY_NS (20 * NS_PER_MS)

_Static_assert(STORE_PRUNE_REASONS == PRUNE_REASONS, "the status has room for each");

struct store {
	char *name;
	struct db db;
	struct writer writer;
	struct run run;
	char node[40];
};

static void tell(const struct store *s, const struct store_opts *opts)
{
	static const char *const durability[] = {
		[DURABILITY_FULL] = "full",
		[DURABILITY_NORMAL] = "normal",
		[DURABILITY_OFF] = "off",
	};
	const struct log_about about = {.store = s->name};
	char since[32];

	if (s->run.crashed) {
		clock_format_utc(s->run.crashed_at, since, sizeof(since));
		log_about(LOG_LV_WARNING, &about,
			  "store %s: the run of %s UTC left no receipt: what it held in memory is lost, and the table "
			  "loss says so", opts->path, since);
	}
	log_about(LOG_LV_INFO, &about,
		  "store %s: %s, SQLite %s, journal wal, durability %s, last id %" PRId64 ", run %" PRId64, opts->path,
		  s->db.is_new ? "created" : "opened", sqlite3_libversion(), durability[s->db.durability],
		  s->writer.base_id, s->run.id);
}

/* The run's row, and the identity of the store. */
static int begin(struct store *s, const struct store_opts *opts, struct err *reterr)
{
	int rc = run_begin(&s->run, s->db.sql, opts->version);

	if (rc == SQLITE_OK)
		rc = sql_text(s->db.sql, "SELECT value FROM meta WHERE key = 'node'", s->node, sizeof(s->node));
	if (rc == SQLITE_OK)
		return 0;
	sql_failed(s->db.sql, s->db.file.path, rc, reterr);
	sql_rollback(s->db.sql);
	return -1;
}

static int open_keep(struct store *s, const struct store_opts *opts, struct err *reterr)
{
	int rc = keep_open(&s->writer.keep, &s->db, s->run.id);

	store_set_keep(s, opts->keep_age_ns, opts->keep_bytes, opts->keep_messages);
	if (rc == SQLITE_OK)
		space_set_prune(&s->writer.space, &s->writer.keep.prune);
	if (rc == SQLITE_OK)
		return 0;
	sql_failed(s->db.sql, s->db.file.path, rc, reterr);
	return -1;
}

/* Will something be deleted? */
static bool is_to_shrink(const struct store_opts *opts)
{
	return opts->keep_age_ns || opts->keep_bytes || opts->keep_messages || opts->min_free;
}

struct store *store_open(const struct store_opts *opts, struct err *reterr)
{
	struct store *s = mem_zalloc(1, sizeof(*s));

	if (!s) {
		err_set(reterr, EXIT_INTERNAL, "store %s: out of memory", opts->path);
		return NULL;
	}
	s->name = mem_strdup(opts->name);
	if (!s->name) {
		err_set(reterr, EXIT_INTERNAL, "store %s: out of memory", opts->path);
		goto no_name;
	}
	/* A mutex less in every allocation. Refused, and no matter, once SQLite is in use. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (db_open(&s->db, opts->path, opts->durability, is_to_shrink(opts), reterr) < 0)
		goto no_db;
	if (writer_init(&s->writer, &s->db, opts->min_free, opts->wal_limit, reterr) < 0)
		goto no_writer;
	if (begin(s, opts, reterr) < 0)
		goto no_run;
	if (open_keep(s, opts, reterr) < 0)
		goto no_keep;
	sqlite3_busy_timeout(s->db.sql, DB_BUSY_MS);
	tell(s, opts);
	return s;

no_keep:
	keep_close(&s->writer.keep);
no_run:
	writer_done(&s->writer);
no_writer:
	db_close(&s->db);
no_db:
	mem_free(s->name);
no_name:
	mem_free(s);
	return NULL;
}

struct sink store_sink(struct store *s)
{
	return writer_sink(&s->writer);
}

void store_set_durability(struct store *s, enum durability d)
{
	atomic_store(&s->writer.durability, (int)d);
}

bool store_set_keep(struct store *s, int64_t age_ns, int64_t bytes, int64_t messages)
{
	return keep_set(&s->writer.keep, &(struct prune_limits){.age_ns = age_ns, .size_bytes = bytes, .messages = messages});
}

void store_count_steps(struct store *s, struct histogram *histograms)
{
	s->writer.keep.prune.steps = &histograms[HISTOGRAM_PRUNE_STEP];
}

const char *store_prune_reason(unsigned why)
{
	return prune_reason_name((enum prune_reason)why);
}

void store_stop_pruning(struct store *s)
{
	prune_stop(&s->writer.keep.prune);
}

bool store_set_space(struct store *s, int64_t min_free, uint64_t wal_limit)
{
	bool space = space_set_min_free(&s->writer.space, min_free);

	return checkpoint_set_limit(&s->writer.checkpoint, wal_limit) || space;
}

void store_release_space(struct store *s)
{
	space_release(&s->writer.space);
}

/* Everything into the database file, so that whoever reads it next needs no log. Until the deadline. */
static void settle_log(struct store *s, int64_t deadline_ns)
{
	int left, rc;

	while (((rc = db_checkpoint(&s->db, SQLITE_CHECKPOINT_TRUNCATE, &left)) & 0xff) == SQLITE_BUSY &&
	       sync_now_ns() < deadline_ns)
		sync_sleep_until(sync_now_ns() + RETRY_NS);
	/* Otherwise the log stays as it is: it is whole, and the next start takes it in. */
}

static void dispose(struct store *s)
{
	keep_close(&s->writer.keep);
	writer_done(&s->writer);
	db_close(&s->db);
	mem_free(s->name);
	mem_free(s);
}

int store_finish(struct store *s, const struct store_receipt *receipt, const struct loss_delta *losses,
		 unsigned loss_count, int64_t deadline_ns, struct err *reterr)
{
	enum sink_result result;
	struct err why;
	int rc, ret = 0;

	for (;;) {
		rc = run_finish(&s->run, &s->writer, receipt, losses, loss_count);
		if (rc == SQLITE_OK)
			break;
		result = sql_failed(s->db.sql, s->db.file.path, rc, &why);
		sql_rollback(s->db.sql);
		/* On a full disk a log that starts over may leave room for it. */
		if (result == SINK_FULL)
			settle_log(s, sync_now_ns());
		if (result == SINK_FATAL || sync_now_ns() >= deadline_ns) {
			err_set(reterr, why.exit_code, "%s: no receipt was written", why.text);
			ret = -1;
			break;
		}
		sync_sleep_until(sync_now_ns() + RETRY_NS);
	}
	if (ret == 0)
		settle_log(s, deadline_ns);
	dispose(s);
	return ret;
}

static bool pruned_none(const struct store *s)
{
	uint64_t rows = 0;

	for (enum prune_reason why = 0; why < PRUNE_REASONS; why++)
		rows += counter_get(&s->writer.keep.prune.pruned[why]);
	return rows == 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	/* A failure leaves a run without a receipt, and the next start says so; so does one that counts what it pruned. */
	if (counter_get(&s->writer.stored) == 0 && pruned_none(s) && run_undo(&s->run, s->db.sql) == SQLITE_OK)
		settle_log(s, 0);
	dispose(s);
}

enum store_room store_room(struct store *s)
{
	return (enum store_room)counter_get(&s->writer.space.room);
}

void store_status(struct store *s, struct store_status *ret)
{
	const struct prune *prune = &s->writer.keep.prune;
	const struct checkpoint *c = &s->writer.checkpoint;
	const struct space *space = &s->writer.space;

	*ret = (struct store_status){
		.last_id = counter_get(&s->writer.last_given),
		.rows = counter_get(&s->writer.stored),
		.run = (uint64_t)s->run.id,
		.moved = atomic_load(&s->writer.moved),
		.room = store_room(s),
		.min_free = counter_get(&space->floor_bytes),
		.wal_limit = atomic_load(&c->limit_bytes),
		.enough_bytes = counter_get(&space->enough_bytes),
		.held_by_reader = counter_get(&space->by_reader) != 0,
		.wal_over = counter_get(&c->over) != 0,
		.wal_reader = (int64_t)(counter_get(&c->reader) ? counter_get(&c->reader) : counter_get(&space->reader)),
		.checkpoints = counter_get(&c->done),
		.checkpoints_in_vain = counter_get(&c->in_vain),
		.checkpoints_us = counter_get(&c->took_us),
	};
	for (enum prune_reason why = 0; why < PRUNE_REASONS; why++)
		ret->pruned[why] = counter_get(&prune->pruned[why]);
	ret->given_bytes = counter_get(&prune->given_bytes);
	ret->prune_most_ns = counter_get(&prune->most_ns);
	ret->oldest_at = (int64_t)counter_get(&prune->oldest_at);
	__builtin_memcpy(ret->node, s->node, sizeof(ret->node));
	ret->free_bytes = space_free(s->db.file.fd);
	file_sizes(&s->db.file, &ret->db_bytes, &ret->wal_bytes);
}
