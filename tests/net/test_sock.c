/* Making sockets: what may be bound, what is in the way, what an inherited one must be. */
#include "config.h"

#include "net/sock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/tap.h"

static char dir[64];

static struct addr at(const char *url)
{
	struct addr a;
	struct err e;

	if (addr_parse(url, &a, &e) < 0) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return a;
}

static struct addr in_dir(const char *scheme, const char *name)
{
	char url[ADDR_URL_TEXT];

	snprintf(url, sizeof(url), "%s%s/%s", scheme, dir, name);
	return at(url);
}

static int flag(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(fd, level, name, &value, &len);
	return value;
}

static void test_ports(void)
{
	static const char *const urls[] = {"udp://127.0.0.1:0", "tcp://127.0.0.1:0", "udp://[::1]:0", "tcp://*:0"};

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct addr a = at(urls[i]), taken;
		struct sock s, t;
		struct err e;
		char text[ADDR_URL_TEXT];

		if (sock_open(&a, -1, &s, &e) < 0) {
			ok(false, "%s: %s", urls[i], e.text);
			continue;
		}
		addr_format(&s.addr, text, sizeof(text));
		ok(strcmp(strrchr(text, ':'), ":0") != 0, "%s: the port in force is known: %s", urls[i], text);
		ok(fcntl(s.fd, F_GETFL) & O_NONBLOCK, "non-blocking");
		ok(fcntl(s.fd, F_GETFD) & FD_CLOEXEC, "closed on exec");
		if (addr_is_stream(&a))
			is_int(flag(s.fd, SOL_SOCKET, SO_ACCEPTCONN), 1, "listening");
		if (a.sa.any.sa_family == AF_INET6)
			is_int(flag(s.fd, IPPROTO_IPV6, IPV6_V6ONLY), !a.dual_stack, "IPv4 too only where asked");
		taken = s.addr;
		ok(sock_open(&taken, -1, &t, &e) < 0, "a second one on it is refused");
		is_int(e.exit_code, EXIT_BIND, "as a failure to bind");
		has_str(e.text, text, "naming the address");
		has_str(e.text, "in use", "and the reason");
		sock_close(&s);
		is_int(s.fd, -1, "closed");
		sock_close(&s);
	}
}

static void test_files(const char *scheme, const char *other)
{
	struct addr a = in_dir(scheme, "s"), b = in_dir(other, "s"), missing = in_dir(scheme, "no/s");
	const char *path = a.sa.un.sun_path;
	struct sock s, t;
	struct stat st;
	struct err e;
	int fd;

	ok(sock_open(&a, -1, &s, &e) == 0, "%s: bound", scheme);
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0666, "open to every local user");
	ok(sock_open(&a, -1, &t, &e) < 0, "somebody listens: refused");
	is_int(e.exit_code, EXIT_BIND, "as a failure to bind");
	has_str(e.text, "in use", "saying so");
	ok(sock_open(&b, -1, &t, &e) < 0, "for the other kind too");
	ok(stat(path, &st) == 0, "the living one's file stays");
	unlink(path);
	ok(sock_open(&a, -1, &t, &e) == 0, "the file was removed: another may bind");
	sock_close(&s);
	ok(stat(path, &st) == 0, "the old owner does not remove the new owner's file");
	close(t.fd);
	ok(sock_open(&a, -1, &t, &e) == 0, "nobody listens any more: replaced");
	sock_close(&t);
	ok(stat(path, &st) < 0, "the new owner does");
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	ok(sock_open(&a, -1, &t, &e) < 0, "a plain file is in the way");
	has_str(e.text, "no socket", "and said to be none");
	ok(stat(path, &st) == 0 && S_ISREG(st.st_mode), "it stays");
	unlink(path);
	ok(sock_open(&missing, -1, &t, &e) < 0, "no such directory");
	is_int(e.exit_code, EXIT_BIND, "is a failure to bind");
}

static void test_permission(void)
{
	struct addr a = in_dir("unix://", "closed/s");
	struct sock s;
	struct err e;
	char closed[80];

	snprintf(closed, sizeof(closed), "%s/closed", dir);
	if (geteuid() == 0) {
		ok(true, "permission # SKIP root may do everything");
		return;
	}
	mkdir(closed, 0500);
	ok(sock_open(&a, -1, &s, &e) < 0, "a directory one may not write to");
	is_int(e.exit_code, EXIT_PERMISSION, "is a matter of permission");
	rmdir(closed);
}

static void test_inherited(void)
{
	struct addr tcp = at("tcp://127.0.0.1:0"), udp = at("udp://127.0.0.1:0"), six = at("udp://[::1]:0");
	struct sock made, s;
	struct err e;
	int fd;

	ok(sock_open(&tcp, -1, &made, &e) == 0, "a socket to inherit");
	fd = made.fd;
	ok(sock_open(&udp, fd, &s, &e) < 0, "a stream is no datagram socket");
	is_int(e.exit_code, EXIT_BIND, "an error");
	has_str(e.text, "inherited", "that says so");
	ok(fcntl(fd, F_GETFD) >= 0, "the descriptor stays with the caller");
	fcntl(fd, F_SETFL, 0);
	fcntl(fd, F_SETFD, 0);
	ok(sock_open(&tcp, fd, &s, &e) == 0, "a stream is a stream");
	is_int(s.addr.sa.in.sin_port, made.addr.sa.in.sin_port, "its port is known");
	ok(fcntl(fd, F_GETFL) & O_NONBLOCK && fcntl(fd, F_GETFD) & FD_CLOEXEC, "non-blocking, closed on exec");
	sock_close(&s);
	ok(sock_open(&udp, -1, &made, &e) == 0, "a datagram socket to inherit");
	ok(sock_open(&six, made.fd, &s, &e) < 0, "IPv4 is not IPv6");
	ok(sock_open(&udp, made.fd, &s, &e) == 0 && s.inherited, "but IPv4");
	sock_close(&s);
	ok(sock_open(&tcp, 1000000, &s, &e) < 0, "a descriptor that is none");
	/* A unix socket's file belongs to whoever handed the socket over. */
	struct addr un = in_dir("unixgram://", "i");
	ok(sock_open(&un, -1, &made, &e) == 0 && sock_open(&un, made.fd, &s, &e) == 0, "a unix socket to inherit");
	sock_close(&s);
	ok(access(un.sa.un.sun_path, F_OK) == 0, "its file stays");
	unlink(un.sa.un.sun_path);
}

static void test_rcvbuf(void)
{
	struct addr udp = at("udp://127.0.0.1:0");
	struct rcvbuf r;
	struct sock s, heir;
	struct err e;

	ok(sock_open(&udp, -1, &s, &e) == 0, "a datagram socket");
	sock_set_rcvbuf(&s, 4096, &r);
	is_int(r.granted, 4096, "4K are granted");
	is_int(r.in_force, 8192, "the kernel books twice that");
	sock_set_rcvbuf(&s, 100000, &r);
	is_int(r.granted, 100000, "more too");
	ok(sock_open(&udp, s.fd, &heir, &e) == 0, "as an inherited one");
	sock_set_rcvbuf(&heir, 50000, &r);
	is_int(r.granted, 100000, "a larger buffer stays");
	sock_set_rcvbuf(&heir, INT64_C(1) << 30, &r);
	ok(r.granted >= 100000 && r.granted <= r.wanted, "1G is asked for without harm (%lld granted)", (long long)r.granted);
	is_int(sock_drops(s.fd), 0, "nothing is dropped yet");
	sock_close(&s);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%.40s/sock-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 1;
	test_ports();
	test_files("unix://", "unixgram://");
	test_files("unixgram://", "unix://");
	test_permission();
	test_inherited();
	test_rcvbuf();
	ok(rmdir(dir) == 0, "nothing is left in the directory");
	return done_testing();
}
