/*
 * schedule - which choices made a run, as a string that makes it again.
 *
 * Owns     its choices
 * Threads  one
 * Blocks   never
 * Units    choices
 * Errors   a malformed string: words that say where
 * Limits   SCHEDULE_TEXT bytes of text
 * Upholds  format(parse(s)) = s; no line numbers, addresses or times: a string survives edits that change no behaviour
 *
 *   cb1:CASE:VARIANT:STEPS:DIGEST     cb1:deadlock-abba:broken:A3B2:5f3a91c0
 *
 * STEPS: which thread takes each step, A main, B the first started …, run-length coded; before a step's letter `^` its
 * wait times out, `~` it wakes for no reason; behind it `!k` the k-th waiter is woken, `=k` the surroundings choose k
 * (k from 0). DIGEST: 8 hex digits over (thread, op, object, value) of every step and the verdict.
 */
#ifndef DIAG_SCHEDULE_H
#define DIAG_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/sync_model.h"

#define SCHEDULE_TEXT 16384
#define SCHEDULE_NAME 48

enum choice_kind { CHOICE_THREAD, CHOICE_WAITER, CHOICE_DATA };

/* One entry; every step has a CHOICE_THREAD, also where there was nothing to choose. */
struct choice {
	uint8_t kind, how;   /* enum choice_kind; enum model_how of a thread */
	uint16_t value;      /* thread number, or k */
};

struct schedule {
	char case_name[SCHEDULE_NAME], variant[SCHEDULE_NAME];
	struct choice *choices;
	unsigned count, cap;
	uint32_t digest;
};

void schedule_init(struct schedule *s);
void schedule_done(struct schedule *s);
void schedule_reset(struct schedule *s);
/* Appends; false without memory. Uses libc's memory: may be called on the model's threads. */
bool schedule_add(struct schedule *s, enum choice_kind kind, unsigned value, enum model_how how);
/* Takes what is in `from`, which is empty afterwards. */
void schedule_move(struct schedule *to, struct schedule *from);
/* -1 with reterr: what is wrong, and at which byte. */
int schedule_parse(const char *text, struct schedule *ret, struct err *reterr) MUST_CHECK;
/* False if it does not fit. */
bool schedule_format(const struct schedule *s, char *ret_text, size_t size) MUST_CHECK;

#endif
