/* Keeps what was asked over the control socket until the main thread comes for it. */
#include "daemon/control_orders.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"

#define LEVEL_NS (600 * NS_PER_S)            /* without a duration: as USR2 */
#define LEVEL_MOST_NS (7 * 86400 * NS_PER_S)

void orders_init(struct control_orders *o)
{
	*o = (struct control_orders){0};
	o->last = &o->first;
	sync_mutex_init(&o->lock, "orders");
}

void orders_done(struct control_orders *o)
{
	struct control_order *order;

	while ((order = orders_next(o)))
		mem_free(order);
	sync_mutex_done(&o->lock);
}

int orders_add(struct control_orders *o, const struct control_order *order, struct err *reterr)
{
	struct control_order *copy = mem_alloc(sizeof(*copy));
	bool full;

	if (!copy) {
		err_set(reterr, EXIT_INTERNAL, "out of memory");
		return -1;
	}
	*copy = *order;
	copy->next = NULL;
	sync_lock(&o->lock);
	full = o->count >= ORDERS_WAIT;
	if (!full) {
		*o->last = copy;
		o->last = &copy->next;
		o->count++;
	}
	sync_unlock(&o->lock);
	if (!full)
		return 0;
	mem_free(copy);
	err_set(reterr, EXIT_LEFT, "%d requests of this kind wait already: try again later", ORDERS_WAIT);
	return -1;
}

struct control_order *orders_next(struct control_orders *o)
{
	struct control_order *order;

	sync_lock(&o->lock);
	order = o->first;
	if (order) {
		o->first = order->next;
		o->last = o->first ? o->last : &o->first;
		o->count--;
	}
	sync_unlock(&o->lock);
	return order;
}

/* ---- requests ---- */

static int read_level(const json_t *request, struct control_order *ret, struct err *reterr)
{
	const char *level = json_string_value(json_object_get(request, "level"));
	const json_t *wanted = json_object_get(request, "for_ms");
	json_int_t for_ms = json_is_integer(wanted) ? json_integer_value(wanted) : LEVEL_NS / NS_PER_MS;
	int lv = LOG_LV_ERROR;

	ret->for_ns = -1;
	if (!json_object_get(request, "level"))
		return 0;
	ret->for_ns = 0;
	if (level && !strcmp(level, "configured"))
		return 0;
	while (level && lv <= LOG_LV_DEBUG && strcmp(level, log_level_name((enum log_level)lv)) != 0)
		lv++;
	if (!level || lv > LOG_LV_DEBUG) {
		err_set(reterr, EXIT_USAGE, "the level is one of error, warning, notice, info, debug, configured");
		return -1;
	}
	if ((wanted && !json_is_integer(wanted)) || for_ms < 1 || for_ms > LEVEL_MOST_NS / NS_PER_MS) {
		err_set(reterr, EXIT_USAGE, "a log level holds for 1 ms to 7 days");
		return -1;
	}
	ret->level = (enum log_level)lv;
	ret->for_ns = for_ms * NS_PER_MS;
	return 0;
}

int order_read(enum order_kind kind, const json_t *request, struct control_order *ret, struct err *reterr)
{
	*ret = (struct control_order){.kind = kind};
	switch (kind) {
	case ORDER_LOGLEVEL:
		return read_level(request, ret, reterr);
	case ORDER_RELOAD:
		break;
	}
	return 0;
}
