/*
 * config - what the user said, as plain data that calls nobody.
 *
 * Owns     a configuration owns all its strings and lists
 * Threads  any, each configuration in one thread at a time
 * Blocks   config_load reads files
 * Units    sizes in bytes, durations in nanoseconds
 * Errors   all of a configuration's errors are collected, each one line with file, line and what would be right
 * Limits   those of the key table (conf/keys)
 * Upholds  a loaded configuration is complete (defaults filled in) and consistent (stores exist, paths differ)
 */
#ifndef CONF_CONFIG_H
#define CONF_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/log.h"

enum conf_framing { CONF_FRAMING_AUTO, CONF_FRAMING_NEWLINE, CONF_FRAMING_NUL, CONF_FRAMING_OCTET };
enum conf_oversize { CONF_OVERSIZE_TRUNCATE, CONF_OVERSIZE_DROP };
enum conf_overflow { CONF_OVERFLOW_BLOCK, CONF_OVERFLOW_DROP_NEWEST, CONF_OVERFLOW_DROP_OLDEST };
enum conf_ack { CONF_ACK_NONE, CONF_ACK_COMMIT };
enum conf_durability { CONF_DURABILITY_FULL, CONF_DURABILITY_NORMAL, CONF_DURABILITY_OFF };

/* Where a value came from. file NULL: the default. */
struct conf_origin {
	const char *file; /* lends: owned by the configuration */
	int line;
};

#define CONF_SECTION_KEYS 16
struct conf_listener {
	struct conf_listener *next;
	char *name;
	struct conf_origin origin;                       /* of the section's header */
	struct conf_origin origins[CONF_SECTION_KEYS];   /* by the key's index in its section */
	char *address;                                   /* as written */
	struct addr addr;
	char *store;
	int framing, oversize, overflow, ack;            /* enum conf_… */
	int64_t max_message, rcvbuf, max_connections, idle_timeout_ns;
	struct cidr *allow;
	unsigned allow_count;
};

struct conf_store {
	struct conf_store *next;
	char *name;
	struct conf_origin origin, origins[CONF_SECTION_KEYS];
	char *path;
	int64_t workers, queue_messages, queue_bytes, batch_messages, batch_interval_ns, keep_age_ns, keep_size, keep_messages;
	int64_t min_free, wal_limit;                     /* min_free below 0: percent of the file system */
	int durability;
};

struct config {
	struct { struct conf_origin origins[CONF_SECTION_KEYS]; int64_t drain_timeout_ns; } daemon;
	struct { struct conf_origin origins[CONF_SECTION_KEYS]; int level, target; } log; /* enum log_level, log_target */
	struct { struct conf_origin origins[CONF_SECTION_KEYS]; char *path; } control;    /* "" = none */
	struct { struct conf_origin origins[CONF_SECTION_KEYS]; char *address, *hosts;    /* "" = none */
		 struct addr addr; int64_t messages; } metrics;
	struct conf_listener *listeners; /* in the order of the files */
	struct conf_store *stores;
	char **files;                    /* read, in order; owned */
	unsigned file_count;
};

/* One line per error: "FILE:LINE: words". */
typedef void conf_error_fn(void *arg, const char *line);

/*
 * Reads FILE and FILE.d/ *.conf (or, with file NULL, the default file and catchbasin.conf.d/ *.conf beside it if they
 * exist), fills in defaults and checks everything that can be checked without touching store or network. Tells every
 * error through fn. Gives a configuration, or NULL with *ret_exit set: EXIT_CONFIG, EXIT_PERMISSION where permission is
 * the only reason, EXIT_INTERNAL without memory.
 */
struct config *config_load(const char *file, conf_error_fn *fn, void *arg, int *ret_exit) MUST_CHECK;
/* As config_load, from memory: `name` stands for the file, no drop-ins are read. Borrows text. */
struct config *config_load_text(const char *name, const char *text, size_t len, conf_error_fn *fn, void *arg,
				int *ret_exit) MUST_CHECK;
/* Takes c. NULL is fine. */
void config_free(struct config *c);
/* The section of that name, NULL if there is none. Lends: valid as long as the configuration. */
const struct conf_listener *config_listener(const struct config *c, const char *name);
const struct conf_store *config_store(const struct config *c, const char *name);

/* Effective values, each with "; FILE:LINE" or "; default", as a file that config_load reads again. */
void config_dump(const struct config *c, FILE *out);

enum conf_change_kind { CONF_SET, CONF_ADDED, CONF_REMOVED };

/* One difference between two configurations. All strings are borrowed for the call. */
struct conf_change {
	enum conf_change_kind kind;
	const char *section;              /* "daemon", "log", "listener", "store", … */
	const char *name;                 /* of the section, "" if it has none */
	const char *key;                  /* of CONF_SET; else NULL: the whole section */
	const char *before, *after;       /* the values of CONF_SET, as text */
	const struct conf_origin *origin; /* in the fresh configuration (of a removed section: in the old one) */
	bool live;                        /* a reload applies it; else it takes a restart */
	const char *line;                 /* all of it: "FILE:LINE: [listener udp] rcvbuf: 4M, was 8M" */
};
typedef void conf_change_fn(void *arg, const struct conf_change *change);

/* Tells every difference, in the order of the key table; returns how many. Not live is also what goes together with
 * a key that waits: max_message beyond the running queue_bytes, overflow with the running ack = commit, a new
 * listener whose store is not running. */
unsigned config_diff(const struct config *old, const struct config *fresh, conf_change_fn *fn, void *arg);

/* Turns a fresh configuration into the one in force after the reload: what config_diff tells as not live is put back
 * to what is running. The result is the next reload's old: what waits is then told again. -1 with reterr, no memory:
 * fresh can only be freed. */
int config_settle(const struct config *running, struct config *fresh, struct err *reterr) MUST_CHECK;

#endif
