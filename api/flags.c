/* Blocks by flags: the allocator's own way where it knows the flag, else made of the plain
 * functions.
 *
 * The allocator is called directly, so only while nothing stands between the exported names and its
 * own front: no early blocks, no limit, no wrap.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <zmalloc.h>
#include <zmalloc/heap.h>

#include "backends/counted.h"
#include "direct.h"
#include "runtime/active.h"
#include "runtime/choice.h"

#define ALIGN_FLAGS  0x3fU
#define KNOWN_FLAGS  (ALIGN_FLAGS | ZMALLOC_ZERO | ZM_TCACHE_FLAGS | ZM_ARENA_FLAGS)
#define DIRECT_FLAGS (ZM_TCACHE_FLAGS | ZM_ARENA_FLAGS)

static const struct zm_block none = {NULL, 0};

const struct zm_control *zm_direct(void)
{
    const struct zm_backend *backend = zm_running();
    bool plain = ZM_ACTIVE(front.alloc) == backend->front->alloc &&
                 ZM_ACTIVE(front.zfree) == backend->front->zfree;
    return plain ? backend->ops->control : NULL;
}

struct zm_block zm_count_direct(struct zm_block block)
{
    return zm_block_or_enomem(zm_counted(zm_running()->ops, block));
}

void zm_count_direct_free(size_t usable)
{
    zm_count_released(zm_running()->ops, usable);
}

/* Whether the flags name a cache that isn't there. Asked of the allocator itself: a cache that was
 * created before a limit was set is still one, if one without effect. */
static bool lacks_tcache(uint32_t flags)
{
    if ((flags & ZM_TCACHE_FLAGS) <= ZMALLOC_NO_TCACHE)
        return false;
    const struct zm_control *control = zm_running()->ops->control;
    return !control || !control->has_tcache || !control->has_tcache(ZM_TCACHE_OF(flags));
}

/* The errno that tells what is wrong with the flags, or 0. */
static int refused(const struct zm_control *control, uint32_t flags)
{
    if (flags & ~KNOWN_FLAGS || (flags & ALIGN_FLAGS) >= sizeof(size_t) * 8 - 1 ||
        lacks_tcache(flags))
        return EINVAL;
    if (!(flags & ZM_ARENA_FLAGS))
        return 0;
    if (!control || !(control->flags & ZM_ARENA_FLAGS))
        return ENOTSUP;
    return control->has_arena(ZM_ARENA_OF(flags)) ? 0 : EINVAL;
}

/* Whether the flags need a call of the allocator itself. */
static bool is_direct(const struct zm_control *control, uint32_t flags)
{
    return control && flags & control->flags & DIRECT_FLAGS;
}

/* What any block is aligned to. */
static size_t plain_align(void)
{
    return zm_running()->ops->caps & ZMALLOC_CAP_WORD_ALIGNED ? 8 : _Alignof(max_align_t);
}

/* What the thread's last direct call found of its flags: the next one, which mostly has the same,
 * need not ask again while nothing has changed. */
static ZM_THREAD_LOCAL struct {
    uint32_t flags, era;
    const struct zm_ops *ops;
} known;

/* Whether flags are known to need a call of the allocator itself and to be in order. */
static inline bool knows(uint32_t flags)
{
    uint32_t era = atomic_load_explicit(&zm_era, memory_order_acquire);
    return ZM_LIKELY(flags == known.flags && era == known.era);
}

static inline struct zm_block alloc_known(size_t size, uint32_t flags)
{
    const struct zm_ops *ops = known.ops;
    int theirs = (int)(flags & ops->control->flags);
    return zm_counted(ops, ops->control->alloc_flags(zm_raise(ops, size), theirs));
}

static struct zm_block alloc_plainly(size_t size, uint32_t flags)
{
    size_t align = (size_t)1 << (flags & ALIGN_FLAGS);
    if (align <= plain_align())
        return flags & ZMALLOC_ZERO ? ZM_CALL(alloc_zeroed)(size) : ZM_CALL(alloc)(size);
    struct zm_block block = ZM_CALL(alloc_aligned)(align, size);
    if (block.ptr && flags & ZMALLOC_ZERO)
        memset(block.ptr, 0, block.usable);
    return block;
}

static ZM_NOINLINE struct zm_block alloc_flags(size_t size, uint32_t flags)
{
    uint32_t era = zm_era; /* of before what is found */
    const struct zm_control *control = zm_direct();
    int error = refused(control, flags);
    if (error) {
        errno = error;
        return none;
    }
    if (!is_direct(control, flags))
        return alloc_plainly(size, flags);
    known.flags = flags;
    known.era = era;
    known.ops = zm_running()->ops;
    return zm_block_or_enomem(alloc_known(size, flags));
}

static struct zm_block resize_directly(const struct zm_ops *ops, void *ptr, size_t size,
                                       uint32_t flags)
{
    const struct zm_control *control = ops->control;
    size_t old = 0;
    struct zm_block block =
        control->resize_flags(ptr, zm_raise(ops, size), (int)(flags & control->flags), &old);
    if (!block.ptr)
        return zm_block_or_enomem(block);
    zm_count_released(ops, old);
    return zm_counted(ops, block);
}

/* The flags are in order, and need no call of the allocator itself where there are heaps. */
static struct zm_block alloc_in(zmalloc_heap *heap, size_t size, uint32_t flags)
{
    size_t align = (size_t)1 << (flags & ALIGN_FLAGS);
    bool plain = align <= plain_align();
    void *ptr = !plain                 ? zmalloc_heap_aligned_alloc(heap, align, size)
                : flags & ZMALLOC_ZERO ? zmalloc_heap_calloc(heap, 1, size)
                                       : zmalloc_heap_malloc(heap, size);
    struct zm_block block = {ptr, ptr ? ZM_CALL(usable)(ptr) : 0};
    if (ptr && !plain && flags & ZMALLOC_ZERO)
        memset(ptr, 0, block.usable);
    return block;
}

static struct zm_block move(void *ptr, size_t size, uint32_t flags)
{
    size_t old = ZM_CALL(usable)(ptr);
    zmalloc_heap *heap = zmalloc_heap_of(ptr);
    struct zm_block moved = heap ? alloc_in(heap, size, flags) : alloc_flags(size, flags);
    if (moved.ptr) {
        memcpy(moved.ptr, ptr, old < size ? old : size);
        zfree_with_flags(ptr, (int)flags);
    }
    return moved;
}

/* ptr is not NULL, size not 0. */
static struct zm_block resize_flags(void *ptr, size_t size, uint32_t flags)
{
    if (knows(flags) && known.ops->control->resize_flags)
        return resize_directly(known.ops, ptr, size, flags);
    const struct zm_control *control = zm_direct();
    int error = refused(control, flags);
    if (error) {
        errno = error;
        return none;
    }
    if (is_direct(control, flags))
        return control->resize_flags ? resize_directly(zm_running()->ops, ptr, size, flags)
                                     : move(ptr, size, flags);
    if (!(flags & (ALIGN_FLAGS | ZMALLOC_ZERO)))
        return ZM_CALL(resize)(ptr, size);
    size_t align = (size_t)1 << (flags & ALIGN_FLAGS), usable = ZM_CALL(usable)(ptr);
    if ((uintptr_t)ptr % align == 0 && size <= usable && size > usable / 2)
        return (struct zm_block){ptr, usable};
    return move(ptr, size, flags);
}

/* ---- the exported names ---- */

/* Of each of them a copy: interpreters allocate by zrealloc_with_flags(NULL, ...). */
ZM_INLINE void *try_flags(size_t size, uint32_t flags)
{
    void *ptr = knows(flags) ? alloc_known(size, flags).ptr : NULL;
    return ZM_LIKELY(ptr) ? ptr : alloc_flags(size, flags).ptr;
}

void *ztrymalloc_with_flags(size_t size, int flags)
{
    return try_flags(size, (uint32_t)flags);
}

void *zmalloc_with_flags(size_t size, int flags)
{
    ZM_OR(try_flags(size, (uint32_t)flags), zm_oom(size));
}

void *ztryrealloc_with_flags(void *ptr, size_t size, int flags)
{
    if (!ptr)
        return try_flags(size, (uint32_t)flags);
    if (size == 0) {
        zfree_with_flags(ptr, flags);
        return NULL;
    }
    return resize_flags(ptr, size, (uint32_t)flags).ptr;
}

void *zrealloc_with_flags(void *ptr, size_t size, int flags)
{
    if (!ptr)
        ZM_OR(try_flags(size, (uint32_t)flags), zm_oom(size));
    void *moved = ztryrealloc_with_flags(ptr, size, flags);
    return moved || size == 0 ? moved : zm_oom(size);
}

void zfree_with_flags(void *ptr, int flags)
{
    if (!ptr)
        return;
    const struct zm_ops *ops = known.ops;
    if (knows((uint32_t)flags) && (uint32_t)flags & ops->control->flags & ZM_TCACHE_FLAGS) {
        int theirs = (int)((uint32_t)flags & ops->control->flags & ZM_TCACHE_FLAGS);
        zm_count_released(ops, ops->control->release_flags(ptr, theirs));
        return;
    }
    const struct zm_control *control = zm_direct();
    uint32_t cache = control ? (uint32_t)flags & control->flags & ZM_TCACHE_FLAGS : 0;
    if (cache && !lacks_tcache(cache))
        zm_count_direct_free(control->release_flags(ptr, (int)cache));
    else
        ZM_CALL(zfree)(ptr);
}

void *zmalloc_no_tcache(size_t size)
{
    return zmalloc_with_flags(size, ZMALLOC_NO_TCACHE);
}

void zfree_no_tcache(void *ptr)
{
    zfree_with_flags(ptr, ZMALLOC_NO_TCACHE);
}
