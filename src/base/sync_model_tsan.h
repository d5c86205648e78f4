/*
 * sync_model_tsan - what ThreadSanitizer is to see of the model: its locks, its starts and joins, and not the baton.
 *
 * Owns     nothing
 * Threads  those of a run, and who calls model_run
 * Blocks   never
 * Units    none
 * Errors   none
 * Limits   none
 * Upholds  two accesses of a run that no modelled lock, start, join or step of a case orders are a race to
 *          ThreadSanitizer, though the baton never lets them meet; a build without it has none of this
 *
 * Handing over the baton orders all that a run does, and would hide each race from ThreadSanitizer. So what the model
 * does, and the policy for it, goes unseen, and the orders that a program may rely on are announced by hand.
 */
#ifndef BASE_SYNC_MODEL_TSAN_H
#define BASE_SYNC_MODEL_TSAN_H

#include "base/sync_backend.h"
#include "base/sync_model_impl.h"

#if UNDER_TSAN

/* What the calling thread does goes unseen from here on, and is seen again. They nest. */
void model_hide(void);
void model_show(void);
/* The calling thread, t, begins and ends what a run is about. */
void model_show_body(const struct model_thread *t);
void model_hide_body(struct model_thread *t);
/* Its stay in the run is over, wherever it is: unseen from here on. */
void model_hide_rest(void);
/* The run is over for all: what they did was before what the calling thread does next. */
void model_show_rest(void);
/* A step of a case. What follows it, up to the next point, happens at once with it. */
void model_hide_step(void);
void model_show_step(void);
/* The same back end, seen as its calls promise. */
const struct sync_backend *model_shown(const struct sync_backend *backend);

#else

static inline void model_hide(void)
{
}
static inline void model_show(void)
{
}
static inline void model_show_body(const struct model_thread *t UNUSED)
{
}
static inline void model_hide_body(struct model_thread *t UNUSED)
{
}
static inline void model_hide_rest(void)
{
}
static inline void model_show_rest(void)
{
}
static inline void model_hide_step(void)
{
}
static inline void model_show_step(void)
{
}
static inline const struct sync_backend *model_shown(const struct sync_backend *backend)
{
	return backend;
}

#endif

#endif
