/*
 * section - the sections of a configuration, walked through alike whatever their kind.
 *
 * Owns     nothing: sections belong to their configuration
 * Threads  any, each configuration in one thread at a time
 * Blocks   never
 * Units    none
 * Errors   NULL when there is no memory
 * Limits   none
 * Upholds  a section without a name exists exactly once; its base is the configuration itself
 */
#ifndef CONF_SECTION_H
#define CONF_SECTION_H

#include "base/attr.h"
#include "conf/config.h"
#include "conf/keys.h"

#define SECTION_TITLE (KEY_NAME_MAX + 16)

/* The section behind prev, in the order of the files; the first if prev is NULL; NULL at the end. */
void *section_next(const struct config *c, enum key_kind kind, const void *prev);
/* NULL if there is none of that name. */
void *section_find(const struct config *c, enum key_kind kind, const char *name);
/* Adds an empty section: no value set, no default either. The configuration owns it. */
void *section_add(struct config *c, enum key_kind kind, const char *name) MUST_CHECK;
/* Takes a section with a name out of the configuration and frees it. */
void section_remove(struct config *c, enum key_kind kind, void *base);
/* Frees what its values own. */
void section_clear(enum key_kind kind, void *base);
/* Its name, "" if the kind has none. */
const char *section_name(enum key_kind kind, const void *base);
/* Where it began; file NULL: it is a default one, or its kind has no name. */
struct conf_origin *section_origin(enum key_kind kind, void *base);
/* origins[] of its keys. */
struct conf_origin *section_origins(enum key_kind kind, const void *base);
/* "[listener udp]". At least SECTION_TITLE bytes. */
void section_title(enum key_kind kind, const char *name, char *ret_text, size_t size);
/* Where a value came from: its own origin, else its section's; file NULL: a default. */
const struct conf_origin *section_where(enum key_kind kind, const void *base, const char *key);

#endif
