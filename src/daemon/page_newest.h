/*
 * page_newest - the newest messages of all stores, for the status page; read only while somebody looks.
 *
 * Owns     its thread, and a read-only connection to each store while somebody looks
 * Threads  start, stop: one; want, tell: any, one at a time
 * Blocks   stop: until a look into a store is over, NEWEST_LOOK_MS for each; want and tell never
 * Units    times in ns since 1970, sizes in bytes
 * Errors   start returns them; what cannot be read is told in the place of the messages
 * Limits   NEWEST_BODY bytes of a message, a look every NEWEST_EVERY_MS, connections closed after NEWEST_IDLE_MS
 * Upholds  no transaction is open between two looks; whoever asks never waits for a disk
 */
#ifndef DAEMON_PAGE_NEWEST_H
#define DAEMON_PAGE_NEWEST_H

#include "base/attr.h"
#include "base/err.h"
#include "base/json.h"
#include "conf/config.h"

#define NEWEST_BODY 400
#define NEWEST_EVERY_MS 500
#define NEWEST_LOOK_MS 500
#define NEWEST_IDLE_MS 5000

struct newest;

/* Starts the thread. Copies what it needs of the stores. NULL with reterr. */
struct newest *newest_start(const struct conf_store *stores, unsigned most, struct err *reterr) MUST_CHECK;
/* Somebody looks: the next look into the stores is soon. n may be NULL. */
void newest_want(struct newest *n);
/* {"most", "at", "rows": [{"store", "id", "received_at", "listener", "peer", "size", "body", "bytes", "binary"}], "error"},
 * newest first; at null: not looked yet; bytes: of the body, however much of it is told. n may be NULL: most is 0.
 * NULL: no memory. */
json_t *newest_tell(struct newest *n) MUST_CHECK;
/* How many are told of; 0 of NULL. */
unsigned newest_most(const struct newest *n);
/* Takes n. NULL is fine. */
void newest_stop(struct newest *n);

#endif
