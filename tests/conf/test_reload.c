/* What is in force after a reload: the live changes, and what was running where a restart is due. */
#include "fixture.h"

#define RUNNING                                                                                     \
	"[listener a]\naddress = tcp://*:1\nallow = ::1\n[listener b]\naddress = udp://*:2\n"       \
	"[listener ack]\naddress = tcp://*:3\nack = commit\n"                                       \
	"[store main]\npath = m\nqueue_bytes = 128K\n[store s]\npath = s\nworkers = 3\n"            \
	"[daemon]\ndrain_timeout = 5s\n[control]\npath = c\n"
#define FRESH                                                                                       \
	"[log]\nlevel = debug\n"                                                                    \
	"[listener a]\naddress = tcp://*:9\nmax_message = 1M\nallow = ::2, ::3\nrcvbuf = 1M\n"      \
	"[listener ack]\naddress = tcp://*:3\noverflow = drop-newest\n"                             \
	"[listener new]\naddress = tcp://*:4\n[listener later]\naddress = tcp://*:5\nstore = t\n"   \
	"[listener large]\naddress = tcp://*:6\nmax_message = 1M\n"                                 \
	"[store main]\npath = n\nqueue_bytes = 16M\nbatch_messages = 7\n[store t]\npath = t\n"

static unsigned live, waiting;
static char last[256];

static void count(void *arg UNUSED, const struct conf_change *change)
{
	if (change->live)
		live++;
	else
		waiting++;
	snprintf(last, sizeof(last), "%s", change->line);
}

static void check_in_force(const struct config *c)
{
	const struct conf_listener *a = config_listener(c, "a"), *ack = config_listener(c, "ack");
	const struct conf_store *m = config_store(c, "main"), *s = config_store(c, "s");

	is_int(c->log.level, LOG_LV_DEBUG, "a live key is applied");
	is_int(c->daemon.drain_timeout_ns, 20000000000, "a live default too");
	is_str(c->control.path, "c", "a restart key is as it runs");
	if (!ok(a && ack && m && s, "what runs is there"))
		return;
	is_str(a->address, "tcp://*:1", "the address that is bound");
	is_int(ntohs(a->addr.sa.in6.sin6_port), 1, "  in both forms");
	is_str(a->origins[0].file, "old", "  and where it came from");
	is_int(a->origins[0].line, 2, "  in which line");
	is_int(a->max_message, 65536, "a message no larger than the running queue allows");
	is_int(a->rcvbuf, 1 << 20, "a live key beside it");
	is_int(a->allow_count, 2, "a list");
	is_int(ack->ack, CONF_ACK_COMMIT, "the running acknowledgement");
	is_int(ack->overflow, CONF_OVERFLOW_BLOCK, "  with its overflow");
	ok(config_listener(c, "new"), "a new listener");
	ok(!config_listener(c, "b"), "a listener that is gone");
	ok(!config_listener(c, "later") && !config_listener(c, "large"), "listeners that have to wait");
	ok(!config_store(c, "t"), "a store that has to wait");
	is_str(m->path, "m", "the file that is open");
	is_int(m->queue_bytes, 131072, "the queue as it is");
	is_int(m->batch_messages, 7, "a live key of a store");
	is_str(s->path, "s", "a store that cannot go yet");
	is_int(s->workers, 3, "  with its values");
	is_int(s->origins[1].line, 14, "  and their origins");
}

static struct config *load_as(const char *name, const char *text)
{
	struct config *c;

	told_reset();
	c = config_load_text(name, text, strlen(text), told_add, NULL, &told.status);
	fixture_must(c != NULL, told.count ? told.lines[0] : name);
	return c;
}

static void test_settle(void)
{
	struct config *running = load_as("old", RUNNING), *fresh = load_as("new", FRESH), *again;
	struct err err;
	unsigned applied, held;

	config_diff(running, fresh, count, NULL);
	applied = live;
	held = waiting;
	ok(applied && held, "%u live changes, %u that wait", applied, held);
	ok(!config_settle(running, fresh, &err), "settled");
	live = waiting = 0;
	config_diff(running, fresh, count, NULL);
	is_int(live, applied, "the live ones, all of them");
	is_int(waiting, 0, "  and no other");
	/* Nothing of the old one is lent. */
	config_free(running);
	check_in_force(fresh);

	again = load_as("new", FRESH);
	live = waiting = 0;
	config_diff(fresh, again, count, NULL);
	is_int(live, 0, "the same file again changes nothing");
	is_int(waiting, held, "but tells again what waits");
	config_free(again);
	config_free(fresh);
}

static void test_nothing(void)
{
	struct config *running = load_as("f", RUNNING), *fresh = load_as("f", RUNNING);
	struct err err;

	ok(!config_settle(running, fresh, &err), "two of the same");
	is_int(config_diff(running, fresh, count, NULL), 0, "  stay the same");
	is_int(fresh->file_count, 1, "  with one file");
	config_free(running);
	config_free(fresh);
}

static unsigned left;

static void *scarce_alloc(size_t size)
{
	return left && --left ? malloc(size) : NULL;
}

static void *scarce_resize(void *ptr, size_t size)
{
	return left && --left ? realloc(ptr, size) : NULL;
}

static void test_memory(void)
{
	static const struct mem_hooks scarce = {scarce_alloc, scarce_resize, free};
	struct config *running = load_as("old", RUNNING), *fresh;
	struct err err = {0};
	unsigned n, wrong = 0;
	bool done = false;

	for (n = 1; !done && n < 500; n++) {
		fresh = load_as("new", FRESH);
		mem_hook(&scarce);
		left = n;
		done = !config_settle(running, fresh, &err);
		if (!done && err.exit_code != EXIT_INTERNAL)
			wrong++;
		mem_hook(NULL);
		config_free(fresh);
	}
	ok(done && n > 10, "it settles with memory for %u allocations", n);
	is_int(wrong, 0, "with less it says so");
	config_free(running);
}

int main(void)
{
	fixture_begin();
	test_settle();
	test_nothing();
	test_memory();
	fixture_end();
	return done_testing();
}
