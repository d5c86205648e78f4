/* The table of what is told of each store as a metric. */
#include "daemon/control_metrics_store.h"

#include "base/sync.h"

static double oldest(const struct seen_store *s)
{
	int64_t ns = s->view.queue_status.oldest_ns;

	return ns ? metric_seconds(sync_now_ns() - ns) : 0;
}

/* The pool's clock is not the wall's: what is told moves with it only by a hair. */
static double last_commit_at(const struct seen_store *s)
{
	int64_t ns = s->view.pool.last_commit_ns;

	return ns ? (double)((clock_wall_ns() - (sync_now_ns() - ns)) / NS_PER_MS) / 1000 : 0;
}

#define OF_STORE(name, expression)                                                                  \
	static double name(const struct seen_store *s)                                              \
	{                                                                                           \
		return (double)(expression);                                                        \
	}

OF_STORE(queue_messages, s->view.queue_status.messages)
OF_STORE(queue_bytes, s->view.queue_status.bytes)
OF_STORE(queue_capacity, s->view.queue_status.capacity_count)
OF_STORE(queue_budget, s->view.queue_status.budget_bytes)
OF_STORE(queue_high, s->view.queue_status.high_count)
OF_STORE(queue_high_bytes, s->view.queue_status.high_bytes)
OF_STORE(held, s->view.queue_status.held_sources)
OF_STORE(committed, s->books.total.stored)
OF_STORE(committed_bytes, s->books.total.stored_bytes)
OF_STORE(commits, s->view.pool.commits)
OF_STORE(retries, s->view.pool.retries)
OF_STORE(workers, s->view.pool.workers)
OF_STORE(busy, s->view.pool.busy)
OF_STORE(failed, s->view.pool.failed)
OF_STORE(last_id, s->view.store.last_id)
OF_STORE(free_bytes, s->view.store.free_bytes)
OF_STORE(min_free, s->view.store.min_free)
OF_STORE(room, s->view.store.room)
OF_STORE(wal_limit, s->view.store.wal_limit)
OF_STORE(wal_over, s->view.store.wal_over)
OF_STORE(checkpoints, s->view.store.checkpoints)
OF_STORE(in_vain, s->view.store.checkpoints_in_vain)
OF_STORE(checkpoint_time, (double)s->view.store.checkpoints_us / 1e6)
OF_STORE(balanced, s->books.balanced)
OF_STORE(oldest_at, metric_seconds(s->view.store.oldest_at))
OF_STORE(given, s->view.store.given_bytes)
OF_STORE(prune_most, metric_seconds((int64_t)s->view.store.prune_most_ns))
OF_STORE(last_took, metric_seconds(s->view.pool.last_commit_took_ns))

static const struct store_metric of_store[] = {
	{"catchbasin_queue_messages", queue_messages, "Messages queued or in flight."},
	{"catchbasin_queue_bytes", queue_bytes, "Allocated bytes of what is queued or in flight."},
	{"catchbasin_queue_capacity_messages", queue_capacity, "Messages the queue takes (queue_messages)."},
	{"catchbasin_queue_capacity_bytes", queue_budget, "Bytes the queue takes (queue_bytes)."},
	{"catchbasin_queue_high_water_messages", queue_high, "The most messages there ever were at once."},
	{"catchbasin_queue_high_water_bytes", queue_high_bytes, "The most bytes there ever were at once."},
	{"catchbasin_at_risk_messages", queue_messages, "Messages received and not yet committed."},
	{"catchbasin_oldest_unstored_seconds", oldest, "Age of the oldest message not yet committed, 0 if there is none."},
	{"catchbasin_held_sources", held, "Sources held back because the queue is full (overflow = block)."},
	{"catchbasin_committed_messages_total", committed, "Messages committed."},
	{"catchbasin_committed_bytes_total", committed_bytes, "Bytes of messages committed."},
	{"catchbasin_commits_total", commits, "Transactions committed."},
	{"catchbasin_commit_retries_total", retries, "Transactions tried again: database busy, disk full, I/O error, less space than min_free."},
	{"catchbasin_last_commit_timestamp_seconds", last_commit_at, "When the last transaction was committed, 0 before the first."},
	{"catchbasin_last_commit_duration_seconds", last_took, "How long the last transaction took."},
	{"catchbasin_workers", workers, "Workers of the store's pool (workers)."},
	{"catchbasin_workers_busy", busy, "Workers that hold messages."},
	{"catchbasin_store_failed", failed, "1 if a worker has given up, else 0."},
	{"catchbasin_last_id", last_id, "The highest id given to a row."},
	{"catchbasin_oldest_message_timestamp_seconds", oldest_at, "When the oldest message of the store was received, 0 if there is none."},
	{"catchbasin_pruned_file_bytes_total", given, "Bytes of the database file that pruning gave back to the file system."},
	{"catchbasin_prune_step_max_seconds", prune_most, "The longest time that a step of pruning held the writer."},
	{"catchbasin_disk_free_bytes", free_bytes, "Free space of the store's file system, as the daemon may use it."},
	{"catchbasin_min_free_bytes", min_free, "Free space the store leaves (min_free), 0 for none."},
	{"catchbasin_store_room", room,
	 "Beside min_free: 0 enough, 1 too little and messages take the place of deleted ones, 2 too little and nothing is stored."},
	{"catchbasin_wal_limit_bytes", wal_limit, "Length the write-ahead log should not pass (wal_limit)."},
	{"catchbasin_wal_over_limit", wal_over, "1 while readers keep the log longer than wal_limit, else 0."},
	{"catchbasin_checkpoints_total", checkpoints, "Checkpoints that moved the whole log into the database."},
	{"catchbasin_checkpoints_blocked_total", in_vain, "Checkpoints that moved less, because of readers or an error."},
	{"catchbasin_checkpoint_seconds_total", checkpoint_time, "Time that checkpoints took."},
	{"catchbasin_books_balanced", balanced, "1 if received + kernel = stored + lost + queued + in flight, else 0."},
	{NULL, NULL, NULL},
};

const struct store_metric *store_metrics(void)
{
	return of_store;
}
