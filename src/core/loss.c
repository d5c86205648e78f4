/* Names the reasons for which a message is not in the store. */
#include "core/loss.h"

#include "base/attr.h"

const char *loss_reason_name(enum loss_reason reason)
{
	static const char *const names[LOSS_REASONS] = {
		[LOSS_KERNEL] = "kernel",         [LOSS_QUEUE_FULL] = "queue_full", [LOSS_OVERSIZE] = "oversize",
		[LOSS_INCOMPLETE] = "incomplete", [LOSS_DENIED] = "denied",         [LOSS_STORE] = "store",
		[LOSS_SHUTDOWN] = "shutdown",     [LOSS_CRASH] = "crash",
	};

	assert(reason < LOSS_REASONS);
	return names[reason];
}
