/* Comes to a verdict: what stands against "healthy", and how badly. */
#include "daemon/control_health.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/sync.h"
#include "store/pin.h"

#define FULL_PERCENT 80
#define OLD_NS (15 * NS_PER_S)      /* longer than batch_interval may be */
#define RECENT_NS (60 * NS_PER_S)
#define HEADROOM_MS 20

void health_init(struct health *h)
{
	*h = (struct health){.verdict = HEALTH_GOOD, .reasons = json_array()};
}

void health_note(struct health *h, enum health_verdict v, const char *fmt, ...)
{
	char text[HEALTH_TEXT];
	json_t *line;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line = control_text(text);
	/* Without memory the reason is not told; the verdict is. */
	if (v > h->verdict ? json_array_insert_new(h->reasons, 0, line) < 0 : json_array_append_new(h->reasons, line) < 0)
		line = NULL;
	if (v > h->verdict)
		h->verdict = v;
}

/* What the disk leaves to be wished. */
static void health_space(struct health *h, const struct store_view *v)
{
	bool is_less = v->store.free_bytes < v->store.min_free;
	char words[PIN_TEXT];

	switch (v->store.room) {
	case STORE_AMPLE:
		break;
	case STORE_PRUNING:
		health_note(h, HEALTH_ATTENTION, is_less ?
			    "store %s: less space is free than min_free: messages take the place of deleted ones" :
			    "store %s: less space was free than min_free: room is made until there is an eighth more", v->name);
		break;
	case STORE_HELD:
		if (v->store.held_by_reader)
			health_note(h, HEALTH_FAILING, "store %s: held: %s, and min_free would not hold: nothing is stored until that "
				    "ends, or %" PRIu64 " MiB are free", v->name, pin_words((pid_t)v->store.wal_reader, words),
				    v->store.enough_bytes >> 20);
		else
			health_note(h, HEALTH_FAILING, is_less ?
				    "store %s: held: less space is free than min_free: nothing is stored" :
				    "store %s: held: less space was free than min_free: nothing is stored until there is an "
				    "eighth more", v->name);
		break;
	}
	if (v->store.wal_over && v->store.wal_reader)
		health_note(h, HEALTH_ATTENTION,
			    "store %s: %s: the write-ahead log is longer than wal_limit",
			    v->name, pin_words((pid_t)v->store.wal_reader, words));
	else if (v->store.wal_over)
		health_note(h, HEALTH_ATTENTION, "store %s: the write-ahead log is longer than wal_limit", v->name);
}

void health_store(struct health *h, const struct store_view *v, bool balanced)
{
	const struct queue_status *q = &v->queue_status;
	int64_t old_ns = q->oldest_ns ? sync_now_ns() - q->oldest_ns : 0;

	if (v->pool.failed)
		health_note(h, HEALTH_FAILING, "store %s: a worker has given up: %s", v->name, v->pool.why.text);
	else if (v->pool.retrying && v->store.room != STORE_HELD)
		health_note(h, HEALTH_FAILING, "store %s: cannot be written: %s", v->name, v->pool.why.text);
	health_space(h, v);
	if (v->store.moved)
		health_note(h, HEALTH_FAILING, "store %s: %s no longer leads to the file that is written", v->name, v->path);
	if (!balanced)
		health_note(h, HEALTH_FAILING, "store %s: the books do not balance: see catchbasin audit", v->name);
	if (old_ns > OLD_NS)
		health_note(h, HEALTH_FAILING, "store %s: the oldest message has waited for %" PRId64 " s", v->name,
			    old_ns / NS_PER_S);
	if (q->messages * 100 >= q->capacity_count * FULL_PERCENT || q->bytes * 100 >= q->budget_bytes * FULL_PERCENT)
		health_note(h, HEALTH_ATTENTION, "store %s: the queue is nearly full", v->name);
	if (q->held_sources > 0)
		health_note(h, HEALTH_ATTENTION, "store %s: %" PRIu64 " sources wait for room in the queue", v->name,
			    q->held_sources);
}

void health_listener(struct health *h, const char *name, const struct control_rate *rate, int64_t headroom_ms)
{
	if (rate && rate->lost_ns && sync_now_ns() - rate->lost_ns < RECENT_NS)
		health_note(h, HEALTH_ATTENTION, "listener %s: messages were lost within the last minute: see catchbasin loss",
			    name);
	if (headroom_ms >= 0 && headroom_ms < HEADROOM_MS)
		health_note(h, HEALTH_ATTENTION,
			    "listener %s: its receive buffer holds %" PRId64 " ms of today's peak: raise rcvbuf", name,
			    headroom_ms);
}

const char *health_word(enum health_verdict v)
{
	static const char *const words[] = {
		[HEALTH_GOOD] = "healthy",
		[HEALTH_ATTENTION] = "attention",
		[HEALTH_FAILING] = "failing",
	};

	return words[v];
}

json_t *health_tell(struct health *h)
{
	json_t *data = json_pack("{s:s, s:o}", "verdict", health_word(h->verdict), "reasons", h->reasons);

	h->reasons = NULL;
	return data;
}
