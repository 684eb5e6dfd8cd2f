/* The allocator's own figures: one sample, the ratios made of it, and the names that Redis has.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <zmalloc.h>

#include "backends/control.h"
#include "runtime/choice.h"

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static const struct zm_control *control(void)
{
    return zm_running()->ops->control;
}

static bool begin(struct zmalloc_allocator_info *out, uint32_t cost)
{
    uint32_t size = out ? out->struct_size : 0;
    if (size != sizeof *out)
        return false;
    memset(out, 0, sizeof *out);
    out->struct_size = size;
    out->cost = cost;
    return true;
}

int zmalloc_allocator_info(int refresh, struct zmalloc_allocator_info *out)
{
    const struct zm_control *c = control();
    if (!begin(out, c ? c->cost : ZMALLOC_COST_READ))
        return -EINVAL;
    int saved_errno = errno;
    uint64_t start = now_ns();
    int status = c && c->info ? c->info(refresh != 0, out) : -ENOTSUP;
    out->used = zmalloc_used_memory();
    out->has |= ZMALLOC_ALLOCATOR_USED;
    out->took_ns = now_ns() - start;
    errno = saved_errno;
    return status;
}

int zmalloc_arena_info(uint32_t arena, int refresh, struct zmalloc_allocator_info *out)
{
    const struct zm_control *c = control();
    if (!begin(out, c ? c->cost : ZMALLOC_COST_READ))
        return -EINVAL;
    if (!c || !c->arena_info)
        return -ENOTSUP;
    int saved_errno = errno;
    uint64_t start = now_ns();
    int status = c->arena_info(arena, refresh != 0, out);
    out->took_ns = now_ns() - start;
    errno = saved_errno;
    return status;
}

/* ---- ratios ---- */

static void divide(struct zmalloc_ratios *out, uint32_t bit, bool known, uint64_t above,
                   uint64_t below, double *ratio, int64_t *bytes)
{
    if (!known || below == 0)
        return;
    *ratio = (double)above / (double)below;
    *bytes = (int64_t)(above - below);
    out->has |= bit;
}

int zmalloc_get_ratios(int refresh, struct zmalloc_ratios *out)
{
    uint32_t size = out ? out->struct_size : 0;
    if (size != sizeof *out)
        return -EINVAL;
    memset(out, 0, sizeof *out);
    out->struct_size = size;
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    zmalloc_allocator_info(refresh, &a);
    struct zmalloc_sysinfo_memory m = {.struct_size = sizeof m};
    bool rss = zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, &m) == 0;
    bool allocated = a.has & ZMALLOC_ALLOCATOR_ALLOCATED, active = a.has & ZMALLOC_ALLOCATOR_ACTIVE;
    bool resident = a.has & ZMALLOC_ALLOCATOR_RESIDENT;
    divide(out, ZMALLOC_RATIO_FRAGMENTATION, rss, m.rss, a.used, &out->fragmentation,
           &out->fragmentation_bytes);
    divide(out, ZMALLOC_RATIO_ALLOCATOR_FRAG, active && allocated, a.active, a.allocated,
           &out->allocator_frag, &out->allocator_frag_bytes);
    divide(out, ZMALLOC_RATIO_ALLOCATOR_RSS, resident && active, a.resident, a.active,
           &out->allocator_rss, &out->allocator_rss_bytes);
    divide(out, ZMALLOC_RATIO_RSS_OVERHEAD, rss && resident, m.rss, a.resident, &out->rss_overhead,
           &out->rss_overhead_bytes);
    return out->has ? 0 : -ENOTSUP;
}

/* ---- the names that Redis users know ---- */

static int has_all(const struct zmalloc_allocator_info *a, uint32_t bits)
{
    return (a->has & bits) == bits;
}

static void tell(size_t *to, uint64_t figure)
{
    if (to)
        *to = (size_t)figure;
}

int zmalloc_get_allocator_info(size_t *allocated, size_t *active, size_t *resident)
{
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    zmalloc_allocator_info(1, &a);
    tell(allocated, a.allocated);
    tell(active, a.active);
    tell(resident, a.resident);
    return has_all(&a, ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE |
                           ZMALLOC_ALLOCATOR_RESIDENT);
}

int zmalloc_get_allocator_info_by_arena(unsigned int arena, int refresh_stats, size_t *allocated,
                                        size_t *active, size_t *resident,
                                        size_t *frag_smallbins_bytes)
{
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    zmalloc_arena_info(arena, refresh_stats, &a);
    tell(allocated, a.allocated);
    tell(active, a.active);
    tell(resident, a.resident);
    tell(frag_smallbins_bytes, a.frag_smallbins);
    return has_all(&a, ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE |
                           ZMALLOC_ALLOCATOR_RESIDENT | ZMALLOC_ALLOCATOR_FRAG_SMALLBINS);
}

size_t zmalloc_get_frag_smallbins(void)
{
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    zmalloc_allocator_info(1, &a);
    return (size_t)a.frag_smallbins;
}
