/* loss: what was lost, by listener and reason; of the daemon, this run's; of a file, every row it has. */
#include <string.h>

#include "base/mem.h"
#include "ctl/find.h"
#include "ctl/given.h"
#include "ctl/look.h"
#include "ctl/memory.h"
#include "ctl/text.h"

static void add_loss(void *arg, const struct reader_loss *loss)
{
	json_t *row = need(json_pack("{s:I, s:I, s:I, s:o, s:o, s:I, s:o}", "id", (json_int_t)loss->id, "from_at",
				     (json_int_t)loss->from_at, "to_at", (json_int_t)loss->to_at, "listener",
				     text_json(loss->listener), "reason", text_json(loss->reason), "messages",
				     (json_int_t)loss->messages, "bytes",
				     need(loss->bytes < 0 ? json_null() : json_integer(loss->bytes))));

	need_done(json_array_append_new(arg, row));
}

static json_t *read_loss(const struct look *l, struct reader *r, const char *path UNUSED, struct err *reterr)
{
	json_t *losses = need(json_array());

	if (reader_each_loss(r, 0, l->since_at, add_loss, losses, reterr) == 0)
		return need(json_pack("{s:o}", "losses", losses));
	json_decref(losses);
	return NULL;
}

/* ---- for people ---- */

static const char *bytes_of(const json_t *row, char *ret_text)
{
	const json_t *bytes = json_object_get(row, "bytes");

	return json_is_integer(bytes) ? text_count(json_integer_value(bytes), ret_text) : "?";
}

/* A crash leaves no count behind. */
static const char *messages_of(const json_t *row, char *ret_text)
{
	return strcmp(text_of(row, "reason"), "crash") ? text_count(text_number_of(row, "messages"), ret_text) : "?";
}

/* The end of a loss, without the day if it is that of its beginning. */
static const char *end_of(const char *from, const char *to)
{
	size_t day = strlen("2026-01-31 ");

	return strlen(from) > day && !strncmp(from, to, day) ? to + day : to;
}

static struct table *running_table(const json_t *losses)
{
	static const char *const heads[] = {"listener", "reason", "messages", "bytes"};
	struct table *t = table_new("llrr", heads);
	const json_t *row;
	size_t i;

	json_array_foreach(losses, i, row) {
		char messages[TEXT_NUMBER], bytes[TEXT_NUMBER];

		table_add(t, (const char *const[]){text_of(row, "listener"), text_of(row, "reason"),
						   messages_of(row, messages),
						   bytes_of(row, bytes)});
	}
	return t;
}

static struct table *file_table(const json_t *losses)
{
	static const char *const heads[] = {"from (UTC)", "to", "listener", "reason", "messages", "bytes"};
	struct table *t = table_new("lrllrr", heads);
	const json_t *row;
	size_t i;

	json_array_foreach(losses, i, row) {
		char from[TEXT_NUMBER], to[TEXT_NUMBER], messages[TEXT_NUMBER], bytes[TEXT_NUMBER];

		text_time(text_number_of(row, "from_at"), from);
		text_time(text_number_of(row, "to_at"), to);
		table_add(t, (const char *const[]){from, end_of(from, to), text_of(row, "listener"), text_of(row, "reason"),
						   messages_of(row, messages),
						   bytes_of(row, bytes)});
	}
	return t;
}

static void show(const json_t *data, FILE *out)
{
	bool running = json_is_object(json_object_get(data, "daemon"));
	const json_t *store;
	size_t i;

	json_array_foreach(json_object_get(data, "stores"), i, store) {
		const json_t *losses = json_object_get(store, "losses");
		struct table *t;

		if (running)
			fprintf(out, "\nstore %s: %s\n", text_of(store, "name"), text_of(store, "path"));
		else
			fprintf(out, "\nstore %s\n", text_of(store, "path"));
		if (json_array_size(losses) == 0) {
			fprintf(out, "  no loss%s\n", running ? " in this run" : "");
			continue;
		}
		t = running ? running_table(losses) : file_table(losses);
		table_print(t, out, 2);
		table_free(t);
	}
}

int verb_loss(const struct ctl *c)
{
	struct look l = {.verb = "loss", .read = read_loss, .show = show};
	struct ctl files = *c;
	char *path = NULL;
	int code = 0;

	if (!given_time("since", c->since, &l.since_at))
		return EXIT_USAGE;
	if (!c->since)
		return look(c, &l);
	/* The daemon knows its own run, the file knows when. */
	l.files_only = true;
	if (c->socket && !c->config && !c->store)
		code = find_store(c, &path);
	if (path)
		files.store = path;
	if (code == 0)
		code = look(&files, &l);
	mem_free(path);
	return code;
}
