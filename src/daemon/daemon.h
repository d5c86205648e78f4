/*
 * daemon - everything the main thread holds between start and end.
 *
 * Owns     configuration, pipeline, control socket, signals
 * Threads  the main thread
 * Blocks   daemon_serve until the daemon has stopped
 * Units    none
 * Errors   logged here: this is where it is decided what an error means
 * Limits   none
 * Upholds  none
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/config.h"
#include "daemon/control.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/signals.h"
#include "daemon/watchdog.h"
#include "pipe/pipeline.h"

struct daemon {
	struct daemon_options options;
	struct signals signals;
	struct config *config;    /* in effect */
	struct inherited inherited[NOTIFY_SOCKETS];
	unsigned inherited_count;
	struct pipeline *pipeline;
	struct control *control;
	struct watchdog *watchdog;   /* NULL: systemd does not ask */
	int64_t stop_by_ns;          /* monotonic: the deadline of the stop; 0: none is under way */
	int64_t started_at;       /* wall ns */
	_Atomic uint64_t generation; /* reloads applied */
	int64_t debug_until_ns;   /* monotonic: USR2's debug ends; 0: off */
	int exit_code;
	bool stuck;               /* a worker sits in a store: no tidy end is possible */
};

/* The main loop: from ready to stopped. */
void daemon_serve(struct daemon *d);
/* HUP: validates the whole configuration, applies what can be applied, names the rest. */
void daemon_reload(struct daemon *d);
/* USR1: the state of everything, to the log. */
void daemon_dump(struct daemon *d);
/* Puts level and target into force: -d and USR2 prevail over the configuration. */
void daemon_apply_log(struct daemon *d);

#endif
