/* The reports: sums over the counters, and the questions about backends.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <zmalloc.h>

#include "accounting/sums.h"
#include "backends/control.h"
#include "backends/wrap/wrap.h"
#include "runtime/choice.h"

int zmalloc_get_stats(struct zmalloc_stats *out)
{
    if (out->struct_size != sizeof *out)
        return -EINVAL;
    struct zm_sums sums;
    zm_sums_read(&sums);
    out->threads = sums.threads;
    out->used_bytes = sums.allocated - sums.freed;
    out->peak_bytes = sums.peak;
    out->peak_time = sums.peak_time;
    out->allocated_bytes = sums.allocated;
    out->freed_bytes = sums.freed;
    out->allocs = sums.allocs;
    out->frees = sums.frees;
    return 0;
}

size_t zmalloc_used_memory(void)
{
    return (size_t)zm_sums_used();
}

size_t zmalloc_get_peak_memory(void)
{
    return (size_t)zm_sums_peak(NULL);
}

time_t zmalloc_get_peak_memory_time(void)
{
    int64_t when;
    (void)zm_sums_peak(&when);
    return (time_t)when;
}

void zmalloc_enable_thread_safeness(void)
{
}

float zmalloc_get_fragmentation_ratio(size_t rss)
{
    size_t used = zmalloc_used_memory();
    return used ? (float)rss / (float)used : 0;
}

size_t zmalloc_backend_count(void)
{
    return zm_backend_total + (zm_chosen() && zm_chosen_outside()[0]);
}

/* Each function that the allocator has is a capability. */
static uint32_t control_caps(const struct zm_control *control)
{
    uint32_t caps = 0;
#ifdef __linux__
    caps |= ZMALLOC_CAP_ADVISE; /* the system's, under any allocator */
#endif
    if (!control)
        return caps;
    if (control->arena_info)
        caps |= ZMALLOC_CAP_ARENA_STATS;
    if (control->purge)
        caps |= ZMALLOC_CAP_PURGE;
    if (control->set_background)
        caps |= ZMALLOC_CAP_BACKGROUND_PURGE;
    if (control->set_decay)
        caps |= ZMALLOC_CAP_DECAY;
    if (control->flush)
        caps |= ZMALLOC_CAP_CACHE_FLUSH;
    if (control->arena_create)
        caps |= ZMALLOC_CAP_ARENAS;
    if (control->flags & ZMALLOC_NO_TCACHE)
        caps |= ZMALLOC_CAP_CACHE_BYPASS;
    if (control->slabs)
        caps |= ZMALLOC_CAP_DEFRAG;
    if (control->tcache_create)
        caps |= ZMALLOC_CAP_TCACHES;
    if (control->thread_arenas)
        caps |= ZMALLOC_CAP_THREAD_ARENAS;
    return caps;
}

int zmalloc_backend_describe(size_t index, struct zmalloc_backend_info *out)
{
    if (index >= zmalloc_backend_count() || out->struct_size != sizeof *out)
        return -EINVAL;
    const struct zm_backend *backend = index < zm_backend_total ? zm_backends[index] : zm_chosen();
    out->caps = backend->ops->caps | control_caps(backend->ops->control);
    out->name = backend->ops->name;
    out->version = backend->ops->version();
    out->is_default = index == zm_backend_default;
    const struct zm_backend *running = zm_chosen();
    out->is_running = running && strcmp(running->ops->name, backend->ops->name) == 0;
    const struct zm_control *control = backend->ops->control;
    out->figures = ZMALLOC_ALLOCATOR_USED | (control ? control->tells : 0);
    return 0;
}

static const char *name_of(uint32_t bit, const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bit == UINT32_C(1) << i)
            return names[i];
    return NULL;
}

/* In the order of the bits. */

const char *zmalloc_capability_name(uint32_t cap)
{
    static const char *const names[] = {
        "usable",       "sized-free", "native-totals",    "header-prefix",
        "arena-stats",  "purge",      "background-purge", "decay",
        "cache-flush",  "arenas",     "thread-arenas",    "advise",
        "cache-bypass", "defrag",     "tcaches",          "word-aligned"};
    return name_of(cap, names, sizeof names / sizeof *names);
}

const char *zmalloc_figure_name(uint32_t figure)
{
    static const char *const names[] = {
        "allocated",     "active", "resident", "mapped",         "retained",
        "dirty",         "muzzy",  "metadata", "frag-smallbins", "thread-cache",
        "central-cache", "arenas", "used"};
    return name_of(figure, names, sizeof names / sizeof *names);
}

const char *zmalloc_backend_name(void)
{
    return zm_running()->ops->name;
}

const char *zmalloc_wraps(void)
{
    zm_running();
    return zm_wrap_running();
}

int zmalloc_check_wraps(const char *list, const char **why)
{
    if (zm_wrap_running()[0]) {
        *why = "this process runs under wraps itself";
        return -EBUSY;
    }
    *why = *list ? zm_wrap_parse(list) : NULL;
    return *why ? -EINVAL : 0;
}

const char *zmalloc_lib(void)
{
    /* One for each backend that the process may come to run, and for one from outside. Filled by
     * whoever comes first; all write the same bytes. */
    static _Atomic char libs[ZM_LIVE_BACKENDS + 1][64];
    const struct zm_ops *ops = zm_running()->ops;
    size_t index = 0;
    while (index < zm_backend_total && strcmp(zm_backends[index]->ops->name, ops->name) != 0)
        index++;
    _Atomic char *lib = libs[index];
    if (!atomic_load_explicit(&lib[0], memory_order_acquire)) {
        const char *parts[] = {ops->name, "-", ops->version()};
        char text[sizeof *libs] = "";
        size_t length = 0;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            for (const char *s = parts[i]; *s && length < sizeof text - 1; s++)
                text[length++] = *s;
        for (size_t i = length + 1; i-- > 0;)
            atomic_store_explicit(&lib[i], text[i], memory_order_release);
    }
    return (const char *)lib;
}

const char *zmalloc_version(void)
{
    return ZM_VERSION;
}
