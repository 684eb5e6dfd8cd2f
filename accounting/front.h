/* The front door, written once: policy, then the op, then the count.
 *
 * ZM_BACKEND(name, ops), at the end of a module, makes the module's own copy of these functions.
 * Its ops table is a constant there, so every op is inlined, and the exported zmalloc is one jump
 * to a function that calls nothing but the allocator.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_FRONT_H
#define ZM_ACCOUNTING_FRONT_H

#include <stdbool.h>

#include "backends/backend.h"
#include "counters.h"
#include "failure.h"

/* The public functions of one backend: F(type, name, parameters, arguments), V for those that
 * return nothing. The z* ones call the OOM handler; all others return NULL with ENOMEM. */
#define ZM_FRONT_FUNCTIONS(F, V)                                                           \
    F(void *, zmalloc, (size_t size), (size))                                              \
    F(void *, ztrymalloc, (size_t size), (size))                                           \
    F(void *, zcalloc, (size_t size), (size))                                              \
    F(void *, zrealloc, (void *ptr, size_t size), (ptr, size))                             \
    V(zfree, (void *ptr), (ptr))                                                           \
    V(zfree_with_size, (void *ptr, size_t size), (ptr, size))                              \
    /* for libc's names: the allocator's own smallest sizes */                             \
    F(void *, malloc, (size_t size), (size))                                               \
    F(void *, calloc, (size_t num, size_t size), (num, size))                              \
    F(void *, realloc, (void *ptr, size_t size), (ptr, size))                              \
    F(void *, memalign, (size_t align, size_t size), (align, size))                        \
    V(free_sized, (void *ptr, size_t size), (ptr, size))                                   \
    /* with the usable size; resize: size > 0, and ptr may be NULL in all that take one */ \
    F(struct zm_block, alloc, (size_t size), (size))                                       \
    F(struct zm_block, alloc_zeroed, (size_t size), (size))                                \
    F(struct zm_block, alloc_aligned, (size_t align, size_t size), (align, size))          \
    F(struct zm_block, resize, (void *ptr, size_t size), (ptr, size))                      \
    F(size_t, release, (void *ptr), (ptr))                                                 \
    F(size_t, usable, (const void *ptr), (ptr))

#define ZM_FIELD(type, name, parameters, arguments) type(*name) parameters;
#define ZM_FIELD_VOID(name, parameters, arguments)  void(*name) parameters;
struct zm_front {
    ZM_FRONT_FUNCTIONS(ZM_FIELD, ZM_FIELD_VOID)
};

#ifdef ZM_FIXED_BACKEND
/* One backend, fixed when the library was built: its functions are called by name. No table can
 * make the choice (which starts the allocator), so the first call of every thread does. */
#    define ZM_FRONT(function) zm_fixed_##function
#    define ZM_FRONT_LINKAGE
#    define ZM_PROTOTYPE(type, name, parameters, arguments) type ZM_FRONT(name) parameters;
#    define ZM_PROTOTYPE_VOID(name, parameters, arguments)  void ZM_FRONT(name) parameters;
ZM_FRONT_FUNCTIONS(ZM_PROTOTYPE, ZM_PROTOTYPE_VOID)
void zm_choose(void);
ZM_INLINE void zm_enter(void)
{
    if (ZM_UNLIKELY(zm_me->next_allocated == 0))
        zm_choose();
}
#else
#    define ZM_FRONT(function) front_##function
#    define ZM_FRONT_LINKAGE   static
ZM_INLINE void zm_enter(void)
{
}
#endif

ZM_INLINE void *zm_count_alloc(const struct zm_ops *ops, void *ptr, size_t usable)
{
    struct zm_slot *me = zm_me;
    uint64_t total = ops->totals
                         ? me->base_allocated + *me->native_allocated
                         : atomic_load_explicit(&me->allocated, memory_order_relaxed) + usable;
    if (ZM_UNLIKELY(total >= me->next_allocated))
        return zm_count_alloc_slow(ptr, ops->totals ? 0 : usable);
    atomic_store_explicit(&me->allocated, total, memory_order_relaxed);
    ZM_COUNT_ONE(me->allocs, memory_order_relaxed);
    return ptr;
}

/* Release order: whoever reads this total and then the allocated ones sees the allocation of every
 * block that it counts as freed, so used memory is never negative. */
ZM_INLINE void zm_count_free(const struct zm_ops *ops, size_t usable)
{
    struct zm_slot *me = zm_me;
    uint64_t total = ops->totals ? me->base_freed + *me->native_freed
                                 : atomic_load_explicit(&me->freed, memory_order_relaxed) + usable;
    if (ZM_UNLIKELY(total >= me->next_freed)) {
        zm_count_free_slow(ops->totals ? 0 : usable);
        return;
    }
    atomic_store_explicit(&me->freed, total, memory_order_release);
    ZM_COUNT_ONE(me->frees, memory_order_release);
}

ZM_INLINE size_t zm_raise(const struct zm_ops *ops, size_t size)
{
    return size < ops->min_size ? ops->min_size : size;
}

/* `raise`: whether requests below min_size are raised; a constant in every call. */

ZM_INLINE struct zm_block zm_front_alloc(const struct zm_ops *ops, size_t size, bool raise)
{
    zm_enter();
    struct zm_block b = ops->alloc(raise ? zm_raise(ops, size) : size);
    if (ZM_LIKELY(b.ptr))
        b.ptr = zm_count_alloc(ops, b.ptr, b.usable);
    return b;
}

ZM_INLINE struct zm_block zm_front_zeroed(const struct zm_ops *ops, size_t size, bool raise)
{
    zm_enter();
    struct zm_block b = ops->alloc_zeroed(raise ? zm_raise(ops, size) : size);
    if (ZM_LIKELY(b.ptr))
        b.ptr = zm_count_alloc(ops, b.ptr, b.usable);
    return b;
}

ZM_INLINE struct zm_block zm_front_aligned(const struct zm_ops *ops, size_t align, size_t size)
{
    zm_enter();
    struct zm_block b = ops->alloc_aligned(align, size);
    if (ZM_LIKELY(b.ptr))
        b.ptr = zm_count_alloc(ops, b.ptr, b.usable);
    return b;
}

ZM_INLINE size_t zm_front_free(const struct zm_ops *ops, void *ptr)
{
    if (ZM_UNLIKELY(!ptr))
        return 0;
    size_t usable = ops->usable(ptr);
    if (ops->totals) { /* the allocator has counted when it returns */
        ops->release(ptr, usable);
        zm_count_free(ops, usable);
    } else { /* ends in a jump to the allocator */
        zm_count_free(ops, usable);
        ops->release(ptr, usable);
    }
    return usable;
}

ZM_INLINE void zm_front_free_sized(const struct zm_ops *ops, void *ptr, size_t size, bool raise)
{
    if (ZM_UNLIKELY(!ptr))
        return;
    zm_count_free(ops, ops->release_sized(ptr, raise ? zm_raise(ops, size) : size));
}

ZM_INLINE struct zm_block zm_front_resize(const struct zm_ops *ops, void *ptr, size_t size,
                                          bool raise)
{
    if (!ptr)
        return zm_front_alloc(ops, size, raise);
    size_t old = 0;
    struct zm_block b = ops->resize(ptr, raise ? zm_raise(ops, size) : size, &old);
    if (ZM_LIKELY(b.ptr)) {
        b.ptr = zm_count_alloc(ops, b.ptr, b.usable);
        zm_count_free(ops, old);
    }
    return b;
}

ZM_INLINE struct zm_block zm_block_or_enomem(struct zm_block b)
{
    if (ZM_UNLIKELY(!b.ptr))
        zm_enomem();
    return b;
}

#define ZM_OR(ptr, failure)                                  \
    do {                                                     \
        void *zm_or_ptr = (ptr);                             \
        return ZM_LIKELY(zm_or_ptr) ? zm_or_ptr : (failure); \
    } while (0)

#define ZM_INIT(type, name, parameters, arguments) .name = ZM_FRONT(name),
#define ZM_INIT_VOID(name, parameters, arguments)  .name = ZM_FRONT(name),

#define ZM_BACKEND(NAME, OPS)                                                           \
    ZM_FRONT_LINKAGE void *ZM_FRONT(zmalloc)(size_t size)                               \
    {                                                                                   \
        ZM_OR(zm_front_alloc(&OPS, size, true).ptr, zm_oom(size));                      \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(ztrymalloc)(size_t size)                            \
    {                                                                                   \
        ZM_OR(zm_front_alloc(&OPS, size, true).ptr, zm_enomem());                       \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(zcalloc)(size_t size)                               \
    {                                                                                   \
        ZM_OR(zm_front_zeroed(&OPS, size, true).ptr, zm_oom(size));                     \
    }                                                                                   \
    ZM_FRONT_LINKAGE void ZM_FRONT(zfree)(void *ptr)                                    \
    {                                                                                   \
        zm_front_free(&OPS, ptr);                                                       \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(zrealloc)(void *ptr, size_t size)                   \
    {                                                                                   \
        if (ZM_UNLIKELY(ptr && size == 0)) {                                            \
            ZM_FRONT(zfree)(ptr);                                                       \
            return NULL;                                                                \
        }                                                                               \
        ZM_OR(zm_front_resize(&OPS, ptr, size, true).ptr, zm_oom(size));                \
    }                                                                                   \
    ZM_FRONT_LINKAGE void ZM_FRONT(zfree_with_size)(void *ptr, size_t size)             \
    {                                                                                   \
        zm_front_free_sized(&OPS, ptr, size, true);                                     \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(malloc)(size_t size)                                \
    {                                                                                   \
        ZM_OR(zm_front_alloc(&OPS, size, false).ptr, zm_enomem());                      \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(calloc)(size_t num, size_t size)                    \
    {                                                                                   \
        size_t bytes;                                                                   \
        if (ZM_UNLIKELY(__builtin_mul_overflow(num, size, &bytes)))                     \
            return zm_enomem();                                                         \
        ZM_OR(zm_front_zeroed(&OPS, bytes, false).ptr, zm_enomem());                    \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(realloc)(void *ptr, size_t size)                    \
    {                                                                                   \
        if (ZM_UNLIKELY(ptr && size == 0)) {                                            \
            ZM_FRONT(zfree)(ptr);                                                       \
            return NULL;                                                                \
        }                                                                               \
        ZM_OR(zm_front_resize(&OPS, ptr, size, false).ptr, zm_enomem());                \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(memalign)(size_t align, size_t size)                \
    {                                                                                   \
        ZM_OR(zm_front_aligned(&OPS, align, size).ptr, zm_enomem());                    \
    }                                                                                   \
    ZM_FRONT_LINKAGE void ZM_FRONT(free_sized)(void *ptr, size_t size)                  \
    {                                                                                   \
        zm_front_free_sized(&OPS, ptr, size, false);                                    \
    }                                                                                   \
    ZM_FRONT_LINKAGE struct zm_block ZM_FRONT(alloc)(size_t size)                       \
    {                                                                                   \
        return zm_block_or_enomem(zm_front_alloc(&OPS, size, true));                    \
    }                                                                                   \
    ZM_FRONT_LINKAGE struct zm_block ZM_FRONT(alloc_zeroed)(size_t size)                \
    {                                                                                   \
        return zm_block_or_enomem(zm_front_zeroed(&OPS, size, true));                   \
    }                                                                                   \
    ZM_FRONT_LINKAGE struct zm_block ZM_FRONT(alloc_aligned)(size_t align, size_t size) \
    {                                                                                   \
        return zm_block_or_enomem(zm_front_aligned(&OPS, align, zm_raise(&OPS, size))); \
    }                                                                                   \
    ZM_FRONT_LINKAGE struct zm_block ZM_FRONT(resize)(void *ptr, size_t size)           \
    {                                                                                   \
        return zm_block_or_enomem(zm_front_resize(&OPS, ptr, size, true));              \
    }                                                                                   \
    ZM_FRONT_LINKAGE size_t ZM_FRONT(usable)(const void *ptr)                           \
    {                                                                                   \
        return ptr ? OPS.usable(ptr) : 0;                                               \
    }                                                                                   \
    ZM_FRONT_LINKAGE size_t ZM_FRONT(release)(void *ptr)                                \
    {                                                                                   \
        return zm_front_free(&OPS, ptr);                                                \
    }                                                                                   \
    static const struct zm_front front = {ZM_FRONT_FUNCTIONS(ZM_INIT, ZM_INIT_VOID)};   \
    const struct zm_backend zm_backend_##NAME = {.ops = &OPS, .front = &front}

#endif
