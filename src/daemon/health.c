/* Answers whoever asks by HTTP whether the daemon lives, and whether it takes messages in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "daemon/control_health.h"
#include "daemon/metrics_impl.h"

/* The verdict, and behind it what stands against "healthy", a line each. */
static void write_health(FILE *out, const json_t *health)
{
	const json_t *reasons = json_object_get(health, "reasons"), *reason;
	const char *verdict = json_string_value(json_object_get(health, "verdict"));
	size_t i;

	fputs(verdict ? verdict : "unknown", out);
	json_array_foreach(reasons, i, reason) {
		fputs(i ? "\n" : ": ", out);
		/* A name of the configuration cannot hold a line end, a reason of the disk's might. */
		for (const char *c = json_string_value(reason); *c; c++)
			fputc((unsigned char)*c < 0x20 ? ' ' : *c, out);
	}
	fputc('\n', out);
}

void health_alive(struct metrics *m, struct http_reply *reply)
{
	json_t *status, *health;
	char *text = NULL;
	size_t len = 0;
	const char *verdict;
	FILE *out;

	if (metrics_silence(m)) {
		metrics_say(reply, 503, m->phase == METRICS_STARTING ? "starting\n" : "stopping\n");
		return;
	}
	status = control_status(&m->view);
	health = json_object_get(status, "health");
	verdict = json_string_value(json_object_get(health, "verdict"));
	out = verdict ? open_memstream(&text, &len) : NULL;
	if (out) {
		write_health(out, health);
		if (fclose(out) == 0)
			metrics_say(reply, strcmp(verdict, health_word(HEALTH_FAILING)) ? 200 : 503, text);
	}
	free(text);
	json_decref(status);
}

void health_ready(struct metrics *m, struct http_reply *reply)
{
	struct pipeline_totals t = {0};

	if (!metrics_silence(m))
		pipeline_totals(m->about.pipeline, &t);
	if (m->phase == METRICS_STARTING)
		metrics_say(reply, 503, "starting\n");
	else if (m->phase == METRICS_GONE || t.stopping)
		metrics_say(reply, 503, "stopping\n");
	else if (t.failed)
		metrics_say(reply, 503, "a store has failed\n");
	else if (t.held)
		metrics_say(reply, 503, "held: min_free would not hold\n");
	else if (pipeline_paused(m->about.pipeline))
		metrics_say(reply, 503, "draining\n");
	else
		metrics_say(reply, 200, "ready\n");
}
