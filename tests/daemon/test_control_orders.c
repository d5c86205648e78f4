/* What is asked of the main thread: read from requests, kept in order, bounded; and who may ask. */
#include "config.h"
#include "daemon/control_orders.h"

#include <sys/socket.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/mem.h"
#include "daemon/control_access.h"

static int reads(const char *text, struct control_order *ret, struct err *reterr)
{
	json_t *request = json_loads(text, 0, NULL);
	int rc = order_read(ORDER_LOGLEVEL, request, ret, reterr);

	json_decref(request);
	return rc;
}

static void refuses(const char *text)
{
	struct control_order o;
	struct err err = {0};

	ok(reads(text, &o, &err) < 0 && err.exit_code == EXIT_USAGE, "refused: %s: %s", text, err.text);
}

static void test_read(void)
{
	struct control_order o;
	struct err err;

	ok(reads("{}", &o, &err) == 0 && o.for_ns == -1, "no level only asks");
	ok(reads("{\"level\":\"debug\"}", &o, &err) == 0 && o.level == LOG_LV_DEBUG && o.for_ns == 600 * NS_PER_S, "ten minutes");
	ok(reads("{\"level\":\"error\",\"for_ms\":5}", &o, &err) == 0 && o.level == LOG_LV_ERROR && o.for_ns == 5 * NS_PER_MS,
	   "or as long as is said");
	ok(reads("{\"level\":\"configured\"}", &o, &err) == 0 && o.for_ns == 0, "as configured");
	refuses("{\"level\":\"loud\"}");
	refuses("{\"level\":7}");
	refuses("{\"level\":null}");
	refuses("{\"level\":\"debug\",\"for_ms\":0}");
	refuses("{\"level\":\"debug\",\"for_ms\":-1}");
	refuses("{\"level\":\"debug\",\"for_ms\":\"5\"}");
	refuses("{\"level\":\"debug\",\"for_ms\":9223372036854775807}");
	ok(order_read(ORDER_RELOAD, NULL, &o, &err) == 0 && o.kind == ORDER_RELOAD, "a reload needs no more words");
}

static void test_line(void)
{
	struct control_orders orders;
	struct control_order o = {.kind = ORDER_RELOAD}, *got;
	struct err err = {0};
	int good = 0;

	orders_init(&orders);
	ok(!orders_next(&orders), "nothing waits");
	for (int round = 0; round < 3; round++) {
		for (uint64_t i = 0; i < ORDERS_WAIT; i++) {
			o.client = i;
			good += orders_add(&orders, &o, &err) == 0;
		}
		ok(orders_add(&orders, &o, &err) < 0 && err.exit_code == EXIT_LEFT, "no more than so many wait: %s", err.text);
		for (uint64_t i = 0; (got = orders_next(&orders)); i++) {
			good += got->client == i;
			mem_free(got);
		}
	}
	is_int(good, 6 * ORDERS_WAIT, "in the order they came");
	ok(orders_add(&orders, &o, &err) == 0, "one that nobody comes for");
	orders_done(&orders);
}

static void test_access(void)
{
	int fd[2];
	struct endpoint_peer peer = {.uid = 0, .gid = 0};
	bool member = getegid() == 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
		return;
	peer.fd = fd[0];
	ok(access_may_look(&peer) && access_may_change(&peer), "root");
	peer = (struct endpoint_peer){.fd = fd[0], .uid = geteuid(), .gid = 54321};
	ok(access_may_look(&peer) && access_may_change(&peer), "the daemon's user");
	peer = (struct endpoint_peer){.fd = fd[0], .uid = 54321, .gid = getegid()};
	ok(access_may_look(&peer) && !access_may_change(&peer), "its group looks");
	/* The descriptor's own groups are asked for: those of this process. */
	peer = (struct endpoint_peer){.fd = -1, .uid = 54321, .gid = 54321};
	ok(!access_may_look(&peer) && !access_may_change(&peer), "a stranger%s", member ? "" : ", too");
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	test_read();
	test_line();
	test_access();
	return done_testing();
}
