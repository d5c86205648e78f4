/*
 * control_health - is it healthy? One verdict out of everything, with its reasons.
 *
 * Owns     nothing
 * Threads  any; one look in one thread
 * Blocks   never
 * Units    messages, _ms milliseconds
 * Errors   without memory there are fewer reasons; the verdict stands
 * Limits   HEALTH_TEXT bytes a reason
 * Upholds  healthy only where nothing stands against it
 *
 * For control*.c, and for whoever else must answer the question.
 */
#ifndef DAEMON_CONTROL_HEALTH_H
#define DAEMON_CONTROL_HEALTH_H

#include "base/attr.h"
#include "daemon/control_verbs.h"

#define HEALTH_TEXT 320

enum health_verdict {
	HEALTH_GOOD,
	HEALTH_ATTENTION, /* it works; somebody should look */
	HEALTH_FAILING,   /* messages are not stored, or the books are wrong */
};

struct health {
	enum health_verdict verdict;
	json_t *reasons; /* a list of lines, the worst first in the order found */
};

void health_init(struct health *h);
void health_note(struct health *h, enum health_verdict v, const char *fmt, ...) PRINTF_LIKE(3, 4);
void health_store(struct health *h, const struct store_view *v, bool balanced);
/* rate may be NULL. */
void health_listener(struct health *h, const char *name, const struct control_rate *rate, int64_t headroom_ms);
/* "healthy", "attention", "failing". Lends: static. */
const char *health_word(enum health_verdict v);
/* {"verdict", "reasons"}. Takes the reasons. */
json_t *health_tell(struct health *h) MUST_CHECK;

#endif
