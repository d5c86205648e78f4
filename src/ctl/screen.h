/*
 * screen - the terminal as a screen that is drawn again and again, and as it was before when it is left.
 *
 * Owns     the terminal's settings while it is open, and a signalfd
 * Threads  one
 * Blocks   screen_wait, at most so long
 * Units    rows, columns, milliseconds
 * Errors   screen_open: false where standard output is no terminal; then nothing is changed
 * Limits   a frame is cut at the terminal's size
 * Upholds  however it ends, by key or by signal, the terminal is given back; no signal handler and nothing global
 */
#ifndef CTL_SCREEN_H
#define CTL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "base/attr.h"

struct screen {
	bool keys; /* standard input is a terminal, too */
	struct termios before;
	int signal_fd;
	unsigned rows, columns;
};

enum screen_event {
	SCREEN_TIME,   /* the time is over */
	SCREEN_AGAIN,  /* draw now: a key, or another size */
	SCREEN_QUIT,
};

bool screen_open(struct screen *s) MUST_CHECK;
/* Draws lines of printable ASCII. */
void screen_draw(const struct screen *s, const char *text);
enum screen_event screen_wait(struct screen *s, int ms);
void screen_close(struct screen *s);

#endif
