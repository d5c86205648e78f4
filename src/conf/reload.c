/* Here is decided what a reload applies, and a fresh configuration becomes the one that is then in force. */
#include "conf/reload.h"

#include <string.h>

#include "base/mem.h"
#include "conf/section.h"
#include "conf/value.h"

static bool fits(const struct config *running, const char *store, int64_t max_message)
{
	const struct conf_store *s = config_store(running, store);

	return s && s->queue_bytes >= 2 * max_message;
}

bool reload_takes_key(const struct config *running, enum key_kind kind, const struct key *k, const void *old,
		      const void *fresh)
{
	const struct conf_listener *a = old, *b = fresh;

	if (k->apply != KEY_LIVE)
		return false;
	if (kind != KEY_LISTENER)
		return true;
	/* Live keys wait where a key they go together with takes a restart. */
	if (!strcmp(k->name, "max_message"))
		return fits(running, a->store, b->max_message);
	if (!strcmp(k->name, "overflow"))
		return a->ack != CONF_ACK_COMMIT || b->overflow == CONF_OVERFLOW_BLOCK;
	return true;
}

bool reload_takes_section(const struct config *running, enum key_kind kind, const void *fresh)
{
	const struct conf_listener *l = fresh;

	return kind == KEY_LISTENER && fits(running, l->store, l->max_message);
}

bool reload_drops_section(enum key_kind kind)
{
	return kind == KEY_LISTENER;
}

static int no_memory(struct err *reterr)
{
	err_set(reterr, EXIT_INTERNAL, "out of memory");
	return -1;
}

/* The same origin, its file's name owned by c. */
static int copy_origin(struct config *c, const struct conf_origin *from, struct conf_origin *to)
{
	char **longer, *name;

	*to = (struct conf_origin){.line = from->line};
	if (!from->file)
		return 0;
	for (unsigned i = 0; i < c->file_count && !to->file; i++)
		if (!strcmp(c->files[i], from->file))
			to->file = c->files[i];
	if (to->file)
		return 0;
	longer = mem_resize(c->files, (c->file_count + 1) * sizeof(*longer));
	if (!longer)
		return -1;
	c->files = longer;
	name = mem_strdup(from->file);
	if (!name)
		return -1;
	c->files[c->file_count++] = name;
	to->file = name;
	return 0;
}

static int copy_value(struct config *c, enum key_kind kind, unsigned index, const void *from, void *to,
		      struct err *reterr)
{
	const struct key_section *s = key_section(kind);
	char *text = value_format(&s->keys[index], from);
	int result;

	if (!text || copy_origin(c, &section_origins(kind, from)[index], &section_origins(kind, to)[index])) {
		mem_free(text);
		return no_memory(reterr);
	}
	result = value_set(s, &s->keys[index], to, text, false, reterr);
	mem_free(text);
	return result;
}

/* Puts back what must wait. */
static int hold_keys(const struct config *running, struct config *fresh, enum key_kind kind, const void *old, void *base,
		     struct err *reterr)
{
	const struct key_section *s = key_section(kind);

	for (unsigned i = 0; i < s->count; i++) {
		const struct key *k = &s->keys[i];

		if (value_same(k, old, base) || reload_takes_key(running, kind, k, old, base))
			continue;
		if (copy_value(fresh, kind, i, old, base, reterr))
			return -1;
	}
	return 0;
}

static int keep_section(struct config *fresh, enum key_kind kind, void *old, struct err *reterr)
{
	void *base = section_add(fresh, kind, section_name(kind, old));

	if (!base || copy_origin(fresh, section_origin(kind, old), section_origin(kind, base)))
		return no_memory(reterr);
	for (unsigned i = 0; i < key_section(kind)->count; i++)
		if (copy_value(fresh, kind, i, old, base, reterr))
			return -1;
	return 0;
}

static int settle_kind(const struct config *running, struct config *fresh, enum key_kind kind, struct err *reterr)
{
	void *base, *next, *old;

	for (base = section_next(fresh, kind, NULL); base; base = next) {
		next = section_next(fresh, kind, base);
		old = section_find(running, kind, section_name(kind, base));
		if (old) {
			if (hold_keys(running, fresh, kind, old, base, reterr))
				return -1;
		} else if (!reload_takes_section(running, kind, base)) {
			section_remove(fresh, kind, base);
		}
	}
	for (old = section_next(running, kind, NULL); old; old = section_next(running, kind, old))
		if (!reload_drops_section(kind) && !section_find(fresh, kind, section_name(kind, old)) &&
		    keep_section(fresh, kind, old, reterr))
			return -1;
	return 0;
}

int config_settle(const struct config *running, struct config *fresh, struct err *reterr)
{
	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++)
		if (settle_kind(running, fresh, kind, reterr))
			return -1;
	return 0;
}
