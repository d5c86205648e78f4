/* Makes the sockets listeners hold, or takes over inherited ones after a look at what they are. */
#include "config.h"

#include "net/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"

static int fail(const struct addr *a, int errnum, const char *what, struct err *reterr)
{
	char text[ADDR_URL_TEXT];

	addr_format(a, text, sizeof(text));
	err_set_errno(reterr, errnum == EACCES || errnum == EPERM ? EXIT_PERMISSION : EXIT_BIND, errnum, "%s: %s", text,
		      what);
	return -1;
}

static int get_int(int fd, int level, int name, int fallback)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, name, &value, &len) < 0 ? fallback : value;
}

static int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static bool is_unix(const struct addr *a)
{
	return a->kind == ADDR_UNIX || a->kind == ADDR_UNIXGRAM;
}

/* ---- unix socket files ---- */

/* Removes the file of a listener that is gone; one that lives is an error. */
static int clear_file(const struct addr *a, struct err *reterr)
{
	const char *path = a->sa.un.sun_path;
	char text[ADDR_URL_TEXT];
	struct stat st;
	int fd, rc, errnum;

	addr_format(a, text, sizeof(text));
	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		err_set(reterr, EXIT_BIND, "%s: there is a file of that name, and it is no socket", text);
		return -1;
	}
	fd = socket(AF_UNIX, (addr_is_stream(a) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(a, errno, "cannot make a socket", reterr);
	rc = connect(fd, &a->sa.any, a->len);
	errnum = errno;
	close(fd);
	if (rc < 0 && errnum == EACCES)
		return fail(a, errnum, "cannot tell whether somebody listens there", reterr);
	if (rc < 0 && errnum == ECONNREFUSED)
		return unlink(path) < 0 && errno != ENOENT ? fail(a, errno, "cannot remove the old socket", reterr) : 0;
	if (rc < 0 && errnum == ENOENT)
		return 0;
	err_set(reterr, EXIT_BIND, "%s: in use: another process listens there", text);
	return -1;
}

static void own_file(struct sock *s)
{
	struct stat st;

	(void)chmod(s->addr.sa.un.sun_path, 0666);
	if (lstat(s->addr.sa.un.sun_path, &st) < 0)
		return;
	s->own_file = true;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
}

void sock_close(struct sock *s)
{
	struct stat st;

	if (s->fd < 0)
		return;
	if (s->own_file && lstat(s->addr.sa.un.sun_path, &st) == 0 && st.st_dev == s->dev && st.st_ino == s->ino)
		unlink(s->addr.sa.un.sun_path);
	close(s->fd);
	s->fd = -1;
}

/* ---- making ---- */

/* What must be in force before the first datagram comes. */
static void datagram_options(int fd, const struct addr *a)
{
	(void)set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	if (is_unix(a))
		(void)set_int(fd, SOL_SOCKET, SO_PASSCRED, 1);
	else
		(void)set_int(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
}

/* The address in force: the port that 0 became, and for an inherited socket all of it. */
static void learn_address(struct sock *s)
{
	struct addr *a = &s->addr;
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);

	if (is_unix(a) || getsockname(s->fd, (struct sockaddr *)&ss, &len) < 0)
		return;
	if (ss.ss_family == AF_INET)
		a->sa.in = *(struct sockaddr_in *)(void *)&ss;
	else
		a->sa.in6 = *(struct sockaddr_in6 *)(void *)&ss;
	a->dual_stack = ss.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->sa.in6.sin6_addr) &&
			!get_int(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

static int adopt(struct sock *s, struct err *reterr)
{
	const struct addr *a = &s->addr;
	char text[ADDR_URL_TEXT];
	int flags, want = addr_is_stream(a) ? SOCK_STREAM : SOCK_DGRAM;

	addr_format(a, text, sizeof(text));
	if (get_int(s->fd, SOL_SOCKET, SO_DOMAIN, -1) != a->sa.any.sa_family ||
	    get_int(s->fd, SOL_SOCKET, SO_TYPE, -1) != want) {
		err_set(reterr, EXIT_BIND, "%s: the inherited descriptor %d is no such socket", text, s->fd);
		return -1;
	}
	flags = fcntl(s->fd, F_GETFL);
	if (flags < 0 || fcntl(s->fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(s->fd, F_SETFD, FD_CLOEXEC) < 0)
		return fail(a, errno, "cannot adopt the inherited socket", reterr);
	if (!addr_is_stream(a))
		datagram_options(s->fd, a);
	else if (!get_int(s->fd, SOL_SOCKET, SO_ACCEPTCONN, 0) && listen(s->fd, SOMAXCONN) < 0)
		return fail(a, errno, "cannot listen on the inherited socket", reterr);
	return 0;
}

static int make(struct sock *s, struct err *reterr)
{
	const struct addr *a = &s->addr;
	bool stream = addr_is_stream(a);

	if (is_unix(a) && clear_file(a, reterr) < 0)
		return -1;
	s->fd = socket(a->sa.any.sa_family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return fail(a, errno, "cannot make a socket", reterr);
	if (a->kind == ADDR_TCP)
		(void)set_int(s->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (a->sa.any.sa_family == AF_INET6)
		(void)set_int(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, !a->dual_stack);
	if (!stream)
		datagram_options(s->fd, a);
	if (bind(s->fd, &a->sa.any, a->len) < 0)
		return fail(a, errno, "cannot bind", reterr);
	if (is_unix(a))
		own_file(s);
	if (stream && listen(s->fd, SOMAXCONN) < 0)
		return fail(a, errno, "cannot listen", reterr);
	return 0;
}

int sock_open(const struct addr *addr, int inherited_fd, struct sock *ret, struct err *reterr)
{
	struct sock s = {.fd = inherited_fd, .addr = *addr, .inherited = inherited_fd >= 0};

	if (s.inherited) {
		if (adopt(&s, reterr) < 0)
			return -1;
	} else if (make(&s, reterr) < 0) {
		sock_close(&s);
		return -1;
	}
	learn_address(&s);
	*ret = s;
	return 0;
}

/* ---- receive buffers ---- */

static int64_t rmem_max(void)
{
	char text[32] = "";
	int64_t value = INT_MAX;
	FILE *f = fopen("/proc/sys/net/core/rmem_max", "re");

	if (!f)
		return value;
	if (fgets(text, sizeof(text), f)) {
		for (char *p = text; *p; p++)
			if (*p == '\n')
				*p = '\0';
		if (!parse_number(text, &value))
			value = INT_MAX;
	}
	fclose(f);
	return value;
}

void sock_set_rcvbuf(const struct sock *s, int64_t wanted, struct rcvbuf *ret)
{
	int64_t now = get_int(s->fd, SOL_SOCKET, SO_RCVBUF, 0), allowed;

	if (wanted > INT_MAX / 2)
		wanted = INT_MAX / 2;
	if (!(s->inherited && now / 2 >= wanted) && set_int(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, (int)wanted) < 0) {
		allowed = rmem_max();
		if (!s->inherited || now / 2 < (wanted < allowed ? wanted : allowed))
			(void)set_int(s->fd, SOL_SOCKET, SO_RCVBUF, (int)wanted);
	}
	ret->wanted = wanted;
	ret->in_force = get_int(s->fd, SOL_SOCKET, SO_RCVBUF, 0);
	ret->granted = ret->in_force / 2;
}

static uint32_t meminfo(int fd, unsigned what)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) < 0 || len <= what * sizeof(info[0]))
		return 0;
	return info[what];
}

uint32_t sock_drops(int fd)
{
	return meminfo(fd, SK_MEMINFO_DROPS);
}

uint32_t sock_used(int fd)
{
	return meminfo(fd, SK_MEMINFO_RMEM_ALLOC);
}
