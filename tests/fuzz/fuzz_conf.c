/* Whatever a configuration file holds: it is refused with words, or it loads, and its dump loads the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/config.h"

#define LONGEST 198

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_error(void *arg, const char *line)
{
	assert(*line);
	++*(unsigned *)arg;
}

static void print_error(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "the dump does not load: %s\n", line);
}

static void print_change(void *arg, const struct conf_change *change)
{
	(void)arg;
	fprintf(stderr, "the dump differs: %s\n", change->line);
}

static void check_lines(const char *text)
{
	for (const char *end; *text; text = end + 1) {
		end = strchr(text, '\n');
		assert(end && end - text <= LONGEST);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned errors = 0;
	int status = -1;
	struct config *first = config_load_text("fuzz.conf", (const char *)data, size, count_error, &errors, &status);
	struct config *second;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (!first) {
		assert(errors && status == EXIT_CONFIG);
		return 0;
	}
	assert(!errors);
	out = open_memstream(&text, &len);
	assert(out);
	config_dump(first, out);
	fclose(out);
	check_lines(text);
	second = config_load_text("dump.conf", text, len, print_error, NULL, &status);
	assert(second);
	assert(config_diff(first, second, print_change, NULL) == 0);
	config_free(second);
	config_free(first);
	free(text);
	return 0;
}
