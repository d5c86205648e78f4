/*
 * keys - the one table of everything that can be configured.
 *
 * Owns     nothing: constant data
 * Threads  any
 * Blocks   never
 * Units    min and max in the key's own unit: bytes, nanoseconds, a count; of a path, the length in bytes
 * Errors   none
 * Limits   CONF_SECTION_KEYS keys in a section
 * Upholds  defaults, validation, dump, sample file and manual come from here and from nowhere else; a key's index in
 *          its section is its index in origins[]
 */
#ifndef CONF_KEYS_H
#define CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum key_kind { KEY_DAEMON, KEY_LOG, KEY_LISTENER, KEY_STORE, KEY_CONTROL, KEY_METRICS, KEY_KINDS };

enum key_type {
	KEY_WORD,     /* int: one of words */
	KEY_BOOL,     /* bool */
	KEY_NUMBER,   /* int64_t */
	KEY_SIZE,     /* int64_t, bytes; below 0, of a key with `percent`: that share of something */
	KEY_DURATION, /* int64_t, nanoseconds */
	KEY_ADDRESS,  /* char *, and at `more` a struct addr */
	KEY_SERVER,   /* the same, of a server of ours: H:P or a unix socket; "" leaves the struct addr as it was */
	KEY_HOSTS,    /* char *: names by comma */
	KEY_CIDRS,    /* struct cidr *, and at `more` an unsigned; may be repeated in a file */
	KEY_PATH,     /* char * */
	KEY_NAME,     /* char * */
};

enum key_apply { KEY_LIVE, KEY_RESTART };

/* A word and what it stands for; a list ends with a NULL name. */
struct key_word {
	const char *name;
	int value;
};

struct key {
	const char *name;
	enum key_type type;
	size_t offset, more; /* in the section's struct; for sections without names, in struct config */
	const struct key_word *words;
	int64_t min, max;
	bool or_zero;           /* 0 is accepted too, though below min */
	int64_t percent;        /* 1% to so many are accepted too */
	bool or_empty;          /* an empty value is accepted */
	const char *def;        /* the default; NULL: there is none, the key must be set */
	const char *def_stream; /* the default for stream listeners, where it differs */
	const char *env;        /* where this variable names a directory, the default is env_file in it */
	const char *env_file;
	const char *unit;       /* shown behind the range; NULL: none */
	enum key_apply apply;
	const char *sample;     /* stands in the sample file, in force; NULL: the default stands there, commented out */
	const char *prose;      /* plain sentences, no markup */
};

struct key_section {
	const char *name;
	bool named;             /* [name NAME], several of them */
	size_t origins;         /* offset of origins[], as struct key's offset */
	const struct key *keys;
	unsigned count;
	const char *prose;
};

/* One of the listeners of a configuration that names none. */
struct key_listener {
	const char *name, *address;
};

#define KEY_NAME_MAX 32
#define KEY_DEFAULT_LISTENERS 4
#define KEY_DEFAULT_STORE "main"

/* Lends: static. */
const struct key_section *key_section(enum key_kind kind);
/* KEY_KINDS if there is no such section. */
enum key_kind key_kind_find(const char *name);
/* The key's index in its section, -1 if there is none. */
int key_find(const struct key_section *s, const char *name);
/* The word for a value, "?" for an unknown one. Lends: static. */
const char *key_word_name(const struct key_word *words, int value);
/* The index-th default listener. Lends: static. */
const struct key_listener *key_default_listener(unsigned index);
/* True for 1 … KEY_NAME_MAX bytes of [A-Za-z0-9_.-]. */
bool key_name_valid(const char *name);

#endif
