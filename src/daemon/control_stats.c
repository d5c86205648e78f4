/* The verb stats: every metric as JSON, or as the text that Prometheus reads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "daemon/control_metrics.h"

/* ---- text ---- */

/* Names come out of the configuration, values go between quotes. */
static void write_label(FILE *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else
			fputc(*value, out);
	}
}

static void write_family(void *arg, const char *name, const char *type, const char *help)
{
	fprintf(arg, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static bool is_whole(double value)
{
	return value >= -9007199254740992.0 && value <= 9007199254740992.0 && value - (double)(int64_t)value == 0;
}

static void write_sample(void *arg, const char *name, const struct metric_label *labels, unsigned label_count, double value)
{
	FILE *out = arg;

	fputs(name, out);
	for (unsigned i = 0; i < label_count; i++) {
		fprintf(out, "%c%s=\"", i ? ',' : '{', labels[i].name);
		write_label(out, labels[i].value);
		fputc('"', out);
	}
	if (label_count > 0)
		fputc('}', out);
	if (is_whole(value))
		fprintf(out, " %lld\n", (long long)value);
	else
		fprintf(out, " %.15g\n", value);
}

bool metrics_text(const struct control_view *v, FILE *out)
{
	return metrics_tell(v, &(struct metric_sink){write_family, write_sample, out});
}

static json_t *word_text(const struct control_view *v)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool good = out && metrics_text(v, out);
	json_t *data = NULL;

	if (out && fclose(out) == 0 && good)
		data = json_pack("{s:o, s:s, s:o}", "daemon", control_whoami(v), "type", METRICS_TYPE, "text", control_text(text));
	free(text);
	return data;
}

/* ---- JSON ---- */

struct list {
	json_t *metrics;  /* NULL: no memory */
	json_t *samples;  /* of the last of them; borrowed */
	const char *name; /* its name, the caller's */
};

static void add_family(void *arg, const char *name, const char *type, const char *help)
{
	struct list *l = arg;
	json_t *family = json_pack("{s:s, s:s, s:s, s:[]}", "name", name, "type", type, "help", help, "samples");

	l->samples = json_object_get(family, "samples");
	l->name = name;
	if (l->metrics && family && json_array_append(l->metrics, family) == 0) {
		json_decref(family);
		return;
	}
	json_decref(family);
	json_decref(l->metrics);
	l->metrics = l->samples = NULL;
}

static void add_sample(void *arg, const char *name, const struct metric_label *labels, unsigned label_count,
		       double value)
{
	struct list *l = arg;
	json_t *all = json_object(), *sample;
	bool good = all != NULL;

	for (unsigned i = 0; good && i < label_count; i++)
		good = json_object_set_new(all, labels[i].name, control_text(labels[i].value)) == 0;
	sample = json_pack("{s:o, s:o}", "labels", all, "value",
			   is_whole(value) ? json_integer((json_int_t)value) : json_real(value));
	/* Of a histogram each sample says which of its numbers it is. */
	if (l->name && strcmp(name, l->name) != 0)
		good = good && sample && json_object_set_new(sample, "name", json_string(name)) == 0;
	if (l->samples && good && json_array_append(l->samples, sample) == 0) {
		json_decref(sample);
		return;
	}
	json_decref(sample);
	json_decref(l->metrics);
	l->metrics = l->samples = NULL;
}

static json_t *word_list(const struct control_view *v)
{
	struct list l = {.metrics = json_array()};

	if (metrics_tell(v, &(struct metric_sink){add_family, add_sample, &l}))
		return json_pack("{s:o, s:o}", "daemon", control_whoami(v), "metrics", l.metrics);
	json_decref(l.metrics);
	return NULL;
}

json_t *control_stats(const struct control_view *v)
{
	const char *format = json_string_value(json_object_get(v->request, "format"));

	return format && !strcmp(format, "prometheus") ? word_text(v) : word_list(v);
}
