/*
 * bench - the workbench of the store's tests: a directory, takes made by hand, a look through plain SQLite.
 *
 * Owns     the directory, until bench_done
 * Threads  one
 * Blocks   as long as the disk takes
 * Units    messages, bytes
 * Errors   whatever goes wrong here ends the program
 * Limits   none
 * Upholds  nothing of it is left in the file system
 */
#ifndef TESTS_STORE_BENCH_H
#define TESTS_STORE_BENCH_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/batch.h"
#include "core/take.h"
#include "store/store.h"

struct bench {
	char dir[128], path[160];
};

/* Makes a directory and the name of a store in it. */
void bench_init(struct bench *b);
/* Removes the directory and all in it. */
void bench_done(struct bench *b);
/* Removes the store and its companions, not the directory. */
void bench_clear(const struct bench *b);

struct store *bench_open(const struct bench *b, struct err *reterr);
/* Ends a run with this receipt. */
int bench_finish(struct store *s, uint64_t stored, uint64_t lost, struct err *reterr);
enum sink_result bench_store(struct store *s, struct take *t, struct err *reterr);
void bench_tend(struct store *s);
/* Messages this run has pruned, for whatever reason. */
uint64_t bench_pruned(struct store *s);

/* A take of `count` messages "PREFIX n" for n = from …, from listener "udp", in batches of at most per_batch. */
void bench_take(struct take *t, uint64_t ticket, const char *prefix, unsigned from, unsigned count,
		unsigned per_batch);
/* One message with these bytes. */
void bench_take_one(struct take *t, uint64_t ticket, const char *bytes, uint32_t len, uint32_t size);
/* Adds a loss to a take (listener, reason: static). */
void bench_add_loss(struct take *t, const char *listener, enum loss_reason why, uint64_t messages, uint64_t bytes);
void bench_take_free(struct take *t);
/* How many messages are marked refused. */
unsigned bench_refused(struct take *t);

/* Runs SQL on the store through a connection of its own; the first value as text ("" for none, "!…" an error).
 * Lends: until the next call but three. */
const char *bench_sql(const struct bench *b, const char *sql);
int64_t bench_number(const struct bench *b, const char *sql);
/* A connection that stays. */
sqlite3 *bench_connect(const struct bench *b);

/* A file's bytes (mem_free) and length; NULL if it is not there. */
char *bench_read(const char *path, size_t *ret_len);
void bench_write(const char *path, const void *bytes, size_t len);

#endif
