/* Receives and counts, and does nothing else: what the sockets alone can do. */
#include "config.h"

#include "limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

#define AT_ONCE 64
#define SLOT 65536
#define READ_BYTES (256 * 1024)

struct receiver {
	bool stream;
	int fd, epoll;
	char *room;
	struct iovec iov[AT_ONCE];
	struct mmsghdr msgs[AT_ONCE];
	long messages, bytes, calls;
	int64_t first_ns, last_ns, deadline_ns;
};

static volatile sig_atomic_t told;

static void on_signal(int number)
{
	told = number;
}

static int listen_on(bool stream, unsigned port, int rcvbuf)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int on = 1, fd = socket(AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!stream && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || (stream && listen(fd, 4096) < 0) ||
	    getsockname(fd, (struct sockaddr *)&in, &len) < 0) {
		close(fd);
		return -1;
	}
	printf("{\"ready\":true,\"port\":%u}\n", ntohs(in.sin_port));
	fflush(stdout);
	return fd;
}

static void count(struct receiver *r, long messages, long bytes)
{
	r->last_ns = clock_ns();
	if (!r->first_ns)
		r->first_ns = r->last_ns;
	r->messages += messages;
	r->bytes += bytes;
	r->calls++;
}

static void read_datagrams(struct receiver *r)
{
	int n = recvmmsg(r->fd, r->msgs, AT_ONCE, MSG_DONTWAIT, NULL);
	long bytes = 0;

	for (int i = 0; i < n; i++)
		bytes += r->msgs[i].msg_len;
	if (n > 0)
		count(r, n, bytes);
}

static void read_lines(struct receiver *r, int fd)
{
	ssize_t n = recv(fd, r->room, READ_BYTES, MSG_DONTWAIT);
	long lines = 0;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close(fd);
	if (n <= 0)
		return;
	for (const char *at = r->room, *end = r->room + n; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		lines++;
	count(r, lines, n);
}

static void on_ready(struct receiver *r, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN};

	if (!r->stream) {
		read_datagrams(r);
	} else if (fd != r->fd) {
		read_lines(r, fd);
	} else {
		ev.data.fd = accept4(r->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (ev.data.fd >= 0)
			epoll_ctl(r->epoll, EPOLL_CTL_ADD, ev.data.fd, &ev);
	}
}

static bool init(struct receiver *r)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = r->fd};

	r->room = malloc(AT_ONCE * SLOT);
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!r->room || r->epoll < 0 || epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->fd, &ev) < 0)
		return false;
	for (size_t i = 0; i < AT_ONCE; i++) {
		r->iov[i] = (struct iovec){.iov_base = r->room + i * SLOT, .iov_len = SLOT};
		r->msgs[i].msg_hdr.msg_iov = &r->iov[i];
		r->msgs[i].msg_hdr.msg_iovlen = 1;
	}
	r->deadline_ns = clock_ns() + LIMITS_MAX_SECONDS * 1000000000LL;
	return true;
}

static void tell(const struct receiver *r)
{
	double seconds = (double)(r->last_ns - r->first_ns) / 1e9;
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	printf("{\"messages\":%ld,\"bytes\":%ld,\"calls\":%ld,\"seconds\":%.6f,\"rate\":%.1f,\"cpu\":%.4f,"
	       "\"peak_kib\":%ld}\n", r->messages, r->bytes, r->calls, seconds,
	       seconds > 0 ? (double)r->messages / seconds : 0,
	       (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6, u.ru_maxrss);
}

int limit_receive(bool stream, unsigned port, long idle_ms, int rcvbuf)
{
	static struct receiver r;
	struct epoll_event events[64];

	r.stream = stream;
	r.fd = listen_on(stream, port, rcvbuf);
	if (r.fd < 0 || !init(&r)) {
		perror("limits");
		return 1;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	while (!told && clock_ns() < r.deadline_ns) {
		int n = epoll_wait(r.epoll, events, 64, 50);

		for (int i = 0; i < n; i++)
			on_ready(&r, events[i].data.fd);
		if (n == 0 && r.first_ns && clock_ns() - r.last_ns > idle_ms * 1000000)
			break;
	}
	tell(&r);
	return 0;
}
