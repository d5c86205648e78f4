/* Pauses the reading, waits until every queue is empty and committed, and lets it go on. */
#include "daemon/control_drain.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "daemon/control_verbs.h"

/* A duration of the request in ms. -1 with reterr. */
static int read_ms(const json_t *request, const char *key, int64_t fallback_ms, int64_t *ret_ns, struct err *reterr)
{
	const json_t *value = json_object_get(request, key);
	json_int_t ms = value ? json_integer_value(value) : fallback_ms;

	if ((value && !json_is_integer(value)) || ms < 0 || ms > DRAIN_MOST_MS) {
		err_set(reterr, EXIT_USAGE, "\"%s\" is a number of milliseconds up to %d", key, DRAIN_MOST_MS);
		return -1;
	}
	*ret_ns = ms * NS_PER_MS;
	return 0;
}

int drain_begin_request(struct control_drain *d, struct pipeline *p, uint64_t client, const json_t *request,
			struct err *reterr)
{
	int64_t patience_ns, hold_ns;
	struct pipeline_totals t;

	if (read_ms(request, "timeout_ms", DRAIN_MS, &patience_ns, reterr) < 0 ||
	    read_ms(request, "hold_ms", 0, &hold_ns, reterr) < 0)
		return -1;
	if (d->active) {
		err_set(reterr, EXIT_LEFT, "another drain is under way");
		return -1;
	}
	pipeline_look(p);
	pipeline_totals(p, &t);
	if (t.stopping) {
		err_set(reterr, EXIT_LEFT, "the daemon is stopping");
		return -1;
	}
	*d = (struct control_drain){.active = true, .client = client, .began_ns = sync_now_ns(), .hold_ns = hold_ns,
				    .before = t.sums};
	d->until_ns = d->began_ns + patience_ns;
	pipeline_pause(p, true);
	log_notice("drain: nothing is read until all that came in is committed");
	return 0;
}

static json_t *word(const struct control_drain *d, const struct pipeline_totals *t)
{
	int64_t took_ns = (d->drained_ns ? d->drained_ns : sync_now_ns()) - d->began_ns;

	return json_pack("{s:b, s:I, s:I, s:I, s:I}", "drained", d->done, "took_ms", (json_int_t)(took_ns / NS_PER_MS),
			 "stored", (json_int_t)(d->after.stored - d->before.stored), "lost",
			 (json_int_t)(ledger_lost_total(&d->after) - ledger_lost_total(&d->before)), "left",
			 (json_int_t)(d->done ? 0 : t->queued));
}

/* Queues are empty, and nobody waits with what was read before the pause. */
static void note_work(void *arg, const struct store_view *v)
{
	bool *work = arg;

	*work |= v->queue_status.messages > 0 || v->queue_status.held_sources > 0;
}

static bool work_left(struct pipeline *p)
{
	bool work = false;

	pipeline_each_store(p, note_work, &work);
	return work;
}

static bool finish(struct control_drain *d, struct pipeline *p, const struct pipeline_totals *t, json_t **ret_data)
{
	pipeline_pause(p, false);
	*ret_data = word(d, t);
	log_notice("drain: %s, reading again", d->done ? "all is committed" : "not all is committed");
	*d = (struct control_drain){0};
	return true;
}

bool drain_tick(struct control_drain *d, struct pipeline *p, json_t **ret_data, struct err *err)
{
	int64_t now_ns = sync_now_ns();
	struct pipeline_totals t;
	bool paused = pipeline_paused(p);

	if (!d->active)
		return false;
	*err = (struct err){.exit_code = EXIT_CLEAN};
	pipeline_totals(p, &t);
	if (!d->done)
		d->after = t.sums;
	if (t.stopping) {
		err_set(err, EXIT_LEFT, "the daemon is stopping: its receipt will tell");
		return finish(d, p, &t, ret_data);
	}
	if (d->paused && !paused && !d->done) {
		err_set(err, EXIT_LEFT, "a reload has ended the drain");
		return finish(d, p, &t, ret_data);
	}
	d->paused |= paused;
	if (paused && !d->done && !work_left(p)) {
		pipeline_totals(p, &t);
		d->after = t.sums;
		d->done = true;
		d->drained_ns = now_ns;
	}
	if (d->done && (now_ns - d->drained_ns >= d->hold_ns || !paused))
		return finish(d, p, &t, ret_data);
	if (!d->done && now_ns >= d->until_ns) {
		err_set(err, EXIT_LEFT, "the time is over with messages left to store");
		return finish(d, p, &t, ret_data);
	}
	return false;
}
