/* Reads a store while it is written: watches it grow, follows it row by row, or scans all of it again and again. */
#include "config.h"

#include "reader.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

static const char usage[] =
	"usage: reader [OPTION]... watch|tail|scan FILE\n"
	"  watch  looks for the highest id, and notes when it changes\n"
	"  tail   reads every new row, with its body, at each look\n"
	"  scan   reads the whole table, again and again, each time in one transaction\n"
	"  -e US       microseconds between two looks (1000)\n"
	"  -n COUNT    watch: end when so many rows were added\n"
	"  -d SECONDS  end after that long, at most 600 (600)\n"
	"  -T          watch: compare with the stamps of bench/load -T at the end\n"
	"ends at SIGTERM, too; prints one JSON object\n";

static volatile sig_atomic_t told_to_end;

static void on_signal(int signo)
{
	(void)signo;
	told_to_end = 1;
}

int64_t reader_at(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

bool reader_over(const struct reader *r)
{
	return told_to_end || reader_at() - r->begun_at > r->seconds * INT64_C(1000000000);
}

void reader_wait(const struct reader *r)
{
	struct timespec ts = {.tv_sec = r->every_us / 1000000, .tv_nsec = r->every_us % 1000000 * 1000};

	nanosleep(&ts, NULL);
}

sqlite3_stmt *reader_prepare(const struct reader *r, const char *sql)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(r->db, sql, -1, &st, NULL) == SQLITE_OK)
		return st;
	fprintf(stderr, "reader: %s: %s\n", r->file, sqlite3_errmsg(r->db));
	exit(1);
}

static void tail(struct reader *r)
{
	sqlite3_stmt *st = reader_prepare(r, "SELECT id, received_at, listener, peer, size, body FROM messages"
					     " WHERE id > ? ORDER BY id");
	sqlite3_stmt *top = reader_prepare(r, "SELECT max(id) FROM messages");

	if (sqlite3_step(top) == SQLITE_ROW)
		r->base = sqlite3_column_int64(top, 0);
	sqlite3_finalize(top);
	while (!reader_over(r)) {
		reader_wait(r);
		sqlite3_bind_int64(st, 1, r->base);
		while (sqlite3_step(st) == SQLITE_ROW) {
			r->base = sqlite3_column_int64(st, 0);
			r->bytes += sqlite3_column_bytes(st, 5);
			r->rows++;
		}
		r->failed += sqlite3_reset(st) != SQLITE_OK;
	}
	sqlite3_finalize(st);
}

static void scan(struct reader *r)
{
	sqlite3_stmt *st = reader_prepare(r, "SELECT body FROM messages");

	while (!reader_over(r)) {
		reader_wait(r);
		while (!reader_over(r) && sqlite3_step(st) == SQLITE_ROW) {
			r->bytes += sqlite3_column_bytes(st, 0);
			r->rows++;
		}
		r->scans++;
		r->failed += sqlite3_reset(st) != SQLITE_OK;
	}
	sqlite3_finalize(st);
}

static void read_options(struct reader *r, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "e:n:d:T")) != -1) {
		switch (c) {
		case 'e': r->every_us = atol(optarg); break;
		case 'n': r->count = atol(optarg); break;
		case 'd': r->seconds = atol(optarg); break;
		case 'T': r->stamped = true; break;
		default: exit(64);
		}
	}
	if (optind + 2 == argc && r->every_us > 0 && r->count >= 0 && r->seconds > 0 && r->seconds <= READER_SECONDS)
		return;
	fputs(usage, stderr);
	exit(64);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct reader *r);
	} ways[] = {{"watch", reader_watch}, {"tail", tail}, {"scan", scan}};
	static struct reader r = {.every_us = 1000, .seconds = READER_SECONDS};
	struct sigaction act = {.sa_handler = on_signal};
	size_t way = 0;

	read_options(&r, argc, argv);
	while (way < sizeof(ways) / sizeof(ways[0]) && strcmp(ways[way].name, argv[optind]) != 0)
		way++;
	if (way == sizeof(ways) / sizeof(ways[0])) {
		fputs(usage, stderr);
		return 64;
	}
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	prctl(PR_SET_TIMERSLACK, 1UL);
	r.file = argv[optind + 1];
	if (sqlite3_open_v2(r.file, &r.db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
		fprintf(stderr, "reader: %s: %s\n", r.file, sqlite3_errmsg(r.db));
		return 1;
	}
	sqlite3_busy_timeout(r.db, 1000);
	r.begun_at = reader_at();
	ways[way].run(&r);
	r.ended_at = reader_at();
	printf("{\"rows\":%ld,\"bytes\":%lld,\"scans\":%ld,\"failed\":%ld,\"looks\":%zu,\"commits_seen\":%zu,"
	       "\"first_at\":%lld,\"last_at\":%lld,\"seconds\":%.6f", r.rows, r.bytes, r.scans, r.failed, r.looks.count,
	       r.mark_count, (long long)(r.mark_count ? r.marks[0].at : 0),
	       (long long)(r.mark_count ? r.marks[r.mark_count - 1].at : 0), (double)(r.ended_at - r.begun_at) / 1e9);
	sample_tell(&r.looks, "look_ms");
	sample_tell(&r.gaps, "gap_ms");
	if (r.stamped)
		reader_latency(&r);
	printf("}\n");
	sqlite3_close(r.db);
	free(r.marks);
	return 0;
}
