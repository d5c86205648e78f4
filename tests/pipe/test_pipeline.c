/* The whole pipeline in this process: up, down, in a hurry, half-way up, and one store that dies beside another. */
#include "config.h"

#include "rig.h"

#include <sys/socket.h>
#include <unistd.h>

static const char two_stores[] =
	"[store main]\npath = @/main.db\nbatch_interval = 1ms\n"
	"[store side]\npath = @/side.db\nbatch_interval = 1ms\nworkers = 3\n"
	"[listener m]\naddress = tcp://127.0.0.1:0\n"
	"[listener s]\naddress = tcp://127.0.0.1:0\nstore = side\n"
	"[listener u]\naddress = udp://127.0.0.1:0\n"
	"[listener local]\naddress = unix://@/in.sock\n";

static void say_lines(int fd, int n)
{
	char line[40];

	for (int i = 1; i <= n; i++) {
		snprintf(line, sizeof(line), "message %d\n", i);
		rig_say(fd, line);
	}
}

/* Opened, looked at, closed: as if nothing had been. */
static void test_no_start(struct rig *r)
{
	int fds = rig_fds();

	ok(rig_open(r, two_stores), "a pipeline opens");
	ok(rig_port(r, "m") > 0 && rig_port(r, "s") > 0, "its listeners are bound");
	is_int(rig_store(r, "side").pool.workers, 3, "its workers stand");
	rig_close(r);
	is_int(rig_fds(), fds, "closed without a start, no descriptor is left");
	is_int(rig_sql(r, "main.db", "SELECT count(*) FROM runs"), 0, "and no run");

	rig_up(r, two_stores);
	rig_close(r);
	is_int(rig_fds(), fds, "nor after a start without a stop");
	is_int(rig_sql(r, "side.db", "SELECT count(*) FROM runs"), 0, "and no run either");
}

static void test_stop_without_start(struct rig *r)
{
	int fds = rig_fds();

	ok(rig_open(r, two_stores), "opened once more");
	is_int(rig_stop(r, RIG_PATIENCE_NS), 0, "a stop without a start is clean");
	is_int(r->stopped, 1, "and told once");
	is_int(r->failed, 0, "as no failure");
	rig_close(r);
	is_int(rig_fds(), fds, "no descriptor is left");
	is_int(rig_sql(r, "main.db", "SELECT count(*) FROM runs WHERE clean = 1"), 1, "the run has its receipt");
}

static void test_serve(struct rig *r)
{
	int fds = rig_fds(), m, s;

	rig_up(r, two_stores);
	m = rig_dial(r, "m");
	s = rig_dial(r, "s");
	say_lines(m, 300);
	say_lines(s, 200);
	close(m);
	ok(rig_await(rig_totals(r).sums.stored == 500), "messages of both listeners are stored");
	ok(rig_totals(r).balanced, "the books balance");
	is_int(rig_store(r, "main").queue_status.sums.stored, 300, "each in its store");
	rig_say(s, "the last, without its end");
	is_int(rig_stop(r, RIG_PATIENCE_NS), 0, "the stop is clean");
	is_int(rig_totals(r).sums.stored, 501, "and takes the unfinished line along");
	ok(rig_totals(r).stopping, "which shows afterwards");
	rig_close(r);
	close(s);
	is_int(rig_fds(), fds, "no descriptor is left");
	is_int(rig_sql(r, "main.db", "SELECT count(*) FROM messages"), 300, "300 rows");
	is_int(rig_sql(r, "side.db", "SELECT count(*) FROM messages"), 201, "and 201");
	is_int(rig_sql(r, "side.db", "SELECT received = 201 AND stored = 201 AND lost = 0 AND clean FROM runs "
		       "ORDER BY id DESC LIMIT 1"), 1, "with a receipt");
}

/* What is refused half-way leaves nothing open, whatever came up before it. */
static void test_half_way(struct rig *r)
{
	static const struct {
		const char *what, *text;
		bool port; /* goes on with the port in use */
		int exit_code;
		const char *words;
	} rows[] = {
		{"an address in use", "[listener n]\naddress = tcp://127.0.0.1:", true, EXIT_BIND, "listener n: "},
		{"a socket in a missing directory", "[listener n]\naddress = unix://@/nowhere/s", false, EXIT_BIND, "nowhere"},
		{"a store in a missing directory", "[store third]\npath = @/nowhere/s.db", false, EXIT_CANT_CREATE, "nowhere"},
		{"a store that is none", "[store third]\npath = @/text", false, EXIT_DATA, "text"},
	};
	struct rig other = {0};
	char path[100], text[1500], port[8];
	FILE *f;
	int fds;

	snprintf(path, sizeof(path), "%s/text", r->dir);
	f = fopen(path, "w");
	for (int i = 0; f && i < 50; i++)
		fputs("no database, but a text of some length\n", f);
	if (f)
		fclose(f);
	/* Another pipeline holds the port. */
	rig_up(r, "[store main]\npath = @/holder.db\n[listener m]\naddress = tcp://127.0.0.1:0\n");
	snprintf(port, sizeof(port), "%d", rig_port(r, "m"));
	memcpy(other.dir, r->dir, sizeof(other.dir));
	snprintf(path, sizeof(path), "%s/in.sock", r->dir);
	fds = rig_fds();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "%s%s%s\n", two_stores, rows[i].text, rows[i].port ? port : "");
		ok(!rig_open(&other, text), "%s: refused", rows[i].what);
		is_int(other.err.exit_code, rows[i].exit_code, "with its exit code");
		has_str(other.err.text, rows[i].words, "and words");
		rig_close(&other);
		is_int(rig_fds(), fds, "no descriptor is left open");
		ok(access(path, F_OK) != 0, "no unix socket stays behind");
	}
	is_int(rig_stop(r, RIG_PATIENCE_NS), 0, "who holds the address was not disturbed");
	rig_close(r);
}

/* One store loses its table: it fails for good; the other goes on, and all of its messages are kept. */
static void test_failure(struct rig *r)
{
	int m, s;

	rig_up(r, two_stores);
	m = rig_dial(r, "m");
	s = rig_dial(r, "s");
	say_lines(s, 10);
	say_lines(m, 10);
	ok(rig_await(rig_totals(r).sums.stored == 20), "both stores work");
	rig_sql(r, "side.db", "DROP TABLE messages");
	say_lines(s, 5);
	ok(rig_await(r->failed == 1), "a store without its table is a failure, told once");
	ok(rig_totals(r).failed, "which the totals show");
	ok(rig_store(r, "side").pool.failed, "and the store's pool");
	has_str(rig_store(r, "side").pool.why.text, "messages", "with words that name what is gone");
	is_int(rig_store(r, "side").pool.why.exit_code, EXIT_DATA, "and the exit code it asks for");
	ok(!rig_store(r, "main").pool.failed, "the other is well");
	say_lines(m, 100);
	ok(rig_await(rig_store(r, "main").queue_status.sums.stored == 110), "and stores what comes");
	is_int(rig_stop(r, RIG_PATIENCE_NS), EXIT_DATA, "the exit code is the failure's");
	ok(rig_totals(r).balanced, "the books balance");
	is_int(rig_totals(r).sums.lost[LOSS_SHUTDOWN], 5, "with what could not be stored as lost");
	is_int(r->failed, 1, "no second failure was told");
	rig_close(r);
	close(m);
	close(s);
	is_int(rig_sql(r, "main.db", "SELECT stored = 110 AND lost = 0 FROM runs ORDER BY id DESC LIMIT 1"), 1,
	       "the other store has all its rows and its receipt");
}

/* Somebody else holds the database: a stop in a hurry, or without time, ends soon and counts what it leaves. */
static void test_locked(struct rig *r, const char *what, int64_t within_ns, bool hurry)
{
	static const char text[] = "[store main]\npath = @/locked.db\nbatch_interval = 1ms\n"
				   "[listener m]\naddress = tcp://127.0.0.1:0\n";
	struct pipeline_result result;
	struct sqlite3 *lock;
	int64_t begun;
	int m;

	rig_up(r, text);
	lock = rig_lock(r, "locked.db");
	m = rig_dial(r, "m");
	say_lines(m, 10);
	ok(rig_await(rig_totals(r).retrying && rig_totals(r).sums.received == 10), "%s: a locked store is tried again", what);
	begun = sync_now_ns();
	pipeline_stop(r->p, clock_wall_ns(), begun + within_ns);
	if (hurry) {
		pipeline_hurry(r->p);
		pipeline_hurry(r->p);
	}
	result = pipeline_join(r->p);
	ok(!result.stuck, "nobody is stuck");
	is_int(result.exit_code, EXIT_LEFT, "messages were left");
	ok(sync_now_ns() - begun < RIG_PATIENCE_NS, "after %" PRId64 " ms", (sync_now_ns() - begun) / NS_PER_MS);
	ok(rig_totals(r).balanced, "the books balance");
	is_int(rig_totals(r).sums.lost[LOSS_SHUTDOWN], 10, "and name the loss");
	is_int(r->stopped, 1, "the end is told once");
	rig_close(r);
	rig_unlock(lock);
	close(m);
	rig_up(r, text);
	is_int(rig_stop(r, RIG_PATIENCE_NS), 0, "the next run is well");
	rig_close(r);
	is_int(rig_sql(r, "locked.db", "SELECT count(*) FROM loss WHERE reason = 'crash'"), hurry ? 1 : 2,
	       "and has noted that there was no receipt");
}

int main(void)
{
	struct rig r;

	rig_begin(&r);
	test_no_start(&r);
	test_stop_without_start(&r);
	test_serve(&r);
	test_half_way(&r);
	test_failure(&r);
	test_locked(&r, "a second TERM", 600 * NS_PER_S, true);
	test_locked(&r, "no time", 0, false);
	rig_down(&r);
	return done_testing();
}
