/*
 * other - another process that reads: it opens a snapshot when told, and keeps it until told to go.
 *
 * Owns     the process
 * Threads  one
 * Blocks   until the process has done what it was told
 * Units    none
 * Errors   whatever goes wrong here fails a test
 * Limits   none
 * Upholds  none
 */
#ifndef TESTS_STORE_OTHER_H
#define TESTS_STORE_OTHER_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"

struct other {
	pid_t pid;
	int to, from; /* pipes */
};

/* Opens a snapshot, says so, and waits. */
UNUSED static void read_for_ever(const char *path, int in, int out)
{
	sqlite3 *sql = NULL;
	char byte = 0;

	if (read(in, &byte, 1) != 1 || sqlite3_open_v2(path, &sql, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_exec(sql, "BEGIN; SELECT count(*) FROM messages", NULL, NULL, NULL) != SQLITE_OK ||
	    write(out, "r", 1) != 1)
		_exit(1);
	(void)!read(in, &byte, 1);
	_exit(0);
}

/* Forked before anything is open here; begins to read when told. */
UNUSED static struct other other_start(const char *path)
{
	struct other o;
	int to[2], from[2];

	if (pipe(to) < 0 || pipe(from) < 0)
		exit(1);
	fflush(stdout);
	o.pid = fork();
	if (o.pid == 0) {
		close(to[1]);
		close(from[0]);
		read_for_ever(path, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	o.to = to[1];
	o.from = from[0];
	return o;
}

UNUSED static void other_read(const struct other *o)
{
	char byte;

	ok(write(o->to, "g", 1) == 1 && read(o->from, &byte, 1) == 1, "another process reads");
}

UNUSED static void other_stop(const struct other *o)
{
	int got;

	close(o->to);
	close(o->from);
	ok(waitpid(o->pid, &got, 0) == o->pid && got == 0, "it goes");
}

#endif
