/* stats: every metric of the daemon, for people, as JSON, or as Prometheus reads it. */
#include <string.h>

#include "base/mem.h"
#include "ctl/look.h"
#include "ctl/memory.h"
#include "ctl/text.h"

static void show_sample(const char *name, const json_t *sample)
{
	const json_t *labels = json_object_get(sample, "labels"), *value = json_object_get(sample, "value"), *label;
	char number[TEXT_NUMBER];
	const char *key;
	int width;

	width = printf("%s", name);
	json_object_foreach((json_t *)(uintptr_t)labels, key, label)
		width += printf(" %s=%s", key, json_string_value(label) ? json_string_value(label) : "?");
	if (json_is_integer(value))
		printf("%*s\n", width < 78 ? 80 - width : 2, text_count(json_integer_value(value), number));
	else
		printf("  %.6g\n", json_number_value(value));
}

/* Of a histogram each sample has a name of its own. */
static const char *name_of(const json_t *sample, const char *family)
{
	const char *own = json_string_value(json_object_get(sample, "name")), *name = own ? own : family;

	return strncmp(name, "catchbasin_", 11) ? name : name + 11;
}

/* People look for what is there: series of nothing but 0 are left out, and so are the buckets of histograms. */
static void show(const json_t *data)
{
	const json_t *metric, *sample;
	size_t i, n;

	json_array_foreach(json_object_get(data, "metrics"), i, metric) {
		const char *name = text_of(metric, "name");

		json_array_foreach(json_object_get(metric, "samples"), n, sample)
			if (json_number_value(json_object_get(sample, "value")) != 0 &&
			    !json_object_get(json_object_get(sample, "labels"), "le"))
				show_sample(name_of(sample, name), sample);
	}
}

int verb_stats(const struct ctl *c)
{
	json_t *args = need(json_pack("{s:s}", "format", c->prometheus ? "prometheus" : "json")), *data;
	struct err err;
	int code;

	if (c->prometheus && c->json) {
		err_set(&err, EXIT_USAGE, "--json and --prometheus exclude each other");
		code = EXIT_USAGE;
		data = NULL;
	} else {
		code = look_ask(c, &(struct question){.verb = "stats", .args = args}, &data, &err);
	}
	json_decref(args);
	if (code != 0)
		complain(&err);
	else if (c->prometheus)
		fputs(text_of(data, "text"), stdout);
	else
		look_show(c, data, show);
	json_decref(data);
	return code;
}
