/*
 * reload - which changes a running daemon can take up.
 *
 * Owns     nothing
 * Threads  any, each configuration in one thread at a time
 * Blocks   never
 * Units    none
 * Errors   none
 * Limits   none
 * Upholds  the running configuration with the live changes in it is as consistent as one that was loaded
 */
#ifndef CONF_RELOAD_H
#define CONF_RELOAD_H

#include <stdbool.h>

#include "base/attr.h"
#include "conf/config.h"
#include "conf/keys.h"

/* May the running section take the fresh one's value of this key? */
bool reload_takes_key(const struct config *running, enum key_kind kind, const struct key *k, const void *old,
		      const void *fresh);
/* May this fresh section come to the running ones? */
bool reload_takes_section(const struct config *running, enum key_kind kind, const void *fresh);
/* May this running section go? */
bool reload_drops_section(enum key_kind kind);

#endif
