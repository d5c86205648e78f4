/* Who waits for whom, as the log is told it: in short when all is well, as errors when threads are stuck, and past the log
 * when the log itself is stuck. */
#include "daemon/dump.h"

#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sync_more.h"
#include "base/sync_report.h"

#define TEXT 8192

/* What fn writes on stderr, in a process of its own. */
static const char *told_by(void (*fn)(void))
{
	static char text[TEXT];
	size_t len = 0;
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		return "";
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		alarm(60);
		fn();
		_exit(0);
	}
	close(ends[1]);
	while (len < TEXT - 1 && (n = read(ends[0], text + len, TEXT - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(ends[0]);
	waitpid(pid, &status, 0);
	is_int(status, 0, "the process ends well");
	return text;
}

static struct sync_mutex first, second;
static struct sync_flag never;

static void start(struct sync_thread *t, const char *name, void (*fn)(void *))
{
	struct err why;

	if (sync_thread_start(t, name, fn, NULL, &why) != 0)
		_exit(3);
}

static void sleep_on(void *arg UNUSED)
{
	sync_flag_wait_until(&never, SYNC_FOREVER);
}

/* Until so many threads wait. */
static void await(unsigned waiters)
{
	unsigned waiting = 0;
	struct sync_look look;

	while (waiting < waiters && sync_look(&look)) {
		waiting = 0;
		for (unsigned i = 0; i < look.all.threads; i++)
			waiting += look.thread[i].what != WAITS_NOT;
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	}
}

static void calm(void)
{
	static struct sync_thread t;

	sync_flag_init(&never, "never");
	start(&t, "sleeper", sleep_on);
	await(1);
	dump_waits(false);
}

static void calm_all(void)
{
	calm();
	dump_waits(true);
}

static void take_second(void *arg UNUSED)
{
	sync_lock(&second);
}

static void queueing(void)
{
	static struct sync_thread t;

	sync_mutex_init(&second, "journal");
	sync_lock(&second);
	start(&t, "worker-1", take_second);
	await(1);
	dump_waits(false);
}

static void both(void *arg UNUSED)
{
	sync_lock(&first);
	while (sync_held_for_ns("journal") <= 0)
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	sync_lock(&second);
}

static void both_otherwise(void *arg UNUSED)
{
	sync_lock(&second);
	while (sync_held_for_ns("ledger") <= 0)
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	sync_lock(&first);
}

static void stuck(void)
{
	static struct sync_thread a, b;

	sync_mutex_init(&first, "ledger");
	sync_mutex_init(&second, "journal");
	start(&a, "worker-1", both);
	start(&b, "worker-2", both_otherwise);
	await(2);
	dump_waits(true);
}

/* As if whoever writes a line had never come out again. */
static void log_stuck(void)
{
	static struct sync_mutex log;
	int64_t begun_ns;

	sync_mutex_init(&log, "log");
	sync_lock(&log);
	sync_sleep_until(sync_now_ns() + NS_PER_S + NS_PER_S / 5);
	begun_ns = sync_now_ns();
	dump_waits(true);
	if (sync_now_ns() - begun_ns > 5 * NS_PER_S)
		_exit(4);
}

/* ThreadSanitizer watches the order of locks too, and would have its say. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "detect_deadlocks=0 report_mutex_bugs=0 report_thread_leaks=0";
}

int main(void)
{
	const char *text = told_by(calm);

	has_str(text, "notice", "calm: a notice");
	has_str(text, "no thread waits for a lock\n", "calm: in short");
	ok(!strstr(text, "sleeper"), "calm: not a word of who sleeps");
	text = told_by(calm_all);
	has_str(text, "  sleeper sleeps on never at sync_more.c:", "all: who sleeps, and where");
	text = told_by(queueing);
	has_str(text, "1 thread waits for a lock, and there is no knot\n", "queueing: how many");
	has_str(text, "  worker-1 waits for lock journal at test_dump.c:", "queueing: who waits");
	has_str(text, "    held by main for ", "queueing: who has it");
	ok(!strstr(text, "error"), "queueing: that is no error");
	text = told_by(stuck);
	has_str(text, "error", "stuck: errors");
	has_str(text, "STUCK: cycle of 2\n", "stuck: the kind");
	has_str(text, "  worker-1 waits for lock journal at test_dump.c:", "stuck: one");
	has_str(text, "  worker-2 waits for lock ledger at test_dump.c:", "stuck: the other");
	has_str(text, "cause: the locks are taken in opposite order\n", "stuck: why");
	text = told_by(log_stuck);
	is_int(strncmp(text, "no thread waits for a lock\n", 27), 0, "with the log stuck stderr is told, straight");
	has_str(text, "  lock \"log\" held by main for ", "and whose fault it is");
	return done_testing();
}
