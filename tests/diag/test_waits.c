/* Threads that really get stuck tell of it in the words in which a run of the model tells of the same program. */
#include "diag/waits.h"

#include <ctype.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync_model_case.h"
#include "base/sync_report.h"
#include "diag/explore.h"
#include "diag/render.h"

#define TEXT 4096

/* ---- programs that know nothing of the model, but for where live threads wait to be stuck for certain ---- */

static struct sync_mutex ledger, journal;

/* Live: until that lock is held, or so many threads wait. In a run of the model the explorer finds the moment. */
static void await(const char *held, unsigned waiters)
{
	int64_t end_ns = sync_now_ns() + 20 * NS_PER_S;
	struct sync_look look;

	while (!model_running() && sync_now_ns() < end_ns) {
		unsigned waiting = 0;
		bool is_held = !*held;

		if (!sync_look(&look))
			return;
		for (unsigned i = 0; i < look.all.helds; i++)
			is_held |= strcmp(look.held[i].name, held) == 0;
		for (unsigned i = 0; i < look.all.threads; i++)
			waiting += look.thread[i].what != WAITS_NOT;
		if (is_held && waiting >= waiters)
			return;
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	}
}

static void start(struct sync_thread *t, const char *name, void (*fn)(void *))
{
	struct err why;

	if (sync_thread_start(t, name, fn, NULL, &why) != 0)
		abort();
}

static void start_both(void (*one)(void *), void (*two)(void *))
{
	struct sync_thread t[2];

	sync_mutex_init(&ledger, "ledger");
	sync_mutex_init(&journal, "journal");
	start(&t[0], "worker-1", one);
	start(&t[1], "worker-2", two);
	sync_thread_join(&t[0]);
	sync_thread_join(&t[1]);
}

static void transfer(void *arg UNUSED)
{
	sync_lock(&ledger);
	await("journal", 0);
	sync_lock(&journal);
	sync_unlock(&journal);
	sync_unlock(&ledger);
}

static void audit(void *arg UNUSED)
{
	sync_lock(&journal);
	await("ledger", 0);
	sync_lock(&ledger);
	sync_unlock(&ledger);
	sync_unlock(&journal);
}

static void abba(void *arg UNUSED)
{
	start_both(transfer, audit);
}

static int balance(void)
{
	sync_lock(&ledger);
	sync_unlock(&ledger);
	return 1;
}

static void pay(void *arg UNUSED)
{
	sync_lock(&ledger);
	/* The other worker and thread main. */
	await("", 2);
	if (balance() > 0)
		sync_unlock(&ledger);
}

static void look_on(void *arg UNUSED)
{
	await("ledger", 0);
	sync_lock(&ledger);
	sync_unlock(&ledger);
}

static void twice(void *arg UNUSED)
{
	start_both(pay, look_on);
}

static void leave_with_it(void *arg UNUSED)
{
	sync_lock(&ledger);
	await("", 2);
}

static void orphan(void *arg UNUSED)
{
	start_both(leave_with_it, look_on);
}

static void join_holding(void *arg UNUSED)
{
	struct sync_thread t;

	sync_mutex_init(&ledger, "ledger");
	sync_lock(&ledger);
	start(&t, "worker-1", look_on);
	sync_thread_join(&t);
	sync_unlock(&ledger);
}

/* ---- told by a run ---- */

static void add_line(void *arg, const char *line)
{
	char *text = arg;
	size_t len = strlen(text);

	/* A line that was wrapped is one again. */
	if (len > 0 && strncmp(line, "      ", 6) == 0) {
		text[len - 1] = ' ';
		line += strspn(line, " ");
	}
	snprintf(text + len, TEXT - len, "%s\n", line);
}

static void by_model(void (*run)(void *), char *ret_text)
{
	static const struct diag_case bench = {.name = "bench"};
	struct diag_variant v = {.name = "only", .run = run};
	struct explore_opts o = {.most_bound = EXPLORE_NO_BOUND};
	struct explore_result found;
	struct trace trace;

	trace_init(&trace, &bench, &v);
	explore(&bench, &v, &o, &trace, &found);
	*ret_text = '\0';
	render_waits(&trace, add_line, ret_text);
	trace_done(&trace);
	schedule_done(&found.schedule);
}

/* ---- told by live threads: in a child, which ends with a report ---- */

static void to_stderr(void *arg, enum sync_tone tone, const char *line)
{
	bool *stuck = arg;

	if (tone != SYNC_STUCK)
		return;
	*stuck = true;
	fprintf(stderr, "%s\n", line);
}

static void watch(void *arg UNUSED)
{
	int64_t end_ns = sync_now_ns() + 20 * NS_PER_S;
	bool stuck = false;

	while (!stuck && sync_now_ns() < end_ns)
		sync_report(to_stderr, &stuck);
	_exit(0);
}

/* What the child wrote on stderr, without what is said of locks and lock orders, and how an assert ends it. */
static void by_threads(void (*run)(void *), bool watched, char *ret_text)
{
	char line[1024];
	int ends[2], status;
	pid_t pid;
	FILE *in;

	*ret_text = '\0';
	if (pipe(ends) != 0 || (pid = fork()) < 0)
		return;
	if (pid == 0) {
		struct sync_thread watcher;

		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		alarm(60);
		if (watched)
			start(&watcher, "watcher", watch);
		run(NULL);
		_exit(1);
	}
	close(ends[1]);
	in = fdopen(ends[0], "r");
	while (in && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "  lock \"", 8) != 0 && strncmp(line, "lock orders", 11) != 0 && !strstr(line, "Assertion"))
			add_line(ret_text, line);
	}
	if (in)
		fclose(in);
	waitpid(pid, &status, 0);
}

/* Moments differ: steps here, milliseconds there. */
static void without_moments(char *text)
{
	static const char *const before[] = {"since step ", "in step ", "for "};
	char *to = text;

	for (const char *from = text; *from;) {
		size_t skip = 0;

		for (unsigned i = 0; i < ARRAY_LEN(before) && !skip; i++) {
			size_t len = strlen(before[i]);

			if (strncmp(from, before[i], len) == 0 && isdigit((unsigned char)from[len]))
				skip = len;
		}
		if (skip || (isdigit((unsigned char)*from) && strstr(from, " ms ago") == from + strspn(from, "0123456789"))) {
			from += skip;
			from += strspn(from, "0123456789");
			from += strncmp(from, " ms ago", 7) == 0 ? 7 : strncmp(from, " ms", 3) == 0 ? 3 : 0;
			*to++ = '@';
			continue;
		}
		*to++ = *from++;
	}
	*to = '\0';
}

static void compare(const char *kind, char *live, void (*run)(void *))
{
	static char modelled[TEXT];

	by_model(run, modelled);
	has_str(modelled, kind, "the model finds it: %s", kind);
	without_moments(modelled);
	without_moments(live);
	ok(strstr(live, "@") && strstr(live, "test_waits.c:"), "%s: live threads tell when and where", kind);
	is_str(live, modelled, "%s: and in the same words", kind);
}

/* ThreadSanitizer watches locks too, and would have its say. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "detect_deadlocks=0 report_mutex_bugs=0 report_thread_leaks=0";
}

int main(void)
{
	static const struct {
		const char *kind;
		void (*run)(void *);
		bool watched; /* else the process ends by itself, over an assert */
	} table[] = {
		{"STUCK: cycle of 2", abba, true},
		{"STUCK: self-wait", twice, false},
		{"STUCK: orphaned lock", orphan, false},
		{"STUCK: cycle of 2", join_holding, true},
	};
	static char live[ARRAY_LEN(table)][TEXT];

	/* Forks first, while there is one thread. */
	for (unsigned i = 0; i < ARRAY_LEN(table); i++)
		by_threads(table[i].run, table[i].watched, live[i]);
	for (unsigned i = 0; i < ARRAY_LEN(table); i++)
		compare(table[i].kind, live[i], table[i].run);
	return done_testing();
}
