/*
 * sync_model_case - what a thread of a modelled run may say of itself, beside the calls of sync.h.
 *
 * Owns     nothing
 * Threads  a run's own threads
 * Blocks   a step, until it may go on
 * Units    none
 * Errors   model_fail ends the run
 * Limits   names and texts have static life, or the arena's
 * Upholds  what a thread does between two steps happens at once
 */
#ifndef BASE_SYNC_MODEL_CASE_H
#define BASE_SYNC_MODEL_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/sync.h"

enum model_op {
	MODEL_BEGIN,     /* the thread's first step */
	MODEL_LOCK,
	MODEL_UNLOCK,
	MODEL_TRYLOCK,
	MODEL_WAIT,      /* releases the lock and sleeps on the condition */
	MODEL_WAKE,      /* woken, or timed out, or for no reason: has the lock again */
	MODEL_SIGNAL,
	MODEL_BROADCAST,
	MODEL_SPAWN,
	MODEL_JOIN,
	MODEL_SLEEP,
	MODEL_ACQUIRE,   /* of a gate or semaphore of a case */
	MODEL_RELEASE,
	MODEL_MEET,      /* at a barrier of a case */
	MODEL_SET,       /* a flag of a case */
	MODEL_TEST,
	MODEL_READ,      /* shared data of a case */
	MODEL_WRITE,
	MODEL_NOTE,      /* anything else worth a line */
	MODEL_CHOOSE,    /* the surroundings choose: a sink's result */
	MODEL_END,       /* the thread's last step */
	MODEL_OPS
};

/* "lock", "unlock", … Lends: static. */
const char *model_op_name(enum model_op op);

/* A point: waits until ready(of) is true (NULL: at once) and the policy picks this thread. What the caller does next
 * happens at once with it. `object` and `text` have static life, or the arena's. */
#define model_step(op, object, text, ready, of) model_step_at((op), (object), (text), (ready), (of), 0, SYNC_HERE)
void model_step_at(enum model_op op, const char *object, const char *text, bool (*ready)(void *of), void *of,
		   int64_t value, const struct sync_src *at);
/* One shared thing of a case: a value under a name. Steps on those that are `apart` count as independent of all else:
 * what such a step does, and its ready(), may then look at nothing but this one. */
struct model_datum {
	const char *name;        /* as of model_step */
	int64_t value;
	bool apart;
	uint64_t past, reads;    /* the model's */
};
/* A point, as model_step; then the value changes by `change` and is returned. The step's event carries it. */
#define model_on(op, datum, text, ready, of, change)                                                \
	model_on_at((op), (datum), (text), (ready), (of), (change), SYNC_HERE)
int64_t model_on_at(enum model_op op, struct model_datum *d, const char *text, bool (*ready)(void *of), void *of,
		    int64_t change, const struct sync_src *at);
/* As model_on; act(of) does what the step does, before it is told, and returns its words (as `text`). */
#define model_do(op, datum, ready, act, of) model_do_at((op), (datum), (ready), (act), (of), SYNC_HERE)
void model_do_at(enum model_op op, struct model_datum *d, bool (*ready)(void *of), const char *(*act)(void *of), void *of,
		 const struct sync_src *at);
#define model_read(datum) model_on(MODEL_READ, (datum), "", NULL, NULL, 0)
#define model_write(datum, value) model_write_at((datum), (value), SYNC_HERE)
void model_write_at(struct model_datum *d, int64_t value, const struct sync_src *at);

/* The surroundings choose one of n: an explored choice. */
#define model_choose(object, n) model_choose_at((object), (n), SYNC_HERE)
unsigned model_choose_at(const char *object, unsigned n, const struct sync_src *at);
/* Ends the run as failed. */
void model_fail(const char *fmt, ...) PRINTF_LIKE(1, 2) NORETURN;
/* Ends the run as passed, whoever is still at work: the process exits. */
void model_exit(void) NORETURN;
/* The running thread now holds `object` (by the address of its name), or no longer: for the wait-for report. */
#define model_own(object, yes) model_own_at((object), (yes), SYNC_HERE)
void model_own_at(const char *object, bool yes, const struct sync_src *at);
/* The running thread's number. */
unsigned model_self(void);
/* True inside a run. */
bool model_running(void);

#endif
