/*
 * control_drain - the verb drain: nothing is read until all that came in is committed, then it goes on.
 *
 * Owns     the pause that it began
 * Threads  the endpoint's
 * Blocks   never: it is looked at every DRAIN_LOOK_MS
 * Units    _ns monotonic, _ms milliseconds
 * Errors   drain_begin: EXIT_LEFT while another one is under way
 * Limits   one at a time; DRAIN_MOST_MS
 * Upholds  the pause ends with it, whatever happened
 *
 * For control*.c alone.
 */
#ifndef DAEMON_CONTROL_DRAIN_H
#define DAEMON_CONTROL_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/json.h"
#include "pipe/pipeline.h"

#define DRAIN_LOOK_MS 5
#define DRAIN_MS 20000
#define DRAIN_MOST_MS 600000

struct control_drain {
	bool active, paused, done; /* the pause is in force; all is committed: only held */
	uint64_t client;
	int64_t began_ns, until_ns;
	int64_t hold_ns;           /* how long the pause lasts after all is committed */
	int64_t drained_ns;
	struct account_sums before, after;
};

/* Begins, as the request wants. -1 with reterr. */
int drain_begin_request(struct control_drain *d, struct pipeline *p, uint64_t client, const json_t *request,
			struct err *reterr) MUST_CHECK;
/* Looks how far it is. True: it has just ended; then *ret_data is the answer's data, and err says what went wrong, or
 * has exit_code EXIT_CLEAN. */
bool drain_tick(struct control_drain *d, struct pipeline *p, json_t **ret_data, struct err *err);

#endif
