/*
 * Makes a store for the tests of the command: make_store FILE MESSAGES LOST END, where END is
 * finish (a clean stop), crash (no receipt), hold (no receipt, and the file is held until stdin ends), forge (a receipt
 * that says one more than was stored), evil (as finish, with names that would like to drive a terminal).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sync.h"
#include "bench.h"

static int fail(const char *what, const struct err *err)
{
	fprintf(stderr, "make_store: %s: %s\n", what, err->text);
	return 1;
}

static int add_messages(struct store *s, unsigned messages, uint64_t lost, bool evil, struct err *reterr)
{
	struct take t = {0};
	enum sink_result rc;

	bench_take(&t, 1, "message", 1, messages, 100);
	if (lost)
		bench_add_loss(&t, evil ? "\033[31mred\n\302\233" : "udp", LOSS_QUEUE_FULL, lost, lost * 10);
	if (evil)
		bench_add_loss(&t, "not\377utf8", LOSS_OVERSIZE, 0, 0);
	rc = bench_store(s, &t, reterr);
	bench_take_free(&t);
	return rc == SINK_OK ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	struct err err = {0};
	struct store *s;
	unsigned messages;
	uint64_t lost;
	const char *end;
	char byte;

	if (argc != 5)
		return 64;
	messages = (unsigned)atoi(argv[2]);
	lost = (uint64_t)atoi(argv[3]);
	end = argv[4];
	snprintf(b.path, sizeof(b.path), "%s", argv[1]);
	s = bench_open(&b, &err);
	if (!s)
		return fail("open", &err);
	if (messages && add_messages(s, messages, lost, !strcmp(end, "evil"), &err) < 0)
		return fail("store", &err);
	if (!strcmp(end, "hold")) {
		printf("held\n");
		fflush(stdout);
		while (read(0, &byte, 1) > 0)
			;
	}
	if (!strcmp(end, "crash") || !strcmp(end, "hold"))
		_exit(0);
	if (bench_finish(s, messages + !strcmp(end, "forge"), lost, &err) < 0)
		return fail("finish", &err);
	return 0;
}
