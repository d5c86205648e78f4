/* The verb dump: who waits for whom, as it stands, told past everything that may be stuck. */
#include "base/sync_report.h"
#include "daemon/control_verbs.h"

struct lines {
	json_t *list; /* NULL: no memory */
	bool all;
};

static void add(void *arg, enum sync_tone tone, const char *line)
{
	struct lines *l = arg;
	json_t *row;

	if (!l->list || (tone == SYNC_ASIDE && !l->all))
		return;
	row = json_pack("{s:b, s:o}", "stuck", tone == SYNC_STUCK, "line", control_text(line));
	if (row && json_array_append(l->list, row) == 0) {
		json_decref(row);
		return;
	}
	json_decref(row);
	json_decref(l->list);
	l->list = NULL;
}

static json_t *look(bool all)
{
	struct lines l = {.list = json_array(), .all = all};

	sync_report(add, &l);
	return l.list;
}

json_t *control_locks(void)
{
	return look(false);
}

json_t *control_dump(const struct control_view *v)
{
	return json_pack("{s:o, s:b, s:o}", "daemon", control_whoami(v), "logged", v->opts->event != NULL, "threads", look(true));
}
