/*
 * control_verbs - what each verb of the control socket tells.
 *
 * Owns     nothing: gives JSON values
 * Threads  the endpoint's
 * Blocks   never for long: takes the locks of queues and pools in turn
 * Units    as control.h
 * Errors   NULL: no memory
 * Limits   none
 * Upholds  the books of one store are read at one moment
 *
 * For control*.c alone.
 */
#ifndef DAEMON_CONTROL_VERBS_H
#define DAEMON_CONTROL_VERBS_H

#include "base/json.h"
#include "daemon/control.h"
#include "daemon/control_rates.h"

/* What a verb has to go by. */
struct control_view {
	const struct control_opts *opts;
	const json_t *request; /* the whole of it */
	int64_t opened_ns;     /* monotonic */
};

/* Gives the answer's "data". */
json_t *control_status(const struct control_view *v) MUST_CHECK;
json_t *control_audit(const struct control_view *v) MUST_CHECK;
json_t *control_loss(const struct control_view *v) MUST_CHECK;
json_t *control_stats(const struct control_view *v) MUST_CHECK;
json_t *control_dump(const struct control_view *v) MUST_CHECK;
/* Lines of who waits for a lock and who holds one. */
json_t *control_locks(void) MUST_CHECK;

/* {"pid", "version"}: who answers. */
json_t *control_whoami(const struct control_view *v) MUST_CHECK;

/* ---- the books of one store, at one moment (control_books.c) ---- */

struct control_book {
	const char *listener; /* lends: lives as long as the queue */
	struct account_sums sums;
	bool told;            /* for the reader's use */
};

struct control_books {
	struct control_book *book;
	unsigned count;
	struct account_sums total;
	bool balanced; /* each of them */
};

/* False: no memory. */
bool control_books_read(struct queue *q, struct control_books *ret) MUST_CHECK;
void control_books_free(struct control_books *b);
void control_books_add(struct account_sums *to, const struct account_sums *s);

/* {"received", "kernel", "stored", "lost", "queued", "in_flight", "balanced"}. */
json_t *control_columns(const struct account_sums *s) MUST_CHECK;
/* [{"reason", "messages", "bytes"}], only what is not 0. */
json_t *control_losses(const struct account_sums *s) MUST_CHECK;

#endif
