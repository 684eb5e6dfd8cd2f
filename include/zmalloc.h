/* zmalloc: one accounted allocation API over libc, jemalloc, tcmalloc, tcmalloc_minimal and
 * mimalloc.
 *
 * The names and signatures are those that users of Redis's zmalloc.h know (Redis 6.2 and 7).
 *
 * Rules for all of them:
 *  - Thread-safe. No function here may be called from a signal handler unless it says so.
 *  - A pointer from this API goes back through this API (or, under libzmalloc-preload, through
 * free).
 *  - Size 0 gives a unique pointer that can be freed. A size above PTRDIFF_MAX, or a product that
 *    overflows, fails as if memory had run out.
 *  - Every pointer is aligned to max_align_t; with ZMALLOC_CAP_WORD_ALIGNED, which takes a build
 * with -Djemalloc:lg_quantum=3, to 8 bytes, and as the aligned functions and ZMALLOC_ALIGN say.
 *  - When memory runs out the plain functions call the OOM handler with the size asked for, which
 * by default prints it and aborts; if it returns they return NULL. The ztry* functions return NULL
 * with errno ENOMEM and never call it. Nothing is freed or counted by a call that fails.
 *  - "Usable" bytes are what the allocator really reserved: at least the size asked for, all
 * writable.
 *  - zfree(NULL) does nothing; freeing leaves errno alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_H
#define ZMALLOC_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <zmalloc/allocator.h>
#include <zmalloc/backend.h>
#include <zmalloc/export.h>
#include <zmalloc/heap.h>
#include <zmalloc/limit.h>
#include <zmalloc/stats.h>
#include <zmalloc/sysinfo.h>

ZMALLOC_BEGIN

/* The running backend and its version, as an expression: "jemalloc-5.3.0". */
#define ZMALLOC_LIB zmalloc_lib()

/* The backend is chosen and started when the program is loaded, before main and, as far as the
 * loader lets the library, before all other constructors. A program that has this once at file
 * scope leaves it to its first call: one that asks about backends, say, and may never allocate.
 * Then a fork handler that was registered before that call must not allocate, nor may a fork race
 * that call. ELF systems only. */
#define ZMALLOC_START_LATE                                                        \
    extern const char zmalloc_starts_late __attribute__((visibility("default"))); \
    const char zmalloc_starts_late = 1;

/* Once at file scope, options of jemalloc that the program wants:
 * ZMALLOC_JEMALLOC_CONF("narenas:4") is what a malloc_conf is to a program that links jemalloc
 * itself. The environment's MALLOC_CONF comes after it, and wins. ELF systems only. */
#define ZMALLOC_JEMALLOC_CONF(options)                                                \
    extern const char zmalloc_jemalloc_conf[] __attribute__((visibility("default"))); \
    const char zmalloc_jemalloc_conf[] = options;

/* Block sizes are known under every backend. */
#define HAVE_MALLOC_SIZE 1

/* zmalloc_should_defrag and zdefrag are there; whether they can is a question for
 * zmalloc_can_defrag(). */
#define HAVE_DEFRAG 1

/* ---- allocate ---- */

ZMALLOC_API void zfree(void *ptr);
ZMALLOC_API void *zmalloc(size_t size) ZMALLOC_ATTR((malloc, alloc_size(1)));
/* zcalloc: `size` zeroed bytes; zcalloc_num: `num` times `size` zeroed bytes. */
ZMALLOC_API void *zcalloc(size_t size) ZMALLOC_ATTR((malloc, alloc_size(1)));
ZMALLOC_API void *zcalloc_num(size_t num, size_t size) ZMALLOC_ATTR((malloc, alloc_size(1, 2)));
/* zrealloc(NULL, n) allocates; zrealloc(p, 0) frees p and returns NULL. A failure leaves p as it
 * was. */
ZMALLOC_API void *zrealloc(void *ptr, size_t size) ZMALLOC_ATTR((alloc_size(2)));
ZMALLOC_API char *zstrdup(const char *str) ZMALLOC_ATTR((malloc));

ZMALLOC_API void *ztrymalloc(size_t size) ZMALLOC_ATTR((malloc, alloc_size(1)));
ZMALLOC_API void *ztrycalloc(size_t size) ZMALLOC_ATTR((malloc, alloc_size(1)));
ZMALLOC_API void *ztrycalloc_num(size_t num, size_t size) ZMALLOC_ATTR((malloc, alloc_size(1, 2)));
ZMALLOC_API void *ztryrealloc(void *ptr, size_t size) ZMALLOC_ATTR((alloc_size(2)));

/* ---- usable sizes ----
 * Where `usable` is not NULL it receives the usable bytes of the block (0 on failure). All of them
 * may be written; for a compiler that checks object sizes pass the pointer through
 * extend_to_usable. */

ZMALLOC_API void *zmalloc_usable(size_t size, size_t *usable) ZMALLOC_ATTR((malloc));
ZMALLOC_API void *zcalloc_usable(size_t size, size_t *usable) ZMALLOC_ATTR((malloc));
ZMALLOC_API void *zrealloc_usable(void *ptr, size_t size, size_t *usable);
ZMALLOC_API void *ztrymalloc_usable(size_t size, size_t *usable) ZMALLOC_ATTR((malloc));
ZMALLOC_API void *ztrycalloc_usable(size_t size, size_t *usable) ZMALLOC_ATTR((malloc));
ZMALLOC_API void *ztryrealloc_usable(void *ptr, size_t size, size_t *usable);
ZMALLOC_API void zfree_usable(void *ptr, size_t *usable);
ZMALLOC_API char *zstrdup_usable(const char *str, size_t *usable) ZMALLOC_ATTR((malloc));

/* Usable bytes of a live block; 0 for NULL. The two names mean the same. */
ZMALLOC_API size_t zmalloc_size(const void *ptr);
ZMALLOC_API size_t zmalloc_usable_size(const void *ptr);

/* Returns `ptr`, and tells the compiler that `size` bytes lie behind it. */
ZMALLOC_API void *extend_to_usable(void *ptr, size_t size) ZMALLOC_ATTR((alloc_size(2)));

/* ---- sized ----
 * Frees a block whose size the caller knows: the size it asked for, or the usable size. Any other
 * size is undefined behaviour, and so is a block of an aligned function, as in C23's free_sized. */
ZMALLOC_API void zfree_with_size(void *ptr, size_t size);

/* ---- aligned ----
 * `align` is a power of two; another value fails with EINVAL (the try functions), or goes to the
 * OOM handler (the plain ones). `size` need not be a multiple of it. */
ZMALLOC_API void *zaligned_alloc(size_t align, size_t size) ZMALLOC_ATTR((malloc, alloc_size(2)));
ZMALLOC_API void *ztryaligned_alloc(size_t align, size_t size)
    ZMALLOC_ATTR((malloc, alloc_size(2)));
ZMALLOC_API void *zaligned_alloc_usable(size_t align, size_t size, size_t *usable)
    ZMALLOC_ATTR((malloc));
ZMALLOC_API void *ztryaligned_alloc_usable(size_t align, size_t size, size_t *usable)
    ZMALLOC_ATTR((malloc));
/* A block on cache lines of its own: start and end share none with a neighbour. */
ZMALLOC_API void *zmalloc_cache_aligned(size_t size) ZMALLOC_ATTR((malloc, alloc_size(1)));

/* ---- the real libc ----
 * Not accounted, and libc's own whatever is preloaded: for memory that libc frees, or hands out. */
ZMALLOC_API void *zlibc_malloc(size_t size) ZMALLOC_ATTR((malloc, alloc_size(1)));
ZMALLOC_API void *zlibc_calloc(size_t num, size_t size) ZMALLOC_ATTR((malloc, alloc_size(1, 2)));
ZMALLOC_API void *zlibc_realloc(void *ptr, size_t size) ZMALLOC_ATTR((alloc_size(2)));
ZMALLOC_API void zlibc_free(void *ptr);
/* Gives libc's free memory back to the system: malloc_trim(0) where there is one. */
ZMALLOC_API void zlibc_trim(void);

/* ---- the account ---- */

/* Usable bytes of all live blocks: exact whenever no call is in flight, over any number of threads,
 * after thread exit, and after fork (a child counts on from its parent's figure). */
ZMALLOC_API size_t zmalloc_used_memory(void);

/* The highest value of used memory (zmalloc/stats.h says how exactly), and when it was reached. */
ZMALLOC_API size_t zmalloc_get_peak_memory(void);
ZMALLOC_API time_t zmalloc_get_peak_memory_time(void);

/* `handler` gets the size that could not be had; it may abort, longjmp, or return. NULL: the
 * default. */
ZMALLOC_API void zmalloc_set_oom_handler(void (*handler)(size_t size));

/* Does nothing: accounting is always thread-safe. Kept for programs that call it. */
ZMALLOC_API void zmalloc_enable_thread_safeness(void);

/* `rss` divided by used memory; 0 while nothing is allocated. */
ZMALLOC_API float zmalloc_get_fragmentation_ratio(size_t rss);

ZMALLOC_END

#endif
