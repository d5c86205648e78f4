/*
 * ask - one question to a running daemon over its control socket.
 *
 * Owns     nothing: gives the answer
 * Threads  one
 * Blocks   at most about ASK_MS
 * Units    milliseconds
 * Errors   the result, with reterr for all but ASK_ANSWERED
 * Limits   ASK_BYTES of an answer
 * Upholds  an answer is taken only whole and in the version of the protocol that is known here
 */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include "base/attr.h"
#include "base/err.h"
#include "base/json.h"

#define ASK_MS 10000
#define ASK_BYTES (64 * 1024 * 1024)

enum asked {
	ASK_ANSWERED,
	ASK_NOBODY, /* nobody listens there */
	ASK_DENIED, /* no permission to ask */
	ASK_FAILED, /* somebody is there, and it did not work: EXIT_UNAVAILABLE, or what the daemon says */
};

/* Gives the answer's data in *ret_data. */
enum asked ask(const char *path, const char *verb, json_t **ret_data, struct err *reterr) MUST_CHECK;

#endif
