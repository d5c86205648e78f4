/*
 * sync_model_whole - the state of a run as it lies in memory: two runs that came to the same need no telling apart.
 *
 * Owns     nothing
 * Threads  the holder of the baton
 * Blocks   never
 * Units    none
 * Errors   none
 * Limits   what lies in the arena and on the threads' stacks
 * Upholds  equal states give equal numbers; what no longer counts is wiped first
 */
#ifndef BASE_SYNC_MODEL_WHOLE_H
#define BASE_SYNC_MODEL_WHOLE_H

#include "base/sync_model_impl.h"

#define MODEL_BELOW 4096 /* bytes that are wiped */
/* Words below a frame's address where it saves registers: one more would be nobody's, and change by itself. */
#ifdef __x86_64__
#define MODEL_SAVED 5
#else
#define MODEL_SAVED 8
#endif

/* For limits.whole: the state as it lies in memory, as a number. */
uint64_t model_whole(const struct model_point *p);
/* States are read from memory from here on, or no longer: what a build adds of its own is kept out of them. */
void model_whole_read(bool on);
/* The running thread remembers no more than what its callers have on their stacks and in their registers. From a
 * function whose frame does not change until the state is looked at. */
static inline __attribute__((always_inline)) void model_whole_mark(struct model_thread *t)
{
	__builtin_unwind_init(); /* pushes the registers */
	t->stack_end = (const uint64_t *)__builtin_frame_address(0) - MODEL_SAVED;
}
/* What the callers of a run keep in registers is no part of it, and would lie on the stacks as far as nobody needs them. */
static inline __attribute__((always_inline)) void model_whole_empty(void)
{
#ifdef __x86_64__
	__asm__ volatile("xor %%ebx, %%ebx\n\txor %%r12d, %%r12d\n\txor %%r13d, %%r13d\n\txor %%r14d, %%r14d\n\t"
			 "xor %%r15d, %%r15d"
			 :
			 :
			 : "rbx", "r12", "r13", "r14", "r15", "cc");
#elif defined(__aarch64__)
	__asm__ volatile("mov x19, 0\n\tmov x20, 0\n\tmov x21, 0\n\tmov x22, 0\n\tmov x23, 0\n\tmov x24, 0\n\t"
			 "mov x25, 0\n\tmov x26, 0\n\tmov x27, 0\n\tmov x28, 0"
			 :
			 :
			 : "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28");
#endif
}
/* Calls fn for the running thread, which is marked so while it stands there. */
void model_whole_stand(void (*fn)(struct model_thread *t));
/* As well as C can. */
void model_whole_wipe_most(void);
/* For limits.whole: wipes what lies below the caller's frame. Not a byte of it may be left: how long a call waited shows
 * there. */
static inline __attribute__((always_inline)) void model_whole_wipe(void)
{
	if (!model_state()->limits.whole)
		return;
#ifdef __x86_64__
	long count = MODEL_BELOW / 8;

	__asm__ volatile("lea -%c1(%%rsp), %%rdi\n\trep stosq"
			 : "+c"(count)
			 : "i"(MODEL_BELOW), "a"(0)
			 : "rdi", "memory");
#else
	model_whole_wipe_most();
#endif
}

#endif
