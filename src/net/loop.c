/* The loop: one thread that waits for sockets, and for word from other threads through one eventfd. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/dgram.h"
#include "net/net_impl.h"
#include "net/stream.h"

#define ADMISSIONS_IN_A_ROW 64 /* then others have their turn */

/* ---- word from other threads ---- */

void net_poke(struct net *n)
{
	const uint64_t one = 1;

	if (atomic_exchange(&n->woken, true))
		return;
	while (write(n->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void net_wake(void *arg)
{
	struct net *n = arg;

	atomic_store(&n->admit, true);
	net_poke(n);
}

void net_answer(struct net *n, const struct net_answer *answers, unsigned count)
{
	sync_lock(&n->lock);
	if (n->answer_count + count > n->answer_cap) {
		unsigned cap = 2 * (n->answer_count + count);
		struct net_answer *more = mem_resize(n->answers, cap * sizeof(*more));

		if (more) {
			n->answers = more;
			n->answer_cap = cap;
		}
	}
	if (n->answer_count + count <= n->answer_cap) {
		memcpy(n->answers + n->answer_count, answers, count * sizeof(*answers));
		n->answer_count += count;
	} else {
		n->answers_lost = true;
	}
	sync_unlock(&n->lock);
	net_poke(n);
}

void net_begin_drain(struct net *n, int64_t signal_at, void (*drained)(void *arg), void *arg)
{
	sync_lock(&n->lock);
	n->drain_asked = true;
	n->signal_at = signal_at;
	n->drained = drained;
	n->drained_arg = arg;
	sync_unlock(&n->lock);
	net_poke(n);
}

void net_when_read(struct net *n, void (*fn)(void *arg, int64_t began_ns), void *arg)
{
	sync_lock(&n->lock);
	n->when_read = fn;
	n->when_read_arg = arg;
	atomic_store(&n->when_read_set, true);
	sync_unlock(&n->lock);
}

uint64_t net_turns(struct net *n)
{
	/* A loop that has nothing to do would not turn. */
	net_poke(n);
	return counter_get(&n->turns);
}

/* ---- on the loop ---- */

/* Some answers found no memory: nobody knows whose, so everybody who waits for one is let go. */
static void doom_all(struct net *n)
{
	log_error("no memory for acknowledgements: connections that wait for one are closed");
	for (unsigned i = 0; i < n->slot_count; i++) {
		struct conn *c = n->slots[i];

		if (!c || !c->answers || c->answers->settled_no + 1 == c->answers->next_no)
			continue;
		c->gone = c->doomed = true;
		conn_touch(c);
	}
}

static void take_answers(struct net *n)
{
	struct net_answer *answers;
	unsigned count;
	bool lost;

	sync_lock(&n->lock);
	answers = n->answers;
	count = n->answer_count;
	lost = n->answers_lost;
	n->answers = NULL;
	n->answer_count = n->answer_cap = 0;
	n->answers_lost = false;
	sync_unlock(&n->lock);
	for (unsigned i = 0; i < count; i++) {
		const struct net_answer *a = &answers[i];
		struct conn *c = conn_find(n, a->conn);

		if (c && c->answers)
			answers_settle(c, &(struct range){a->first_no, a->last_no, a->stored, a->reason});
	}
	mem_free(answers);
	if (lost)
		doom_all(n);
}

static struct queue *queue_at(struct net *n, unsigned i)
{
	struct queue *q;

	sync_lock(&n->lock);
	q = i < n->queue_count ? n->queues[i] : NULL;
	sync_unlock(&n->lock);
	return q;
}

/* Lets held sources go on while there is room for them. */
static void admit(struct net *n)
{
	struct queue *q;

	for (unsigned i = 0; (q = queue_at(n, i)); i++) {
		struct gate *g;
		int admitted = 0;

		while (admitted < ADMISSIONS_IN_A_ROW && (g = queue_admit(q))) {
			source_admitted(g->owner);
			admitted++;
		}
		if (admitted == ADMISSIONS_IN_A_ROW)
			net_wake(n);
	}
}

static void begin_finish(struct net *n)
{
	int64_t wait_ns = n->finish_deadline_ns - sync_now_ns();
	struct timeval tv = {0};

	if (wait_ns > 0) {
		tv.tv_sec = (time_t)(wait_ns / NS_PER_S);
		tv.tv_usec = (suseconds_t)(wait_ns % NS_PER_S / 1000) + 1;
	}
	(void)evtimer_add(&n->deadline_ev, &tv);
	drain_finish(n);
}

static void woken(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;
	bool news, drain, finish;
	uint64_t count, look;

	(void)what;
	(void)turn_mark(n);
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_error("the event loop cannot read its own eventfd: %s", strerror(errno));
	atomic_store(&n->woken, false);
	sync_lock(&n->lock);
	news = n->news;
	n->news = false;
	drain = n->drain_asked;
	finish = n->finish_asked;
	look = n->looks_asked;
	sync_unlock(&n->lock);
	if (news)
		net_take_news(n);
	take_answers(n);
	pause_take(n);
	turn_look(n, look);
	if (drain && !n->draining) {
		pause_end(n);
		drain_begin(n);
	}
	if (atomic_exchange(&n->admit, false))
		admit(n);
	if (finish && !n->finishing)
		begin_finish(n);
}

static void look_round(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	turn_round(arg);
}

static void deadline(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;

	(void)fd;
	(void)what;
	n->quit = true;
}

/* What a turn of the loop leaves to be done. */
static void end_turn(struct net *n)
{
	conns_tend(n);
	if (n->draining && !n->drained_told && n->busy == 0) {
		n->drained_told = true;
		log_debug("stop: every source has offered what it had");
		if (n->drained)
			n->drained(n->drained_arg);
	}
	if (n->finishing && n->conn_count == 0)
		n->quit = true;
	turn_end(n);
}

/* Closes every connection, whatever is still to be said to it. */
static void close_all(struct net *n)
{
	for (unsigned i = 0; i < n->slot_count; i++)
		if (n->slots[i])
			conn_close(n->slots[i]);
}

static void loop_main(void *arg)
{
	struct net *n = arg;

	/* One turn at a time and a flag of our own: a loopbreak before the dispatch would be lost. */
	while (!n->quit) {
		if (event_base_loop(n->base, EVLOOP_ONCE) < 0) {
			log_error("the event loop failed: %s", strerror(errno));
			sync_sleep_until(sync_now_ns() + 100 * NS_PER_MS);
		}
		end_turn(n);
		turn_nap(n);
	}
	close_all(n);
	atomic_store(&n->at_rest, false); /* nobody looks any more */
}

/* ---- life ---- */

static struct event_base *new_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base = NULL;

	if (!cfg)
		return NULL;
	/* One thread only; word from others comes through the eventfd. */
	if (event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK) == 0)
		base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	return base;
}

struct net *net_new(struct err *reterr)
{
	struct net *n = mem_zalloc(1, sizeof(*n));

	if (!n) {
		err_set(reterr, EXIT_INTERNAL, "net: out of memory");
		return NULL;
	}
	sync_mutex_init(&n->lock, "net");
	sync_cond_init(&n->looked, "net");
	n->listeners_end = &n->listeners;
	n->turn.round_ns = SYNC_FOREVER;
	n->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	n->base = new_base();
	n->scratch = mem_alloc(NET_SCRATCH);
	n->lines = mem_alloc(NET_LINES);
	n->dgrams = dgram_area_new();
	if (n->wake_fd >= 0 && n->base && n->scratch && n->lines && n->dgrams &&
	    event_assign(&n->wake_ev, n->base, n->wake_fd, EV_READ | EV_PERSIST, woken, n) == 0 &&
	    evtimer_assign(&n->round_ev, n->base, look_round, n) == 0 &&
	    evtimer_assign(&n->deadline_ev, n->base, deadline, n) == 0 && event_add(&n->wake_ev, NULL) == 0)
		return n;
	err_set_errno(reterr, EXIT_INTERNAL, errno, "net: cannot make an event loop");
	net_free(n);
	return NULL;
}

int net_start(struct net *n, struct err *reterr)
{
	if (sync_thread_start(&n->thread, "net", loop_main, n, reterr) < 0)
		return -1;
	n->started = true;
	net_poke(n);
	return 0;
}

void net_finish(struct net *n, int64_t deadline_ns)
{
	if (!n->started)
		return;
	sync_lock(&n->lock);
	n->finish_asked = true;
	n->finish_deadline_ns = deadline_ns;
	sync_unlock(&n->lock);
	net_poke(n);
	sync_thread_join(&n->thread);
	n->started = false;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	assert(!n->started);
	while (n->listeners) {
		struct listener *l = n->listeners;

		n->listeners = l->next;
		listener_close(l);
		listener_free(l);
	}
	if (n->base) {
		if (event_initialized(&n->wake_ev))
			event_del(&n->wake_ev);
		if (event_initialized(&n->round_ev))
			event_del(&n->round_ev);
		if (event_initialized(&n->deadline_ev))
			event_del(&n->deadline_ev);
		event_base_free(n->base);
	}
	if (n->wake_fd >= 0)
		close(n->wake_fd);
	sync_cond_done(&n->looked);
	sync_mutex_done(&n->lock);
	dgram_area_free(n->dgrams);
	mem_free(n->scratch);
	mem_free(n->lines);
	mem_free(n->queues);
	mem_free(n->answers);
	mem_free(n->slots);
	mem_free(n);
}
