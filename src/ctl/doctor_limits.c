/* Looks at limits: receive buffers, descriptors, the backlog of listening sockets. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/parse.h"
#include "ctl/doctor.h"
#include "ctl/text.h"

#define OWN_FDS 64 /* besides connections: files, sockets, pipes */
#define BACKLOG 1024

/* The number in a file of /proc; -1: it is not to be had. */
static int64_t proc_number(const char *path)
{
	FILE *in = fopen(path, "re");
	long long n = -1;

	if (in && fscanf(in, "%lld", &n) != 1)
		n = -1;
	if (in)
		fclose(in);
	return n;
}

/* What the running daemon was granted, if it has such a listener; -1: nobody knows. */
static int64_t granted(const struct doctor *d, const char *name)
{
	const json_t *listener;
	size_t i;

	json_array_foreach(json_object_get(d->status, "listeners"), i, listener)
		if (!strcmp(text_of(listener, "name"), name) && json_is_object(json_object_get(listener, "headroom")))
			return text_number_of(json_object_get(listener, "headroom"), "rcvbuf_bytes") / 2;
	return -1;
}

static void look_rcvbuf(struct doctor *d)
{
	int64_t most = proc_number("/proc/sys/net/core/rmem_max");
	char wanted[TEXT_NUMBER], has[TEXT_NUMBER], mend[120];

	for (const struct conf_listener *l = d->config->listeners; l; l = l->next) {
		int64_t now = granted(d, l->name);

		if (l->addr.kind != ADDR_UDP)
			continue;
		text_bytes(l->rcvbuf, wanted);
		snprintf(mend, sizeof(mend), "sysctl -w net.core.rmem_max=%" PRId64, l->rcvbuf);
		if (now >= l->rcvbuf)
			doctor_find(d, "receive buffer", DOCTOR_GOOD, "", "listener %s has the %s it wants", l->name, wanted);
		else if (now >= 0)
			doctor_find(d, "receive buffer", DOCTOR_BAD, mend, "listener %s wants %s and was granted %s", l->name, wanted,
				    text_bytes(now, has));
		else if (most >= l->rcvbuf)
			doctor_find(d, "receive buffer", DOCTOR_GOOD, "", "net.core.rmem_max allows the %s of listener %s", wanted,
				    l->name);
		else if (most >= 0)
			doctor_find(d, "receive buffer", DOCTOR_LOOK, mend,
				    "listener %s wants %s, net.core.rmem_max is %s: only root gets more", l->name, wanted,
				    text_bytes(most, has));
		else
			doctor_find(d, "receive buffer", DOCTOR_UNKNOWN, "", "net.core.rmem_max is not to be seen here");
	}
}

/* The soft limit of the daemon, else our own. */
static int64_t fd_limit(const struct doctor *d)
{
	char path[64], line[256];
	struct rlimit own;
	long long soft = -1;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/limits", doctor_pid(d));
	in = doctor_pid(d) > 0 ? fopen(path, "re") : NULL;
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "Max open files %lld", &soft) == 1)
			break;
	}
	if (in)
		fclose(in);
	if (soft < 0 && getrlimit(RLIMIT_NOFILE, &own) == 0)
		soft = own.rlim_cur > INT64_MAX ? INT64_MAX : (long long)own.rlim_cur;
	return soft;
}

static void look_descriptors(struct doctor *d)
{
	int64_t limit = fd_limit(d), wanted = OWN_FDS;
	char a[TEXT_NUMBER], b[TEXT_NUMBER], mend[160];

	for (const struct conf_listener *l = d->config->listeners; l; l = l->next)
		wanted += addr_is_stream(&l->addr) ? l->max_connections + 1 : 1;
	snprintf(mend, sizeof(mend), "systemctl edit catchbasind   # [Service] LimitNOFILE=%" PRId64, wanted);
	text_count(limit, a);
	text_count(wanted, b);
	if (limit >= wanted)
		doctor_find(d, "descriptors", DOCTOR_GOOD, "", "%s there may be, all connections together take up to %s", a, b);
	else
		doctor_find(d, "descriptors", DOCTOR_BAD, mend, "%s there may be, all connections together take up to %s%s", a, b,
			    doctor_pid(d) ? "" : " (the limit is that of this shell)");
}

static void look_backlog(struct doctor *d)
{
	int64_t most = proc_number("/proc/sys/net/core/somaxconn");
	bool stream = false;

	for (const struct conf_listener *l = d->config->listeners; l; l = l->next)
		stream |= addr_is_stream(&l->addr);
	if (!stream || most < 0)
		return;
	if (most >= BACKLOG)
		doctor_find(d, "backlog", DOCTOR_GOOD, "", "%" PRId64 " connections may wait to be accepted", most);
	else
		doctor_find(d, "backlog", DOCTOR_LOOK, "sysctl -w net.core.somaxconn=4096",
			    "only %" PRId64 " connections may wait to be accepted", most);
}

void doctor_limits(struct doctor *d)
{
	look_rcvbuf(d);
	look_descriptors(d);
	look_backlog(d);
}
