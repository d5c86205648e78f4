/*
 * cases - one function for each case, so that the table in cases.c can list them.
 *
 * Owns     nothing: each case is constant
 * Threads  any
 * Blocks   never
 * Units    none
 * Errors   none
 * Limits   none
 * Upholds  names are those of the contract
 */
#ifndef DIAG_CASES_CASES_H
#define DIAG_CASES_CASES_H

#include "diag/case.h"

/* Each lends a constant of static life. */
const struct diag_case *case_race(void);
const struct diag_case *case_race_sqlite(void);
const struct diag_case *case_deadlock(void);
const struct diag_case *case_deadlock_missed_unlock(void);
const struct diag_case *case_deadlock_helper(void);
const struct diag_case *case_deadlock_abba(void);
const struct diag_case *case_rlock(void);
const struct diag_case *case_slot_pipeline(void);
const struct diag_case *case_slot_early_release(void);
const struct diag_case *case_queue_drain(void);
const struct diag_case *case_queue_lost_tail(void);
const struct diag_case *case_queue_stuck_producer(void);
const struct diag_case *case_daemon_thread(void);
const struct diag_case *case_swallowed_error(void);
const struct diag_case *case_semaphore(void);
const struct diag_case *case_timer(void);
const struct diag_case *case_barrier(void);
const struct diag_case *case_threads_join(void);
const struct diag_case *case_lost_wakeup(void);
/* What has happened to others. */
const struct diag_case *case_queue_own_log(void);
const struct diag_case *case_reload_lost(void);
/* The production code. */
const struct diag_case *case_self_queue(void);
const struct diag_case *case_self_pool(void);
const struct diag_case *case_self_shutdown(void);

#endif
