/* jemalloc: what mallctl tells and does.
 *
 * Its statistics are a copy that is made when somebody advances the epoch, which visits every arena
 * and bin; the rest is read from the copy.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "control.h"

#include <errno.h>
#include <jemalloc/jemalloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- statistics ---- */

static _Atomic uint64_t refreshed_ns; /* 0: never */

/* Advances the epoch if asked to or if it never was; tells how old the copy is. */
static int refresh(bool wanted, struct zmalloc_allocator_info *out)
{
    uint64_t last = atomic_load(&refreshed_ns), epoch = 1;
    if (!wanted && last) {
        uint64_t now = now_ns();
        out->age_ns = now > last ? now - last : 0;
        out->cost = ZMALLOC_COST_READ;
        return 0;
    }
    int error = je_mallctl("epoch", NULL, NULL, &epoch, sizeof epoch);
    if (!error)
        atomic_store(&refreshed_ns, now_ns());
    return failed(error);
}

static void read_size(const char *name, uint64_t *to, uint32_t *has, uint32_t bit)
{
    size_t value = 0, size = sizeof value;
    if (je_mallctl(name, &value, &size, NULL, 0) != 0)
        return;
    *to = value;
    *has |= bit;
}

/* The name below stats.arenas.N, where N may be all of them together. */
static void read_of_arena(unsigned arena, const char *what, uint64_t *to, uint32_t *has,
                          uint32_t bit)
{
    char name[64];
    snprintf(name, sizeof name, "stats.arenas.%u.%s", arena, what);
    read_size(name, to, has, bit);
}

static void read_pages(unsigned arena, const char *what, uint64_t *to, uint32_t *has, uint32_t bit)
{
    size_t page = 0, size = sizeof page;
    uint32_t found = 0;
    read_of_arena(arena, what, to, &found, bit);
    if (found && je_mallctl("arenas.page", &page, &size, NULL, 0) == 0) {
        *to *= page;
        *has |= bit;
    }
}

struct mib {
    size_t parts[6], length;
};

static struct mib mib_of(const char *name)
{
    struct mib mib = {.length = 6};
    if (je_mallctlnametomib(name, mib.parts, &mib.length) != 0)
        mib.length = 0;
    return mib;
}

static int read_by(const struct mib *mib, void *to, size_t size)
{
    return je_mallctlbymib(mib->parts, mib->length, to, &size, NULL, 0);
}

/* The room in slabs that no block takes, over all bins. */
static int read_frag_smallbins(unsigned arena, uint64_t *to)
{
    unsigned bins = 0;
    size_t size = sizeof bins;
    int error = je_mallctl("arenas.nbins", &bins, &size, NULL, 0);
    struct mib bytes_of = mib_of("arenas.bin.0.size"), room_of = mib_of("arenas.bin.0.nregs");
    struct mib slabs_of = mib_of("stats.arenas.0.bins.0.curslabs");
    struct mib blocks_of = mib_of("stats.arenas.0.bins.0.curregs");
    slabs_of.parts[2] = blocks_of.parts[2] = arena;
    *to = 0;
    for (unsigned i = 0; i < bins && !error; i++) {
        size_t bytes = 0, slabs = 0, blocks = 0;
        uint32_t room = 0;
        bytes_of.parts[2] = room_of.parts[2] = i;
        slabs_of.parts[4] = blocks_of.parts[4] = i;
        error = read_by(&bytes_of, &bytes, sizeof bytes) || read_by(&room_of, &room, sizeof room) ||
                read_by(&slabs_of, &slabs, sizeof slabs) ||
                read_by(&blocks_of, &blocks, sizeof blocks);
        if (slabs * room > blocks)
            *to += (slabs * room - blocks) * bytes;
    }
    return error;
}

/* What has the same names for one arena and for all. */
static void read_arena(unsigned arena, struct zmalloc_allocator_info *out)
{
    read_pages(arena, "pdirty", &out->dirty, &out->has, ZMALLOC_ALLOCATOR_DIRTY);
    read_pages(arena, "pmuzzy", &out->muzzy, &out->has, ZMALLOC_ALLOCATOR_MUZZY);
    read_of_arena(arena, "tcache_bytes", &out->thread_cache, &out->has,
                  ZMALLOC_ALLOCATOR_THREAD_CACHE);
    if (read_frag_smallbins(arena, &out->frag_smallbins) == 0)
        out->has |= ZMALLOC_ALLOCATOR_FRAG_SMALLBINS;
}

static unsigned arena_total(void)
{
    unsigned total = 0;
    size_t size = sizeof total;
    return je_mallctl("arenas.narenas", &total, &size, NULL, 0) == 0 ? total : 0;
}

/* Most arenas that there may be have never been used, and have no figures. */
static bool is_arena(unsigned arena, unsigned total)
{
    char name[64];
    bool initialized = false;
    size_t size = sizeof initialized;
    snprintf(name, sizeof name, "arena.%u.initialized", arena);
    return arena < total && je_mallctl(name, &initialized, &size, NULL, 0) == 0 && initialized;
}

static int info(bool wanted, struct zmalloc_allocator_info *out)
{
    int error = refresh(wanted, out);
    if (error)
        return error;
    read_size("stats.allocated", &out->allocated, &out->has, ZMALLOC_ALLOCATOR_ALLOCATED);
    read_size("stats.active", &out->active, &out->has, ZMALLOC_ALLOCATOR_ACTIVE);
    read_size("stats.resident", &out->resident, &out->has, ZMALLOC_ALLOCATOR_RESIDENT);
    read_size("stats.mapped", &out->mapped, &out->has, ZMALLOC_ALLOCATOR_MAPPED);
    read_size("stats.retained", &out->retained, &out->has, ZMALLOC_ALLOCATOR_RETAINED);
    read_size("stats.metadata", &out->metadata, &out->has, ZMALLOC_ALLOCATOR_METADATA);
    read_arena(MALLCTL_ARENAS_ALL, out);
    unsigned total = arena_total();
    for (unsigned i = 0; i < total; i++)
        out->arenas += is_arena(i, total);
    if (out->arenas)
        out->has |= ZMALLOC_ALLOCATOR_ARENAS;
    return out->has ? 0 : -ENOTSUP;
}

static int arena_info(uint32_t arena, bool wanted, struct zmalloc_allocator_info *out)
{
    int error = refresh(wanted, out);
    if (error)
        return error;
    if (!is_arena(arena, arena_total())) /* this too is only known after a refresh */
        return -ENODATA;
    uint64_t small = 0, large = 0, internal = 0, base = 0;
    uint32_t allocated = 0, metadata = 0;
    read_of_arena(arena, "small.allocated", &small, &allocated, 1);
    read_of_arena(arena, "large.allocated", &large, &allocated, 2);
    if (allocated == 3) {
        out->allocated = small + large;
        out->has |= ZMALLOC_ALLOCATOR_ALLOCATED;
    }
    read_of_arena(arena, "base", &base, &metadata, 1);
    read_of_arena(arena, "internal", &internal, &metadata, 2);
    if (metadata == 3) {
        out->metadata = base + internal;
        out->has |= ZMALLOC_ALLOCATOR_METADATA;
    }
    read_pages(arena, "pactive", &out->active, &out->has, ZMALLOC_ALLOCATOR_ACTIVE);
    read_of_arena(arena, "resident", &out->resident, &out->has, ZMALLOC_ALLOCATOR_RESIDENT);
    read_of_arena(arena, "mapped", &out->mapped, &out->has, ZMALLOC_ALLOCATOR_MAPPED);
    read_of_arena(arena, "retained", &out->retained, &out->has, ZMALLOC_ALLOCATOR_RETAINED);
    read_arena(arena, out);
    return out->has ? 0 : -ENOTSUP;
}

/* ---- giving memory back ---- */

static int purge(void)
{
    char name[64];
    snprintf(name, sizeof name, "arena.%u.purge", MALLCTL_ARENAS_ALL);
    return failed(je_mallctl(name, NULL, NULL, NULL, 0));
}

static int set_background(bool on)
{
    return failed(je_mallctl("background_thread", NULL, NULL, &on, sizeof on));
}

static int get_background(bool *on)
{
    size_t size = sizeof *on;
    return failed(je_mallctl("background_thread", on, &size, NULL, 0));
}

static const char *decay_name(int which)
{
    return which == ZMALLOC_DECAY_DIRTY ? "dirty_decay_ms" : "muzzy_decay_ms";
}

/* First the default for arenas to come, then each that is there, since no name means all of
 * them. */
static int set_decay(int which, int64_t ms)
{
    char name[64];
    ssize_t value = (ssize_t)ms;
    snprintf(name, sizeof name, "arenas.%s", decay_name(which));
    int error = value == ms ? je_mallctl(name, NULL, NULL, &value, sizeof value) : EFAULT;
    unsigned total = arena_total();
    for (unsigned i = 0; i < total && !error; i++) {
        if (!is_arena(i, total))
            continue;
        snprintf(name, sizeof name, "arena.%u.%s", i, decay_name(which));
        error = je_mallctl(name, NULL, NULL, &value, sizeof value);
    }
    return error == EFAULT ? -EINVAL : failed(error);
}

static int get_decay(int which, int64_t *ms)
{
    char name[64];
    ssize_t value = 0;
    size_t size = sizeof value;
    snprintf(name, sizeof name, "arenas.%s", decay_name(which));
    int error = je_mallctl(name, &value, &size, NULL, 0);
    if (!error)
        *ms = value;
    return failed(error);
}

/* EFAULT: this thread has no cache. */
static int flush(void)
{
    int error = je_mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
    return error == EFAULT ? 0 : failed(error);
}

/* ---- arenas ---- */

/* The arenas created here. They are remembered because jemalloc does not check the numbers that
 * it is given. */
static _Atomic uint32_t created[MALLCTL_ARENAS_ALL / 32];

static bool is_created(uint32_t arena)
{
    return arena < MALLCTL_ARENAS_ALL &&
           (atomic_load(&created[arena / 32]) & UINT32_C(1) << arena % 32);
}

static bool is_automatic(uint32_t arena)
{
    unsigned automatic = 0;
    size_t size = sizeof automatic;
    return je_mallctl("opt.narenas", &automatic, &size, NULL, 0) == 0 && arena < automatic;
}

/* Created by jemalloc's own mallctl: asked every time, since it may be destroyed the same way.
 * Where there is no arena it has no decay; `initialized` would be as old as the statistics. */
static bool is_foreign(uint32_t arena)
{
    char name[64];
    ssize_t value = 0;
    size_t size = sizeof value;
    snprintf(name, sizeof name, "arena.%u.dirty_decay_ms", arena);
    return arena < MALLCTL_ARENAS_ALL && je_mallctl(name, &value, &size, NULL, 0) == 0;
}

static bool has_arena(uint32_t arena)
{
    return is_created(arena) || is_automatic(arena) || is_foreign(arena);
}

static int arena_create(uint32_t *arena)
{
    unsigned number = 0;
    size_t size = sizeof number;
    int error = je_mallctl("arenas.create", &number, &size, NULL, 0);
    if (error)
        return failed(error);
    atomic_fetch_or(&created[number / 32], UINT32_C(1) << number % 32);
    *arena = number;
    return 0;
}

/* jemalloc would discard the blocks that are left, and they would never be counted as freed. So
 * there must be none, not even in caches. */
static int arena_destroy(uint32_t arena)
{
    if (is_automatic(arena) || !has_arena(arena))
        return -EINVAL;
    struct zmalloc_allocator_info now = {0};
    flush();
    int error = arena_info(arena, true, &now);
    if (error || !(now.has & ZMALLOC_ALLOCATOR_ALLOCATED))
        return error ? error : -ENOTSUP;
    if (now.allocated)
        return -EBUSY;
    char name[64];
    snprintf(name, sizeof name, "arena.%u.destroy", arena);
    error = je_mallctl(name, NULL, NULL, NULL, 0);
    if (error == EFAULT) /* threads are assigned to it */
        return -EBUSY;
    if (!error)
        atomic_fetch_and(&created[arena / 32], ~(UINT32_C(1) << arena % 32));
    return failed(error);
}

/* What the thread has cached of its old arena must go back there first. */
static int arena_assign(uint32_t arena)
{
    unsigned number = arena;
    if (!has_arena(arena))
        return -EINVAL;
    int error = flush();
    return error ? error : failed(je_mallctl("thread.arena", NULL, NULL, &number, sizeof number));
}

static int arena_assigned(uint32_t *arena)
{
    unsigned number = 0;
    size_t size = sizeof number;
    int error = je_mallctl("thread.arena", &number, &size, NULL, 0);
    if (!error)
        *arena = number;
    return failed(error);
}

/* ---- what is its own ---- */

static int ctl(const char *name, void *old, size_t *old_size, void *new_value, size_t new_size)
{
    return -je_mallctl(name, old, old_size, new_value, new_size);
}

static size_t good_size(size_t size)
{
    return je_nallocx(size, 0);
}

const struct zm_control ZM_MODULE_SYMBOL(control) = {
    .tells = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE | ZMALLOC_ALLOCATOR_RESIDENT |
             ZMALLOC_ALLOCATOR_MAPPED | ZMALLOC_ALLOCATOR_RETAINED | ZMALLOC_ALLOCATOR_DIRTY |
             ZMALLOC_ALLOCATOR_MUZZY | ZMALLOC_ALLOCATOR_METADATA |
             ZMALLOC_ALLOCATOR_FRAG_SMALLBINS | ZMALLOC_ALLOCATOR_THREAD_CACHE |
             ZMALLOC_ALLOCATOR_ARENAS,
    .cost = ZMALLOC_COST_ARENAS,
    .info = info,
    .arena_info = arena_info,
    .purge = purge,
    .set_background = set_background,
    .get_background = get_background,
    .set_decay = set_decay,
    .get_decay = get_decay,
    .flush = flush,
    .arena_create = arena_create,
    .arena_destroy = arena_destroy,
    .arena_assign = arena_assign,
    .arena_assigned = arena_assigned,
    .tcache_create = ZM_MODULE_SYMBOL(tcache_create),
    .tcache_flush = ZM_MODULE_SYMBOL(tcache_flush),
    .tcache_destroy = ZM_MODULE_SYMBOL(tcache_destroy),
    .has_tcache = ZM_MODULE_SYMBOL(has_tcache),
    .ctl = ctl,
    .print = je_malloc_stats_print,
    .good_size = good_size,
    .flags = 0x7f | ZM_TCACHE_FLAGS | ZM_ARENA_FLAGS,
    .has_arena = has_arena,
    .alloc_flags = ZM_MODULE_SYMBOL(alloc_flags),
    .resize_flags = ZM_MODULE_SYMBOL(resize_flags),
    .release_flags = ZM_MODULE_SYMBOL(release_flags),
    .slabs = ZM_MODULE_SYMBOL(slabs),
    .alloc_near = ZM_MODULE_SYMBOL(alloc_near),
};
