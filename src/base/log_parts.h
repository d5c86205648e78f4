/*
 * log_parts - what the files of the log say to each other: a line as data, its rate, its way out.
 *
 * Owns     struct log_rate and struct log_ring, each by whoever made it
 * Threads  log_rate: under its holder's lock; log_ring_put: any; log_out_*: any
 * Blocks   log_out_write: until until_ns; log_ring_end: until then
 * Units    _ns nanoseconds of the monotonic clock, wall_ns since 1970 UTC
 * Errors   log_out_write: false if the line is lost
 * Limits   LOG_SLOTS events remembered, LOG_RING lines waiting
 * Upholds  a line leaves whole or not at all where the reader is a pipe
 *
 * For log*.c alone.
 */
#ifndef BASE_LOG_PARTS_H
#define BASE_LOG_PARTS_H

#include "base/log.h"

#define LOG_FIELD 64
#define LOG_SLOTS 256
#define LOG_REMEMBERED 200 /* bytes of a suppressed line that are told */
#define LOG_OUT 4096       /* bytes of a line on its way out: what a pipe takes whole (PIPE_BUF) */

/* One event. */
struct log_event {
	int64_t wall_ns;
	enum log_level level;
	const struct sync_src *src; /* may be NULL */
	char thread[SYNC_NAME];
	char listener[LOG_FIELD], peer[LOG_FIELD], store[LOG_FIELD]; /* "" where there is none */
	char text[LOG_LINE];
};

/* ---- the way out (log_out.c) ---- */

enum log_way { LOG_WAY_STDERR, LOG_WAY_STDERR_PRIORITY, LOG_WAY_JOURNAL };

/* Where lines for target go in this process. */
enum log_way log_out_way(enum log_target target);
/* True if the journal's socket is there and this build can speak to it. */
bool log_out_has_journal(void);
/* Puts text into at most size bytes, control characters and broken UTF-8 as \xNN; gives the length. */
size_t log_out_escape(const char *text, char *ret_text, size_t size);
/* Writes one event. Gives up when *give_up_ns (may change meanwhile) has passed. False if the line is lost. */
bool log_out_write(enum log_way way, const struct log_event *e, const _Atomic int64_t *give_up_ns);

/* ---- the rate (log_rate.c) ---- */

/* One event that has been seen. */
struct log_slot {
	uint64_t hash; /* 0: free */
	int64_t last_ns;
	uint64_t suppressed;
	const struct sync_src *src;
	enum log_level level;
	char listener[LOG_FIELD], peer[LOG_FIELD], store[LOG_FIELD];
	char text[LOG_REMEMBERED];
};

struct log_rate {
	struct log_slot slots[LOG_SLOTS];
	unsigned waiting; /* slots with something suppressed */
};

/* Where two events are the same, their hashes are. */
uint64_t log_rate_hash(const struct sync_src *src, const char *key);
/* True if e may go out now; then what was suppressed before it is told at its end. If remembering e pushes out an
 * event with something suppressed, *ret_pushed becomes that event's summary and *ret_has_pushed true. */
bool log_rate_admit(struct log_rate *r, uint64_t hash, int64_t now_ns, struct log_event *e,
		    struct log_event *ret_pushed, bool *ret_has_pushed);
/* Gives the summary of one event that has been suppressed for a second (or at all, where `all`); false if none. */
bool log_rate_sweep(struct log_rate *r, int64_t now_ns, bool all, struct log_event *ret_summary);

/* ---- the ring and its thread (log_ring.c) ---- */

struct log_ring;

/* Gives a ring with a running thread; NULL with reterr. */
struct log_ring *log_ring_new(enum log_way way, struct err *reterr) MUST_CHECK;
void log_ring_set_way(struct log_ring *r, enum log_way way);
/* Never blocks on the reader of the log. A full ring drops the line and counts it in `dropped`. */
void log_ring_put(struct log_ring *r, uint64_t hash, struct log_event *e);
/* Takes r: writes out what waits until the deadline, then ends the thread, or leaves both behind for good where
 * the thread hangs in the system. No put may be under way. */
void log_ring_end(struct log_ring *r, int64_t deadline_ns);
/* Lines dropped, by all rings. */
uint64_t log_ring_dropped(void);

#endif
