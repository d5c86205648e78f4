/* How threads end: left behind at exit, joined in order, or ended with an error that nobody hears of. */
#include <string.h>

#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

#define TASKS 3

static const bool yes = true, no = false;

/* ---- a thread that main leaves behind ---- */

struct file {
	struct model_datum parts;
	struct sync_thread worker;
};

static void write_record(void *arg)
{
	struct file *f = arg;

	model_write(&f->parts, 1);
	model_write(&f->parts, 2);
}

static void run_daemon(void *arg)
{
	static const char *const ends[] = {"no record", "half a record", "the whole record"};
	struct file *f = kit_begin(sizeof(*f));
	bool joins = *(const bool *)arg;

	f->parts.name = "record";
	kit_start(&f->worker, "worker", write_record, f);
	if (joins)
		sync_thread_join(&f->worker);
	kit_note("main returns");
	kit_ends("%s", ends[f->parts.value]);
	if (f->parts.value == 1)
		model_fail("the worker is killed where it stands: half a record remains");
	if (joins && f->parts.value != 2)
		model_fail("the record is not whole");
	model_exit();
}

static const struct diag_variant daemon_broken = {
	.name = "broken",
	.run = run_daemon,
	.config = &no,
	.expect = MODEL_FAILED,
	.tells = "Main returns while the worker is between its two writes: the process ends, half a record remains.",
	.outcome = kit_outcome,
	.good = "the whole record",
};

static const struct diag_variant daemon_fixed = {
	.name = "fixed",
	.run = run_daemon,
	.config = &yes,
	.tells = "Main joins the worker before it returns: the record is whole in every schedule.",
	.outcome = kit_outcome,
	.good = "the whole record",
};

const struct diag_case *case_daemon_thread(void)
{
	static const struct diag_case daemon = {
		.name = "daemon-thread",
		.description = "main returns while a thread that nobody joins is in the middle of a write",
		.story = "A thread that is not joined lives as long as the process: when main returns it is killed, between"
			 " any two of its steps. Mostly it sleeps at that moment, so the half-written record is found months"
			 " later. Join every thread before the end; give those that may hang a deadline, and what they write a"
			 " transaction. catchbasin joins its threads (src/pipe/stop.c), with a limit to how long it waits for"
			 " a store that hangs (src/work/pool.c), and SQLite undoes a torn write at the next start.",
		.watch = "record",
		.variant = {&daemon_broken, &daemon_fixed},
	};

	return &daemon;
}

/* ---- many threads, joined in any order ---- */

#define MOST 4

enum joins { JOINS_NONE, JOINS_IN_ORDER, JOINS_AS_CHOSEN };

struct hire {
	unsigned count;
	enum joins joins;
	bool tells_all;  /* each start, and each join */
	bool in_a_row;   /* results are kept in the order in which they come */
};

struct start {
	unsigned no;
	struct crowd *crowd;
	struct model_datum diary;
	struct sync_thread thread;
};

struct crowd {
	const struct hire *hire;
	struct start start[MOST];
	struct model_datum finished, diary;
	unsigned order[MOST];
};

static void work(void *arg)
{
	struct start *s = arg;
	struct crowd *c = s->crowd;

	if (c->hire->tells_all)
		kit_note_own(&s->diary, kit_words("thread %u: starting", s->no));
	model_on(MODEL_NOTE, &c->finished, kit_words("thread %u: finishing", s->no), NULL, NULL, 1);
	c->order[c->finished.value - 1] = s->no;
}

/* One of the count! orders; the first is that of the start. */
static unsigned choose_order(const struct hire *h)
{
	unsigned orders = 1;

	for (unsigned i = 2; i <= h->count; i++)
		orders *= i;
	return h->joins == JOINS_AS_CHOSEN ? model_choose("joining order", orders) : 0;
}

static void join_all(struct crowd *c, unsigned order)
{
	unsigned left[MOST];

	for (unsigned i = 0; i < c->hire->count; i++)
		left[i] = i;
	for (unsigned count = c->hire->count; count > 0; order /= count--) {
		unsigned at = order % count, next = left[at];

		sync_thread_join(&c->start[next].thread);
		if (c->hire->tells_all)
			kit_note_own(&c->diary, kit_words("main: thread %u done", next));
		memmove(&left[at], &left[at + 1], (count - 1 - at) * sizeof(left[0]));
	}
}

/* The first result is that of the first thread only if it was the first to finish. */
static void check_results(const struct crowd *c)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < c->hire->count; i++)
		wrong += c->order[i] != i;
	kit_ends("%u of %u results with the wrong thread", wrong, c->hire->count);
	if (wrong > 0)
		model_fail("%u of %u results are taken for those of another thread", wrong, c->hire->count);
}

static void run_join(void *arg)
{
	struct crowd *c = kit_begin(sizeof(*c));
	unsigned count, missing, order;

	c->hire = arg;
	count = c->hire->count;
	order = choose_order(c->hire);
	c->finished.name = "finished";
	c->diary = (struct model_datum){.name = "diary", .apart = true};
	for (unsigned i = 0; i < count; i++) {
		c->start[i] = (struct start){.no = i, .crowd = c, .diary = {.name = "diary", .apart = true}};
		kit_start(&c->start[i].thread, kit_words("thread-%u", i), work, &c->start[i]);
	}
	if (c->hire->joins != JOINS_NONE)
		join_all(c, order);
	model_on(MODEL_NOTE, &c->finished, "main: all done", NULL, NULL, 0);
	missing = count - (unsigned)c->finished.value;
	if (missing > 0) {
		kit_ends("all done before %u finished", missing);
		model_fail("main says all done, and %u of %u threads are not", missing, count);
	}
	if (c->hire->in_a_row) {
		check_results(c);
		return;
	}
	if (c->hire->joins != JOINS_NONE) {
		kit_ends("finished in the order %u, %u, %u", c->order[0], c->order[1], c->order[2]);
		return;
	}
	kit_ends("all done when all finished");
	model_exit();
}

static const struct hire unjoined = {.count = 3, .joins = JOINS_NONE, .tells_all = true},
			 in_order = {.count = 3, .joins = JOINS_IN_ORDER, .tells_all = true},
			 in_a_row = {.count = 4, .joins = JOINS_IN_ORDER, .in_a_row = true},
			 as_chosen = {.count = MOST, .joins = JOINS_AS_CHOSEN};

static const struct diag_variant join_broken = {
	.name = "broken",
	.run = run_join,
	.config = &unjoined,
	.expect = MODEL_FAILED,
	.tells = "Main ends without a join: it says all done before the threads have said finishing.",
	.outcome = kit_outcome,
	.good = "all done when all finished",
};

static const struct diag_variant join_mixed_up = {
	.name = "mixed-up",
	.run = run_join,
	.config = &in_a_row,
	.expect = MODEL_FAILED,
	.tells = "Four threads are joined, but their results are kept as they come and taken for those of thread 0, 1, 2, 3:"
		 " right in 1 of the 24 orders.",
	.outcome = kit_outcome,
	.good = "0 of 4 results with the wrong thread",
};

static const struct diag_variant join_many = {
	.name = "any-order",
	.run = run_join,
	.config = &as_chosen,
	.tells = "Four threads finish in any of 24 orders, and are joined in any of 24: when the last join has returned, all"
		 " have finished.",
};

static const struct diag_variant join_fixed = {
	.name = "fixed",
	.run = run_join,
	.config = &in_order,
	.tells = "Main joins in the order of the start: the threads finish in any of the 6 orders, \"done\" is always said"
		 " as 0, 1, 2.",
	.outcome = kit_outcome,
};

const struct diag_case *case_threads_join(void)
{
	static const struct diag_case join = {
		.name = "threads-join",
		.description = "three or four threads finish in any order, and are joined in any order",
		.story = "The threads each say starting, work, and say finishing; nothing orders one before the other, so three"
			 " finish in any of 3! = 6 orders, though on an idle machine mostly in one. Who takes that one for"
			 " granted has a bug that waits. A join says only that this one thread has ended; when all are joined,"
			 " in whichever order, all have. Keep what a thread brings in a place of its own. catchbasin starts its"
			 " workers in a row, each with its own record, and joins them in that row, whichever ends first"
			 " (src/work/pool.c).",
		.watch = "finished",
		.variant = {&join_broken, &join_mixed_up, &join_many, &join_fixed},
	};

	return &join;
}

/* ---- an error that nobody hears of ---- */

struct crew {
	bool tells_errors;
	unsigned failing; /* this task, or none */
	struct model_datum next, done, reported, dropped;
	struct sync_thread worker[TASKS];
};

static void serve(void *arg)
{
	struct crew *c = arg;
	int64_t task = model_on(MODEL_NOTE, &c->next, "takes a task", NULL, NULL, 1) - 1;

	if (task != c->failing)
		model_on(MODEL_NOTE, &c->done, kit_words("task %d done", (int)task), NULL, NULL, 1);
	else if (c->tells_errors)
		model_on(MODEL_NOTE, &c->reported, kit_words("task %d: error reported", (int)task), NULL, NULL, 1);
	else
		model_on(MODEL_NOTE, &c->dropped, kit_words("task %d fails << nobody asks", (int)task), NULL, NULL, 1);
}

static void run_crew(void *arg)
{
	static const char *const names[TASKS] = {"worker-1", "worker-2", "worker-3"};
	struct crew *c = kit_begin(sizeof(*c));
	int done, reported, code;

	c->tells_errors = *(const bool *)arg;
	c->next = (struct model_datum){.name = "next task", .apart = true};
	c->done = (struct model_datum){.name = "done", .apart = true};
	c->reported = (struct model_datum){.name = "reported", .apart = true};
	c->dropped = (struct model_datum){.name = "dropped", .apart = true};
	c->failing = model_choose("task that fails", TASKS + 1);
	for (unsigned i = 0; i < TASKS; i++)
		kit_start(&c->worker[i], names[i], serve, c);
	for (unsigned i = 0; i < TASKS; i++)
		sync_thread_join(&c->worker[i]);
	done = (int)c->done.value;
	reported = (int)c->reported.value;
	code = reported > 0;
	kit_note(kit_words("main: exit code %d", code));
	kit_ends("%d done, %d reported, exit %d", done, reported, code);
	if (done + reported != TASKS)
		model_fail("%d tasks: %d done, %d errors reported, exit code %d", TASKS, done, reported, code);
}

static const struct diag_variant error_broken = {
	.name = "broken",
	.run = run_crew,
	.config = &no,
	.expect = MODEL_FAILED,
	.tells = "A task has failed, nobody looks at its result: no output, exit code 0, and a message is missing.",
	.outcome = kit_outcome,
};

static const struct diag_variant error_fixed = {
	.name = "fixed",
	.run = run_crew,
	.config = &yes,
	.tells = "Each task ends as exactly one of done and error reported; the exit code says whether there was an error.",
	.outcome = kit_outcome,
};

const struct diag_case *case_swallowed_error(void)
{
	static const struct diag_case error = {
		.name = "swallowed-error",
		.description = "a pool runs three tasks, and the failure of one is dropped with its result",
		.story = "A pool keeps what a task returned, its error too, for whoever asks; here nobody asks. There is no"
			 " output, the exit code is 0, one message is missing, and as tasks seldom fail it looks as if all were"
			 " well. Every task must end in exactly one of two ways, done or told. In catchbasin each take is"
			 " settled as stored or as lost, a worker's failure is logged and becomes the exit code"
			 " (src/work/pool.c), and books that do not balance are an error of their own (src/core/ledger.c).",
		.watch = "done",
		.variant = {&error_broken, &error_fixed},
	};

	return &error;
}
