/* What the compiler is asked for beyond C11; and what C++ calls it, for the modules of allocators
 * whose inline functions are C++.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_COMPILER_H
#define ZM_BASE_COMPILER_H

#include <stdint.h>
#if __has_include(<features.h>)
#    include <features.h> /* says whether libc is glibc */
#endif

#define ZM_LIKELY(x)   __builtin_expect(!!(x), 1)
#define ZM_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ZM_COLD        __attribute__((cold, noinline))
#define ZM_UNUSED      __attribute__((unused))
#define ZM_NOINLINE    __attribute__((noinline))
#define ZM_INLINE      static inline __attribute__((always_inline))

/* Makes a value one that the compiler knows nothing of: it stays where it is, and is neither
 * computed again nor kept in two forms. */
#define ZM_SETTLE(x) __asm__("" : "+r"(x))
#if UINTPTR_MAX > UINT32_MAX
#    define ZM_SETTLE_WIDE(x) ZM_SETTLE(x) /* of 64 bits, where that is one register */
#else
#    define ZM_SETTLE_WIDE(x) (void)(x)
#endif

/* Whether a word in a register and one in memory have a bit in common. gcc would copy the first. */
#if defined(__x86_64__) && defined(__LP64__) && !defined(ZM_SANITIZED)
#    define ZM_SHARE_BITS(word, memory)                                                          \
        __extension__({                                                                          \
            bool share_bits;                                                                     \
            __asm__("testq %1, %2" : "=@ccnz"(share_bits) : "r"((uint64_t)(word)), "m"(memory)); \
            share_bits;                                                                          \
        })
#else
#    define ZM_SHARE_BITS(word, memory) (((word) & (memory)) != 0)
#endif

/* Calls the function before main. `order` is a string of five digits; lower ones come first. glibc
 * passes the function what main gets. The entry in the section is our own: gcc's link-time
 * optimizer would merge functions with the attribute `constructor` into one that calls them without
 * arguments.
 */
#ifdef __ELF__
#    define ZM_AT_START(order, function)                                                      \
        __attribute__((used, section(".init_array." order))) static void (*function##_entry)( \
            ZM_ARGUMENTS) = (function)
#else /* the last declaration takes the semicolon that follows */
#    define ZM_AT_START(order, function)                                \
        __attribute__((constructor)) static void function##_entry(void) \
        {                                                               \
            function();                                                 \
        }                                                               \
        struct function##_is_called
#endif
#ifdef __GLIBC__
#    define ZM_ARGUMENTS int argc, char **argv, char **envp
#else
#    define ZM_ARGUMENTS void
#endif

/* -fvisibility=hidden does not reach declarations: without this every use goes through the GOT. */
#define ZM_HIDDEN  __attribute__((visibility("hidden")))
#define ZM_NO_TSAN __attribute__((no_sanitize("thread")))

/* initial-exec is one load; -Ddlopen_safe_tls leaves the model to the compiler. */
#ifdef ZM_TLS_INITIAL_EXEC
#    define ZM_THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))
#else
#    define ZM_THREAD_LOCAL __thread
#endif

/* The calling thread's pointer: no other thread has the same while it lives. */
#if defined(__linux__) && defined(__x86_64__) && defined(__LP64__)
#    define ZM_THREAD_POINTER(result) __asm__("mov %%fs:0, %0" : "=r"(result))
#elif defined(__linux__) && defined(__aarch64__)
#    define ZM_THREAD_POINTER(result) __asm__("mrs %0, tpidr_el0" : "=r"(result))
#endif

/* C and C++ lay both types out alike; only C reads and writes them. */
#ifdef __cplusplus
#    define ZM_ATOMIC(type) alignas(sizeof(type)) type
#else
#    define ZM_ATOMIC(type) _Atomic type
#endif

/* A counter has one writer and other readers. */
#define ZM_LOAD(counter)         __atomic_load_n(&(counter), __ATOMIC_RELAXED)
#define ZM_STORE(counter, value) __atomic_store_n(&(counter), (value), __ATOMIC_RELAXED)
/* Of a pointer that hardly anybody else ever writes: it need not be loaded twice. */
#ifdef ZM_SANITIZED
#    define ZM_OWN(pointer) ZM_LOAD(pointer)
#else
#    define ZM_OWN(pointer) (pointer)
#endif
/* Whoever has read this value, and then passes a fence, also reads what the writer wrote, or
 * knew of, before it. */
#define ZM_PUBLISH(counter, value) __atomic_store_n(&(counter), (value), __ATOMIC_RELEASE)
#if defined(__x86_64__) && !defined(ZM_SANITIZED)
/* One instruction, without lock; compilers make three of a relaxed load, addition and store. */
#    define ZM_ADD(counter, n) __asm__("addq %1, %0" : "+m"(counter) : "er"((uint64_t)(n)) : "cc")
/* The same after all that was written before it. */
#    define ZM_ADD_LAST(counter, n) \
        __asm__ volatile("addq %1, %0" : "+m"(counter) : "er"((uint64_t)(n)) : "cc", "memory")
#else
#    define ZM_ADD(counter, n) \
        __atomic_store_n(&(counter), ZM_LOAD(counter) + (n), __ATOMIC_RELAXED)
#    define ZM_ADD_LAST(counter, n) ZM_PUBLISH(counter, ZM_LOAD(counter) + (n))
#endif

#endif
