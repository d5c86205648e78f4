/* Lets workers through one at a time, in the order of their tickets. */
#include "work/turnstile.h"

#include "base/attr.h"

#define NO_TICKET UINT64_MAX

void turnstile_init(struct turnstile *t, const char *name)
{
	sync_mutex_init(&t->lock, name);
	t->serving = 0;
	t->inside = false;
	for (unsigned i = 0; i < TURNSTILE_WAITERS; i++) {
		t->seats[i].ticket = NO_TICKET;
		sync_cond_init(&t->seats[i].turn, "turn");
	}
}

void turnstile_done(struct turnstile *t)
{
	assert(!t->inside);
	for (unsigned i = 0; i < TURNSTILE_WAITERS; i++) {
		assert(t->seats[i].ticket == NO_TICKET);
		sync_cond_done(&t->seats[i].turn);
	}
	sync_mutex_done(&t->lock);
}

/* The seat with that ticket (NO_TICKET: a free one), or NULL. */
static struct turnstile_seat *seat_of(struct turnstile *t, uint64_t ticket)
{
	for (unsigned i = 0; i < TURNSTILE_WAITERS; i++) {
		if (t->seats[i].ticket == ticket)
			return &t->seats[i];
	}
	return NULL;
}

void turnstile_enter(struct turnstile *t, uint64_t ticket)
{
	sync_lock(&t->lock);
	assert(ticket >= t->serving && ticket != NO_TICKET);
	if (ticket != t->serving) {
		struct turnstile_seat *seat = seat_of(t, NO_TICKET);

		assert(seat);
		seat->ticket = ticket;
		while (ticket != t->serving)
			sync_wait(&seat->turn, &t->lock);
		seat->ticket = NO_TICKET;
	}
	assert(!t->inside);
	t->inside = true;
	sync_unlock(&t->lock);
}

void turnstile_leave(struct turnstile *t, uint64_t ticket)
{
	struct turnstile_seat *next;

	sync_lock(&t->lock);
	assert(t->inside && ticket == t->serving);
	t->inside = false;
	t->serving++;
	next = seat_of(t, t->serving);
	if (next)
		sync_signal(&next->turn);
	sync_unlock(&t->lock);
}
