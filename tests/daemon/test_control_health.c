/* The verdict and its reasons; and what a datagram takes of a receive buffer. */
#include "daemon/control_health.h"

#include <string.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync.h"
#include "daemon/control_rates.h"

static struct store_view good_store(void)
{
	struct store_view v = {.name = "main", .path = "/p"};

	v.queue_status.capacity_count = 1000;
	v.queue_status.budget_bytes = 1000000;
	v.pool.workers = 2;
	return v;
}

static void judges(const struct store_view *v, bool balanced, enum health_verdict want, const char *reason)
{
	struct health h;
	json_t *data, *reasons;

	health_init(&h);
	health_store(&h, v, balanced);
	is_int(h.verdict, want, "%s", reason ? reason : "nothing is wrong");
	data = health_tell(&h);
	is_str(json_string_value(json_object_get(data, "verdict")), health_word(want), "in a word");
	reasons = json_object_get(data, "reasons");
	is_int(json_array_size(reasons), reason != NULL, "so many reasons");
	if (reason)
		has_str(json_string_value(json_array_get(reasons, 0)), reason, "in words");
	json_decref(data);
}

static void test_store(void)
{
	struct store_view v = good_store();

	judges(&v, true, HEALTH_GOOD, NULL);
	judges(&v, false, HEALTH_FAILING, "do not balance");
	v.pool.retrying = true;
	strcpy(v.pool.why.text, "disk full");
	judges(&v, true, HEALTH_FAILING, "disk full");
	v.pool.failed = true;
	judges(&v, true, HEALTH_FAILING, "given up: disk full");
	v = good_store();
	v.store.room = STORE_PRUNING;
	v.store.min_free = 2000;
	v.store.free_bytes = 2000;
	judges(&v, true, HEALTH_ATTENTION, "less space was free than min_free: room is made until there is an eighth more");
	v.store.room = STORE_HELD;
	judges(&v, true, HEALTH_FAILING, "held: less space was free than min_free: nothing is stored until there is an eighth");
	v.store.room = STORE_PRUNING;
	v.store.free_bytes = 1999;
	judges(&v, true, HEALTH_ATTENTION, "less space is free than min_free");
	v.store.room = STORE_HELD;
	v.store.held_by_reader = true;
	v.store.enough_bytes = 57 << 20;
	judges(&v, true, HEALTH_FAILING, "held: a reader keeps a transaction open, and min_free would not hold: nothing");
	v.store.wal_reader = 4711;
	judges(&v, true, HEALTH_FAILING, "held: process 4711 keeps a transaction open, and");
	judges(&v, true, HEALTH_FAILING, "until that ends, or 57 MiB are free");
	v.store.held_by_reader = false;
	v.pool.retrying = true; /* one reason says it */
	judges(&v, true, HEALTH_FAILING, "held: less space is free than min_free");
	v = good_store();
	v.store.wal_over = true;
	judges(&v, true, HEALTH_ATTENTION, "longer than wal_limit");
	v.store.wal_reader = 4711;
	judges(&v, true, HEALTH_ATTENTION, "process 4711 keeps a transaction open");
	v = good_store();
	v.store.moved = true;
	judges(&v, true, HEALTH_FAILING, "no longer leads");
	v = good_store();
	v.queue_status.messages = 799;
	judges(&v, true, HEALTH_GOOD, NULL);
	v.queue_status.messages = 800;
	judges(&v, true, HEALTH_ATTENTION, "nearly full");
	v = good_store();
	v.queue_status.bytes = 900000;
	judges(&v, true, HEALTH_ATTENTION, "nearly full");
	v = good_store();
	v.queue_status.held_sources = 2;
	judges(&v, true, HEALTH_ATTENTION, "2 sources wait");
	v = good_store();
	v.queue_status.oldest_ns = sync_now_ns() - 10 * NS_PER_S;
	judges(&v, true, HEALTH_GOOD, NULL);
	v.queue_status.oldest_ns = sync_now_ns() - 20 * NS_PER_S;
	judges(&v, true, HEALTH_FAILING, "has waited for 20 s");
}

static void test_listener(void)
{
	struct control_rate rate = {.peak_per_s = 1000};
	struct health h;
	json_t *data;

	health_init(&h);
	health_listener(&h, "udp", NULL, -1);
	health_listener(&h, "udp", &rate, 20);
	rate.lost_ns = sync_now_ns() - 100 * NS_PER_S;
	health_listener(&h, "udp", &rate, 5000);
	is_int(h.verdict, HEALTH_GOOD, "a listener with room and old losses");
	health_listener(&h, "udp", &rate, 19);
	is_int(h.verdict, HEALTH_ATTENTION, "too little room");
	rate.lost_ns = sync_now_ns() - NS_PER_S;
	health_listener(&h, "tcp", &rate, -1);
	health_note(&h, HEALTH_FAILING, "the worst");
	health_note(&h, HEALTH_ATTENTION, "one more");
	is_int(h.verdict, HEALTH_FAILING, "the worst counts");
	data = health_tell(&h);
	is_int(json_array_size(json_object_get(data, "reasons")), 4, "with all reasons");
	is_str(json_string_value(json_array_get(json_object_get(data, "reasons"), 0)), "the worst", "the worst first");
	json_decref(data);
}

/* As measured on loopback: how many datagrams a buffer of 8 MiB holds. */
static void test_buffer(void)
{
	static const struct {
		uint64_t size, count;
	} seen[] = {{64, 10082}, {100, 10082}, {200, 6553}, {512, 6553}, {1024, 3640}, {1472, 3640}, {8192, 504}};

	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++)
		is_int((8 << 20) / rates_datagram_bytes(seen[i].size), seen[i].count, "datagrams of %d bytes", (int)seen[i].size);
}

int main(void)
{
	test_store();
	test_listener();
	test_buffer();
	return done_testing();
}
