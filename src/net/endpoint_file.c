/* Makes the socket of an endpoint, in the place of a file left behind but never of a living one. */
#include "net/endpoint_file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 64

static int failed(const char *path, int errnum, const char *what, struct err *reterr)
{
	bool permission = errnum == EACCES || errnum == EPERM;

	err_set_errno(reterr, permission ? EXIT_PERMISSION : EXIT_BIND, errnum, "%s: %s", path, what);
	return -1;
}

/* 0 if the place is free, or was left behind and is free now. */
static int clear_place(const struct endpoint_file *f, struct err *reterr)
{
	const char *path = f->addr.sun_path;
	struct stat st;
	int fd, rc, errnum;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : failed(path, errno, "cannot look for an old socket", reterr);
	if (!S_ISSOCK(st.st_mode)) {
		err_set(reterr, EXIT_BIND, "%s: there is a file of that name, and it is no socket", path);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return failed(path, errno, "cannot make a socket", reterr);
	rc = connect(fd, (const struct sockaddr *)&f->addr, sizeof(f->addr));
	errnum = errno;
	close(fd);
	if (rc < 0 && errnum == ENOENT)
		return 0;
	if (rc < 0 && errnum == ECONNREFUSED)
		return unlink(path) == 0 || errno == ENOENT ? 0 : failed(path, errno, "cannot remove the old socket", reterr);
	if (rc < 0 && errnum == EACCES)
		return failed(path, errnum, "cannot tell whether somebody listens there", reterr);
	err_set(reterr, EXIT_BIND, "%s: in use: another process listens there", path);
	return -1;
}

/* The mode goes first to the descriptor, which bind() gives to the file: the umask may narrow it and nothing widens
 * it; chmod then undoes what the umask did, before anybody is let in by listen(). */
static int bind_and_listen(struct endpoint_file *f, mode_t mode, struct err *reterr)
{
	const char *path = f->addr.sun_path;
	struct stat st;

	if (fchmod(f->fd, mode) < 0)
		return failed(path, errno, "cannot set the mode", reterr);
	if (bind(f->fd, (const struct sockaddr *)&f->addr, sizeof(f->addr)) < 0) {
		if (errno != EADDRINUSE)
			return failed(path, errno, "cannot bind", reterr);
		err_set(reterr, EXIT_BIND, "%s: in use: another process listens there", path);
		return -1;
	}
	if (lstat(path, &st) < 0 || chmod(path, mode) < 0 || listen(f->fd, BACKLOG) < 0) {
		failed(path, errno, "cannot listen", reterr);
		unlink(path);
		return -1;
	}
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	return 0;
}

int endpoint_file_open(struct endpoint_file *f, const char *path, mode_t mode, struct err *reterr)
{
	*f = (struct endpoint_file){.fd = -1, .addr.sun_family = AF_UNIX};
	if (!*path || strlen(path) >= sizeof(f->addr.sun_path)) {
		err_set(reterr, EXIT_BIND, "%s: the path of a socket has 1 to %zu bytes", path,
			sizeof(f->addr.sun_path) - 1);
		return -1;
	}
	strcpy(f->addr.sun_path, path);
	if (clear_place(f, reterr) < 0)
		return -1;
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (f->fd < 0)
		return failed(path, errno, "cannot make a socket", reterr);
	if (bind_and_listen(f, mode, reterr) == 0)
		return 0;
	close(f->fd);
	f->fd = -1;
	return -1;
}

void endpoint_file_close(struct endpoint_file *f)
{
	struct stat st;

	if (f->fd < 0)
		return;
	if (lstat(f->addr.sun_path, &st) == 0 && st.st_dev == f->dev && st.st_ino == f->ino)
		unlink(f->addr.sun_path);
	close(f->fd);
	f->fd = -1;
}
