/* Watches the loop's own time: how long it keeps others waiting, and when it looks round though nothing has called. */
#include "base/clock.h"
#include "net/dgram.h"
#include "net/net_impl.h"
#include "net/rcvbuf.h"
#include "net/stream.h"

#define TURN_NS (5 * NS_PER_MS)     /* then answers are written and all sockets asked anew */
#define DATAGRAMS_NS NS_PER_MS      /* in a turn longer than that, datagram sockets are looked at in between */
#define ROUND_NS NS_PER_S           /* from one look round to the next, while something is read */
#define ROUND_LEAST_NS (NS_PER_S / 4)
#define LOOK_NS (100 * NS_PER_MS)   /* for so long a look round is waited for */

/* ---- stalls ---- */

static void tell_stall(struct net *n)
{
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l))
		stats_set(&l->stats, STAT_LOOP_STALL, (uint64_t)n->turn.stall_ns / 1000);
}

int64_t turn_mark(struct net *n)
{
	int64_t now_ns = sync_now_ns();

	if (!n->turn.mark_ns) {
		n->turn.began_ns = n->turn.datagrams_ns = now_ns;
	} else if (now_ns - n->turn.mark_ns > n->turn.stall_ns) {
		n->turn.stall_ns = now_ns - n->turn.mark_ns;
		tell_stall(n);
	}
	n->turn.mark_ns = now_ns;
	if (now_ns - n->turn.began_ns >= TURN_NS)
		(void)event_base_loopbreak(n->base);
	return now_ns;
}

void turn_stream(struct net *n)
{
	int64_t now_ns = turn_mark(n);

	if (now_ns - n->turn.datagrams_ns < DATAGRAMS_NS || n->draining)
		return;
	n->turn.datagrams_ns = now_ns;
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l))
		dgram_between(l);
}

static void tell_read(struct net *n)
{
	void (*fn)(void *arg, int64_t began_ns);
	void *arg;

	sync_lock(&n->lock);
	fn = n->when_read;
	arg = n->when_read_arg;
	atomic_store(&n->when_read_set, false);
	sync_unlock(&n->lock);
	fn(arg, n->turn.began_ns);
}

/* Whoever asks to be told looks at the books behind that. They are under the queue's lock, as is what this turn has
 * offered: either his look has seen it, or he is seen here. */
void turn_end(struct net *n)
{
	n->turn.ended_ns = turn_mark(n);
	if (UNLIKELY(atomic_load_explicit(&n->when_read_set, memory_order_relaxed)) &&
	    n->turn.read_bytes != n->turn.ended_bytes)
		tell_read(n);
	n->turn.ended_bytes = n->turn.read_bytes;
	n->turn.mark_ns = 0;
	counter_add(&n->turns, 1);
}

/* ---- napping ---- */

/* Nobody waits for it, and the kernel has room for what comes. */
static bool may_nap(struct net *n, int64_t now_ns)
{
	if (n->turn.more || n->draining || n->finishing || event_base_got_break(n->base))
		return false;
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l)) {
		if (l->opts.ack && l->conn_count)
			return false; /* they may wait for their answers before they say more */
		if (l->opts.addr.kind == ADDR_UDP && !l->closed &&
		    !lull_safe(&l->lull, now_ns, stats_get(&l->stats, STAT_RCVBUF)))
			return false;
	}
	return true;
}

void turn_nap(struct net *n)
{
	int64_t now_ns = n->turn.ended_ns;

	if (lull_streams(&n->turn.lull, now_ns, n->conn_count) && may_nap(n, now_ns))
		sync_sleep_until(now_ns + LULL_STREAM_NS);
	n->turn.more = false;
}

/* ---- looking round ---- */

void turn_round_by(struct net *n, int64_t due_ns)
{
	int64_t wait_ns;
	struct timeval tv = {0};

	if (due_ns >= n->turn.round_ns)
		return;
	wait_ns = due_ns - sync_now_ns();
	if (wait_ns > 0) {
		tv.tv_sec = (time_t)(wait_ns / NS_PER_S);
		tv.tv_usec = (suseconds_t)(wait_ns % NS_PER_S / 1000) + 1;
	}
	if (evtimer_add(&n->round_ev, &tv) != 0)
		return;
	n->turn.round_ns = due_ns;
	atomic_store(&n->at_rest, wait_ns > ROUND_NS);
}

void turn_read(struct net *n, uint64_t bytes)
{
	n->turn.read_bytes += bytes;
	if (UNLIKELY(n->turn.round_ns - n->turn.mark_ns > ROUND_NS))
		turn_round_by(n, n->turn.mark_ns + ROUND_NS);
}

/* Drops of the kernel and silent connections: nothing calls for them. Where nothing was read since the last look, though
 * it might have been, the buffers are empty: what does not wake the loop is looked for when somebody wants to know. */
void turn_round(struct net *n)
{
	int64_t now_ns = turn_mark(n), due_ns = SYNC_FOREVER;
	bool stirred = n->turn.read_bytes != n->turn.round_bytes || n->paused;

	(void)evtimer_del(&n->round_ev);
	n->turn.round_ns = SYNC_FOREVER;
	n->turn.round_bytes = n->turn.read_bytes;
	for (struct listener *l = net_next(n, NULL); l; l = net_next(n, l)) {
		int64_t next_ns = stirred || source_blocked(&l->source) ? now_ns + ROUND_NS : SYNC_FOREVER;

		if (!addr_is_stream(&l->opts.addr))
			rcvbuf_poll(l);
		else if (!n->paused) /* silence is no fault of theirs while nobody listens */
			next_ns = conns_sweep(l, now_ns);
		if (next_ns < due_ns)
			due_ns = next_ns;
	}
	if (due_ns < now_ns + ROUND_LEAST_NS)
		due_ns = now_ns + ROUND_LEAST_NS;
	turn_round_by(n, due_ns);
	atomic_store(&n->at_rest, n->turn.round_ns - now_ns > ROUND_NS);
}

void turn_look(struct net *n, uint64_t no)
{
	if (no == n->looks_done)
		return;
	turn_round(n);
	sync_lock(&n->lock);
	n->looks_done = no;
	sync_broadcast(&n->looked);
	sync_unlock(&n->lock);
}

void net_look(struct net *n)
{
	int64_t until_ns;
	uint64_t no;

	if (!atomic_load(&n->at_rest))
		return;
	until_ns = sync_now_ns() + LOOK_NS;
	sync_lock(&n->lock);
	no = ++n->looks_asked;
	sync_unlock(&n->lock);
	net_poke(n);
	sync_lock(&n->lock);
	while (n->looks_done < no && sync_wait_until(&n->looked, &n->lock, until_ns))
		;
	sync_unlock(&n->lock);
}
