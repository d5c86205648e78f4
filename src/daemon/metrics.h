/*
 * metrics - the daemon over HTTP: /metrics, /healthz, /readyz and the status page.
 *
 * Owns     the web server with its thread, the reader of newest messages with its own
 * Threads  all calls: the daemon's main thread
 * Blocks   attach, detach, tune, close: until an answer under way is worded, and a look into a store is over
 * Units    none
 * Errors   open: EXIT_BIND, EXIT_PERMISSION naming the address
 * Limits   those of net/http
 * Upholds  nothing of the daemon is looked at before attach and after detach; who asks then hears that it is starting,
 *          or stopping. Nothing can be changed over HTTP
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"
#include "daemon/control.h"

struct metrics;

/* Binds the address of [metrics] and answers from now on that the daemon is starting. *ret is NULL where the section
 * names no address. `about` is copied, its pipeline and rates not looked at. -1 with reterr. */
int metrics_open(const struct config *conf, const struct control_opts *about, struct metrics **ret,
		 struct err *reterr) MUST_CHECK;
/* From now on there is something to tell. Borrows p and rates until metrics_detach. m may be NULL. */
void metrics_attach(struct metrics *m, struct pipeline *p, struct control_rates *rates, const struct config *conf);
/* Live keys, but for the address. m may be NULL. */
void metrics_tune(struct metrics *m, const struct config *fresh);
/* The pipeline goes away. m may be NULL. */
void metrics_detach(struct metrics *m);
/* Takes m. NULL is fine. */
void metrics_close(struct metrics *m);

/* ---- a reload in two steps, so that it changes all or nothing ---- */

struct daemon;

/* Opens what the fresh configuration asks for, if that is another address: *ret is then the one to put into force, or
 * NULL for none. -1 with reterr, and nothing changed. */
int metrics_prepare(struct daemon *d, const struct config *fresh, struct metrics **ret, struct err *reterr) MUST_CHECK;
/* Puts it into force; takes prepared. */
void metrics_apply(struct daemon *d, const struct config *fresh, struct metrics *prepared);
/* Takes prepared, which is not wanted any more. */
void metrics_discard(struct daemon *d, struct metrics *prepared);

#endif
