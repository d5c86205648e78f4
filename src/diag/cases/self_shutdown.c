/* The stop, at every possible moment: sources held, workers at work, a deadline that passes, a second signal. */
#include "diag/cases/cases.h"
#include "diag/cases/self.h"

#define RUN run_shutdown

/* As pipe/stop.c does it: first the sources come to their end, then the queue is closed and the pool drains. */
struct stop {
	struct sync_mutex lock;
	struct sync_cond changed;
	bool sources_done;
	int64_t deadline_ns;
};

static void await_sources(void *arg)
{
	struct stop *s = arg;

	self_join_feeders();
	sync_lock(&s->lock);
	s->sources_done = true;
	sync_broadcast(&s->changed);
	sync_unlock(&s->lock);
}

static bool sources_in_time(struct stop *s, int64_t deadline_ns)
{
	bool in_time = true;

	sync_lock(&s->lock);
	while (!s->sources_done && in_time)
		in_time = sync_wait_until(&s->changed, &s->lock, deadline_ns);
	in_time = s->sources_done;
	sync_unlock(&s->lock);
	return in_time;
}

/* The second signal. */
static void hurry(void *arg UNUSED)
{
	self_give_up();
	pool_give_up(self_run()->pool);
}

static void start(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg)
{
	struct err why = {0};

	if (sync_thread_start(t, name, fn, arg, &why) != 0)
		model_fail("%s", why.text);
}

/* The signal comes: this thread becomes the stopper. */
static void stop(const struct self_size *size)
{
	struct stop s = {.deadline_ns = self_run()->deadline_ns};
	struct sync_thread waiter = {0};

	if (!size->early) {
		sync_mutex_init(&s.lock, "stop");
		sync_cond_init(&s.changed, "stop");
		start(&waiter, "sources", await_sources, &s);
		if (!sources_in_time(&s, s.deadline_ns)) {
			self_give_up();
			queue_abandon(self_run()->q);
		}
		sync_thread_join(&waiter);
		sync_cond_done(&s.changed);
		sync_mutex_done(&s.lock);
	}
	queue_close(self_run()->q);
	self_drain(s.deadline_ns);
	if (size->early)
		self_join_feeders();
}

static void run_shutdown(void *arg)
{
	struct sync_thread second = {0};

	self_begin(arg);
	self_pool_begin();
	self_feed();
	if (self_run()->size->hurry)
		start(&second, "second signal", hurry, NULL);
	stop(arg);
	if (self_run()->size->hurry)
		sync_thread_join(&second);
	self_pool_end();
	self_end();
}

/* feeders x takers x messages of each. */
SELF_SIZE(s111, "1x1x1", 1, 1, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(s111h, "1x1x1-hurry", 1, 0, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .deadline = true, .hurry = true, .results = 2, .faults = 1);
SELF_SIZE(s121, "1x2x1", 1, 0, 0, .feeders = 1, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(s112, "1x1x2-held", 1, 0, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(s211, "2x1x1-held", 1, 0, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(ssplit, "1x2x2-split", 1, 0, 2, .feeders = 1, .takers = 2, .messages = 2, .at_once = 2, .capacity = 2,
	  .limit = 1, .policy = BLOCK, .early = true, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(sbusy, "1x1x1-busy", 1, 0, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .deadline = true, .busy = true, .results = 1);
SELF_SIZE(spatient, "1x2x2-patient", 1, 0, 2, .feeders = 1, .takers = 2, .messages = 2, .at_once = 1, .capacity = 8,
	  .limit = 2, .policy = BLOCK, .patient = true, .early = true, .deadline = true, .results = 1);

const struct diag_case *case_self_shutdown(void)
{
	static const struct diag_case self_shutdown = {
		.name = "self-shutdown",
		.description = "the production stop at every possible moment, with its deadline and a second signal",
		.story = "The signal may come before, between and after any two steps: with sources held, with "
			 "workers in the store, with a store that is busy. The sources come to their end, the "
			 "queue is closed, the pool drains; at the deadline, or at a second signal, what is left "
			 "is given up and counted. However it goes, the books balance and everybody comes back; "
			 "and where there was time enough, nothing is lost.",
		.watch = "",
		.variant = {&s111, &s111h, &s121, &s112, &s211, &ssplit, &spatient, &sbusy},
	};

	return &self_shutdown;
}
