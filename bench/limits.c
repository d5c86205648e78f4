/* What SQLite alone and the sockets alone can do on this machine: one measurement a call, told as JSON. */
#include "config.h"

#include "limits.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: limits insert [OPTION]... NEW-FILE   rows from memory into one file, journal_mode WAL\n"
	"       limits udp|tcp [OPTION]... PORT      receive and count only, on 127.0.0.1; port 0: any free, printed\n"
	"insert:\n"
	"  -v WAY       one: a prepared INSERT; values: 64 rows an INSERT; table: INSERT ... SELECT from a virtual table\n"
	"  -p BYTES     page size (4096)\n"
	"  -D WORD      synchronous: full, normal, off (full)\n"
	"  -w MIB       checkpoint between transactions when the log is so long (16)\n"
	"  -n ROWS      rows in all (1000000)\n"
	"  -t ROWS      rows a transaction (4096)\n"
	"  -s BYTES     of a body, 20-65000 (120)\n"
	"  -i           ids by SQLite, not given\n"
	"  -f           write the files as the daemon does: frames gathered, the disk told early\n"
	"  -e SQL       run at the start, such as a PRAGMA\n"
	"udp, tcp:\n"
	"  -m MS        end when nothing has come for so long after the first message (1000)\n"
	"  -R BYTES     receive buffer asked for (8388608)\n";

static void refuse(const char *why)
{
	fprintf(stderr, "limits: %s; see limits -h\n", why);
	exit(64);
}

static long number(int option, const char *text, long min, long max)
{
	char *end, why[128];
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || *end || end == text || n < min || n > max) {
		snprintf(why, sizeof(why), "-%c takes a number in %ld-%ld", option, min, max);
		refuse(why);
	}
	return n;
}

static int word(const char *text, const char *const *words, int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(text, words[i]))
			return i;
	refuse("an option has a value it does not know");
	return 0;
}

/* The next option with its letter, -1 after the last. */
static int option(int argc, char **argv, const char *letters)
{
	int c = getopt(argc, argv, letters);

	if (c == 'h')
		fputs(usage, stdout);
	if (c == 'h' || c == '?')
		exit(c == 'h' ? 0 : 64);
	return c;
}

/* The one word behind the options. */
static const char *operand(int argc, char **argv, const char *missing)
{
	if (optind + 1 != argc)
		refuse(missing);
	return argv[optind];
}

static int insert(int argc, char **argv)
{
	static const char *const ways[] = {[WAY_ONE] = "one", [WAY_VALUES] = "values", [WAY_TABLE] = "table"};
	static const char *const levels[] = {"full", "normal", "off"};
	struct insert_opts o = {.durability = "full", .extra = "", .way = WAY_ONE, .rows = 1000000,
				.rows_per_commit = 4096, .page_bytes = 4096, .wal_mib = 16, .size = 120};
	int c;

	while ((c = option(argc, argv, "v:p:D:w:n:t:s:e:ifh")) != -1) {
		switch (c) {
		case 'v': o.way = (enum way)word(optarg, ways, 3); break;
		case 'p': o.page_bytes = number(c, optarg, 512, 65536); break;
		case 'D': o.durability = levels[word(optarg, levels, 3)]; break;
		case 'w': o.wal_mib = number(c, optarg, 1, 10000); break;
		case 'n': o.rows = number(c, optarg, 1, LIMITS_MAX_ROWS); break;
		case 't': o.rows_per_commit = number(c, optarg, 1, LIMITS_MAX_ROWS); break;
		case 's': o.size = number(c, optarg, 20, 65000); break;
		case 'e': o.extra = optarg; break;
		case 'i': o.numbered = true; break;
		case 'f': o.as_we_do = true; break;
		}
	}
	o.path = operand(argc, argv, "one new file is needed");
	return limit_insert(&o);
}

static int receive(bool stream, int argc, char **argv)
{
	long idle_ms = 1000, rcvbuf = 8388608, port;
	int c;

	while ((c = option(argc, argv, "m:R:h")) != -1) {
		switch (c) {
		case 'm': idle_ms = number(c, optarg, 1, 60000); break;
		case 'R': rcvbuf = number(c, optarg, 2048, 1 << 30); break;
		}
	}
	port = number('p', operand(argc, argv, "a port is needed"), 0, 65535);
	return limit_receive(stream, (unsigned)port, idle_ms, (int)rcvbuf);
}

int main(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "-h")) {
		fputs(usage, argc < 2 ? stderr : stdout);
		return argc < 2 ? 64 : 0;
	}
	if (!strcmp(argv[1], "insert"))
		return insert(argc - 1, argv + 1);
	if (!strcmp(argv[1], "udp"))
		return receive(false, argc - 1, argv + 1);
	if (!strcmp(argv[1], "tcp"))
		return receive(true, argc - 1, argv + 1);
	refuse("the first word is insert, udp or tcp");
}
