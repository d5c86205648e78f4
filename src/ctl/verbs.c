/* The table of verbs: to add one, write its function in a file of its own and a row here. */
#include <string.h>

#include "conf/hint.h"
#include "ctl/ctl.h"

static const struct verb verbs[] = {
	{"status", TAKES_JSON, "how the daemon, its stores and its listeners stand",
	 "Shows what the running daemon has received and stored, its queues, its workers\n"
	 "and every counter of every listener. Without a daemon: the totals of the store\n"
	 "file and its last run.\n",
	 verb_status},
	{"audit", TAKES_JSON, "do the books balance? exit status 0 if they do, 65 if not",
	 "Checks received + kernel = stored + lost + queued + in flight, for every\n"
	 "listener and at one moment. Without a daemon: the last run's receipt against the\n"
	 "rows of the store file. A run without a receipt, because it goes on or because\n"
	 "it crashed, cannot be audited: exit status 65.\n",
	 verb_audit},
	{"loss", TAKES_JSON, "what was lost, by listener and reason",
	 "Shows what the running daemon has lost since its start. Without a daemon: every\n"
	 "row of the table loss of the store file, times in UTC. Exit status 0, also where\n"
	 "nothing was lost.\n",
	 verb_loss},
};

const struct verb *verb_at(unsigned index)
{
	return index < ARRAY_LEN(verbs) ? &verbs[index] : NULL;
}

const struct verb *verb_find(const char *name, struct err *reterr)
{
	struct hint hint = {.given = name};

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
		hint_offer(&hint, verbs[i].name);
	}
	if (hint.best)
		err_set(reterr, EXIT_USAGE, "unknown verb \"%s\"; did you mean \"%s\"?", name, hint.best);
	else
		err_set(reterr, EXIT_USAGE, "unknown verb \"%s\"; catchbasin --help lists them all", name);
	return NULL;
}
