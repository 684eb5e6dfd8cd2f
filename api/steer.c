/* Steering: what the allocator can be told, and the system about pages of blocks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <zmalloc.h>
#ifdef __linux__
#    include <sys/mman.h>
#    include <sys/prctl.h>
#    include <unistd.h>
#endif

#include "direct.h"
#include "runtime/active.h"
#include "runtime/choice.h"
#include "runtime/switch.h"

/* Returns from the caller what a function of the running backend returns; errno is kept. */
#define RETURN_CONTROL(function, arguments)                        \
    const struct zm_control *control = zm_running()->ops->control; \
    if (!control || !control->function)                            \
        return -ENOTSUP;                                           \
    int saved_errno = errno;                                       \
    int status = control->function arguments;                      \
    errno = saved_errno;                                           \
    return status

int zmalloc_purge(void)
{
    RETURN_CONTROL(purge, ());
}

int zmalloc_set_background_purge(int on)
{
    RETURN_CONTROL(set_background, (on != 0));
}

static int get_background(bool *on)
{
    RETURN_CONTROL(get_background, (on));
}

int zmalloc_get_background_purge(int *on)
{
    bool is_on = false;
    int status = get_background(&is_on);
    if (!status && on)
        *on = is_on;
    return status;
}

static bool is_decay(int which)
{
    return which == ZMALLOC_DECAY_DIRTY || which == ZMALLOC_DECAY_MUZZY;
}

int zmalloc_set_decay(int which, int64_t ms)
{
    if (!is_decay(which) || ms < -1)
        return -EINVAL;
    RETURN_CONTROL(set_decay, (which, ms));
}

int zmalloc_get_decay(int which, int64_t *ms)
{
    int64_t unwanted;
    if (!is_decay(which))
        return -EINVAL;
    RETURN_CONTROL(get_decay, (which, ms ? ms : &unwanted));
}

int zmalloc_flush_thread_cache(void)
{
    RETURN_CONTROL(flush, ());
}

/* A late switch must not come while there are arenas or caches; what could not be made, or is not
 * gone, counts for nothing. */
static int hinders(int status, int by)
{
    if (status == 0)
        atomic_fetch_add(&zm_switch_hindrances, (uint32_t)by);
    return status;
}

static int create_arena(uint32_t *arena)
{
    RETURN_CONTROL(arena_create, (arena));
}

/* Nobody could destroy an arena of unknown number. */
int zmalloc_arena_create(uint32_t *arena)
{
    return arena ? hinders(create_arena(arena), 1) : -EINVAL;
}

static int destroy_arena(uint32_t arena)
{
    RETURN_CONTROL(arena_destroy, (arena));
}

int zmalloc_arena_destroy(uint32_t arena)
{
    int status = hinders(destroy_arena(arena), -1);
    atomic_fetch_add(&zm_era, 1);
    return status;
}

int zmalloc_arena_assign(uint32_t arena)
{
    RETURN_CONTROL(arena_assign, (arena));
}

int zmalloc_arena_assigned(uint32_t *arena)
{
    uint32_t unwanted;
    RETURN_CONTROL(arena_assigned, (arena ? arena : &unwanted));
}

/* ---- caches ---- */

static int create_tcache(uint32_t *cache)
{
    RETURN_CONTROL(tcache_create, (cache));
}

int zmalloc_tcache_create(uint32_t *cache)
{
    if (!cache)
        return -EINVAL;
    const struct zm_control *direct = zm_direct();
    if (direct && direct->tcache_create)
        return hinders(create_tcache(cache), 1);
    *cache = ZMALLOC_TCACHE_AUTOMATIC;
    return 0;
}

static int flush_tcache(uint32_t cache)
{
    RETURN_CONTROL(tcache_flush, (cache));
}

int zmalloc_tcache_flush(uint32_t cache)
{
    bool automatic = cache == ZMALLOC_TCACHE_AUTOMATIC;
    int status = automatic ? zmalloc_flush_thread_cache() : flush_tcache(cache);
    return status != -ENOTSUP ? status : automatic ? 0 : -EINVAL;
}

static int destroy_tcache(uint32_t cache)
{
    RETURN_CONTROL(tcache_destroy, (cache));
}

int zmalloc_tcache_destroy(uint32_t cache)
{
    int status = cache == ZMALLOC_TCACHE_AUTOMATIC ? 0 : hinders(destroy_tcache(cache), -1);
    atomic_fetch_add(&zm_era, 1);
    return status == -ENOTSUP ? -EINVAL : status;
}

/* ---- pages ---- */

#ifdef __linux__

static int madvise_of(int advice)
{
    switch (advice) {
    case ZMALLOC_ADVISE_DONTNEED:
        return MADV_DONTNEED;
    case ZMALLOC_ADVISE_HUGEPAGE:
        return MADV_HUGEPAGE;
    case ZMALLOC_ADVISE_NOHUGEPAGE:
        return MADV_NOHUGEPAGE;
    case ZMALLOC_ADVISE_DONTDUMP:
        return MADV_DONTDUMP;
    case ZMALLOC_ADVISE_DODUMP:
        return MADV_DODUMP;
    default:
        return -1;
    }
}

int64_t zmalloc_advise(void *ptr, int advice)
{
    int how = madvise_of(advice);
    if (how < 0)
        return -EINVAL;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)ptr;
    uintptr_t first = (start + page - 1) & ~(page - 1);
    uintptr_t end = (start + ZM_CALL(usable)(ptr)) & ~(page - 1);
    if (!ptr || end <= first)
        return 0;
    int saved_errno = errno, status = 0;
    if (madvise((void *)first, end - first, how) != 0)
        status = -errno;
    errno = saved_errno;
    return status ? status : (int64_t)(end - first);
}

int zmalloc_set_huge_pages(int on)
{
    int saved_errno = errno, status = 0;
    if (prctl(PR_SET_THP_DISABLE, !on, 0, 0, 0) != 0)
        status = -errno;
    errno = saved_errno;
    return status;
}

#else

int64_t zmalloc_advise(void *ptr, int advice)
{
    (void)ptr, (void)advice;
    return -ENOTSUP;
}

int zmalloc_set_huge_pages(int on)
{
    (void)on;
    return -ENOTSUP;
}

#endif

/* ---- the names that Redis users know ---- */

void zmadvise_dontneed(void *ptr)
{
    zmalloc_advise(ptr, ZMALLOC_ADVISE_DONTNEED);
}

void set_jemalloc_bg_thread(int enable)
{
    zmalloc_set_background_purge(enable);
}

int jemalloc_purge(void)
{
    return zmalloc_purge() == 0 ? 0 : -1;
}
