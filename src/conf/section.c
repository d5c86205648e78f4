/* Here a configuration is walked through section by section, whatever their kinds. */
#include "conf/section.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "conf/value.h"

static const struct conf_origin nowhere;

void *section_next(const struct config *c, enum key_kind kind, const void *prev)
{
	if (kind == KEY_LISTENER)
		return prev ? ((const struct conf_listener *)prev)->next : c->listeners;
	if (kind == KEY_STORE)
		return prev ? ((const struct conf_store *)prev)->next : c->stores;
	return prev ? NULL : value_field(c, 0);
}

const char *section_name(enum key_kind kind, const void *base)
{
	if (kind == KEY_LISTENER)
		return ((const struct conf_listener *)base)->name;
	if (kind == KEY_STORE)
		return ((const struct conf_store *)base)->name;
	return "";
}

struct conf_origin *section_origin(enum key_kind kind, void *base)
{
	if (kind == KEY_LISTENER)
		return &((struct conf_listener *)base)->origin;
	return kind == KEY_STORE ? &((struct conf_store *)base)->origin : NULL;
}

struct conf_origin *section_origins(enum key_kind kind, const void *base)
{
	return value_field(base, key_section(kind)->origins);
}

void *section_find(const struct config *c, enum key_kind kind, const char *name)
{
	void *base = NULL;

	while ((base = section_next(c, kind, base)))
		if (!strcmp(section_name(kind, base), name))
			break;
	return base;
}

static struct conf_listener *add_listener(struct config *c, char *name)
{
	struct conf_listener **end = &c->listeners, *l = mem_zalloc(1, sizeof(*l));

	if (!l)
		return NULL;
	while (*end)
		end = &(*end)->next;
	l->name = name;
	*end = l;
	return l;
}

static struct conf_store *add_store(struct config *c, char *name)
{
	struct conf_store **end = &c->stores, *s = mem_zalloc(1, sizeof(*s));

	if (!s)
		return NULL;
	while (*end)
		end = &(*end)->next;
	s->name = name;
	*end = s;
	return s;
}

void *section_add(struct config *c, enum key_kind kind, const char *name)
{
	char *copy = mem_strdup(name);
	void *base = NULL;

	assert(kind == KEY_LISTENER || kind == KEY_STORE);
	if (!copy)
		return NULL;
	if (kind == KEY_LISTENER)
		base = add_listener(c, copy);
	else
		base = add_store(c, copy);
	if (!base)
		mem_free(copy);
	return base;
}

void section_clear(enum key_kind kind, void *base)
{
	const struct key_section *s = key_section(kind);

	for (unsigned i = 0; i < s->count; i++)
		value_clear(&s->keys[i], base);
}

void section_remove(struct config *c, enum key_kind kind, void *base)
{
	struct conf_listener **l = &c->listeners, *listener = base;
	struct conf_store **s = &c->stores, *store = base;

	assert(kind == KEY_LISTENER || kind == KEY_STORE);
	section_clear(kind, base);
	if (kind == KEY_LISTENER) {
		while (*l != listener)
			l = &(*l)->next;
		*l = listener->next;
		mem_free(listener->name);
	} else {
		while (*s != store)
			s = &(*s)->next;
		*s = store->next;
		mem_free(store->name);
	}
	mem_free(base);
}

void section_title(enum key_kind kind, const char *name, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "[%s%s%s]", key_section(kind)->name, *name ? " " : "", name);
}

const struct conf_origin *section_where(enum key_kind kind, const void *base, const char *key)
{
	int index = key_find(key_section(kind), key);
	const struct conf_origin *origin;

	assert(index >= 0);
	origin = &section_origins(kind, base)[index];
	if (origin->file)
		return origin;
	origin = section_origin(kind, value_field(base, 0));
	return origin ? origin : &nowhere;
}
