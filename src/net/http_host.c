/* Looks whom a request is for. */
#include "net/http_host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/attr.h"

#define HOST_MOST 256

static bool is_port(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len <= 5 && !text[len];
}

/* Copies the host without its port, brackets and final dot. False: it is none. */
static bool bare_host(const char *host, char *out, size_t size, bool *ret_v6)
{
	const char *end = *host == '[' ? strchr(host, ']') : host + strcspn(host, ":");
	size_t len;

	*ret_v6 = *host == '[';
	if (!end)
		return false;
	len = (size_t)(end - host) - *ret_v6;
	host += *ret_v6;
	end += *ret_v6;
	if (*end && (*end != ':' || !is_port(end + 1)))
		return false;
	if (len == 0 || len >= size)
		return false;
	memcpy(out, host, len);
	out[len] = '\0';
	if (!*ret_v6 && len > 1 && out[len - 1] == '.')
		out[len - 1] = '\0';
	return true;
}

static bool listed(const char *name, const char *names)
{
	size_t len = strlen(name);

	for (names += strspn(names, ", \t"); *names; names += strspn(names, ", \t")) {
		size_t item = strcspn(names, ", \t");

		if (item == len && !strncasecmp(names, name, len))
			return true;
		names += item;
	}
	return false;
}

bool http_host_ours(const char *host, const char *names)
{
	struct in6_addr address;
	char bare[HOST_MOST];
	bool v6;

	if (!bare_host(host, bare, sizeof(bare), &v6))
		return false;
	if (v6)
		return inet_pton(AF_INET6, bare, &address) == 1;
	return inet_pton(AF_INET, bare, &address) == 1 || !strcasecmp(bare, "localhost") || listed(bare, names);
}
