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
#include "ctl/ctl.h"
#include "store/reader.h"

struct look {
	const char *verb;
	/* What a store file says; NULL with reterr. path is borrowed. */
	json_t *(*read)(struct reader *r, const char *path, struct err *reterr);
	/* The exit code that the data asks for; may be NULL: always 0. With files it may add to the data. */
	int (*judge)(json_t *data);
	/* For people: all strings of data are escaped. */
	void (*show)(const json_t *data, FILE *out);
};

int look(const struct ctl *c, const struct look *l);

#endif
