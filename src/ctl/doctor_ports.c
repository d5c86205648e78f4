/* Looks who holds the ports of the listeners, and whether they may be bound at all. */
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "ctl/text.h"

#define LISTENING 0x0a /* of TCP in /proc/net */

/* The inode of a socket bound to that port; 0: none. */
static uint64_t bound_in(const char *path, unsigned port, bool tcp)
{
	FILE *in = fopen(path, "re");
	char line[512];
	uint64_t found = 0;

	while (in && !found && fgets(line, sizeof(line), in)) {
		unsigned local, state;
		uint64_t inode;

		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*d %" SCNu64, &local, &state, &inode) != 3)
			continue;
		if (local == port && (!tcp || state == LISTENING))
			found = inode;
	}
	if (in)
		fclose(in);
	return found;
}

static uint64_t bound(const struct addr *a, unsigned port)
{
	static const char *const files[][2] = {{"/proc/net/udp", "/proc/net/udp6"}, {"/proc/net/tcp", "/proc/net/tcp6"}};
	bool tcp = a->kind == ADDR_TCP, six = a->sa.any.sa_family == AF_INET6;
	uint64_t inode = bound_in(files[tcp][six], port, tcp);

	if (!inode && a->dual_stack)
		inode = bound_in(files[tcp][0], port, tcp);
	return inode;
}

static bool holds(const char *pid, uint64_t inode)
{
	char path[300], link[64], want[64];
	struct dirent *e;
	bool found = false;
	DIR *dir;

	snprintf(want, sizeof(want), "socket:[%" PRIu64 "]", inode);
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (e = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1);

		link[len > 0 ? len : 0] = '\0';
		found = !strcmp(link, want);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* The process that has the socket; 0: none that may be seen. prefer is looked at first. */
static int owner(uint64_t inode, int prefer)
{
	char text[24];
	DIR *dir;
	struct dirent *e;
	int pid = 0;

	snprintf(text, sizeof(text), "%d", prefer);
	if (prefer && holds(text, inode))
		return prefer;
	dir = opendir("/proc");
	while (dir && !pid && (e = readdir(dir))) {
		if (isdigit((unsigned char)e->d_name[0]) && holds(e->d_name, inode))
			pid = atoi(e->d_name);
	}
	if (dir)
		closedir(dir);
	return pid;
}

static void name_process(int pid, char *ret_text, size_t size)
{
	char path[64];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	in = fopen(path, "re");
	if (!in || !fgets(ret_text, (int)size, in))
		snprintf(ret_text, size, "?");
	ret_text[strcspn(ret_text, "\n")] = '\0';
	if (in)
		fclose(in);
}

static unsigned port_of(const struct addr *a)
{
	return ntohs(a->sa.any.sa_family == AF_INET ? a->sa.in.sin_port : a->sa.in6.sin6_port);
}

/* The port in force, where the configuration leaves it open; 0: nobody knows. */
static unsigned port_in_force(const struct doctor *d, const struct conf_listener *l)
{
	const json_t *listener;
	struct addr a;
	size_t i;

	if (port_of(&l->addr) != 0)
		return port_of(&l->addr);
	json_array_foreach(json_object_get(d->status, "listeners"), i, listener)
		if (!strcmp(text_of(listener, "name"), l->name) && addr_parse(text_of(listener, "address"), &a, NULL) == 0)
			return port_of(&a);
	return 0;
}

static void look_owner(struct doctor *d, const struct conf_listener *l, unsigned port)
{
	uint64_t inode = bound(&l->addr, port);
	int pid = inode ? owner(inode, doctor_pid(d)) : 0;
	char name[64], mend[160];

	snprintf(mend, sizeof(mend), "ss -H%slnp 'sport = :%u'", l->addr.kind == ADDR_TCP ? "t" : "u", port);
	if (inode && pid && pid == doctor_pid(d)) {
		doctor_find(d, "port", DOCTOR_GOOD, "", "listener %s: the daemon holds port %u", l->name, port);
	} else if (inode && pid) {
		name_process(pid, name, sizeof(name));
		snprintf(mend, sizeof(mend), "systemctl stop \"$(ps -o unit= -p %d)\"", pid);
		if (pid == 1)
			doctor_find(d, "port", DOCTOR_GOOD, "", "listener %s: systemd holds port %u, for the daemon to take over", l->name,
				    port);
		else
			doctor_find(d, "port", DOCTOR_BAD, mend, "listener %s: process %d (%s) holds port %u", l->name, pid, name, port);
	} else if (inode && doctor_pid(d)) {
		doctor_find(d, "port", DOCTOR_UNKNOWN, mend, "listener %s: somebody holds port %u; who, only root may see", l->name,
			    port);
	} else if (inode) {
		doctor_find(d, "port", DOCTOR_BAD, mend, "listener %s: somebody holds port %u; who, only root may see", l->name, port);
	} else if (doctor_pid(d)) {
		doctor_find(d, "port", DOCTOR_LOOK, "catchbasin reload", "listener %s: the daemon runs, and nobody holds port %u",
			    l->name, port);
	} else {
		doctor_find(d, "port", DOCTOR_GOOD, "", "listener %s: port %u is free", l->name, port);
	}
}

static void look_privilege(struct doctor *d, const struct conf_listener *l, unsigned port)
{
	FILE *in = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");
	unsigned first = 1024;

	if (in && fscanf(in, "%u", &first) != 1)
		first = 1024;
	if (in)
		fclose(in);
	if (port < first && !doctor_pid(d))
		doctor_find(d, "port", DOCTOR_LOOK, "systemctl enable --now catchbasind.socket",
			    "listener %s: port %u needs a privilege the service does not have: let systemd bind it", l->name, port);
}

void doctor_ports(struct doctor *d)
{
	for (const struct conf_listener *l = d->config->listeners; l; l = l->next) {
		unsigned port;

		if (l->addr.kind != ADDR_UDP && l->addr.kind != ADDR_TCP)
			continue;
		port = port_in_force(d, l);
		if (port == 0)
			continue;
		look_owner(d, l, port);
		look_privilege(d, l, port);
	}
}
