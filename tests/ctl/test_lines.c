/* Lines of any length, one that waits, one without an end; and an answer that is kept. */
#include "ctl/lines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/mem.h"
#include "ctl/spool.h"

#define BIG (300 * 1024)

static void is_line(struct lines *l, const char *want, size_t len)
{
	size_t got = 0;
	const char *line = lines_next(l, &got);

	ok(line && got == len && !memcmp(line, want, len), "a line of %zu bytes", len);
}

static void put(int fd, const char *bytes, size_t len)
{
	if (write(fd, bytes, len) != (ssize_t)len)
		exit(99);
}

static void test_lines(void)
{
	struct lines l = {0};
	char *big = mem_alloc(BIG);
	size_t len;
	int fd[2];
	char name[] = "/tmp/catchbasin-lines.XXXXXX";
	int file = mkstemp(name);

	if (pipe(fd) < 0 || file < 0)
		exit(99);
	unlink(name);
	l.fd = fd[0];
	ok(lines_would_wait(&l), "nothing is there");
	put(fd[1], "one\n\ntwo\0two\nthr", 16);
	ok(!lines_would_wait(&l), "something is");
	is_line(&l, "one", 3);
	is_line(&l, "", 0);
	ok(!lines_would_wait(&l), "a whole line is");
	is_line(&l, "two\0two", 7);
	ok(lines_would_wait(&l), "half a line is none");
	put(fd[1], "ee\nlast", 7);
	close(fd[1]);
	is_line(&l, "three", 5);
	is_line(&l, "last", 4);
	ok(!lines_next(&l, &len), "then it ends");
	ok(!lines_would_wait(&l), "at once");
	lines_done(&l);
	close(fd[0]);

	memset(big, 'x', BIG);
	big[BIG - 1] = '\n';
	put(file, "short\n", 6);
	put(file, big, BIG);
	put(file, "short\n", 6);
	put(file, big, BIG);
	lseek(file, 0, SEEK_SET);
	l = (struct lines){.fd = file};
	for (int i = 0; i < 2; i++) {
		is_line(&l, "short", 5);
		is_line(&l, big, BIG - 1);
	}
	ok(!lines_next(&l, &len), "then it ends");
	lines_done(&l);
	close(file);
	mem_free(big);
}

static void test_spool(size_t count)
{
	struct spool s = {0};
	char block[1000], back[1000];
	bool good = true;
	size_t i;

	for (i = 0; good && i < count; i++) {
		memset(block, (int)(i % 251), sizeof(block));
		good = spool_add(&s, block, sizeof(block));
	}
	ok(good && spool_rewind(&s), "%zu blocks are kept", count);
	ok((s.file != NULL) == (count * sizeof(block) > SPOOL_MEMORY), "in a file only where memory is not enough");
	for (i = 0; good && i < count; i++) {
		memset(block, (int)(i % 251), sizeof(block));
		good = spool_read(&s, back, sizeof(back)) && !memcmp(block, back, sizeof(back));
	}
	ok(good, "and come back");
	ok(!spool_read(&s, back, 1), "to the end");
	spool_done(&s);
}

int main(void)
{
	test_lines();
	test_spool(0);
	test_spool(10);
	test_spool(SPOOL_MEMORY / 1000 + 100);
	return done_testing();
}
