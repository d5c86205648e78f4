/*
 * turnstile - workers pass one at a time, in the order of their tickets.
 *
 * Owns     nothing but its own lock
 * Threads  any
 * Blocks   turnstile_enter, until the ticket's turn has come
 * Units    tickets count from 0 without a gap
 * Errors   none
 * Limits   TURNSTILE_WAITERS threads at a time
 * Upholds  at most one is inside; ticket n enters after ticket n-1 has left; leaving wakes only the next ticket
 */
#ifndef WORK_TURNSTILE_H
#define WORK_TURNSTILE_H

#include <stdint.h>

#include "base/sync.h"

#define TURNSTILE_WAITERS 64

/* A place to wait: free where ticket is NO_TICKET. */
struct turnstile_seat {
	uint64_t ticket;
	struct sync_cond turn;
};

struct turnstile {
	struct sync_mutex lock;
	uint64_t serving;  /* the ticket whose turn it is */
	bool inside;
	struct turnstile_seat seats[TURNSTILE_WAITERS];
};

void turnstile_init(struct turnstile *t, const char *name);
void turnstile_done(struct turnstile *t);
/* Waits for the ticket's turn. */
void turnstile_enter(struct turnstile *t, uint64_t ticket);
/* The ticket inside leaves; the next may enter. */
void turnstile_leave(struct turnstile *t, uint64_t ticket);

#endif
