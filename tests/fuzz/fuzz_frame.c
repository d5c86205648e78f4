/* Fuzzes the framing: whatever the bytes and however they are cut into reads, the messages are the same. */
#include <stdint.h>
#include <stdlib.h>

#include "../net/frame_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Byte 0: framing and oversize mode. Byte 1: the seed of the cuts. The rest: the stream. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run whole, split;
	enum framing framing;
	uint32_t cuts;
	const char *s;
	size_t len;

	if (size < 2 || size > 1 << 16)
		return 0;
	if (!whole.text && (!(whole.text = malloc(RUN_TEXT)) || !(split.text = malloc(RUN_TEXT))))
		abort();
	framing = (enum framing)(data[0] & 3);
	cuts = data[1];
	s = (const char *)data + 2;
	len = size - 2;
	run_start(&whole, framing, data[0] & 4);
	run_feed(&whole, s, len, 0);
	run_end(&whole);
	run_start(&split, framing, data[0] & 4);
	for (size_t from = 0; from < len;) {
		size_t n;

		cuts = cuts * 1664525u + 1013904223u;
		n = 1 + (cuts >> 16) % (data[0] & 8 ? 4 : 100);
		if (n > len - from)
			n = len - from;
		run_feed(&split, s + from, n, len - from - n);
		from += n;
	}
	run_end(&split);
	if (whole.len != split.len || memcmp(whole.text, split.text, whole.len) != 0)
		abort();
	return 0;
}
