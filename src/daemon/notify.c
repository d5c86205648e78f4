/* Speaks to systemd, or to nobody. */
#include "config.h"
#include "daemon/notify.h"

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/sync.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#else
#define SD_LISTEN_FDS_START 3
static int sd_notify(int unset UNUSED, const char *state UNUSED)
{
	return 0;
}
static int sd_listen_fds_with_names(int unset UNUSED, char ***names UNUSED)
{
	return 0;
}
static int sd_listen_fds(int unset UNUSED)
{
	return 0;
}
static int sd_watchdog_enabled(int unset UNUSED, uint64_t *usec UNUSED)
{
	return 0;
}
#endif

bool notify_wanted(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

void notify_ready(void)
{
	sd_notify(0, "READY=1");
}

void notify_reloading(void)
{
	char text[80];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(sync_now_ns() / 1000));
	sd_notify(0, text);
}

void notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void notify_status(const char *fmt, ...)
{
	char text[256] = "STATUS=";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + 7, sizeof(text) - 7, fmt, ap);
	va_end(ap);
	sd_notify(0, text);
}

void notify_extend(int ms)
{
	char text[64];

	snprintf(text, sizeof(text), "EXTEND_TIMEOUT_USEC=%d000", ms);
	sd_notify(0, text);
}

int64_t notify_watchdog_ns(void)
{
	uint64_t usec = 0;

	/* Half an age is no different from never, and fits. */
	if (sd_watchdog_enabled(0, &usec) <= 0 || usec > INT64_MAX / 2000)
		return 0;
	return (int64_t)usec * 1000;
}

void notify_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

void notify_hung(void)
{
	sd_notify(0, "WATCHDOG=trigger");
}

/* The number in "/dev/fd/N" or "/proc/self/fd/N", -1 if it is no such name. */
static int number_of(const char *file)
{
	static const char *const places[] = {"/dev/fd/", "/proc/self/fd/"};
	int64_t n = -1;

	for (unsigned i = 0; file && i < ARRAY_LEN(places); i++) {
		size_t len = strlen(places[i]);

		if (!strncmp(file, places[i], len) && parse_number(file + len, &n) && n >= 0 && n < INT_MAX)
			return (int)n;
	}
	return -1;
}

void notify_close_strays(const char *file)
{
	int sockets = sd_listen_fds(0), kept = number_of(file);
	unsigned first = SD_LISTEN_FDS_START + (unsigned)(sockets > 0 ? sockets : 0);

	/* Where the system does not know the call they stay, as harmless as they were. */
	if (kept >= (int)first) {
		if ((unsigned)kept > first)
			(void)close_range(first, (unsigned)kept - 1, 0);
		first = (unsigned)kept + 1;
	}
	(void)close_range(first, ~0U, 0);
}

unsigned notify_inherit(struct inherited *ret)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(1, &names);
	unsigned n = 0;

	for (int i = 0; i < count; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (n < NOTIFY_SOCKETS) {
			ret[n++] = (struct inherited){.fd = fd, .name = names[i]};
			continue;
		}
		close(fd);
		free(names[i]);
	}
	free(names);
	return n;
}

void notify_disown(struct inherited *sockets, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (sockets[i].fd >= 0)
			close(sockets[i].fd);
		free((void *)(uintptr_t)sockets[i].name);
		sockets[i] = (struct inherited){.fd = -1};
	}
}
