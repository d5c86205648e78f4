/*
 * log - one line per event, to the journal or to stderr, and never in anybody's way.
 *
 * Owns     a bounded ring of lines and the thread that writes them out
 * Threads  any; log_start, log_stop: one thread
 * Blocks   never on the reader of the log: a full ring drops the line and counts it
 * Units    levels are syslog priorities
 * Errors   log_start returns them; a line that cannot be written is counted
 * Limits   LOG_LINE bytes a line, LOG_RING lines waiting; the same event once a second (debug excepted)
 * Upholds  lines of one thread leave in order; suppressed and dropped lines are told by number; inside a run of the
 *          model nothing is logged
 *
 * "The same event" is the same place in the source about the same subject: the key given to log_about, or, for the
 * plain forms, the text itself.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/sync.h"

#define LOG_LINE 1024
#define LOG_RING 1024

enum log_level { LOG_LV_ERROR = 3, LOG_LV_WARNING = 4, LOG_LV_NOTICE = 5, LOG_LV_INFO = 6, LOG_LV_DEBUG = 7 };
enum log_target { LOG_TO_AUTO, LOG_TO_JOURNAL, LOG_TO_STDERR };

/* What a line is about; fields of the journal. All optional, all borrowed. */
struct log_about {
	const char *key;      /* what makes two lines the same event; NULL: the text */
	const char *listener; /* CATCHBASIN_LISTENER */
	const char *peer;     /* CATCHBASIN_PEER */
	const char *store;    /* CATCHBASIN_STORE */
};

/* Starts the writing thread. Lines logged before go out at once, from the calling thread. */
int log_start(enum log_level level, enum log_target target, struct err *reterr) MUST_CHECK;
/* Writes out what waits, for at most two seconds, and ends the thread; later lines go out at once again. */
void log_stop(void);
/* Live change. */
void log_set(enum log_level level, enum log_target target);
enum log_level log_level(void);
/* True if debug lines are wanted: ask before preparing anything costly. */
bool log_debug_on(void);
/* Lines dropped because the ring was full, since the start. */
uint64_t log_dropped(void);

void log_line(enum log_level level, const struct sync_src *src, const struct log_about *about, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

#define log_error(...) log_line(LOG_LV_ERROR, SYNC_HERE, NULL, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LV_WARNING, SYNC_HERE, NULL, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LV_NOTICE, SYNC_HERE, NULL, __VA_ARGS__)
#define log_info(...) log_line(LOG_LV_INFO, SYNC_HERE, NULL, __VA_ARGS__)
#define log_debug(...)                                                                              \
	do {                                                                                        \
		if (UNLIKELY(log_debug_on()))                                                       \
			log_line(LOG_LV_DEBUG, SYNC_HERE, NULL, __VA_ARGS__);                       \
	} while (0)
/* log_about(LOG_LV_WARNING, (&(struct log_about){.key = name, .listener = name}), "…", …) */
#define log_about(level, about, ...) log_line((level), SYNC_HERE, (about), __VA_ARGS__)

/* "error", "warning", "notice", "info", "debug". */
const char *log_level_name(enum log_level level);

#endif
