/*
 * ask - one question to a running daemon over its control socket.
 *
 * Owns     nothing: gives the answer
 * Threads  one
 * Blocks   at most about ASK_MS, or as long as the question may take
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

struct question {
	const char *verb;
	const json_t *args; /* members of the request beside "v" and "verb"; NULL: none. Borrowed */
	int wait_ms;        /* 0: ASK_MS */
};

/* Gives the answer's data in *ret_data, also beside an error, where there is any; else NULL. */
enum asked ask_about(const char *path, const struct question *q, json_t **ret_data, struct err *reterr) MUST_CHECK;
/* Without more words. */
enum asked ask(const char *path, const char *verb, json_t **ret_data, struct err *reterr) MUST_CHECK;

#endif
