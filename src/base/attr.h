/*
 * attr - the few words the compiler understands and C does not spell.
 *
 * Owns     nothing
 * Threads  any
 * Blocks   never
 * Units    none
 * Errors   a failed assert ends the process
 * Limits   none
 * Upholds  asserts stay on: a build with NDEBUG does not compile
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <stddef.h>

#ifdef NDEBUG
#error "asserts stay on in release builds: do not define NDEBUG"
#endif

/* Programmer errors end the process, in release builds too; or tell whoever has hooked in (the model), first. */
#undef assert
#define assert(cond) (LIKELY(cond) ? (void)0 : assert_fail(#cond, __FILE__, __LINE__))
/* Says what and where on stderr, and aborts. */
void assert_fail(const char *what, const char *file, int line) __attribute__((noreturn, cold));
/* Calls fn before the end of the process; it may come out by longjmp. NULL: nobody. One thread, before others. */
void assert_hook(void (*fn)(const char *what, const char *file, int line));

/* The arguments from `first` on are printf's for the format at `fmt` (both counted from 1). */
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
/* Ignoring the result is a bug. */
#define MUST_CHECK __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
/* It reads memory that is not its own to read. */
#define UNSANITIZED __attribute__((no_sanitize("address", "thread", "undefined")))

/* An observer, whose own books are no part of what is watched: ThreadSanitizer does not look at what it touches. */
#define NO_TSAN __attribute__((no_sanitize("thread")))

/* 1 in a build with ThreadSanitizer, else 0. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

/* The same of AddressSanitizer. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
/* The struct of which `ptr` points at `member`. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#endif
