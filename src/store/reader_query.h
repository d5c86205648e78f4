/*
 * reader_query - a question somebody wrote in SQL, answered without a chance to change or to hold up anything.
 *
 * Owns     nothing
 * Threads  each reader in one thread
 * Blocks   until the answer is whole or timeout_ns have passed
 * Units    _ns
 * Errors   EXIT_USAGE: what SQLite does not understand or a reader may not do; EXIT_LEFT: the time limit; EXIT_IO
 * Limits   timeout_ns
 * Upholds  one statement that only reads: SELECT, WITH, VALUES, EXPLAIN, and PRAGMAs that look; no other file
 */
#ifndef STORE_READER_QUERY_H
#define STORE_READER_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "store/reader.h"

enum reader_kind { READER_NULL, READER_INTEGER, READER_REAL, READER_TEXT, READER_BLOB };

struct reader_value {
	enum reader_kind kind;
	int64_t integer;
	double real;
	const char *bytes; /* of TEXT and BLOB; and INTEGER and REAL as SQLite writes them */
	size_t len;
};

struct reader_query {
	const char *sql;
	int64_t timeout_ns; /* 0: none */
	/* Both are called while a transaction is open: keep what is told, write it out later. All is lent for the call.
	 * False: no more is wanted. */
	bool (*columns)(void *arg, unsigned count, const char *const *names);
	bool (*row)(void *arg, unsigned count, const struct reader_value *values);
	void *arg;
};

/* Asks. *ret_rows: how many rows were told, also where it fails. */
int reader_ask(struct reader *r, const struct reader_query *q, uint64_t *ret_rows, struct err *reterr) MUST_CHECK;

#endif
