/*
 * frame_run - feeds a stream to the framing in pieces, as a connection would, and writes down what came out.
 *
 * Owns     the record of one run
 * Threads  one
 * Blocks   never
 * Units    bytes
 * Errors   what breaks a promise of frame.h aborts
 * Limits   RUN_TEXT bytes of record; anything longer aborts
 * Upholds  each piece stands in memory of its own, so that a sanitizer sees any step beside it
 */
#ifndef TESTS_FRAME_RUN_H
#define TESTS_FRAME_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/frame.h"

#define RUN_TEXT (4 << 20)
#define RUN_MAX 64 /* max_message of all runs */

struct run {
	struct frame f;
	char carry[RUN_MAX];
	char *text;
	size_t len;
	bool broken;
};

static void run_note(struct run *r, const char *what, const char *body, size_t len, uint64_t size)
{
	if (r->len + len + 64 > RUN_TEXT)
		abort();
	r->len += (size_t)sprintf(r->text + r->len, "%s %llu:", what, (unsigned long long)size);
	if (len)
		memcpy(r->text + r->len, body, len);
	r->len += len;
	r->text[r->len++] = '\n';
}

static void run_piece(struct run *r, enum frame_verdict v, const struct frame_piece *p, size_t rest)
{
	const char *body = p->bytes;

	if ((size_t)p->at + p->fresh > RUN_MAX || p->len > RUN_MAX)
		abort();
	if (p->at || v == FRAME_MORE) {
		if (p->fresh)
			memcpy(r->carry + p->at, p->bytes, p->fresh);
		body = r->carry;
	}
	switch (v) {
	case FRAME_MORE:
		break;
	case FRAME_MESSAGE:
		if (p->size < p->len)
			abort();
		run_note(r, "message", body, p->len, p->size);
		break;
	case FRAME_TOO_LONG:
		run_note(r, "too long", NULL, 0, p->size);
		break;
	case FRAME_BROKEN:
		run_note(r, "broken", NULL, 0, p->size + rest);
		r->broken = true;
		break;
	}
}

static void run_start(struct run *r, enum framing framing, bool drop)
{
	frame_init(&r->f, framing, RUN_MAX, drop);
	memset(r->carry, '#', sizeof(r->carry));
	r->len = 0;
	r->broken = false;
}

/* A connection that broke reads no further, so the bytes still to come are told with it. */
static void run_feed(struct run *r, const char *bytes, size_t len, size_t later)
{
	char *own;
	const char *at;
	enum frame_verdict v;
	struct frame_piece p;

	if (r->broken)
		return;
	own = malloc(len ? len : 1);
	if (!own)
		abort();
	if (len)
		memcpy(own, bytes, len);
	at = own;
	do {
		v = frame_next(&r->f, &at, own + len, &p);
		run_piece(r, v, &p, (size_t)(own + len - at) + later);
	} while (v == FRAME_MESSAGE || v == FRAME_TOO_LONG);
	if (v == FRAME_MORE && at != own + len)
		abort();
	free(own);
}

static void run_end(struct run *r)
{
	struct frame_piece p;
	uint64_t bytes;

	if (r->broken)
		return;
	run_piece(r, frame_end(&r->f, &p), &p, 0);
	if (frame_unfinished(&r->f, &bytes))
		abort();
}

#endif
