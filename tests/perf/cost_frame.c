/* Cuts a stream into messages as a connection does, in reads of 4, 16 and 64 KiB, and counts what framing costs. */
#include "cost.h"

#include "net/frame.h"

#define MAX_MESSAGE (64 * 1024)
#define CHUNK_MOST (64 * 1024)

static const size_t chunks[] = {4096, 16384, CHUNK_MOST};

struct stream {
	struct frame frame;
	const char *bytes;
	size_t len;
	char carry[MAX_MESSAGE];
	uint64_t messages;
};

static void cut(void *arg)
{
	struct stream *s = arg;
	const char *at = s->bytes, *end = s->bytes + s->len;
	enum frame_verdict v;

	do {
		struct frame_piece piece;

		v = frame_next(&s->frame, &at, end, &piece);
		if ((v == FRAME_MORE || piece.at) && piece.fresh)
			memcpy(s->carry + piece.at, piece.bytes, piece.fresh);
		s->messages += v == FRAME_MESSAGE;
	} while (v == FRAME_MESSAGE);
}

/* One message with its frame; returns its length. */
static size_t write_frame(const char *name, char *to, uint64_t n)
{
	size_t head = 0;

	if (!strcmp(name, "frame-octet"))
		head = (size_t)sprintf(to, "%d ", COST_BODY);
	cost_body(to + head, n);
	if (!strcmp(name, "frame-newline"))
		to[head++ + COST_BODY] = '\n';
	return head + COST_BODY;
}

int main(int argc, char **argv)
{
	uint64_t messages = cost_messages(argc, argv);
	static struct stream s;
	char *all = malloc(messages * (COST_BODY + 8));
	size_t len = 0, at = 0;

	NEED(all && (!strcmp(argv[1], "frame-newline") || !strcmp(argv[1], "frame-octet")));
	for (uint64_t n = 0; n < messages; n++)
		len += write_frame(argv[1], all + len, n);
	frame_init(&s.frame, FRAMING_AUTO, MAX_MESSAGE, false);
	for (unsigned i = 0; at < len; at += s.len, i++) {
		size_t chunk = chunks[i % ARRAY_LEN(chunks)];

		s.bytes = all + at;
		s.len = chunk < len - at ? chunk : len - at;
		measured(cut, &s);
	}
	NEED(s.messages == messages);
	free(all);
	return 0;
}
