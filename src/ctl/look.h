/*
 * look - verbs that only look: they ask the daemon, or else read the store.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   as ask and store/reader
 * Units    none
 * Errors   told on stderr; the exit code is returned: EXIT_UNAVAILABLE where there is neither daemon nor store,
 *          EXIT_PERMISSION where permission is the reason
 * Limits   none
 * Upholds  what is shown says whether it came from the daemon or from the file
 *
 * Both ways lead to one JSON object, so that there is one way to show it: from the daemon, its "data"; from files,
 * {"daemon": null, "stores": [what `read` gives, with "name" and "path"]}.
 */
#ifndef CTL_LOOK_H
#define CTL_LOOK_H

#include "base/json.h"
#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "store/reader.h"

/* Asks the first daemon that is there. 0 with *ret_data; else an exit code with reterr, and *ret_data where it says more.
 * EXIT_UNAVAILABLE with "no daemon answers at …" where nobody is there. */
int look_ask(const struct ctl *c, const struct question *q, json_t **ret_data, struct err *reterr) MUST_CHECK;
/* Prints data as one line of JSON. */
void look_json(const json_t *data);
/* Shows data: with --json as it is, else by `show`, with all strings escaped. */
void look_show(const struct ctl *c, const json_t *data, void (*show)(const json_t *data));

struct look {
	const char *verb;
	bool files_only;  /* the daemon does not know it */
	int64_t since_at; /* for `read`'s use */
	/* What a store file says; NULL with reterr. path is borrowed. */
	json_t *(*read)(const struct look *l, struct reader *r, const char *path, struct err *reterr);
	/* The exit code that the data asks for; may be NULL: always 0. With files it may add to the data. */
	int (*judge)(json_t *data);
	/* What the first line begins with, of a daemon's answer; "" for nothing. May be NULL. */
	const char *(*headline)(const json_t *data);
	/* For people: all strings of data are escaped. */
	void (*show)(const json_t *data, FILE *out);
};

int look(const struct ctl *c, const struct look *l);

#endif
