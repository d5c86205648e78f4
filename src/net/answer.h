/*
 * answer - ACK and NAK: what became of each numbered message of an acknowledging connection.
 *
 * Owns     answers not yet written
 * Threads  the loop's
 * Blocks   never
 * Units    message numbers of one connection, from 1
 * Errors   a connection whose answers cannot be kept or written is given up
 * Limits   NET_LINES bytes of worded answers a connection; beyond, they are kept as ranges of numbers
 * Upholds  lines come in the order of their numbers; a NAK before the ACK that covers it; no ACK covers what is
 *          neither committed nor answered NAK
 */
#ifndef NET_ANSWER_H
#define NET_ANSWER_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "core/loss.h"

struct conn;
struct net;

struct range {
	uint64_t first, last;
	bool stored;
	enum loss_reason why;
};

struct ranges {
	struct range *v;
	unsigned head, count, cap; /* v[head] … v[head + count - 1] */
};

struct answers {
	uint64_t next_no;      /* of the next message */
	uint64_t draft_no;     /* of the first message in the draft */
	uint64_t settled_no;   /* the fate of all up to here is known */
	uint64_t told_no;      /* the last ACK line */
	struct ranges todo;    /* settled, in order, not yet worded */
	struct ranges refused; /* known to be lost, while earlier ones are still under way */
	char *out;             /* worded; the kernel did not take it yet */
	size_t out_at, out_len;
	struct event writable;
	bool waiting;          /* for `writable` */
};

/* NULL: no memory. */
struct answers *answers_new(struct conn *c) MUST_CHECK;
void answers_free(struct answers *a);
/* The numbers first … last are settled; for one connection in ascending order. */
void answers_settle(struct conn *c, const struct range *r);
/* The same for messages refused before they came to a worker; in any order. */
void answers_refuse(struct net *n, uint64_t conn, uint64_t first, uint64_t last, enum loss_reason why);
/* Writes what can be written. */
void answers_write(struct conn *c);
/* Nothing waits to be written. */
bool answers_written(const struct answers *a);
/* Every message has been answered, and nothing waits to be written. */
bool answers_complete(const struct answers *a);

#endif
