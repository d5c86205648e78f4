/*
 * file - one INI file, line by line, with every line judged before inih sees it.
 *
 * Owns     nothing; file_read gives its text
 * Threads  any
 * Blocks   file_read, on the disk
 * Units    lines counted from 1, lengths in bytes
 * Errors   file_read returns them; file_parse tells every bad line through `bad` and goes on with the next
 * Limits   FILE_BYTES a file; as many bytes a line as inih takes (198 with Debian's library), line end not counted
 * Upholds  a line is told once: as a section, as a key, or as bad; keys below a bad header are not told at all
 */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

#define FILE_BYTES (1024 * 1024)

/* Who hears of the lines. All strings are borrowed for the call. */
struct file_events {
	/* [kind name]; name is "" if none is given. */
	void (*section)(void *arg, int line, const char *kind, const char *name);
	void (*key)(void *arg, int line, const char *key, const char *value);
	/* The words name neither file nor line. in_header: it was meant to be a section. */
	void (*bad)(void *arg, int line, bool in_header, const char *words);
};

enum file_result { FILE_OK, FILE_MISSING, FILE_FAILED };

/* Gives the text of a file. FILE_MISSING, FILE_FAILED: reterr says why, with EXIT_PERMISSION where that is the
 * reason, EXIT_INTERNAL without memory, else EXIT_CONFIG. The words do not name the file. */
enum file_result file_read(const char *path, char **ret_text, size_t *ret_len, struct err *reterr) MUST_CHECK;

/* Tells the lines of a text, in order. Borrows text; it needs no NUL at its end and may hold some. */
void file_parse(const char *text, size_t len, const struct file_events *events, void *arg);

#endif
