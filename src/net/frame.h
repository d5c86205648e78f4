/*
 * frame - where does a message end? Pure functions over bytes: no socket, no memory of their own.
 *
 * Owns     nothing: the state is part of its holder
 * Threads  any, each state in one thread
 * Blocks   never
 * Units    bytes
 * Errors   verdicts
 * Limits   octet counts up to 7 digits; an unfinished message is kept by the caller, at most max_message bytes
 * Upholds  every split of a stream yields the same messages
 *
 * The caller has fresh bytes, and a carry buffer for the part of a message that earlier bytes brought. Every answer
 * says where its fresh bytes belong: at place `at` of the carry buffer. at = 0 means that nothing was carried (or
 * that it is not wanted any more), so a message that is whole in the fresh bytes is never copied.
 */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define FRAME_DIGITS 7 /* of an octet count */

enum framing { FRAMING_AUTO, FRAMING_NEWLINE, FRAMING_NUL, FRAMING_OCTET };

enum frame_verdict {
	FRAME_MORE,     /* the bytes are used up; what is unfinished goes to the carry buffer */
	FRAME_MESSAGE,  /* a message */
	FRAME_TOO_LONG, /* a message longer than max_message has passed, and is to be dropped */
	FRAME_BROKEN,   /* what stands here is no octet count: the connection makes no sense from here on */
};

enum frame_phase { FRAME_PROBE, FRAME_LINE, FRAME_COUNT, FRAME_BODY };

/* One connection's state. Private, but for reading `framing`. */
struct frame {
	enum framing framing;   /* FRAMING_AUTO until the first bytes have decided */
	enum frame_phase phase;
	uint32_t max_message;
	bool drop_oversize, drop_next;
	bool cr;                /* the last byte of the unfinished line is CR */
	bool space;             /* probing: the blank after the digits was seen */
	uint8_t digits;
	uint32_t count;         /* octet: bytes announced */
	uint64_t seen;          /* bytes of the unfinished line, count or body so far */
};

struct frame_piece {
	const char *bytes;      /* lends: `fresh` bytes of the caller's own fresh ones */
	uint32_t fresh;
	uint32_t at;            /* where they belong in the carry buffer; 0: it holds nothing that matters */
	uint32_t len;           /* MESSAGE: bytes of it, carried and fresh together; a carried byte beyond is a CR */
	uint64_t size;          /* MESSAGE, TOO_LONG: bytes sent or announced; BROKEN: bytes of the broken count so far */
};

/* max_message >= 64. */
void frame_init(struct frame *f, enum framing framing, uint32_t max_message, bool drop_oversize);

/* Takes bytes off the front of *bytes … end, up to and with the end of the next message. Call until FRAME_MORE;
 * at FRAME_BROKEN the byte that broke it is left. Borrows the bytes, lends them in ret. */
enum frame_verdict frame_next(struct frame *f, const char **bytes, const char *end, struct frame_piece *ret) MUST_CHECK;

/* No more bytes come, in good order: what is unfinished is a message (MESSAGE, TOO_LONG), or was cut inside its
 * count (BROKEN), or there is nothing (MORE). The state is as new afterwards, but for the framing. */
enum frame_verdict frame_end(struct frame *f, struct frame_piece *ret) MUST_CHECK;

/* A live change; what is unfinished goes on as it began. */
void frame_set_oversize(struct frame *f, bool drop_oversize);

/* True if a message is unfinished; ret_bytes: how much of it has come. */
bool frame_unfinished(const struct frame *f, uint64_t *ret_bytes);

/* "auto", "newline", "nul", "octet". Lends: static. */
const char *framing_name(enum framing framing);

#endif
