/* The control socket of a pipeline at work: status, audit and loss in numbers, wrong requests, many who ask at once. */
#include "config.h"
#include "daemon/control.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sys/stat.h>

#include "../net/endpoint_talk.h"
#include "../support/tap.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/sync.h"
#include "daemon/control_verbs.h"
#include "net/endpoint.h"

#define PATIENCE_NS (20 * NS_PER_S)
#define GOOD 200
#define ASKERS 3

static char dir[80], sock[100];
static _Atomic uint64_t generation = 2;

static void no_event(void *arg UNUSED, enum pipeline_event event UNUSED)
{
}

static void no_error(void *arg UNUSED, const char *line)
{
	printf("# %s\n", line);
}

static struct pipeline *up(struct config **ret_config)
{
	char text[2048];
	int code = 0, len;
	struct err err = {0};
	struct pipeline *p;

	len = snprintf(text, sizeof(text),
		       "[store main]\npath = %s/main.db\nbatch_interval = 1ms\n"
		       "[store side]\npath = %s/side.db\n"
		       "[listener t]\naddress = tcp://127.0.0.1:0\noversize = drop\nmax_message = 64\n"
		       "[listener u]\naddress = udp://127.0.0.1:0\n"
		       "[listener s]\naddress = unix://%s/s.sock\nstore = side\n",
		       dir, dir, dir);
	*ret_config = config_load_text("test.conf", text, (size_t)len, no_error, NULL, &code);
	if (!*ret_config)
		exit(99);
	p = pipeline_open(&(struct pipeline_opts){.config = *ret_config, .version = "1.2.3", .event = no_event}, &err);
	if (!p || pipeline_start(p, &err) < 0) {
		printf("Bail out! %s\n", err.text);
		exit(99);
	}
	return p;
}

static void down(struct pipeline *p, struct config *config)
{
	struct pipeline_result r;

	pipeline_stop(p, clock_wall_ns(), sync_now_ns() + PATIENCE_NS);
	r = pipeline_join(p);
	is_int(r.exit_code, 0, "the pipeline stops cleanly");
	pipeline_free(p);
	config_free(config);
}

/* The answer to a line, over a connection of its own. */
static json_t *ask_line(const char *line)
{
	size_t room = 1 << 18, len = 0;
	char *text = mem_alloc(room);
	int fd = dial_at(sock);
	json_t *answer;
	ssize_t n;

	say(fd, line);
	say(fd, "\n");
	while (len < room && (n = recv(fd, text + len, room - len, 0)) > 0) {
		len += (size_t)n;
		if (text[len - 1] == '\n')
			break;
	}
	close(fd);
	answer = json_loadb(text, len, 0, NULL);
	mem_free(text);
	return answer;
}

static json_t *ask(const char *verb)
{
	char line[64];
	json_t *answer, *data;

	snprintf(line, sizeof(line), "{\"v\":1,\"verb\":\"%s\"}", verb);
	answer = ask_line(line);
	data = json_incref(json_object_get(answer, "data"));
	if (json_integer_value(json_object_get(answer, "v")) != 1 || !json_is_true(json_object_get(answer, "ok")) ||
	    strcmp(json_string_value(json_object_get(answer, "verb")), verb) != 0)
		ok(0, "%s is answered", verb);
	json_decref(answer);
	return data;
}

static int64_t number(const json_t *o, const char *key)
{
	return json_is_integer(json_object_get(o, key)) ? json_integer_value(json_object_get(o, key)) : -1;
}

static const char *string(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "(none)";
}

/* The member of a list whose `key` is `value`. */
static json_t *with(const json_t *list, const char *key, const char *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!strcmp(string(item, key), value))
			return item;
	return NULL;
}

static bool adds_up(const json_t *b)
{
	return number(b, "received") >= 0 &&
	       number(b, "received") + number(b, "kernel") ==
		       number(b, "stored") + number(b, "lost") + number(b, "queued") + number(b, "in_flight");
}

/* Every book of the answer, each by itself. */
static bool all_add_up(const json_t *data)
{
	const json_t *store, *listener;
	bool good = json_is_true(json_object_get(data, "balanced")) && adds_up(json_object_get(data, "total"));
	size_t i, n;

	json_array_foreach(json_object_get(data, "stores"), i, store) {
		good &= adds_up(json_object_get(store, "total")) && json_is_true(json_object_get(store, "balanced"));
		json_array_foreach(json_object_get(store, "listeners"), n, listener)
			good &= adds_up(listener) && json_is_true(json_object_get(listener, "balanced"));
	}
	return good;
}

static int dial_tcp(void)
{
	json_t *data = ask("status"), *listener = with(json_object_get(data, "listeners"), "name", "t");
	const char *port = strrchr(string(listener, "address"), ':');
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port ? port + 1 : "0"))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok(connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0, "status tells the address in force");
	json_decref(data);
	return fd;
}

static void test_status(void)
{
	json_t *data = ask("status"), *daemon = json_object_get(data, "daemon"), *store, *listener, *counter;
	size_t i;

	is_int(number(daemon, "pid"), getpid(), "status: pid");
	is_str(string(daemon, "version"), "1.2.3", "version");
	is_int(number(daemon, "started_at"), 123456789, "started_at");
	is_int(number(daemon, "generation"), 2, "generation");
	ok(number(daemon, "uptime_ms") >= 0, "uptime");
	ok(json_is_false(json_object_get(daemon, "stopping")), "it does not stop");
	is_int(json_array_size(json_object_get(data, "stores")), 2, "both stores");
	is_int(json_array_size(json_object_get(data, "listeners")), 3, "all listeners");
	store = with(json_object_get(data, "stores"), "name", "main");
	has_str(string(store, "path"), "/main.db", "a store's path");
	is_int(strlen(string(store, "node")), 36, "its node");
	is_int(number(json_object_get(store, "queue"), "capacity_messages"), 262144, "its queue");
	is_int(number(json_object_get(store, "pool"), "workers"), 2, "its workers");
	is_str(string(json_object_get(store, "pool"), "state"), "working", "which work");
	listener = with(json_object_get(data, "listeners"), "name", "s");
	is_str(string(listener, "store"), "side", "a listener's store");
	is_str(string(listener, "overflow"), "block", "its overflow");
	is_int(json_array_size(json_object_get(listener, "counters")), STAT_COUNT, "all counters");
	json_array_foreach(json_object_get(listener, "counters"), i, counter) {
		const struct stat_info *info = stat_info((enum stat_id)i);

		is_str(string(counter, "name"), info->name, "counter %s", info->name);
		is_str(string(counter, "unit"), info->unit, "in %s", info->unit);
	}
	json_decref(data);
}

static void test_empty(void)
{
	json_t *data = ask("audit"), *store = with(json_object_get(data, "stores"), "name", "side");

	ok(all_add_up(data), "audit: the books of no messages balance");
	is_int(number(json_object_get(data, "total"), "received"), 0, "there are none");
	is_int(json_array_size(json_object_get(store, "listeners")), 1, "a listener nobody has used has books");
	json_decref(data);
	data = ask("loss");
	is_int(number(data, "messages"), 0, "loss: none");
	is_int(json_array_size(json_object_get(data, "stores")), 2, "of two stores");
	json_decref(data);
}

struct asker {
	struct sync_thread thread;
	_Atomic bool *stop;
	int asked, wrong;
};

static void keep_asking(void *arg)
{
	struct asker *a = arg;

	while (!atomic_load(a->stop)) {
		json_t *data = ask("audit");

		a->asked++;
		a->wrong += !all_add_up(data);
		json_decref(data);
	}
}

/* Messages come in while several ask: every answer balances, and the last one counts them all. */
static void test_traffic(void)
{
	struct asker askers[ASKERS] = {0};
	_Atomic bool stop = false;
	struct err err = {0};
	int64_t until_ns = sync_now_ns() + PATIENCE_NS;
	char line[80];
	json_t *data, *store, *row;
	int fd = dial_tcp(), stored = 0;

	for (int i = 0; i < ASKERS; i++) {
		askers[i].stop = &stop;
		if (sync_thread_start(&askers[i].thread, "asker", keep_asking, &askers[i], &err) < 0)
			exit(99);
	}
	memset(line, 'x', 70);
	strcpy(line + 70, "\n");
	for (int i = 0; i < GOOD; i++) {
		say(fd, "a message\n");
		if (i % 50 == 49)
			say(fd, line);
		if (i % 20 == 19)
			sync_sleep_until(sync_now_ns() + 2 * NS_PER_MS);
	}
	close(fd);
	while (stored < GOOD && sync_now_ns() < until_ns) {
		data = ask("audit");
		stored = (int)number(json_object_get(data, "total"), "stored");
		json_decref(data);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < ASKERS; i++) {
		sync_thread_join(&askers[i].thread);
		ok(askers[i].asked > 0, "asker %d was answered %d times", i, askers[i].asked);
		is_int(askers[i].wrong, 0, "and the books balanced in each answer");
	}
	data = ask("audit");
	store = with(json_object_get(data, "stores"), "name", "main");
	row = with(json_object_get(store, "listeners"), "listener", "t");
	is_int(number(row, "received"), GOOD + 4, "all were received");
	is_int(number(row, "stored"), GOOD, "the good ones are stored");
	is_int(number(row, "lost"), 4, "the long ones lost");
	is_int(number(json_object_get(store, "total"), "received"), GOOD + 4, "the store's total");
	json_decref(data);

	data = ask("loss");
	is_int(number(data, "messages"), 4, "loss: as many");
	row = json_array_get(json_object_get(with(json_object_get(data, "stores"), "name", "main"), "losses"), 0);
	is_str(string(row, "listener"), "t", "by listener");
	is_str(string(row, "reason"), "oversize", "and reason");
	is_int(number(row, "messages"), 4, "messages");
	is_int(number(row, "bytes"), 280, "and bytes");
	json_decref(data);

	data = ask("status");
	row = with(json_object_get(data, "listeners"), "name", "t");
	is_int(number(json_object_get(row, "account"), "stored"), GOOD, "status tells the same");
	is_int(number(with(json_object_get(row, "counters"), "name", "connections_accepted"), "value"), 1, "one connection");
	store = with(json_object_get(data, "stores"), "name", "main");
	is_int(number(store, "last_id"), GOOD, "the last id");
	ok(number(json_object_get(store, "pool"), "commits") > 0, "commits");
	ok(number(json_object_get(store, "pool"), "last_commit_age_ms") >= 0, "the last of them");
	json_decref(data);
}

static void refuses(const char *line, const char *why)
{
	json_t *answer = ask_line(line);

	ok(json_is_false(json_object_get(answer, "ok")), "refused: %.60s", line);
	is_int(number(answer, "exit"), EXIT_USAGE, "with exit status 64");
	has_str(string(answer, "error"), why, "in words");
	json_decref(answer);
}

static void test_wrong(void)
{
	char *text = mem_alloc(ENDPOINT_LINE + 2);
	json_t *answer;

	refuses("status", "not JSON");
	refuses("[]", "not a JSON object");
	refuses("7", "not JSON");
	refuses("{}", "\"v\":1");
	refuses("{\"v\":2,\"verb\":\"status\"}", "\"v\":1");
	refuses("{\"v\":\"1\",\"verb\":\"status\"}", "\"v\":1");
	refuses("{\"v\":1}", "no \"verb\"");
	refuses("{\"v\":1,\"verb\":null}", "no \"verb\"");
	refuses("{\"v\":1,\"verb\":\"statsu\"}", "did you mean \"status\"?");
	refuses("{\"v\":1,\"verb\":\"\\u001b[31m\"}", "unknown verb");
	refuses("{\"v\":1,\"verb\":\"status\",\"verb\":\"audit\"}", "not JSON");
	refuses("{\"v\":1,\"verb\":\"status\"} {}", "not JSON");
	refuses("\377\376", "not JSON");
	memset(text, '[', ENDPOINT_LINE);
	text[ENDPOINT_LINE] = '\0';
	refuses(text, "not JSON");
	strcpy(text + ENDPOINT_LINE, "[");
	refuses(text, "65536 bytes");
	mem_free(text);
	answer = ask_line("{\"later\":[1,{}],\"verb\":\"loss\",\"v\":1}");
	ok(json_is_true(json_object_get(answer, "ok")), "unknown members are ignored");
	json_decref(answer);
}

/* Bytes that are no UTF-8 in a path or name must not make an answer impossible. */
static void test_text(void)
{
	json_t *value = control_text("gr\374n\001");

	is_str(json_string_value(value), "gr\\xfcn\001", "bytes that are no UTF-8 are escaped");
	json_decref(value);
	value = control_text("gr\303\274n");
	is_str(json_string_value(value), "gr\303\274n", "UTF-8 stays");
	json_decref(value);
}

static void remove_dir(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	is_int(rmdir(dir), 0, "nothing of it is left");
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	struct config *config;
	struct pipeline *p;
	struct control *c;
	struct stat st;
	struct err err = {0};
	struct control_opts opts = {.path = sock, .version = "1.2.3", .started_at = 123456789, .generation = &generation};

	snprintf(dir, sizeof(dir), "%s/catchbasin-control.XXXXXX", tmp && strlen(tmp) < 50 ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	snprintf(sock, sizeof(sock), "%s/c.sock", dir);
	p = up(&config);
	opts.pipeline = p;
	c = control_open(&opts, &err);
	ok(c, "the control socket opens %s", err.text);
	if (!c)
		return 1;
	is_int(stat(sock, &st), 0, "its file is there");
	is_int(st.st_mode & 07777, 0660, "for owner and group");
	ok(!control_open(&opts, &err), "a second one is refused");
	is_int(err.exit_code, EXIT_BIND, "EXIT_BIND");
	has_str(err.text, "control socket ", "which names what");
	has_str(err.text, "in use", "and why");
	test_status();
	test_empty();
	test_traffic();
	test_wrong();
	test_text();
	control_close(c);
	control_close(NULL);
	ok(stat(sock, &st) < 0, "the file is gone");
	down(p, config);
	remove_dir();
	return done_testing();
}
