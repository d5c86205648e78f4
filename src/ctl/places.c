/* Finds the places where socket and stores may be. */
#include "ctl/places.h"

#include <string.h>

#include "base/mem.h"
#include "conf/config.h"
#include "ctl/memory.h"

/* Where the shipped configuration puts them: tried first when none is found. */
#define SYSTEM_SOCKET "/run/catchbasin/control.sock"
#define SYSTEM_STORE "/var/lib/catchbasin/messages.db"

static void add_socket(struct places *p, const char *path)
{
	if (*path && p->socket_count < PLACES_SOCKETS)
		p->sockets[p->socket_count++] = need(mem_strdup(path));
}

static void add_store(struct places *p, const char *name, const char *path)
{
	p->stores = need(mem_resize(p->stores, (p->store_count + 1) * sizeof(*p->stores)));
	p->stores[p->store_count++] = (struct place_store){
		.name = name ? need(mem_strdup(name)) : NULL,
		.path = need(mem_strdup(path)),
	};
}

static void tell(void *arg UNUSED, const char *line)
{
	struct err err;

	err_set(&err, EXIT_CONFIG, "%s", line);
	complain(&err);
}

/* What the options leave open. */
static int ask_config(const struct ctl *c, bool sockets, bool stores, struct places *ret)
{
	int code = EXIT_CONFIG;
	struct config *config = config_load(c->config, tell, NULL, &code);

	if (!config)
		return code;
	ret->first_store = stores && config->file_count == 0;
	if (sockets && config->file_count == 0)
		add_socket(ret, SYSTEM_SOCKET);
	if (sockets)
		add_socket(ret, config->control.path);
	if (ret->first_store)
		add_store(ret, config->stores->name, SYSTEM_STORE);
	for (const struct conf_store *s = stores ? config->stores : NULL; s; s = s->next)
		add_store(ret, s->name, s->path);
	config_free(config);
	return 0;
}

int places_find(const struct ctl *c, struct places *ret)
{
	/* --store alone asks nobody; --socket alone, without -c, reads no file. */
	bool sockets = !c->socket && !c->store, stores = !c->store && (!c->socket || c->config);

	*ret = (struct places){0};
	if (c->socket)
		add_socket(ret, c->socket);
	if (c->store)
		add_store(ret, NULL, c->store);
	return sockets || stores ? ask_config(c, sockets, stores, ret) : 0;
}

void places_done(struct places *p)
{
	for (unsigned i = 0; i < p->socket_count; i++)
		mem_free(p->sockets[i]);
	for (unsigned i = 0; i < p->store_count; i++) {
		mem_free(p->stores[i].name);
		mem_free(p->stores[i].path);
	}
	mem_free(p->stores);
}
