/*
 * blast - a bounded load of numbered messages, for the system tests.
 *
 * Owns     its sockets and buffers
 * Threads  one
 * Blocks   in poll, until the limit
 * Units    bytes, messages, seconds
 * Errors   false, said on stderr
 * Limits   loopback and unix addresses only; limit_s seconds in all
 * Upholds  done is what the kernel took of each connection, in order and whole
 */
#ifndef TESTS_BLAST_H
#define TESTS_BLAST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"

#define BLAST_SIZE 65507
#define BLAST_BUFFER (64 * 1024)

enum blast_framing { BLAST_NEWLINE, BLAST_NUL, BLAST_OCTET };

struct blast_conn {
	int fd;             /* -1: broken or closed */
	long done;          /* messages the kernel took whole */
	long acked, naks;   /* the highest ACK, the number of NAKs */
	char *buffer;       /* streams: framed messages not yet taken */
	size_t len, off;
	long long taken;    /* streams: bytes the kernel took */
	long built;         /* streams: messages put into the buffer so far */
	char line[128];     /* of the answers, unfinished */
	size_t line_len;
	bool ended;         /* the peer has closed */
};

struct blast {
	struct addr addr;
	const char *src;
	long count, first, rate, limit_s, hold_s;
	size_t size, frame_len;
	enum blast_framing framing;
	bool ack, no_end, reset;
	int conn_count;
	struct blast_conn *conns;
	long long bytes;
	long errors;
	double started;
};

/* Monotonic seconds. */
double blast_now(void);
/* Opens all connections. False: not all. */
bool blast_connect(struct blast *b);
/* Sends until all is sent or the time is over. True: all was sent. */
bool blast_send(struct blast *b);
/* Stays connected for hold_s, reading answers. */
void blast_hold(struct blast *b);
/* Half-closes and waits for the last ACK of each connection. True: all have come. */
bool blast_await(struct blast *b);
/* Closes, or resets, all connections. */
void blast_close(struct blast *b);

#endif
