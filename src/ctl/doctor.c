/* doctor: looks at the machine, and says of each thing how it is and what mends it. */
#include "ctl/doctor.h"

#include <stdarg.h>
#include <string.h>
#include <sys/timex.h>

#include "ctl/look.h"
#include "ctl/memory.h"
#include "ctl/text.h"
#include "store/reader.h"

static const char *const words[] = {
	[DOCTOR_GOOD] = "good", [DOCTOR_UNKNOWN] = "unknown", [DOCTOR_LOOK] = "look", [DOCTOR_BAD] = "BAD"};

void doctor_find(struct doctor *d, const char *subject, enum doctor_verdict v, const char *mend, const char *fmt, ...)
{
	char text[DOCTOR_TEXT];
	json_t *row;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	row = need(json_pack("{s:s, s:s, s:o, s:o}", "subject", subject, "verdict", words[v], "finding", text_json(text), "mend",
			     text_json(mend)));
	need_done(json_array_append_new(d->findings, row));
}

int doctor_pid(const struct doctor *d)
{
	return (int)text_number_of(json_object_get(d->status, "daemon"), "pid");
}

/* ---- the short looks ---- */

static void look_config_error(void *arg, const char *line)
{
	doctor_find(arg, "configuration", DOCTOR_BAD, "catchbasind -t", "%s", line);
}

static void look_config(struct doctor *d)
{
	int code;
	struct config *config = config_load(d->c->config, look_config_error, d, &code);

	d->config = config;
	if (!config)
		return;
	if (config->file_count == 0)
		doctor_find(d, "configuration", DOCTOR_GOOD, "", "there is no file: the defaults apply");
	for (unsigned i = 0; i < config->file_count; i++)
		doctor_find(d, "configuration", DOCTOR_GOOD, "", "%s is good", config->files[i]);
}

static void look_daemon(struct doctor *d)
{
	const json_t *health, *reason;
	struct err err;
	size_t i;
	int code = look_ask(d->c, &(struct question){.verb = "status"}, &d->status, &err);

	if (code == EXIT_UNAVAILABLE) {
		doctor_find(d, "daemon", DOCTOR_LOOK, "systemctl start catchbasind", "%s", err.text);
		return;
	}
	if (code == EXIT_PERMISSION) {
		doctor_find(d, "daemon", DOCTOR_UNKNOWN, "sudo usermod -aG catchbasin \"$USER\"", "%s", err.text);
		return;
	}
	if (code != 0) {
		doctor_find(d, "daemon", DOCTOR_BAD, "catchbasin status", "%s", err.text);
		return;
	}
	health = json_object_get(d->status, "health");
	if (!strcmp(text_of(health, "verdict"), "healthy"))
		doctor_find(d, "daemon", DOCTOR_GOOD, "", "process %d is healthy", doctor_pid(d));
	json_array_foreach(json_object_get(health, "reasons"), i, reason)
		doctor_find(d, "daemon", strcmp(text_of(health, "verdict"), "failing") ? DOCTOR_LOOK : DOCTOR_BAD,
			    "catchbasin status", "%s", json_string_value(reason) ? json_string_value(reason) : "?");
}

static void look_clock(struct doctor *d)
{
	struct timex t = {0};

	if (adjtimex(&t) < 0)
		doctor_find(d, "clock", DOCTOR_UNKNOWN, "timedatectl", "the kernel does not tell whether the time is synchronised");
	else if (t.status & STA_UNSYNC)
		doctor_find(d, "clock", DOCTOR_LOOK, "timedatectl set-ntp true",
			    "the time is not synchronised: received_at may be wrong, or jump");
	else
		doctor_find(d, "clock", DOCTOR_GOOD, "", "the time is synchronised, at most %ld ms off", t.maxerror / 1000);
}

static void look_sqlite(struct doctor *d)
{
	doctor_find(d, "SQLite", DOCTOR_GOOD, "", "version %s", reader_sqlite_version());
}

/* ---- the whole ---- */

static bool is_good(const json_t *row)
{
	const char *verdict = text_of(row, "verdict");

	return !strcmp(verdict, words[DOCTOR_GOOD]) || !strcmp(verdict, words[DOCTOR_UNKNOWN]);
}

static void show(const json_t *findings)
{
	json_t *plain = text_escape_all(findings), *row;
	unsigned bad = 0;
	size_t i;

	json_array_foreach(plain, i, row) {
		char left[40];

		snprintf(left, sizeof(left), "%-8s%-15s", text_of(row, "verdict"), text_of(row, "subject"));
		text_wrap(stdout, left, text_of(row, "finding"));
		if (*text_of(row, "mend"))
			printf("%23s%s%s\n", "", is_good(row) ? "" : "mend: ", text_of(row, "mend"));
		bad += !is_good(row);
	}
	if (bad == 0)
		printf("Nothing needs mending.\n");
	else
		printf("%u %s mending.\n", bad, bad == 1 ? "thing needs" : "things need");
	json_decref(plain);
}

int verb_doctor(const struct ctl *c)
{
	struct doctor d = {.c = c, .findings = need(json_array())};
	const json_t *row;
	bool good = true;
	json_t *data;
	size_t i;

	look_config(&d);
	if (d.config)
		look_daemon(&d);
	if (d.config) {
		doctor_limits(&d);
		doctor_disk(&d);
		doctor_ports(&d);
	}
	look_sqlite(&d);
	look_clock(&d);
	json_array_foreach(d.findings, i, row)
		good &= is_good(row);
	if (c->json) {
		data = need(json_pack("{s:b, s:O}", "good", good, "findings", d.findings));
		look_json(data);
		json_decref(data);
	} else {
		show(d.findings);
	}
	json_decref(d.findings);
	json_decref(d.status);
	config_free((struct config *)(uintptr_t)d.config);
	return good ? EXIT_CLEAN : EXIT_NOT_FOUND;
}
