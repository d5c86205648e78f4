/*
 * control - the control socket: a running daemon tells how it stands, one JSON line for each request line.
 *
 * Owns     the endpoint and its thread
 * Threads  open, close: the daemon's main thread; the verbs run on the endpoint's thread
 * Blocks   control_close, until the answer under way is worded
 * Units    in the answers as their names say: _ms, _bytes; times (_at) in nanoseconds since 1970 UTC
 * Errors   open: EXIT_BIND, EXIT_PERMISSION; of a request: answered, with an exit code and words
 * Limits   those of net/endpoint
 * Upholds  what is told of one store's books is read at one moment, under its queue's lock
 *
 * The protocol is in catchbasin(1). A verb is a function and a row of the table in control.c.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "pipe/pipeline.h"

struct control;

struct control_opts {
	const char *path;                   /* copied */
	struct pipeline *pipeline;          /* borrowed until control_close */
	const char *version;                /* borrowed until control_close */
	int64_t started_at;                 /* wall ns */
	const _Atomic uint64_t *generation; /* reloads applied; borrowed until control_close; may be NULL */
};

/* Binds the socket (0660) and answers from now on. NULL with reterr. */
struct control *control_open(const struct control_opts *opts, struct err *reterr) MUST_CHECK;
/* Takes c; an answer on its way has a moment to leave. NULL is fine. */
void control_close(struct control *c);

#endif
