/*
 * endpoint_talk - a client of a line endpoint, as simple as can be.
 *
 * Owns     nothing: descriptors are the caller's
 * Threads  one
 * Blocks   up to 20 seconds for each read and write
 * Units    none
 * Errors   -1, "" or false
 * Limits   4,095 bytes of an answer
 * Upholds  none
 */
#ifndef TESTS_ENDPOINT_TALK_H
#define TESTS_ENDPOINT_TALK_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

__attribute__((unused)) static int dial_to(const struct sockaddr *sa, socklen_t len)
{
	struct timeval tv = {.tv_sec = 20};
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, sa, len) < 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	return fd;
}

__attribute__((unused)) static int dial_at(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	return dial_to((struct sockaddr *)&un, sizeof(un));
}

__attribute__((unused)) static void say(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* A line without its end, in static memory; "" at the end of the stream. */
__attribute__((unused)) static const char *hear(int fd)
{
	static char line[4096];
	size_t len = 0;

	while (len < sizeof(line) - 1 && recv(fd, line + len, 1, 0) == 1 && line[len] != '\n')
		len++;
	line[len] = '\0';
	return line;
}

/* True if the stream ends (or is reset) within its patience. */
__attribute__((unused)) static bool ends(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	return n == 0 || (n < 0 && errno == ECONNRESET);
}

#endif
