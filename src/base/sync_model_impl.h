/*
 * sync_model_impl - the inside of the model, shared by its files alone.
 *
 * Owns     see sync_model.h
 * Threads  only the holder of the baton touches any of it
 * Blocks   see sync_model.h
 * Units    see sync_model.h
 * Errors   see sync_model.h
 * Limits   MODEL_OWNED objects held at a time, MODEL_OBJECTS known by number
 * Upholds  exactly one thread holds the baton; who called model_run is thread main
 */
#ifndef BASE_SYNC_MODEL_IMPL_H
#define BASE_SYNC_MODEL_IMPL_H

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>

#include "base/sync_model.h"
#include "base/sync_model_case.h"

#define MODEL_OWNED 32
#define MODEL_OBJECTS 64 /* locks and conditions whose users are known */
#define NOBODY (-1)
#define GONE (-2) /* in the place of an owner: lock or condition are destroyed */

/* What a thread is about to do. */
struct model_pending {
	enum model_op op;
	const char *object, *text;
	int64_t value;
	const int64_t *base;    /* added to the value when the step is taken; may be NULL */
	const struct sync_src *at;
	bool (*ready)(void *of);
	const char *(*act)(void *of); /* of a case: does the step, gives its text */
	void *of;
	int64_t deadline_ns;    /* SYNC_FOREVER: no timeout */
	enum model_how how;     /* as the policy decided */
};

struct model_thread {
	unsigned id;
	bool ended, away;       /* away: in a run, its stack is to be unwound */
	struct model_pending pending;
	void (*fn)(void *arg);
	void *arg;
	char name[SYNC_NAME];        /* a copy: the thread that joins frees the original */
	struct model_thread *parent; /* until it has come to its first point */
	uint64_t past, events;  /* hash of all that this thread's next step follows from; steps so far */
	unsigned held, spurious;
	const struct model_object *condition, *lock; /* while it waits */
	bool signaled;
	bool acted;             /* since its last point, with more than a lock taken */
	/* The real thread; main is the caller's. */
	bool made;
	pthread_t real;
	sem_t baton;
	jmp_buf home;
	const uint64_t *stack_base, *stack_end; /* between them lies what it remembers */
};

/* In the impl[] of mutex and condition. */
struct model_object {
	uint64_t past;
	unsigned id;
	int owner;              /* of a mutex: a thread, or NOBODY; GONE */
};

struct model_owned {
	const char *object;
	int owner;
	const struct sync_src *at;
	unsigned step;
};

struct model_state {
	struct model_thread thread[MODEL_THREADS];
	unsigned threads, live, current, objects;
	struct model_owned owned[MODEL_OWNED];
	unsigned owned_count;
	int8_t holder[MODEL_OBJECTS];  /* of the lock of that number, plus 1 */
	uint8_t used_with[MODEL_OBJECTS]; /* the lock under which that condition is waited for, plus 1 */
	int64_t now_ns;
	unsigned steps, timeouts, spurious;
	uint64_t signature, case_past;
	bool running, aborting;
	const struct model_policy *policy;
	struct model_limits limits;
	struct model_result *result;
	sem_t done;             /* the run is over, after main has ended: wakes model_run */
	sem_t home;             /* a thread that was called home is there */
};

struct model_state *model_state(void); /* the one there is */
struct model_thread *model_me(void);
/* The running thread says what it is about to do, and comes back when it may. */
void model_point_at(const struct model_pending *next);
/* A step that is no point: nobody could tell whether others went on before it (a release). */
void model_point_now(const struct model_pending *next);
/* A step others can tell: a point, unless all since the last one was to take a lock. Others could go on before that. */
void model_point_once(const struct model_pending *next);
/* Could the wait of a thread end now though nobody wakes it, and others can go on? */
bool model_may_give_up(const struct model_thread *t);
/* Ends the run with a verdict; does not come back on a thread of the run. */
void model_end(enum model_verdict verdict, const char *fmt, ...) PRINTF_LIKE(2, 3) NORETURN;
/* Lets the policy choose who goes on (ends the run where nobody can), or one of n (kind WAITER or DATA). */
struct model_thread *model_pick_thread(void);
unsigned model_pick(enum model_point_kind kind, unsigned n);
/* The running thread has touched the object: what comes later on it follows from now. */
void model_touch(uint64_t *object_past, uint64_t what);
/* The running thread has read what no object keeps (the time, a choice). */
void model_saw(uint64_t value);
uint64_t model_mix(uint64_t a, uint64_t b);
/* A new thread of the run; NULL if there is no room. */
struct model_thread *model_thread_new(const char *name, void (*fn)(void *), void *arg);

struct sync_backend;
const struct sync_backend *model_backend(void);

#endif
