/* A lock taken twice by the same thread: in plain sight, and hidden behind a helper. */
#include "diag/cases/cases.h"
#include "diag/cases/kit.h"

/* ---- taken twice ---- */

struct twice {
	bool again;
	struct sync_mutex lock;
	struct sync_thread worker;
};

static void take_twice(void *arg)
{
	struct twice *t = arg;

	kit_note("before first acquire");
	sync_lock(&t->lock);
	if (t->again) {
		kit_note("before second acquire");
		sync_lock(&t->lock);
		kit_note("acquired twice");
		sync_unlock(&t->lock);
	}
	sync_unlock(&t->lock);
	kit_note("released");
}

static void run_twice(void *arg)
{
	struct twice *t = kit_begin(sizeof(*t));

	t->again = *(const bool *)arg;
	sync_mutex_init(&t->lock, "lock");
	kit_start(&t->worker, "worker", take_twice, t);
	sync_thread_join(&t->worker);
	sync_mutex_done(&t->lock);
}

static const bool yes = true, no = false;

static const struct diag_variant twice_broken = {
	.name = "broken",
	.run = run_twice,
	.config = &yes,
	.expect = MODEL_DEADLOCK,
	.tells = "The worker waits for itself: \"before second acquire\" is the last thing it ever says.",
};

static const struct diag_variant twice_fixed = {
	.name = "fixed",
	.run = run_twice,
	.config = &no,
	.tells = "The second acquire is gone; the lock that is held already is enough.",
};

const struct diag_case *case_deadlock(void)
{
	static const struct diag_case deadlock = {
		.name = "deadlock",
		.description = "a thread acquires a plain lock that it holds already",
		.story = "A plain lock does not ask who wants it: it is taken, so whoever comes waits, the owner too. A test"
			 " of one thread shows it at once, but seldom do the two acquires stand so close together. Take a lock"
			 " in one place, keep what it guards short, and call nothing unknown meanwhile. In catchbasin every"
			 " lock knows its owner, and a second acquire ends the process with both places named (src/base/sync.c).",
		.watch = "",
		.variant = {&twice_broken, &twice_fixed},
	};

	return &deadlock;
}

/* ---- a helper that locks ---- */

enum helper { HELPER_LOCKS, HELPER_EXPECTS, HELPER_RECURSIVE };

struct account {
	enum helper helper;
	struct sync_mutex plain;
	struct kit_lock recursive;
	struct model_datum balance;
	struct sync_thread payer, reader;
};

static void enter(struct account *a, const struct sync_src *at)
{
	if (a->helper == HELPER_RECURSIVE)
		kit_lock_at(&a->recursive, at);
	else
		sync_lock_at(&a->plain, at);
}

static void leave(struct account *a, const struct sync_src *at)
{
	if (a->helper == HELPER_RECURSIVE)
		kit_unlock_at(&a->recursive, at);
	else
		sync_unlock_at(&a->plain, at);
}

/* Expects the lock to be held. */
static int64_t balance_held(struct account *a)
{
	assert(sync_held(&a->plain));
	return model_read(&a->balance);
}

/* Public: takes the lock. */
static int64_t account_balance(struct account *a)
{
	int64_t balance;

	enter(a, SYNC_HERE);
	balance = model_read(&a->balance);
	leave(a, SYNC_HERE);
	return balance;
}

/* Public: takes the lock, and looks at the balance with it held. */
static void account_pay(struct account *a, int64_t amount)
{
	int64_t balance;

	enter(a, SYNC_HERE);
	balance = a->helper == HELPER_EXPECTS ? balance_held(a) : account_balance(a);
	if (balance >= amount)
		model_write(&a->balance, balance - amount);
	leave(a, SYNC_HERE);
}

static void pay(void *arg)
{
	account_pay(arg, 30);
}

static void look(void *arg)
{
	account_balance(arg);
}

static void run_helper(void *arg)
{
	struct account *a = kit_begin(sizeof(*a));

	a->helper = *(const enum helper *)arg;
	a->balance = (struct model_datum){.name = "balance", .value = 100, .apart = true};
	sync_mutex_init(&a->plain, "account");
	kit_lock_init(&a->recursive, "account", true);
	kit_start(&a->payer, "payer", pay, a);
	kit_start(&a->reader, "reader", look, a);
	sync_thread_join(&a->payer);
	sync_thread_join(&a->reader);
	if (a->balance.value != 70)
		model_fail("the balance is %d instead of 70", (int)a->balance.value);
}

static const enum helper helper_locks = HELPER_LOCKS, helper_expects = HELPER_EXPECTS,
			 helper_recursive = HELPER_RECURSIVE;

static const struct diag_variant helper_broken = {
	.name = "broken",
	.run = run_helper,
	.config = &helper_locks,
	.expect = MODEL_DEADLOCK,
	.tells = "account_pay() holds the lock and calls account_balance(), which waits for it: a wait for oneself.",
};

static const struct diag_variant helper_fixed = {
	.name = "fixed",
	.run = run_helper,
	.config = &helper_expects,
	.tells = "The helper expects the lock to be held, says so, and asserts it; the public function takes it.",
};

static const struct diag_variant helper_rlock = {
	.name = "rlock",
	.run = run_helper,
	.config = &helper_recursive,
	.tells = "With a recursive lock the owner may take it again, and must release it as often.",
};

const struct diag_case *case_deadlock_helper(void)
{
	static const struct diag_case helper = {
		.name = "deadlock-helper",
		.description = "a public function holds the lock and calls a helper that takes it too",
		.story = "account_pay() takes the lock, then asks account_balance() how much is there; that one takes the same"
			 " lock. Each is right when called from outside, and the two acquires stand in different functions, so"
			 " no reader of one of them sees the fault. Split what is public and takes the lock from what expects"
			 " it held, and let the second assert that. In catchbasin gate_offer() takes the lock and offer() works"
			 " under it (src/core/gate.c); what expects it held has a header of its own (src/core/queue_impl.h).",
		.watch = "balance",
		.variant = {&helper_broken, &helper_rlock, &helper_fixed},
	};

	return &helper;
}
