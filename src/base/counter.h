/*
 * counter - numbers that many threads raise and anybody reads, in no particular order.
 *
 * Owns     nothing: the struct is part of its holder
 * Threads  any
 * Blocks   never
 * Units    whatever the holder counts
 * Errors   none
 * Limits   wraps at 2^64
 * Upholds  relaxed order only: never used to hand data from one thread to another
 */
#ifndef BASE_COUNTER_H
#define BASE_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

struct counter {
	_Atomic uint64_t value;
};

static inline void counter_add(struct counter *c, uint64_t n)
{
	atomic_fetch_add_explicit(&c->value, n, memory_order_relaxed);
}

static inline void counter_sub(struct counter *c, uint64_t n)
{
	atomic_fetch_sub_explicit(&c->value, n, memory_order_relaxed);
}

static inline void counter_set(struct counter *c, uint64_t n)
{
	atomic_store_explicit(&c->value, n, memory_order_relaxed);
}

static inline uint64_t counter_get(const struct counter *c)
{
	return atomic_load_explicit(&c->value, memory_order_relaxed);
}

#endif
