/* HUP: reads the configuration anew, and applies it whole or not at all. */
#include "base/log.h"
#include "daemon/daemon.h"

struct tally {
	unsigned applied, waiting;
};

static void tell_error(void *arg UNUSED, const char *line)
{
	log_error("%s", line);
}

/* Against the configuration in effect: what is new and live. */
static void tell_live(void *arg, const struct conf_change *c)
{
	struct tally *t = arg;

	if (!c->live)
		return;
	log_notice("reload: %s", c->line);
	t->applied++;
}

/* Against the configuration of the start: restart keys are named at every reload until they are in effect. */
static void tell_restart(void *arg, const struct conf_change *c)
{
	struct tally *t = arg;

	if (c->live)
		return;
	log_warning("reload: %s: not applied, this takes a restart", c->line);
	t->waiting++;
}

void daemon_reload(struct daemon *d)
{
	int code = EXIT_CONFIG;
	struct config *fresh;
	struct tally tally = {0};
	struct err why;

	notify_reloading();
	fresh = config_load(d->options.config, tell_error, d, &code);
	if (!fresh) {
		log_error("reload refused: the configuration is not usable, nothing was changed");
	} else if (pipeline_tune(d->pipeline, fresh, &why) != 0) {
		log_error("reload refused: %s, nothing was changed", why.text);
		config_free(fresh);
	} else {
		config_diff(d->config, fresh, tell_live, &tally);
		config_diff(d->started, fresh, tell_restart, &tally);
		if (d->config != d->started)
			config_free(d->config);
		d->config = fresh;
		d->generation++;
		log_notice("reloaded: %u changes applied, %u take a restart", tally.applied, tally.waiting);
		daemon_apply_log(d);
	}
	notify_ready();
}
