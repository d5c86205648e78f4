/* The table of cases, in the order of the list. */
#include "diag/case.h"

#include <string.h>

#include "base/attr.h"
#include "diag/cases/cases.h"

static const struct diag_case *(*const makers[])(void) = {
	case_race,
	case_race_sqlite,
	case_deadlock,
	case_deadlock_missed_unlock,
	case_deadlock_helper,
	case_deadlock_abba,
	case_rlock,
	case_slot_pipeline,
	case_slot_early_release,
	case_queue_drain,
	case_queue_lost_tail,
	case_queue_stuck_producer,
	case_daemon_thread,
	case_swallowed_error,
	case_semaphore,
	case_timer,
	case_barrier,
	case_threads_join,
	case_lost_wakeup,
	case_queue_own_log,
	case_reload_lost,
	case_self_queue,
	case_self_pool,
	case_self_shutdown,
};

static const struct diag_case *table[ARRAY_LEN(makers)];

const struct diag_case *const *diag_cases(unsigned *ret_count)
{
	for (unsigned i = 0; i < ARRAY_LEN(makers); i++)
		table[i] = makers[i]();
	*ret_count = ARRAY_LEN(makers);
	return table;
}

const struct diag_case *diag_case_named(const char *name)
{
	for (unsigned i = 0; i < ARRAY_LEN(makers); i++) {
		if (strcmp(makers[i]()->name, name) == 0)
			return makers[i]();
	}
	return NULL;
}

const struct diag_variant *diag_variant_named(const struct diag_case *c, const char *name)
{
	for (unsigned i = 0; i < DIAG_VARIANTS && c->variant[i]; i++) {
		if (strcmp(c->variant[i]->name, name) == 0)
			return c->variant[i];
	}
	return NULL;
}
