/* A search that never goes on from where it has been finds all that one without a memory finds. */
#include "base/sync_more.h"
#include "ends.h"

static struct sync_mutex lock, other;
static struct sync_cond cond;
static struct sync_flag flag;
static struct sync_sem sem;
static unsigned seen[4], turn;

static void start(struct sync_thread *t, const char *name, void (*fn)(void *))
{
	if (sync_thread_start(t, name, fn, NULL, NULL) != 0)
		model_fail("no thread");
}

static void run_three(void (*a)(void *), void (*b)(void *), void (*c)(void *))
{
	struct sync_thread t[3];

	memset(seen, 0, sizeof(seen));
	turn = 0;
	sync_mutex_init(&lock, "lock");
	sync_mutex_init(&other, "other");
	sync_cond_init(&cond, "cond");
	sync_flag_init(&flag, "flag");
	sync_sem_init(&sem, "sem", 1);
	start(&t[0], "a", a);
	start(&t[1], "b", b);
	if (c)
		start(&t[2], "c", c);
	for (unsigned i = 0; i < (c ? 3 : 2); i++)
		sync_thread_join(&t[i]);
	snprintf(end_now, sizeof(end_now), "%u %u %u %u", seen[0], seen[1], seen[2], turn);
	if (forbidden && !strcmp(end_now, forbidden))
		model_fail("%s", end_now);
}

/* ---- who is when in which of two locks ---- */

static void through_both(void *arg UNUSED)
{
	unsigned me = model_self() - 1;

	sync_lock(&lock);
	seen[me] = 10 * turn++;
	sync_unlock(&lock);
	sync_lock(&other);
	seen[me] += seen[3]++;
	sync_unlock(&other);
}

static void locks(void *arg UNUSED)
{
	run_three(through_both, through_both, through_both);
}

/* ---- what the clock says while others time out ---- */

static void time_out(void *arg UNUSED)
{
	sync_lock(&lock);
	seen[0] = sync_wait_until(&cond, &lock, 300) ? 1 : 2;
	seen[0] = 10 * seen[0] + (unsigned)(sync_now_ns() / 100);
	sync_unlock(&lock);
}

static void read_clock(void *arg UNUSED)
{
	sync_sleep_until(200);
	sync_lock(&other);
	seen[1] = (unsigned)(sync_now_ns() / 100);
	sync_unlock(&other);
	sync_lock(&other);
	seen[1] = 10 * seen[1] + (unsigned)(sync_now_ns() / 100);
	sync_unlock(&other);
}

static void wake(void *arg UNUSED)
{
	sync_lock(&other);
	seen[2] = (unsigned)(sync_now_ns() / 100);
	sync_unlock(&other);
	sync_signal(&cond);
}

static void clocks(void *arg UNUSED)
{
	run_three(time_out, read_clock, wake);
}

/* ---- who is woken, for which reason ---- */

static void wait_once(void *arg UNUSED)
{
	unsigned me = model_self() - 1;

	sync_lock(&lock);
	seen[me] = sync_wait_until(&cond, &lock, 100) ? 1 : 2;
	seen[me] += 10 * ++turn;
	sync_unlock(&lock);
}

static void wake_one(void *arg UNUSED)
{
	for (unsigned i = 0; i < 2; i++) {
		sync_lock(&lock);
		sync_signal(&cond);
		sync_unlock(&lock);
	}
}

static void waiters(void *arg UNUSED)
{
	run_three(wait_once, wait_once, wake_one);
}

/* ---- flags, permits, outcomes ---- */

static void set_flag(void *arg UNUSED)
{
	sync_sem_wait(&sem);
	seen[0] = model_choose("result", 3);
	turn++;
	sync_sem_post(&sem);
	sync_flag_set(&flag);
}

NO_TSAN static void look_at_flag(void *arg UNUSED)
{
	sync_lock(&other);
	seen[1] = sync_flag_is_set(&flag) ? 2 : 1;
	sync_unlock(&other);
	seen[1] += sync_sem_try(&sem) ? 10 : 0;
	seen[1] += 100 * turn;
}

static void flags(void *arg UNUSED)
{
	run_three(set_flag, look_at_flag, NULL);
}

/* ---- data of a case that is apart ---- */

static struct model_datum first, second;

static void raise_first(void *arg UNUSED)
{
	int64_t was = model_read(&first);

	model_write(&first, was + 1);
	seen[0] = (unsigned)model_read(&second);
}

static void raise_both(void *arg UNUSED)
{
	seen[1] = (unsigned)model_on(MODEL_WRITE, &second, "", NULL, NULL, 1);
	model_write(&first, model_read(&first) + 1);
	turn = (unsigned)model_read(&first);
}

static void data(void *arg UNUSED)
{
	first = (struct model_datum){.name = "first", .apart = true};
	second = (struct model_datum){.name = "second", .apart = true};
	run_three(raise_first, raise_both, NULL);
}

/* ---- silent threads ---- */

static void nothing(void *arg UNUSED)
{
}

static void note_end(void *arg UNUSED)
{
	seen[2] = ++turn;
}

static void silent(void *arg UNUSED)
{
	run_three(nothing, note_end, nothing);
}

int main(void)
{
	compare("locks", locks, (struct model_limits){0});
	compare("clocks", clocks, (struct model_limits){.timeouts = 1});
	compare("clocks, two timeouts", clocks, (struct model_limits){.timeouts = 2});
	compare("waiters", waiters, (struct model_limits){.spurious = 1});
	compare("waiters, a timeout", waiters, (struct model_limits){.timeouts = 1});
	compare("flags", flags, (struct model_limits){0});
	compare("data", data, (struct model_limits){0});
	compare("silent", silent, (struct model_limits){0});
	return done_testing();
}
