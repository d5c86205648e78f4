/* Sends numbered messages at a given pace, and tells as JSON what it really offered. */
#include "config.h"

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char usage[] =
	"usage: load [OPTION]... URL\n"
	"URL is udp://A.B.C.D:PORT, tcp://A.B.C.D:PORT (loopback), unix:///PATH or unixgram:///PATH.\n"
	"A message of SIZE bytes ends in \"CCCC NNNNNNNNN\": its connection, from 0000, and its number there, from 1.\n"
	"  -n COUNT     messages in all, at most 100000000; 0: as the time allows (0)\n"
	"  -d SECONDS   how long, at most 600 (10)\n"
	"  -r RATE      messages a second, all connections together; 0: as fast as they are taken (0)\n"
	"  -p SHAPE     instead of -d and -r: SECONDS@RATE,SECONDS@RATE,... (\"2@50000,1@0,3@50000\")\n"
	"  -c COUNT     connections, or sockets (1)\n"
	"  -s SIZE      bytes of a message, line end not counted, 20-65000 (120)\n"
	"  -b BURST     messages of one call at most (datagrams: 64, streams: what fits into 64 KiB)\n"
	"  -T           stamp: 19 digits of nanoseconds since 1970 and a space stand before the last 14 bytes\n"
	"  -g           UDP: leave the cutting to the kernel (UDP_SEGMENT); less work for the sender\n"
	"  -i MS        print {\"at\":unix ns,\"sent\":N} that often\n"
	"prints one JSON object at the end\n"
	"exit status: 0 all that was made was sent, 1 not all, 64 usage\n";

static void refuse(const char *why)
{
	fprintf(stderr, "load: %s; see load -h\n", why);
	exit(64);
}

static double number(int option, const char *text, char **end, double min, double max)
{
	double n;
	char why[128];

	errno = 0;
	n = strtod(text, end);
	if (errno || *end == text || !(n >= min && n <= max)) {
		snprintf(why, sizeof(why), "-%c takes numbers in %.0f-%.0f", option, min, max);
		refuse(why);
	}
	return n;
}

static double whole_number(int option, double min, double max)
{
	char *end;
	double n = number(option, optarg, &end, min, max);

	if (*end)
		refuse("what stands behind a number is not understood");
	return n;
}

static void read_shape(struct load *l, const char *text)
{
	double all = 0;
	char *end;

	for (l->segment_count = 0;; text = end + 1) {
		struct segment *s = &l->segments[l->segment_count++];

		s->seconds = number('p', text, &end, 0, LOAD_MAX_SECONDS);
		if (*end != '@')
			refuse("-p takes SECONDS@RATE,...");
		s->rate = number('p', end + 1, &end, 0, 1e8);
		all += s->seconds;
		if (all > LOAD_MAX_SECONDS)
			refuse("-p is too long in all");
		if (!*end)
			return;
		if (*end != ',' || l->segment_count == LOAD_SEGMENTS)
			refuse("-p takes at most 16 of SECONDS@RATE, with commas");
	}
}

static bool read_inet(struct load *l, const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&l->to.room;
	char host[16] = "", after;
	unsigned port;

	if (sscanf(text, "%15[0-9.]:%u%c", host, &port, &after) != 2 || port > 65535 ||
	    inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return false;
	/* No load leaves the machine. */
	if (ntohl(in->sin_addr.s_addr) >> 24 != 127)
		refuse("only loopback addresses are sent to");
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	l->to_len = sizeof(*in);
	return true;
}

static void read_url(struct load *l, const char *url)
{
	static const struct {
		const char *scheme;
		bool stream, local;
	} kinds[] = {
		{"udp://", false, false},
		{"tcp://", true, false},
		{"unix://", true, true},
		{"unixgram://", false, true},
	};

	l->url = url;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *rest = url + strlen(kinds[i].scheme);

		if (strncmp(url, kinds[i].scheme, strlen(kinds[i].scheme)) != 0)
			continue;
		l->stream = kinds[i].stream;
		if (!kinds[i].local && read_inet(l, rest))
			return;
		if (!kinds[i].local || *rest != '/' || strlen(rest) >= sizeof(l->to.un.sun_path))
			break;
		l->to.un.sun_family = AF_UNIX;
		strcpy(l->to.un.sun_path, rest);
		l->to_len = sizeof(l->to.un);
		return;
	}
	refuse("the URL is not understood");
}

static void read_options(struct load *l, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:d:r:p:c:s:b:Tgi:h")) != -1) {
		switch (c) {
		case 'n': l->count = (long)whole_number(c, 0, LOAD_MAX_COUNT); break;
		case 'd': l->segments[0].seconds = whole_number(c, 0, LOAD_MAX_SECONDS); break;
		case 'r': l->segments[0].rate = whole_number(c, 0, 1e8); break;
		case 'p': read_shape(l, optarg); break;
		case 'c': l->conn_count = (int)whole_number(c, 1, LOAD_MAX_CONNS); break;
		case 's': l->size = (size_t)whole_number(c, 20, LOAD_MAX_SIZE); break;
		case 'b': l->burst = (int)whole_number(c, 1, 100000); break;
		case 'i': l->sample_ms = (int)whole_number(c, 1, 10000); break;
		case 'T': l->stamp = true; break;
		case 'g': l->gso = true; break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			exit(64);
		}
	}
	if (optind + 1 != argc)
		refuse("one URL is needed");
	read_url(l, argv[optind]);
	if (l->stamp && l->size < LOAD_TAIL + LOAD_STAMP + 6)
		refuse("-T needs messages of 40 bytes or more");
	if (l->gso && (l->stream || l->to.any.sa_family == AF_UNIX))
		refuse("-g is for udp://");
	if (!l->burst)
		l->burst = l->stream ? 100000 : 64;
}

static bool connect_all(struct load *l)
{
	int type = l->stream ? SOCK_STREAM : SOCK_DGRAM, on = 1;

	l->conns = calloc((size_t)l->conn_count, sizeof(*l->conns));
	for (int i = 0; l->conns && i < l->conn_count; i++) {
		struct conn *c = &l->conns[i];

		c->fd = socket(l->to.any.sa_family, type | SOCK_CLOEXEC, 0);
		if (c->fd < 0 || connect(c->fd, &l->to.any, l->to_len) < 0) {
			fprintf(stderr, "load: connection %d to %s: %s\n", i, l->url, strerror(errno));
			return false;
		}
		if (l->stream && l->to.any.sa_family == AF_INET)
			setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	return l->conns != NULL;
}

static void tell(const struct load *l)
{
	double seconds = (double)(l->ended_ns - l->started_ns) / 1e9;

	printf("{\"url\":\"%s\",\"size\":%zu,\"connections\":%d,\"sent\":%ld,\"bytes\":%lld,\"errors\":%ld,\"cut\":%ld,"
	       "\"seconds\":%.6f,\"rate\":%.1f,\"started_at\":%lld,\"ended_at\":%lld,\"counts\":[", l->url, l->size,
	       l->conn_count, l->sent, (long long)l->sent * (long long)l->size, l->errors, l->cut, seconds,
	       seconds > 0 ? (double)l->sent / seconds : 0, (long long)l->started_at, (long long)l->ended_at);
	for (int i = 0; i < l->conn_count; i++)
		printf("%s%ld", i ? "," : "", l->conns[i].sent);
	printf("]}\n");
}

int main(int argc, char **argv)
{
	struct load l = {.size = 120, .conn_count = 1, .segments = {{.seconds = 10}}, .segment_count = 1};
	bool whole;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_TIMERSLACK, 1UL);
	read_options(&l, argc, argv);
	if (!connect_all(&l))
		return 1;
	/* Whatever goes wrong, it ends. */
	alarm(LOAD_MAX_SECONDS + 60);
	pace_start(&l);
	whole = l.stream ? load_streams(&l) : load_datagrams(&l);
	l.ended_ns = clock_ns();
	l.ended_at = l.started_at + l.ended_ns - l.started_ns;
	for (int i = 0; i < l.conn_count; i++)
		close(l.conns[i].fd);
	tell(&l);
	return whole ? 0 : 1;
}
