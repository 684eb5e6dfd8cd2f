/* mimalloc: the size of a block stands in the head of its page, which malloc and free have in hand.
 *
 * So where its insides are known (internals.h) the hot paths of both are written here over its
 * internal headers' functions: no size is looked up that was known a moment before. Everything
 * else, and every other version, goes through the public functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "backends/backend.h"
#include "control.h"

enum { MIN_SIZE = 9 }; /* for 8 bytes and less it makes blocks of 8 */

static const char *version(void)
{
    return ZM_MODULE_VERSION;
}

#ifdef ZM_PAGES_NOTED
extern ZM_HIDDEN bool (*mi_note_pages)(void *start, size_t bytes, bool got);
#    define NOTE_PAGES &mi_note_pages
#else
#    define NOTE_PAGES NULL
#endif

#if ZM_MIMALLOC_LINE

#    include "internals.h"

/* own_thread() as the slot has it, at the slot's door: a thread without a slot has no page. */
#    if defined(ZM_THREAD_POINTER) && ((defined(__x86_64__) && defined(__GLIBC__)) || \
                                       (ZM_MIMALLOC_LINE != 20 && MI_USE_BUILTIN_THREAD_POINTER))
#        define PASSES true
static inline uintptr_t thread_at_door(void)
{
    return (uintptr_t)zm_me->thread;
}
#    else
#        define PASSES false
static inline uintptr_t thread_at_door(void)
{
    return own_thread();
}
#    endif

#    if ZM_MIMALLOC_LINE == 30
#        include "hot3.h"
#    else
#        include "hot2.h"
#    endif

enum { WORD = sizeof(void *) };

/* Pages of small blocks are found by size, in words. With words of 64 bits every size above the
 * first word is an even number of them, so that rounding up to 16 bytes raises the smallest sizes
 * and changes no other. */
static inline size_t words_of(size_t size, bool raise)
{
    if (raise && WORD == 8)
        return ((size - 1) / 16 + 1) * (16 / WORD);
    return ((raise && size < MIN_SIZE ? MIN_SIZE : size) + WORD - 1) / WORD;
}

static inline struct zm_block alloc_hot(size_t size, bool raise)
{
    if (ZM_UNLIKELY(raise ? size - 1 >= MI_SMALL_SIZE_MAX : size > MI_SMALL_SIZE_MAX))
        return (struct zm_block){NULL, 0};
    const heap_t *heap = heap_now();
    mi_page_t *page = heap->pages_free_direct[words_of(size, raise)];
    mi_block_t *first = page->free;
    if (ZM_UNLIKELY(!first))
        return (struct zm_block){NULL, 0};
    page->used++;
    page->free = mi_block_next(page, first);
    hand_out(first);
    return (struct zm_block){first, block_bytes(page)};
}

/* Calls what stands behind the allocator's own functions, and so passes on what those would look
 * up again. */
static inline void *alloc_any(size_t size)
{
    struct zm_block hot = alloc_hot(size, false);
    return hot.ptr ? hot.ptr : alloc_generic(heap_now(), size);
}

#    define HOT                                                      \
        .alloc_hot = alloc_hot, .find = find, .find_passes = PASSES, \
        .release_found = release_found, .find_any = FIND_ANY

#else

static inline size_t usable(const void *ptr)
{
    return mi_usable_size(ptr);
}

static inline void *alloc_any(size_t size)
{
    return mi_malloc(size);
}

static inline void release_any(void *ptr)
{
    mi_free(ptr);
}

#    define HOT .alloc_hot = NULL

#endif

/* Where hot3.h has no other way to start it. */
#ifndef FIND_ANY
#    define FIND_ANY NULL

static int start(void)
{
    mi_process_init();
    return 0;
}
#endif

static inline struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, ZM_LIKELY(ptr) ? usable(ptr) : 0};
}

static inline struct zm_block alloc(size_t size)
{
    return block(alloc_any(size));
}

static inline size_t release(void *ptr)
{
    size_t old = usable(ptr);
    release_any(ptr);
    return old;
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return block(mi_zalloc(size));
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    ZM_MODULE_SYMBOL(aligns)(align);
    return block(mi_malloc_aligned_at(size, align, 0));
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    return block(mi_realloc(ptr, size));
}

static inline size_t release_sized(void *ptr, size_t size)
{
    (void)size;
    return release(ptr);
}

static const struct zm_ops ops = {
    .name = ZM_MODULE_NAME,
    .caps = ZMALLOC_CAP_USABLE,
    .min_size = MIN_SIZE,
    .version = version,
    .init = start,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
    .note_pages = NOTE_PAGES,
    .control = &ZM_MODULE_SYMBOL(control),
    HOT,
};

#define ZM_OPS ops
#include "backends/front_tmpl.h"
