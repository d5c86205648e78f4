/*
 * loader - a configuration in the making: files laid over one another, then defaults, then the checks.
 *
 * Owns     the configuration until loader_finish gives it
 * Threads  one
 * Blocks   loader_finish looks at paths (stat), to see whether two are the same file
 * Units    lines counted from 1
 * Errors   told through fn at once, one line each: "FILE:LINE: words"
 * Limits   none of its own
 * Upholds  nothing is given if anything was told
 */
#ifndef CONF_LOADER_H
#define CONF_LOADER_H

#include <stdbool.h>

#include "base/attr.h"
#include "conf/config.h"
#include "conf/keys.h"

/* A section header of the file being read. */
struct loader_seen {
	enum key_kind kind;
	const void *base;
	int line;
};

struct loader {
	struct config *config;
	conf_error_fn *fn;
	void *arg;
	unsigned error_count;
	unsigned denied_count; /* of these, files that may not be read */
	bool incomplete;       /* a file or a section header is missing from the picture: check no names */
	bool no_memory;
	/* The file being read: */
	const char *file;
	struct loader_seen *seen;
	unsigned seen_count;
	enum key_kind kind;
	void *base;  /* of the section being read; NULL: it was refused, so are its keys, silently */
	bool again;  /* the section stands twice; its keys are only looked at */
};

/* fn and arg are lent until loader_finish. */
void loader_init(struct loader *l, conf_error_fn *fn, void *arg);
/* Tells an error. origin->file NULL: of a default; origin->line 0: of the whole file. */
void loader_tell(struct loader *l, const struct conf_origin *origin, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Tells that memory is short; nothing more is told then. */
void loader_no_memory(struct loader *l);
/* Keeps the name of a file with the configuration. Lends it, NULL: no memory. */
const char *loader_keep_name(struct loader *l, const char *file) MUST_CHECK;
/* Lays a text over what is there. file: from loader_keep_name. */
void loader_overlay(struct loader *l, const char *file, const char *text, size_t len);
/* Fills in defaults and checks. Gives the configuration, or NULL with *ret_exit if anything was told. */
struct config *loader_finish(struct loader *l, int *ret_exit) MUST_CHECK;

/* What no key can see alone (conf/check.c): stores exist, paths and addresses differ, keys go together. */
void loader_check(struct loader *l);

/* As config_load; with `optional` a missing FILE is no error, its FILE.d is read all the same. */
struct config *config_load_from(const char *file, bool optional, conf_error_fn *fn, void *arg, int *ret_exit) MUST_CHECK;

#endif
