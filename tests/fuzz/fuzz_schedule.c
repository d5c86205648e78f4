/* Fuzzes schedule strings: whatever is read is written back byte for byte, and whatever is refused has words. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "diag/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char again[SCHEDULE_TEXT];
	char *text = malloc(size + 1);
	struct err why = {0};
	struct schedule s;

	assert(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	schedule_init(&s);
	if (schedule_parse(text, &s, &why) == 0) {
		assert(s.count > 0);
		assert(schedule_format(&s, again, sizeof(again)));
		assert(!strcmp(again, text));
	} else {
		assert(why.exit_code == EXIT_USAGE);
		assert(!strncmp(why.text, "schedule: byte ", 15));
	}
	schedule_done(&s);
	free(text);
	return 0;
}
