/*
 * err - an error, worded once where the fact is known.
 *
 * Owns     nothing: the struct belongs to whoever wants to hear
 * Threads  any, each with a struct of its own
 * Blocks   never
 * Units    exit_code in sysexits numbers
 * Errors   none
 * Limits   the text is cut at ERR_TEXT bytes, on a whole character
 * Upholds  on failure a function fills reterr; on success it leaves reterr alone
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

#define ERR_TEXT 640

/* The contract's exit codes. */
enum exit_code {
	EXIT_CLEAN = 0,
	EXIT_NOT_FOUND = 1,    /* the command: no rows */
	EXIT_USAGE = 64,       /* wrong options */
	EXIT_DATA = 65,        /* store corrupt, cut, foreign or newer; books do not balance */
	EXIT_UNAVAILABLE = 69, /* the command: no daemon answers */
	EXIT_INTERNAL = 70,    /* a worker failed */
	EXIT_BIND = 71,        /* an address cannot be bound */
	EXIT_CANT_CREATE = 73, /* the store cannot be created or locked */
	EXIT_IO = 74,
	EXIT_LEFT = 75,        /* stopped with messages left behind */
	EXIT_PERMISSION = 77,
	EXIT_CONFIG = 78,
};

/* What went wrong, in words for people, and the exit code it asks for. */
struct err {
	int exit_code;
	char text[ERR_TEXT];
};

/* Words an error. reterr may be NULL (the caller does not want to hear). Borrows all arguments. */
void err_set(struct err *reterr, int exit_code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set, with ": " and the words for errnum (an errno value) at the end. */
void err_set_errno(struct err *reterr, int exit_code, int errnum, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Puts words in front of an error that is already worded, with nothing in between: err_prefix(e, "store %s: ", path).
 * reterr may be NULL. */
void err_prefix(struct err *reterr, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
