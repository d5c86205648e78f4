/* The endpoint: lines and answers, slow clients, too many clients, its file, its end, and no descriptors left. */
#include "config.h"
#include "net/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "endpoint_talk.h"
#include "few_fds.h"

#define BIG (8 * 1024 * 1024)

static char dir[90], path[100];

struct heard {
	_Atomic int calls;
	_Atomic long pid, uid;
	_Atomic int too_long;
};

/* "big" gets BIG bytes, "bye" no answer, any other line itself in brackets. */
static char *answer(void *arg, const struct endpoint_peer *peer, const char *line, size_t len, size_t *ret_len)
{
	struct heard *h = arg;
	char *text;

	atomic_fetch_add(&h->calls, 1);
	atomic_store(&h->pid, peer->pid);
	atomic_store(&h->uid, peer->uid);
	if (!line) {
		atomic_fetch_add(&h->too_long, 1);
		*ret_len = 8;
		return mem_strdup("too long");
	}
	if (len == 3 && !memcmp(line, "bye", 3))
		return NULL;
	if (len == 3 && !memcmp(line, "big", 3)) {
		text = mem_alloc(BIG);
		memset(text, 'b', BIG);
		*ret_len = BIG;
		return text;
	}
	text = mem_alloc(len + 2);
	text[0] = '[';
	memcpy(text + 1, line, len);
	text[len + 1] = ']';
	*ret_len = len + 2;
	return text;
}

static int dial(void)
{
	return dial_at(path);
}

static struct endpoint *start(struct heard *h, unsigned clients, unsigned idle_ms)
{
	struct err e = {0};
	struct endpoint *ep = endpoint_open(&(struct endpoint_opts){.name = "endpoint",
								    .path = path,
								    .mode = 0660,
								    .answer = answer,
								    .arg = h,
								    .clients = clients,
								    .idle_ms = idle_ms},
					    &e);

	if (!ep)
		printf("# %s\n", e.text);
	return ep;
}

static void test_lines(void)
{
	struct heard h = {0};
	struct endpoint *e = start(&h, 0, 0);
	struct stat st;
	int fd = dial();

	ok(e && fd >= 0, "a client connects");
	is_int(stat(path, &st), 0, "the file is there");
	is_int(st.st_mode & 07777, 0660, "its mode is 0660 under umask 0077");
	say(fd, "one\n");
	is_str(hear(fd), "[one]", "a line is answered");
	is_int(atomic_load(&h.pid), getpid(), "the callback knows the peer's pid");
	is_int(atomic_load(&h.uid), getuid(), "and its uid");
	say(fd, "two\r\n\n\r\nthree\nfo");
	is_str(hear(fd), "[two]", "CR before LF is no part of it");
	is_str(hear(fd), "[three]", "empty lines get no answer");
	say(fd, "ur");
	shutdown(fd, SHUT_WR);
	is_str(hear(fd), "[four]", "the end of the stream ends a line");
	ok(ends(fd), "then the connection is closed");
	close(fd);
	fd = dial();
	say(fd, "x\nbye\ny\n");
	is_str(hear(fd), "[x]", "answered before");
	ok(ends(fd), "no answer closes the client");
	close(fd);
	endpoint_close(e);
	ok(stat(path, &st) < 0 && errno == ENOENT, "the file is gone at the close");
}

static void test_long(void)
{
	struct heard h = {0};
	struct endpoint *e = start(&h, 0, 0);
	size_t size = ENDPOINT_LINE;
	char *text = mem_alloc(size + 3), *back = mem_alloc(size + 3);
	size_t got = 0;
	ssize_t n;
	int fd = dial();

	memset(text, 'a', size);
	strcpy(text + size, "\n");
	say(fd, text);
	while (got < size + 3 && (n = recv(fd, back + got, size + 3 - got, 0)) > 0)
		got += (size_t)n;
	is_int(got, size + 3, "a line of the greatest length comes back whole");
	ok(!memcmp(back + 1, text, size), "as it was");
	strcpy(text + size, "b\n");
	say(fd, text);
	is_str(hear(fd), "too long", "one byte more is too long");
	ok(ends(fd), "and the client is told no more");
	close(fd);

	fd = dial();
	text[size + 1] = '\0';
	for (int i = 0; i < 16; i++)
		say(fd, text);
	is_str(hear(fd), "too long", "so is a line without an end");
	shutdown(fd, SHUT_WR);
	ok(ends(fd), "of which the rest is thrown away");
	is_int(atomic_load(&h.too_long), 2, "each told once");
	close(fd);
	mem_free(text);
	mem_free(back);
	endpoint_close(e);
}

/* A client that asks and does not read: others are served, and it holds one answer at most. */
static void test_slow_reader(void)
{
	struct heard h = {0};
	struct endpoint *e = start(&h, 0, 0);
	int slow = dial(), quick = dial();
	size_t got = 0;
	ssize_t n;
	static char bytes[65536];

	for (int i = 0; i < 3; i++)
		say(slow, "big\n");
	for (int i = 0; i < 50; i++) {
		say(quick, "hello\n");
		if (strcmp(hear(quick), "[hello]") != 0)
			break;
	}
	say(quick, "hello\n");
	is_str(hear(quick), "[hello]", "others are answered meanwhile");
	is_int(atomic_load(&h.calls), 52, "the slow one has one answer under way, and no second is made");
	while (got < 3 * (size_t)(BIG + 1) && (n = recv(slow, bytes, sizeof(bytes), 0)) > 0)
		got += (size_t)n;
	is_int(got, 3 * (size_t)(BIG + 1), "when it reads it gets all of them");
	say(slow, "big\n");
	say(quick, "big\n");
	ok(recv(slow, bytes, 1, 0) == 1 && recv(quick, bytes, 1, 0) == 1, "two answers are under way");
	int64_t before = sync_now_ns();
	endpoint_close(e);
	ok(sync_now_ns() - before < 10 * NS_PER_S, "the close does not wait for those who do not read");
	close(slow);
	close(quick);
}

static void test_idle(void)
{
	struct heard h = {0};
	struct endpoint *e = start(&h, 0, 300);
	int64_t before = sync_now_ns();
	int silent = dial(), trickle = dial(), busy = dial();
	struct pollfd p = {.fd = trickle, .events = POLLIN};

	while (poll(&p, 1, 20) == 0 && sync_now_ns() - before < 10 * NS_PER_S) {
		say(trickle, "x");
		say(busy, "hi\n");
		hear(busy);
	}
	ok(ends(trickle), "a client that never ends its line is closed");
	ok(ends(silent), "a silent client is closed");
	ok(sync_now_ns() - before >= 300 * NS_PER_MS, "not before its time");
	say(busy, "still here\n");
	is_str(hear(busy), "[still here]", "one that asks stays");
	close(silent);
	close(trickle);
	close(busy);
	endpoint_close(e);
}

static void test_crowd(void)
{
	struct heard h = {0};
	struct endpoint *e = start(&h, 4, 60000);
	int fds[4], late;
	int64_t before = sync_now_ns();

	for (int i = 0; i < 4; i++) {
		fds[i] = dial();
		say(fds[i], "in\n");
		hear(fds[i]);
	}
	late = dial();
	say(late, "late\n");
	is_str(hear(late), "[late]", "one more than there are places is answered");
	ok(sync_now_ns() - before >= (ENDPOINT_EVICT_MS - 100) * NS_PER_MS, "once somebody has been idle for a while");
	ok(ends(fds[0]), "in the place of the longest idle");
	say(fds[3], "three\n");
	is_str(hear(fds[3]), "[three]", "the others stay");
	close(late);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	before = sync_now_ns();
	for (int i = 0; i < 200; i++) {
		int fd = dial();

		say(fd, "q\n");
		if (strcmp(hear(fd), "[q]") != 0) {
			ok(0, "client %d is answered", i);
			break;
		}
		close(fd);
	}
	ok(sync_now_ns() - before < 10 * NS_PER_S, "200 clients one after the other");
	endpoint_close(e);
}

static void test_file(void)
{
	struct heard h = {0};
	struct endpoint *e = start(&h, 0, 0), *second;
	struct err err = {0};
	struct stat st;
	char other[320];
	struct endpoint_opts opts = {.name = "x", .path = path, .mode = 0600, .answer = answer, .arg = &h};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd;

	second = endpoint_open(&opts, &err);
	ok(!second, "a second endpoint at the same place is refused");
	is_int(err.exit_code, EXIT_BIND, "with EXIT_BIND");
	has_str(err.text, "in use", "because it is in use");
	has_str(err.text, path, "which names the path");
	fd = dial();
	say(fd, "a\n");
	is_str(hear(fd), "[a]", "and the first goes on");
	close(fd);
	snprintf(other, sizeof(other), "%s.moved", path);
	rename(path, other);
	second = endpoint_open(&opts, &err);
	ok(second, "another may take a free place");
	endpoint_close(e);
	is_int(stat(path, &st), 0, "whose file the first leaves alone at its close");
	endpoint_close(second);
	unlink(other);

	/* What a killed daemon leaves behind: a bound file without a listener. */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	is_int(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0, "a file is left behind");
	close(fd);
	e = endpoint_open(&opts, &err);
	ok(e, "a stale file is replaced");
	endpoint_close(e);

	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	e = endpoint_open(&opts, &err);
	ok(!e, "a plain file is not");
	is_int(err.exit_code, EXIT_BIND, "EXIT_BIND");
	is_int(stat(path, &st), 0, "it is still there");
	unlink(path);
	snprintf(other, sizeof(other), "%s/nowhere/x.sock", dir);
	opts.path = other;
	ok(!endpoint_open(&opts, &err), "a missing directory is an error");
	has_str(err.text, "No such file", "in words");
	memset(other, 'a', 200);
	other[200] = '\0';
	ok(!endpoint_open(&opts, &err), "so is a path of 200 bytes");
	has_str(err.text, "107", "which names the limit");
}

/* Without descriptors the endpoint rests and does not spin; with one again it goes on. */
static void test_no_descriptors(void)
{
	struct heard h = {0};
	struct endpoint *e = start(&h, 0, 0);
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct few_fds f;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	few_fds_begin(&f, (struct sockaddr *)&un, sizeof(un));
	is_int(atomic_load(&h.calls), 0, "nobody is answered");
	few_fds_end(&f);
	say(f.fd, "now\n");
	is_str(hear(f.fd), "[now]", "with descriptors it goes on by itself");
	close(f.fd);
	endpoint_close(e);
}

static void test_close_at_once(void)
{
	struct heard h = {0};
	int64_t before = sync_now_ns();
	int n = 0;

	for (; n < 100; n++) {
		struct endpoint *e = start(&h, 0, 0);
		int fd = n % 2 ? dial() : -1;

		if (!e)
			break;
		endpoint_close(e);
		if (fd >= 0)
			close(fd);
	}
	is_int(n, 100, "opened and closed a hundred times");
	ok(sync_now_ns() - before < 20 * NS_PER_S, "without a wait");
	endpoint_close(NULL);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	signal(SIGPIPE, SIG_DFL);
	umask(0077);
	snprintf(dir, sizeof(dir), "%s/catchbasin-endpoint.XXXXXX", tmp && *tmp && strlen(tmp) < 60 ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/e.sock", dir);
	test_lines();
	test_long();
	test_slow_reader();
	test_idle();
	test_crowd();
	test_file();
	test_no_descriptors();
	test_close_at_once();
	rmdir(dir);
	return done_testing();
}
