/* HUP: reads the configuration anew, and applies it whole or not at all. */
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/daemon.h"

/* What has changed, to be told once it is known that the reload stands. */
struct news {
	struct news *next;
	bool live;
	char *line;
};

/* To whoever asked; the log is told at each place by itself, where its rate of one line a second is kept. */
static void tell_also(const struct reload_also *also, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void tell_also(const struct reload_also *also, enum log_level level, const char *fmt, ...)
{
	char line[LOG_LINE];
	va_list ap;

	if (!also)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	also->line(also->arg, level, line);
}

static void tell_error(void *arg, const char *line)
{
	log_error("%s", line);
	tell_also(arg, LOG_LV_ERROR, "%s", line);
}

static void note(void *arg, const struct conf_change *c)
{
	struct news ***end = arg, *n = mem_zalloc(1, sizeof(*n));

	if (!n)
		return;
	n->live = c->live;
	n->line = mem_strdup(c->line);
	**end = n;
	*end = &n->next;
}

static void tell(const struct news *n, const struct reload_also *also)
{
	const char *line = n->line ? n->line : "a change";

	if (n->live) {
		log_notice("reload: %s", line);
		tell_also(also, LOG_LV_NOTICE, "%s", line);
	} else {
		log_warning("reload: %s: not applied, this takes a restart", line);
		tell_also(also, LOG_LV_WARNING, "%s: not applied, this takes a restart", line);
	}
}

static void release(struct news *n)
{
	while (n) {
		struct news *next = n->next;

		mem_free(n->line);
		mem_free(n);
		n = next;
	}
}

/* Puts fresh into force. -1 with reterr, and nothing changed. */
static int apply(struct daemon *d, struct config *fresh, struct err *reterr)
{
	struct metrics *prepared;

	if (config_settle(d->config, fresh, reterr) != 0 || metrics_prepare(d, fresh, &prepared, reterr) != 0)
		return -1;
	if (pipeline_tune(d->pipeline, fresh, reterr) != 0) {
		metrics_discard(d, prepared);
		return -1;
	}
	metrics_apply(d, fresh, prepared);
	return 0;
}

/* Takes fresh. */
static int put_into_force(struct daemon *d, struct config *fresh, const struct reload_also *also)
{
	struct news *news = NULL, **end = &news;
	struct err why;

	config_diff(d->config, fresh, note, &end);
	if (apply(d, fresh, &why) != 0) {
		log_error("reload refused: %s, nothing was changed", why.text);
		tell_also(also, LOG_LV_ERROR, "%s", why.text);
		release(news);
		config_free(fresh);
		return EXIT_CONFIG;
	}
	for (const struct news *n = news; n; n = n->next)
		tell(n, also);
	release(news);
	config_free(d->config);
	d->config = fresh;
	d->generation++;
	log_notice("reloaded");
	daemon_apply_log(d);
	return EXIT_CLEAN;
}

int daemon_reload(struct daemon *d, const struct reload_also *also)
{
	int code = EXIT_CONFIG;
	struct config *fresh;

	notify_reloading();
	fresh = config_load(d->options.config, tell_error, (void *)(uintptr_t)also, &code);
	if (fresh)
		code = put_into_force(d, fresh, also);
	else
		log_error("reload refused: the configuration is not usable, nothing was changed");
	atomic_store(&d->refused, code != EXIT_CLEAN);
	notify_ready();
	return code;
}
