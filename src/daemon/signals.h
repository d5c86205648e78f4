/*
 * signals - turned into events that the main thread waits for, together with what the pipeline tells.
 *
 * Owns     a signalfd and an eventfd
 * Threads  signals_up before any other thread; signals_wait: the main thread; signals_post: any
 * Blocks   signals_wait, at most its timeout
 * Units    milliseconds
 * Errors   returned
 * Limits   none
 * Upholds  from signals_up on no signal is lost and none ends the process
 */
#ifndef DAEMON_SIGNALS_H
#define DAEMON_SIGNALS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

/* What may happen; several at once. */
enum daemon_event {
	EVENT_STOP = 1 << 0,    /* TERM, INT */
	EVENT_RELOAD = 1 << 1,  /* HUP */
	EVENT_DUMP = 1 << 2,    /* USR1 */
	EVENT_DEBUG = 1 << 3,   /* USR2 */
	EVENT_FAILED = 1 << 4,  /* posted: a worker gave up */
	EVENT_STOPPED = 1 << 5, /* posted: the pipeline's stop is done */
	EVENT_ORDER = 1 << 6,   /* posted: something was asked over the control socket */
};

struct signals {
	int signal_fd, event_fd;
	_Atomic unsigned posted;
};

int signals_up(struct signals *s, struct err *reterr) MUST_CHECK;
void signals_down(struct signals *s);
/* Posts EVENT_FAILED, EVENT_STOPPED or EVENT_ORDER. */
void signals_post(struct signals *s, enum daemon_event event);
/* Waits for events; 0 when timeout_ms have passed (-1: for ever). */
unsigned signals_wait(struct signals *s, int timeout_ms);

#endif
