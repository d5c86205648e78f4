/* The log as its reader sees it: stderr is a pipe here, and the reader may be slow, or gone. */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/log_parts.h"

static int stderr_was, reader;
static char text[4 << 20];

/* Puts a pipe in the place of stderr. */
static void capture(int size)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) || fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
		abort();
	if (size)
		fcntl(fds[1], F_SETPIPE_SZ, size);
	stderr_was = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	reader = fds[0];
	text[0] = '\0';
}

/* Reads what is there. */
static void take(void)
{
	size_t len = strlen(text);
	ssize_t n;

	while ((n = read(reader, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
}

static void release(void)
{
	take();
	dup2(stderr_was, STDERR_FILENO);
	close(stderr_was);
	close(reader);
}

static int lines_with(const char *part)
{
	int count = 0;

	for (const char *p = text; (p = strstr(p, part)); p++)
		count++;
	return count;
}

static void begin(enum log_level level)
{
	struct err e = {0};

	if (log_start(level, LOG_TO_STDERR, &e)) {
		ok(0, "the log starts: %s", e.text);
		exit(1);
	}
}

/* Reads until part is there, for at most ten seconds. */
static bool take_until(const char *part)
{
	int64_t end = sync_now_ns() + 10 * NS_PER_S;

	for (;;) {
		take();
		if (strstr(text, part))
			return true;
		if (sync_now_ns() > end)
			return false;
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	}
}

/* ---- what a line looks like ---- */

static void test_form(void)
{
	int h, m, s, ms, used = 0;

	capture(0);
	log_notice("before the start, %d", 1);
	log_debug("not wanted");
	take();
	ok(sscanf(text, "%2d:%2d:%2d.%3d%n", &h, &m, &s, &ms, &used) == 4 && used == 12, "a time");
	is_str(text + used, " notice  main: before the start, 1\n", "level, thread and text, at once");
	release();

	capture(0);
	begin(LOG_LV_INFO);
	log_error("e");
	log_warning("w");
	log_info("i");
	log_debug("d");
	log_stop();
	log_info("after the stop");
	release();
	has_str(text, " error   main: e\n", "error");
	has_str(text, " warning main: w\n", "warning");
	has_str(text, " info    main: i\n", "info");
	ok(!strstr(text, "main: d\n"), "no debug at info");
	has_str(text, "main: after the stop\n", "at once again after the stop");
}

static void test_levels(void)
{
	capture(0);
	begin(LOG_LV_ERROR);
	log_warning("quiet one");
	ok(!log_debug_on(), "debug is off");
	log_set(LOG_LV_DEBUG, LOG_TO_STDERR);
	ok(log_debug_on() && log_level() == LOG_LV_DEBUG, "a live change");
	for (int i = 0; i < 5; i++)
		log_debug("step");
	log_set(LOG_LV_INFO, LOG_TO_STDERR);
	log_debug("quiet two");
	log_stop();
	release();
	is_int(lines_with("step"), 5, "debug lines are never suppressed");
	is_int(lines_with("quiet"), 0, "unwanted levels are silent");
}

static void test_escape(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"plain", "plain"},
	    {"a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"},
	    {"\x1b[31m", "\\x1b[31m"},
	    {"ä€😀", "ä€😀"},
	    {"\xc2\x9b"
	     "31m",
	     "\\xc2\\x9b31m"},
	    {"\xc2\xa0", "\xc2\xa0"},
	    {"\x9b\xff\xc3", "\\x9b\\xff\\xc3"},
	    {"", ""},
	};
	char out[64], small[8];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		log_out_escape(cases[i].in, out, sizeof(out));
		is_str(out, cases[i].out, "escaped as %s", cases[i].out);
	}
	is_int(log_out_escape("12345€", small, sizeof(small)), 5, "cut before a character that does not fit");
	is_int(log_out_escape("12345\n", small, sizeof(small)), 5, "and before an escape that does not");
	capture(0);
	begin(LOG_LV_INFO);
	log_info("two\nlines");
	log_stop();
	release();
	has_str(text, "two\\x0alines\n", "one line per event");
}

static void test_long(void)
{
	char big[3000];

	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	capture(0);
	begin(LOG_LV_INFO);
	log_info("%s", big);
	memset(big, '\n', sizeof(big) - 1);
	log_info("%s", big);
	log_stop();
	release();
	is_int(lines_with("\n"), 2, "long lines are cut, and stay lines");
	ok(strlen(text) <= 2 * 4096, "of at most what a pipe takes whole");
}

/* ---- rate ---- */

static void test_rate(void)
{
	struct log_about one = {.key = "one"}, two = {.key = "two"};

	capture(0);
	begin(LOG_LV_INFO);
	for (int i = 0; i < 50; i++)
		log_warning("disk slow");
	for (int i = 0; i < 10; i++)
		log_info("number %d", i);
	for (int i = 0; i < 10; i++)
		log_about(LOG_LV_INFO, i % 2 ? &one : &two, "about %d", i);
	log_stop();
	release();
	is_int(lines_with("main: disk slow\n"), 1, "the same event goes out once");
	is_int(lines_with("suppressed 49 lines like: disk slow\n"), 1, "the end tells the rest");
	is_int(lines_with("main: number "), 10, "other text is another event");
	is_int(lines_with("main: about "), 2, "a key says what is the same");
	is_int(lines_with("suppressed 4 lines like: about "), 2, "and each is counted");

	capture(0);
	begin(LOG_LV_INFO);
	for (int i = 0; i < 2; i++)
		log_info("again");
	ok(take_until("suppressed 1 line like: again\n"), "the writer tells after a second, if nothing else does");
	log_stop();
	release();
	is_int(lines_with("main: again\n"), 1, "and only that");
}

/* ---- readers that are slow ---- */

#define TALKERS 2
#define WORDS	3000

static void talk(void *arg)
{
	int me = *(int *)arg;

	for (int i = 0; i < WORDS; i++)
		log_info("talker %d says %d", me, i);
}

/* Lines of each talker must count upwards. */
static bool in_order(void)
{
	int last[TALKERS] = {-1, -1};

	for (const char *p = text; (p = strstr(p, "talker ")); p++) {
		int who, what;

		if (sscanf(p, "talker %d says %d", &who, &what) != 2 || who < 0 || who >= TALKERS || what <= last[who])
			return false;
		last[who] = what;
	}
	return true;
}

static void test_full_pipe(void)
{
	struct sync_thread t[TALKERS];
	int ids[TALKERS] = {0, 1};
	uint64_t before = log_dropped(), dropped;
	int64_t begun, ended;
	char part[64];

	capture(4096);
	begin(LOG_LV_INFO);
	begun = sync_now_ns();
	for (int i = 0; i < TALKERS; i++)
		if (sync_thread_start(&t[i], "talker", talk, &ids[i], NULL))
			exit(1);
	for (int i = 0; i < TALKERS; i++)
		sync_thread_join(&t[i]);
	ended = sync_now_ns();
	ok(ended - begun < 20 * NS_PER_S, "nobody waits for a reader that does not read (%d ms)",
	   (int)((ended - begun) / NS_PER_MS));
	dropped = log_dropped() - before;
	ok(dropped >= TALKERS * WORDS - LOG_RING - 200, "what does not fit is dropped and counted (%d)", (int)dropped);
	snprintf(part, sizeof(part), "%d log lines were dropped: the reader of the log was too slow\n", (int)dropped);
	ok(take_until(part), "and told when the reader is back, after the lines that were there before");
	for (ended = sync_now_ns() + 10 * NS_PER_S; sync_now_ns() < ended; take())
		if (lines_with("talker ") == TALKERS * WORDS - (int)dropped)
			break;
	is_int(lines_with("talker "), TALKERS * WORDS - (int)dropped, "all others came");
	log_stop();
	release();
	ok(in_order(), "in order");
}

static void test_stop_gives_up(void)
{
	uint64_t before = log_dropped(), out;
	int64_t begun, took;

	capture(4096);
	begin(LOG_LV_INFO);
	for (int i = 0; i < 500; i++)
		log_info("unread %d", i);
	begun = sync_now_ns();
	log_stop();
	took = sync_now_ns() - begun;
	ok(took >= NS_PER_S && took < 10 * NS_PER_S, "the stop gives up (%d ms)", (int)(took / NS_PER_MS));
	begun = sync_now_ns();
	log_info("direct");
	ok(sync_now_ns() - begun < 5 * NS_PER_S, "a direct line does, too");
	take();
	out = (uint64_t)lines_with("unread ");
	is_int(log_dropped() - before, 500 - out + 1, "and what did not go out is counted");
	release();
}

static void test_reader_gone(void)
{
	uint64_t before = log_dropped();
	int64_t begun = sync_now_ns();
	int away[2], back;

	capture(0);
	close(reader);
	begin(LOG_LV_INFO);
	for (int i = 0; i < 10; i++)
		log_info("to nobody %d", i);
	while (log_dropped() - before < 10 && sync_now_ns() - begun < 10 * NS_PER_S)
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	is_int(log_dropped() - before, 10, "a reader that is gone costs lines, each counted once");

	/* A new reader in the place of the old one. */
	if (pipe2(away, O_CLOEXEC | O_NONBLOCK))
		abort();
	back = dup2(away[1], STDERR_FILENO);
	close(away[1]);
	reader = away[0];
	log_info("to somebody");
	ok(back >= 0 && take_until("10 log lines were dropped"), "and the next one is told");
	begun = sync_now_ns();
	log_stop();
	ok(sync_now_ns() - begun < 2 * NS_PER_S, "a stop with nothing to write takes no time");
	release();
	has_str(text, "main: to somebody\n", "and goes on");
}

/* ---- many at once: for the sanitizers ---- */

static void test_start_stop_storm(void)
{
	struct sync_thread t[TALKERS];
	int ids[TALKERS] = {0, 1};

	capture(1 << 20);
	for (int i = 0; i < TALKERS; i++)
		if (sync_thread_start(&t[i], "talker", talk, &ids[i], NULL))
			exit(1);
	for (int i = 0; i < 5; i++) {
		begin(LOG_LV_INFO);
		log_set(i % 2 ? LOG_LV_DEBUG : LOG_LV_INFO, i % 2 ? LOG_TO_AUTO : LOG_TO_STDERR);
		take();
		log_stop();
	}
	for (int i = 0; i < TALKERS; i++)
		sync_thread_join(&t[i]);
	release();
	ok(1, "the log may start and stop while others speak");
}

/* ---- under systemd ---- */

static void test_targets(void)
{
	struct err e = {0};
	struct stat st;
	char stream[64];

	capture(0);
	if (fstat(STDERR_FILENO, &st))
		abort();
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	is_int(log_out_way(LOG_TO_AUTO), LOG_WAY_STDERR, "no journal, no prefix");
	setenv("JOURNAL_STREAM", "1:1", 1);
	is_int(log_out_way(LOG_TO_AUTO), LOG_WAY_STDERR, "somebody else's stream");
	setenv("JOURNAL_STREAM", stream, 1);
	is_int(log_out_way(LOG_TO_STDERR), LOG_WAY_STDERR_PRIORITY, "stderr that leads to the journal gets priorities");
	is_int(log_out_way(LOG_TO_AUTO), log_out_has_journal() ? LOG_WAY_JOURNAL : LOG_WAY_STDERR_PRIORITY,
	       "auto takes the journal where there is one");
	log_notice("early");
	take();
	is_str(text, "<5>main: early\n", "the prefix of sd-daemon(3)");
	unsetenv("JOURNAL_STREAM");
	release();
	if (!log_out_has_journal()) {
		is_int(log_start(LOG_LV_INFO, LOG_TO_JOURNAL, &e), -1, "no journal where one is asked for");
		has_str(e.text, "log.target: no journal can be reached", "and says so");
	}
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_form();
	test_levels();
	test_escape();
	test_long();
	test_rate();
	test_full_pipe();
	test_stop_gives_up();
	test_reader_gone();
	test_start_stop_storm();
	test_targets();
	return done_testing();
}
