/*
 * plan - what the configuration means in the words of each room.
 *
 * Owns     nothing: the options lend the configuration's strings
 * Threads  any
 * Blocks   never
 * Units    as each room's options
 * Errors   none: the configuration was checked when it was loaded
 * Limits   none
 * Upholds  a batch of any listener fits its store's queue several times over
 */
#ifndef PIPE_PLAN_H
#define PIPE_PLAN_H

#include "conf/config.h"
#include "core/queue.h"
#include "net/net.h"
#include "store/store.h"

/* Without wake and wake_arg, which are the wiring's. */
struct queue_opts plan_queue(const struct conf_store *c);
struct store_opts plan_store(const struct conf_store *c, const char *version);
enum durability plan_durability(const struct conf_store *c);
/* fd: -1, or an inherited socket. */
struct listener_opts plan_listener(const struct conf_listener *c, const struct conf_store *store, struct queue *queue,
				   int fd);

/* A socket that was handed over at the start, by systemd. */
struct inherited {
	int fd;           /* -1: taken */
	const char *name; /* FileDescriptorName=, or "" ; lent */
};

/* The inherited socket for this listener, by kind and address, else by kind and name; marks it taken. -1: none. */
int plan_inherit(struct inherited *sockets, unsigned count, const struct conf_listener *c);

#endif
