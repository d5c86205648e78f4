/*
 * reader - one that reads a store while it is written: what it sees, when, and how it gets in the way.
 *
 * Owns     its connection
 * Threads  one
 * Blocks   between two looks
 * Units    _us microseconds, _ns nanoseconds (at: since 1970)
 * Errors   said on stderr, exit status 1; usage 64
 * Limits   READER_SECONDS seconds, READER_MARKS commits seen
 * Upholds  it never writes; a look is one short read transaction, but for a scan
 */
#ifndef BENCH_READER_H
#define BENCH_READER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_SECONDS 600
#define READER_MARKS 4000000

/* At this time rows up to this id were visible. */
struct mark {
	int64_t at, id;
};

/* Numbers to be sorted. */
struct sample {
	uint32_t *us;
	size_t count, cap;
};

struct reader {
	const char *file;
	long every_us, count, seconds;
	bool stamped;
	sqlite3 *db;
	int64_t base;       /* the highest id before */
	struct mark *marks; /* one for each change seen */
	size_t mark_count;
	struct sample looks, gaps; /* between looks, and between changes */
	long rows, scans, failed;
	long long bytes;
	int64_t begun_at, ended_at;
};

/* Nanoseconds since 1970. */
int64_t reader_at(void);
/* True once it was told to end, or its time is over. */
bool reader_over(const struct reader *r);
/* Sleeps until the next look. */
void reader_wait(const struct reader *r);
sqlite3_stmt *reader_prepare(const struct reader *r, const char *sql);

/* Looks for the highest id, again and again, and notes when it changes. */
void reader_watch(struct reader *r);
/* Compares when rows were visible with the stamps in them (bench/load -T). */
void reader_latency(struct reader *r);

void sample_add(struct sample *s, int64_t ns);
/* Writes "NAME_p50":…,"NAME_p99":…,"NAME_p999":…,"NAME_max":… in milliseconds, a comma in front. Sorts. */
void sample_tell(struct sample *s, const char *name);

#endif
