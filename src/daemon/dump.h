/*
 * dump - tells the log how everything stands: on USR1, and when the watchdog has given up.
 *
 * Owns     nothing
 * Threads  dump_waits: any; daemon_dump (daemon.h): the main thread
 * Blocks   dump_waits: at most a second, whatever is stuck
 * Units    none
 * Errors   what cannot be told is told so
 * Limits   those of base/sync_report.h
 * Upholds  dump_waits waits for no lock that a stuck thread may hold: with the log stuck it writes to stderr
 */
#ifndef DAEMON_DUMP_H
#define DAEMON_DUMP_H

#include <stdbool.h>

/* Tells who waits for whom: a knot (self-wait, cycle, orphaned lock) as errors, threads that wait for a lock and locks
 * that are held as notices; where no thread waits for a lock, that in one line. all: every thread that sleeps on a
 * condition too, as a notice (else at debug). To be called, with all, before the watchdog ends the process. */
void dump_waits(bool all);

#endif
