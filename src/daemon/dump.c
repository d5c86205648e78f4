/* USR1: tells the log how everything stands, and who holds or waits for which lock. */
#include "daemon/dump.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sync_report.h"
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

/* ---- who waits for whom ---- */

#define STUCK_NS NS_PER_S /* nobody who gets on holds a lock for so long */
#define STDERR_MS 100     /* for a reader of stderr that is slow */

struct telling {
	bool all;
	bool straight; /* past the log, which is stuck itself */
	bool mute;     /* and nobody reads stderr */
};

static void write_line(struct telling *t, const char *line)
{
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
	char text[700];
	int len = snprintf(text, sizeof(text), "%s\n", line);

	if (!t->mute && (poll(&ready, 1, STDERR_MS) != 1 || write(STDERR_FILENO, text, (size_t)len) < 0))
		t->mute = true;
}

static void tell_line(void *arg, enum sync_tone tone, const char *line)
{
	struct telling *t = arg;

	if (t->straight)
		write_line(t, line);
	else if (tone == SYNC_STUCK)
		log_error("%s", line);
	else if (tone == SYNC_FACT || t->all)
		log_notice("%s", line);
	else
		log_debug("%s", line);
}

void dump_waits(bool all)
{
	struct telling t = {.all = all};
	int64_t held_ns = sync_held_for_ns("log");

	t.straight = held_ns < 0 || held_ns > STUCK_NS;
	sync_report(tell_line, &t);
}

/* To look at queues and pools takes their locks. */
static void dump_stuck(int64_t held_ns)
{
	struct telling t = {.straight = sync_held_for_ns("log") > STUCK_NS};
	char line[160];

	snprintf(line, sizeof(line), "listeners and stores are not told: a lock has been held for %" PRId64 " ms",
		 held_ns / NS_PER_MS);
	tell_line(&t, SYNC_STUCK, line);
}

void daemon_dump(struct daemon *d)
{
	int64_t held_ns;

	dump_waits(false);
	held_ns = sync_held_for_ns(NULL);
	if (held_ns < 0 || held_ns > STUCK_NS) {
		dump_stuck(held_ns);
		return;
	}
	pipeline_look(d->pipeline);
	pipeline_each_listener(d->pipeline, dump_listener, d);
	pipeline_each_store(d->pipeline, dump_store, d);
}
