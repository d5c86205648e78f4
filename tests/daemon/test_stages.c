/* The start as a table: a stage that fails takes down all that were up before it, whichever it is; and all the way up. */
#include "config.h"
#include "daemon/stages.h"

#include <dirent.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync.h"

static char dir[64];

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static int threads(void)
{
	DIR *d = opendir("/proc/self/task");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* A joined thread may be seen for a moment still. */
static bool threads_are(int n)
{
	int64_t until = sync_now_ns() + 5 * NS_PER_S;

	while (threads() != n && sync_now_ns() < until)
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	return threads() == n;
}

/* A configuration with this store, this listener's directory and this control socket below the test's directory. */
static void write_conf(const char *store, const char *listener, const char *control)
{
	FILE *f = fopen("my.conf", "w");

	if (!f)
		exit(99);
	fprintf(f, "[log]\ntarget = stderr\n[control]\npath = %s/%s\n[store main]\npath = %s/%s\n", dir, control, dir, store);
	fprintf(f, "[listener first]\naddress = unix://%s/first\n", dir);
	fprintf(f, "[listener in]\naddress = unix://%s/%s\n", dir, listener);
	fclose(f);
}

static bool there(const char *name)
{
	return access(name, F_OK) == 0;
}

static void test_failing(void)
{
	static const struct {
		const char *stage, *store, *listener, *control;
		int exit_code;
	} rows[] = {
		{"control socket", "m.db", "in", "nowhere/control", EXIT_BIND},
		{"listener", "m.db", "nowhere/in", "control", EXIT_BIND},
		{"store", "nowhere/m.db", "in", "control", EXIT_CANT_CREATE},
		{"configuration", "m.db", "first", "control", EXIT_CONFIG},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct daemon d = {.options = {.config = "my.conf"}};
		struct err err = {0};
		int fds = open_fds(), tasks = threads();

		write_conf(rows[i].store, rows[i].listener, rows[i].control);
		is_int(stages_up(&d, &err), 0, "%s fails: nothing is up", rows[i].stage);
		is_int(err.exit_code, rows[i].exit_code, "with its exit code");
		ok(*err.text, "and words: %s", err.text);
		is_int(open_fds(), fds, "no descriptor is left");
		ok(threads_are(tasks), "no thread");
		ok(!there("first") && !there("in") && !there("control"), "and no socket");
		ok(!d.config && !d.pipeline && !d.control, "all is forgotten");
	}
}

static void test_all(const char *what)
{
	struct daemon d = {.options = {.config = "my.conf"}};
	struct err err = {0};
	int fds = open_fds();
	unsigned up;

	write_conf("m.db", "in", "control");
	up = stages_up(&d, &err);
	ok(up > 0, "%s: all stages come up %s", what, err.text);
	ok(there("first") && there("in") && there("control"), "with their sockets");
	ok(d.started_at > 0 && d.pipeline && d.control && d.config, "and everything at hand");
	stages_down(&d, up);
	is_int(open_fds(), fds, "and down: no descriptor is left");
	ok(!there("first") && !there("in") && !there("control"), "and no socket");
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	int tasks, settled;

	/* What make has left open would be missing afterwards. */
	notify_close_strays(NULL);
	unsetenv("LISTEN_FDS");
	snprintf(dir, sizeof(dir), "%s/stages-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(dir) || chdir(dir) != 0)
		return 99;
	tasks = threads();
	test_all("first");
	/* A sanitizer starts a thread of its own with the first one. */
	settled = threads_are(tasks) ? tasks : threads();
	test_failing();
	test_all("after all that");
	ok(threads_are(settled), "no thread is left");
	for (size_t i = 0; i < 4; i++)
		unlink((const char *[]){"my.conf", "m.db", "m.db-wal", "m.db-shm"}[i]);
	is_int(chdir("/") + rmdir(dir), 0, "nothing else was made");
	return done_testing();
}
