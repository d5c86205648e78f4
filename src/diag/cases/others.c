/* What has happened to other daemons, as small as it can be told. */
#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

static const bool yes = true, no = false;

/* ---- a daemon that logs into its own queue ---- */

#define LOG_CAPACITY 2
#define LOG_MESSAGES 3

struct own_log {
	bool into_queue;
	struct kit_queue queue;
	struct model_datum logged;
	unsigned got, own;
	struct sync_thread listener, worker;
};

static void listen(void *arg)
{
	struct own_log *o = arg;

	for (unsigned i = 1; i <= LOG_MESSAGES; i++) {
		if (!kit_put(&o->queue, i))
			return;
	}
}

/* Storing a message fails, and the worker says so: in the queue that it alone empties, or beside it. */
static void work(void *arg)
{
	struct own_log *o = arg;
	int64_t number;

	while (kit_get(&o->queue, &number)) {
		o->got++;
		if (number != 1)
			continue;
		if (!o->into_queue)
			model_on(MODEL_NOTE, &o->logged, "logs its trouble beside", NULL, NULL, 1);
		else
			o->own += kit_put(&o->queue, 0);
	}
}

static void run_own_log(void *arg)
{
	struct own_log *o = kit_begin(sizeof(*o));

	o->into_queue = *(const bool *)arg;
	kit_queue_init(&o->queue, "room in queue", LOG_CAPACITY, true);
	o->logged = (struct model_datum){.name = "log", .apart = true};
	kit_start(&o->listener, "listener", listen, o);
	kit_start(&o->worker, "worker", work, o);
	sync_thread_join(&o->listener);
	kit_close(&o->queue, false);
	sync_thread_join(&o->worker);
	if (o->got != LOG_MESSAGES + o->own)
		model_fail("%u messages came through", o->got);
}

static const struct diag_variant log_broken = {
	.name = "broken",
	.run = run_own_log,
	.config = &yes,
	.expect = MODEL_DEADLOCK,
	.tells = "The queue is full when the worker logs: it waits for room that only itself could make.",
};

static const struct diag_variant log_fixed = {
	.name = "fixed",
	.run = run_own_log,
	.config = &no,
	.tells = "The worker's own lines go another way: whatever the queue does, the worker goes on.",
};

const struct diag_case *case_queue_own_log(void)
{
	static const struct diag_case own_log = {
		.name = "queue-own-log",
		.description = "a worker logs its trouble into the full queue that it should empty",
		.story = "A log daemon has something to say itself, and a place where lines go is near at hand: its own input."
			 " As long as there is room it works; full, whoever should make room waits for room. rsyslog hung so"
			 " when it started (#1188: its own early messages went to the log socket that it read itself), only now"
			 " and then. catchbasin's own lines never enter its queue: they leave through a ring of their own that"
			 " drops, counted, when it is full (src/base/log_ring.c).",
		.watch = "room in queue",
		.variant = {&log_broken, &log_fixed},
	};

	return &own_log;
}

/* ---- a reload that is asked for during a reload ---- */

#define EDITIONS 2

/* A request that comes during a reload, and when one is cleared. */
enum hears { HEARS_NOT, HEARS_AND_CLEARS_LATE, HEARS_AND_CLEARS_FIRST };

struct reload {
	enum hears hears;
	struct model_datum edition, asked, applied; /* of the configuration */
	bool reloading, over;
	struct sync_thread operator, daemon;
};

/* The signal's side. A daemon that is busy reloading does not hear it, or is asked again. */
static void ask(struct reload *r)
{
	model_step(MODEL_NOTE, "", "asks for a reload", NULL, NULL);
	if (r->hears != HEARS_NOT || !r->reloading)
		r->asked.value = 1;
}

static void edit(void *arg)
{
	struct reload *r = arg;

	for (int i = 1; i <= EDITIONS; i++) {
		model_write(&r->edition, i);
		ask(r);
	}
	model_step(MODEL_NOTE, "", "goes home", NULL, NULL);
	r->over = true;
}

static bool has_news(void *of)
{
	const struct reload *r = of;

	return r->asked.value || r->over;
}

static void serve(void *arg)
{
	struct reload *r = arg;

	for (;;) {
		model_on(MODEL_TEST, &r->asked, "", has_news, r, 0);
		if (!r->asked.value)
			return;
		/* Cleared before the configuration is read: what comes later asks again. */
		if (r->hears != HEARS_AND_CLEARS_LATE)
			r->asked.value = 0;
		r->reloading = true;
		model_write(&r->applied, model_read(&r->edition));
		model_step(MODEL_NOTE, "", "reload done", NULL, NULL);
		if (r->hears == HEARS_AND_CLEARS_LATE)
			r->asked.value = 0;
		r->reloading = false;
	}
}

static void run_reload(void *arg)
{
	struct reload *r = kit_begin(sizeof(*r));

	r->hears = *(const enum hears *)arg;
	r->edition.name = "configuration";
	r->asked.name = "asked";
	r->applied.name = "in effect";
	kit_start(&r->operator, "operator", edit, r);
	kit_start(&r->daemon, "daemon", serve, r);
	sync_thread_join(&r->operator);
	sync_thread_join(&r->daemon);
	kit_ends("edition %d in effect", (int)r->applied.value);
	if (r->applied.value != EDITIONS)
		model_fail("edition %d is in effect, %d was asked for last", (int)r->applied.value, EDITIONS);
}

static const enum hears hears_not = HEARS_NOT, clears_late = HEARS_AND_CLEARS_LATE, clears_first = HEARS_AND_CLEARS_FIRST;

static const struct diag_variant reload_broken = {
	.name = "broken",
	.run = run_reload,
	.config = &hears_not,
	.expect = MODEL_FAILED,
	.tells = "The second request comes while the first is served: it is not heard, the older edition stays in effect.",
	.outcome = kit_outcome,
	.good = "edition 2 in effect",
};

static const struct diag_variant reload_late = {
	.name = "clears-late",
	.run = run_reload,
	.config = &clears_late,
	.expect = MODEL_FAILED,
	.tells = "A request is remembered, and cleared when the reload is done: one that came after the file was read is"
		 " cleared with it.",
	.outcome = kit_outcome,
	.good = "edition 2 in effect",
};

static const struct diag_variant reload_fixed = {
	.name = "fixed",
	.run = run_reload,
	.config = &clears_first,
	.tells = "A request is remembered and cleared before the file is read: many may become one, the last one counts.",
	.outcome = kit_outcome,
	.good = "edition 2 in effect",
};

const struct diag_case *case_reload_lost(void)
{
	static const struct diag_case reload = {
		.name = "reload-lost",
		.description = "a reload asked for during a reload is not heard",
		.story = "The operator writes a configuration and asks for a reload, and once more right after. A daemon that is"
			 " busy with the first ignores the second, so the older edition stays in effect and nothing says so."
			 " Fluent Bit did (#8457: signals during a reload were swallowed). Requests may be merged, but each must"
			 " be seen by a reload that begins after it: clear the request first, then read. catchbasin takes HUP"
			 " from a descriptor that keeps it until it is read (src/daemon/signals.c), and counts the reloads"
			 " applied (src/daemon/reload.c).",
		.watch = "in effect",
		.variant = {&reload_broken, &reload_late, &reload_fixed},
	};

	return &reload;
}
