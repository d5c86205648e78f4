/* Preloaded into the daemon: calls hang as long as a file named after them is in the directory HANG; with SLOW in it, a
 * number of ms, each fsync takes as long as that. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static void rest(long ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static int is_there(const char *name, char *path, size_t size)
{
	const char *dir = getenv("HANG");

	return dir && snprintf(path, size, "%s/%s", dir, name) < (int)size && access(path, F_OK) == 0;
}

static void hang(const char *name)
{
	char path[256];

	while (is_there(name, path, sizeof(path)))
		rest(20);
}

static void drag(void)
{
	char path[256], text[16] = "";
	FILE *f;

	hang("sync");
	if (!is_there("SLOW", path, sizeof(path)))
		return;
	f = fopen(path, "re");
	if (f && fgets(text, sizeof(text), f))
		rest(atol(text));
	if (f)
		fclose(f);
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

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
	hang("write");
	return syscall(SYS_pwrite64, fd, bytes, len, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return pwrite64(fd, bytes, len, at);
}

/* The event loop waits here. The daemon's second loop, of the control socket, does too, and hangs with it. */
int epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
	hang("loop");
	return (int)syscall(SYS_epoll_pwait, fd, events, count, timeout_ms, NULL, 8);
}

/* Thread main waits here, and others do who are not meant. */
int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec ts = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};

	if (gettid() == getpid())
		hang("main");
	return (int)syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? NULL : &ts, NULL, 8);
}
