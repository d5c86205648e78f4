/*
 * How long this machine has stood still: standstill FILE
 *
 * On each processor somebody looks at the clock every 10 ms. Who comes 50 ms too late could not run, and neither could
 * others there: a virtual machine whose host had something else to do. FILE has the sum in ms, times that overlap counted
 * once. Ends with the process that began it, and keeps none of its files open.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define EVERY_NS (10 * MS)
#define LATE_NS (50 * MS)

struct stall {
	int64_t from_ns, to_ns;
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

/* The child of one processor: tells the parent of each stall. */
static void watch(int cpu, int out)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || sched_setaffinity(0, sizeof(set), &set) != 0)
		_exit(1);
	for (;;) {
		struct stall s = {.from_ns = now_ns() + EVERY_NS};
		struct timespec due = {.tv_sec = s.from_ns / (1000 * MS), .tv_nsec = s.from_ns % (1000 * MS)};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
		s.to_ns = now_ns();
		if (s.to_ns - s.from_ns > LATE_NS && write(out, &s, sizeof(s)) != sizeof(s))
			_exit(0);
	}
}

static void tell(int file, int64_t sum_ns)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%lld\n", (long long)(sum_ns / MS));

	if (pwrite(file, text, (size_t)len, 0) != len)
		exit(1);
}

int main(int argc, char **argv)
{
	int ends[2], file = close_range(3, ~0U, 0) == 0 && argc == 2 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
	int64_t sum_ns = 0, counted_ns = 0;
	struct stall s;
	cpu_set_t set;

	if (file < 0 || pipe(ends) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || sched_getaffinity(0, sizeof(set), &set) != 0) {
		perror("standstill FILE");
		return 1;
	}
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET((size_t)cpu, &set) && fork() == 0)
			watch(cpu, ends[1]);
	}
	close(ends[1]);
	tell(file, 0);
	while (read(ends[0], &s, sizeof(s)) == sizeof(s)) {
		if (s.to_ns <= counted_ns)
			continue;
		sum_ns += s.to_ns - (s.from_ns > counted_ns ? s.from_ns : counted_ns);
		counted_ns = s.to_ns;
		tell(file, sum_ns);
	}
	return 0;
}
