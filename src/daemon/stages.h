/*
 * stages - the start as a table, and the end as the same table backwards.
 *
 * Owns     nothing
 * Threads  the main thread
 * Blocks   as long as the stages do
 * Units    none
 * Errors   of the stage that failed, in reterr
 * Limits   none
 * Upholds  what came up goes down, in reverse, from where it stopped
 */
#ifndef DAEMON_STAGES_H
#define DAEMON_STAGES_H

#include "daemon/daemon.h"

/* Brings all stages up; on failure those that were up are taken down again. Returns how many are up: all, or 0. */
unsigned stages_up(struct daemon *d, struct err *reterr) MUST_CHECK;
void stages_down(struct daemon *d, unsigned up);

#endif
