/* Draws on the terminal and gives it back as it was. */
#include "config.h"
#include "ctl/screen.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* The other screen, without a cursor; and back. */
#define ENTER "\033[?1049h\033[?25l\033[2J"
#define LEAVE "\033[?25h\033[?1049l"

#define KEY_ESC 27
#define KEY_CTRL_C 3
#define KEY_CTRL_D 4

static void say(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

static void measure(struct screen *s)
{
	struct winsize w;

	s->rows = 24;
	s->columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 && w.ws_col > 0) {
		s->rows = w.ws_row;
		s->columns = w.ws_col;
	}
}

/* Keys come one by one and are not shown. */
static void take_keys(struct screen *s)
{
	struct termios t;

	s->keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &s->before) == 0;
	if (!s->keys)
		return;
	t = s->before;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

bool screen_open(struct screen *s)
{
	sigset_t set;

	*s = (struct screen){.signal_fd = -1};
	if (!isatty(STDOUT_FILENO))
		return false;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	measure(s);
	take_keys(s);
	say(ENTER);
	return true;
}

void screen_close(struct screen *s)
{
	say(LEAVE);
	if (s->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
}

void screen_draw(const struct screen *s, const char *text)
{
	fputs("\033[H", stdout);
	for (unsigned row = 0; row < s->rows && *text; row++) {
		size_t len = strcspn(text, "\n"), shown = len < s->columns ? len : s->columns;

		/* Before a newline, so that the last line does not scroll. */
		printf("%s%.*s\033[K", row ? "\r\n" : "", (int)shown, text);
		text += len + (text[len] == '\n');
	}
	say("\033[J");
}

/* ^Z: the terminal is the shell's until we are called back. */
static void stop(struct screen *s)
{
	say(LEAVE);
	if (s->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
	raise(SIGSTOP);
	take_keys(s);
	measure(s);
	say(ENTER);
}

static enum screen_event on_signal(struct screen *s)
{
	struct signalfd_siginfo info;

	if (read(s->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return SCREEN_TIME;
	if (info.ssi_signo == SIGWINCH) {
		measure(s);
		return SCREEN_AGAIN;
	}
	if (info.ssi_signo == SIGTSTP) {
		stop(s);
		return SCREEN_AGAIN;
	}
	return SCREEN_QUIT;
}

static enum screen_event on_key(struct screen *s)
{
	char key[16];
	ssize_t n = read(STDIN_FILENO, key, sizeof(key));

	if (n <= 0) {
		s->keys = false; /* nobody types any more */
		return SCREEN_QUIT;
	}
	/* An arrow is Esc and more. */
	if (key[0] == 'q' || key[0] == 'Q' || (key[0] == KEY_ESC && n == 1) || key[0] == KEY_CTRL_C || key[0] == KEY_CTRL_D)
		return SCREEN_QUIT;
	return SCREEN_AGAIN;
}

enum screen_event screen_wait(struct screen *s, int ms)
{
	struct pollfd p[] = {{.fd = s->signal_fd, .events = POLLIN}, {.fd = s->keys ? STDIN_FILENO : -1, .events = POLLIN}};

	if (poll(p, ARRAY_LEN(p), ms) <= 0)
		return SCREEN_TIME;
	if (p[0].revents)
		return on_signal(s);
	return on_key(s);
}
