/* loglevel, reload, drain, dump: what the daemon is asked to do, and what came of it. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/given.h"
#include "ctl/look.h"
#include "ctl/memory.h"
#include "ctl/text.h"

#define RELOAD_MS 60000
#define DRAIN_NS (20 * NS_PER_S)
#define DRAIN_MOST_NS (600 * NS_PER_S)
#define LEVEL_MOST_NS (7 * 86400 * NS_PER_S)

/* Lines of a list, each behind `before`. */
static void tell_lines(FILE *out, const char *before, const json_t *lines)
{
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i, line) {
		char *plain = text_escape(json_string_value(line) ? json_string_value(line) : "?");

		fprintf(out, "%s%s\n", before, plain);
		mem_free(plain);
	}
}

/* Asks; shows with --json, else by `show`. */
static int order(const struct ctl *c, const struct question *q, void (*show)(const json_t *data))
{
	struct err err;
	json_t *data;
	int code = look_ask(c, q, &data, &err);

	if (code != 0) {
		tell_lines(stderr, "catchbasin: ", json_object_get(data, "reasons"));
		complain(&err);
	} else {
		look_show(c, data, show);
	}
	json_decref(data);
	return code;
}

/* ---- log level ---- */

static void show_level(const json_t *data)
{
	char left[TEXT_NUMBER];

	printf("log level %s", text_of(data, "level"));
	if (json_is_integer(json_object_get(data, "left_ms")))
		printf(" for %s, then %s, as configured\n", text_duration(text_number_of(data, "left_ms"), left),
		       text_of(data, "configured"));
	else
		printf(", as configured\n");
}

int verb_loglevel(const struct ctl *c)
{
	struct question q = {.verb = "loglevel"};
	int64_t for_ns = 0;
	json_t *args = need(json_object());
	struct err err;
	int level, code;

	if (!given_duration("for", c->time, NS_PER_MS, LEVEL_MOST_NS, &for_ns)) {
		json_decref(args);
		return EXIT_USAGE;
	}
	if (c->operand && !given_word("LEVEL", c->operand, c->verb->words, &level)) {
		json_decref(args);
		return EXIT_USAGE;
	}
	if (c->time && !c->operand) {
		err_set(&err, EXIT_USAGE, "--for needs a level: catchbasin loglevel debug --for=%s", c->time);
		complain(&err);
		json_decref(args);
		return EXIT_USAGE;
	}
	if (c->operand)
		need_done(json_object_set_new(args, "level", need(json_string(c->operand))));
	if (for_ns)
		need_done(json_object_set_new(args, "for_ms", need(json_integer(for_ns / NS_PER_MS))));
	q.args = args;
	code = order(c, &q, show_level);
	json_decref(args);
	return code;
}

/* ---- reload ---- */

static void show_reload(const json_t *data)
{
	const json_t *applied = json_object_get(data, "applied"), *waiting = json_object_get(data, "waiting");
	char n[TEXT_NUMBER];

	printf("reloaded, generation %s%s\n", text_count(text_number_of(data, "generation"), n),
	       json_array_size(applied) + json_array_size(waiting) == 0 ? ": nothing has changed" : "");
	tell_lines(stdout, "applied: ", applied);
	tell_lines(stdout, "waits: ", waiting);
}

int verb_reload(const struct ctl *c)
{
	return order(c, &(struct question){.verb = "reload", .wait_ms = RELOAD_MS}, show_reload);
}

/* ---- drain ---- */

static void show_drain(const json_t *data)
{
	char stored[TEXT_NUMBER], took[TEXT_NUMBER], lost[TEXT_NUMBER];

	printf("drained in %s: %s messages stored meanwhile, %s lost\n", text_duration(text_number_of(data, "took_ms"), took),
	       text_count(text_number_of(data, "stored"), stored), text_count(text_number_of(data, "lost"), lost));
}

int verb_drain(const struct ctl *c)
{
	int64_t timeout_ns = DRAIN_NS, hold_ns = 0;
	json_t *args;
	int code;

	if (!given_duration("timeout", c->timeout, NS_PER_MS, DRAIN_MOST_NS, &timeout_ns) ||
	    !given_duration("hold", c->hold, 0, DRAIN_MOST_NS, &hold_ns))
		return EXIT_USAGE;
	args = need(json_pack("{s:I, s:I}", "timeout_ms", (json_int_t)(timeout_ns / NS_PER_MS), "hold_ms",
			      (json_int_t)(hold_ns / NS_PER_MS)));
	code = order(c, &(struct question){.verb = "drain", .args = args,
					   .wait_ms = (int)((timeout_ns + hold_ns) / NS_PER_MS) + ASK_MS},
		     show_drain);
	json_decref(args);
	return code;
}

/* ---- dump ---- */

static void show_dump(const json_t *data)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(data, "threads"), i, row)
		printf("%s%s\n", text_true(row, "stuck") ? "STUCK: " : "", text_of(row, "line"));
	if (text_true(data, "logged"))
		printf("The state of everything is in the daemon's log.\n");
}

int verb_dump(const struct ctl *c)
{
	return order(c, &(struct question){.verb = "dump"}, show_dump);
}
