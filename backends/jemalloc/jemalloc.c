/* jemalloc: keeps exact totals of its own for every thread, so nothing is looked up to be counted.
 *
 * The hot paths of malloc and free are written here over the inline functions of its internal
 * headers, as its own are: they take a block from the thread's cache, or put one there. What they
 * can't do goes to its public functions, after which the account also looks at the totals. sallocx
 * and nallocx are declared pure: where the account does not look at a size, the compiler drops the
 * call that would have told it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <zmalloc/stats.h>
/* The preamble comes first, and with it the system's headers, which must not become hidden.
 * Neither header is ISO C to the letter. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <jemalloc/internal/jemalloc_preamble.h>
#pragma GCC visibility push(hidden)
#include <jemalloc/internal/jemalloc_internal_includes.h>
#pragma GCC visibility pop
#pragma GCC diagnostic pop

#include "accounting/counters.h"
#include "backends/backend.h"
#include "control.h"

static const char *version(void)
{
    return ZM_MODULE_VERSION;
}

/* ---- the hot paths ----
 *
 * For a thread that jemalloc does not know yet, or has seen the end of, the thresholds are 0. So
 * one comparison with a threshold sends such a thread to the slow path, as it does when an event
 * of jemalloc's is due. */

/* The thread's state is found by its slot, which the account needs anyway: so who has one has a
 * slot, and its members are at fixed offsets from a register. Where there is none it is one of a
 * thread that jemalloc does not know. Only the jemalloc of the build has a place in the slot, not
 * those of users' trees. */
#if defined(ZM_SLOT_CACHE) && defined(JEMALLOC_TLS)
#    define PASSES true

#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#    pragma GCC diagnostic ignored "-Wmissing-braces"
static tsd_t no_thread = TSD_INITIALIZER;
#    pragma GCC diagnostic pop

static inline tsd_t *own_state(void)
{
    return ZM_OWN(zm_me->caches[ZM_SLOT_CACHE]);
}

static inline void keep_state(void)
{
    zm_counters_keep(ZM_SLOT_CACHE, tsd_get(false));
}

static inline void prepare_slots(void)
{
    zm_counters_no_cache(ZM_SLOT_CACHE, &no_thread);
}

#else
#    define PASSES false

static inline tsd_t *own_state(void)
{
    return tsd_get(false); /* or NULL */
}

static inline void keep_state(void)
{
}

static inline void prepare_slots(void)
{
}

#endif

static inline bool is_missing(const tsd_t *tsd)
{
    return !PASSES && ZM_UNLIKELY(!tsd);
}

enum {
    STEP = 1 << SC_LG_TINY_MIN,
    WORD_ALIGNED = LG_QUANTUM < 4,
    /* Of 8 bytes and less it makes blocks of 8; of 0, by flags, blocks that aren't aligned. */
    MIN_SIZE = WORD_ALIGNED ? 1 : 9,
    SIZES = (SC_SMALL_MAXCLASS >> SC_LG_TINY_MIN) + 1
};

/* The indices of size classes, by size in steps of 8 bytes. jemalloc's own table ends at 4 KiB,
 * this one where its small classes end. The second is for sizes that are to be raised: in it no
 * size has the class of 8 bytes. */
static uint8_t indices[2][SIZES];

static void fill_indices(void)
{
    size_t i = 0;
    for (szind_t index = 0; i < SIZES; index++)
        for (; i < SIZES && i * STEP <= sz_index2size_compute(index); i++)
            indices[0][i] = (uint8_t)index;
    memcpy(indices[1], indices[0], SIZES);
    for (i = 0; i * STEP < MIN_SIZE; i++)
        indices[1][i] = indices[0][(MIN_SIZE + STEP - 1) / STEP];
}

/* size <= SC_SMALL_MAXCLASS */
static inline szind_t index_of(size_t size, bool raise)
{
    return indices[raise][(size + STEP - 1) >> SC_LG_TINY_MIN];
}

/* The thread's cache of a class. */
static inline cache_bin_t *bin_of(tsd_t *tsd, szind_t index)
{
    cache_bin_t *bin = &tsd_tcachep_get(tsd)->bins[index];
    ZM_SETTLE(bin);
    return bin;
}

static inline struct zm_block alloc_hot(size_t size, bool raise)
{
    tsd_t *tsd = own_state();
    if (is_missing(tsd) || ZM_UNLIKELY(size > SC_SMALL_MAXCLASS))
        return (struct zm_block){NULL, 0};
    szind_t index = index_of(size, raise);
    size_t bytes = sz_index2size_lookup_impl(index);
    uint64_t total, threshold;
    te_malloc_fastpath_ctx(tsd, &total, &threshold);
    total += bytes;
    if (ZM_UNLIKELY(total >= threshold))
        return (struct zm_block){NULL, 0};
    cache_bin_t *bin = bin_of(tsd, index);
    bool found;
    void *ptr = cache_bin_alloc_easy(bin, &found);
    if (ZM_UNLIKELY(!found))
        ptr = cache_bin_alloc(bin, &found);
    if (ZM_UNLIKELY(!found))
        return (struct zm_block){NULL, 0};
#ifdef ZM_COUNTED_BY_US
    /* Out of memory once more, or there is no register left for them. */
    ZM_SETTLE_WIDE(total);
    bytes = (size_t)(total - *(volatile uint64_t *)tsd_thread_allocatedp_get(tsd));
#endif
    if (!ptr || bytes > SC_SMALL_MAXCLASS) /* never; that the compiler knows spares comparisons */
        __builtin_unreachable();
    fastpath_success_finish(tsd, total, bin, ptr);
    return (struct zm_block){ptr, bytes};
}

/* Below its page, what lies in slabs is aligned as its class is: see sz_sa2u(). */
static inline struct zm_block aligned_hot(size_t align, size_t size, bool raise)
{
    if (ZM_UNLIKELY(align >= PAGE))
        return (struct zm_block){NULL, 0};
    return alloc_hot(zm_multiple_of(align, size), raise);
}

static inline bool release_class(tsd_t *tsd, void *ptr, szind_t index, size_t bytes)
{
    uint64_t total, threshold;
    te_free_fastpath_ctx(tsd, &total, &threshold);
    total += bytes;
    if (ZM_UNLIKELY(total >= threshold || !cache_bin_dalloc_easy(bin_of(tsd, index), ptr)))
        return false;
    *tsd_thread_deallocatedp_get(tsd) = total;
    return true;
}

/* Builds that check more than the standard ones leave it all to jemalloc's functions. */
static const bool checks = config_uaf_detection || config_opt_size_checks;

/* A lookup by address tells whose a block is (find_any). The map has an entry for each page of each
 * slab, which says that it is one, and other entries don't: those of pages that jemalloc never had
 * are 0, and before it gives pages back to the system it takes theirs out (extent_deregister).
 * Those of slabs that are no more but still jemalloc's may stay, but nobody else's block lies
 * there. What the thread remembers of the map (rtree_ctx) is where its leaves are, which stay where
 * they are for good, and not what was in them; of a thread that jemalloc does not know it is no
 * leaf at all. */

static inline struct zm_found find(const void *ptr)
{
    tsd_t *tsd = own_state();
    emap_alloc_ctx_t found;
    if (checks || is_missing(tsd) ||
        ZM_UNLIKELY(emap_alloc_ctx_try_lookup_fast(tsd, &arena_emap_global, ptr, &found) ||
                    !found.slab))
        return (struct zm_found){NULL, 0};
    size_t bytes = sz_index2size_lookup_impl(found.szind);
    if (bytes == 0) /* never: it spares the caller a comparison */
        __builtin_unreachable();
    return (struct zm_found){(void *)(uintptr_t)found.szind, bytes};
}

#ifdef ZM_COUNTED_BY_US

static inline void release_found(void *ptr, struct zm_found found)
{
    tsd_t *tsd = own_state();
    szind_t index = (szind_t)(uintptr_t)found.where;
    if (is_missing(tsd) || ZM_UNLIKELY(!release_class(tsd, ptr, index, found.usable)))
        je_free(ptr);
}

#else

static inline bool release_hot(void *ptr)
{
    tsd_t *tsd = own_state();
    emap_alloc_ctx_t found;
    if (checks || is_missing(tsd) ||
        ZM_UNLIKELY(emap_alloc_ctx_try_lookup_fast(tsd, &arena_emap_global, ptr, &found) ||
                    !found.slab))
        return false;
    return release_class(tsd, ptr, found.szind, sz_index2size_lookup_impl(found.szind));
}

static inline bool take_found(void *ptr, struct zm_found found)
{
    return release_class(own_state(), ptr, (szind_t)(uintptr_t)found.where, found.usable);
}

/* Blocks that the profiler has sampled do not have the class of their size; they start a page,
 * by which they are known. Where the size is of no use a plain free is faster than jemalloc's
 * sized one. */
static inline bool release_sized_hot(void *ptr, size_t size, bool raise)
{
    tsd_t *tsd = own_state();
    if (checks || is_missing(tsd) || ZM_UNLIKELY(size > SC_SMALL_MAXCLASS) ||
        ZM_UNLIKELY(config_prof ? prof_sample_aligned(ptr) : !ptr))
        return release_hot(ptr);
    szind_t index = index_of(size, raise);
    return release_class(tsd, ptr, index, sz_index2size_lookup_impl(index));
}

#endif

/* ---- the rest ---- */

/* ZMALLOC_JEMALLOC_CONF's, if the program has one. */
#ifdef __ELF__
extern const char zmalloc_jemalloc_conf[] __attribute__((weak, visibility("default")));
#    define CONF zmalloc_jemalloc_conf
#else
#    define CONF NULL
#endif

/* jemalloc starts at its first allocation. */
static int init(void)
{
    je_malloc_conf = CONF;
#ifdef ZM_COUNTED_BY_US
    /* Stronger than what users say elsewhere: the peak depends on it (alloc_pauses). */
    static_assert(ZMALLOC_PEAK_SLACK == 65536, "as below");
    je_malloc_conf_2_conf_harder = "tcache_gc_incr_bytes:65536";
#endif
    fill_indices();
    prepare_slots();
    return 0;
}

#ifndef ZM_COUNTED_BY_US
/* What mallctl("thread.allocatedp") tells, without setting up all that mallctl needs. */
static void totals(const uint64_t **allocated, const uint64_t **freed)
{
    tsd_t *tsd = tsd_fetch();
    *allocated = tsd_thread_allocatedp_get(tsd);
    *freed = tsd_thread_deallocatedp_get(tsd);
}
#endif

static inline size_t usable(const void *ptr)
{
    return je_sallocx(ptr, 0);
}

/* For who really wants it: as free_fastpath looks a class up. */
static inline size_t usable_hot(const void *ptr)
{
    size_t bytes = find(ptr).usable;
    return ZM_LIKELY(bytes) ? bytes : usable(ptr);
}

/* Where we count, the size is wanted; where jemalloc does, the compiler is to drop the call. */
#ifdef ZM_COUNTED_BY_US
#    define usable_to_count usable_hot
#else
#    define usable_to_count usable
#endif

static inline struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, ZM_LIKELY(ptr) ? usable_to_count(ptr) : 0};
}

static inline struct zm_block alloc(size_t size)
{
    keep_state();
    return block(malloc_default(size));
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return block(je_calloc(1, size));
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    return block(je_aligned_alloc(align, size));
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable_to_count(ptr);
    return block(je_realloc(ptr, size));
}

static inline size_t release(void *ptr)
{
    keep_state();
    size_t old = usable_to_count(ptr);
    je_free(ptr);
    return old;
}

static inline size_t release_sized(void *ptr, size_t size)
{
    size_t old = je_nallocx(size, 0);
    je_sdallocx(ptr, size, 0);
    return old;
}

#ifdef ZM_PAGES_NOTED
extern ZM_HIDDEN bool (*je_note_pages)(void *start, size_t bytes, bool got);
#    define NOTE_PAGES &je_note_pages
#else
#    define NOTE_PAGES NULL
#endif

#ifdef ZM_COUNTED_BY_US
#    define NATIVE 0
#else
#    define NATIVE ZMALLOC_CAP_NATIVE_TOTALS
#endif

static const struct zm_ops ops = {
    .name = ZM_MODULE_NAME,
    .caps = ZMALLOC_CAP_USABLE | ZMALLOC_CAP_SIZED_FREE |
            (WORD_ALIGNED ? ZMALLOC_CAP_WORD_ALIGNED : 0) | NATIVE,
    .min_size = MIN_SIZE,
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable_hot,
    .release = release,
    .release_sized = release_sized,
    .alloc_hot = alloc_hot,
    .alloc_passes = PASSES,
    .alloc_pauses = PASSES, /* for the event of its cache's collection, tcache_gc_incr_bytes */
    .aligned_hot = aligned_hot,
    .find_passes = PASSES,
    .find = find,
    .find_any = find,
#ifdef ZM_COUNTED_BY_US
    .release_found = release_found,
#else
    .take_found = take_found,
    .release_hot = release_hot,
    .release_sized_hot = release_sized_hot,
    .totals = totals,
#endif
    .note_pages = NOTE_PAGES,
    .control = &ZM_MODULE_SYMBOL(control),
};

#define COUNTED ZM_MODULE_SYMBOL(counted_backend)
#ifdef ZM_COUNTED_BY_US
#    define ZM_BACKEND COUNTED
#else
extern const struct zm_backend COUNTED;
#    define ZM_BACKEND_COUNTED &COUNTED
#endif

#define ZM_OPS ops
#include "backends/front_tmpl.h"
