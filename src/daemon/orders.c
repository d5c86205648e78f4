/* Does what was asked over the control socket: reload, log level; and has it answered. */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/control_orders.h"
#include "daemon/daemon.h"

/* ---- reload ---- */

struct tale {
	json_t *applied, *waiting, *reasons; /* lists of lines */
};

static void append(json_t *list, const char *line)
{
	json_t *text = control_text(line);

	if (json_array_append_new(list, text) < 0)
		log_warning("out of memory: an answer over the control socket is not complete");
}

static void hear(void *arg, enum log_level level, const char *line)
{
	struct tale *t = arg;

	append(level == LOG_LV_NOTICE ? t->applied : level == LOG_LV_WARNING ? t->waiting : t->reasons, line);
}

static void do_reload(struct daemon *d, const struct control_order *o)
{
	struct tale t = {json_array(), json_array(), json_array()};
	struct reload_also also = {hear, &t};
	struct err err;
	json_t *data;
	int code = daemon_reload(d, &also);

	data = json_pack("{s:I, s:o, s:o, s:o}", "generation", (json_int_t)atomic_load(&d->generation), "applied", t.applied,
			 "waiting", t.waiting, "reasons", t.reasons);
	if (code != EXIT_CLEAN)
		err_set(&err, EXIT_CONFIG, "the configuration is refused, nothing was changed");
	control_answer(d->control, o->client, "reload", data, code == EXIT_CLEAN ? NULL : &err);
}

/* ---- log level ---- */

static void do_loglevel(struct daemon *d, const struct control_order *o)
{
	enum log_level configured = d->options.debug ? LOG_LV_DEBUG : (enum log_level)d->config->log.level;
	int64_t left_ms;

	if (o->for_ns > 0)
		loglevel_set(d, o->level, o->for_ns);
	else if (o->for_ns == 0)
		loglevel_reset(d);
	left_ms = loglevel_left_ms(d);
	control_answer(d->control, o->client, "loglevel",
		       json_pack("{s:s, s:s, s:o}", "level", log_level_name(log_level()), "configured",
				 log_level_name(configured), "left_ms", left_ms < 0 ? json_null() : json_integer(left_ms)),
		       NULL);
}

/* ---- the whole ---- */

void daemon_orders(struct daemon *d, bool stopping)
{
	struct control_order *o;
	struct err err;

	while ((o = control_next_order(d->control))) {
		if (stopping && o->kind == ORDER_RELOAD) {
			err_set(&err, EXIT_LEFT, "the daemon is stopping");
			control_answer(d->control, o->client, "reload", NULL, &err);
			mem_free(o);
			continue;
		}
		switch (o->kind) {
		case ORDER_RELOAD:
			do_reload(d, o);
			break;
		case ORDER_LOGLEVEL:
			do_loglevel(d, o);
			break;
		}
		mem_free(o);
	}
}
