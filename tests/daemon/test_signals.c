/* Signals as events: each by its number, none lost, none deadly, together with what is posted from other threads. */
#include "config.h"
#include "daemon/signals.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync.h"

#define POSTS 20000

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void test_each(struct signals *s)
{
	static const struct {
		int signo;
		const char *name;
		unsigned event;
	} rows[] = {
		{SIGTERM, "TERM", EVENT_STOP}, {SIGINT, "INT", EVENT_STOP},   {SIGHUP, "HUP", EVENT_RELOAD},
		{SIGUSR1, "USR1", EVENT_DUMP}, {SIGUSR2, "USR2", EVENT_DEBUG},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		kill(getpid(), rows[i].signo);
		is_int(signals_wait(s, 10000), rows[i].event, "%s", rows[i].name);
	}
	kill(getpid(), SIGPIPE);
	is_int(signals_wait(s, 0), 0, "PIPE is nothing");
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	is_int(signals_wait(s, 10000), EVENT_RELOAD | EVENT_DUMP | EVENT_DEBUG, "several at once");
	is_int(signals_wait(s, 0), 0, "each once");
}

static void test_timeout(struct signals *s)
{
	int64_t begun = sync_now_ns();

	is_int(signals_wait(s, 60), 0, "nothing comes");
	ok(sync_now_ns() - begun >= 59 * NS_PER_MS, "and it was waited for");
}

static void test_posted(struct signals *s)
{
	signals_post(s, EVENT_FAILED);
	is_int(signals_wait(s, -1), EVENT_FAILED, "a posted event");
	signals_post(s, EVENT_FAILED);
	signals_post(s, EVENT_STOPPED);
	signals_post(s, EVENT_STOPPED);
	kill(getpid(), SIGTERM);
	is_int(signals_wait(s, -1), EVENT_FAILED | EVENT_STOPPED | EVENT_STOP, "with a signal beside it");
	is_int(signals_wait(s, 0), 0, "each once");
}

/* A worker and the stop's thread, as it were. */
static void poster(void *arg)
{
	for (int i = 0; i < POSTS; i++)
		signals_post(arg, EVENT_FAILED);
	signals_post(arg, EVENT_STOPPED);
}

static void test_threads(struct signals *s)
{
	struct sync_thread t;
	struct err err;
	unsigned events, rounds = 0;

	if (sync_thread_start(&t, "poster", poster, s, &err) != 0)
		exit(99);
	do {
		events = signals_wait(s, 10000);
		rounds++;
		kill(getpid(), SIGUSR1);
	} while (events && !(events & EVENT_STOPPED));
	ok(events & EVENT_STOPPED, "the last event is not lost among %d others and signals (%u rounds)", POSTS, rounds);
	sync_thread_join(&t);
	(void)!signals_wait(s, 0);
	is_int(signals_wait(s, 0), 0, "nothing is left over");
}

int main(void)
{
	struct signals s;
	struct err err = {0};
	int fds = open_fds();

	ok(signals_up(&s, &err) == 0, "up %s", err.text);
	test_each(&s);
	test_timeout(&s);
	test_posted(&s);
	test_threads(&s);
	signals_down(&s);
	is_int(open_fds(), fds, "down again, no descriptor is left");
	signals_down(&s);
	is_int(open_fds(), fds, "twice is once");
	kill(getpid(), SIGTERM);
	ok(1, "a TERM after the end ends nothing");
	return done_testing();
}
