/*
 * rows - messages and losses, one by one, in the format that was asked for.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   as the stream written to
 * Units    times in UTC
 * Errors   those of the stream, which the end of the program asks for
 * Limits   none
 * Upholds  to a terminal nothing goes that could drive it; elsewhere jsonl, csv and raw keep every byte of a body
 */
#ifndef CTL_ROWS_H
#define CTL_ROWS_H

#include <stdbool.h>
#include <stdio.h>

#include "store/reader_rows.h"

enum rows_format { ROWS_SHORT, ROWS_JSONL, ROWS_CSV, ROWS_RAW };

struct rows {
	FILE *out;
	enum rows_format format;
	bool terminal;
};

/* To standard output. */
struct rows rows_begin(enum rows_format format);
/* What stands before the first row. */
void rows_head(const struct rows *r);
void rows_message(const struct rows *r, const struct reader_message *m);
/* raw and csv have no place for one. */
void rows_loss(const struct rows *r, const struct reader_loss *l);
/* Messages of these ids, both included, were deleted before they could be read. As with losses: not in raw and csv. */
void rows_pruned(const struct rows *r, int64_t from_id, int64_t to_id);
/* A remark between the rows, in the format for people only. */
void rows_remark(const struct rows *r, const char *words);

#endif
