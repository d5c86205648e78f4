/* The stop, at every possible moment: sources held, workers at work, a deadline that passes, a second signal. */
#include "base/mem.h"
#include "base/sync_more.h"
#include "core/queue_impl.h"
#include "diag/cases/cases.h"
#include "diag/cases/self.h"
#include "work/stop.h"

#define RUN run_shutdown

/* The net's part: it says when the sources have come to their end. */
static void sources(void *arg)
{
	self_join_feeders();
	stop_sources_done(arg);
}

/* The second signal. */
static void hurry(void *arg)
{
	self_give_up();
	stop_hurry(arg);
}

static void start(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg)
{
	struct err why = {0};

	if (sync_thread_start(t, name, fn, arg, &why) != 0)
		model_fail("%s", why.text);
}

/* ---- a second store: its lane is the first one of the stop ---- */

struct second {
	struct queue *q;
	struct gate gate;
	struct pool *pool;
	struct stop_lane lane;
	unsigned stored;
};

static enum sink_result store_second(void *self, struct take *t, struct err *reterr UNUSED)
{
	struct second *other = self;

	other->stored += (unsigned)t->messages;
	return SINK_OK;
}

static struct batch *one_message(void)
{
	struct batch_draft *d = batch_draft_new(1, SELF_BODY);
	struct batch *b;

	if (!batch_draft_add(d, "b0", SELF_BODY, SELF_BODY, 1, ""))
		model_fail("the draft is full");
	b = batch_draft_seal(d);
	batch_draft_free(d);
	return b;
}

static struct second *begin_second(struct stop *s)
{
	static const struct sink_ops ops = {.store = store_second};
	struct queue_opts opts = {.name = "second", .capacity_count = 1, .budget_bytes = 1000, .batch_count = 1};
	struct pool_opts workers = {.name = "x", .workers = 1};
	struct second *other = mem_zalloc(1, sizeof(*other));
	struct batch *b = one_message();
	struct err why = {0};

	other->q = queue_new(&opts, &why);
	gate_init(&other->gate, other->q, queue_account(other->q, "two"), GATE_BLOCK, other);
	if (gate_offer(&other->gate, &b) != GATE_TAKEN)
		model_fail("the second store's queue is full");
	workers.queue = other->q;
	workers.sink = (struct sink){&ops, other};
	other->pool = pool_start(&workers, &why);
	if (!other->pool)
		model_fail("%s", why.text);
	stop_add(s, &other->lane, other->q, other->pool);
	return other;
}

static void end_second(struct second *other)
{
	struct queue_status st;

	queue_status(other->q, &st);
	if (st.sums.stored != other->stored || st.sums.stored + ledger_lost_total(&st.sums) != 1)
		model_fail("the second store has %u of 1 messages, its books %u", other->stored,
			   (unsigned)st.sums.stored);
	if (other->stored == 0 && !self_given_up())
		model_fail("the second store's message is lost without a reason");
	pool_free(other->pool);
	queue_free(other->q);
	mem_free(other);
}

/* ---- the stop ---- */

/* Who no longer waits for the sources lets them go. */
NO_TSAN static void check_sources(const struct stop *s)
{
	if (!s->sources_done && !self_run()->q->closed)
		model_fail("the sources are given up, and held before an open queue");
}

/* The signal comes: this thread becomes the stopper. */
static void end(struct stop *s, bool early)
{
	int64_t deadline_ns = self_run()->deadline_ns;
	struct sync_thread net = {0};

	if (!early) {
		start(&net, "sources", sources, s);
		stop_drain_sources(s, deadline_ns, SELF_GRACE_NS);
		check_sources(s);
	}
	/* False: the worker needs longer than the grace; the daemon would leave without it, here it is waited for. */
	if (!stop_drain_pools(s, deadline_ns, SELF_GRACE_NS)) {
		self_leave_behind();
		self_drain(deadline_ns);
	}
	self_note_deadline(deadline_ns);
	if (early)
		self_join_feeders();
	else
		sync_thread_join(&net);
}

/* A store that answers at once leaves nobody in need of the grace. Where rows are refused, or it fails, a worker waits for
 * time to pass before it tells of the losses: then the clock says nothing. */
static bool store_is_quick(void)
{
	const struct self_run *r = self_run();

	return !r->size->busy && !r->size->stuck && !r->broken && !r->count[SELF_REFUSED];
}

static void run_shutdown(void *arg)
{
	const struct self_size *size = arg;
	struct sync_thread signal = {0};
	struct second *other = NULL;
	struct stop_lane lane;
	struct stop s;

	self_begin(size);
	self_pool_begin();
	stop_init(&s);
	stop_add(&s, &lane, self_run()->q, self_run()->pool);
	if (size->second)
		other = begin_second(&s);
	self_feed();
	if (size->hurry)
		start(&signal, "second signal", hurry, &s);
	end(&s, size->early);
	if (size->hurry)
		sync_thread_join(&signal);
	if (store_is_quick() && sync_now_ns() >= (size->deadline ? SELF_DEADLINE_NS : 0) + SELF_GRACE_NS)
		model_fail("the stop waits for nobody until its time is up");
	stop_done(&s);
	if (other)
		end_second(other);
	self_pool_end();
	self_end();
}

/* ---- the flag by which workers and the drain are told ---- */

struct signal {
	struct sync_flag flag;
	bool is_set; /* at once with the flag: the observer's */
};

NO_TSAN static void note_set(struct signal *s)
{
	s->is_set = true;
}

NO_TSAN static bool is_noted(const struct signal *s)
{
	return s->is_set;
}

static void set(void *arg)
{
	struct signal *s = arg;

	sync_flag_set(&s->flag);
	note_set(s);
}

/* Set and timed out at the same moment counts as set. */
static void run_flag(void *arg UNUSED)
{
	struct signal *s = mem_zalloc(1, sizeof(*s));
	struct sync_thread second = {0};

	sync_flag_init(&s->flag, "give up");
	start(&second, "second signal", set, s);
	if (!sync_flag_wait_until(&s->flag, SELF_DEADLINE_NS) && is_noted(s))
		model_fail("the flag is set, and the wait says it is not");
	sync_thread_join(&second);
	if (!sync_flag_wait_until(&s->flag, 0))
		model_fail("the flag is set, and a wait that is late says it is not");
	sync_flag_done(&s->flag);
	mem_free(s);
}

/* feeders x takers x messages of each. */
SELF_SIZE(s111, "1x1x1", 1, 1, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(s111f, "1x1x1-faults", 1, 1, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .deadline = true, .refuses = true, .results = 5, .faults = 1);
SELF_SIZE(s111h, "1x1x1-hurry", 1, 0, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .deadline = true, .hurry = true, .results = 2, .faults = 1);
SELF_SIZE(s121, "1x2x1", 1, 0, 0, .feeders = 1, .takers = 2, .messages = 1, .at_once = 1, .capacity = 1, .limit = 1,
	  .policy = BLOCK, .early = true, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(s112, "1x1x2-held", 1, 0, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(s112c, "1x1x2-held-calm", 0, 1, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .results = 1);
SELF_SIZE(s112u, "1x1x2-held-urgent", 0, 0, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .busy = true, .hurry = true, .results = 1);
SELF_SIZE(s211, "2x1x1-held", 1, 0, 0, .feeders = 2, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(ssplit, "1x2x2-split", 1, 0, 2, .feeders = 1, .takers = 2, .messages = 2, .at_once = 2, .capacity = 2,
	  .limit = 1, .policy = BLOCK, .early = true, .deadline = true, .results = 2, .faults = 1);
SELF_SIZE(sbusy, "1x1x1-busy", 1, 0, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .deadline = true, .busy = true, .results = 1);
SELF_SIZE(spatient, "1x2x2-patient", 1, 0, 2, .feeders = 1, .takers = 2, .messages = 2, .at_once = 1, .capacity = 8,
	  .limit = 2, .policy = BLOCK, .patient = true, .early = true, .deadline = true, .results = 1);
SELF_SIZE(sstuck, "1x1x1-hurry-stuck", 1, 0, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .hurry = true, .stuck = true, .results = 1);

SELF_SIZE(sstuck2, "1x1x2-stuck", 0, 0, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1, .capacity = 2,
	  .limit = 1, .policy = BLOCK, .early = true, .deadline = true, .stuck = true, .results = 1);
SELF_SIZE(stwo, "1x1x1-two-stores", 0, 0, 0, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1, .capacity = 1,
	  .limit = 1, .policy = BLOCK, .early = true, .second = true, .results = 1);
SELF_SIZE(stwoh, "1x1x1-two-stores-hurry", 0, 0, 2, .feeders = 1, .takers = 1, .messages = 1, .at_once = 1,
	  .capacity = 1, .limit = 1, .policy = BLOCK, .early = true, .hurry = true, .stuck = true, .second = true,
	  .results = 1);
SELF_SIZE(stwos, "1x1x2-two-stores-held-stuck", 0, 0, 0, .feeders = 1, .takers = 1, .messages = 2, .at_once = 1,
	  .capacity = 1, .limit = 1, .policy = BLOCK, .deadline = true, .stuck = true, .second = true, .results = 1);

static void flag_surroundings(const void *config UNUSED, struct diag_surroundings *ret)
{
	*ret = (struct diag_surroundings){.kinds = "", .deadline = true};
}

static const struct diag_variant flag = {
	.name = "flag",
	.run = run_flag,
	.expect = MODEL_PASSED,
	.tells = "A wait for the flag says whether it is set, whatever the time.",
	.limits = {.timeouts = 2, .spurious = 2, .whole = true},
	.proof = true,
	.surroundings = flag_surroundings,
};

const struct diag_case *case_self_shutdown(void)
{
	static const struct diag_case self_shutdown = {
		.name = "self-shutdown",
		.description = "the production stop at every moment, with its deadline and a second signal",
		.story = "The very stop.o that serves in this program, at every moment: before, between and after any "
			 "two steps of sources that are held, of workers in the store, of a store that is busy. "
			 "The sources come to their end, the queue is closed, the pool drains; at the deadline, "
			 "or at a second signal, what is left is given up and counted. However it goes, the "
			 "books balance and everybody comes back; and where there was time enough, nothing is "
			 "lost.",
		.watch = "",
		.variant = {&s111, &s111f, &s111h, &s121, &s112, &s112c, &s112u, &s211, &ssplit, &spatient, &sbusy,
			    &sstuck, &sstuck2, &stwo, &stwoh, &stwos, &flag},
	};

	return &self_shutdown;
}
