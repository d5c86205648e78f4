/* Asks a running daemon: one JSON line there, one back. */
#include "ctl/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "ctl/memory.h"

#define PROTOCOL 1
#define FIRST_BYTES 16384

static enum asked dial(const char *path, int *ret_fd, struct err *reterr)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = ASK_MS / 1000};
	int errnum;

	if (strlen(path) >= sizeof(un.sun_path)) {
		err_set(reterr, EXIT_USAGE, "%s: the path of a socket has at most %zu bytes", path, sizeof(un.sun_path) - 1);
		return ASK_FAILED;
	}
	strcpy(un.sun_path, path);
	*ret_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*ret_fd < 0) {
		err_set_errno(reterr, EXIT_IO, errno, "no socket");
		return ASK_FAILED;
	}
	/* Holds for the connect too, which waits while the daemon's backlog is full. */
	setsockopt(*ret_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(*ret_fd, (const struct sockaddr *)&un, sizeof(un)) == 0)
		return ASK_ANSWERED;
	errnum = errno;
	close(*ret_fd);
	if (errnum == EACCES || errnum == EPERM) {
		err_set_errno(reterr, EXIT_PERMISSION, errnum, "the daemon at %s answers its owner and group only", path);
		return ASK_DENIED;
	}
	if (errnum == EAGAIN) {
		err_set(reterr, EXIT_UNAVAILABLE, "the daemon at %s does not answer within %d s", path, ASK_MS / 1000);
		return ASK_FAILED;
	}
	err_set_errno(reterr, EXIT_UNAVAILABLE, errnum, "%s", path);
	return errnum == ENOENT || errnum == ECONNREFUSED || errnum == ENOTDIR ? ASK_NOBODY : ASK_FAILED;
}

static int say(int fd, const struct question *q, const char *path, struct err *reterr)
{
	json_t *request = need(json_pack("{s:i, s:s}", "v", PROTOCOL, "verb", q->verb));
	char *line;
	size_t len;
	bool said;

	if (q->args)
		need_done(json_object_update(request, (json_t *)(uintptr_t)q->args));
	line = need(json_dumps(request, JSON_COMPACT));
	len = strlen(line);
	line[len] = '\n'; /* in the place of the NUL */
	said = send(fd, line, len + 1, MSG_NOSIGNAL) == (ssize_t)len + 1;
	free(line);
	json_decref(request);
	if (said)
		return 0;
	err_set_errno(reterr, EXIT_UNAVAILABLE, errno, "the daemon at %s does not take the question", path);
	return -1;
}

/* Reads a line into memory for mem_free, without its end; NULL with reterr. */
static char *hear(int fd, int wait_ms, const char *path, size_t *ret_len, struct err *reterr)
{
	int64_t until_ns = sync_now_ns() + wait_ms * NS_PER_MS;
	size_t room = FIRST_BYTES, len = 0;
	char *line = need(mem_alloc(room)), *end = NULL;

	while (!end) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left_ms = (until_ns - sync_now_ns()) / NS_PER_MS;
		ssize_t n;

		if (left_ms <= 0 || poll(&p, 1, (int)left_ms) == 0) {
			err_set(reterr, EXIT_UNAVAILABLE, "the daemon at %s does not answer within %d s", path, wait_ms / 1000);
			break;
		}
		if (len == room && room < ASK_BYTES)
			line = need(mem_resize(line, room *= 2));
		n = len < room ? recv(fd, line + len, room - len, MSG_DONTWAIT) : 0;
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			err_set(reterr, EXIT_UNAVAILABLE, "the daemon at %s has %s", path,
				n < 0 || len < room ? "closed the connection without an answer" : "too long an answer");
			break;
		}
		end = memchr(line + len, '\n', (size_t)n);
		len += (size_t)n;
	}
	if (end) {
		*ret_len = (size_t)(end - line);
		return line;
	}
	mem_free(line);
	return NULL;
}

static enum asked understand(const char *line, size_t len, const char *path, json_t **ret_data, struct err *reterr)
{
	json_error_t why;
	json_t *answer = json_loadb(line, len, 0, &why), *data = json_object_get(answer, "data");
	json_int_t code = json_integer_value(json_object_get(answer, "exit"));
	const char *error = json_string_value(json_object_get(answer, "error"));
	enum asked result = ASK_FAILED;

	if (json_integer_value(json_object_get(answer, "v")) != PROTOCOL) {
		err_set(reterr, EXIT_UNAVAILABLE, "%s: this is no answer of a catchbasind known here", path);
	} else if (json_is_true(json_object_get(answer, "ok")) && json_is_object(data)) {
		*ret_data = json_incref(data);
		result = ASK_ANSWERED;
	} else {
		*ret_data = json_is_object(data) ? json_incref(data) : NULL;
		err_set(reterr, code > 0 && code < 126 ? (int)code : EXIT_UNAVAILABLE, "the daemon at %s says: %s", path,
			error ? error : "no, without a reason");
	}
	json_decref(answer);
	return result;
}

enum asked ask_about(const char *path, const struct question *q, json_t **ret_data, struct err *reterr)
{
	int wait_ms = q->wait_ms ? q->wait_ms : ASK_MS;
	int fd = -1;
	enum asked result = dial(path, &fd, reterr);
	size_t len = 0;
	char *line;

	*ret_data = NULL;
	if (result != ASK_ANSWERED)
		return result;
	line = say(fd, q, path, reterr) == 0 ? hear(fd, wait_ms, path, &len, reterr) : NULL;
	close(fd);
	if (!line)
		return ASK_FAILED;
	result = understand(line, len, path, ret_data, reterr);
	mem_free(line);
	return result;
}

enum asked ask(const char *path, const char *verb, json_t **ret_data, struct err *reterr)
{
	return ask_about(path, &(struct question){.verb = verb}, ret_data, reterr);
}
