/* Asks the kernel for this process's memory, processor time and descriptors. */
#include "config.h"
#include "daemon/control_process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	uint64_t count = 0;

	while (d && (e = readdir(d)))
		count += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return count > 0 ? count - 1 : 0; /* one of them is d's */
}

void process_look(struct process_numbers *ret)
{
	unsigned long long pages = 0, resident = 0;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	FILE *in = fopen("/proc/self/statm", "re");
	struct rusage used;
	struct rlimit files;

	*ret = (struct process_numbers){.open_fds = count_fds()};
	if (in && fscanf(in, "%llu %llu", &pages, &resident) == 2) {
		ret->virtual_bytes = pages * page;
		ret->resident_bytes = resident * page;
	}
	if (in)
		fclose(in);
	if (getrusage(RUSAGE_SELF, &used) == 0)
		ret->cpu_seconds = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
				   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		ret->max_fds = files.rlim_cur;
}
