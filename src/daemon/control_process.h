/*
 * control_process - what the kernel says of this process.
 *
 * Owns     nothing
 * Threads  any
 * Blocks   reads /proc
 * Units    bytes, seconds
 * Errors   what cannot be read is 0
 * Limits   none
 * Upholds  none
 *
 * For control*.c alone.
 */
#ifndef DAEMON_CONTROL_PROCESS_H
#define DAEMON_CONTROL_PROCESS_H

#include <stdint.h>

struct process_numbers {
	double cpu_seconds;
	uint64_t resident_bytes, virtual_bytes, open_fds, max_fds;
};

void process_look(struct process_numbers *ret);

#endif
