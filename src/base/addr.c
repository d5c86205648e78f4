/* Here addresses of listeners, peers and ranges go from text to sockaddr and back. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

static const struct kind {
	const char *scheme;
	enum addr_kind kind;
	bool path;
} kinds[] = {
    {"udp://", ADDR_UDP, false},
    {"tcp://", ADDR_TCP, false},
    {"unix://", ADDR_UNIX, true},
    {"unixgram://", ADDR_UNIXGRAM, true},
};

/* ---- text to address ---- */

static int parse_path(const char *url, const char *path, const struct kind *k, struct addr *a, struct err *reterr)
{
	size_t len = strlen(path);

	if (path[0] != '/') {
		err_set(reterr, EXIT_CONFIG, "address: \"%s\" lacks an absolute path: write %s/%s", url, k->scheme,
			path);
		return -1;
	}
	if (len >= sizeof(a->sa.un.sun_path)) {
		err_set(reterr, EXIT_CONFIG, "address: the path of \"%s\" has %zu bytes; a socket takes at most %zu",
			url, len, sizeof(a->sa.un.sun_path) - 1);
		return -1;
	}
	if (path[len - 1] == '/') {
		err_set(reterr, EXIT_CONFIG, "address: \"%s\" names a directory: write the socket's name after it",
			url);
		return -1;
	}
	a->sa.un.sun_family = AF_UNIX;
	memcpy(a->sa.un.sun_path, path, len + 1);
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return 0;
}

/* "2001:db8::1" or "fe80::1%eth0". */
static int parse_in6(const char *url, const char *host, struct addr *a, struct err *reterr)
{
	char plain[INET6_ADDRSTRLEN];
	const char *scope = strchr(host, '%');
	size_t len = scope ? (size_t)(scope - host) : strlen(host);

	if (len >= sizeof(plain))
		len = sizeof(plain) - 1;
	memcpy(plain, host, len);
	plain[len] = '\0';
	if (inet_pton(AF_INET6, plain, &a->sa.in6.sin6_addr) != 1) {
		err_set(reterr, EXIT_CONFIG, "address: [%s] in \"%s\" is no IPv6 address", host, url);
		return -1;
	}
	if (scope) {
		int64_t number;

		a->sa.in6.sin6_scope_id = if_nametoindex(scope + 1);
		if (a->sa.in6.sin6_scope_id == 0 && parse_number(scope + 1, &number) && number <= UINT32_MAX)
			a->sa.in6.sin6_scope_id = (uint32_t)number;
		if (a->sa.in6.sin6_scope_id == 0) {
			err_set(reterr, EXIT_CONFIG, "address: \"%s\" names no network interface of this machine (%s)",
				scope + 1, url);
			return -1;
		}
	}
	return 0;
}

static void set_in6(struct addr *a, uint16_t port)
{
	a->sa.in6.sin6_family = AF_INET6;
	a->sa.in6.sin6_port = htons(port);
	a->len = sizeof(a->sa.in6);
}

static int parse_host(const char *url, char *host, uint16_t port, struct addr *a, struct err *reterr)
{
	size_t len = strlen(host);

	if (!strcmp(host, "*")) {
		a->dual_stack = true;
		set_in6(a, port);
		return 0;
	}
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		set_in6(a, port);
		return parse_in6(url, host + 1, a, reterr);
	}
	a->sa.in.sin_family = AF_INET;
	a->sa.in.sin_port = htons(port);
	a->len = sizeof(a->sa.in);
	if (inet_pton(AF_INET, host, &a->sa.in.sin_addr) == 1)
		return 0;
	if (strchr(host, ':'))
		err_set(reterr, EXIT_CONFIG, "address: the IPv6 address in \"%s\" lacks brackets: write [%s]:%u", url,
			host, port);
	else
		err_set(reterr, EXIT_CONFIG,
			"address: \"%s\" in \"%s\" is no IPv4 address, [IPv6 address] or *; names are not looked up",
			host, url);
	return -1;
}

static int parse_inet(const char *url, const char *rest, const struct kind *k, struct addr *a, struct err *reterr)
{
	char host[96];
	const char *colon = strrchr(rest, ':'), *bracket = strrchr(rest, ']');
	size_t len;
	int64_t port;

	/* A colon inside brackets, or one of several without any, is part of an IPv6 address. */
	if (colon && bracket && colon < bracket)
		colon = NULL;
	if (!*rest || rest == colon) {
		err_set(reterr, EXIT_CONFIG, "address: \"%s\" lacks a host: write %s*:5140 for every address", url,
			k->scheme);
		return -1;
	}
	if (!colon || !colon[1]) {
		err_set(reterr, EXIT_CONFIG, "address: \"%s\" lacks a port: write %s%.*s:5140", url, k->scheme,
			colon ? (int)(colon - rest) : (int)strlen(rest), rest);
		return -1;
	}
	if (!parse_number(colon + 1, &port) || port > 65535) {
		err_set(reterr, EXIT_CONFIG, "address: port %s is not in 0-65535", colon + 1);
		return -1;
	}
	len = (size_t)(colon - rest);
	if (len >= sizeof(host)) {
		err_set(reterr, EXIT_CONFIG, "address: the host in \"%s\" is too long", url);
		return -1;
	}
	memcpy(host, rest, len);
	host[len] = '\0';
	return parse_host(url, host, (uint16_t)port, a, reterr);
}

int addr_parse(const char *url, struct addr *ret, struct err *reterr)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t len = strlen(kinds[i].scheme);
		struct addr a = {.kind = kinds[i].kind};
		int rc;

		if (strncmp(url, kinds[i].scheme, len) != 0)
			continue;
		if (kinds[i].path)
			rc = parse_path(url, url + len, &kinds[i], &a, reterr);
		else
			rc = parse_inet(url, url + len, &kinds[i], &a, reterr);
		if (rc == 0)
			*ret = a;
		return rc;
	}
	err_set(reterr, EXIT_CONFIG, "address: \"%s\" does not begin with udp://, tcp://, unix:// or unixgram://", url);
	return -1;
}

bool addr_is_stream(const struct addr *a)
{
	return a->kind == ADDR_TCP || a->kind == ADDR_UNIX;
}

/* ---- address to text ---- */

static char *put_number(char *p, unsigned n)
{
	char digits[10];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + n % 10);
	while (n /= 10);
	while (count > 0)
		*p++ = digits[--count];
	return p;
}

/* Every datagram's peer comes by here, so this does without printf. ret_text: at least 22 bytes. */
static void put_in(char *ret_text, const uint8_t *bytes, unsigned port)
{
	char *p = ret_text;

	for (int i = 0; i < 4; i++) {
		p = put_number(p, bytes[i]);
		*p++ = i < 3 ? '.' : ':';
	}
	*put_number(p, port) = '\0';
}

static void put_in6(char *ret_text, const struct sockaddr_in6 *in6)
{
	char scope[IF_NAMESIZE + 12] = "";
	size_t len;

	if (in6->sin6_scope_id) {
		scope[0] = '%';
		if (!if_indextoname(in6->sin6_scope_id, scope + 1))
			*put_number(scope + 1, in6->sin6_scope_id) = '\0';
	}
	ret_text[0] = '[';
	inet_ntop(AF_INET6, &in6->sin6_addr, ret_text + 1, INET6_ADDRSTRLEN);
	len = strlen(ret_text);
	snprintf(ret_text + len, ADDR_TEXT - len, "%s]:%u", scope, ntohs(in6->sin6_port));
}

void addr_format_peer(const struct sockaddr *sa, char *ret_text, size_t size)
{
	assert(size >= ADDR_TEXT);
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		put_in(ret_text, (const uint8_t *)&in->sin_addr, ntohs(in->sin_port));
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
			put_in(ret_text, in6->sin6_addr.s6_addr + 12, ntohs(in6->sin6_port));
		else
			put_in6(ret_text, in6);
	} else {
		snprintf(ret_text, size, "%s", sa->sa_family == AF_UNIX ? "unix" : "unknown");
	}
}

static const char *scheme_of(enum addr_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].scheme;
	return "?://";
}

void addr_format(const struct addr *a, char *ret_text, size_t size)
{
	const char *scheme = scheme_of(a->kind);
	char host[ADDR_TEXT];

	if (a->kind == ADDR_UNIX || a->kind == ADDR_UNIXGRAM) {
		snprintf(ret_text, size, "%s%s", scheme, a->sa.un.sun_path);
		return;
	}
	if (a->dual_stack)
		snprintf(host, sizeof(host), "*:%u", ntohs(a->sa.in6.sin6_port));
	else
		addr_format_peer(&a->sa.any, host, sizeof(host));
	snprintf(ret_text, size, "%s%s", scheme, host);
}

/* ---- ranges ---- */

/* Sets the bits beyond the prefix to 0; true if any was set. */
static bool clear_rest(struct cidr *c)
{
	unsigned total = c->family == AF_INET ? 4 : 16;
	bool any = false;

	for (unsigned i = 0; i < total; i++) {
		unsigned keep = c->bits > 8 * i ? c->bits - 8 * i : 0;
		uint8_t mask = keep >= 8 ? 0xff : (uint8_t)(0xff00 >> keep);

		any |= (c->bytes[i] & ~mask) != 0;
		c->bytes[i] &= mask;
	}
	return any;
}

int cidr_parse(const char *text, struct cidr *ret, struct err *reterr)
{
	char host[INET6_ADDRSTRLEN], network[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	struct cidr c = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	int64_t bits = c.family == AF_INET ? 32 : 128;

	if (len < sizeof(host)) {
		memcpy(host, text, len);
		host[len] = '\0';
	}
	if (len >= sizeof(host) || inet_pton(c.family, host, c.bytes) != 1) {
		err_set(reterr, EXIT_CONFIG,
			"range: \"%s\" is no IPv4 or IPv6 address: write 192.0.2.0/24 or 2001:db8::/32", text);
		return -1;
	}
	if (slash && (!parse_number(slash + 1, &bits) || bits > (c.family == AF_INET ? 32 : 128))) {
		err_set(reterr, EXIT_CONFIG, "range: the prefix length of \"%s\" is not in 0-%d", text,
			c.family == AF_INET ? 32 : 128);
		return -1;
	}
	c.bits = (unsigned)bits;
	if (clear_rest(&c)) {
		inet_ntop(c.family, c.bytes, network, sizeof(network));
		err_set(reterr, EXIT_CONFIG, "range: \"%s\" has bits set beyond its prefix: write %s/%u", text, network,
			c.bits);
		return -1;
	}
	*ret = c;
	return 0;
}

bool cidr_match(const struct cidr *c, const struct sockaddr *sa)
{
	const uint8_t *bytes = NULL;
	unsigned whole = c->bits / 8, rest = c->bits % 8;

	if (sa->sa_family == AF_INET) {
		if (c->family == AF_INET)
			bytes = (const uint8_t *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	} else if (sa->sa_family == AF_INET6) {
		const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
		bool mapped = IN6_IS_ADDR_V4MAPPED(in6);

		if (c->family == AF_INET && mapped)
			bytes = in6->s6_addr + 12;
		else if (c->family == AF_INET6 && !mapped)
			bytes = in6->s6_addr;
	}
	if (!bytes || memcmp(bytes, c->bytes, whole) != 0)
		return false;
	return rest == 0 || ((bytes[whole] ^ c->bytes[whole]) & (uint8_t)(0xff00 >> rest)) == 0;
}
