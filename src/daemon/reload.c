/* HUP: reads the configuration anew, and applies it whole or not at all. */
#include "base/log.h"
#include "base/mem.h"
#include "daemon/daemon.h"

/* What has changed, to be told once it is known that the reload stands. */
struct news {
	struct news *next;
	bool live;
	char *line;
};

static void tell_error(void *arg UNUSED, const char *line)
{
	log_error("%s", line);
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

/* Tells the news, or forgets them. */
static void release(struct news *n, bool tell)
{
	while (n) {
		struct news *next = n->next;

		if (tell && n->live)
			log_notice("reload: %s", n->line ? n->line : "a change");
		else if (tell)
			log_warning("reload: %s: not applied, this takes a restart", n->line ? n->line : "a change");
		mem_free(n->line);
		mem_free(n);
		n = next;
	}
}

/* Puts fresh into force. -1 with reterr, and nothing changed. */
static int apply(struct daemon *d, struct config *fresh, struct err *reterr)
{
	if (config_settle(d->config, fresh, reterr) != 0)
		return -1;
	return pipeline_tune(d->pipeline, fresh, reterr);
}

void daemon_reload(struct daemon *d)
{
	int code = EXIT_CONFIG;
	struct config *fresh;
	struct news *news = NULL, **end = &news;
	struct err why;

	notify_reloading();
	fresh = config_load(d->options.config, tell_error, d, &code);
	if (!fresh) {
		log_error("reload refused: the configuration is not usable, nothing was changed");
		notify_ready();
		return;
	}
	config_diff(d->config, fresh, note, &end);
	if (apply(d, fresh, &why) != 0) {
		log_error("reload refused: %s, nothing was changed", why.text);
		release(news, false);
		config_free(fresh);
	} else {
		release(news, true);
		config_free(d->config);
		d->config = fresh;
		d->generation++;
		log_notice("reloaded");
		daemon_apply_log(d);
	}
	notify_ready();
}
