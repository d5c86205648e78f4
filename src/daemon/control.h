/*
 * control - the control socket: a running daemon tells how it stands and takes orders, one JSON line for each request.
 *
 * Owns     the endpoint and its thread, the orders on their way to the main thread
 * Threads  open, close, next_order, answer: the daemon's main thread; the verbs run on the endpoint's thread
 * Blocks   control_close, until the answer under way is worded
 * Units    in the answers as their names say: _ms, _bytes; times (_at) in nanoseconds since 1970 UTC
 * Errors   open: EXIT_BIND, EXIT_PERMISSION; of a request: answered, with an exit code and words
 * Limits   those of net/endpoint, ORDERS_WAIT orders, one drain
 * Upholds  what is told of one store's books is read at one moment, under its queue's lock; who is neither root nor
 *          the daemon's user changes nothing
 *
 * The protocol is in catchbasin(1). A verb is a function and a row of the table in control.c.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/json.h"
#include "pipe/pipeline.h"

struct control;
struct control_order;
struct control_rates;

enum control_event {
	CONTROL_ORDERED, /* control_next_order has something */
	CONTROL_DUMP,    /* a dump to the log is asked for */
};

struct control_opts {
	const char *path;                   /* copied */
	struct pipeline *pipeline;          /* borrowed until control_close */
	struct control_rates *rates;        /* likewise; NULL: none are told */
	const char *version;                /* borrowed until control_close */
	int64_t started_at;                 /* wall ns */
	const _Atomic uint64_t *generation; /* reloads applied; borrowed until control_close; may be NULL */
	const _Atomic bool *refused;        /* the last reload was refused; likewise */
	/* On the endpoint's thread; must not block. NULL: verbs that need the main thread are refused. */
	void (*event)(void *arg, enum control_event event);
	void *arg;
};

/* Binds the socket (0660) and answers from now on. NULL with reterr. */
struct control *control_open(const struct control_opts *opts, struct err *reterr) MUST_CHECK;
/* Takes c; an answer on its way has a moment to leave. NULL is fine. */
void control_close(struct control *c);

/* The next order for the main thread, for mem_free; NULL: none. c may be NULL. */
struct control_order *control_next_order(struct control *c);
/* Answers it. Takes data, which NULL (no memory) makes an error of; with err it is the answer's data beside the error. */
void control_answer(struct control *c, uint64_t client, const char *verb, json_t *data, const struct err *err);

/* Text as JSON: bytes that are not UTF-8 as \xNN. */
json_t *control_text(const char *text) MUST_CHECK;

#endif
