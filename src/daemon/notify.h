/*
 * notify - the only place that speaks to systemd: readiness, status, and sockets it hands over.
 *
 * Owns     nothing
 * Threads  the main thread, where nothing else is said
 * Blocks   never
 * Units    milliseconds
 * Errors   none: without systemd, or built without libsystemd, nothing happens
 * Limits   NOTIFY_SOCKETS inherited sockets
 * Upholds  READY=1 is sent only by notify_ready
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "pipe/plan.h"

#define NOTIFY_SOCKETS 64

/* Does anybody listen? */
bool notify_wanted(void);
void notify_ready(void);
/* A reload begins; notify_ready ends it. */
void notify_reloading(void);
void notify_stopping(void);
/* One line for `systemctl status`. */
void notify_status(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* A stop takes longer: not before `ms` more should it be called hung. */
void notify_extend(int ms);

/* How long systemd waits for a sign of life before it ends the process, in ns; 0: it does not wait for any. */
int64_t notify_watchdog_ns(void);
/* A sign of life. Any thread. */
void notify_alive(void);
/* Asks systemd to do now what it does when no sign of life comes. Any thread. */
void notify_hung(void);

/* Closes every descriptor beyond the standard ones that is not a socket handed over: whoever started us forgot it. If
 * `file` names one ("/dev/fd/63": a shell's <(...)), that one stays. To be called before we open any; file may be
 * NULL. */
void notify_close_strays(const char *file);
/* The sockets handed over, at most NOTIFY_SOCKETS; later ones are closed. Gives descriptors and names. Returns how
 * many. */
unsigned notify_inherit(struct inherited *ret);
/* Closes those that nobody has taken, and frees the names. */
void notify_disown(struct inherited *sockets, unsigned count);

#endif
