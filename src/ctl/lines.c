/* Reads lines, and knows whether the next one is there already. */
#include "ctl/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/memory.h"

#define FIRST_BYTES (64 * 1024)

static void fill(struct lines *l)
{
	ssize_t n;

	if (l->at > 0 && l->at == l->used)
		l->at = l->used = 0;
	if (l->used == l->size && l->at > l->size / 2) {
		memmove(l->bytes, l->bytes + l->at, l->used - l->at);
		l->used -= l->at;
		l->at = 0;
	}
	if (l->used == l->size) {
		l->size = l->size ? l->size * 2 : FIRST_BYTES;
		l->bytes = need(mem_resize(l->bytes, l->size));
	}
	n = read(l->fd, l->bytes + l->used, l->size - l->used);
	if (n > 0)
		l->used += (size_t)n;
	else if (n == 0 || errno != EINTR)
		l->ended = true;
}

static const char *find_end(const struct lines *l)
{
	return l->used > l->at ? memchr(l->bytes + l->at, '\n', l->used - l->at) : NULL;
}

bool lines_would_wait(const struct lines *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};

	return !l->ended && !find_end(l) && poll(&p, 1, 0) == 0;
}

const char *lines_next(struct lines *l, size_t *ret_len)
{
	const char *end, *line;

	while (!(end = find_end(l)) && !l->ended)
		fill(l);
	if (!end && l->at == l->used)
		return NULL;
	line = l->bytes + l->at;
	*ret_len = end ? (size_t)(end - line) : l->used - l->at;
	l->at += *ret_len + (end != NULL);
	return line;
}

void lines_done(struct lines *l)
{
	mem_free(l->bytes);
	l->bytes = NULL;
}
