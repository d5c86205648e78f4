/*
 * find - the one store that a verb reads.
 *
 * Owns     a found store owns its path
 * Threads  one
 * Blocks   reads the configuration; asks the daemon, where only its socket is known
 * Units    none
 * Errors   told on stderr; the exit code is returned
 * Limits   none
 * Upholds  where several stores could be meant, none is picked silently
 */
#ifndef CTL_FIND_H
#define CTL_FIND_H

#include "ctl/ctl.h"

/* Gives the path, for mem_free. 0 or an exit code. */
int find_store(const struct ctl *c, char **ret_path) MUST_CHECK;

#endif
