/* Finds out where to send to, and connects. */
#include "config.h"
#include "ctl/target.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "conf/config.h"
#include "ctl/look.h"
#include "ctl/text.h"

/* ---- a listener by its name ---- */

/* The running daemon knows the port in force. */
static bool ask_daemon(const struct ctl *c, const char *name, char *ret_url)
{
	const json_t *listener;
	json_t *data;
	bool found = false;
	size_t i;

	if (look_ask(c, &(struct question){.verb = "status"}, &data, NULL) != 0) {
		json_decref(data);
		return false;
	}
	json_array_foreach(json_object_get(data, "listeners"), i, listener) {
		if (strcmp(text_of(listener, "name"), name) != 0 || !json_is_string(json_object_get(listener, "address")))
			continue;
		snprintf(ret_url, ADDR_URL_TEXT, "%s", text_of(listener, "address"));
		found = true;
	}
	json_decref(data);
	return found;
}

static void quiet(void *arg UNUSED, const char *line UNUSED)
{
}

static bool ask_config(const struct ctl *c, const char *name, char *ret_url)
{
	int code;
	struct config *config = config_load(c->config, quiet, NULL, &code);
	const struct conf_listener *l = config ? config_listener(config, name) : NULL;

	if (l)
		snprintf(ret_url, ADDR_URL_TEXT, "%s", l->address);
	config_free(config);
	return l;
}

/* ---- an address ---- */

/* All addresses of this machine: one of them is loopback. */
static void reach(struct addr *a)
{
	if (a->sa.any.sa_family == AF_INET && a->sa.in.sin_addr.s_addr == htonl(INADDR_ANY))
		a->sa.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (a->sa.any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->sa.in6.sin6_addr))
		a->sa.in6.sin6_addr = in6addr_loopback;
	a->dual_stack = false;
}

/* udp://HOST:PORT with a name. */
static int look_up(const char *url, struct addr *ret, struct err *reterr)
{
	struct addrinfo want = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	char host[256];
	const char *port = strrchr(url, ':'), *name = url + strlen("udp://");
	int rc;

	if ((strncmp(url, "udp://", 6) != 0 && strncmp(url, "tcp://", 6) != 0) || port < name ||
	    (size_t)(port - name) >= sizeof(host) || port == name)
		return -1;
	snprintf(host, sizeof(host), "%.*s", (int)(port - name), name);
	rc = getaddrinfo(host, port + 1, &want, &found);
	if (rc != 0) {
		err_set(reterr, EXIT_UNAVAILABLE, "%s: %s", url, gai_strerror(rc));
		return -1;
	}
	*ret = (struct addr){.kind = *url == 'u' ? ADDR_UDP : ADDR_TCP, .len = found->ai_addrlen};
	memcpy(&ret->sa, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

static int connect_to(struct addr *a, struct target *ret, struct err *reterr)
{
	reach(a);
	addr_format(a, ret->url, sizeof(ret->url));
	ret->stream = addr_is_stream(a);
	ret->fd = socket(a->sa.any.sa_family, (ret->stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (ret->fd >= 0 && connect(ret->fd, &a->sa.any, a->len) == 0)
		return 0;
	err_set_errno(reterr, errno == EACCES ? EXIT_PERMISSION : EXIT_UNAVAILABLE, errno, "%s", ret->url);
	if (ret->fd >= 0)
		close(ret->fd);
	ret->fd = -1;
	return reterr->exit_code;
}

int target_open(const struct ctl *c, const char *text, struct target *ret, struct err *reterr)
{
	char url[ADDR_URL_TEXT];
	struct addr a;

	*ret = (struct target){.fd = -1};
	if (strstr(text, "://")) {
		snprintf(url, sizeof(url), "%s", text);
	} else if (!ask_daemon(c, text, url) && !ask_config(c, text, url)) {
		err_set(reterr, EXIT_USAGE,
			"%s: neither an address (udp://H:P tcp://H:P unix:///PATH unixgram:///PATH) nor the name of a listener", text);
		return EXIT_USAGE;
	}
	if (addr_parse(url, &a, reterr) < 0) {
		reterr->exit_code = EXIT_USAGE;
		if (look_up(url, &a, reterr) < 0)
			return reterr->exit_code;
	}
	return connect_to(&a, ret, reterr);
}
