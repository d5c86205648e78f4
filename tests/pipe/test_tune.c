/* A reload in the pipeline: listeners come and go, live keys change, and what cannot be bound changes nothing. */
#include "config.h"

#include "rig.h"

#include <sys/socket.h>
#include <unistd.h>

#define BEFORE                                                                                      \
	"[store main]\npath = @/main.db\nbatch_interval = 1ms\n"                                    \
	"[store side]\npath = @/side.db\nbatch_interval = 1ms\n"                                    \
	"[listener stays]\naddress = tcp://127.0.0.1:0\n"                                           \
	"[listener goes]\naddress = tcp://127.0.0.1:0\n"

/* A reload as the daemon makes it. The configuration in force is the rig's from then on, if it was taken. */
static int tune(struct rig *r, const char *text)
{
	struct config *fresh = rig_config(r, text);
	int rc = config_settle(r->config, fresh, &r->err);

	if (rc == 0)
		rc = pipeline_tune(r->p, fresh, &r->err);
	config_free(rc == 0 ? r->config : fresh);
	if (rc == 0)
		r->config = fresh;
	return rc;
}

static int64_t stored(struct rig *r, const char *store)
{
	return (int64_t)rig_store(r, store).queue_status.sums.stored;
}

static void count(void *arg, const struct listener_view *v)
{
	(void)v;
	++*(int *)arg;
}

static int listeners(struct rig *r)
{
	int n = 0;

	pipeline_each_listener(r->p, count, &n);
	return n;
}

/* Added, removed, and one that neither notices. */
static void test_listeners(struct rig *r)
{
	int through, old, fresh, gone_port, fds;

	rig_up(r, BEFORE);
	fds = rig_fds();
	through = rig_dial(r, "stays");
	old = rig_dial(r, "goes");
	rig_say(through, "one\n");
	rig_say(old, "two\n");
	ok(rig_await(stored(r, "main") == 2), "two listeners work");
	gone_port = rig_port(r, "goes");
	is_int(tune(r, "[store main]\npath = @/main.db\nbatch_interval = 1ms\n"
		    "[store side]\npath = @/side.db\nbatch_interval = 1ms\n"
		    "[listener stays]\naddress = tcp://127.0.0.1:0\n"
		    "[listener comes]\naddress = tcp://127.0.0.1:0\nstore = side\n"), 0, "one goes, one comes");
	rig_say(old, "from what the kernel had"); /* may come late: then it is the sender's */
	fresh = rig_dial(r, "comes");
	ok(fresh >= 0, "the new one accepts");
	rig_say(fresh, "three\n");
	ok(rig_await(stored(r, "side") == 1), "and feeds its store");
	ok(rig_await(rig_port(r, "goes") == 0), "the old one is no longer shown");
	ok(rig_await(rig_dial_port(gone_port) < 0), "nor does it accept");
	rig_say(through, "four\n");
	ok(rig_await(stored(r, "main") >= 3), "the connection of the one that stays is still good");
	is_int(listeners(r), 2, "two listeners");
	close(old);
	close(fresh);
	close(through);

	/* The same name again, after it was removed. */
	is_int(tune(r, BEFORE), 0, "back again");
	ok(rig_await(rig_port(r, "comes") == 0 && rig_port(r, "goes") > 0), "with the listener under its old name");
	old = rig_dial(r, "goes");
	rig_say(old, "five\n");
	ok(rig_await(stored(r, "main") >= 4), "which works");
	ok(rig_totals(r).balanced, "the books balance over all of them");
	close(old);
	ok(rig_await(rig_fds() == fds), "and no descriptor is left of what went");
	is_int(rig_stop(r, RIG_PATIENCE_NS), 0, "a clean stop");
	rig_close(r);
}

/* Three new listeners, the third of which cannot be bound: none is kept, nothing else is changed. */
static void test_refused(struct rig *r)
{
	char text[1000];
	int through, fds;

	rig_up(r, BEFORE);
	through = rig_dial(r, "stays");
	rig_say(through, "one\n");
	ok(rig_await(rig_totals(r).sums.stored == 1), "it works");
	fds = rig_fds();
	snprintf(text, sizeof(text),
		 "[store main]\npath = @/main.db\nbatch_interval = 1ms\n"
		 "[listener stays]\naddress = tcp://127.0.0.1:0\noverflow = drop-oldest\n"
		 "[listener a]\naddress = tcp://127.0.0.1:0\n"
		 "[listener b]\naddress = udp://127.0.0.1:0\n"
		 "[listener c]\naddress = tcp://127.0.0.1:%d\n", rig_port(r, "stays"));
	is_int(tune(r, text), -1, "a reload with an address in use is refused");
	is_int(r->err.exit_code, EXIT_BIND, "with the code");
	has_str(r->err.text, "listener c: ", "and the name");
	ok(rig_await(rig_port(r, "a") == 0 && rig_port(r, "b") == 0), "what it had bound is gone again");
	ok(rig_await(rig_fds() == fds), "to the last descriptor");
	ok(rig_port(r, "goes") > 0, "what it would have removed is there");
	rig_say(through, "two\n");
	ok(rig_await(rig_totals(r).sums.stored == 2), "and the rest goes on");
	close(through);
	is_int(rig_stop(r, RIG_PATIENCE_NS), 0, "a clean stop");
	rig_close(r);
}

/* Live keys: message limits for new connections, the batch's size and time, durability. */
static void test_keys(struct rig *r)
{
	char line[202];
	int fd;

	memset(line, 'x', sizeof(line) - 2);
	line[200] = '\n';
	line[201] = '\0';
	rig_up(r, "[store main]\npath = @/keys.db\nbatch_interval = 1ms\n"
	       "[listener t]\naddress = tcp://127.0.0.1:0\nmax_message = 100\n");
	fd = rig_dial(r, "t");
	rig_say(fd, line);
	close(fd);
	ok(rig_await(stored(r, "main") == 1), "stored");
	is_int(rig_sql(r, "keys.db", "SELECT length(body) FROM messages WHERE id = 1"), 100, "cut at max_message");
	is_int(tune(r, "[store main]\npath = @/keys.db\nbatch_interval = 10s\nbatch_messages = 3\ndurability = off\n"
		    "[listener t]\naddress = tcp://127.0.0.1:0\nmax_message = 150\n"), 0, "four keys change");
	/* The loop applies it soon after. */
	fd = rig_dial(r, "t");
	rig_say(fd, line);
	close(fd);
	ok(rig_await(rig_totals(r).sums.received == 2), "one more is here");
	sync_sleep_until(sync_now_ns() + 50 * NS_PER_MS);
	is_int(stored(r, "main"), 1, "and waits, now that batch_interval is long");
	fd = rig_dial(r, "t");
	rig_say(fd, line);
	rig_say(fd, line);
	close(fd);
	ok(rig_await(stored(r, "main") == 4), "until batch_messages are there");
	is_int(rig_sql(r, "keys.db", "SELECT length(body) FROM messages WHERE id = 4"), 150, "cut at the new max_message");
	is_int(rig_stop(r, RIG_PATIENCE_NS), 0, "a clean stop");
	rig_close(r);
}

int main(void)
{
	struct rig r;

	rig_begin(&r);
	test_listeners(&r);
	test_refused(&r);
	test_keys(&r);
	rig_down(&r);
	return done_testing();
}
