/* Two connections on a file of their own: what each kind of transaction lets through, and nothing left behind. */
#include "store/demo.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/tap.h"

struct told {
	char text[2048];
	unsigned lines;
};

static void tell(void *arg, const char *line)
{
	struct told *t = arg;
	size_t at = strlen(t->text);

	snprintf(t->text + at, sizeof(t->text) - at, "%s\n", line);
	t->lines++;
}

static unsigned files_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;
	const struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL)
		count += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

static void test_mode(enum demo_mode mode, const char *name, struct demo_result want, const char *said)
{
	struct told first = {.lines = 0}, second = {.lines = 0};
	struct demo_result got;
	struct err why = {.text = ""};

	is_int(demo_run(mode, tell, &first, &got, &why), 0, "%s runs (%s)", name, why.text);
	is_int(got.value, want.value, "%s: the value in the end", name);
	is_int(got.refused, want.refused, "%s: refused", name);
	is_int(got.waited, want.waited, "%s: waited", name);
	has_str(first.text, said, "%s: says so", name);
	is_int(demo_run(mode, tell, &second, &got, &why), 0, "%s runs again", name);
	is_str(second.text, first.text, "%s: word for word", name);
}

int main(void)
{
	char dir[] = "/tmp/test_demo.XXXXXX";
	struct told told = {.lines = 0};
	struct demo_result got;
	struct err why = {.text = ""};

	if (!mkdtemp(dir))
		return 99;
	setenv("TMPDIR", dir, 1);
	test_mode(DEMO_BARE, "bare", (struct demo_result){.value = 1}, "B: SELECT value -> 0");
	test_mode(DEMO_DEFERRED, "deferred", (struct demo_result){.value = 1, .refused = 1}, "SQLITE_BUSY_SNAPSHOT, at once");
	test_mode(DEMO_IMMEDIATE, "immediate", (struct demo_result){.value = 2, .waited = 1}, "B: SELECT value -> 1");
	is_int(files_in(dir), 0, "nothing is left behind");
	rmdir(dir);
	is_int(demo_run(DEMO_BARE, tell, &told, &got, &why), -1, "no directory to be had");
	has_str(why.text, "temporary directory", "and it says so");
	is_int(why.exit_code, EXIT_CANT_CREATE, "with the code of what cannot be created");
	is_int(told.lines, 0, "before anything was told");
	return done_testing();
}
