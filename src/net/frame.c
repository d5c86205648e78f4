/* Cuts a stream of bytes into messages: by newline, by NUL, or by octet counts, and finds out which. */
#include "net/frame.h"

#include <string.h>

const char *framing_name(enum framing framing)
{
	static const char *const names[] = {
		[FRAMING_AUTO] = "auto",
		[FRAMING_NEWLINE] = "newline",
		[FRAMING_NUL] = "nul",
		[FRAMING_OCTET] = "octet",
	};
	return names[framing];
}

static enum frame_phase first_phase(enum framing framing)
{
	static const enum frame_phase phases[] = {
		[FRAMING_AUTO] = FRAME_PROBE,
		[FRAMING_NEWLINE] = FRAME_LINE,
		[FRAMING_NUL] = FRAME_LINE,
		[FRAMING_OCTET] = FRAME_COUNT,
	};
	return phases[framing];
}

static void restart(struct frame *f)
{
	f->phase = first_phase(f->framing);
	f->drop_oversize = f->drop_next;
	f->cr = f->space = false;
	f->digits = 0;
	f->count = 0;
	f->seen = 0;
}

void frame_init(struct frame *f, enum framing framing, uint32_t max_message, bool drop_oversize)
{
	assert(max_message >= 64);
	f->framing = framing;
	f->max_message = max_message;
	f->drop_next = drop_oversize;
	restart(f);
}

void frame_set_oversize(struct frame *f, bool drop_oversize)
{
	uint64_t bytes;

	f->drop_next = drop_oversize;
	if (!frame_unfinished(f, &bytes))
		f->drop_oversize = drop_oversize;
}

static uint32_t cut(const struct frame *f, uint64_t bytes)
{
	return bytes < f->max_message ? (uint32_t)bytes : f->max_message;
}

/* Bytes of the unfinished message that the carry buffer holds: none of one that will be dropped anyway. A CR may
 * still turn out to be part of a line end, so it makes no line too long. */
static uint32_t carried(const struct frame *f)
{
	uint64_t sure = f->phase == FRAME_BODY ? f->count : f->seen - f->cr;

	if (f->phase == FRAME_COUNT || (f->drop_oversize && sure > f->max_message))
		return 0;
	return cut(f, f->seen);
}

/* n more bytes of an unfinished message. */
static enum frame_verdict more(struct frame *f, const char *bytes, size_t n, struct frame_piece *ret)
{
	uint32_t before = carried(f), after;

	if (n && f->phase != FRAME_BODY)
		f->cr = f->framing != FRAMING_NUL && bytes[n - 1] == '\r';
	f->seen += n;
	after = carried(f);
	*ret = (struct frame_piece){.bytes = bytes};
	if (after) {
		ret->at = before;
		ret->fresh = after - before;
	}
	return FRAME_MORE;
}

/* The message is complete: `full` bytes long as sent, `there` of them have come, the last ones at bytes. */
static enum frame_verdict complete(struct frame *f, const char *bytes, uint64_t there, uint64_t full,
				   struct frame_piece *ret)
{
	const bool drop = full > f->max_message && f->drop_oversize;

	*ret = (struct frame_piece){.bytes = bytes, .at = carried(f), .len = cut(f, there), .size = full};
	if (ret->len > ret->at)
		ret->fresh = ret->len - ret->at;
	restart(f);
	if (!drop)
		return FRAME_MESSAGE;
	ret->at = ret->fresh = ret->len = 0;
	return FRAME_TOO_LONG;
}

/* Most messages are whole in the fresh bytes, and short enough: then nothing of the state changes. */
static inline enum frame_verdict whole(const char *from, uint32_t len, struct frame_piece *ret)
{
	*ret = (struct frame_piece){.bytes = from, .fresh = len, .len = len, .size = len};
	return FRAME_MESSAGE;
}

static enum frame_verdict next_line(struct frame *f, const char **bytes, const char *end, struct frame_piece *ret)
{
	const bool newline = f->framing != FRAMING_NUL;

	while (*bytes < end) {
		const char *from = *bytes;
		const char *hit = memchr(from, newline ? '\n' : '\0', (size_t)(end - from));
		uint64_t full;

		if (!hit)
			break;
		full = f->seen + (uint64_t)(hit - from);
		if (newline && (hit > from ? hit[-1] == '\r' : f->cr))
			full--;
		*bytes = hit + 1;
		if (LIKELY(f->seen == 0 && full - 1 < f->max_message))
			return whole(from, (uint32_t)full, ret);
		if (full)
			return complete(f, from, full, full, ret);
		restart(f); /* an empty line is no message */
	}
	const char *rest = *bytes;
	*bytes = end;
	return more(f, rest, (size_t)(end - rest), ret);
}

static enum frame_verdict next_body(struct frame *f, const char **bytes, const char *end, struct frame_piece *ret)
{
	const char *from = *bytes;
	uint64_t wanted = f->count - f->seen;

	if ((uint64_t)(end - from) < wanted) {
		*bytes = end;
		return more(f, from, (size_t)(end - from), ret);
	}
	*bytes = from + wanted;
	if (LIKELY(f->seen == 0 && f->count <= f->max_message)) {
		restart(f);
		return whole(from, (uint32_t)wanted, ret);
	}
	return complete(f, from, f->count, f->count, ret);
}

static enum frame_verdict next_octets(struct frame *f, const char **bytes, const char *end, struct frame_piece *ret)
{
	const char *p = *bytes;

	while (f->phase == FRAME_COUNT && p < end) {
		unsigned digit = (unsigned)*p - '0';

		if (digit <= 9 && f->digits < FRAME_DIGITS) {
			f->count = f->count * 10 + digit;
			f->digits++;
		} else if (*p == ' ' && f->digits) {
			f->phase = FRAME_BODY;
			f->seen = 0;
		} else {
			*bytes = p;
			*ret = (struct frame_piece){.bytes = p, .size = f->digits};
			f->seen = f->digits;
			return FRAME_BROKEN;
		}
		p++;
	}
	*bytes = p;
	if (f->phase == FRAME_BODY)
		return next_body(f, bytes, end, ret);
	f->seen = f->digits;
	return more(f, p, 0, ret);
}

enum probe { PROBE_ON, PROBE_EMPTY, PROBE_LINE, PROBE_OCTET };

/* What one more byte says about the framing. Empty lines say nothing. */
static enum probe probe_byte(struct frame *f, char c, bool first)
{
	if (f->cr || c == '\n')
		return (first || f->cr) && c == '\n' ? PROBE_EMPTY : PROBE_LINE;
	if (c == '\r' && first)
		f->cr = true;
	else if (c >= '0' && c <= '9' && !f->space && f->digits < FRAME_DIGITS) {
		f->count = f->count * 10 + (uint32_t)(c - '0');
		f->digits++;
	} else if (c == ' ' && f->digits && !f->space)
		f->space = true;
	else
		return c == '<' && f->space ? PROBE_OCTET : PROBE_LINE;
	return PROBE_ON;
}

/* Until decided, the bytes are carried as if they were a line; if they are not, the carry is forgotten. */
static enum frame_verdict probe(struct frame *f, const char **bytes, const char *end, struct frame_piece *ret)
{
	const char *line = *bytes; /* where the fresh part of the line starts */
	bool carried_cr = f->cr;

	for (const char *p = line; p < end; p++) {
		switch (probe_byte(f, *p, f->seen == 0 && p == line)) {
		case PROBE_ON:
			break;
		case PROBE_EMPTY:
			restart(f);
			line = p + 1;
			carried_cr = false;
			break;
		case PROBE_LINE:
			f->framing = FRAMING_NEWLINE;
			f->phase = FRAME_LINE;
			f->cr = carried_cr;
			*bytes = line;
			return next_line(f, bytes, end, ret);
		case PROBE_OCTET:
			f->framing = FRAMING_OCTET;
			f->phase = FRAME_BODY;
			f->seen = 0;
			*bytes = p;
			return next_body(f, bytes, end, ret);
		}
	}
	*bytes = end;
	return more(f, line, (size_t)(end - line), ret);
}

enum frame_verdict frame_next(struct frame *f, const char **bytes, const char *end, struct frame_piece *ret)
{
	switch (f->phase) {
	case FRAME_PROBE:
		return probe(f, bytes, end, ret);
	case FRAME_LINE:
		return next_line(f, bytes, end, ret);
	case FRAME_COUNT:
	case FRAME_BODY:
		break;
	}
	return next_octets(f, bytes, end, ret);
}

enum frame_verdict frame_end(struct frame *f, struct frame_piece *ret)
{
	uint64_t bytes;

	*ret = (struct frame_piece){.bytes = ""};
	if (!frame_unfinished(f, &bytes))
		return FRAME_MORE;
	if (f->phase == FRAME_BODY)
		return complete(f, "", bytes, f->count, ret);
	if (f->phase != FRAME_COUNT)
		return complete(f, "", bytes, bytes, ret);
	restart(f);
	ret->size = bytes;
	return FRAME_BROKEN;
}

bool frame_unfinished(const struct frame *f, uint64_t *ret_bytes)
{
	*ret_bytes = f->seen;
	return f->seen || f->phase == FRAME_BODY;
}
