/* Decides which messages are wanted. */
#include "config.h"
#include "ctl/filter.h"

#include <ctype.h>
#include <string.h>

static int wrong(const struct err *err)
{
	complain(err);
	return EXIT_USAGE;
}

static bool has_capital(const char *text)
{
	while (*text && !isupper((unsigned char)*text))
		text++;
	return *text;
}

int filter_parse(const struct ctl *c, struct filter *ret)
{
	int flags = REG_EXTENDED | REG_NOSUB, rc;
	struct err err;
	char words[200];

	*ret = (struct filter){.listener = c->listener, .peer = c->peer, .any = c->listener || c->peer || c->grep};
	if (c->peer && strchr(c->peer, '/')) {
		if (cidr_parse(c->peer, &ret->range, &err) < 0) {
			err_prefix(&err, "--peer=%s: ", c->peer);
			return wrong(&err);
		}
		ret->has_range = true;
	}
	if (!c->grep)
		return 0;
	rc = regcomp(&ret->body, c->grep, has_capital(c->grep) ? flags : flags | REG_ICASE);
	if (rc != 0) {
		regerror(rc, &ret->body, words, sizeof(words));
		err_set(&err, EXIT_USAGE, "--grep=%s: %s", c->grep, words);
		return wrong(&err);
	}
	ret->has_body = true;
	return 0;
}

void filter_done(struct filter *f)
{
	if (f->has_body)
		regfree(&f->body);
	f->has_body = false;
}

/* ---- senders ---- */

static bool in_range(const struct cidr *range, const char *peer)
{
	char url[ADDR_URL_TEXT];
	struct addr a;

	snprintf(url, sizeof(url), "udp://%s", peer);
	return addr_parse(url, &a, NULL) == 0 && cidr_match(range, &a.sa.any);
}

/* "unix:pid=811,uid=1000" has a part "uid=1000". */
static bool has_part(const char *peer, const char *part)
{
	const char *p = strchr(peer, ':');
	size_t len = strlen(part);

	while (p) {
		p++;
		if (!strncmp(p, part, len) && (!p[len] || p[len] == ','))
			return true;
		p = strchr(p, ',');
	}
	return false;
}

static bool same_peer(const struct filter *f, const char *peer)
{
	size_t len = strlen(f->peer);
	const char *port = strrchr(peer, ':');

	if (f->has_range)
		return in_range(&f->range, peer);
	if (!strcmp(peer, f->peer))
		return true;
	if (!strncmp(peer, "unix:", 5))
		return !strcmp(f->peer, "unix") || has_part(peer, f->peer);
	if (!port)
		return false;
	/* Without the port, and IPv6 without its brackets. */
	if ((size_t)(port - peer) == len && !strncmp(peer, f->peer, len))
		return true;
	return *peer == '[' && (size_t)(port - peer) == len + 2 && !strncmp(peer + 1, f->peer, len);
}

/* ---- together ---- */

static bool same_body(const struct filter *f, const struct reader_message *m)
{
	regmatch_t all = {.rm_so = 0, .rm_eo = (regoff_t)m->len};

	return regexec(&f->body, m->body, 0, &all, REG_STARTEND) == 0;
}

bool filter_keep(void *arg, const struct reader_message *m)
{
	const struct filter *f = arg;

	return (!f->listener || !strcmp(f->listener, m->listener)) && (!f->peer || same_peer(f, m->peer)) &&
	       (!f->has_body || same_body(f, m));
}

bool filter_keep_loss(const struct filter *f, const struct reader_loss *l)
{
	return !f->listener || !strcmp(f->listener, l->listener);
}
