/* A pool of the real kind before a store in memory, whose answers are choices. */
#include "diag/cases/self.h"
#include "core/queue_impl.h"
#include "work/pool_impl.h"

#define LATE 4 /* so often; the store answers at once */

/* Two workers may never be here at the same time. */
static void enter_store(void)
{
	if (self_run()->inside)
		model_fail("two workers are in the store");
	self_run()->inside = true;
}

/* The first try of a take, or what came of one that never was tried. */
static void meet(const struct take *t)
{
	struct self_run *r = self_run();

	if (r->trying == t->ticket + 1)
		return;
	self_taken(t);
	r->trying = t->ticket + 1;
}

static bool is_left_behind(void *of UNUSED)
{
	return self_run()->left_behind;
}

static enum sink_result answer(void)
{
	static const enum sink_result results[] = {SINK_OK, SINK_BUSY, SINK_FATAL, SINK_FULL, SINK_IOERR};
	const struct self_run *r = self_run();

	if (r->size->busy)
		return SINK_BUSY;
	if (r->size->stuck)
		model_step(MODEL_TEST, "store", "answers at last", is_left_behind, NULL);
	return results[self_answer("store", r->size->results)];
}

static enum sink_result store(void *self UNUSED, struct take *t, struct err *reterr)
{
	enum sink_result result;

	enter_store();
	meet(t);
	if (t->messages == 0 && t->loss_count == 0)
		model_fail("a transaction of nothing");
	if (self_run()->broken)
		model_fail("a store that can never work is asked again");
	result = answer();
	if (result == SINK_OK) {
		self_maybe_refuse(t);
		self_fated(t, SELF_STORED, true);
		self_run()->commits++;
	} else {
		err_set(reterr, EXIT_IO, "the store answers %d", (int)result);
	}
	if (result == SINK_FATAL) {
		self_run()->broken = true;
		self_give_up();
	}
	self_run()->inside = false;
	return result;
}

/* Wants to be called again at once, so often; and for ever when the queue is closed, where nobody does it any more. */
NO_TSAN static int64_t tend(void *self UNUSED)
{
	struct self_run *r = self_run();
	bool again = r->size->errands && (r->errands < r->size->errands || r->closed);

	enter_store();
	r->wanted = again;
	r->errands += again;
	r->inside = false;
	return again ? sync_now_ns() : SYNC_FOREVER;
}

NO_TSAN static bool all_errands(void *of UNUSED)
{
	const struct self_run *r = self_run();

	return r->errands >= r->size->errands && !r->wanted;
}

NO_TSAN void self_errands(void)
{
	if (self_run()->size->errands)
		model_step(MODEL_TEST, "store", "all errands have been run", all_errands, NULL);
}

static void settled(void *arg UNUSED, const struct take *t, enum take_outcome outcome)
{
	struct self_run *r = self_run();

	if (r->inside)
		model_fail("settled while another is in the store");
	meet(t);
	if (outcome == TAKE_ABANDONED) {
		if (!self_given_up() && sync_now_ns() < r->deadline_ns)
			model_fail("a take is given up without need");
		self_fated(t, SELF_GIVEN_UP, true);
	}
	self_let_go(t);
	if (t->ticket != r->settled++)
		model_fail("settled out of turn");
}

static void failed(void *arg UNUSED, const struct err *why UNUSED)
{
	self_run()->failures++;
}

static void finished(void *arg UNUSED)
{
	model_step(MODEL_SET, "pool", "finished", NULL, NULL);
	self_run()->finished++;
}

/* At once with its start. */
NO_TSAN static void check_post(const struct pool *p)
{
	if (p->start.generation == 0)
		model_fail("the pool has started, and not every worker stands at its post");
}

void self_pool_begin(void)
{
	static const struct sink_ops ops = {store, tend};
	struct pool_opts opts = {
		.name = "w",
		.workers = self_run()->size->takers,
		.queue = self_run()->q,
		.sink = {&ops, NULL},
		.settled = settled,
		.failed = failed,
		.finished = finished,
	};
	struct err why = {0};

	self_run()->pool = pool_start(&opts, &why);
	if (!self_run()->pool)
		model_fail("%s", why.text);
	check_post(self_run()->pool);
}

/* At once with what it is about. */
NO_TSAN static void check_left_behind(void)
{
	if (self_run()->pool->working == 0)
		model_fail("the drain gives workers up who have all left");
}

/* What the worker holds is enough to wait for: a message that he could still take would be in no book in the end. */
NO_TSAN void self_leave_behind(void)
{
	if (self_run()->q->queued_count)
		model_fail("the drain has given up, and messages are still handed out");
	self_run()->left_behind = true;
}

void self_drain(int64_t deadline_ns)
{
	unsigned late = 0;

	/* False: the worker needs longer than the grace; the daemon would leave without it, here it is waited for. */
	while (!pool_drain(self_run()->pool, deadline_ns, SELF_GRACE_NS)) {
		check_left_behind();
		self_leave_behind();
		if (++late == LATE)
			model_fail("the pool is given up, and a worker goes on");
		if (!self_given_up() && sync_now_ns() < deadline_ns)
			model_fail("the pool is given up before its time");
	}
	self_note_deadline(deadline_ns);
}

void self_note_deadline(int64_t deadline_ns)
{
	if (sync_now_ns() >= deadline_ns)
		self_give_up();
}

void self_pool_end(void)
{
	struct self_run *r = self_run();
	struct pool_status st;

	pool_status(r->pool, &st);
	if (st.busy || st.retrying)
		model_fail("the pool has left, and says it is at work");
	if (r->finished != 1)
		model_fail("the pool has finished %u times", r->finished);
	if (r->failures != r->broken || st.failed != r->broken)
		model_fail("a failure is told %u times", r->failures);
	if (st.commits != r->commits)
		model_fail("%u commits, the status has %u", r->commits, (unsigned)st.commits);
	pool_free(r->pool);
	r->pool = NULL;
}
