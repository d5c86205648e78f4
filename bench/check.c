/* Reads a database back and counts by number what is there: missing, twice, out of order. */
#include "config.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNS 10000
#define MAX_NUMBER 100000000L
#define TAIL 14 /* see load.h */

struct conn {
	unsigned char *seen; /* a bit for each number */
	size_t room;
	long rows, highest, last;
};

struct check {
	struct conn conns[CONNS];
	long rows, twice, disordered, foreign, bytes;
};

static const char usage[] =
	"usage: check FILE QUERY [COUNT,COUNT,...]\n"
	"QUERY gives one column with the messages of bench/load, in the order in which they were stored. Each COUNT is how\n"
	"many a connection sent; with them numbers that are missing at the end are found, too.\n"
	"prints {\"rows\":N,\"missing\":N,\"twice\":N,\"disordered\":N,\"foreign\":N,\"bytes\":N}\n"
	"exit status: 0 it was read, 1 it could not be, 64 usage\n";

static long digits(const char *text, int count)
{
	long n = 0;

	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		n = n * 10 + (text[i] - '0');
	}
	return n;
}

static bool make_room(struct conn *c, long number)
{
	size_t need = (size_t)number / 8 + 1, room = c->room ? c->room : 1024;
	unsigned char *more;

	if (need <= c->room)
		return true;
	while (room < need)
		room *= 2;
	more = realloc(c->seen, room);
	if (!more)
		return false;
	memset(more + c->room, 0, room - c->room);
	c->seen = more;
	c->room = room;
	return true;
}

static bool take(struct check *k, const char *text, int len)
{
	const char *tail = text + len - TAIL;
	long conn = len >= TAIL && tail[4] == ' ' ? digits(tail, 4) : -1, number = conn < 0 ? -1 : digits(tail + 5, 9);
	struct conn *c;

	k->rows++;
	k->bytes += len;
	if (number < 1 || number > MAX_NUMBER) {
		k->foreign++;
		return true;
	}
	c = &k->conns[conn];
	if (!make_room(c, number))
		return false;
	if (c->seen[number / 8] & 1u << number % 8) {
		k->twice++;
		return true;
	}
	c->seen[number / 8] |= (unsigned char)(1u << number % 8);
	c->rows++;
	k->disordered += number < c->last;
	c->last = number;
	if (number > c->highest)
		c->highest = number;
	return true;
}

static int failed(sqlite3 *db, const char *file)
{
	fprintf(stderr, "check: %s: %s\n", file, sqlite3_errmsg(db));
	return 1;
}

static int read_all(struct check *k, const char *file, const char *query)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	int rc;

	if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return failed(db, file);
	sqlite3_busy_timeout(db, 10000);
	sqlite3_exec(db, "PRAGMA mmap_size = 4294967296", NULL, NULL, NULL);
	if (sqlite3_prepare_v2(db, query, -1, &st, NULL) != SQLITE_OK)
		return failed(db, file);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *text = sqlite3_column_blob(st, 0);

		if (!take(k, text ? text : "", sqlite3_column_bytes(st, 0))) {
			perror("check");
			return 1;
		}
	}
	if (rc != SQLITE_DONE)
		return failed(db, file);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return 0;
}

int main(int argc, char **argv)
{
	static struct check k;
	const char *counts = argc > 3 ? argv[3] : "";
	long missing = 0;
	int status;

	if (argc < 3 || argc > 4) {
		fputs(usage, stderr);
		return 64;
	}
	status = read_all(&k, argv[1], argv[2]);
	if (status)
		return status;
	for (int i = 0; i < CONNS; i++) {
		char *end = NULL;
		long sent = *counts ? strtol(counts, &end, 10) : 0;

		missing += (sent > k.conns[i].highest ? sent : k.conns[i].highest) - k.conns[i].rows;
		if (end)
			counts = *end == ',' ? end + 1 : end;
		free(k.conns[i].seen);
	}
	printf("{\"rows\":%ld,\"missing\":%ld,\"twice\":%ld,\"disordered\":%ld,\"foreign\":%ld,\"bytes\":%ld}\n", k.rows,
	       missing, k.twice, k.disordered, k.foreign, k.bytes);
	return 0;
}
