/* Here two configurations are compared, as a reload needs it: what changed, where, and does it apply. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "conf/reload.h"
#include "conf/section.h"
#include "conf/value.h"

struct diff {
	const struct config *old, *fresh;
	conf_change_fn *fn;
	void *arg;
	unsigned count;
};

/* Words the change and tells it. */
static void tell(struct diff *d, enum key_kind kind, struct conf_change *change)
{
	static const char *const verbs[] = {[CONF_SET] = "", [CONF_ADDED] = " is new", [CONF_REMOVED] = " is gone"};
	char title[SECTION_TITLE], place[32] = "";
	const char *file = change->origin->file ? change->origin->file : "default";
	bool set = change->kind == CONF_SET;
	size_t size;
	char *line;

	d->count++;
	change->section = key_section(kind)->name;
	section_title(kind, change->name, title, sizeof(title));
	if (change->origin->file)
		snprintf(place, sizeof(place), ":%d", change->origin->line);
	size = strlen(file) + sizeof(place) + sizeof(title) + 64;
	if (set)
		size += strlen(change->key) + strlen(change->before) + strlen(change->after);
	line = mem_alloc(size);
	if (line && set)
		snprintf(line, size, "%s%s: %s %s: %s, was %s", file, place, title, change->key,
			 *change->after ? change->after : "(empty)", *change->before ? change->before : "(empty)");
	else if (line)
		snprintf(line, size, "%s%s: %s%s", file, place, title, verbs[change->kind]);
	change->line = line ? line : title;
	d->fn(d->arg, change);
	mem_free(line);
}

static void diff_section(struct diff *d, enum key_kind kind, const void *old, const void *fresh)
{
	const struct key_section *s = key_section(kind);

	for (unsigned i = 0; i < s->count; i++) {
		const struct key *k = &s->keys[i];
		char *before, *after;

		if (value_same(k, old, fresh))
			continue;
		before = value_format(k, old);
		after = value_format(k, fresh);
		tell(d, kind,
		     &(struct conf_change){
			     .kind = CONF_SET,
			     .name = section_name(kind, fresh),
			     .key = k->name,
			     .before = before ? before : "?",
			     .after = after ? after : "?",
			     .origin = section_where(kind, fresh, k->name),
			     .live = reload_takes_key(d->old, kind, k, old, fresh),
		     });
		mem_free(before);
		mem_free(after);
	}
}

static void diff_kind(struct diff *d, enum key_kind kind)
{
	void *old, *fresh;

	for (fresh = section_next(d->fresh, kind, NULL); fresh; fresh = section_next(d->fresh, kind, fresh)) {
		old = section_find(d->old, kind, section_name(kind, fresh));
		if (old)
			diff_section(d, kind, old, fresh);
		else
			tell(d, kind,
			     &(struct conf_change){
				     .kind = CONF_ADDED,
				     .name = section_name(kind, fresh),
				     .origin = section_origin(kind, fresh),
				     .live = reload_takes_section(d->old, kind, fresh),
			     });
	}
	for (old = section_next(d->old, kind, NULL); old; old = section_next(d->old, kind, old))
		if (!section_find(d->fresh, kind, section_name(kind, old)))
			tell(d, kind,
			     &(struct conf_change){
				     .kind = CONF_REMOVED,
				     .name = section_name(kind, old),
				     .origin = section_origin(kind, old),
				     .live = reload_drops_section(kind),
			     });
}

unsigned config_diff(const struct config *old, const struct config *fresh, conf_change_fn *fn, void *arg)
{
	struct diff d = {old, fresh, fn, arg, 0};

	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++)
		diff_kind(&d, kind);
	return d.count;
}
