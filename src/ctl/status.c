/* status: how the daemon, its stores and its listeners stand; or what a store file says of itself. */
#include <string.h>

#include "ctl/look.h"
#include "ctl/memory.h"
#include "ctl/run.h"
#include "ctl/text.h"

static json_t *read_status(const struct look *l UNUSED, struct reader *r, const char *path, struct err *reterr)
{
	struct reader_totals t;
	json_t *run, *store;

	if (reader_totals(r, &t, reterr) < 0)
		return NULL;
	run = run_read(r, path, reterr);
	if (!run)
		return NULL;
	store = json_pack("{s:o, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "node", text_json(t.node),
			  "messages", (json_int_t)t.messages, "estimated", t.estimated, "first_id", (json_int_t)t.first_id,
			  "last_id", (json_int_t)t.last_id, "first_at", (json_int_t)t.first_at, "last_at",
			  (json_int_t)t.last_at, "losses", (json_int_t)t.losses, "lost", (json_int_t)t.lost_messages,
			  "runs", (json_int_t)t.runs, "db_bytes", (json_int_t)t.db_bytes, "wal_bytes",
			  (json_int_t)t.wal_bytes, "last_run", run);
	return need(store);
}

/* ---- a file ---- */

static void show_file(const json_t *s, FILE *out)
{
	char a[TEXT_NUMBER], b[TEXT_NUMBER];
	struct flow f = {.out = out, .indent = 2};

	fprintf(out, "\nstore %s\n", text_of(s, "path"));
	flow_add(&f, "messages %s%s", text_true(s, "estimated") ? "about " : "",
		 text_count(text_number_of(s, "messages"), a));
	if (text_number_of(s, "messages") > 0)
		flow_add(&f, "ids %s to %s", text_count(text_number_of(s, "first_id"), a),
			 text_count(text_number_of(s, "last_id"), b));
	flow_add(&f, "lost %s", text_count(text_number_of(s, "lost"), a));
	flow_add(&f, "runs %s", text_count(text_number_of(s, "runs"), a));
	flow_end(&f);
	if (text_number_of(s, "messages") > 0)
		fprintf(out, "  from %s to %s UTC\n", text_time(text_number_of(s, "first_at"), a),
			text_time(text_number_of(s, "last_at"), b));
	fprintf(out, "  database %s, log %s, node %s\n", text_bytes(text_number_of(s, "db_bytes"), a),
		text_bytes(text_number_of(s, "wal_bytes"), b), text_of(s, "node"));
	run_show(json_object_get(s, "last_run"), out);
}

/* ---- the daemon ---- */

/* "received 1, stored 1, …" and, if there is any, a line of losses. */
static void show_account(const json_t *a, FILE *out)
{
	static const char *const names[][2] = {
		{"received", "received"}, {"stored", "stored"}, {"lost", "lost"},
		{"queued", "queued"},     {"in_flight", "in flight"},
	};
	struct flow f = {.out = out, .indent = 2};
	char n[TEXT_NUMBER];
	const json_t *losses = json_object_get(a, "losses"), *row;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		flow_add(&f, "%s %s", names[i][1], text_count(text_number_of(a, names[i][0]), n));
	flow_end(&f);
	json_array_foreach(losses, i, row)
		flow_add(&f, "%s%s %s", i ? "" : "lost by reason: ", text_of(row, "reason"),
			 text_count(text_number_of(row, "messages"), n));
	flow_end(&f);
	if (!text_true(a, "balanced"))
		fprintf(out, "  THE BOOKS DO NOT BALANCE: see catchbasin audit\n");
}

static const char *headline(const json_t *data)
{
	static const char *const words[][2] = {
		{"healthy", "healthy"}, {"attention", "ATTENTION"}, {"failing", "FAILING"}};
	const char *verdict = text_of(json_object_get(data, "health"), "verdict");

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(words[i][0], verdict))
			return words[i][1];
	}
	return "";
}

static void show_reasons(const json_t *data, FILE *out)
{
	const json_t *reason;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(data, "health"), "reasons"), i, reason)
		text_wrap(out, "! ", json_string_value(reason) ? json_string_value(reason) : "?");
}

static void show_daemon(const json_t *d, FILE *out)
{
	char n[TEXT_NUMBER];
	struct flow f = {.out = out};
	int64_t reloads = text_number_of(d, "generation"), dropped = text_number_of(d, "log_dropped");

	flow_add(&f, "catchbasind %s", text_of(d, "version"));
	flow_add(&f, "up %s", text_duration(text_number_of(d, "uptime_ms"), n));
	if (reloads)
		flow_add(&f, "reloads %s", text_count(reloads, n));
	if (json_is_string(json_object_get(d, "log_level")))
		flow_add(&f, "log level %s", text_of(d, "log_level"));
	if (text_true(d, "stopping"))
		flow_add(&f, "STOPPING");
	if (text_true(d, "paused"))
		flow_add(&f, "PAUSED: a drain is under way");
	if (text_true(d, "failed"))
		flow_add(&f, "FAILED: a worker has given up");
	if (dropped)
		flow_add(&f, "log lines dropped %s", text_count(dropped, n));
	flow_end(&f);
}

static void show_locks(const json_t *locks, FILE *out)
{
	const json_t *row;
	size_t i;

	if (json_array_size(locks) > 0)
		fprintf(out, "\nlocks:\n");
	json_array_foreach(locks, i, row)
		text_wrap(out, text_true(row, "stuck") ? "  STUCK: " : "  ", text_of(row, "line"));
}

static void show_queue(const json_t *q, FILE *out)
{
	char a[TEXT_NUMBER], b[TEXT_NUMBER];
	struct flow f = {.out = out, .indent = 2};

	flow_add(&f, "queue %s of %s messages", text_count(text_number_of(q, "messages"), a),
		 text_count(text_number_of(q, "capacity_messages"), b));
	flow_add(&f, "%s of %s", text_bytes(text_number_of(q, "bytes"), a),
		 text_bytes(text_number_of(q, "capacity_bytes"), b));
	flow_add(&f, "at most %s so far", text_count(text_number_of(q, "high_messages"), a));
	flow_add(&f, "sources held back %s", text_count(text_number_of(q, "held_sources"), a));
	flow_end(&f);
	fprintf(out, "  at risk: %s messages", text_count(text_number_of(q, "messages"), a));
	if (text_number_of(q, "messages") > 0)
		fprintf(out, ", the oldest received %s ago", text_duration(text_number_of(q, "oldest_unstored_ms"), a));
	fputc('\n', out);
}

static void show_pool(const json_t *p, FILE *out)
{
	char a[TEXT_NUMBER], b[TEXT_NUMBER];
	struct flow f = {.out = out, .indent = 2};
	double took_ms = (double)text_number_of(p, "last_commit_took_us") / 1000;

	flow_add(&f, "workers %s", text_count(text_number_of(p, "workers"), a));
	flow_add(&f, "busy %s", text_count(text_number_of(p, "busy"), a));
	flow_add(&f, "commits %s", text_count(text_number_of(p, "commits"), a));
	if (json_is_integer(json_object_get(p, "last_commit_age_ms"))) {
		flow_add(&f, "the last %s ago", text_duration(text_number_of(p, "last_commit_age_ms"), b));
		flow_add(&f, "it took %.1f ms", took_ms);
	}
	if (text_number_of(p, "retries") > 0)
		flow_add(&f, "retries %s", text_count(text_number_of(p, "retries"), a));
	flow_end(&f);
	if (json_is_string(json_object_get(p, "why")))
		fprintf(out, "  %s: %s\n", text_of(p, "state"), text_of(p, "why"));
}

/* "free 12 MB, min_free 16 MB: HELD: …", where somebody set min_free; and who keeps the log long. */
static void show_space(const json_t *s, FILE *out)
{
	static const char *const rooms[][2] = {
		{"pruning", ": PRUNING: messages take the place of deleted ones"}, {"held", ": HELD: nothing is stored"}};
	const char *room = text_of(s, "room"), *words = "";
	char a[TEXT_NUMBER], b[TEXT_NUMBER];

	for (size_t i = 0; i < ARRAY_LEN(rooms); i++)
		if (!strcmp(rooms[i][0], room))
			words = rooms[i][1];
	if (text_number_of(s, "min_free") > 0)
		fprintf(out, "  free %s, min_free %s%s\n", text_bytes(text_number_of(s, "free_bytes"), a),
			text_bytes(text_number_of(s, "min_free"), b), words);
	if (!text_true(s, "wal_over"))
		return;
	fprintf(out, "  the log is longer than wal_limit %s", text_bytes(text_number_of(s, "wal_limit"), a));
	if (json_is_integer(json_object_get(s, "wal_reader")))
		fprintf(out, ": process %lld keeps a transaction open", (long long)text_number_of(s, "wal_reader"));
	fputc('\n', out);
}

/* "the oldest message came 3 d ago, 12,000 pruned by this run", where anything was. */
static void show_kept(const json_t *k, FILE *out)
{
	char a[TEXT_NUMBER], b[TEXT_NUMBER];

	if (text_number_of(k, "pruned") == 0)
		return;
	fprintf(out, "  %s messages pruned by this run", text_count(text_number_of(k, "pruned"), a));
	if (json_is_integer(json_object_get(k, "oldest_age_ms")))
		fprintf(out, ", the oldest left came %s ago", text_duration(text_number_of(k, "oldest_age_ms"), b));
	fputc('\n', out);
}

static void show_store(const json_t *s, FILE *out)
{
	char a[TEXT_NUMBER], b[TEXT_NUMBER];

	fprintf(out, "\nstore %s: %s\n", text_of(s, "name"), text_of(s, "path"));
	show_queue(json_object_get(s, "queue"), out);
	show_pool(json_object_get(s, "pool"), out);
	fprintf(out, "  last id %s,", text_count(text_number_of(s, "last_id"), a));
	fprintf(out, " database %s, log %s\n", text_bytes(text_number_of(s, "db_bytes"), a),
		text_bytes(text_number_of(s, "wal_bytes"), b));
	if (json_is_object(json_object_get(s, "kept")))
		show_kept(json_object_get(s, "kept"), out);
	if (json_is_object(json_object_get(s, "space")))
		show_space(json_object_get(s, "space"), out);
	if (text_true(s, "moved"))
		fprintf(out, "  MOVED: the path no longer leads to the file that is written\n");
}

/* A counter's unit, unless its name says it. */
static void add_counter(struct flow *f, const json_t *counter)
{
	const char *name = text_of(counter, "name"), *unit = text_of(counter, "unit");
	bool said = strstr(name, unit) != NULL;
	char n[TEXT_NUMBER];

	flow_add(f, "%s %s%s%s", name, text_count(text_number_of(counter, "value"), n), said ? "" : " ", said ? "" : unit);
}

static void show_rate(const json_t *rate, FILE *out)
{
	char now[TEXT_NUMBER], peak[TEXT_NUMBER], at[TEXT_NUMBER];

	if (!json_is_object(rate))
		return;
	fprintf(out, "  %s messages/s now", text_count(text_number_of(rate, "per_s"), now));
	if (text_number_of(rate, "peak_per_s") > 0)
		fprintf(out, ", today's peak %s/s at %s UTC", text_count(text_number_of(rate, "peak_per_s"), peak),
			text_time(text_number_of(rate, "peak_at"), at) + strlen("2026-01-31 "));
	fputc('\n', out);
}

/* How long the receive buffer lasts when nobody reads. */
static void show_headroom(const json_t *h, FILE *out)
{
	char size[TEXT_NUMBER], messages[TEXT_NUMBER], free_[TEXT_NUMBER], ms[TEXT_NUMBER];
	struct flow f = {.out = out, .indent = 2};

	if (!json_is_object(h))
		return;
	flow_add(&f, "receive buffer %s = about %s messages of %lld bytes",
		 text_bytes(text_number_of(h, "rcvbuf_bytes"), size), text_count(text_number_of(h, "capacity_messages"), messages),
		 (long long)text_number_of(h, "message_bytes"));
	if (json_is_integer(json_object_get(h, "ms")))
		flow_add(&f, "%s at today's peak", text_duration(text_number_of(h, "ms"), ms));
	flow_add(&f, "free %s", text_count(text_number_of(h, "free_messages"), free_));
	flow_end(&f);
}

static void show_listener(const json_t *l, FILE *out)
{
	struct flow f = {.out = out, .indent = 2};
	const json_t *counter;
	size_t i;

	fprintf(out, "\nlistener %s: ", text_of(l, "name"));
	if (json_is_string(json_object_get(l, "address")))
		fprintf(out, "%s, overflow %s, store %s\n", text_of(l, "address"), text_of(l, "overflow"), text_of(l, "store"));
	else
		fprintf(out, "no longer configured, store %s\n", text_of(l, "store"));
	show_rate(json_object_get(l, "rate"), out);
	show_headroom(json_object_get(l, "headroom"), out);
	show_account(json_object_get(l, "account"), out);
	json_array_foreach(json_object_get(l, "counters"), i, counter)
		add_counter(&f, counter);
	flow_end(&f);
}

static void show(const json_t *data, FILE *out)
{
	bool running = json_is_object(json_object_get(data, "daemon"));
	const json_t *item;
	size_t i;

	if (running) {
		show_reasons(data, out);
		show_daemon(json_object_get(data, "daemon"), out);
		show_account(json_object_get(data, "total"), out);
	}
	json_array_foreach(json_object_get(data, "stores"), i, item)
		running ? show_store(item, out) : show_file(item, out);
	json_array_foreach(json_object_get(data, "listeners"), i, item)
		show_listener(item, out);
	show_locks(json_object_get(data, "locks"), out);
}

int verb_status(const struct ctl *c)
{
	return look(c, &(struct look){.verb = "status", .read = read_status, .headline = headline, .show = show});
}
