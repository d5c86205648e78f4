/* Asks the daemon or else reads the stores, and shows what came of it. */
#include "ctl/look.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ask.h"
#include "ctl/memory.h"
#include "ctl/places.h"
#include "ctl/text.h"

/* Words of what was tried: "a or b". */
static void list(char *text, size_t size, const char *item)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s", len ? " or " : "", item);
}

/* ---- the daemon ---- */

/* The data, or NULL with *ret_code: 0 if nobody is there, else an exit code of what has been told in reterr. */
static json_t *from_daemon(const struct places *p, const struct question *q, int *ret_code, struct err *reterr)
{
	*ret_code = 0;
	for (unsigned i = 0; i < p->socket_count; i++) {
		struct err err;
		json_t *data = NULL;

		switch (ask_about(p->sockets[i], q, &data, &err)) {
		case ASK_ANSWERED:
			return data;
		case ASK_NOBODY:
			break;
		case ASK_DENIED:
		case ASK_FAILED:
			/* Another place may answer; if none does, the first reason is told. */
			if (!*ret_code)
				*reterr = err;
			*ret_code = reterr->exit_code;
			if (data)
				return data;
			break;
		}
	}
	return NULL;
}

int look_ask(const struct ctl *c, const struct question *q, json_t **ret_data, struct err *reterr)
{
	struct places p;
	char sockets[ERR_TEXT] = "";
	int code = places_find(c, &p);

	*ret_data = NULL;
	if (code != 0) {
		err_set(reterr, code, "the configuration is not usable");
		return code;
	}
	*ret_data = from_daemon(&p, q, &code, reterr);
	if (!*ret_data && !code) {
		for (unsigned i = 0; i < p.socket_count; i++)
			list(sockets, sizeof(sockets), p.sockets[i]);
		if (*sockets)
			err_set(reterr, EXIT_UNAVAILABLE, "no daemon answers at %s", sockets);
		else
			err_set(reterr, EXIT_UNAVAILABLE, "no control socket is known: this verb asks the daemon");
		code = EXIT_UNAVAILABLE;
	}
	places_done(&p);
	return code;
}

/* ---- the files ---- */

static json_t *read_store(const struct look *l, const struct place_store *s, struct err *reterr)
{
	struct reader *r = reader_open(s->path, reterr);
	json_t *store = r ? l->read(l, r, s->path, reterr) : NULL;
	json_t *head;

	reader_close(r);
	if (!store)
		return NULL;
	head = need(json_pack("{s:s?, s:o}", "name", s->name, "path", text_json(s->path)));
	need_done(json_object_update(head, store));
	json_decref(store);
	return head;
}

/* The stores that are there, in an array; *ret_code: an exit code where one was there and could not be read. */
static json_t *from_files(const struct look *l, const struct places *p, int *ret_code)
{
	json_t *stores = need(json_array());

	*ret_code = 0;
	for (unsigned i = 0; i < p->store_count; i++) {
		struct err err;
		json_t *store;

		if (access(p->stores[i].path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
			continue;
		store = read_store(l, &p->stores[i], &err);
		if (store) {
			need_done(json_array_append_new(stores, store));
		} else {
			complain(&err);
			*ret_code = err.exit_code;
		}
		if (store && p->first_store)
			break;
	}
	return stores;
}

/* ---- together ---- */

/* Neither daemon nor store. */
static int nothing(const struct places *p, bool files)
{
	char sockets[ERR_TEXT] = "", stores[ERR_TEXT] = "";
	struct err err;

	for (unsigned i = 0; i < p->socket_count; i++)
		list(sockets, sizeof(sockets), p->sockets[i]);
	for (unsigned i = 0; files && i < p->store_count; i++)
		list(stores, sizeof(stores), p->stores[i].path);
	err_set(&err, EXIT_UNAVAILABLE, "%s%s%s%s%s", *sockets ? "no daemon answers at " : "", sockets,
		*sockets && *stores ? ", and " : "", *stores ? "there is no store at " : "", stores);
	complain(&err);
	return err.exit_code;
}

static void tell_source(const struct ctl *c, const struct look *l, const json_t *data)
{
	const char *verb = l->verb, *head;
	const json_t *daemon = json_object_get(data, "daemon"), *stores = json_object_get(data, "stores");

	if (json_is_object(daemon)) {
		head = l->headline ? l->headline(data) : "";
		printf("%s%s%s from the daemon, pid %lld\n", head, *head ? ": " : "", verb,
		       (long long)text_number_of(daemon, "pid"));
	}
	else if (json_array_size(stores) == 1)
		printf("%s from the file %s, no daemon %s\n", verb, text_of(json_array_get(stores, 0), "path"),
		       l->files_only || (c->store && !c->socket) ? "asked" : "answers");
	else
		printf("%s from %zu files, no daemon %s\n", verb, json_array_size(stores),
		       l->files_only ? "asked" : "answers");
}

void look_json(const json_t *data)
{
	json_dumpf(data, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	putchar('\n');
}

void look_show(const struct ctl *c, const json_t *data, void (*show)(const json_t *data))
{
	json_t *plain;

	if (c->json) {
		look_json(data);
		return;
	}
	plain = text_escape_all(data);
	show(plain);
	json_decref(plain);
}

/* Takes data. */
static int show(const struct ctl *c, const struct look *l, json_t *data)
{
	int code = l->judge ? l->judge(data) : EXIT_CLEAN;
	json_t *plain;

	if (c->json) {
		look_json(data);
	} else {
		plain = text_escape_all(data);
		tell_source(c, l, plain);
		l->show(plain, stdout);
		json_decref(plain);
	}
	json_decref(data);
	return code;
}

static int look_at(const struct ctl *c, const struct look *l, const struct places *p)
{
	struct err denied;
	int code, file_code = 0, judged;
	json_t *data = NULL, *stores;

	code = 0;
	if (!l->files_only)
		data = from_daemon(p, &(struct question){.verb = l->verb}, &code, &denied);
	if (data && code == 0)
		return show(c, l, data);
	json_decref(data);
	/* A daemon that is there and does not answer is no reason to tell what its file says; a system's daemon that
	 * may not be asked is none to overlook what lies here. */
	if (code && !(code == EXIT_PERMISSION && p->first_store)) {
		complain(&denied);
		return code;
	}
	stores = l->read ? from_files(l, p, &file_code) : need(json_array());
	if (json_array_size(stores) > 0) {
		judged = show(c, l, need(json_pack("{s:n, s:o}", "daemon", "stores", stores)));
		return judged ? judged : file_code;
	}
	json_decref(stores);
	if (file_code)
		return file_code;
	if (!code)
		return nothing(p, l->read != NULL);
	complain(&denied);
	return code;
}

int look(const struct ctl *c, const struct look *l)
{
	struct places p;
	int code = places_find(c, &p);

	if (code == 0)
		code = look_at(c, l, &p);
	places_done(&p);
	return code;
}
