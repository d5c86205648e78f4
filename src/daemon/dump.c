/* USR1: tells the log how everything stands, and who holds or waits for which lock. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/daemon.h"

static void dump_store(void *arg UNUSED, const struct store_view *v)
{
	const struct queue_status *q = &v->queue_status;
	int64_t now = sync_now_ns();

	log_notice("store %s: %s, last id %" PRIu64 ", %" PRIu64 " bytes, wal %" PRIu64 " bytes", v->name, v->path,
		   v->store.last_id, v->store.db_bytes, v->store.wal_bytes);
	log_notice("queue %s: %" PRIu64 " queued and %" PRIu64 " in flight of %" PRIu64 " messages, %" PRIu64 " of %" PRIu64
		   " bytes, at most %" PRIu64 " messages so far, %" PRIu64 " sources held, oldest %" PRId64 " ms",
		   v->name, q->queued, q->in_flight, q->capacity_count, q->bytes, q->budget_bytes, q->high_count,
		   q->held_sources, q->oldest_ns ? (now - q->oldest_ns) / NS_PER_MS : 0);
	log_notice("pool %s: %u workers, %u busy, %" PRIu64 " commits, the last %" PRId64 " ms ago%s%s", v->name,
		   v->pool.workers, v->pool.busy, v->pool.commits,
		   v->pool.last_commit_ns ? (now - v->pool.last_commit_ns) / NS_PER_MS : -1,
		   v->pool.failed ? ", failed: " : v->pool.retrying ? ", retrying: " : "",
		   v->pool.failed || v->pool.retrying ? v->pool.why.text : "");
	log_notice("books %s: received=%" PRIu64 " kernel=%" PRIu64 " stored=%" PRIu64 " lost=%" PRIu64 " queued=%" PRIu64
		   " in_flight=%" PRIu64 "%s",
		   v->name, q->sums.received, q->sums.lost[LOSS_KERNEL], q->sums.stored, ledger_lost_total(&q->sums),
		   q->sums.queued, q->sums.in_flight, q->balanced ? "" : " (they do not balance)");
}

static void dump_listener(void *arg UNUSED, const struct listener_view *v)
{
	log_notice("listener %s: %s, %s, %" PRIu64 " connections", v->name, v->address, v->overflow,
		   stats_get(v->stats, STAT_CONNECTIONS));
}

static void dump_line(void *arg UNUSED, const char *line)
{
	log_notice("%s", line);
}

void daemon_dump(struct daemon *d)
{
	pipeline_each_listener(d->pipeline, dump_listener, d);
	pipeline_each_store(d->pipeline, dump_store, d);
	sync_report(dump_line, d);
}
