/*
 * rig - a whole pipeline in this process, with a directory of its own, and a look into its stores from outside.
 *
 * Owns     the directory, the configuration and the pipeline
 * Threads  one, beside the pipeline's own
 * Blocks   rig_await, RIG_PATIENCE_NS at most
 * Units    as pipeline.h
 * Errors   what cannot be set up ends the program
 * Limits   one pipeline at a time
 * Upholds  rig_end leaves no descriptor and no file
 */
#ifndef TESTS_PIPE_RIG_H
#define TESTS_PIPE_RIG_H

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync.h"
#include "pipe/pipeline.h"

#define RIG_PATIENCE_NS (30 * NS_PER_S)

struct rig {
	char dir[64];
	struct config *config;
	struct pipeline *p;
	struct err err;
	_Atomic int failed, stopped; /* events */
};

void rig_begin(struct rig *r);
/* False if something is left in the directory. */
bool rig_end(struct rig *r);
/* Checks are made here, where the test counts them. */
#define rig_down(r) ok(rig_end(r), "nothing is left in the directory")

/* In the text, @ stands for the directory. */
struct config *rig_config(struct rig *r, const char *text);
/* Opens a pipeline with that configuration; false, with r->err, if it would not. */
bool rig_open(struct rig *r, const char *text);
/* rig_open and pipeline_start, or the end. */
void rig_up(struct rig *r, const char *text);
/* Stops within that time; the exit code. */
int rig_stop(struct rig *r, int64_t within_ns);
/* Frees what there is. */
void rig_close(struct rig *r);

/* Descriptors open in this process. */
int rig_fds(void);
/* The port of a listener in force, 0 if there is no such listener. */
int rig_port(struct rig *r, const char *listener);
/* A TCP connection to it; -1 if nobody accepts. */
int rig_dial(struct rig *r, const char *listener);
int rig_dial_port(int port);
void rig_say(int fd, const char *text);
/* The first number that a statement gives, from a connection of its own to dir/NAME; -1 if there is none. */
int64_t rig_sql(struct rig *r, const char *name, const char *text);
/* Locks the database against everybody else. */
struct sqlite3 *rig_lock(struct rig *r, const char *name);
void rig_unlock(struct sqlite3 *lock);
struct pipeline_totals rig_totals(struct rig *r);
/* Of one store. */
struct store_view rig_store(struct rig *r, const char *name);

/* Until cond holds. */
#define rig_await(cond)                                                                             \
	({                                                                                          \
		int64_t rig_until = sync_now_ns() + RIG_PATIENCE_NS;                                \
		while (!(cond) && sync_now_ns() < rig_until)                                        \
			sync_sleep_until(sync_now_ns() + NS_PER_MS);                                \
		(cond);                                                                             \
	})

#endif
