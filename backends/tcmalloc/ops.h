/* What the two tcmallocs have in common. TC(name) is the allocator's function, HOT(name) an inline
 * one that our port adds, ZM_MODULE_NAME the allocator's name. Compiled as the allocator's own
 * sources are.
 *
 * Up to SIZED_MAX a block always has the class of the size last asked for: resize sees to it, since
 * the allocator's own realloc would keep a larger block. So a size tells the class, at allocation
 * and at sized free. Larger blocks are asked for their size. So are the emergency blocks that are
 * given out while a stack trace is taken: they have no class.
 *
 * SPDX-License-Identifier: BSD-3-Clause */

/* The thread's cache is kept in its slot, where the allocator says when it ends: so it is found
 * with what the account needs anyway, and who has one has a slot, too. Only the two of the build
 * have a place there, not those of users' trees.
 *
 * So what an unwinder allocates while the allocator takes a stack trace, which hides the cache from
 * itself, may come from the cache all the same. It is whole then, and no lock is held; a sample
 * that falls due meanwhile goes the slow way, to the emergency blocks. */
#if defined(ZM_SLOT_CACHE) && defined(GP_WATCHES_CACHES)
#    define GP_NO_CACHE_IS_ZEROS
#    define PASSES true
#else
#    define PASSES false
#endif

#include <hot.h>
#ifdef ZM_PAGES_NOTED
#    include <note_pages.h>
#endif
#include <string.h>

#include "accounting/counters.h"
#include "backends/backend.h"
#include "base/failure.h"
#include "control.h"

#define SIZED_MAX 32768
#define MIN_SIZE  9

static const char *version(void)
{
    return ZM_MODULE_VERSION;
}

#ifdef GP_NO_CACHE_IS_ZEROS
static void forget_cache(void)
{
    zm_counters_forget(ZM_SLOT_CACHE);
}

static inline void prepare_slots(void)
{
    alignas(HOT(ThreadCache)) static char zeros[sizeof(HOT(ThreadCache))];
    zm_counters_no_cache(ZM_SLOT_CACHE, zeros);
    CACHE_ENDS = forget_cache;
}

static inline HOT(ThreadCache) * malloc_cache(void)
{
    return static_cast<HOT(ThreadCache) *>(ZM_OWN(zm_me->caches[ZM_SLOT_CACHE]));
}

static inline HOT(ThreadCache) * free_cache(void)
{
    return malloc_cache();
}

static inline void keep_cache(void)
{
    void *cache = HOT(FreeCache)();
    if (cache)
        zm_counters_keep(ZM_SLOT_CACHE, cache);
}
#else
static inline void prepare_slots(void)
{
}

static inline HOT(ThreadCache) * malloc_cache(void)
{
    return HOT(MallocCache)();
}

static inline HOT(ThreadCache) * free_cache(void)
{
    return HOT(FreeCache)();
}

static inline void keep_cache(void)
{
}
#endif

static int init(void)
{
    int error = TC(init)();
    HOT(Raise)(MIN_SIZE);
    prepare_slots();
    return error;
}

static inline size_t usable(const void *ptr)
{
    return TC(malloc_size)((void *)ptr);
}

/* The usable size that follows from the size asked for; 0: none does. */
static inline size_t usable_by_size(size_t size)
{
    return ZM_LIKELY(size <= SIZED_MAX) ? HOT(ClassSize)(size) : 0;
}

/* What comes from the system for the page heap is noted; what the emergency blocks lie in comes
 * past it. */
#ifdef ZM_PAGES_NOTED
static inline bool is_noted(void *ptr)
{
    if (ZM_LIKELY(!HOT(IsEmergency)(ptr)))
        return true;
    bool (*note)(void *, size_t, bool) = __atomic_load_n(&NOTE_PAGES, __ATOMIC_ACQUIRE);
    return !note || note(ptr, 1, true);
}
#    define WHERE_NOTED &NOTE_PAGES
#else
#    define WHERE_NOTED nullptr

static inline bool is_noted(void *ptr)
{
    (void)ptr;
    return true;
}
#endif

/* The old block is no more. */
static inline struct zm_block resized(void *ptr)
{
    if (ptr && ZM_UNLIKELY(!is_noted(ptr)))
        zm_no_note();
    return {ptr, ptr ? usable(ptr) : 0};
}

static inline struct zm_block block(void *ptr)
{
    if (ptr && ZM_UNLIKELY(!is_noted(ptr))) {
        TC(free)(ptr);
        return {nullptr, 0};
    }
    return {ptr, ptr ? usable(ptr) : 0};
}

static inline struct zm_block fresh(void *ptr, size_t size)
{
    size_t bytes = usable_by_size(size);
    if (ZM_UNLIKELY(!ptr || !bytes || HOT(IsEmergency)(ptr)))
        return block(ptr);
    return {ptr, bytes};
}

static inline struct zm_block alloc_hot(size_t size, bool raise)
{
    size_t bytes = 0;
    void *ptr = HOT(Malloc)(malloc_cache(), size, raise, &bytes);
    return {ptr, bytes};
}

/* Up to its page, 4 KiB at least, it rounds sizes up itself, and no more. */
static inline struct zm_block aligned_hot(size_t align, size_t size, bool raise)
{
    if (ZM_UNLIKELY(align > 4096))
        return {nullptr, 0};
    return alloc_hot(zm_multiple_of(align, size), raise);
}

/* Where half of the addresses are the process's it gives blocks whose ends no ptrdiff_t counts. */
static inline bool is_too_much(size_t size)
{
    return ZM_UNLIKELY(size > PTRDIFF_MAX);
}

static inline struct zm_block alloc(size_t size)
{
    keep_cache(); /* from a thread's second call on: the first one makes cache and slot */
    return fresh(is_too_much(size) ? nullptr : TC(malloc)(size), size);
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return fresh(is_too_much(size) ? nullptr : TC(calloc)(1, size), size);
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    return block(is_too_much(size) ? nullptr : TC(memalign)(align, size));
}

/* This tells whose a block is (find_any). The class of a page is found in a table of whole page
 * numbers, in which none is but those of pages from the page heap; and what that once had it never
 * gives back to the system but by madvise, so that nobody else's block ever lies there. Where the
 * table has room for one of two pages the other is not found, which is no harm. */
static inline struct zm_found find(const void *ptr)
{
    void *list = nullptr;
    size_t bytes = HOT(Find)(free_cache(), ptr, &list);
    return {list, bytes};
}

static inline struct zm_found find_sized(const void *ptr, size_t size, bool raise)
{
    void *list = nullptr;
    size_t bytes = HOT(FindSized)(free_cache(), ptr, size, raise, &list);
    return ZM_LIKELY(bytes) ? zm_found{list, bytes} : find(ptr);
}

static inline void release_found(void *ptr, struct zm_found found)
{
    HOT(Free)(free_cache(), ptr, found.where, found.usable);
}

static inline size_t release(void *ptr)
{
    keep_cache();
    size_t old = usable(ptr);
    TC(free)(ptr);
    return old;
}

static inline size_t release_sized(void *ptr, size_t size)
{
    keep_cache();
    size_t old = usable_by_size(size);
    if (ZM_UNLIKELY(!old))
        old = usable(ptr);
    TC(free_sized)(ptr, old);
    return old;
}

static struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    size_t bytes = usable_by_size(size);
    if (!bytes || HOT(IsEmergency)(ptr))
        return resized(is_too_much(size) ? nullptr : TC(realloc)(ptr, size));
    if (bytes == *old)
        return {ptr, bytes};
    struct zm_block moved = alloc(size);
    if (moved.ptr) {
        memcpy(moved.ptr, ptr, *old < size ? *old : size);
        TC(free_sized)(ptr, *old);
    }
    return moved;
}

static const struct zm_ops ops = {
    .name = ZM_MODULE_NAME,
    .caps = ZMALLOC_CAP_USABLE | ZMALLOC_CAP_SIZED_FREE,
    .min_size = MIN_SIZE, /* for 8 bytes and less it makes blocks of 8 */
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
    .why = nullptr,
    .alloc_hot = alloc_hot,
    .alloc_passes = PASSES,
    .alloc_pauses = false,
    .aligned_hot = aligned_hot,
    .find = find,
    .find_sized = find_sized,
    .find_passes = PASSES,
    .release_found = release_found,
    .find_any = find,
    .release_hot = nullptr,
    .release_sized_hot = nullptr,
    .take_found = nullptr,
    .note_pages = WHERE_NOTED,
    .totals = nullptr,
    .control = &control,
};
