/*
 * loglevel - a log level for a while, over the one configured.
 *
 * Owns     nothing: struct loglevel is part of the daemon
 * Threads  the main thread
 * Blocks   never
 * Units    _ns monotonic, _ms milliseconds
 * Errors   none
 * Limits   one at a time: a newer one replaces it
 * Upholds  it ends by itself, and a reload does not end it
 */
#ifndef DAEMON_LOGLEVEL_H
#define DAEMON_LOGLEVEL_H

#include <stdint.h>

#include "base/log.h"

struct daemon;

struct loglevel {
	enum log_level level;
	int64_t until_ns; /* 0: as configured */
};

/* From now on, for for_ns. */
void loglevel_set(struct daemon *d, enum log_level level, int64_t for_ns);
/* As configured, from now on. */
void loglevel_reset(struct daemon *d);
/* USR2: debug for ten minutes, or, if a level is set for a while, as configured again. */
void loglevel_toggle(struct daemon *d);
/* Ends it if its time is over. */
void loglevel_tend(struct daemon *d);
/* How long it still holds; -1 if the level is as configured. */
int64_t loglevel_left_ms(const struct daemon *d);

#endif
