/* Stands in for the fuzzer: gives each file of the corpus to the target once, and an empty input before them. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../support/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t got;

	if (!f || fstat(fileno(f), &st) < 0) {
		ok(0, "%s: %s", path, strerror(errno));
		if (f)
			fclose(f);
		return;
	}
	/* Exactly as large as the input, so that a sanitizer sees the first byte beyond it. */
	data = malloc((size_t)st.st_size + !st.st_size);
	got = data ? fread(data, 1, (size_t)st.st_size, f) : 0;
	fclose(f);
	if (data && got == (size_t)st.st_size)
		LLVMFuzzerTestOneInput(data, got);
	ok(data && got == (size_t)st.st_size, "%s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	free(data);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay_dir(const char *dir)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, visible, alphasort);
	char path[4096 + 256];

	if (n < 0)
		printf("# %s: %s\n", dir, strerror(errno));
	ok(n > 0, "the corpus is there");
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		replay_file(path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* Files to replay, or none: then the corpus of the target, "frame" for fuzz_frame. */
int main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir"), *name = strrchr(argv[0], '_');
	char dir[4096];

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	ok(1, "an empty input");
	for (int i = 1; i < argc; i++)
		replay_file(argv[i]);
	if (argc == 1) {
		snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", top ? top : ".", name ? name + 1 : "");
		replay_dir(dir);
	}
	return done_testing();
}
