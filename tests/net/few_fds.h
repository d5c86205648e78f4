/*
 * few_fds - a process that has run out of descriptors, for a while.
 *
 * Owns     the descriptors that fill the table, from begin to end
 * Threads  one, beside the server's
 * Blocks   few_fds_begin, 0.7 seconds
 * Units    none
 * Errors   are failed checks
 * Limits   48 descriptors
 * Upholds  none
 */
#ifndef TESTS_FEW_FDS_H
#define TESTS_FEW_FDS_H

#include <sys/resource.h>
#include <unistd.h>

#include "../support/tap.h"
#include "base/clock.h"
#include "base/sync.h"
#include "endpoint_talk.h"

struct few_fds {
	struct rlimit old;
	int spare[64], spares;
	int fd; /* of the client; the caller's */
};

static double cpu_s(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)r.ru_utime.tv_sec + (double)r.ru_stime.tv_sec + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* A client comes when the server has no descriptor for it: it must rest and not spin. */
static void few_fds_begin(struct few_fds *f, const struct sockaddr *sa, socklen_t len)
{
	struct rlimit small;
	double before;
	int probe;

	*f = (struct few_fds){.fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	getrlimit(RLIMIT_NOFILE, &f->old);
	small = f->old;
	small.rlim_cur = 48;
	setrlimit(RLIMIT_NOFILE, &small);
	while (f->spares < 64 && (probe = dup(0)) >= 0)
		f->spare[f->spares++] = probe;
	is_int(connect(f->fd, sa, len), 0, "a client comes when no descriptor is left");
	before = cpu_s();
	sync_sleep_until(sync_now_ns() + 700 * NS_PER_MS);
	ok(cpu_s() - before < 0.2, "the server does not spin");
}

/* With descriptors again. */
static void few_fds_end(struct few_fds *f)
{
	struct timeval tv = {.tv_sec = 20};

	while (f->spares > 0)
		close(f->spare[--f->spares]);
	setrlimit(RLIMIT_NOFILE, &f->old);
	setsockopt(f->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

#endif
