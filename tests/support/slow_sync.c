/* Preloaded into the daemon: a disk whose fsync hangs as long as the file named by SLOW_SYNC is there. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void drag(void)
{
	const char *mark = getenv("SLOW_SYNC");

	while (mark && access(mark, F_OK) == 0)
		usleep(20000);
}

int fsync(int fd)
{
	drag();
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	drag();
	return (int)syscall(SYS_fdatasync, fd);
}
