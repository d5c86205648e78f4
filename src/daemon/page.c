/* Sends the status page: one document, whose style and program a browser runs because they carry the nonce. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "daemon/metrics_impl.h"

#define NONCE_BYTES 16
#define PLACE "@NONCE@"

static bool make_nonce(char text[NONCE_BYTES * 2 + 1])
{
	unsigned char bytes[NONCE_BYTES];

	if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) != (ssize_t)sizeof(bytes))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return true;
}

/* All lines, with the nonce in its places; NULL: no memory. */
static char *fill_in(const char *nonce, size_t *ret_len)
{
	const char *const *lines = page_lines();
	size_t size = 1, len = 0;
	char *text;

	for (size_t i = 0; lines[i]; i++)
		size += strlen(lines[i]) + strlen(nonce);
	text = mem_alloc(size);
	for (size_t i = 0; text && lines[i]; i++) {
		const char *place = strstr(lines[i], PLACE);

		if (place)
			len += (size_t)snprintf(text + len, size - len, "%.*s%s%s", (int)(place - lines[i]), lines[i], nonce,
						place + strlen(PLACE));
		else
			len += (size_t)snprintf(text + len, size - len, "%s", lines[i]);
	}
	*ret_len = len;
	return text;
}

void page_show(struct metrics *m UNUSED, struct http_reply *reply)
{
	char nonce[NONCE_BYTES * 2 + 1];

	if (!make_nonce(nonce)) {
		metrics_say(reply, 503, "The system has no random numbers yet.\n");
		return;
	}
	reply->body = fill_in(nonce, &reply->len);
	if (!reply->body)
		return;
	reply->status = 200;
	reply->type = "text/html; charset=utf-8";
	snprintf(reply->policy, sizeof(reply->policy),
		 "default-src 'none'; style-src 'nonce-%s'; script-src 'nonce-%s'; connect-src 'self'; img-src data:; "
		 "base-uri 'none'; form-action 'none'; frame-ancestors 'none'", nonce, nonce);
}
