/* Here a line of the log leaves the process, to the journal or to stderr, without waiting for a slow reader. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#endif

#include "base/clock.h"
#include "base/log_parts.h"
#include "base/parse.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define POLL_MS	       50 /* how often a writer that waits looks whether it should give up */

/* systemd.exec(5): $JOURNAL_STREAM holds device:inode of the stream that goes to the journal. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%ju:%ju", &dev, &ino) != 2 || fstat(STDERR_FILENO, &st))
		return false;
	return (uintmax_t)st.st_dev == dev && (uintmax_t)st.st_ino == ino;
}

bool log_out_has_journal(void)
{
#ifdef HAVE_SYSTEMD
	return access(JOURNAL_SOCKET, W_OK) == 0;
#else
	return false;
#endif
}

enum log_way log_out_way(enum log_target target)
{
	bool journal = stderr_is_journal();

	switch (target) {
	case LOG_TO_AUTO:
		if (journal && log_out_has_journal())
			return LOG_WAY_JOURNAL;
		break;
	case LOG_TO_JOURNAL:
		if (log_out_has_journal())
			return LOG_WAY_JOURNAL;
		break;
	case LOG_TO_STDERR:
		break;
	}
	return journal ? LOG_WAY_STDERR_PRIORITY : LOG_WAY_STDERR;
}

/* A byte that a terminal would obey, or a character that it could (U+0080 to U+009F). */
static bool is_control(const unsigned char *p, size_t step)
{
	return (step == 1 && (p[0] < 0x20 || p[0] == 0x7f)) || (step == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

size_t log_out_escape(const char *text, char *ret_text, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text), out = 0;

	while (left > 0) {
		size_t step = utf8_char((const char *)p, left);
		bool plain = step > 0 && !is_control(p, step);
		size_t take = step > 0 ? step : 1;

		if (out + (plain ? take : 4 * take) >= size)
			break;
		for (size_t i = 0; i < take; i++) {
			if (plain) {
				ret_text[out++] = (char)p[i];
				continue;
			}
			ret_text[out++] = '\\';
			ret_text[out++] = 'x';
			ret_text[out++] = hex[p[i] >> 4];
			ret_text[out++] = hex[p[i] & 15];
		}
		p += take;
		left -= take;
	}
	ret_text[out] = '\0';
	return out;
}

/* Waits until stderr takes something; false if the time is over. */
static bool wait_writable(const _Atomic int64_t *give_up_ns)
{
	struct pollfd pfd = {.fd = STDERR_FILENO, .events = POLLOUT};

	for (;;) {
		int rc = poll(&pfd, 1, POLL_MS);

		if (rc > 0)
			return true;
		if (rc < 0 && errno != EINTR)
			return false;
		if (sync_now_ns() >= atomic_load(give_up_ns))
			return false;
	}
}

static ssize_t write_some(const char *bytes, size_t len)
{
	ssize_t n = send(STDERR_FILENO, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n < 0 && errno == ENOTSOCK ? write(STDERR_FILENO, bytes, len) : n;
}

static bool write_stderr(const char *line, size_t len, const _Atomic int64_t *give_up_ns)
{
	while (len > 0) {
		ssize_t n;

		if (!wait_writable(give_up_ns))
			return false;
		n = write_some(line, len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN) && sync_now_ns() < atomic_load(give_up_ns))
			continue;
		if (n < 0)
			return false;
		line += n;
		len -= (size_t)n;
	}
	return true;
}

static bool to_stderr(bool priority, const struct log_event *e, const _Atomic int64_t *give_up_ns)
{
	char line[LOG_OUT], time[16];
	size_t len;

	clock_format_local(e->wall_ns, time, sizeof(time));
	if (priority) /* sd-daemon(3); the journal knows the time */
		len = (size_t)snprintf(line, sizeof(line), "<%d>%s: ", (int)e->level, e->thread);
	else
		len = (size_t)snprintf(line, sizeof(line), "%s %-7s %s: ", time, log_level_name(e->level), e->thread);
	len += log_out_escape(e->text, line + len, sizeof(line) - len - 1);
	line[len++] = '\n';
	return write_stderr(line, len, give_up_ns);
}

#ifdef HAVE_SYSTEMD
#define FIELDS 11

struct fields {
	struct iovec iov[FIELDS];
	int count;
	char bytes[LOG_OUT + 1024];
	size_t used;
};

/* Adds NAME=value, unless the value is empty. */
static void add_field(struct fields *f, const char *name, const char *value)
{
	char *at = f->bytes + f->used;
	size_t room = sizeof(f->bytes) - f->used, len;

	if (!*value || f->count == FIELDS || strlen(name) + 2 > room)
		return;
	len = (size_t)snprintf(at, room, "%s=", name);
	len += log_out_escape(value, at + len, room - len);
	f->iov[f->count++] = (struct iovec){.iov_base = at, .iov_len = len};
	f->used += len;
}

static void add_number(struct fields *f, const char *name, int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", value);
	add_field(f, name, text);
}

static bool to_journal(const struct log_event *e)
{
	struct fields f;

	f.count = 0;
	f.used = 0;
	add_number(&f, "PRIORITY", (int)e->level);
	add_field(&f, "SYSLOG_IDENTIFIER", "catchbasind");
	add_field(&f, "CATCHBASIN_THREAD", e->thread);
	add_field(&f, "CATCHBASIN_LISTENER", e->listener);
	add_field(&f, "CATCHBASIN_PEER", e->peer);
	add_field(&f, "CATCHBASIN_STORE", e->store);
	if (e->src) {
		add_field(&f, "CODE_FILE", e->src->file);
		add_number(&f, "CODE_LINE", e->src->line);
		add_field(&f, "CODE_FUNC", e->src->func);
	}
	add_field(&f, "MESSAGE", e->text);
	return sd_journal_sendv(f.iov, f.count) >= 0;
}
#else
static bool to_journal(const struct log_event *e)
{
	(void)e;
	return false;
}
#endif

bool log_out_write(enum log_way way, const struct log_event *e, const _Atomic int64_t *give_up_ns)
{
	switch (way) {
	case LOG_WAY_STDERR:
		return to_stderr(false, e, give_up_ns);
	case LOG_WAY_STDERR_PRIORITY:
		return to_stderr(true, e, give_up_ns);
	case LOG_WAY_JOURNAL:
		return to_journal(e) || to_stderr(false, e, give_up_ns);
	}
	return false;
}
