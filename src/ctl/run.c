/* Reads a run's receipt, and says what is to be thought of a run that has none. */
#include "ctl/run.h"

#include <sys/stat.h>

#include "ctl/memory.h"
#include "ctl/text.h"
#include "store/file.h"

static json_t *word_receipt(const struct reader_run *run)
{
	return need(json_pack("{s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "stopped_at",
			      (json_int_t)run->stopped_at, "clean", run->clean == 1, "received", (json_int_t)run->received,
			      "kernel", (json_int_t)run->kernel, "stored", (json_int_t)run->stored, "lost",
			      (json_int_t)run->lost, "first_id", (json_int_t)run->first_id, "last_id",
			      (json_int_t)run->last_id, "pruned", (json_int_t)run->pruned, "rows", (json_int_t)run->rows,
			      "balanced", run->balanced));
}

static json_t *word_no_receipt(const char *path)
{
	struct stat st;
	pid_t holder = stat(path, &st) == 0 ? file_holder(st.st_dev, st.st_ino) : 0;

	return need(json_pack("{s:n, s:o, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:b}", "stopped_at", "holder",
			      need(holder ? json_integer(holder) : json_null()), "clean", "received", "kernel", "stored",
			      "lost", "first_id", "last_id", "rows", "balanced", 0));
}

json_t *run_read(struct reader *r, const char *path, struct err *reterr)
{
	struct reader_run run;
	json_t *head, *rest;
	int rc = reader_last_run(r, &run, reterr);

	if (rc < 0)
		return NULL;
	if (rc > 0)
		return need(json_null());
	head = need(json_pack("{s:I, s:o, s:I, s:b}", "id", (json_int_t)run.id, "version", text_json(run.version),
			      "started_at", (json_int_t)run.started_at, "receipt", run.has_receipt));
	rest = run.has_receipt ? word_receipt(&run) : word_no_receipt(path);
	need_done(json_object_update(head, rest));
	json_decref(rest);
	return head;
}

void run_show(const json_t *run, FILE *out)
{
	char from[TEXT_NUMBER], to[TEXT_NUMBER], id[TEXT_NUMBER];
	int64_t holder = text_number_of(run, "holder");

	if (!json_is_object(run)) {
		fprintf(out, "  no run yet\n");
		return;
	}
	text_count(text_number_of(run, "id"), id);
	text_time(text_number_of(run, "started_at"), from);
	fprintf(out, "  run %s of catchbasind %s\n", id, text_of(run, "version"));
	if (text_true(run, "receipt"))
		fprintf(out, "  from %s to %s UTC, %s\n", from, text_time(text_number_of(run, "stopped_at"), to),
			text_true(run, "clean") ? "stopped cleanly" : "stopped with messages left behind");
	else if (holder)
		fprintf(out, "  since %s UTC, not ended: process %lld holds the store\n", from, (long long)holder);
	else
		fprintf(out, "  since %s UTC, no receipt, nobody holds the store: it crashed\n", from);
}
