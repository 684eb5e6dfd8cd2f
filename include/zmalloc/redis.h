/* What the sources of Redis and Valkey use beyond their zmalloc.h: jemalloc's names, for whichever
 * allocator runs. For Redis 7.0 and 7.2 this header is all they need; redis8.h and valkey.h include
 * it. A program that defines USE_JEMALLOC, which in these sources means "the allocator can be asked
 * and told things", gets all that its users know, as far as the running allocator can do it.
 *
 * Where these functions do otherwise than those that they take the place of:
 *  - ztryrealloc(p, huge) leaves p as it was, as realloc does, where theirs frees p and returns
 *    NULL all the same: their callers, too, go on using p when it fails.
 *  - zcalloc_num(n, 0) gives a block, where theirs calls the OOM handler.
 *  - Out-parameters may be NULL, all of them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_REDIS_H
#define ZMALLOC_REDIS_H

#include <zmalloc.h>

/* mallctl's errors are positive. */
static inline int zmalloc_redis_mallctl(const char *name, void *old, size_t *old_size,
                                        void *new_value, size_t new_size)
{
    return -zmalloc_ctl(name, old, old_size, new_value, new_size);
}

/* The flags are taken for 0, as in all calls of theirs. */
static inline size_t zmalloc_redis_nallocx(size_t size, int flags)
{
    (void)flags;
    return zmalloc_good_size(size);
}

static inline int zmalloc_redis_defrag_hint(void *ptr)
{
    return zmalloc_should_defrag(ptr) > 0;
}

/* 1, or 0 where there is no such number. */
static inline int zmalloc_redis_stat(int i, long long *res)
{
    int64_t value;
    if (zmalloc_sysinfo_stat(i, &value) != 0)
        return 0;
    if (res)
        *res = value;
    return 1;
}

#define get_proc_stat_ll      zmalloc_redis_stat

#define je_mallctl            zmalloc_redis_mallctl
#define je_nallocx            zmalloc_redis_nallocx
#define je_malloc_stats_print zmalloc_stats_print
#define je_get_defrag_hint    zmalloc_redis_defrag_hint

#ifndef MALLOCX_ARENA
#    define MALLOCX_ARENA       ZMALLOC_ARENA
#    define MALLOCX_TCACHE      ZMALLOC_TCACHE
#    define MALLOCX_TCACHE_NONE ZMALLOC_NO_TCACHE
#endif

/* Once in a program, at file scope: the functions that deps/hdr_histogram is linked to by their
 * names, where a server has prefixed them: ZMALLOC_LINK_NAMES(valkey_). */
#define ZMALLOC_LINK_NAMES(prefix)                                                 \
    ZMALLOC_LINK_NAME(void *, prefix##malloc, (size_t size), return zmalloc(size)) \
    ZMALLOC_LINK_NAME(void *, prefix##calloc, (size_t size), return zcalloc(size)) \
    ZMALLOC_LINK_NAME(void *, prefix##realloc, (void *ptr, size_t size),           \
                      return zrealloc(ptr, size))                                  \
    ZMALLOC_LINK_NAME(void, prefix##free, (void *ptr), zfree(ptr))

#define ZMALLOC_LINK_NAME(result, name, parameters, body) \
    result name parameters;                               \
    result name parameters                                \
    {                                                     \
        body;                                             \
    }

#ifdef REDIS_TEST
/* Of the server's own test runner: 0 if the account follows a block through its life. */
static inline int zmalloc_test(int argc, char **argv, int flags)
{
    size_t before = zmalloc_used_memory();
    void *block = zrealloc(zmalloc(123), 456);
    int grown = zmalloc_used_memory() >= before + 456;
    zfree(block);
    (void)argc, (void)argv, (void)flags;
    return !(grown && zmalloc_used_memory() == before);
}
#endif

/* ---- for the headers that include this one ---- */

static inline void zmalloc_redis_tell(size_t *to, uint64_t figure)
{
    if (to)
        *to = (size_t)figure;
}

/* Fills what is not NULL; 1 if `needed` are all known. */
static inline int zmalloc_redis_info(int refresh, uint32_t needed, size_t *allocated,
                                     size_t *active, size_t *resident, size_t *retained,
                                     size_t *muzzy, size_t *frag_smallbins)
{
    struct zmalloc_allocator_info info;
    info.struct_size = sizeof info;
    zmalloc_allocator_info(refresh, &info);
    zmalloc_redis_tell(allocated, info.allocated);
    zmalloc_redis_tell(active, info.active);
    zmalloc_redis_tell(resident, info.resident);
    zmalloc_redis_tell(retained, info.retained);
    zmalloc_redis_tell(muzzy, info.muzzy);
    zmalloc_redis_tell(frag_smallbins, info.frag_smallbins);
    return (info.has & needed) == needed;
}

/* Those of the five and six figures that all their versions have. */
#define ZMALLOC_REDIS_FIGURES                                                              \
    (ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE | ZMALLOC_ALLOCATOR_RESIDENT | \
     ZMALLOC_ALLOCATOR_RETAINED | ZMALLOC_ALLOCATOR_MUZZY)

#endif
