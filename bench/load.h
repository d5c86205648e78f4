/*
 * load - a bounded generator of numbered messages, for measuring.
 *
 * Owns     its sockets and buffers
 * Threads  one
 * Blocks   in sends to datagram sockets, in epoll for streams, between two ticks
 * Units    bytes, messages, seconds; _ns nanoseconds of the monotonic clock
 * Errors   said on stderr, exit status 1; usage 64
 * Limits   loopback and unix addresses; LOAD_MAX_COUNT messages, LOAD_MAX_SECONDS seconds
 * Upholds  a connection's numbers begin at 1 and have no gaps; what is counted as sent the kernel took whole
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LOAD_MAX_COUNT 100000000L
#define LOAD_MAX_SECONDS 600
#define LOAD_MAX_CONNS 10000 /* four digits */
#define LOAD_MAX_SIZE 65000
#define LOAD_SEGMENTS 16
#define LOAD_TAIL 14  /* "CCCC NNNNNNNNN": connection and number */
#define LOAD_STAMP 20 /* "SSSSSSSSSSNNNNNNNNN ": nanoseconds since 1970, before the tail */

/* A stretch of time with one rate. */
struct segment {
	double seconds;
	double rate; /* messages a second; 0: as fast as they are taken */
};

struct conn {
	int fd;
	bool blocked;    /* streams: until epoll says otherwise */
	uint32_t number; /* of the last message made */
	long sent;       /* messages the kernel took whole */
	char *buffer;    /* streams: lines on their way */
	size_t len, off;
};

struct load {
	const char *url;
	bool stream, stamp, gso;
	union {
		struct sockaddr any;
		struct sockaddr_storage room;
		struct sockaddr_un un;
	} to;
	socklen_t to_len;
	long count; /* messages in all; 0: as many as the time allows */
	size_t size;
	int conn_count, burst, sample_ms;
	struct segment segments[LOAD_SEGMENTS];
	int segment_count;

	struct conn *conns;
	long sent, made, errors, cut; /* made: put into a buffer or handed to the kernel */
	int64_t started_ns, ended_ns, started_at, ended_at;

	/* pace */
	int segment;
	int64_t segment_ns, sample_ns;
	double segment_made;
};

/* ---- text (load_text.c) ---- */

/* Writes the message of `size` bytes with connection c and number 0 to `to`; no line end. */
void text_make(char *to, size_t size, bool stamp, int c);
/* Puts another connection into a message of `size` bytes. */
void text_connection(char *message, size_t size, int c);
/* Puts the number into a message of `size` bytes. */
void text_number(char *message, size_t size, uint32_t number);
/* Puts the time, nanoseconds since 1970, into it. */
void text_stamp(char *message, size_t size, int64_t at);

/* ---- pace (load_pace.c) ---- */

int64_t clock_ns(void);
int64_t unix_ns(void);
void pace_start(struct load *l);
/* How many messages may be made now, at most `most`; 0: none yet; -1: it is over. */
long pace_due(struct load *l, long most);
/* The caller has made so many of them. */
void pace_made(struct load *l, long count);
/* When the next message is due; now if it is. */
int64_t pace_next_ns(const struct load *l);
/* Sleeps until then. */
void pace_wait(const struct load *l);

/* ---- sending ---- */

/* Send until the pace is over. False: the receiver has gone. */
bool load_datagrams(struct load *l);
bool load_streams(struct load *l);

#endif
