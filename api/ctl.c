/* What only some allocators know, by name, and their reports.
 *
 * Arenas and caches go through the functions that know them: what they make is known, and what they
 * take away is counted.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc.h>

#include "backends/counted.h"
#include "direct.h"
#include "runtime/choice.h"

/* ---- by name ---- */

/* As mallctl has them: a pair that is not there is NULL and 0. */
struct values {
    void *old;
    size_t *old_size;
    const void *new_value;
    size_t new_size;
};

static int give_number(const struct values *v, uint32_t number)
{
    if (!v->old || !v->old_size || *v->old_size != sizeof number)
        return -EINVAL;
    memcpy(v->old, &number, sizeof number);
    return 0;
}

static int take_number(const struct values *v, uint32_t *number)
{
    if (!v->new_value || v->new_size != sizeof *number)
        return -EINVAL;
    memcpy(number, v->new_value, sizeof *number);
    return 0;
}

/* An arena that all threads can use, as jemalloc's are; else the one that they use anyway. */
static int arenas_create(const struct values *v)
{
    const struct zm_control *direct = zm_direct();
    uint32_t arena = ZMALLOC_ARENA_AUTOMATIC;
    int status = give_number(v, arena);
    if (!status && direct && direct->arena_create && !direct->thread_arenas)
        status = zmalloc_arena_create(&arena);
    return status ? status : give_number(v, arena);
}

static int tcache_create(const struct values *v)
{
    uint32_t cache = ZMALLOC_TCACHE_AUTOMATIC;
    int status = give_number(v, cache);
    if (!status)
        status = zmalloc_tcache_create(&cache);
    return status ? status : give_number(v, cache);
}

static int tcache_flush(const struct values *v)
{
    uint32_t cache;
    int status = take_number(v, &cache);
    return status ? status : zmalloc_tcache_flush(cache);
}

static int tcache_destroy(const struct values *v)
{
    uint32_t cache;
    int status = take_number(v, &cache);
    return status ? status : zmalloc_tcache_destroy(cache);
}

static int thread_tcache_flush(const struct values *v)
{
    (void)v;
    return zmalloc_tcache_flush(ZMALLOC_TCACHE_AUTOMATIC);
}

static const struct {
    const char *name;
    int (*function)(const struct values *v);
} everywhere[] = {
    {"arenas.create", arenas_create},
    {"tcache.create", tcache_create},
    {"tcache.flush", tcache_flush},
    {"tcache.destroy", tcache_destroy},
    {"thread.tcache.flush", thread_tcache_flush},
};

/* "arena.N.what". */
static bool is_of_arena(const char *name, const char *what, uint32_t *arena)
{
    static const char start[] = "arena.";
    if (strncmp(name, start, sizeof start - 1) != 0)
        return false;
    const char *number = name + sizeof start - 1;
    char *end;
    unsigned long value = strtoul(number, &end, 10);
    *arena = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    return end != number && *end == '.' && strcmp(end + 1, what) == 0;
}

static int ctl_of_allocator(const char *name, const struct values *v)
{
    const struct zm_control *control = zm_running()->ops->control;
    if (!control || !control->ctl)
        return -ENOENT;
    int saved_errno = errno;
    int status = control->ctl(name, v->old, v->old_size, (void *)v->new_value, v->new_size);
    errno = saved_errno;
    return status;
}

int zmalloc_ctl(const char *name, void *old, size_t *old_size, void *new_value, size_t new_size)
{
    const struct values v = {old, old_size, new_value, new_size};
    uint32_t arena;
    /* With hooks for its extents it is an arena of jemalloc's alone. */
    bool hooks = new_value && strcmp(name, "arenas.create") == 0;
    for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere && !hooks; i++)
        if (strcmp(name, everywhere[i].name) == 0)
            return everywhere[i].function(&v);
    if (is_of_arena(name, "destroy", &arena))
        return arena == ZMALLOC_ARENA_AUTOMATIC ? 0 : zmalloc_arena_destroy(arena);
    if (is_of_arena(name, "reset", &arena))
        return -EPERM;
    return ctl_of_allocator(name, &v);
}

size_t zmalloc_good_size(size_t size)
{
    const struct zm_control *direct = zm_direct();
    return direct && direct->good_size ? direct->good_size(zm_raise(zm_running()->ops, size)) : 0;
}

/* ---- the report ---- */

struct report {
    void (*write)(void *opaque, const char *text);
    void *opaque;
};

static void put(const struct report *to, const char *name, uint64_t value)
{
    char line[80];
    snprintf(line, sizeof line, "%-16s %20" PRIu64 "\n", name, value);
    to->write(to->opaque, line);
}

static void put_account(const struct report *to)
{
    struct zmalloc_stats stats = {.struct_size = sizeof stats};
    if (zmalloc_get_stats(&stats) != 0)
        return;
    put(to, "used", stats.used_bytes);
    put(to, "peak", stats.peak_bytes);
    put(to, "blocks", stats.allocs - stats.frees);
    put(to, "allocations", stats.allocs);
    put(to, "threads", stats.threads);
}

static void put_figures(const struct report *to)
{
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    if (zmalloc_allocator_info(1, &a) != 0)
        return;
    /* In the order of their bits; used is in the account. */
    const uint64_t figures[] = {a.allocated,      a.active,       a.resident,      a.mapped,
                                a.retained,       a.dirty,        a.muzzy,         a.metadata,
                                a.frag_smallbins, a.thread_cache, a.central_cache, a.arenas};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (a.has >> i & 1)
            put(to, zmalloc_figure_name(UINT32_C(1) << i), figures[i]);
}

void zmalloc_stats_print(void (*write)(void *opaque, const char *text), void *opaque,
                         const char *options)
{
    const struct report to = {write, opaque};
    const struct zm_control *control = zm_running()->ops->control;
    int saved_errno = errno;
    if (control && control->print) {
        control->print(write, opaque, options);
    } else {
        write(opaque, zmalloc_lib());
        write(opaque, "\n");
        put_account(&to);
        put_figures(&to);
    }
    errno = saved_errno;
}
