/* Here the lines of the files become a configuration, one file laid over the other. */
#include "conf/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/file.h"
#include "conf/hint.h"
#include "conf/section.h"
#include "conf/value.h"

#define LOADER_UNSET (-1) /* of a word whose default is not known yet */

void loader_init(struct loader *l, conf_error_fn *fn, void *arg)
{
	*l = (struct loader){.fn = fn, .arg = arg, .config = mem_zalloc(1, sizeof(struct config))};
	if (!l->config)
		loader_no_memory(l);
}

void loader_no_memory(struct loader *l)
{
	if (!l->no_memory)
		l->fn(l->arg, "out of memory");
	l->no_memory = true;
}

void loader_tell(struct loader *l, const struct conf_origin *origin, const char *fmt, ...)
{
	char words[2048], place[32] = "", *line;
	const char *file = origin->file ? origin->file : "default";
	size_t size;
	va_list ap;

	l->error_count++;
	if (l->no_memory)
		return;
	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	if (origin->file && origin->line)
		snprintf(place, sizeof(place), ":%d", origin->line);
	size = strlen(file) + strlen(place) + strlen(words) + 3;
	line = mem_alloc(size);
	if (!line) {
		loader_no_memory(l);
		return;
	}
	snprintf(line, size, "%s%s: %s", file, place, words);
	l->fn(l->arg, line);
	mem_free(line);
}

const char *loader_keep_name(struct loader *l, const char *file)
{
	struct config *c = l->config;
	char **longer, *copy;

	if (l->no_memory)
		return NULL;
	copy = mem_strdup(file);
	longer = copy ? mem_resize(c->files, (c->file_count + 1) * sizeof(*longer)) : NULL;
	if (!longer) {
		mem_free(copy);
		loader_no_memory(l);
		return NULL;
	}
	c->files = longer;
	c->files[c->file_count++] = copy;
	return copy;
}

static struct conf_origin here(const struct loader *l, int line)
{
	return (struct conf_origin){l->file, line};
}

/* Sets a default. That of a path may come from the environment, and may be wrong. */
static void set_default(struct loader *l, enum key_kind kind, void *base, const struct key *k, bool stream)
{
	struct conf_origin origin = {0};
	char variable[64];
	struct err err;
	char *text;

	if (!k->def)
		return;
	if (k->env && getenv(k->env)) {
		snprintf(variable, sizeof(variable), "$%s", k->env);
		origin.file = variable;
	}
	text = value_default(k, stream);
	if (!text) {
		loader_no_memory(l);
		return;
	}
	if (value_set(key_section(kind), k, base, text, false, &err)) {
		if (err.exit_code == EXIT_INTERNAL)
			loader_no_memory(l);
		else
			loader_tell(l, &origin, "%s", err.text);
	}
	mem_free(text);
}

/* A new section with the defaults that need no second look. */
static void *new_section(struct loader *l, enum key_kind kind, const char *name)
{
	const struct key_section *s = key_section(kind);
	void *base = section_add(l->config, kind, name);

	if (!base) {
		loader_no_memory(l);
		return NULL;
	}
	for (unsigned i = 0; i < s->count; i++) {
		if (s->keys[i].def_stream)
			*(int *)value_field(base, s->keys[i].offset) = LOADER_UNSET;
		else if (!s->keys[i].env)
			set_default(l, kind, base, &s->keys[i], false);
	}
	return base;
}

static void unknown_section(struct loader *l, const struct conf_origin *at, const char *kind, const char *name)
{
	struct hint hint = {.given = kind};
	const char *gap = *name ? " " : "";

	for (enum key_kind k = 0; k < KEY_KINDS; k++)
		hint_offer(&hint, key_section(k)->name);
	if (hint.best)
		loader_tell(l, at, "unknown section [%s%s%s]; did you mean [%s%s%s]?", kind, gap, name, hint.best, gap,
			    name);
	else
		loader_tell(l, at, "unknown section [%s%s%s]; known: [daemon] [log] [listener NAME] [store NAME] "
			    "[control] [metrics]", kind, gap, name);
}

/* True if the header is one of ours. */
static bool accept_header(struct loader *l, const struct conf_origin *at, enum key_kind kind, const char *name)
{
	const char *word = key_section(kind)->name;

	if (!key_section(kind)->named) {
		if (!*name)
			return true;
		loader_tell(l, at, "[%s] takes no name: \"%s\"", word, name);
	} else if (!*name) {
		loader_tell(l, at, "[%s] needs a name: [%s NAME]", word, word);
	} else if (!key_name_valid(name)) {
		loader_tell(l, at, "[%s %s]: \"%s\" is not a name; accepted: 1 … %d letters, digits and _ . -", word, name,
			    name, KEY_NAME_MAX);
	} else {
		return true;
	}
	return false;
}

/* Tells a section that stands twice in this file; else remembers it. */
static void see_section(struct loader *l, const struct conf_origin *at)
{
	struct loader_seen *longer;
	char title[SECTION_TITLE];

	for (unsigned i = 0; i < l->seen_count; i++) {
		if (l->seen[i].kind != l->kind || l->seen[i].base != l->base)
			continue;
		section_title(l->kind, section_name(l->kind, l->base), title, sizeof(title));
		loader_tell(l, at, "%s stands twice in this file, first in line %d", title, l->seen[i].line);
		l->again = true;
		return;
	}
	longer = mem_resize(l->seen, (l->seen_count + 1) * sizeof(*longer));
	if (!longer) {
		loader_no_memory(l);
		return;
	}
	l->seen = longer;
	l->seen[l->seen_count++] = (struct loader_seen){l->kind, l->base, at->line};
}

static void take_section(void *arg, int line, const char *kind, const char *name)
{
	struct loader *l = arg;
	struct conf_origin at = here(l, line);

	l->kind = key_kind_find(kind);
	l->base = NULL;
	l->again = false;
	if (l->no_memory)
		return;
	if (l->kind == KEY_KINDS || !accept_header(l, &at, l->kind, name)) {
		if (l->kind == KEY_KINDS)
			unknown_section(l, &at, kind, name);
		l->incomplete = true;
		return;
	}
	l->base = section_find(l->config, l->kind, name);
	if (!l->base) {
		l->base = new_section(l, l->kind, name);
		if (!l->base)
			return;
		*section_origin(l->kind, l->base) = at;
	}
	see_section(l, &at);
}

static void unknown_key(struct loader *l, const struct conf_origin *at, const char *key)
{
	const struct key_section *s = key_section(l->kind), *other;
	struct hint hint = {.given = key};
	char title[SECTION_TITLE];

	section_title(l->kind, section_name(l->kind, l->base), title, sizeof(title));
	for (enum key_kind k = 0; k < KEY_KINDS; k++) {
		other = key_section(k);
		if (key_find(other, key) < 0)
			continue;
		loader_tell(l, at, "unknown key \"%s\" in %s; it belongs in [%s%s]", key, title, other->name,
			    other->named ? " NAME" : "");
		return;
	}
	for (unsigned i = 0; i < s->count; i++)
		hint_offer(&hint, s->keys[i].name);
	loader_tell(l, at, "unknown key \"%s\"%s%s%s (in %s)", key, hint.best ? "; did you mean \"" : "",
		    hint.best ? hint.best : "", hint.best ? "\"?" : "", title);
}

static void take_key(void *arg, int line, const char *name, const char *value)
{
	struct loader *l = arg;
	struct conf_origin at = here(l, line), *origin;
	const struct key_section *s;
	const struct key *k;
	struct err err;
	int index;
	bool more;

	if (!l->base || l->no_memory)
		return;
	s = key_section(l->kind);
	index = key_find(s, name);
	if (index < 0) {
		unknown_key(l, &at, name);
		return;
	}
	k = &s->keys[index];
	origin = &section_origins(l->kind, l->base)[index];
	more = origin->file == l->file;
	if (more && k->type != KEY_CIDRS && !l->again) {
		loader_tell(l, &at, "%s.%s is set twice, first in line %d", s->name, name, origin->line);
		return;
	}
	if (!more)
		*origin = at;
	if (!value_set(s, k, l->base, value, more, &err))
		return;
	if (err.exit_code == EXIT_INTERNAL) {
		loader_no_memory(l);
		return;
	}
	loader_tell(l, &at, "%s", err.text);
	/* What is not there need not be checked against the rest. */
	value_clear(k, l->base);
}

static void take_bad(void *arg, int line, bool in_header, const char *words)
{
	struct loader *l = arg;
	struct conf_origin at = here(l, line);

	if (in_header) {
		l->incomplete = true;
		l->base = NULL;
	}
	loader_tell(l, &at, "%s", words);
}

void loader_overlay(struct loader *l, const char *file, const char *text, size_t len)
{
	static const struct file_events events = {.section = take_section, .key = take_key, .bad = take_bad};

	if (l->no_memory)
		return;
	l->file = file;
	l->base = NULL;
	l->seen_count = 0;
	file_parse(text, len, &events, l);
}

/* Sections that nobody wrote, then the defaults that depend on something. */
static void fill_in(struct loader *l)
{
	const struct key_listener *dl;
	struct conf_listener *listener;
	struct err err;

	if (!l->config->stores && !l->incomplete && !new_section(l, KEY_STORE, KEY_DEFAULT_STORE))
		return;
	for (unsigned i = 0; !l->incomplete && i < KEY_DEFAULT_LISTENERS; i++) {
		if (i == 0 && l->config->listeners)
			break;
		dl = key_default_listener(i);
		listener = new_section(l, KEY_LISTENER, dl->name);
		if (!listener || value_set(key_section(KEY_LISTENER), &key_section(KEY_LISTENER)->keys[0], listener,
					   dl->address, false, &err)) {
			loader_no_memory(l);
			return;
		}
	}
	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++) {
		const struct key_section *s = key_section(kind);

		for (void *base = section_next(l->config, kind, NULL); base; base = section_next(l->config, kind, base)) {
			bool stream = kind == KEY_LISTENER && addr_is_stream(&((struct conf_listener *)base)->addr);

			for (unsigned i = 0; i < s->count; i++)
				if (!section_origins(kind, base)[i].file && (s->keys[i].env || s->keys[i].def_stream ||
									   !s->named))
					set_default(l, kind, base, &s->keys[i], stream);
		}
	}
}

struct config *loader_finish(struct loader *l, int *ret_exit)
{
	if (!l->no_memory)
		fill_in(l);
	if (!l->no_memory && !l->incomplete)
		loader_check(l);
	mem_free(l->seen);
	if (!l->error_count && !l->no_memory)
		return l->config;
	config_free(l->config);
	if (l->no_memory)
		*ret_exit = EXIT_INTERNAL;
	else
		*ret_exit = l->denied_count == l->error_count ? EXIT_PERMISSION : EXIT_CONFIG;
	return NULL;
}
