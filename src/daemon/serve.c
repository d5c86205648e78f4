/* The main loop: waits for signals and for what the pipeline tells, and says how it goes. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "daemon/daemon.h"

#define STATUS_MS 5000
#define DRAIN_MS 1000
#define LATE_NS (60 * NS_PER_S) /* past its deadline a stop still checkpoints; later no more time is asked for */

/* ---- what systemctl status shows ---- */

struct rate {
	uint64_t received;
	int64_t at_ns, next_ns;
};

/* "412k" */
static void format_rate(double a_second, char *text, size_t size)
{
	if (a_second < 10000)
		snprintf(text, size, "%.0f", a_second);
	else
		snprintf(text, size, "%.0fk", a_second / 1000);
}

static void tell_status(struct daemon *d, struct rate *last)
{
	struct pipeline_totals t;
	char rate[32], lost[32];
	double seconds;
	int64_t now;

	pipeline_look(d->pipeline);
	now = sync_now_ns();
	seconds = (double)(now - last->at_ns) / (double)NS_PER_S;
	pipeline_totals(d->pipeline, &t);
	format_rate(seconds > 0 ? (double)(t.sums.received - last->received) / seconds : 0, rate, sizeof(rate));
	format_count(ledger_lost_total(&t.sums), lost, sizeof(lost));
	if (t.stopping)
		notify_status("stopping: %" PRIu64 " messages to store, %s lost", t.queued, lost);
	else
		notify_status("%s/s in, queue %u %%, %s lost%s", rate,
			      t.capacity ? (unsigned)(t.queued * 100 / t.capacity) : 0, lost,
			      t.failed ? ", a worker failed" : t.retrying ? ", a store does not take what it is given" : "");
	last->received = t.sums.received;
	last->at_ns = now;
}

/* Now and then, however often the loop comes round. */
static void tell_systemd(struct daemon *d, struct rate *last, bool stopping)
{
	int64_t now = sync_now_ns();

	if (!notify_wanted() || now < last->next_ns)
		return;
	tell_status(d, last);
	if (stopping && now < d->stop_by_ns + LATE_NS)
		notify_extend(DRAIN_MS * 10);
	last->next_ns = now + (stopping ? DRAIN_MS : STATUS_MS) * NS_PER_MS;
}

/* ---- stopping ---- */

static void begin_stop(struct daemon *d)
{
	int64_t now = sync_now_ns();

	notify_stopping();
	d->stop_by_ns = now + d->config->daemon.drain_timeout_ns;
	pipeline_stop(d->pipeline, clock_wall_ns(), d->stop_by_ns);
}

/* A first TERM stops, a second one stops now. */
static void on_stop(struct daemon *d, bool *stopping)
{
	if (*stopping) {
		log_notice("told to stop again: what is not stored by now is counted as lost");
		pipeline_hurry(d->pipeline);
		return;
	}
	log_notice("told to stop: storing what is here, for at most %" PRId64 " ms",
		   d->config->daemon.drain_timeout_ns / NS_PER_MS);
	*stopping = true;
	begin_stop(d);
}

static void on_failed(struct daemon *d, bool *stopping)
{
	if (*stopping)
		return;
	log_error("a store has failed for good: stopping");
	*stopping = true;
	begin_stop(d);
}

/* How long to sleep when nothing happens: for ever, unless somebody wants to hear or a log level must end,
 * or the watchdog wants to see that we live. */
static int timeout_ms(const struct daemon *d, bool stopping)
{
	int64_t ms = -1, left_ms = loglevel_left_ms(d), look_ms = watchdog_look_ms(d->watchdog);

	if (notify_wanted())
		ms = stopping ? DRAIN_MS : STATUS_MS;
	if (look_ms >= 0 && (ms < 0 || look_ms < ms))
		ms = look_ms;
	if (left_ms >= 0 && (ms < 0 || left_ms < ms))
		ms = left_ms;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

void daemon_serve(struct daemon *d)
{
	struct rate rate = {.at_ns = sync_now_ns()};
	struct pipeline_result result;
	bool stopping = false;
	unsigned events;

	do {
		watchdog_look(d->watchdog, d, d->stop_by_ns);
		tell_systemd(d, &rate, stopping);
		events = signals_wait(&d->signals, timeout_ms(d, stopping));
		loglevel_tend(d);
		if ((events & EVENT_RELOAD) && !stopping)
			(void)daemon_reload(d, NULL);
		if (events & EVENT_ORDER)
			daemon_orders(d, stopping);
		if (events & EVENT_DUMP)
			daemon_dump(d);
		if (events & EVENT_DEBUG)
			loglevel_toggle(d);
		if (events & EVENT_STOP)
			on_stop(d, &stopping);
		if (events & EVENT_FAILED)
			on_failed(d, &stopping);
		if (events & (EVENT_STOP | EVENT_FAILED))
			rate.next_ns = 0; /* told at once */
	} while (!(events & EVENT_STOPPED));
	result = pipeline_join(d->pipeline);
	d->exit_code = result.exit_code;
	d->stuck = result.stuck;
}
