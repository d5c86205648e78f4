/* Answers that come later: from another thread, out of order, for clients that wait or have gone; and the tick. */
#include "net/endpoint.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "endpoint_talk.h"

#define PATIENCE_NS (20 * NS_PER_S)
#define MANY 40

static char dir[90], path[100];

struct desk {
	struct sync_mutex lock;
	uint64_t waiting[MANY + 8]; /* clients whose answer is still open, in the order they asked */
	unsigned count;
	_Atomic unsigned ticks, tick_ms;
};

/* "later" is left open, any other line comes back. */
static char *answer(void *arg, const struct endpoint_peer *peer, const char *line, size_t len, size_t *ret_len)
{
	struct desk *d = arg;
	char *text;

	if (len == 5 && !memcmp(line, "later", 5)) {
		sync_lock(&d->lock);
		d->waiting[d->count++] = peer->client;
		sync_unlock(&d->lock);
		*ret_len = ENDPOINT_LATER;
		return NULL;
	}
	text = mem_alloc(len);
	memcpy(text, line, len);
	*ret_len = len;
	return text;
}

static unsigned tick(void *arg)
{
	struct desk *d = arg;

	atomic_fetch_add(&d->ticks, 1);
	return atomic_load(&d->tick_ms);
}

static struct endpoint *start(struct desk *d, unsigned clients, unsigned idle_ms)
{
	struct err e = {0};
	struct endpoint *ep;

	*d = (struct desk){.tick_ms = 20};
	sync_mutex_init(&d->lock, "desk");
	ep = endpoint_open(&(struct endpoint_opts){.name = "late", .path = path, .mode = 0600, .answer = answer, .arg = d,
						   .tick = tick, .clients = clients, .idle_ms = idle_ms},
			   &e);
	if (!ep) {
		printf("Bail out! %s\n", e.text);
		exit(99);
	}
	return ep;
}

static void stop(struct endpoint *e, struct desk *d)
{
	endpoint_close(e);
	sync_mutex_done(&d->lock);
}

/* Until so many wait. */
static bool await(struct desk *d, unsigned count)
{
	int64_t until_ns = sync_now_ns() + PATIENCE_NS;
	unsigned now = 0;

	while (now < count && sync_now_ns() < until_ns) {
		sync_lock(&d->lock);
		now = d->count;
		sync_unlock(&d->lock);
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	}
	return now >= count;
}

static void reply(struct endpoint *e, uint64_t client, const char *text)
{
	endpoint_reply(e, client, text ? mem_strdup(text) : NULL, text ? strlen(text) : 0);
}

static void test_late(void)
{
	struct desk d;
	struct endpoint *e = start(&d, 0, 0);
	int a = dial_at(path), b = dial_at(path);

	say(a, "later\nnext\n");
	ok(await(&d, 1), "a request is left open");
	say(b, "now\n");
	is_str(hear(b), "now", "others do not wait for it");
	say(b, "later\n");
	ok(await(&d, 2), "two are open");
	reply(e, d.waiting[1], "second");
	is_str(hear(b), "second", "they are answered in any order");
	reply(e, d.waiting[0], "first");
	is_str(hear(a), "first", "each its own");
	is_str(hear(a), "next", "and what was asked behind it comes after it");
	say(a, "later\n");
	shutdown(a, SHUT_WR);
	ok(await(&d, 3), "one that will not ask any more");
	reply(e, d.waiting[2], "third");
	is_str(hear(a), "third", "still gets its answer");
	ok(ends(a), "and is closed then");
	say(b, "later\n");
	ok(await(&d, 4), "one more");
	reply(e, d.waiting[3], NULL);
	ok(ends(b), "no answer closes the client");
	reply(e, d.waiting[3], "nobody");
	reply(e, 987654, "nobody");
	close(a);
	close(b);
	stop(e, &d);
}

/* A client that waits is neither idle nor in the way; one that left is nobody's trouble. */
static void test_patience(void)
{
	struct desk d;
	struct endpoint *e = start(&d, 2, 100);
	int a = dial_at(path), b;

	say(a, "later\n");
	ok(await(&d, 1), "it waits");
	b = dial_at(path);
	ok(ends(b), "who says nothing is closed after idle_ms");
	close(b);
	b = dial_at(path);
	say(b, "later\n");
	ok(await(&d, 2), "another one waits");
	close(b);
	sync_sleep_until(sync_now_ns() + 300 * NS_PER_MS);
	reply(e, d.waiting[1], "to nobody");
	reply(e, d.waiting[0], "patience");
	is_str(hear(a), "patience", "who waits stays, however long it takes");
	close(a);
	stop(e, &d);
}

static void test_many(void)
{
	struct desk d;
	struct endpoint *e = start(&d, 0, 0);
	char text[16];
	int fd[MANY], good = 0;

	for (int i = 0; i < MANY; i++) {
		fd[i] = dial_at(path);
		say(fd[i], "later\n");
		if (!await(&d, (unsigned)i + 1))
			break;
	}
	for (int i = MANY; i-- > 0;) {
		snprintf(text, sizeof(text), "%d", i);
		reply(e, d.waiting[i], text);
	}
	for (int i = 0; i < MANY; i++) {
		good += atoi(hear(fd[i])) == i;
		close(fd[i]);
	}
	is_int(good, MANY, "each of many gets its own answer");
	stop(e, &d);
}

static void test_end(void)
{
	struct desk d;
	struct endpoint *e = start(&d, 0, 0);
	int64_t before = sync_now_ns(), until_ns = before + PATIENCE_NS;
	unsigned ticks;
	int fd = dial_at(path);

	say(fd, "now\n");
	is_str(hear(fd), "now", "an answer");
	is_int(atomic_load(&d.ticks), 0, "needs no ticks");
	say(fd, "later\n");
	ok(await(&d, 1), "a request is open");
	while (atomic_load(&d.ticks) < 5 && sync_now_ns() < until_ns)
		sync_sleep_until(sync_now_ns() + NS_PER_MS);
	ok(atomic_load(&d.ticks) >= 5, "it ticks");
	ok(sync_now_ns() - before >= 50 * NS_PER_MS, "no more often than it is told to");
	atomic_store(&d.tick_ms, 0);
	do {
		ticks = atomic_load(&d.ticks);
		sync_sleep_until(sync_now_ns() + 200 * NS_PER_MS);
	} while (atomic_load(&d.ticks) != ticks && sync_now_ns() < until_ns);
	is_int(atomic_load(&d.ticks), ticks, "until it is told not to");
	reply(e, d.waiting[0], "in time");
	stop(e, &d);
	is_str(hear(fd), "in time", "what was answered before the close arrives");
	close(fd);
	e = start(&d, 0, 0);
	fd = dial_at(path);
	say(fd, "later\n");
	ok(await(&d, 1), "a request is open");
	stop(e, &d);
	ok(ends(fd), "a close ends those that wait");
	close(fd);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/catchbasin-late.XXXXXX", tmp && *tmp && strlen(tmp) < 60 ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/e.sock", dir);
	test_late();
	test_patience();
	test_many();
	test_end();
	rmdir(dir);
	return done_testing();
}
