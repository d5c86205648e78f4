/* Raises and lowers the log level for a while, and puts it back to what is configured. */
#include "daemon/loglevel.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "daemon/daemon.h"

#define USR2_NS (600 * NS_PER_S)

static enum log_level configured(const struct daemon *d)
{
	return d->options.debug ? LOG_LV_DEBUG : (enum log_level)d->config->log.level;
}

void daemon_apply_log(struct daemon *d)
{
	log_set(d->loglevel.until_ns ? d->loglevel.level : configured(d), (enum log_target)d->config->log.target);
}

void loglevel_set(struct daemon *d, enum log_level level, int64_t for_ns)
{
	char text[32];

	d->loglevel = (struct loglevel){.level = level, .until_ns = sync_now_ns() + for_ns};
	daemon_apply_log(d);
	format_duration(for_ns, text, sizeof(text));
	log_notice("log level %s for %s", log_level_name(level), text);
}

void loglevel_reset(struct daemon *d)
{
	d->loglevel.until_ns = 0;
	daemon_apply_log(d);
	log_notice("log level %s, as configured", log_level_name(configured(d)));
}

void loglevel_toggle(struct daemon *d)
{
	bool on = !d->loglevel.until_ns;

	d->loglevel = (struct loglevel){.level = LOG_LV_DEBUG, .until_ns = on ? sync_now_ns() + USR2_NS : 0};
	daemon_apply_log(d);
	log_notice("USR2: debug logging is %s", on ? "on for ten minutes" : "as configured again");
}

void loglevel_tend(struct daemon *d)
{
	if (!d->loglevel.until_ns || sync_now_ns() < d->loglevel.until_ns)
		return;
	d->loglevel.until_ns = 0;
	daemon_apply_log(d);
	log_notice("the time is over: log level %s, as configured", log_level_name(configured(d)));
}

int64_t loglevel_left_ms(const struct daemon *d)
{
	int64_t left_ms;

	if (!d->loglevel.until_ns)
		return -1;
	left_ms = (d->loglevel.until_ns - sync_now_ns()) / NS_PER_MS + 1;
	return left_ms > 0 ? left_ms : 0;
}
