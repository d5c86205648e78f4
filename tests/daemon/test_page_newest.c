/* The newest messages: as they are told, only while somebody looks, and without a trace in the store. */
#include "config.h"
#include "daemon/page_newest.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync.h"
#include "store/store.h"

#define PATIENCE_NS (20 * NS_PER_S)

static char dir[80], path[100];

/* How many descriptors of this process lead to a file of that name. */
static int held(const char *file)
{
	char link[300], target[PATH_MAX];
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	int count = 0;

	while (d && (e = readdir(d))) {
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%s", e->d_name);
		n = readlink(link, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		count += !strcmp(target, file);
	}
	if (d)
		closedir(d);
	return count;
}

/* Wants until they were looked at after `since`. */
static json_t *look(struct newest *n, int64_t since)
{
	int64_t until = sync_now_ns() + PATIENCE_NS;

	for (;;) {
		json_t *d;

		newest_want(n);
		d = newest_tell(n);
		if (json_integer_value(json_object_get(d, "at")) > since || sync_now_ns() > until)
			return d;
		json_decref(d);
		sync_sleep_until(sync_now_ns() + 10 * NS_PER_MS);
	}
}

static const char *text(const json_t *rows, size_t i, const char *key)
{
	const char *s = json_string_value(json_object_get(json_array_get(rows, i), key));

	return s ? s : "(none)";
}

static int64_t number(const json_t *rows, size_t i, const char *key)
{
	return json_integer_value(json_object_get(json_array_get(rows, i), key));
}

static void run(const char *sql)
{
	char command[2048];

	snprintf(command, sizeof(command), "sqlite3 -batch '%s' \"%s\"", path, sql);
	if (system(command) != 0)
		exit(99);
}

static void test_rows(struct newest *n)
{
	json_t *d, *rows;
	int64_t since;

	d = newest_tell(n);
	ok(json_is_null(json_object_get(d, "at")), "nobody has looked yet");
	is_int(json_array_size(json_object_get(d, "rows")), 0, "nothing is there");
	json_decref(d);
	d = look(n, 0);
	since = json_integer_value(json_object_get(d, "at"));
	is_int(json_array_size(json_object_get(d, "rows")), 0, "an empty store");
	json_decref(d);
	run("INSERT INTO messages(id, received_at, listener, peer, size, body) VALUES"
	    " (1, 1000, 'old', 'p', 1, 'o'), (2, 2000, 'udp', '192.0.2.7:5', 3, 'two'),"
	    " (3, 3000, 'tcp', 'unix:pid=1,uid=0', 9, x'61ff00c3a4'),"
	    " (4, 4000, 'tcp', 'p', 1000, printf('%0399dää%0500d', 0, 0)), (5, 5000, 'tcp', 'p', 0, '')");
	d = look(n, since);
	rows = json_object_get(d, "rows");
	ok(json_is_null(json_object_get(d, "error")), "read without an error");
	is_int(json_array_size(rows), 4, "the newest four");
	is_int(number(rows, 0, "id"), 5, "the newest first");
	is_str(text(rows, 0, "body"), "", "an empty one");
	is_int(strlen(text(rows, 1, "body")), 399, "a long one is cut before the character that does not fit");
	is_int(number(rows, 1, "bytes"), 903, "and says how long it is");
	is_int(number(rows, 1, "size"), 1000, "and was");
	is_str(text(rows, 2, "body"), "a\\xff\\x00ä", "bytes that are no text");
	ok(json_is_true(json_object_get(json_array_get(rows, 2), "binary")), "are said to be none");
	is_int(number(rows, 2, "bytes"), 5, "all of them");
	is_str(text(rows, 3, "body"), "two", "a plain one");
	is_str(text(rows, 3, "listener"), "udp", "its listener");
	is_str(text(rows, 3, "peer"), "192.0.2.7:5", "its peer");
	is_str(text(rows, 3, "store"), "main", "its store");
	is_int(number(rows, 3, "received_at"), 2000, "its time");
	json_decref(d);
}

/* While nobody looks no file is held, and nothing is ever locked between two looks. */
static void test_idle(struct newest *n)
{
	int64_t until = sync_now_ns() + PATIENCE_NS;
	json_t *d;

	json_decref(look(n, clock_wall_ns()));
	run("PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM messages WHERE id = 5;");
	d = look(n, clock_wall_ns());
	is_int(number(json_object_get(d, "rows"), 0, "id"), 4, "a row that is gone is not told");
	json_decref(d);
	while (held(path) > 0 && sync_now_ns() < until)
		sync_sleep_until(sync_now_ns() + 50 * NS_PER_MS);
	is_int(held(path), 0, "nobody looks: the store is let go");
	d = look(n, clock_wall_ns());
	is_int(json_array_size(json_object_get(d, "rows")), 4, "and found again");
	json_decref(d);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	char command[128], missing[120];
	struct conf_store second = {.name = (char *)"gone", .path = missing};
	struct conf_store first = {.next = NULL, .name = (char *)"main", .path = path};
	struct store *store;
	struct err err = {0};
	struct newest *n;
	json_t *d;

	if (system("command -v sqlite3 > /dev/null") != 0) {
		printf("1..0 # SKIP sqlite3 is missing\n");
		return 0;
	}
	snprintf(dir, sizeof(dir), "%s/catchbasin-newest.XXXXXX", tmp && *tmp && strlen(tmp) < 50 ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/main.db", dir);
	snprintf(missing, sizeof(missing), "%s/missing.db", dir);
	d = newest_tell(NULL);
	is_int(json_integer_value(json_object_get(d, "most")), 0, "without a reader none are shown");
	json_decref(d);
	newest_want(NULL);
	newest_stop(NULL);
	is_int(newest_most(NULL), 0, "none at most");

	store = store_open(&(struct store_opts){.name = "main", .path = path, .version = "1"}, &err);
	if (!store || store_finish(store, &(struct store_receipt){.clean = true}, NULL, 0, sync_now_ns(), &err) < 0)
		return 99;
	n = newest_start(&first, 4, &err);
	if (!ok(n, "it starts: %s", err.text))
		return 99;
	test_rows(n);
	test_idle(n);
	newest_stop(n);

	first.next = &second;
	n = newest_start(&first, 4, &err);
	d = look(n, 0);
	has_str(json_string_value(json_object_get(d, "error")), missing, "a store that cannot be read is told of");
	is_int(json_array_size(json_object_get(d, "rows")), 4, "beside the rows of the others");
	json_decref(d);
	newest_stop(n);
	n = newest_start(&first, 4, &err);
	newest_want(n);
	newest_stop(n);
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return done_testing() | (system(command) != 0);
}
