/*
 * control_orders - what was asked over the control socket and only the main thread can do, on its way there.
 *
 * Owns     the orders that wait; one that is taken belongs to the taker until it is settled
 * Threads  orders_add: the endpoint's; orders_next: the main thread; init, done: one thread
 * Blocks   never
 * Units    _ns nanoseconds
 * Errors   orders_add: EXIT_LEFT when too many wait, EXIT_INTERNAL without memory
 * Limits   ORDERS_WAIT orders waiting
 * Upholds  in the order they were asked
 *
 * For control*.c and orders.c alone.
 */
#ifndef DAEMON_CONTROL_ORDERS_H
#define DAEMON_CONTROL_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sync.h"

#define ORDERS_WAIT 16

enum order_kind { ORDER_RELOAD, ORDER_LOGLEVEL };

struct control_order {
	struct control_order *next;
	enum order_kind kind;
	uint64_t client;
	enum log_level level;
	int64_t for_ns;  /* of ORDER_LOGLEVEL; 0: as configured; -1: only tell */
};

struct control_orders {
	struct sync_mutex lock;
	struct control_order *first, **last;
	unsigned count;
};

void orders_init(struct control_orders *o);
/* Frees what still waits. */
void orders_done(struct control_orders *o);
/* Copies order. */
int orders_add(struct control_orders *o, const struct control_order *order, struct err *reterr) MUST_CHECK;
/* Gives the oldest, for mem_free; NULL: none. */
struct control_order *orders_next(struct control_orders *o);

/* An order out of a request. -1 with reterr (EXIT_USAGE). */
int order_read(enum order_kind kind, const json_t *request, struct control_order *ret, struct err *reterr) MUST_CHECK;

#endif
