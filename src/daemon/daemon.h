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
#include "daemon/loglevel.h"
#include "daemon/metrics.h"
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
	struct control_rates *rates; /* what control socket and web server tell */
	struct control *control;
	struct metrics *metrics;     /* NULL: none are configured */
	struct watchdog *watchdog;   /* NULL: systemd does not ask */
	int64_t stop_by_ns;          /* monotonic: the deadline of the stop; 0: none is under way */
	int64_t started_at;       /* wall ns */
	_Atomic uint64_t generation; /* reloads applied */
	_Atomic bool refused;        /* the last reload was refused */
	struct loglevel loglevel; /* by USR2, or by catchbasin loglevel */
	int exit_code;
	bool stuck;               /* a worker sits in a store: no tidy end is possible */
};

/* Who else hears what a reload comes to. The line is borrowed for the call. */
struct reload_also {
	void (*line)(void *arg, enum log_level level, const char *line);
	void *arg;
};

/* What the control socket and the web server go by. Lends: parts of d. */
struct control_opts daemon_about(struct daemon *d);
/* The main loop: from ready to stopped. */
void daemon_serve(struct daemon *d);
/* HUP: validates the whole configuration, applies what can be applied, names the rest. What the log is told, `also` is
 * told too, unless it is NULL. The exit code: EXIT_CLEAN, or why nothing was changed. */
int daemon_reload(struct daemon *d, const struct reload_also *also);
/* EVENT_ORDER: does what was asked over the control socket. */
void daemon_orders(struct daemon *d, bool stopping);
/* USR1: the state of everything, to the log. */
void daemon_dump(struct daemon *d);
/* Puts level and target into force: -d and a level for a while prevail over the configuration. */
void daemon_apply_log(struct daemon *d);

#endif
