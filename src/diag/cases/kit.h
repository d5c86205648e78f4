/*
 * kit - what cases are built from: gates, locks that nobody watches, a queue, an event, and the words a run ends on.
 *
 * Owns     nothing: the words of the last run apart, all of it is the case's and goes with its run
 * Threads  those of a run of the model; kit_outcome: when it is over
 * Blocks   as the model does
 * Units    none
 * Errors   fail the run
 * Limits   a queue of KIT_QUEUE numbers
 * Upholds  each call is one step of the model, told with the place of its caller
 */
#ifndef DIAG_CASES_KIT_H
#define DIAG_CASES_KIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/sync.h"
#include "base/sync_model_case.h"

#define KIT_QUEUE 16

/* Zeroed memory that goes with the run; forgets the last run's ending. */
void *kit_begin(size_t size) MUST_CHECK;
/* The words this run ends on, for diag_variant.outcome. */
void kit_ends(const char *fmt, ...) PRINTF_LIKE(1, 2);
const char *kit_outcome(void);
/* Words that go with the run. */
const char *kit_words(const char *fmt, ...) PRINTF_LIKE(1, 2);

#define kit_start(thread, name, fn, arg) kit_start_at((thread), (name), (fn), (arg), SYNC_HERE)
void kit_start_at(struct sync_thread *t, const char *name, void (*fn)(void *), void *arg, const struct sync_src *at);

/* One line in a lane. Of a thread's own doings, which concern nobody else: give it a datum of its own. */
#define kit_note(words) model_step(MODEL_NOTE, "", (words), NULL, NULL)
#define kit_note_own(own, words) ((void)model_on(MODEL_NOTE, (own), (words), NULL, NULL, 0))

/* Permits that anybody may give back, but never more than there were; one permit: a gate, taken by one and opened by
 * another. */
struct kit_gate {
	struct model_datum permits;
	unsigned most;
};

void kit_gate_init(struct kit_gate *g, const char *name, unsigned permits);
#define kit_acquire(g) kit_acquire_at((g), SYNC_HERE)
#define kit_release(g) kit_release_at((g), SYNC_HERE)
void kit_acquire_at(struct kit_gate *g, const struct sync_src *at);
void kit_release_at(struct kit_gate *g, const struct sync_src *at);

/* A lock with an owner, who may end without releasing it; with recursive, he may take it again. */
struct kit_lock {
	struct model_datum depth;
	bool recursive;
	unsigned owner;
};

void kit_lock_init(struct kit_lock *l, const char *name, bool recursive);
#define kit_lock(l) kit_lock_at((l), SYNC_HERE)
#define kit_trylock(l) kit_trylock_at((l), SYNC_HERE)
#define kit_unlock(l) kit_unlock_at((l), SYNC_HERE)
void kit_lock_at(struct kit_lock *l, const struct sync_src *at);
bool kit_trylock_at(struct kit_lock *l, const struct sync_src *at) MUST_CHECK;
void kit_unlock_at(struct kit_lock *l, const struct sync_src *at);

/* A bounded queue of numbers; put and get are a step each. Its value: how many are in it, or how many more it takes. */
struct kit_queue {
	struct model_datum shown;
	bool shows_room;
	unsigned cap, first, length;
	bool closed_to_get, closed_to_put;
	int64_t ring[KIT_QUEUE];
};

void kit_queue_init(struct kit_queue *q, const char *name, unsigned cap, bool shows_room);
/* Waits for room. False: closed to those who put. */
#define kit_put(q, number) kit_put_at((q), (number), SYNC_HERE)
bool kit_put_at(struct kit_queue *q, int64_t number, const struct sync_src *at) MUST_CHECK;
/* Waits for a number. False: empty, and closed to those who get. */
#define kit_get(q, ret_number) kit_get_at((q), (ret_number), SYNC_HERE)
bool kit_get_at(struct kit_queue *q, int64_t *ret_number, const struct sync_src *at) MUST_CHECK;
#define kit_is_empty(q) kit_is_empty_at((q), SYNC_HERE)
bool kit_is_empty_at(struct kit_queue *q, const struct sync_src *at);
/* Puts 1, 2, … so many, before anybody else is there: no step. */
void kit_fill(struct kit_queue *q, unsigned count);
/* Wakes those who wait to get, and those who wait to put. */
#define kit_close(q, putters_too) kit_close_at((q), (putters_too), SYNC_HERE)
void kit_close_at(struct kit_queue *q, bool putters_too, const struct sync_src *at);

/* Events: a datum that is 0, then 1. */
void kit_event_init(struct model_datum *event, const char *name);
#define kit_set(event) ((void)model_on(MODEL_SET, (event), "", NULL, NULL, 1))
#define kit_is_set(event) (model_on(MODEL_TEST, (event), "", NULL, NULL, 0) != 0)

#endif
