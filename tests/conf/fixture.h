/*
 * fixture - configurations from text, and what was told about them.
 *
 * Owns     a directory of its own, in which the test runs, from fixture_begin to fixture_end
 * Threads  one
 * Blocks   on the disk
 * Units    none
 * Errors   a fixture that cannot be made ends the test program
 * Limits   TOLD_LINES lines told
 * Upholds  no variable of systemd's is set
 */
#ifndef TESTS_CONF_FIXTURE_H
#define TESTS_CONF_FIXTURE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* nftw: include this header first */
#endif

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/attr.h"
#include "base/mem.h"
#include "conf/config.h"
#include "conf/keys.h"
#include "conf/loader.h"
#include "conf/section.h"
#include "conf/value.h"

#define TOLD_LINES 64

struct told {
	char *lines[TOLD_LINES];
	unsigned count;
	int status;
};

static struct told told;
static char fixture_dir[256];

static void told_add(void *arg UNUSED, const char *line)
{
	if (told.count < TOLD_LINES)
		told.lines[told.count++] = strdup(line);
}

static void told_reset(void)
{
	while (told.count)
		free(told.lines[--told.count]);
	told.status = -1;
}

/* The text as file "t". */
UNUSED static struct config *load_bytes(const char *text, size_t len)
{
	told_reset();
	return config_load_text("t", text, len, told_add, NULL, &told.status);
}

UNUSED static struct config *load(const char *text)
{
	return load_bytes(text, strlen(text));
}

UNUSED static struct config *load_file_from(const char *file, bool optional)
{
	told_reset();
	return config_load_from(file, optional, told_add, NULL, &told.status);
}

/* Checks that exactly these lines (up to a NULL) were told, and nothing given. */
UNUSED static void check_refused(struct config *c, int status, const char *const *lines)
{
	unsigned i;

	ok(!c, "refused: %s", lines[0]);
	is_int(told.status, status, "  with status %d", status);
	for (i = 0; lines[i]; i++)
		is_str(i < told.count ? told.lines[i] : "(nothing)", lines[i], "  line %u", i + 1);
	is_int(told.count, i, "  and no other line");
	for (; i < told.count; i++)
		printf("# told too: %s\n", told.lines[i]);
	config_free(c);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define refuses(text, ...) check_refused(load(text), EXIT_CONFIG, LINES(__VA_ARGS__))

/* Loads, or says why not and gives NULL. */
UNUSED static struct config *loads(const char *text)
{
	struct config *c = load(text);

	ok(c, "loads: %.60s", text);
	for (unsigned i = 0; i < told.count; i++)
		printf("# told: %s\n", told.lines[i]);
	return c;
}

static void fixture_must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(99);
}

UNUSED static void write_bytes(const char *path, const char *text, size_t len)
{
	FILE *out = fopen(path, "w");

	fixture_must(out && fwrite(text, 1, len, out) == len && fclose(out) == 0, path);
}

UNUSED static void write_text(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

UNUSED static void fixture_begin(void)
{
	const char *tmp = getenv("TMPDIR");

	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
	snprintf(fixture_dir, sizeof(fixture_dir), "%s/conf-test.XXXXXX", tmp ? tmp : "/tmp");
	fixture_must(mkdtemp(fixture_dir) != NULL, fixture_dir);
	fixture_must(chdir(fixture_dir) == 0, fixture_dir);
}

UNUSED static int fixture_unlink(const char *path, const struct stat *st UNUSED, int flag UNUSED, struct FTW *ftw UNUSED)
{
	return remove(path);
}

UNUSED static void fixture_end(void)
{
	told_reset();
	fixture_must(chdir("/") == 0, "/");
	fixture_must(nftw(fixture_dir, fixture_unlink, 8, FTW_DEPTH | FTW_PHYS) == 0, fixture_dir);
}

#endif
