/*
 * self_size - how a proof writes down its sizes: one variant of its case each.
 *
 * Owns     nothing
 * Threads  any: constants
 * Blocks   never
 * Units    see self.h
 * Errors   none
 * Limits   none
 * Upholds  none
 */
#ifndef DIAG_CASES_SELF_SIZE_H
#define DIAG_CASES_SELF_SIZE_H

#include "diag/cases/self.h"

#define SELF_TELLS                                                                                  \
	"Every message is stored once and in order, or counted as lost; the bounds hold; everybody comes to an end."

#define BLOCK {GATE_BLOCK, GATE_BLOCK}
#define NEWEST {GATE_DROP_NEWEST, GATE_DROP_NEWEST}
#define OLDEST {GATE_DROP_OLDEST, GATE_DROP_OLDEST}
#define MIXED {GATE_BLOCK, GATE_DROP_OLDEST}

/* RUN is the body; timeouts and spurious wake-ups that may happen; preemptions to search up to, 0: until complete.
 * Then members of struct self_size. */
#define SELF_SIZE(id, says, most_timeouts, most_spurious, to_bound, ...)                            \
	static const struct self_size size_##id = {__VA_ARGS__};                                    \
	static const struct diag_variant id = {                                                     \
		.name = (says),                                                                     \
		.run = RUN,                                                                         \
		.config = &size_##id,                                                               \
		.expect = MODEL_PASSED,                                                             \
		.tells = SELF_TELLS,                                                                \
		.limits = {.timeouts = (most_timeouts), .spurious = (most_spurious), .whole = true}, \
		.proof = true,                                                                      \
		.most_bound = (to_bound),                                                           \
		.check = self_check,                                                                \
	}

#endif
