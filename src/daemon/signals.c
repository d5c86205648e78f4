/* Blocks the signals and reads them from a descriptor, beside what the pipeline posts. */
#include "daemon/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const struct {
	int signo;
	unsigned event;
} known[] = {
	{SIGTERM, EVENT_STOP}, {SIGINT, EVENT_STOP},   {SIGHUP, EVENT_RELOAD},
	{SIGUSR1, EVENT_DUMP}, {SIGUSR2, EVENT_DEBUG},
};

int signals_up(struct signals *s, struct err *reterr)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		sigaddset(&set, known[i].signo);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	atomic_init(&s->posted, 0);
	s->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	s->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->signal_fd < 0 || s->event_fd < 0) {
		err_set_errno(reterr, EXIT_INTERNAL, errno, "cannot wait for signals");
		signals_down(s);
		return -1;
	}
	return 0;
}

void signals_down(struct signals *s)
{
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	if (s->event_fd >= 0)
		close(s->event_fd);
	s->signal_fd = s->event_fd = -1;
}

void signals_post(struct signals *s, enum daemon_event event)
{
	uint64_t one = 1;

	atomic_fetch_or(&s->posted, event);
	/* It can only fail when it is full of wake-ups already. */
	if (write(s->event_fd, &one, sizeof(one)) < 0)
		return;
}

static unsigned read_signals(struct signals *s)
{
	struct signalfd_siginfo info;
	unsigned events = 0;

	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		for (size_t i = 0; i < ARRAY_LEN(known); i++) {
			if ((int)info.ssi_signo == known[i].signo)
				events |= known[i].event;
		}
	}
	return events;
}

unsigned signals_wait(struct signals *s, int timeout_ms)
{
	struct pollfd fds[] = {{.fd = s->signal_fd, .events = POLLIN}, {.fd = s->event_fd, .events = POLLIN}};
	uint64_t count;
	unsigned events = 0;

	if (poll(fds, ARRAY_LEN(fds), timeout_ms) <= 0)
		return 0;
	events |= read_signals(s);
	if (read(s->event_fd, &count, sizeof(count)) > 0)
		events |= atomic_exchange(&s->posted, 0);
	return events;
}
