/* Sends numbered messages to a listener and tells in one line what it sent, so that a test can count them again. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blast.h"

static const char usage[] =
	"usage: blast [OPTION]... URL\n"
	"URL is udp://H:P, tcp://H:P, unix:///PATH or unixgram:///PATH; H is a loopback address.\n"
	"Each connection sends COUNT messages \"SRC-CONNECTION NUMBER padding\", NUMBER from FIRST on.\n"
	"  -n COUNT     messages of each connection (1000)\n"
	"  -b FIRST     the first number (1)\n"
	"  -s SIZE      bytes of a message, line end not counted (120)\n"
	"  -c COUNT     connections, SRC-0 and so on (1)\n"
	"  -r RATE      messages a second, all connections together; 0: as fast as they are taken (0)\n"
	"  -S SRC       the name in front (s)\n"
	"  -f FRAMING   of streams: newline, nul or octet (newline)\n"
	"  -a           read answers and wait for the ACK of the last message\n"
	"  -p           leave the last line without its end\n"
	"  -H SECONDS   stay connected that long after the last message\n"
	"  -R           end with a reset instead of a close, without waiting for answers\n"
	"  -t SECONDS   give up after that long (60, at most 600)\n"
	"prints sent=N bytes=N errors=N seconds=S, and with -a acked=N,N,... nak=N,N,... of the connections\n"
	"exit status: 0 all was sent (and acknowledged), 1 not all, 64 usage\n";

static const char *const framings[] = {
	[BLAST_NEWLINE] = "newline",
	[BLAST_NUL] = "nul",
	[BLAST_OCTET] = "octet",
};

static void refuse(const char *why)
{
	fprintf(stderr, "blast: %s; see blast -h\n", why);
	exit(EXIT_USAGE);
}

static long number(int option, long min, long max)
{
	char *end, why[128];
	long n;

	errno = 0;
	n = strtol(optarg, &end, 10);
	if (errno || *end || end == optarg || n < min || n > max) {
		snprintf(why, sizeof(why), "-%c takes a number in %ld-%ld", option, min, max);
		refuse(why);
	}
	return n;
}

static enum blast_framing framing_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(framings); i++)
		if (!strcmp(name, framings[i]))
			return (enum blast_framing)i;
	refuse("-f takes newline, nul or octet");
	return BLAST_NEWLINE;
}

/* No load leaves the machine. */
static bool is_loopback(const struct addr *a)
{
	switch (a->sa.any.sa_family) {
	case AF_INET:
		return ntohl(a->sa.in.sin_addr.s_addr) >> 24 == 127;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&a->sa.in6.sin6_addr);
	default:
		return true;
	}
}

static void read_options(int argc, char **argv, struct blast *b)
{
	struct err err;
	int c;

	while ((c = getopt(argc, argv, "n:b:s:c:r:S:f:apRH:t:h")) != -1) {
		switch (c) {
		case 'n': b->count = number(c, 0, 100000000); break;
		case 'b': b->first = number(c, 0, 1000000000); break;
		case 's': b->size = (size_t)number(c, 24, BLAST_SIZE); break;
		case 'c': b->conn_count = (int)number(c, 1, 10000); break;
		case 'r': b->rate = number(c, 0, 100000000); break;
		case 't': b->limit_s = number(c, 1, 600); break;
		case 'H': b->hold_s = number(c, 0, 600); break;
		case 'S': b->src = optarg; break;
		case 'f': b->framing = framing_of(optarg); break;
		case 'a': b->ack = true; break;
		case 'p': b->no_end = true; break;
		case 'R': b->reset = true; break;
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_CLEAN);
		default:
			exit(EXIT_USAGE);
		}
	}
	if (optind + 1 != argc)
		refuse("one URL is needed");
	if (addr_parse(argv[optind], &b->addr, &err) < 0)
		refuse(err.text);
	if (!is_loopback(&b->addr))
		refuse("only loopback addresses are sent to");
	if (strlen(b->src) + 22 > b->size)
		refuse("-s leaves no room for SRC, connection and number");
	if (b->ack && !addr_is_stream(&b->addr))
		refuse("-a is for streams");
}

static void tell(const struct blast *b)
{
	long sent = 0;

	for (int i = 0; i < b->conn_count; i++)
		sent += b->conns[i].done;
	printf("sent=%ld bytes=%lld errors=%ld seconds=%.3f", sent, b->bytes, b->errors, blast_now() - b->started);
	for (int i = 0; b->ack && i < b->conn_count; i++)
		printf("%s%ld", i ? "," : " acked=", b->conns[i].acked);
	for (int i = 0; b->ack && i < b->conn_count; i++)
		printf("%s%ld", i ? "," : " nak=", b->conns[i].naks);
	printf("\n");
}

int main(int argc, char **argv)
{
	struct blast b = {.count = 1000, .first = 1, .size = 120, .conn_count = 1, .limit_s = 60, .src = "s"};
	bool whole;

	signal(SIGPIPE, SIG_IGN);
	read_options(argc, argv, &b);
	b.started = blast_now();
	whole = blast_connect(&b);
	if (whole)
		whole = blast_send(&b);
	blast_hold(&b);
	if (b.ack && !b.reset)
		whole = blast_await(&b) && whole;
	blast_close(&b);
	tell(&b);
	free(b.conns);
	return whole ? 0 : 1;
}
