/* top: status again and again, as rates, on a screen of its own. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/sync.h"
#include "ctl/given.h"
#include "ctl/look.h"
#include "ctl/memory.h"
#include "ctl/screen.h"
#include "ctl/text.h"

#define INTERVAL_NS NS_PER_S
#define LOOKS_MOST 1000000000

/* Two answers and the time between them. */
struct looks {
	json_t *now, *before; /* before NULL: there is only one yet */
	int64_t now_ns, before_ns;
};

/* The member of a list with that name. */
static const json_t *named(const json_t *list, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!strcmp(text_of(item, "name"), name))
			return item;
	return NULL;
}

/* How fast a number of an object grows. */
static const char *rate(const struct looks *l, const json_t *now, const json_t *before, const char *key, char *ret_text)
{
	double seconds = (double)(l->now_ns - l->before_ns) / (double)NS_PER_S;
	int64_t more = text_number_of(now, key) - text_number_of(before, key);

	if (!before || seconds <= 0 || more < 0)
		return "-";
	return text_count((int64_t)((double)more / seconds + 0.5), ret_text);
}

static void show_head(const struct looks *l, FILE *out)
{
	const json_t *d = json_object_get(l->now, "daemon"), *health = json_object_get(l->now, "health"), *reason;
	const json_t *total = json_object_get(l->now, "total"), *old = json_object_get(l->before, "total");
	char up[TEXT_NUMBER], in[TEXT_NUMBER], out_[TEXT_NUMBER], lost[TEXT_NUMBER], all[TEXT_NUMBER];
	size_t i;

	fprintf(out, "%s - catchbasind %s, pid %lld, up %s%s%s\n", text_of(health, "verdict"), text_of(d, "version"),
		(long long)text_number_of(d, "pid"), text_duration(text_number_of(d, "uptime_ms"), up),
		text_true(d, "stopping") ? ", STOPPING" : "", text_true(d, "paused") ? ", PAUSED" : "");
	json_array_foreach(json_object_get(health, "reasons"), i, reason)
		fprintf(out, "! %s\n", json_string_value(reason) ? json_string_value(reason) : "?");
	fprintf(out, "received %s/s, stored %s/s, lost %s/s; lost in all %s\n", rate(l, total, old, "received", in),
		rate(l, total, old, "stored", out_), rate(l, total, old, "lost", lost),
		text_count(text_number_of(total, "lost"), all));
}

static void show_listeners(const struct looks *l, FILE *out)
{
	static const char *const heads[] = {"listener", "received/s", "peak/s", "lost/s", "lost", "buffer ms", "free"};
	const json_t *list = json_object_get(l->now, "listeners"), *old = json_object_get(l->before, "listeners"), *item;
	size_t i;

	fprintf(out, "\n%-16s %11s %11s %9s %11s %9s %8s\n", heads[0], heads[1], heads[2], heads[3], heads[4], heads[5], heads[6]);
	json_array_foreach(list, i, item) {
		const json_t *now = json_object_get(item, "account"), *room = json_object_get(item, "headroom");
		const json_t *before = json_object_get(named(old, text_of(item, "name")), "account");
		char a[TEXT_NUMBER], b[TEXT_NUMBER], c[TEXT_NUMBER], d[TEXT_NUMBER], e[TEXT_NUMBER], f[TEXT_NUMBER];

		fprintf(out, "%-16.16s %11s %11s %9s %11s %9s %8s\n", text_of(item, "name"), rate(l, now, before, "received", a),
			text_count(text_number_of(json_object_get(item, "rate"), "peak_per_s"), b),
			rate(l, now, before, "lost", c), text_count(text_number_of(now, "lost"), d),
			json_is_integer(json_object_get(room, "ms")) ? text_count(text_number_of(room, "ms"), e) : "-",
			json_is_object(room) ? text_count(text_number_of(room, "free_messages"), f) : "-");
	}
}

static void show_stores(const struct looks *l, FILE *out)
{
	const json_t *list = json_object_get(l->now, "stores"), *old = json_object_get(l->before, "stores"), *item;
	size_t i;

	fprintf(out, "\n%-16s %10s %6s %9s %10s %10s %8s %8s\n", "store", "at risk", "queue", "oldest ms", "rows/s", "commits/s",
		"last ms", "wal MiB");
	json_array_foreach(list, i, item) {
		const json_t *q = json_object_get(item, "queue"), *p = json_object_get(item, "pool");
		const json_t *before = named(old, text_of(item, "name"));
		int64_t room = text_number_of(q, "capacity_messages");
		char a[TEXT_NUMBER], b[TEXT_NUMBER], c[TEXT_NUMBER], d[TEXT_NUMBER];

		fprintf(out, "%-16.16s %10s %5lld%% %9s %10s %10s %8.1f %8.1f\n", text_of(item, "name"),
			text_count(text_number_of(q, "messages"), a),
			(long long)(room ? text_number_of(q, "messages") * 100 / room : 0),
			text_count(text_number_of(q, "oldest_unstored_ms"), b), rate(l, item, before, "rows", c),
			rate(l, p, json_object_get(before, "pool"), "commits", d),
			(double)text_number_of(p, "last_commit_took_us") / 1000,
			(double)text_number_of(item, "wal_bytes") / (1024 * 1024));
		if (json_is_string(json_object_get(p, "why")))
			fprintf(out, "  %s: %s\n", text_of(p, "state"), text_of(p, "why"));
	}
}

/* Gives the frame, for free(). */
static char *frame(const struct looks *l)
{
	char *text = NULL;
	size_t len;
	FILE *out = need(open_memstream(&text, &len));

	show_head(l, out);
	show_listeners(l, out);
	show_stores(l, out);
	fclose(out);
	return need(text);
}

/* Asks anew. 0 or an exit code with reterr. */
static int ask_again(const struct ctl *c, struct looks *l, struct err *reterr)
{
	json_t *data;
	int code = look_ask(c, &(struct question){.verb = "status"}, &data, reterr);

	if (code == 0) {
		json_decref(l->before);
		l->before = l->now;
		l->before_ns = l->now_ns;
		l->now = text_escape_all(data);
		l->now_ns = sync_now_ns();
	}
	json_decref(data);
	return code;
}

static enum screen_event wait_plain(int64_t ns)
{
	fflush(stdout);
	sync_sleep_until(sync_now_ns() + ns);
	return ferror(stdout) ? SCREEN_QUIT : SCREEN_TIME;
}

int verb_top(const struct ctl *c)
{
	int64_t interval_ns = INTERVAL_NS, left = LOOKS_MOST;
	struct looks l = {0};
	struct screen screen;
	struct err err;
	bool drawn;
	int code;

	if (!given_duration("interval", c->interval, 50 * NS_PER_MS, 3600 * NS_PER_S, &interval_ns) ||
	    !given_number("count", c->count, 1, LOOKS_MOST, &left))
		return EXIT_USAGE;
	code = ask_again(c, &l, &err); /* before the screen is changed: nobody there is one line */
	drawn = code == 0 && screen_open(&screen);
	while (code == 0) {
		char *text = frame(&l);

		if (drawn)
			screen_draw(&screen, text);
		else
			printf("%s\n", text);
		free(text);
		if (--left == 0 || (drawn ? screen_wait(&screen, (int)(interval_ns / NS_PER_MS)) : wait_plain(interval_ns)) == SCREEN_QUIT)
			break;
		code = ask_again(c, &l, &err);
	}
	if (drawn)
		screen_close(&screen);
	if (code != 0)
		complain(&err);
	json_decref(l.now);
	json_decref(l.before);
	return code;
}
