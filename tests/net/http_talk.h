/*
 * http_talk - a web client as simple as can be.
 *
 * Owns     nothing: descriptors are the caller's
 * Threads  one
 * Blocks   up to 20 seconds for each read and write
 * Units    none
 * Errors   0, or an empty answer
 * Limits   TALK_MOST bytes of an answer's head
 * Upholds  none
 */
#ifndef TESTS_HTTP_TALK_H
#define TESTS_HTTP_TALK_H

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "../net/endpoint_talk.h"

#define TALK_MOST 16384

__attribute__((unused)) static int dial_tcp(uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return dial_to((struct sockaddr *)&in, sizeof(in));
}

/* What came back. */
struct heard {
	int status;
	char head[TALK_MOST];
	char *body; /* for free; NUL-terminated */
	size_t len, told; /* told: Content-Length */
};

__attribute__((unused)) static void forget(struct heard *a)
{
	free(a->body);
	a->body = NULL;
}

/* Reads one answer, with a body of the length it tells unless it is to a HEAD. False: none came. */
__attribute__((unused)) static bool listen_to(int fd, bool head, struct heard *a)
{
	size_t got = 0;
	const char *len;

	*a = (struct heard){0};
	while (got < TALK_MOST - 1 && recv(fd, a->head + got, 1, 0) == 1) {
		got++;
		if (got >= 4 && !memcmp(a->head + got - 4, "\r\n\r\n", 4))
			break;
	}
	if (sscanf(a->head, "HTTP/1.%*d %d", &a->status) != 1)
		return false;
	len = strcasestr(a->head, "\r\ncontent-length: ");
	a->told = len ? strtoul(len + 18, NULL, 10) : 0;
	a->body = calloc(1, a->told + 1);
	while (!head && a->body && a->len < a->told) {
		ssize_t n = recv(fd, a->body + a->len, a->told - a->len, 0);

		if (n <= 0)
			return false;
		a->len += (size_t)n;
	}
	return true;
}

#endif
