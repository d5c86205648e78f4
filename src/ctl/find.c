/* Finds the one store that is meant: by the option, the configuration, the known places, or the daemon. */
#include "ctl/find.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/ask.h"
#include "ctl/memory.h"
#include "ctl/places.h"
#include "ctl/text.h"

struct finding {
	char *path;
	unsigned count;
	char all[ERR_TEXT / 2];   /* what was found, or where was looked */
	char tried[ERR_TEXT / 2];
};

static void list(char *text, size_t size, const char *item)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s", len ? ", " : "", item);
}

static void add(struct finding *f, const char *path)
{
	if (f->count++ == 0)
		f->path = need(mem_strdup(path));
	list(f->all, sizeof(f->all), path);
}

static void look_at_files(struct finding *f, const struct places *p)
{
	for (unsigned i = 0; i < p->store_count; i++) {
		list(f->tried, sizeof(f->tried), p->stores[i].path);
		if (access(p->stores[i].path, F_OK) < 0)
			continue;
		add(f, p->stores[i].path);
		if (p->first_store)
			return;
	}
}

/* A socket alone is known: the daemon knows its stores. */
static int ask_daemon(struct finding *f, const struct places *p)
{
	const json_t *store;
	struct err err;
	size_t i;

	for (unsigned n = 0; n < p->socket_count && f->count == 0; n++) {
		json_t *data = NULL;

		if (ask(p->sockets[n], "status", &data, &err) != ASK_ANSWERED) {
			complain(&err);
			return err.exit_code;
		}
		json_array_foreach(json_object_get(data, "stores"), i, store)
			add(f, text_of(store, "path"));
		json_decref(data);
	}
	return 0;
}

static int tell(const struct finding *f)
{
	struct err err;

	if (f->count > 1)
		err_set(&err, EXIT_USAGE, "there are several stores: say which with --store=FILE: %s", f->all);
	else
		err_set(&err, EXIT_UNAVAILABLE, "there is no store%s%s", *f->tried ? " at " : "", f->tried);
	complain(&err);
	return err.exit_code;
}

int find_store(const struct ctl *c, char **ret_path)
{
	struct finding f = {0};
	struct places p;
	int code = places_find(c, &p);

	if (code == 0)
		look_at_files(&f, &p);
	if (code == 0 && f.count == 0 && p.store_count == 0)
		code = ask_daemon(&f, &p);
	places_done(&p);
	if (code == 0 && f.count != 1)
		code = tell(&f);
	if (code == 0) {
		*ret_path = f.path;
		return 0;
	}
	mem_free(f.path);
	return code;
}
