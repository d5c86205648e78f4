/* Puts together what the status page shows, once a second for each that is looked at. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core/histogram.h"
#include "daemon/control_metrics.h"
#include "daemon/metrics_impl.h"

/* Appends, or empties the list for want of memory. Takes row. */
static void append(json_t **list, json_t *row)
{
	if (*list && row && json_array_append_new(*list, row) == 0)
		return;
	json_decref(*list);
	*list = NULL;
}

static void tell_histogram(json_t **list, const struct store_view *v, enum histogram_id id)
{
	const struct histogram_info *info = histogram_info(id);
	json_t *bounds = json_array(), *upto = json_array();
	struct histogram_view h;

	histogram_read(&v->histograms[id], id, &h);
	for (unsigned i = 0; i < info->bounds; i++) {
		append(&bounds, json_real((double)info->bound[i] * info->scale));
		append(&upto, json_integer((json_int_t)h.upto[i]));
	}
	append(list, json_pack("{s:o, s:s, s:o, s:o, s:I, s:f}", "store", control_text(v->name), "metric", info->metric, "bounds",
			       bounds, "upto", upto, "count", (json_int_t)h.count, "sum", (double)h.sum * info->scale));
}

static void tell_store(void *arg, const struct store_view *v)
{
	for (unsigned id = 0; id < HISTOGRAM_COUNT; id++)
		tell_histogram(arg, v, id);
}

static void tell_worker(void *arg, const struct worker_view *v)
{
	append(arg, json_pack("{s:o, s:I, s:b}", "name", control_text(v->name), "steps", (json_int_t)v->steps, "working",
			      v->working));
}

/* The verb status, with histograms, workers and newest messages beside it. */
static json_t *word_status(struct metrics *m)
{
	json_t *histograms = json_array(), *workers = json_array(), *newest, *all;
	struct pipeline_totals t;

	pipeline_totals(m->about.pipeline, &t);
	if (!t.stopping)
		newest_want(m->newest);
	pipeline_each_store(m->about.pipeline, tell_store, &histograms);
	pipeline_each_worker(m->about.pipeline, tell_worker, &workers);
	newest = newest_tell(m->newest);
	all = control_status(&m->view);
	if (all && (json_object_set_new(all, "at", json_integer(clock_wall_ns())) < 0 ||
		    json_object_set(all, "histograms", histograms) < 0 || json_object_set(all, "workers", workers) < 0 ||
		    json_object_set(all, "newest", newest) < 0)) {
		json_decref(all);
		all = NULL;
	}
	json_decref(histograms);
	json_decref(workers);
	json_decref(newest);
	return all;
}

void page_status(struct metrics *m, struct http_reply *reply)
{
	const char *silence = metrics_silence(m);
	json_t *all = silence ? json_pack("{s:s}", "phase", silence) : word_status(m);
	char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;

	json_decref(all);
	if (text) {
		metrics_say(reply, silence ? 503 : 200, text);
		reply->type = "application/json";
	}
	free(text);
}
