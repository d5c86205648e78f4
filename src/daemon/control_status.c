/* The verb status: everything a running daemon knows of itself. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "daemon/control_health.h"

static json_int_t ms_since(int64_t then_ns)
{
	return (sync_now_ns() - then_ns) / NS_PER_MS;
}

static json_t *word_daemon(const struct control_view *v, const struct pipeline_totals *t)
{
	const struct control_opts *o = v->opts;

	return json_pack("{s:I, s:s, s:I, s:I, s:I, s:b, s:b, s:b, s:I, s:s}", "pid", (json_int_t)getpid(), "version", o->version,
			 "started_at", (json_int_t)o->started_at, "uptime_ms", ms_since(v->opened_ns), "generation",
			 (json_int_t)(o->generation ? atomic_load(o->generation) : 0), "stopping", t->stopping, "failed",
			 t->failed, "paused", pipeline_paused(o->pipeline), "log_dropped", (json_int_t)log_dropped(),
			 "log_level", log_level_name(log_level()));
}

static json_t *word_account(const struct account_sums *s)
{
	json_t *account = control_columns(s);

	if (account && (json_object_set_new(account, "received_bytes", json_integer((json_int_t)s->received_bytes)) < 0 ||
			json_object_set_new(account, "stored_bytes", json_integer((json_int_t)s->stored_bytes)) < 0 ||
			json_object_set_new(account, "losses", control_losses(s)) < 0)) {
		json_decref(account);
		return NULL;
	}
	return account;
}

static json_t *word_queue(const struct queue_status *q)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "messages", (json_int_t)q->messages,
			 "capacity_messages", (json_int_t)q->capacity_count, "bytes", (json_int_t)q->bytes,
			 "capacity_bytes", (json_int_t)q->budget_bytes, "high_messages", (json_int_t)q->high_count,
			 "high_bytes", (json_int_t)q->high_bytes, "held_sources", (json_int_t)q->held_sources,
			 "oldest_unstored_ms", q->oldest_ns ? ms_since(q->oldest_ns) : (json_int_t)0, "closed", q->closed);
}

static json_t *word_pool(const struct pool_status *p)
{
	const char *state = p->failed ? "failed" : p->retrying ? "retrying" : "working";
	bool has_why = p->failed || p->retrying, has_commit = p->last_commit_ns != 0;

	return json_pack("{s:I, s:I, s:I, s:o, s:o, s:I, s:s, s:o}", "workers", (json_int_t)p->workers, "busy",
			 (json_int_t)p->busy, "commits", (json_int_t)p->commits, "last_commit_age_ms",
			 has_commit ? json_integer(ms_since(p->last_commit_ns)) : json_null(), "last_commit_took_us",
			 has_commit ? json_integer(p->last_commit_took_ns / 1000) : json_null(), "retries",
			 (json_int_t)p->retries, "state", state, "why",
			 has_why ? control_text(p->why.text) : json_null());
}

static json_t *word_space(const struct store_status *s)
{
	static const char *const rooms[] = {[STORE_AMPLE] = "ample", [STORE_PRUNING] = "pruning", [STORE_HELD] = "held"};

	return json_pack("{s:s, s:I, s:I, s:I, s:b, s:o}", "room", rooms[s->room], "free_bytes", (json_int_t)s->free_bytes,
			 "min_free", (json_int_t)s->min_free, "wal_limit", (json_int_t)s->wal_limit, "wal_over", s->wal_over,
			 "wal_reader", s->wal_reader ? json_integer(s->wal_reader) : json_null());
}

static json_t *word_kept(const struct store_status *s)
{
	int64_t age_ms = (clock_wall_ns() - s->oldest_at) / NS_PER_MS;
	uint64_t pruned = 0;

	for (unsigned why = 0; why < STORE_PRUNE_REASONS; why++)
		pruned += s->pruned[why];
	return json_pack("{s:o, s:I, s:I}", "oldest_age_ms", s->oldest_at ? json_integer(age_ms) : json_null(), "pruned",
			 (json_int_t)pruned, "given_bytes", (json_int_t)s->given_bytes);
}

static json_t *word_store(const struct store_view *v)
{
	const struct store_status *s = &v->store;

	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:o, s:o}", "name", control_text(v->name), "path",
			 control_text(v->path), "node", control_text(s->node), "run", (json_int_t)s->run, "rows",
			 (json_int_t)s->rows, "last_id", (json_int_t)s->last_id, "db_bytes", (json_int_t)s->db_bytes,
			 "wal_bytes", (json_int_t)s->wal_bytes, "moved", s->moved, "kept",
			 word_kept(s), "space", word_space(s), "queue", word_queue(&v->queue_status), "pool", word_pool(&v->pool));
}

static json_t *word_counters(const struct stats *stats)
{
	json_t *list = json_array();

	for (unsigned i = 0; list && i < STAT_COUNT; i++) {
		const struct stat_info *info = stat_info(i);
		json_t *row = json_pack("{s:s, s:s, s:I}", "name", info->name, "unit", info->unit, "value",
					(json_int_t)stats_get(stats, i));

		if (!row || json_array_append_new(list, row) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* ---- the whole ---- */

struct status {
	const struct control_view *view;
	json_t *stores, *listeners; /* NULL: no memory */
	struct account_sums total;
	struct health health;
	/* The store whose listeners are being told of. */
	const struct store_view *store;
	struct control_books *books;
};

/* Appends, or empties the list for want of memory. Takes row. */
static void append(json_t **list, json_t *row)
{
	if (*list && row && json_array_append(*list, row) == 0) {
		json_decref(row);
		return;
	}
	json_decref(row);
	json_decref(*list);
	*list = NULL;
}

static const struct account_sums *find_book(struct control_books *b, const char *listener)
{
	static const struct account_sums none;

	for (unsigned i = 0; i < b->count; i++) {
		if (strcmp(b->book[i].listener, listener) != 0)
			continue;
		b->book[i].told = true;
		return &b->book[i].sums;
	}
	return &none;
}

static json_t *word_rate(const struct control_rate *r)
{
	if (!r)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "per_s", (json_int_t)r->per_s, "peak_per_s", (json_int_t)r->peak_per_s, "peak_at",
			 (json_int_t)r->peak_at);
}

/* How much more the receive buffer takes, and for how long that is enough at the most that came today. */
static json_t *word_headroom(const struct listener_view *v, const struct account_sums *sums, const struct control_rate *r,
			     int64_t *ret_ms)
{
	uint64_t rcvbuf = stats_get(v->stats, STAT_RCVBUF), used = stats_get(v->stats, STAT_RCVBUF_USED);
	uint64_t size = sums->received ? sums->received_bytes / sums->received : 0;
	uint64_t messages = rcvbuf / rates_datagram_bytes(size), room = rcvbuf > used ? rcvbuf - used : 0;

	*ret_ms = -1;
	if (v->stream || !rcvbuf)
		return json_null();
	if (r && r->peak_per_s)
		*ret_ms = (int64_t)(messages * 1000 / r->peak_per_s);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "rcvbuf_bytes", (json_int_t)rcvbuf, "used_bytes", (json_int_t)used,
			 "message_bytes", (json_int_t)size, "capacity_messages", (json_int_t)messages, "free_messages",
			 (json_int_t)(room / rates_datagram_bytes(size)), "ms",
			 *ret_ms < 0 ? json_null() : json_integer(*ret_ms));
}

static void tell_listener(void *arg, const struct listener_view *v)
{
	struct status *s = arg;
	struct control_rate seen;
	const struct control_rate *rate = rates_find(s->view->opts->rates, v->queue, v->name, &seen) ? &seen : NULL;
	const struct account_sums *sums;
	json_t *headroom;
	int64_t headroom_ms;

	if (v->queue != s->store->queue)
		return;
	sums = find_book(s->books, v->name);
	headroom = word_headroom(v, sums, rate, &headroom_ms);
	health_listener(&s->health, v->name, rate, headroom_ms);
	append(&s->listeners, json_pack("{s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:o, s:o}", "name", control_text(v->name), "address",
					control_text(v->address), "stream", v->stream, "overflow", v->overflow, "store",
					control_text(s->store->name), "account", word_account(sums), "rate",
					word_rate(rate), "headroom", headroom, "counters", word_counters(v->stats)));
}

/* A listener that a reload has taken away: its books stay. */
static void tell_former(struct status *s, const struct control_book *b)
{
	append(&s->listeners, json_pack("{s:o, s:n, s:n, s:n, s:o, s:o, s:[]}", "name", control_text(b->listener),
					"address", "stream", "overflow", "store", control_text(s->store->name), "account",
					word_account(&b->sums), "counters"));
}

static void tell_store(void *arg, const struct store_view *v)
{
	struct status *s = arg;
	struct control_books books;

	append(&s->stores, word_store(v));
	if (!control_books_read(v->queue, &books)) {
		append(&s->listeners, NULL);
		return;
	}
	control_books_add(&s->total, &books.total);
	health_store(&s->health, v, books.balanced);
	s->store = v;
	s->books = &books;
	pipeline_each_listener(s->view->opts->pipeline, tell_listener, s);
	for (unsigned i = 0; i < books.count; i++) {
		if (!books.book[i].told)
			tell_former(s, &books.book[i]);
	}
	control_books_free(&books);
}

json_t *control_status(const struct control_view *v)
{
	struct status s = {.view = v, .stores = json_array(), .listeners = json_array()};
	struct pipeline_totals t;
	json_t *locks, *line;
	bool stuck = false;
	size_t i;

	pipeline_look(v->opts->pipeline);
	pipeline_totals(v->opts->pipeline, &t);
	health_init(&s.health);
	if (t.stopping)
		health_note(&s.health, HEALTH_ATTENTION, "the daemon is stopping");
	locks = control_locks();
	json_array_foreach(locks, i, line)
		if (json_is_true(json_object_get(line, "stuck")))
			stuck = true;
	if (stuck)
		health_note(&s.health, HEALTH_FAILING, "threads are stuck: see catchbasin dump");
	pipeline_each_store(v->opts->pipeline, tell_store, &s);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "health", health_tell(&s.health), "locks", locks, "daemon", word_daemon(v, &t), "total", word_account(&s.total), "stores",
			 s.stores, "listeners", s.listeners);
}
