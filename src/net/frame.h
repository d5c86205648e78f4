/*
 * frame - where does a message end? Pure functions over bytes: no socket, no memory of their own.
 *
 * Owns     nothing: the state is part of its holder
 * Threads  any, each state in one thread
 * Blocks   never
 * Units    bytes
 * Errors   verdicts
 * Limits   octet counts up to 7 digits; an unfinished message is kept by the caller, at most max_message bytes
 * Upholds  every split of a stream yields the same messages
 */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum framing { FRAMING_AUTO, FRAMING_NEWLINE, FRAMING_NUL, FRAMING_OCTET };

#endif
