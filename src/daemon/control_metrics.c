/* Tells every number as a metric: the table of metrics, and a look at everything to fill it from. */
#include "config.h"
#include "daemon/control_metrics.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/control_metrics_store.h"
#include "daemon/control_process.h"

/* ---- the look ---- */

struct seen_listener {
	struct seen_listener *next;
	const char *name, *store;
	const struct stats *stats;
};

struct seen {
	const struct control_view *view;
	struct seen_store *stores, **last_store;
	struct seen_listener *listeners, **last_listener;
	struct pipeline_totals totals;
	struct process_numbers process;
	bool no_memory;
};

static void see_store(void *arg, const struct store_view *v)
{
	struct seen *s = arg;
	struct seen_store *store = mem_zalloc(1, sizeof(*store));

	if (!store || !control_books_read(v->queue, &store->books)) {
		mem_free(store);
		s->no_memory = true;
		return;
	}
	store->view = *v;
	*s->last_store = store;
	s->last_store = &store->next;
}

static const char *store_of(const struct seen *s, const struct queue *q)
{
	const struct seen_store *store = s->stores;

	while (store && store->view.queue != q)
		store = store->next;
	return store ? store->view.name : "";
}

static void see_listener(void *arg, const struct listener_view *v)
{
	struct seen *s = arg;
	struct seen_listener *l = mem_zalloc(1, sizeof(*l));

	if (!l) {
		s->no_memory = true;
		return;
	}
	*l = (struct seen_listener){.name = v->name, .store = store_of(s, v->queue), .stats = v->stats};
	*s->last_listener = l;
	s->last_listener = &l->next;
}

static bool see(struct seen *s, const struct control_view *v)
{
	*s = (struct seen){.view = v};
	s->last_store = &s->stores;
	s->last_listener = &s->listeners;
	pipeline_look(v->opts->pipeline);
	pipeline_totals(v->opts->pipeline, &s->totals);
	pipeline_each_store(v->opts->pipeline, see_store, s);
	pipeline_each_listener(v->opts->pipeline, see_listener, s);
	process_look(&s->process);
	return !s->no_memory;
}

static void forget(struct seen *s)
{
	while (s->stores) {
		struct seen_store *store = s->stores;

		s->stores = store->next;
		control_books_free(&store->books);
		mem_free(store);
	}
	while (s->listeners) {
		struct seen_listener *l = s->listeners;

		s->listeners = l->next;
		mem_free(l);
	}
}

/* ---- telling ---- */

static const char *type_of(const char *name)
{
	size_t len = strlen(name), end = strlen("_total");

	return len > end && !strcmp(name + len - end, "_total") ? "counter" : "gauge";
}

static void family(const struct metric_sink *to, const char *name, const char *help)
{
	to->family(to->arg, name, type_of(name), help);
}

static void one(const struct metric_sink *to, const char *name, double value, const char *help)
{
	family(to, name, help);
	to->sample(to->arg, name, NULL, 0, value);
}

static void tell_pruned(const struct seen *s, const struct metric_sink *to)
{
	static const char name[] = "catchbasin_pruned_messages_total";

	family(to, name, "Messages deleted, by the limit they were beyond: keep_age, keep_size, keep_messages, min_free.");
	for (const struct seen_store *store = s->stores; store; store = store->next) {
		for (unsigned why = 0; why < STORE_PRUNE_REASONS; why++) {
			struct metric_label labels[] = {{"store", store->view.name}, {"reason", store_prune_reason(why)}};

			to->sample(to->arg, name, labels, 2, (double)store->view.store.pruned[why]);
		}
	}
}

static void tell_stores(const struct seen *s, const struct metric_sink *to)
{
	const struct seen_store *store;

	for (const struct store_metric *m = store_metrics(); m->name; m++) {
		family(to, m->name, m->help);
		for (store = s->stores; store; store = store->next)
			to->sample(to->arg, m->name, &(struct metric_label){"store", store->view.name}, 1, m->value(store));
	}
	tell_pruned(s, to);
	family(to, "catchbasin_db_bytes", "Size of the store's files: the database and its write-ahead log.");
	for (store = s->stores; store; store = store->next) {
		struct metric_label labels[] = {{"store", store->view.name}, {"kind", "main"}};

		to->sample(to->arg, "catchbasin_db_bytes", labels, 2, (double)store->view.store.db_bytes);
		labels[1].value = "wal";
		to->sample(to->arg, "catchbasin_db_bytes", labels, 2, (double)store->view.store.wal_bytes);
	}
}

/* "0.0025": as short as it can be said. */
static const char *say_bound(double bound, char text[32])
{
	snprintf(text, 32, "%.9g", bound);
	return text;
}

static void tell_histogram(const struct seen_store *s, const struct metric_sink *to, enum histogram_id id)
{
	const struct histogram_info *info = histogram_info(id);
	struct histogram_view v;
	char name[METRIC_NAME], le[32];

	histogram_read(&s->view.histograms[id], id, &v);
	snprintf(name, sizeof(name), "%s_bucket", info->metric);
	for (unsigned i = 0; i <= info->bounds; i++) {
		struct metric_label labels[] = {
			{"store", s->view.name},
			{"le", i < info->bounds ? say_bound((double)info->bound[i] * info->scale, le) : "+Inf"},
		};

		to->sample(to->arg, name, labels, 2, (double)v.upto[i]);
	}
	snprintf(name, sizeof(name), "%s_sum", info->metric);
	to->sample(to->arg, name, &(struct metric_label){"store", s->view.name}, 1, (double)v.sum * info->scale);
	snprintf(name, sizeof(name), "%s_count", info->metric);
	to->sample(to->arg, name, &(struct metric_label){"store", s->view.name}, 1, (double)v.count);
}

static void tell_histograms(const struct seen *s, const struct metric_sink *to)
{
	for (unsigned id = 0; id < HISTOGRAM_COUNT; id++) {
		to->family(to->arg, histogram_info(id)->metric, "histogram", histogram_info(id)->prose);
		for (const struct seen_store *store = s->stores; store; store = store->next)
			tell_histogram(store, to, id);
	}
}

/* A number of each account, and of each reason where value_of_reason is given. */
static void tell_accounts(const struct seen *s, const struct metric_sink *to, const char *name, const char *help,
			  uint64_t (*value)(const struct account_sums *a, unsigned reason), unsigned reasons)
{
	family(to, name, help);
	for (const struct seen_store *store = s->stores; store; store = store->next) {
		for (unsigned i = 0; i < store->books.count; i++) {
			const struct control_book *b = &store->books.book[i];
			struct metric_label labels[METRIC_LABELS] = {{"listener", b->listener}, {"store", store->view.name}};

			for (unsigned r = 0; r < reasons; r++) {
				labels[2] = (struct metric_label){"reason", loss_reason_name(r)};
				to->sample(to->arg, name, labels, reasons > 1 ? 3 : 2, (double)value(&b->sums, r));
			}
		}
	}
}

static uint64_t received(const struct account_sums *a, unsigned reason UNUSED)
{
	return a->received;
}

static uint64_t received_bytes(const struct account_sums *a, unsigned reason UNUSED)
{
	return a->received_bytes;
}

static uint64_t kernel(const struct account_sums *a, unsigned reason UNUSED)
{
	return a->lost[LOSS_KERNEL];
}

static uint64_t lost(const struct account_sums *a, unsigned reason)
{
	return a->lost[reason];
}

/* Counters that share a metric differ in a label: "metric{label=value}". What the metric means is said here. */
static const struct {
	const char *metric, *help;
} shared[] = {
	{"catchbasin_connections_total", "Connections accepted, and refused for max_connections or allow."},
};

/* Splits the metric of a counter. */
static void split_metric(const struct stat_info *info, char name[METRIC_NAME], struct metric_label *ret_label)
{
	char *label, *value;

	snprintf(name, METRIC_NAME, "%s", info->metric);
	label = strchr(name, '{');
	*ret_label = (struct metric_label){0};
	if (!label)
		return;
	value = strchr(label, '=');
	assert(value);
	*label = *value = '\0';
	value[strcspn(value + 1, "}") + 1] = '\0';
	*ret_label = (struct metric_label){label + 1, value + 1};
}

/* Metrics are in base units. */
static double base_unit(const struct stat_info *info, uint64_t value)
{
	return strcmp(info->unit, "microseconds") ? (double)value : (double)value / 1e6;
}

static const char *help_of(const struct stat_info *info, const char *name, char text[256])
{
	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		if (!strcmp(shared[i].metric, name))
			return shared[i].help;
	snprintf(text, 256, "%c%s.", info->prose[0] & ~0x20, info->prose + 1);
	return text;
}

static void tell_counters(const struct seen *s, const struct metric_sink *to)
{
	char name[METRIC_NAME], before[METRIC_NAME] = "", help[256];

	for (unsigned i = 0; i < STAT_COUNT; i++) {
		const struct stat_info *info = stat_info(i);
		struct metric_label label;

		split_metric(info, name, &label);
		if (strcmp(name, before) != 0)
			family(to, name, help_of(info, name, help));
		snprintf(before, sizeof(before), "%s", name);
		for (const struct seen_listener *l = s->listeners; l; l = l->next) {
			struct metric_label labels[METRIC_LABELS] = {{"listener", l->name}, {"store", l->store}, label};

			to->sample(to->arg, name, labels, label.name ? 3 : 2, base_unit(info, stats_get(l->stats, i)));
		}
	}
}

static void tell_daemon(const struct seen *s, const struct metric_sink *to)
{
	const struct control_opts *o = s->view->opts;
	const struct process_numbers *p = &s->process;

	family(to, "catchbasin_build_info", "1, with the version of the daemon.");
	to->sample(to->arg, "catchbasin_build_info", &(struct metric_label){"version", o->version}, 1, 1);
	one(to, "catchbasin_config_generation", o->generation ? (double)atomic_load(o->generation) : 0,
	    "How many reloads were applied since the start.");
	one(to, "catchbasin_config_last_reload_success", o->refused ? !atomic_load(o->refused) : 1,
	    "0 if the last reload was refused, else 1.");
	one(to, "catchbasin_stopping", s->totals.stopping, "1 while the daemon stops, else 0.");
	one(to, "catchbasin_log_lines_dropped_total", (double)log_dropped(), "Lines of the daemon's own log that nobody took in time.");
	one(to, "process_start_time_seconds", metric_seconds(o->started_at), "When the daemon was started.");
	one(to, "process_cpu_seconds_total", p->cpu_seconds, "Processor time used.");
	one(to, "process_resident_memory_bytes", (double)p->resident_bytes, "Resident memory.");
	one(to, "process_virtual_memory_bytes", (double)p->virtual_bytes, "Virtual memory.");
	one(to, "process_open_fds", (double)p->open_fds, "Open descriptors.");
	one(to, "process_max_fds", (double)p->max_fds, "Descriptors there may be.");
}

bool metrics_tell(const struct control_view *v, const struct metric_sink *to)
{
	struct seen s;
	bool good = see(&s, v);

	if (good) {
		tell_accounts(&s, to, "catchbasin_received_messages_total", "Messages read by the listener.", received, 1);
		tell_accounts(&s, to, "catchbasin_received_bytes_total", "Bytes of messages read by the listener.", received_bytes, 1);
		tell_accounts(&s, to, "catchbasin_kernel_dropped_total",
			      "Datagrams the kernel dropped because the receive buffer was full (rcvbuf).", kernel, 1);
		tell_accounts(&s, to, "catchbasin_lost_messages_total", "Messages lost, by reason; kernel drops among them.", lost,
			      LOSS_REASONS);
		tell_counters(&s, to);
		tell_stores(&s, to);
		tell_histograms(&s, to);
		tell_daemon(&s, to);
	}
	forget(&s);
	return good;
}
