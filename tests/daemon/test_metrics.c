/* The daemon over HTTP: what each address answers before, while and after there is a pipeline; reloads in two steps. */
#include "config.h"
#include "daemon/metrics.h"

#include <signal.h>
#include <sys/stat.h>

#include "../net/http_talk.h"
#include "../support/tap.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/sync.h"
#include "core/histogram.h"
#include "daemon/daemon.h"

#define PATIENCE_NS (20 * NS_PER_S)
#define GOOD 20

static char dir[80], sock[100];

static void no_event(void *arg UNUSED, enum pipeline_event event UNUSED)
{
}

static void no_error(void *arg UNUSED, const char *line)
{
	printf("# %s\n", line);
}

/* address: "" for none. */
static struct config *configure(const char *address, int messages)
{
	char text[2048];
	int code = 0, len;
	struct config *c;

	len = snprintf(text, sizeof(text),
		       "[store main]\npath = %s/main.db\nbatch_interval = 1ms\n"
		       "[store side]\npath = %s/side.db\n"
		       "[listener in]\naddress = unix://%s/in.sock\n"
		       "[listener aside]\naddress = unix://%s/aside.sock\nstore = side\noversize = drop\nmax_message = 64\n"
		       "[metrics]\naddress = %s\nmessages = %d\nhosts = collector.example\n",
		       dir, dir, dir, dir, address, messages);
	c = config_load_text("test.conf", text, (size_t)len, no_error, NULL, &code);
	if (!c)
		exit(99);
	return c;
}

static struct pipeline *up(const struct config *config)
{
	struct err err = {0};
	struct pipeline *p;

	p = pipeline_open(&(struct pipeline_opts){.config = config, .version = "1.2.3", .event = no_event}, &err);
	if (!p || pipeline_start(p, &err) < 0) {
		printf("Bail out! %s\n", err.text);
		exit(99);
	}
	return p;
}

/* One GET over a connection of its own. */
static struct heard get(const char *path)
{
	char request[256];
	struct heard a;
	int fd = dial_at(sock);

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	say(fd, request);
	listen_to(fd, false, &a);
	close(fd);
	return a;
}

static void gets(const char *path, int status, const char *part)
{
	struct heard a = get(path);

	is_int(a.status, status, "%s: %d", path, status);
	has_str(a.body, part, "  and words");
	forget(&a);
}

static int64_t number(const json_t *o, const char *key)
{
	return json_is_integer(json_object_get(o, key)) ? json_integer_value(json_object_get(o, key)) : -1;
}

static json_t *look(void)
{
	struct heard a = get("/status.json");
	json_t *d = json_loadb(a.body, a.len, 0, NULL);

	forget(&a);
	return d;
}

/* Looks until all is stored, and that many of the newest are told. */
static json_t *look_for(int stored, size_t newest)
{
	int64_t until = sync_now_ns() + PATIENCE_NS;
	json_t *d;

	for (;;) {
		d = look();
		if ((number(json_object_get(d, "total"), "stored") == stored &&
		     json_array_size(json_object_get(json_object_get(d, "newest"), "rows")) == newest) ||
		    sync_now_ns() > until)
			return d;
		json_decref(d);
		sync_sleep_until(sync_now_ns() + 20 * NS_PER_MS);
	}
}

static void send_some(void)
{
	char path[120];
	int fd;

	snprintf(path, sizeof(path), "%s/in.sock", dir);
	fd = dial_at(path);
	for (int i = 0; i < GOOD; i++)
		say(fd, "hello <b>\n");
	close(fd);
	snprintf(path, sizeof(path), "%s/aside.sock", dir);
	fd = dial_at(path);
	say(fd, "0123456789012345678901234567890123456789012345678901234567890123456789\nlast\n");
	close(fd);
}

static void test_status(void)
{
	json_t *d, *newest, *rows, *hist;

	send_some();
	d = look_for(GOOD + 1, 5);
	newest = json_object_get(d, "newest");
	rows = json_object_get(newest, "rows");
	is_int(number(json_object_get(d, "total"), "stored"), GOOD + 1, "what is stored");
	is_int(number(json_object_get(d, "total"), "lost"), 1, "what is lost");
	is_int(json_array_size(json_object_get(d, "listeners")), 2, "listeners");
	is_int(json_array_size(json_object_get(d, "stores")), 2, "stores");
	is_int(json_array_size(json_object_get(d, "workers")), 4, "workers");
	is_int(number(newest, "most"), 5, "how many are shown");
	is_int(json_array_size(rows), 5, "as many are there");
	for (size_t i = 1; i < json_array_size(rows); i++)
		ok(number(json_array_get(rows, i - 1), "received_at") >= number(json_array_get(rows, i), "received_at"),
		   "newest first");
	hist = json_object_get(d, "histograms");
	is_int(json_array_size(hist), (size_t)2 * HISTOGRAM_COUNT, "histograms of each store");
	ok(number(json_array_get(hist, 0), "count") > 0, "commits are counted in one");
	is_int(json_array_size(json_object_get(json_array_get(hist, 0), "bounds")),
	       json_array_size(json_object_get(json_array_get(hist, 0), "upto")), "a number for each bound");
	json_decref(d);
}

/* From a sample's line the number behind it, -1 if the line is not there. */
static double sample(const char *text, const char *series)
{
	const char *at = text;
	size_t len = strlen(series);

	while ((at = strstr(at, series)) && ((at > text && at[-1] != '\n') || at[len] != ' '))
		at++;
	return at ? strtod(at + len, NULL) : -1;
}

static void test_metrics(void)
{
	struct heard a = get("/metrics");

	is_int(a.status, 200, "/metrics");
	has_str(a.head, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", "in the format of Prometheus");
	is_int(sample(a.body, "catchbasin_received_messages_total{listener=\"in\",store=\"main\"}"), GOOD, "received");
	is_int(sample(a.body, "catchbasin_lost_messages_total{listener=\"aside\",store=\"side\",reason=\"oversize\"}"), 1, "lost");
	is_int(sample(a.body, "catchbasin_commit_rows_sum{store=\"main\"}"), GOOD, "rows of all transactions");
	is_int(sample(a.body, "catchbasin_commit_rows_bucket{store=\"main\",le=\"+Inf\"}"),
	       sample(a.body, "catchbasin_commit_rows_count{store=\"main\"}"), "the last bucket has all");
	ok(sample(a.body, "catchbasin_commit_seconds_sum{store=\"main\"}") > 0, "transactions take time");
	is_int(sample(a.body, "catchbasin_connections_total{listener=\"in\",store=\"main\",result=\"accepted\"}"), 1,
	       "connections accepted");
	is_int(sample(a.body, "catchbasin_build_info{version=\"1.2.3\"}"), 1, "the version");
	forget(&a);
}

static void test_page(void)
{
	struct heard a = get("/"), b = get("/");
	const char *nonce = strstr(a.head, "'nonce-");
	char tag[80];

	is_int(a.status, 200, "/");
	has_str(a.head, "Content-Type: text/html; charset=utf-8\r\n", "is a page");
	has_str(a.head, "Content-Security-Policy: default-src 'none'; style-src 'nonce-", "that loads nothing else");
	if (ok(nonce, "with a nonce")) {
		snprintf(tag, sizeof(tag), "<script nonce=\"%.32s\">", nonce + strlen("'nonce-"));
		has_str(a.body, tag, "the program has it");
		snprintf(tag, sizeof(tag), "<style nonce=\"%.32s\">", nonce + strlen("'nonce-"));
		has_str(a.body, tag, "the style has it");
	}
	ok(!strstr(a.body, "@NONCE@") && !strstr(a.body, "@page."), "every place is filled in");
	ok(!strstr(a.body, "://") || strstr(a.body, "http://www.w3.org/2000/svg"), "no address of elsewhere");
	ok(!strstr(a.body, "innerHTML"), "nothing is ever read as markup");
	ok(strcmp(a.body, b.body) != 0, "and no nonce is used twice");
	forget(&a);
	forget(&b);
}

/* A daemon's reload, as far as the web server is in it. */
static int reload(struct daemon *d, const char *address, int messages, bool keep)
{
	struct config *fresh = configure(address, messages);
	struct metrics *prepared;
	struct err err;

	if (metrics_prepare(d, fresh, &prepared, &err) < 0) {
		printf("# %s\n", err.text);
		config_free(fresh);
		return err.exit_code;
	}
	if (!keep) {
		metrics_discard(d, prepared);
		config_free(fresh);
		return 0;
	}
	metrics_apply(d, fresh, prepared);
	config_free(d->config);
	d->config = fresh;
	return 0;
}

static void test_reload(struct daemon *d)
{
	char other[130];
	struct stat st;
	json_t *j;

	is_int(reload(d, d->config->metrics.address, 3, true), 0, "fewer messages");
	json_decref(look());
	j = look_for(GOOD + 1, 3);
	is_int(json_array_size(json_object_get(json_object_get(j, "newest"), "rows")), 3, "are shown");
	json_decref(j);
	is_int(reload(d, d->config->metrics.address, 0, true), 0, "none");
	j = look();
	is_int(number(json_object_get(j, "newest"), "most"), 0, "is none");
	json_decref(j);
	snprintf(other, sizeof(other), "unix://%s/nowhere/w.sock", dir);
	is_int(reload(d, other, 5, true), EXIT_BIND, "an address that cannot be is refused");
	gets("/readyz", 200, "ready");
	snprintf(other, sizeof(other), "unix://%s/other.sock", dir);
	is_int(reload(d, other, 5, false), 0, "another, in a reload that fails elsewhere");
	ok(stat(strstr(other, "//") + 2, &st) < 0, "is given up");
	gets("/readyz", 200, "ready");
	is_int(reload(d, other, 5, true), 0, "another");
	ok(stat(sock, &st) < 0, "the old one is gone");
	snprintf(sock, sizeof(sock), "%s/other.sock", dir);
	gets("/readyz", 200, "ready");
	is_int(reload(d, "", 5, true), 0, "none");
	ok(!d->metrics && stat(sock, &st) < 0, "nobody answers");
	snprintf(other, sizeof(other), "unix://%s/web.sock", dir);
	snprintf(sock, sizeof(sock), "%s/web.sock", dir);
	is_int(reload(d, other, 5, true), 0, "and again");
	gets("/readyz", 200, "ready");
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	struct daemon d = {.started_at = clock_wall_ns()};
	struct control_opts about = {.version = "1.2.3", .started_at = clock_wall_ns()};
	struct pipeline_result r;
	struct err err = {0};
	char command[128];

	signal(SIGPIPE, SIG_IGN);
	snprintf(dir, sizeof(dir), "%s/catchbasin-metrics.XXXXXX", tmp && *tmp && strlen(tmp) < 50 ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	d.config = configure("", 5);
	is_int(metrics_open(d.config, &about, &d.metrics, &err), 0, "no address");
	ok(!d.metrics, "no server");
	metrics_attach(d.metrics, NULL, NULL, d.config);
	metrics_detach(d.metrics);
	metrics_close(d.metrics);
	config_free(d.config);

	snprintf(command, sizeof(command), "unix://%s/web.sock", dir);
	snprintf(sock, sizeof(sock), "%s/web.sock", dir);
	d.config = configure(command, 5);
	is_int(metrics_open(d.config, &about, &d.metrics, &err), 0, "an address: %s", err.text);
	gets("/healthz", 503, "starting\n");
	gets("/readyz", 503, "starting\n");
	gets("/metrics", 503, "");
	gets("/status.json", 503, "{\"phase\":\"starting\"}");
	gets("/", 200, "<!doctype html>");
	gets("/nothing", 404, "/metrics");
	gets("/metrics/", 404, "");

	d.pipeline = up(d.config);
	metrics_attach(d.metrics, d.pipeline, NULL, d.config);
	gets("/healthz", 200, "healthy\n");
	gets("/readyz", 200, "ready\n");
	gets("/readyz?x", 200, "ready\n");
	test_status();
	test_metrics();
	test_page();
	pipeline_pause(d.pipeline, true);
	/* The loop has to come round. */
	for (int i = 0; i < 2000 && !pipeline_paused(d.pipeline); i++)
		sync_sleep_until(sync_now_ns() + 5 * NS_PER_MS);
	gets("/readyz", 503, "draining\n");
	gets("/healthz", 200, "");
	pipeline_pause(d.pipeline, false);
	test_reload(&d);

	pipeline_stop(d.pipeline, clock_wall_ns(), sync_now_ns() + PATIENCE_NS);
	gets("/readyz", 503, "stopping\n");
	r = pipeline_join(d.pipeline);
	is_int(r.exit_code, 0, "a clean stop with readers about");
	gets("/readyz", 503, "stopping\n");
	metrics_detach(d.metrics);
	pipeline_free(d.pipeline);
	gets("/readyz", 503, "stopping\n");
	gets("/healthz", 503, "stopping\n");
	gets("/metrics", 503, "");
	metrics_close(d.metrics);
	config_free(d.config);
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return done_testing() | (system(command) != 0);
}
