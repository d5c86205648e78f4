/* What systemd hears, over a socket like its own; and the sockets it hands over. */
#include "config.h"
#include "daemon/notify.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/tap.h"

#ifdef HAVE_SYSTEMD
static int manager = -1;

/* The next word, "" if there is none. */
static const char *heard(void)
{
	static char text[1024];
	ssize_t n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_words(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char dir[64], long_text[400];
	const char *tmp = getenv("TMPDIR");

	notify_ready();
	snprintf(dir, sizeof(dir), "%s/notify-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(dir))
		exit(99);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/notify", dir);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(manager, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		exit(99);
	is_int(notify_wanted(), 0, "without NOTIFY_SOCKET nobody listens");
	setenv("NOTIFY_SOCKET", sa.sun_path, 1);
	is_int(notify_wanted(), 1, "with it somebody does");
	is_str(heard(), "", "who has heard nothing yet");
	notify_ready();
	is_str(heard(), "READY=1", "ready");
	notify_status("%s/s in, queue %d %%, %s lost", "412k", 3, "0");
	is_str(heard(), "STATUS=412k/s in, queue 3 %, 0 lost", "status");
	notify_reloading();
	{
		const char *text = heard();

		has_str(text, "RELOADING=1", "reloading");
		has_str(text, "\nMONOTONIC_USEC=", "and since when");
	}
	notify_stopping();
	is_str(heard(), "STOPPING=1", "stopping");
	notify_extend(10000);
	is_str(heard(), "EXTEND_TIMEOUT_USEC=10000000", "more time, in microseconds");
	notify_extend(3600000);
	is_str(heard(), "EXTEND_TIMEOUT_USEC=3600000000", "an hour of it");
	notify_alive();
	is_str(heard(), "WATCHDOG=1", "a sign of life");
	notify_hung();
	is_str(heard(), "WATCHDOG=trigger", "a call for the end");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	notify_status("%s", long_text);
	ok(!strncmp(heard(), "STATUS=xxx", 10), "a long status is cut, not lost");
	is_str(heard(), "", "nothing else was said");
	close(manager);
	notify_ready();
	ok(1, "a manager that has gone is no trouble");
	unlink(sa.sun_path);
	unsetenv("NOTIFY_SOCKET");
	rmdir(dir);
}

/* How long systemd waits for a sign of life. */
static void test_patience(void)
{
	char other[20];

	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	is_int(notify_watchdog_ns(), 0, "nobody waits for a sign of life");
	setenv("WATCHDOG_USEC", "30000000", 1);
	is_int(notify_watchdog_ns(), 30000000000, "half a minute, for any process");
	snprintf(other, sizeof(other), "%d", (int)getpid());
	setenv("WATCHDOG_PID", other, 1);
	is_int(notify_watchdog_ns(), 30000000000, "for this one");
	snprintf(other, sizeof(other), "%d", (int)getppid());
	setenv("WATCHDOG_PID", other, 1);
	is_int(notify_watchdog_ns(), 0, "for another one");
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "soon", 1);
	is_int(notify_watchdog_ns(), 0, "nonsense is nothing");
	setenv("WATCHDOG_USEC", "18446744073709551614", 1);
	is_int(notify_watchdog_ns(), 0, "and so is more than there is time");
	unsetenv("WATCHDOG_USEC");
}

/* ---- in a child, where descriptors 3 and up can be arranged ---- */

/* Puts n sockets at 3 … n+2. */
static void arrange(int n)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (int i = n - 1; i >= 0; i--)
		if (fd != 3 + i && dup2(fd, 3 + i) < 0)
			_exit(99);
	/* Not closed on exec, as systemd hands them over. */
	for (int i = 0; i < n; i++)
		fcntl(3 + i, F_SETFD, 0);
}

static int env_pid(int offset)
{
	char text[20];

	snprintf(text, sizeof(text), "%d", (int)getpid() + offset);
	return setenv("LISTEN_PID", text, 1);
}

/* Each gives 0 if all is as it should be, else the number of the check that failed. */
static int child_three(void)
{
	struct inherited got[NOTIFY_SOCKETS];

	arrange(3);
	env_pid(0);
	setenv("LISTEN_FDS", "3", 1);
	setenv("LISTEN_FDNAMES", "in:other:in", 1);
	if (notify_inherit(got) != 3)
		return 1;
	if (got[0].fd != 3 || got[1].fd != 4 || got[2].fd != 5)
		return 2;
	if (strcmp(got[0].name, "in") || strcmp(got[1].name, "other") || strcmp(got[2].name, "in"))
		return 3;
	if (!(fcntl(4, F_GETFD) & FD_CLOEXEC))
		return 4;
	if (getenv("LISTEN_FDS") || getenv("LISTEN_PID") || getenv("LISTEN_FDNAMES"))
		return 5;
	if (notify_inherit(got + 3) != 0) /* not twice */
		return 6;
	got[1].fd = -1; /* taken */
	notify_disown(got, 3);
	return fcntl(3, F_GETFD) < 0 && fcntl(4, F_GETFD) >= 0 && fcntl(5, F_GETFD) < 0 && got[0].fd < 0 ? 0 : 7;
}

static int child_nameless(void)
{
	struct inherited got[NOTIFY_SOCKETS];

	arrange(1);
	env_pid(0);
	setenv("LISTEN_FDS", "1", 1);
	if (notify_inherit(got) != 1)
		return 1;
	return got[0].fd == 3 && got[0].name && strcmp(got[0].name, "in") ? 0 : 2;
}

static int child_not_ours(void)
{
	struct inherited got[NOTIFY_SOCKETS];

	arrange(1);
	env_pid(1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", "in", 1);
	return notify_inherit(got) == 0 ? 0 : 1;
}

static int child_nonsense(void)
{
	struct inherited got[NOTIFY_SOCKETS];

	arrange(1);
	env_pid(0);
	setenv("LISTEN_FDS", "many", 1);
	if (notify_inherit(got) != 0)
		return 1;
	env_pid(0);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_FDNAMES", "one", 1); /* two sockets, one name */
	return notify_inherit(got) == 0 ? 0 : 2;
}

static int child_too_many(void)
{
	struct inherited got[NOTIFY_SOCKETS];

	arrange(NOTIFY_SOCKETS + 5);
	env_pid(0);
	setenv("LISTEN_FDS", "69", 1);
	if (notify_inherit(got) != NOTIFY_SOCKETS)
		return 1;
	if (got[NOTIFY_SOCKETS - 1].fd != 3 + NOTIFY_SOCKETS - 1 || fcntl(got[NOTIFY_SOCKETS - 1].fd, F_GETFD) < 0)
		return 2;
	for (int i = 0; i < 5; i++)
		if (fcntl(3 + NOTIFY_SOCKETS + i, F_GETFD) >= 0)
			return 3;
	return 0;
}

/* Three to close between two sockets handed over and one that is the configuration. */
static int child_strays(void)
{
	struct inherited got[NOTIFY_SOCKETS];

	arrange(2);
	env_pid(0);
	setenv("LISTEN_FDS", "2", 1);
	if (dup2(3, 5) < 0 || dup2(3, 17) < 0 || dup2(3, 40) < 0 || dup2(3, 41) < 0)
		return 99;
	notify_close_strays("/dev/fd/40");
	if (fcntl(5, F_GETFD) >= 0 || fcntl(17, F_GETFD) >= 0 || fcntl(41, F_GETFD) >= 0)
		return 1;
	if (fcntl(0, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0 || fcntl(2, F_GETFD) < 0 || fcntl(40, F_GETFD) < 0)
		return 2;
	if (notify_inherit(got) != 2 || fcntl(3, F_GETFD) < 0 || fcntl(4, F_GETFD) < 0)
		return 3;
	notify_close_strays(NULL);
	if (fcntl(3, F_GETFD) >= 0 || fcntl(40, F_GETFD) >= 0) /* handed over once, and no more */
		return 4;
	arrange(2);
	notify_close_strays("/proc/self/fd/4");
	return fcntl(3, F_GETFD) < 0 && fcntl(4, F_GETFD) >= 0 ? 0 : 5;
}

static void in_child(int (*fn)(void), const char *name)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn());
	waitpid(pid, &status, 0);
	is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0, "%s", name);
}

int main(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	test_words();
	test_patience();
	in_child(child_three, "three sockets with their names, closed on exec, only once, and closed if nobody takes them");
	in_child(child_nameless, "a socket without a name");
	in_child(child_not_ours, "sockets for another process");
	in_child(child_nonsense, "a count that is none, names that are too few");
	in_child(child_strays, "what else is open is closed, but for the configuration");
	in_child(child_too_many, "more than there is room for are closed");
	return done_testing();
}
#else
int main(void)
{
	struct inherited got[NOTIFY_SOCKETS];

	setenv("LISTEN_FDS", "1", 1);
	notify_ready();
	is_int(notify_inherit(got), 0, "built without libsystemd, nothing is inherited");
	return done_testing();
}
#endif
