/* The web server: answers, refusals, limits of size, number and time, slow clients, its end, and no descriptors left. */
#include "config.h"
#include "net/http.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "few_fds.h"
#include "http_talk.h"

#define BIG (8 * 1024 * 1024)

static _Atomic int asked;
static uint16_t port;

static void answer(void *arg, const struct http_request *r, struct http_reply *reply)
{
	size_t size = strlen(r->path) + 64;

	(void)arg;
	atomic_fetch_add(&asked, 1);
	if (!strcmp(r->path, "/none"))
		return;
	reply->status = strcmp(r->path, "/503") ? 200 : 503;
	reply->type = "text/plain";
	if (!strcmp(r->path, "/big")) {
		reply->body = mem_alloc(BIG);
		memset(reply->body, 'b', BIG);
		reply->len = BIG;
		return;
	}
	if (!strcmp(r->path, "/policy"))
		snprintf(reply->policy, sizeof(reply->policy), "default-src 'self'");
	reply->body = mem_alloc(size);
	reply->len = (size_t)snprintf(reply->body, size, "%s%s", r->path, r->head ? " head" : "");
}

static struct http *start(const char *url, unsigned connections, unsigned deadline_ms)
{
	struct err e = {0};
	struct addr addr;
	char text[HTTP_URL];
	struct http *h;

	if (addr_parse(url, &addr, &e) < 0)
		exit(99);
	h = http_open(&(struct http_opts){.name = "web", .addr = &addr, .hosts = "collector.example", .answer = answer,
					  .connections = connections, .deadline_ms = deadline_ms}, &e);
	if (!h) {
		printf("# %s\n", e.text);
		return NULL;
	}
	http_url(h, text, sizeof(text));
	port = (uint16_t)strtoul(strrchr(text, ':') + 1, NULL, 10);
	return h;
}

static struct heard ask(int fd, const char *request)
{
	struct heard a;

	say(fd, request);
	listen_to(fd, !strncmp(request, "HEAD", 4), &a);
	return a;
}

/* One request over a connection of its own. */
static struct heard once(const char *request)
{
	int fd = dial_tcp(port);
	struct heard a = ask(fd, request);

	close(fd);
	return a;
}

static void status(const char *request, int want, const char *name)
{
	struct heard a = once(request);

	is_int(a.status, want, "%s", name);
	forget(&a);
}

#define HOST "Host: localhost\r\n"

static void test_answers(void)
{
	struct http *h = start("tcp://127.0.0.1:0", 0, 0);
	struct heard a;
	int fd = dial_tcp(port);
	char text[HTTP_URL], want[64];

	http_url(h, text, sizeof(text));
	snprintf(want, sizeof(want), "http://127.0.0.1:%u/", port);
	is_str(text, want, "its address, with the port in force");
	a = ask(fd, "GET /metrics?x=1 HTTP/1.1\r\n" HOST "\r\n");
	is_int(a.status, 200, "GET");
	is_str(a.body, "/metrics", "the path without the question");
	has_str(a.head, "Cache-Control: no-store", "nobody keeps it");
	has_str(a.head, "X-Content-Type-Options: nosniff", "nobody guesses what it is");
	has_str(a.head, "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'", "nothing may be loaded");
	has_str(a.head, "Cross-Origin-Resource-Policy: same-origin", "nobody else may have it");
	ok(!strcasestr(a.head, "Access-Control-Allow"), "no CORS");
	forget(&a);
	a = ask(fd, "HEAD /x HTTP/1.1\r\n" HOST "\r\n");
	is_int(a.status, 200, "HEAD on the same connection");
	is_int(a.told, 7, "tells the length");
	forget(&a);
	a = ask(fd, "GET /policy HTTP/1.1\r\n" HOST "\r\n");
	is_str(a.body, "/policy", "and no body came before the next answer");
	has_str(a.head, "Content-Security-Policy: default-src 'self'\r\n", "a policy of its own");
	forget(&a);
	a = ask(fd, "GET /503 HTTP/1.1\r\n" HOST "\r\n");
	is_int(a.status, 503, "a status of its own");
	forget(&a);
	say(fd, "GET /1 HTTP/1.1\r\n" HOST "\r\nGET /2 HTTP/1.1\r\n" HOST "\r\n");
	listen_to(fd, false, &a);
	is_str(a.body, "/1", "two at once: the first");
	forget(&a);
	listen_to(fd, false, &a);
	is_str(a.body, "/2", "and the second");
	forget(&a);
	a = ask(fd, "GET / HTTP/1.0\r\n\r\n");
	is_int(a.status, 200, "HTTP/1.0 needs no Host");
	forget(&a);
	ok(ends(fd), "and ends the connection");
	close(fd);
	http_close(h);
	ok(dial_tcp(port) < 0, "nobody listens after the close");
	http_close(NULL);
}

static void test_refusals(void)
{
	struct http *h = start("tcp://127.0.0.1:0", 0, 0);
	char long_one[HTTP_HEADERS + 4096];
	struct heard a;
	int before = atomic_load(&asked);

	status("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "a name that is not ours");
	status("GET / HTTP/1.1\r\n" HOST "Host: evil.example\r\n\r\n", 421, "also behind one that is");
	status("GET http://evil.example/ HTTP/1.1\r\n" HOST "\r\n", 421, "also in the URL");
	status("GET / HTTP/1.1\r\n\r\n", 400, "none");
	status("POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi", 405, "POST");
	status("OPTIONS / HTTP/1.1\r\n" HOST "Origin: http://evil.example\r\n\r\n", 405, "OPTIONS");
	a = once("DELETE / HTTP/1.1\r\n" HOST "\r\n");
	has_str(a.head, "Allow: GET, HEAD", "405 says what there is");
	forget(&a);
	status("BREW / HTTP/1.1\r\n" HOST "\r\n", 501, "no method at all");
	status("GET /none HTTP/1.1\r\n" HOST "\r\n", 500, "no answer");
	is_int(atomic_load(&asked) - before, 1, "only the last has come through");
	status("GET\r\n\r\n", 400, "half a line");
	a = once("\x16\x03\x01\x02\x01\x01\r\n\r\n");
	ok(a.status == 400 || a.status == 0, "a TLS handshake");
	forget(&a);
	memset(long_one, 'a', sizeof(long_one));
	memcpy(long_one, "GET /", 5);
	strcpy(long_one + sizeof(long_one) - 5, "\r\n\r\n");
	a = once(long_one);
	ok(a.status >= 400 || a.status == 0, "a line beyond the limit: %d", a.status);
	forget(&a);
	snprintf(long_one, sizeof(long_one), "GET / HTTP/1.1\r\n" HOST "X: %0*d\r\n\r\n", HTTP_HEADERS + 100, 0);
	a = once(long_one);
	ok(a.status >= 400 || a.status == 0, "a header beyond the limit: %d", a.status);
	forget(&a);
	a = once("POST / HTTP/1.1\r\n" HOST "Content-Length: 100000000\r\n\r\n");
	ok(a.status >= 400 || a.status == 0, "a body beyond the limit: %d", a.status);
	forget(&a);
	status("GET / HTTP/1.1\r\nHost: collector.example:9514\r\n\r\n", 200, "a name of the configuration");
	ok(http_set_hosts(h, "other.example"), "other names");
	status("GET / HTTP/1.1\r\nHost: collector.example\r\n\r\n", 421, "the old one is none any more");
	status("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n", 200, "the new one is");
	http_close(h);
}

/* Bytes that the server takes from somebody who does not read: at most what kernel and limits hold. */
static size_t stuff(int fd, size_t most)
{
	static char junk[65536];
	size_t sent = 0;
	ssize_t n;

	memset(junk, 'x', sizeof(junk));
	while (sent < most) {
		struct pollfd p = {.fd = fd, .events = POLLOUT};

		if (poll(&p, 1, 300) <= 0)
			break;
		n = send(fd, junk, sizeof(junk), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	return sent;
}

static void test_slow(void)
{
	struct http *h = start("tcp://127.0.0.1:0", 0, 1500);
	int64_t begun = sync_now_ns();
	int slow = dial_tcp(port), silent = dial_tcp(port), drip = dial_tcp(port), quick = dial_tcp(port);
	struct pollfd p = {.fd = drip, .events = POLLIN};
	struct heard a;
	int good = 0;

	say(slow, "GET /big HTTP/1.1\r\n" HOST "\r\n");
	for (int i = 0; i < 50; i++) {
		a = ask(quick, "GET /q HTTP/1.1\r\n" HOST "\r\n");
		good += a.status == 200;
		forget(&a);
	}
	is_int(good, 50, "others are answered while one does not read");
	ok(stuff(slow, 64 * 1024 * 1024) < 32 * 1024 * 1024, "nor is it read from without end");
	say(drip, "GET / HTTP/1.1\r\nX: ");
	while (poll(&p, 1, 50) == 0 && sync_now_ns() - begun < 15 * NS_PER_S)
		say(drip, "x");
	ok(ends(drip), "a request that never ends is ended");
	ok(sync_now_ns() - begun >= 1500 * NS_PER_MS, "not before its time");
	ok(ends(silent), "so is one that never begins");
	ok(sync_now_ns() - begun < 15 * NS_PER_S, "in time");
	p = (struct pollfd){.fd = slow, .events = POLLRDHUP};
	ok(poll(&p, 1, 15000) == 1, "and an answer that is never taken");
	close(slow);
	close(silent);
	close(drip);
	close(quick);
	http_close(h);
}

static void test_crowd(void)
{
	struct http *h = start("tcp://127.0.0.1:0", 4, 60000);
	int fds[4], late;
	int64_t begun = sync_now_ns();
	struct heard a;
	int good = 0;

	for (int i = 0; i < 4; i++) {
		fds[i] = dial_tcp(port);
		a = ask(fds[i], "GET / HTTP/1.1\r\n" HOST "\r\n");
		good += a.status == 200;
		forget(&a);
	}
	is_int(good, 4, "as many as there are places");
	late = dial_tcp(port);
	a = ask(late, "GET /late HTTP/1.1\r\n" HOST "\r\n");
	is_str(a.body, "/late", "one more is answered");
	forget(&a);
	ok(sync_now_ns() - begun >= (HTTP_EVICT_MS - 50) * NS_PER_MS, "once somebody has been idle for a while");
	ok(ends(fds[0]), "in the place of the longest idle");
	close(late);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	good = 0;
	for (int i = 0; i < 300; i++) {
		a = once("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
		good += a.status == 200;
		forget(&a);
	}
	is_int(good, 300, "300 clients one after the other");
	http_close(h);
}

/* Without descriptors the server rests and does not spin; with one again it goes on. */
static void test_no_descriptors(void)
{
	struct http *h = start("tcp://127.0.0.1:0", 0, 0);
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct few_fds f;
	struct heard a;

	few_fds_begin(&f, (struct sockaddr *)&in, sizeof(in));
	few_fds_end(&f);
	a = ask(f.fd, "GET /now HTTP/1.1\r\n" HOST "\r\n");
	is_str(a.body, "/now", "with descriptors it goes on by itself");
	forget(&a);
	close(f.fd);
	http_close(h);
}

static void count_up(void *arg)
{
	++*(int *)arg;
}

static void test_life(void)
{
	char path[100], url[160], text[HTTP_URL];
	struct err err = {0};
	struct addr addr;
	struct http *h, *second;
	struct stat st;
	struct heard a;
	int fd, n = 0, called = 0;

	snprintf(path, sizeof(path), "/tmp/catchbasin-http.%d.sock", (int)getpid());
	snprintf(url, sizeof(url), "unix://%s", path);
	ok(addr_parse(url, &addr, &err) == 0, "a unix socket");
	h = http_open(&(struct http_opts){.name = "web", .addr = &addr, .hosts = "", .answer = answer}, &err);
	ok(h && stat(path, &st) == 0, "its file is there");
	is_int(st.st_mode & 07777, 0660, "for the owner and the group");
	fd = dial_at(path);
	a = ask(fd, "GET /u HTTP/1.1\r\nHost: whatever.example\r\n\r\n");
	is_str(a.body, "/u", "no name is wrong there");
	forget(&a);
	http_url(h, text, sizeof(text));
	is_str(text, url, "its address");
	second = http_open(&(struct http_opts){.name = "web", .addr = &addr, .hosts = "", .answer = answer}, &err);
	ok(!second, "a second one is refused");
	is_int(err.exit_code, EXIT_BIND, "with EXIT_BIND");
	http_close(h);
	ok(ends(fd), "the close ends connections");
	close(fd);
	ok(stat(addr.sa.un.sun_path, &st) < 0, "and takes the file away");

	for (; n < 50; n++) {
		h = start("tcp://127.0.0.1:0", 0, 0);
		if (!h)
			break;
		http_call(h, count_up, &called);
		fd = n % 2 ? dial_tcp(port) : -1;
		if (n % 3 == 0 && fd >= 0)
			say(fd, "GET /big HTTP/1.1\r\n" HOST "\r\n");
		http_close(h);
		if (fd >= 0)
			close(fd);
	}
	is_int(n, 50, "opened and closed fifty times");
	is_int(called, 50, "called between two answers each time");
	h = start("tcp://127.0.0.1:0", 0, 0);
	snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", port);
	ok(!start(url, 0, 0), "a port in use is refused");
	http_close(h);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_answers();
	test_refusals();
	test_slow();
	test_crowd();
	test_no_descriptors();
	test_life();
	return done_testing();
}
