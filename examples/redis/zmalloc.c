/* In the place of Redis 7.0's src/zmalloc.c: what the library doesn't do by the names that Redis
 * uses. All else of zmalloc.c is in the library.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "zmalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#undef je_mallctl
#undef je_malloc_stats_print
#undef je_nallocx

/* jemalloc itself, as it is in a libzmalloc.a that has it and was built with
 * -Dprivate_names=disabled. */
__attribute__((weak)) int je_mallctl(const char *, void *, size_t *, void *, size_t);
__attribute__((weak)) void je_malloc_stats_print(void (*)(void *, const char *), void *,
                                                 const char *);
__attribute__((weak)) size_t je_nallocx(size_t, int);

static int jemalloc_runs(void)
{
    static atomic_int known; /* Redis asks for every string that it trims */
    int runs = atomic_load_explicit(&known, memory_order_relaxed);
    if (!runs) {
        runs = je_mallctl && strcmp(zmalloc_backend_name(), "jemalloc") == 0 ? 1 : -1;
        atomic_store_explicit(&known, runs, memory_order_relaxed);
    }
    return runs > 0;
}

/* DEBUG MALLCTL. */
int redis_mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size)
{
    return jemalloc_runs() ? je_mallctl(name, old, old_size, new, new_size) : ENOENT;
}

/* MEMORY MALLOC-STATS. */
void redis_malloc_stats_print(void (*write)(void *, const char *), void *opaque,
                              const char *options)
{
    if (jemalloc_runs()) {
        je_malloc_stats_print(write, opaque, options);
        return;
    }
    char line[256];
    struct zmalloc_stats stats = {.struct_size = sizeof stats};
    struct zmalloc_allocator_info info = {.struct_size = sizeof info};
    if (zmalloc_get_stats(&stats) == 0) {
        snprintf(line, sizeof line,
                 "%s\nused: %" PRIu64 "\npeak: %" PRIu64 "\nblocks: %" PRIu64 "\nthreads: %" PRIu32
                 "\n",
                 ZMALLOC_LIB, stats.used_bytes, stats.peak_bytes, stats.allocs - stats.frees,
                 stats.threads);
        write(opaque, line);
    }
    if (zmalloc_allocator_info(1, &info) != 0)
        return;
    const struct {
        uint32_t bit;
        const char *name;
        uint64_t bytes;
    } figures[] = {
        {ZMALLOC_ALLOCATOR_ALLOCATED, "allocated", info.allocated},
        {ZMALLOC_ALLOCATOR_ACTIVE, "active", info.active},
        {ZMALLOC_ALLOCATOR_RESIDENT, "resident", info.resident},
        {ZMALLOC_ALLOCATOR_MAPPED, "mapped", info.mapped},
        {ZMALLOC_ALLOCATOR_RETAINED, "retained", info.retained},
        {ZMALLOC_ALLOCATOR_THREAD_CACHE, "thread caches", info.thread_cache},
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (info.has & figures[i].bit) {
            snprintf(line, sizeof line, "%s: %" PRIu64 "\n", figures[i].name, figures[i].bytes);
            write(opaque, line);
        }
}

/* Redis asks it to leave out a realloc that would change nothing; 0 lets it ask the allocator. */
size_t redis_nallocx(size_t size, int flags)
{
    return jemalloc_runs() ? je_nallocx(size, flags) : 0;
}

/* Active defragmentation: whether a block had better be elsewhere. */
int redis_get_defrag_hint(void *ptr)
{
    return zmalloc_should_defrag(ptr) > 0;
}
