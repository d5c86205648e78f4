/* audit: do the books balance? Of the daemon, at one moment; of a file, its last receipt against its rows. */
#include "ctl/look.h"
#include "ctl/memory.h"
#include "ctl/run.h"
#include "ctl/text.h"

static json_t *read_audit(const struct look *l UNUSED, struct reader *r, const char *path, struct err *reterr)
{
	json_t *run = run_read(r, path, reterr);

	if (!run)
		return NULL;
	return need(json_pack("{s:b, s:o}", "balanced", text_true(run, "balanced"), "last_run", run));
}

/* What is on the left and not on the right: 0 where the books balance. Columns that are missing count 0. */
static int64_t difference(const json_t *a)
{
	return text_number_of(a, "received") + text_number_of(a, "kernel") - text_number_of(a, "stored") -
	       text_number_of(a, "lost") - text_number_of(a, "queued") - text_number_of(a, "in_flight");
}

static bool store_balances(const json_t *store)
{
	const json_t *listener;
	bool good = text_true(store, "balanced");
	size_t i;

	json_array_foreach(json_object_get(store, "listeners"), i, listener)
		good &= text_true(listener, "balanced") && difference(listener) == 0;
	return good;
}

static int judge(json_t *data)
{
	const json_t *stores = json_object_get(data, "stores"), *store;
	bool good = json_array_size(stores) > 0;
	size_t i;

	json_array_foreach(stores, i, store)
		good &= store_balances(store);
	if (!json_object_get(data, "balanced"))
		need_done(json_object_set_new(data, "balanced", json_boolean(good)));
	return good && text_true(data, "balanced") ? EXIT_CLEAN : EXIT_DATA;
}

/* ---- for people ---- */

static const char *const columns[] = {"received", "kernel", "stored", "lost", "queued", "in_flight"};
static const char *const heads[] = {"listener", "received", "+ kernel", "= stored", "+ lost", "+ queued", "+ in flight"};

static void add_row(struct table *t, const char *name, const json_t *a)
{
	char text[ARRAY_LEN(columns)][TEXT_NUMBER];
	const char *cells[ARRAY_LEN(heads)] = {name};

	for (unsigned i = 0; i < ARRAY_LEN(columns); i++)
		cells[i + 1] = text_count(text_number_of(a, columns[i]), text[i]);
	table_add(t, cells);
}

static void show_difference(const char *name, const json_t *a, FILE *out)
{
	char n[TEXT_NUMBER];
	int64_t diff = difference(a);

	if (diff > 0)
		fprintf(out, "  %s: %s messages came in and are nowhere\n", name, text_count(diff, n));
	else if (diff < 0)
		fprintf(out, "  %s: %s messages more than came in\n", name, text_count(-diff, n));
}

static void show_running(const json_t *store, FILE *out)
{
	const json_t *listeners = json_object_get(store, "listeners"), *row;
	struct table *t = table_new("lrrrrrr", heads);
	size_t i;

	fprintf(out, "\nstore %s: %s\n", text_of(store, "name"), text_of(store, "path"));
	json_array_foreach(listeners, i, row)
		add_row(t, text_of(row, "listener"), row);
	if (json_array_size(listeners) != 1)
		add_row(t, "(total)", json_object_get(store, "total"));
	table_print(t, out, 2);
	table_free(t);
	json_array_foreach(listeners, i, row)
		show_difference(text_of(row, "listener"), row, out);
}

static void show_receipt(const json_t *run, FILE *out)
{
	struct table *t = table_new("lrrrr", heads);
	char rows[TEXT_NUMBER], stored[TEXT_NUMBER], pruned[TEXT_NUMBER];
	int64_t missing = text_number_of(run, "stored") - text_number_of(run, "rows");

	add_row(t, "(all)", run);
	table_print(t, out, 2);
	table_free(t);
	show_difference("the receipt", run, out);
	text_count(text_number_of(run, "rows"), rows);
	text_count(text_number_of(run, "stored"), stored);
	text_count(text_number_of(run, "pruned"), pruned);
	fprintf(out, "  %s rows of this run are there, %s were stored", rows, stored);
	if (text_number_of(run, "pruned") > 0)
		fprintf(out, ", %s of any run pruned", pruned);
	fprintf(out, "%s\n", missing && text_number_of(run, "pruned") == 0 ? ": that is not the same" : "");
}

static void show_run(const json_t *store, FILE *out)
{
	const json_t *run = json_object_get(store, "last_run");

	fprintf(out, "\nstore %s\n", text_of(store, "path"));
	run_show(run, out);
	if (text_true(run, "receipt"))
		show_receipt(run, out);
	else if (text_number_of(run, "holder"))
		fprintf(out, "  It has no receipt yet: ask the daemon, by catchbasin audit without --store.\n");
	else if (json_is_object(run))
		fprintf(out, "  Without a receipt nobody knows how many messages it held.\n");
}

/* True if a store's books are wrong, and not only unknown. */
static bool is_wrong(const json_t *store)
{
	const json_t *run = json_object_get(store, "last_run");

	return !store_balances(store) && (!run || text_true(run, "receipt"));
}

static void show(const json_t *data, FILE *out)
{
	bool running = json_is_object(json_object_get(data, "daemon")), wrong = false;
	const json_t *store;
	size_t i;

	json_array_foreach(json_object_get(data, "stores"), i, store) {
		running ? show_running(store, out) : show_run(store, out);
		wrong |= is_wrong(store);
	}
	if (text_true(data, "balanced") && !wrong)
		fprintf(out, "\nThe books balance.\n");
	else
		fprintf(out, wrong || running ? "\nThe books do NOT balance.\n" : "\nThe books cannot be audited.\n");
}

int verb_audit(const struct ctl *c)
{
	return look(c, &(struct look){.verb = "audit", .read = read_audit, .judge = judge, .show = show});
}
