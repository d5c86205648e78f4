/* The short verbs: audit and loss. */
#include <unistd.h>

#include "daemon/control_verbs.h"

json_t *control_whoami(const struct control_view *v)
{
	return json_pack("{s:I, s:s}", "pid", (json_int_t)getpid(), "version", v->opts->version);
}

/* A walk over the stores: one JSON object for each. */
struct walk {
	const struct control_view *view;
	json_t *stores; /* NULL: no memory */
	struct account_sums total;
	bool balanced;
	/* Words one store: gives what stands in it beside name and path. */
	json_t *(*word)(const struct control_books *b);
};

static void walk_store(void *arg, const struct store_view *v)
{
	struct walk *w = arg;
	struct control_books books;
	json_t *store, *words = NULL;

	if (!w->stores)
		return;
	store = json_pack("{s:o, s:o}", "name", control_text(v->name), "path", control_text(v->path));
	if (control_books_read(v->queue, &books)) {
		words = w->word(&books);
		control_books_add(&w->total, &books.total);
		w->balanced &= books.balanced;
		control_books_free(&books);
	}
	if (!words || json_object_update(store, words) < 0 || json_array_append(w->stores, store) < 0) {
		json_decref(w->stores);
		w->stores = NULL;
	}
	json_decref(words);
	json_decref(store);
}

static struct walk walk(const struct control_view *v, json_t *(*word)(const struct control_books *b))
{
	struct walk w = {.view = v, .stores = json_array(), .balanced = true, .word = word};

	pipeline_look(v->opts->pipeline);
	pipeline_each_store(v->opts->pipeline, walk_store, &w);
	return w;
}

/* ---- audit ---- */

static json_t *audit_store(const struct control_books *b)
{
	json_t *listeners = json_array();

	for (unsigned i = 0; listeners && i < b->count; i++) {
		json_t *row = json_pack("{s:o}", "listener", control_text(b->book[i].listener));
		json_t *columns = control_columns(&b->book[i].sums);

		if (json_object_update(row, columns) < 0 ||
		    json_object_set_new(row, "losses", control_losses(&b->book[i].sums)) < 0 ||
		    json_array_append(listeners, row) < 0) {
			json_decref(listeners);
			listeners = NULL;
		}
		json_decref(columns);
		json_decref(row);
	}
	return json_pack("{s:b, s:o, s:o}", "balanced", b->balanced, "total", control_columns(&b->total), "listeners",
			 listeners);
}

json_t *control_audit(const struct control_view *v)
{
	struct walk w = walk(v, audit_store);

	return json_pack("{s:o, s:b, s:o, s:o}", "daemon", control_whoami(v), "balanced", w.balanced, "total",
			 control_columns(&w.total), "stores", w.stores);
}

/* ---- loss ---- */

static json_t *loss_store(const struct control_books *b)
{
	json_t *rows = json_array();

	for (unsigned i = 0; rows && i < b->count; i++) {
		json_t *some = control_losses(&b->book[i].sums), *loss;
		bool good = some != NULL;
		size_t n;

		json_array_foreach(some, n, loss) {
			json_t *row = json_pack("{s:o}", "listener", control_text(b->book[i].listener));

			good &= json_object_update(row, loss) == 0 && json_array_append(rows, row) == 0;
			json_decref(row);
		}
		json_decref(some);
		if (!good) {
			json_decref(rows);
			rows = NULL;
		}
	}
	return json_pack("{s:o}", "losses", rows);
}

json_t *control_loss(const struct control_view *v)
{
	struct walk w = walk(v, loss_store);

	return json_pack("{s:o, s:I, s:o}", "daemon", control_whoami(v), "messages",
			 (json_int_t)ledger_lost_total(&w.total), "stores", w.stores);
}
