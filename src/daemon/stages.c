/* Brings the daemon up stage by stage, and down again in reverse. */
#include "config.h"
#include "daemon/stages.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/control_rates.h"

/* A stage that has nothing to undo has no down. */
struct stage {
	const char *name;
	int (*up)(struct daemon *d, struct err *reterr);
	void (*down)(struct daemon *d);
	const char *why_here;
};

static int strays_up(struct daemon *d, struct err *reterr UNUSED)
{
	notify_close_strays(d->options.config);
	return 0;
}

static int stage_signals_up(struct daemon *d, struct err *reterr)
{
	return signals_up(&d->signals, reterr);
}

static void stage_signals_down(struct daemon *d)
{
	signals_down(&d->signals);
}

static void tell_config_error(void *arg UNUSED, const char *line)
{
	log_error("%s", line);
}

static int config_up(struct daemon *d, struct err *reterr)
{
	int code = EXIT_CONFIG;

	d->config = config_load(d->options.config, tell_config_error, d, &code);
	if (!d->config)
		err_set(reterr, code, "the configuration is not usable; nothing was started");
	return d->config ? 0 : -1;
}

static void config_down(struct daemon *d)
{
	config_free(d->config);
	d->config = NULL;
}

static int stage_log_up(struct daemon *d, struct err *reterr)
{
	if (log_start((enum log_level)d->config->log.level, (enum log_target)d->config->log.target, reterr) != 0)
		return -1;
	daemon_apply_log(d);
	log_info("catchbasind " PACKAGE_VERSION ", pid %d", (int)getpid());
	for (unsigned i = 0; i < d->config->file_count; i++)
		log_info("configuration: %s", d->config->files[i]);
	return 0;
}

static void stage_log_down(struct daemon *d UNUSED)
{
	log_stop();
}

static int inherit_up(struct daemon *d, struct err *reterr UNUSED)
{
	d->inherited_count = notify_inherit(d->inherited);
	return 0;
}

static void inherit_down(struct daemon *d)
{
	notify_disown(d->inherited, d->inherited_count);
	d->inherited_count = 0;
}

static void pipeline_event(void *arg, enum pipeline_event event)
{
	struct daemon *d = arg;

	switch (event) {
	case PIPELINE_FAILED:
		signals_post(&d->signals, EVENT_FAILED);
		break;
	case PIPELINE_STOPPED:
		signals_post(&d->signals, EVENT_STOPPED);
		break;
	}
}

static void drop_strangers(struct daemon *d)
{
	for (unsigned i = 0; i < d->inherited_count; i++) {
		struct inherited *s = &d->inherited[i];

		if (s->fd < 0)
			continue;
		log_warning("inherited socket \"%s\" (descriptor %d) fits no listener by kind and address or name; closed",
			    s->name, s->fd);
		close(s->fd);
		s->fd = -1;
	}
}

static int pipeline_up(struct daemon *d, struct err *reterr)
{
	struct pipeline_opts opts = {
		.config = d->config,
		.version = PACKAGE_VERSION,
		.inherited = d->inherited,
		.inherited_count = d->inherited_count,
		.event = pipeline_event,
		.arg = d,
	};

	d->pipeline = pipeline_open(&opts, reterr);
	if (!d->pipeline)
		return -1;
	drop_strangers(d);
	return 0;
}

static void pipeline_down(struct daemon *d)
{
	pipeline_free(d->pipeline);
	d->pipeline = NULL;
}

static int rates_up(struct daemon *d, struct err *reterr)
{
	d->rates = rates_new();
	if (!d->rates)
		err_set(reterr, EXIT_INTERNAL, "rates: out of memory");
	return d->rates ? 0 : -1;
}

static void rates_down(struct daemon *d)
{
	rates_free(d->rates);
	d->rates = NULL;
}

static int looks_up(struct daemon *d, struct err *reterr)
{
	return rates_start(d->rates, d->pipeline, reterr);
}

static void looks_down(struct daemon *d)
{
	rates_stop(d->rates);
}

static void control_event(void *arg, enum control_event event)
{
	struct daemon *d = arg;

	switch (event) {
	case CONTROL_ORDERED:
		signals_post(&d->signals, EVENT_ORDER);
		break;
	case CONTROL_DUMP:
		signals_post(&d->signals, EVENT_DUMP);
		break;
	}
}

struct control_opts daemon_about(struct daemon *d)
{
	return (struct control_opts){
		.path = d->config->control.path,
		.pipeline = d->pipeline,
		.rates = d->rates,
		.version = PACKAGE_VERSION,
		.started_at = d->started_at,
		.generation = &d->generation,
		.refused = &d->refused,
		.event = control_event,
		.arg = d,
	};
}

static int control_up(struct daemon *d, struct err *reterr)
{
	struct control_opts opts = daemon_about(d);

	if (!*opts.path)
		return 0;
	d->control = control_open(&opts, reterr);
	return d->control ? 0 : -1;
}

static void control_down(struct daemon *d)
{
	if (d->control)
		control_close(d->control);
	d->control = NULL;
}

static int traffic_up(struct daemon *d, struct err *reterr)
{
	return pipeline_start(d->pipeline, reterr);
}

static int metrics_up(struct daemon *d, struct err *reterr)
{
	struct control_opts about = daemon_about(d);

	return metrics_open(d->config, &about, &d->metrics, reterr);
}

static void metrics_down(struct daemon *d)
{
	metrics_close(d->metrics);
	d->metrics = NULL;
}

static int tell_up(struct daemon *d, struct err *reterr UNUSED)
{
	metrics_attach(d->metrics, d->pipeline, d->rates, d->config);
	return 0;
}

static void tell_down(struct daemon *d)
{
	metrics_detach(d->metrics);
}

static int watchdog_up(struct daemon *d, struct err *reterr)
{
	return watchdog_open(d, &d->watchdog, reterr);
}

static void watchdog_down(struct daemon *d)
{
	watchdog_close(d->watchdog);
	d->watchdog = NULL;
}

static const struct stage stages[] = {
	{"strays", strays_up, NULL, "while every descriptor there is comes from outside"},
	{"signals", stage_signals_up, stage_signals_down, "a TERM from here on waits for us, in every thread"},
	{"configuration", config_up, config_down, "before the log: it says how loud, and where to"},
	{"log", stage_log_up, stage_log_down, "before anything that may fail for long, and down after it"},
	{"inherited sockets", inherit_up, inherit_down, "before the listeners, which look here first"},
	{"metrics", metrics_up, metrics_down, "before what takes long: who asks meanwhile hears that we are starting"},
	{"rates", rates_up, rates_down, "before the pipeline, whose loop wakes them as long as it lives"},
	{"pipeline", pipeline_up, pipeline_down, "stores, then workers at their posts, then sockets bound, nothing read"},
	{"looks at rates", looks_up, looks_down, "behind what they look at, and before the first message"},
	{"control socket", control_up, control_down, "after what it tells of; before it goes away"},
	{"traffic", traffic_up, NULL, "behind the sockets everything stands"},
	{"metrics told", tell_up, tell_down, "after the traffic: who is told of it may send"},
	{"watchdog", watchdog_up, watchdog_down, "last: it watches all the others move"},
};

void stages_down(struct daemon *d, unsigned up)
{
	while (up-- > 0) {
		log_debug("down: %s", stages[up].name);
		if (stages[up].down)
			stages[up].down(d);
	}
}

unsigned stages_up(struct daemon *d, struct err *reterr)
{
	d->started_at = clock_wall_ns();
	for (unsigned i = 0; i < ARRAY_LEN(stages); i++) {
		log_debug("up: %s (%s)", stages[i].name, stages[i].why_here);
		if (stages[i].up(d, reterr) != 0) {
			stages_down(d, i);
			return 0;
		}
	}
	return ARRAY_LEN(stages);
}
