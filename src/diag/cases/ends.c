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

/* ---- many threads, joined in order ---- */

struct start {
	unsigned no;
	struct crowd *crowd;
	struct model_datum diary;
	struct sync_thread thread;
};

struct crowd {
	bool joins;
	struct start start[TASKS];
	struct model_datum finished, diary;
	unsigned order[TASKS];
};

static void work(void *arg)
{
	struct start *s = arg;
	struct crowd *c = s->crowd;

	kit_note_own(&s->diary, kit_words("thread %u: starting", s->no));
	model_on(MODEL_NOTE, &c->finished, kit_words("thread %u: finishing", s->no), NULL, NULL, 1);
	c->order[c->finished.value - 1] = s->no;
}

static void run_join(void *arg)
{
	struct crowd *c = kit_begin(sizeof(*c));

	c->joins = *(const bool *)arg;
	c->finished.name = "finished";
	c->diary = (struct model_datum){.name = "diary", .apart = true};
	for (unsigned i = 0; i < TASKS; i++) {
		c->start[i] = (struct start){.no = i, .crowd = c, .diary = {.name = "diary", .apart = true}};
		kit_start(&c->start[i].thread, kit_words("thread-%u", i), work, &c->start[i]);
	}
	for (unsigned i = 0; c->joins && i < TASKS; i++) {
		sync_thread_join(&c->start[i].thread);
		kit_note_own(&c->diary, kit_words("main: thread %u done", i));
	}
	model_on(MODEL_NOTE, &c->finished, "main: all done", NULL, NULL, 0);
	if (c->finished.value < TASKS) {
		kit_ends("all done before %u finished", TASKS - (unsigned)c->finished.value);
		model_fail("main says all done, and %u of %u threads are not", TASKS - (unsigned)c->finished.value, TASKS);
	}
	if (c->joins) {
		kit_ends("finished in the order %u, %u, %u", c->order[0], c->order[1], c->order[2]);
		return;
	}
	kit_ends("all done when all finished");
	model_exit();
}

static const struct diag_variant join_broken = {
	.name = "broken",
	.run = run_join,
	.config = &no,
	.expect = MODEL_FAILED,
	.tells = "Main ends without a join: it says all done before the threads have said finishing.",
	.outcome = kit_outcome,
	.good = "all done when all finished",
};

static const struct diag_variant join_fixed = {
	.name = "fixed",
	.run = run_join,
	.config = &yes,
	.tells = "Main joins in the order of the start: the threads finish in any of the 6 orders, \"done\" is always said"
		 " as 0, 1, 2.",
	.outcome = kit_outcome,
};

const struct diag_case *case_threads_join(void)
{
	static const struct diag_case join = {
		.name = "threads-join",
		.description = "three threads finish in any order, and are joined in the order of their start",
		.story = "Three threads each say starting, work, and say finishing; nothing orders one before the other, so"
			 " they finish in any of the 3! = 6 orders, though on an idle machine mostly in one. Who takes that one"
			 " for granted has a bug that waits. A join says only that this one thread has ended; joined one after"
			 " the other, all have. catchbasin starts its workers in a row and joins them in that row, whichever"
			 " ends first (src/work/pool.c).",
		.watch = "finished",
		.variant = {&join_broken, &join_fixed},
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
