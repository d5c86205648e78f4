/*
 * Runs a command on a terminal of its own: on_pty ROWS COLUMNS KEYS COMMAND [ARG...]. KEYS are typed, each 300 ms after
 * something has come out since the one before (\e: escape, \c: ^C, \r: another size, 12 by 40). What comes out is written
 * as it is. The exit status is the command's, 128 + N for a signal, 99 if it does not end within 20 s, 98 if it leaves the
 * terminal in another mode than it was.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sync.h"

#define PATIENCE_NS (20 * NS_PER_S)
#define KEY_NS (300 * NS_PER_MS)

static int open_pty(const char *rows, const char *columns, int *ret_slave)
{
	struct winsize w = {.ws_row = (unsigned short)atoi(rows), .ws_col = (unsigned short)atoi(columns)};
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	*ret_slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_slave < 0 || ioctl(*ret_slave, TIOCSWINSZ, &w) < 0)
		return -1;
	return master;
}

static pid_t start(int slave, char **argv)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	dup2(slave, 0);
	dup2(slave, 1);
	dup2(slave, 2);
	execvp(argv[0], argv);
	_exit(127);
}

static const char *type(int master, const char *keys)
{
	const struct winsize small = {.ws_row = 12, .ws_col = 40};
	char key = *keys++;

	if (key == '\\' && *keys == 'r') {
		ioctl(master, TIOCSWINSZ, &small);
		return keys + 1;
	}
	if (key == '\\' && *keys)
		key = *keys++ == 'e' ? 27 : 3;
	return write(master, &key, 1) == 1 ? keys : "";
}

int main(int argc, char **argv)
{
	int64_t until_ns = sync_now_ns() + PATIENCE_NS, key_ns = 0;
	struct termios before, after;
	int slave = -1, master, status = 0;
	const char *keys;
	char bytes[4096];
	pid_t pid;

	if (argc < 5)
		return 64;
	keys = argv[3];
	master = open_pty(argv[1], argv[2], &slave);
	if (master < 0 || tcgetattr(slave, &before) < 0)
		return 99;
	pid = start(slave, argv + 4);
	while (sync_now_ns() < until_ns) {
		struct pollfd p = {.fd = master, .events = POLLIN};
		ssize_t n = poll(&p, 1, 20) > 0 ? read(master, bytes, sizeof(bytes)) : 0;

		if (n > 0) {
			fwrite(bytes, 1, (size_t)n, stdout);
			fflush(stdout);
			key_ns = key_ns ? key_ns : sync_now_ns() + KEY_NS;
		}
		if (key_ns && *keys && sync_now_ns() > key_ns) {
			keys = type(master, keys);
			key_ns = 0;
		}
		if (n <= 0 && waitpid(pid, &status, WNOHANG) == pid) {
			while (poll(&p, 1, 20) > 0 && (n = read(master, bytes, sizeof(bytes))) > 0)
				fwrite(bytes, 1, (size_t)n, stdout);
			tcgetattr(slave, &after);
			if (before.c_lflag != after.c_lflag || before.c_iflag != after.c_iflag || before.c_oflag != after.c_oflag ||
			    memcmp(before.c_cc, after.c_cc, sizeof(before.c_cc)) != 0)
				return 98;
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
	}
	kill(pid, SIGKILL);
	return 99;
}
