/*
 * about - what catchbasind tells without running: its version, its keys, its configuration.
 *
 * Owns     nothing
 * Threads  one
 * Blocks   config_load reads files
 * Units    none
 * Errors   printed; the exit code is returned
 * Limits   none
 * Upholds  opens, binds and creates nothing
 */
#ifndef DAEMON_ABOUT_H
#define DAEMON_ABOUT_H

#include <stdio.h>

#include "daemon/options.h"

/* Does what the options ask for, other than to run. Returns the exit code. */
int about(const struct daemon_options *options);
/* The three lines to try, for a daemon that runs without a configuration. */
void about_try(FILE *out);

#endif
