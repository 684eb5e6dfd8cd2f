/* The front door, written once: policy, then the op, then the count.
 *
 * ZM_BACKEND(name, ops), at the end of a module, makes the module's own copy of these functions.
 * Its ops table is a constant there, so every op is inlined, and the exported zmalloc is one jump
 * to a function that calls nothing but the allocator.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_FRONT_TMPL_H
#define ZM_BACKENDS_FRONT_TMPL_H

#include <stdbool.h>

#include "accounting/counters.h"
#include "backend.h"
#include "base/failure.h"

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
/* In these, names are pasted where they come in: under -Dsymbol_prefix= zmalloc is a macro.
 *
 * One backend, fixed when the library was built: its functions are called by name. No table can
 * make the choice (which starts the allocator), so the first call of every thread does. */
#    define ZM_FRONT(function) zm_fixed_##function
#    define ZM_FRONT_LINKAGE
#    define ZM_ENTRY(type, name, parameters, arguments)     zm_fixed_##name,
#    define ZM_ENTRY_VOID(name, parameters, arguments)      zm_fixed_##name,
#    define ZM_PROTOTYPE(type, name, parameters, arguments) type zm_fixed_##name parameters;
#    define ZM_PROTOTYPE_VOID(name, parameters, arguments)  void zm_fixed_##name parameters;
ZMALLOC_BEGIN
ZM_FRONT_FUNCTIONS(ZM_PROTOTYPE, ZM_PROTOTYPE_VOID)
void zm_choose(void);
ZMALLOC_END
ZM_INLINE void zm_enter(void)
{
    if (ZM_UNLIKELY(zm_me->look_at == 0))
        zm_choose();
}
#else
#    define ZM_FRONT(function)                          front_##function
#    define ZM_FRONT_LINKAGE                            static
#    define ZM_ENTRY(type, name, parameters, arguments) front_##name,
#    define ZM_ENTRY_VOID(name, parameters, arguments)  front_##name,
ZM_INLINE void zm_enter(void)
{
}
#endif

/* The two ways of counting one call. Ours: */

ZM_INLINE void *zm_count_alloc(void *ptr, size_t usable)
{
    struct zm_slot *me = zm_me;
    uint64_t total = ZM_LOAD(me->allocated) + usable;
    if (ZM_UNLIKELY(total >= me->look_at))
        return zm_count_alloc_slow(ptr, usable);
    ZM_STORE(me->allocated, total);
    ZM_ADD(me->allocs, 1);
    return ptr;
}

ZM_INLINE void zm_count_free(size_t usable)
{
    struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(me->look_at == 0)) {
        zm_count_free_slow(usable);
        return;
    }
    ZM_ADD(me->frees, 1);
    ZM_ADD(me->freed, usable);
}

/* Nothing counted and false: not here. */
ZM_INLINE bool zm_count_free_hot(size_t usable)
{
    struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(!usable || me->look_at == 0))
        return false;
    ZM_ADD(me->frees, 1);
    ZM_ADD(me->freed, usable);
    return true;
}

/* The allocator's, which has counted the bytes when the op returns: */

ZM_INLINE void zm_count_native(uint64_t allocs, uint64_t frees)
{
    struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(me->look_at == 0 ||
                    me->base_allocated + *me->native_allocated >= me->look_at)) {
        zm_count_native_slow(allocs, frees);
        return;
    }
    if (allocs)
        ZM_ADD(me->allocs, allocs);
    if (frees)
        ZM_ADD(me->frees, frees);
}

ZM_INLINE size_t zm_raise(const struct zm_ops *ops, size_t size)
{
    return size < ops->min_size ? ops->min_size : size;
}

/* `raise`: whether requests below min_size are raised; a constant in every call. */

/* Counts a new block, if it is one. */
ZM_INLINE struct zm_block zm_counted(const struct zm_ops *ops, struct zm_block b)
{
    if (ZM_UNLIKELY(!b.ptr))
        return b;
    if (ops->totals)
        zm_count_native(1, 0);
    else
        b.ptr = zm_count_alloc(b.ptr, b.usable);
    return b;
}

ZM_INLINE struct zm_block zm_front_alloc(const struct zm_ops *ops, size_t size, bool raise)
{
    zm_enter();
    return zm_counted(ops, ops->alloc(raise ? zm_raise(ops, size) : size));
}

/* The whole of a malloc that goes well, without a call; ptr NULL: call zm_front_alloc. usable may
 * be ZM_ASK. */
ZM_INLINE struct zm_block zm_front_hot(const struct zm_ops *ops, size_t size, bool raise)
{
    if (!ops->alloc_hot)
        return (struct zm_block){NULL, 0};
    struct zm_block b = ops->alloc_hot(size, raise);
    if (ZM_UNLIKELY(!b.ptr))
        return b;
    if (!ops->totals)
        b.ptr = zm_count_alloc(b.ptr, b.usable);
    else
        ZM_ADD(zm_me->allocs, 1); /* a thread's first call was not this hot */
    return b;
}

ZM_INLINE struct zm_block zm_front_zeroed(const struct zm_ops *ops, size_t size, bool raise)
{
    zm_enter();
    return zm_counted(ops, ops->alloc_zeroed(raise ? zm_raise(ops, size) : size));
}

ZM_INLINE struct zm_block zm_front_aligned(const struct zm_ops *ops, size_t align, size_t size)
{
    zm_enter();
    return zm_counted(ops, ops->alloc_aligned(align, size));
}

/* ptr is not NULL. */
ZM_INLINE size_t zm_front_free(const struct zm_ops *ops, void *ptr)
{
    size_t usable = ops->release(ptr);
    if (ops->totals)
        zm_count_native(0, 1);
    else
        zm_count_free(usable);
    return usable;
}

ZM_INLINE bool zm_front_free_found(const struct zm_ops *ops, void *ptr, struct zm_found found)
{
    if (!zm_count_free_hot(found.usable))
        return false;
    ops->release_found(ptr, found);
    return true;
}

/* The whole of a free that goes well, ending in a jump if it calls; false: nothing was done, call
 * zm_front_free unless ptr is NULL. */
ZM_INLINE bool zm_front_free_hot(const struct zm_ops *ops, void *ptr)
{
    if (!ops->totals)
        return ops->find && zm_front_free_found(ops, ptr, ops->find(ptr));
    struct zm_slot *me = zm_me;
    if (!ops->release_hot || ZM_UNLIKELY(me->look_at == 0 || !ops->release_hot(ptr)))
        return false;
    ZM_ADD(me->frees, 1);
    return true;
}

/* ptr is not NULL. */
ZM_INLINE void zm_front_free_sized(const struct zm_ops *ops, void *ptr, size_t size, bool raise)
{
    size_t usable = ops->release_sized(ptr, raise ? zm_raise(ops, size) : size);
    if (ops->totals)
        zm_count_native(0, 1);
    else
        zm_count_free(usable);
}

/* As zm_front_free_hot, which it is where the size is of no use. */
ZM_INLINE bool zm_front_free_sized_hot(const struct zm_ops *ops, void *ptr, size_t size, bool raise)
{
    if (!(ops->totals ? ops->release_sized_hot != NULL : ops->find_sized != NULL))
        return zm_front_free_hot(ops, ptr);
    if (!ops->totals)
        return zm_front_free_found(ops, ptr, ops->find_sized(ptr, size, raise));
    struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(me->look_at == 0 || !ops->release_sized_hot(ptr, size, raise)))
        return false;
    ZM_ADD(me->frees, 1);
    return true;
}

ZM_INLINE struct zm_block zm_front_resize(const struct zm_ops *ops, void *ptr, size_t size,
                                          bool raise)
{
    if (!ptr)
        return zm_front_alloc(ops, size, raise);
    size_t old = 0;
    struct zm_block b = ops->resize(ptr, raise ? zm_raise(ops, size) : size, &old);
    if (ZM_UNLIKELY(!b.ptr))
        return b;
    if (ops->totals) {
        zm_count_native(1, 1);
        return b;
    }
    zm_count_free(old);
    return zm_counted(ops, b);
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

#define ZM_BACKEND(NAME, OPS)                                                           \
    static ZM_NOINLINE void *slow_zmalloc(size_t size)                                  \
    {                                                                                   \
        ZM_OR(zm_front_alloc(&OPS, size, true).ptr, zm_oom(size));                      \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(zmalloc)(size_t size)                               \
    {                                                                                   \
        if (!OPS.alloc_hot)                                                             \
            ZM_OR(zm_front_alloc(&OPS, size, true).ptr, zm_oom(size));                  \
        ZM_OR(zm_front_hot(&OPS, size, true).ptr, slow_zmalloc(size));                  \
    }                                                                                   \
    static ZM_NOINLINE void *slow_ztrymalloc(size_t size)                               \
    {                                                                                   \
        ZM_OR(zm_front_alloc(&OPS, size, true).ptr, zm_enomem());                       \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(ztrymalloc)(size_t size)                            \
    {                                                                                   \
        if (!OPS.alloc_hot)                                                             \
            ZM_OR(zm_front_alloc(&OPS, size, true).ptr, zm_enomem());                   \
        ZM_OR(zm_front_hot(&OPS, size, true).ptr, slow_ztrymalloc(size));               \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(zcalloc)(size_t size)                               \
    {                                                                                   \
        ZM_OR(zm_front_zeroed(&OPS, size, true).ptr, zm_oom(size));                     \
    }                                                                                   \
    static ZM_NOINLINE void slow_zfree(void *ptr)                                       \
    {                                                                                   \
        if (ptr)                                                                        \
            zm_front_free(&OPS, ptr);                                                   \
    }                                                                                   \
    ZM_FRONT_LINKAGE void ZM_FRONT(zfree)(void *ptr)                                    \
    {                                                                                   \
        if (!zm_front_free_hot(&OPS, ptr))                                              \
            slow_zfree(ptr);                                                            \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(zrealloc)(void *ptr, size_t size)                   \
    {                                                                                   \
        if (ZM_UNLIKELY(ptr && size == 0)) {                                            \
            ZM_FRONT(zfree)(ptr);                                                       \
            return NULL;                                                                \
        }                                                                               \
        ZM_OR(zm_front_resize(&OPS, ptr, size, true).ptr, zm_oom(size));                \
    }                                                                                   \
    static ZM_NOINLINE void slow_zfree_with_size(void *ptr, size_t size)                \
    {                                                                                   \
        if (ptr)                                                                        \
            zm_front_free_sized(&OPS, ptr, size, true);                                 \
    }                                                                                   \
    ZM_FRONT_LINKAGE void ZM_FRONT(zfree_with_size)(void *ptr, size_t size)             \
    {                                                                                   \
        if (!zm_front_free_sized_hot(&OPS, ptr, size, true))                            \
            slow_zfree_with_size(ptr, size);                                            \
    }                                                                                   \
    static ZM_NOINLINE void *slow_malloc(size_t size)                                   \
    {                                                                                   \
        ZM_OR(zm_front_alloc(&OPS, size, false).ptr, zm_enomem());                      \
    }                                                                                   \
    ZM_FRONT_LINKAGE void *ZM_FRONT(malloc)(size_t size)                                \
    {                                                                                   \
        if (!OPS.alloc_hot)                                                             \
            ZM_OR(zm_front_alloc(&OPS, size, false).ptr, zm_enomem());                  \
        ZM_OR(zm_front_hot(&OPS, size, false).ptr, slow_malloc(size));                  \
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
    static ZM_NOINLINE void slow_free_sized(void *ptr, size_t size)                     \
    {                                                                                   \
        if (ptr)                                                                        \
            zm_front_free_sized(&OPS, ptr, size, false);                                \
    }                                                                                   \
    ZM_FRONT_LINKAGE void ZM_FRONT(free_sized)(void *ptr, size_t size)                  \
    {                                                                                   \
        if (!zm_front_free_sized_hot(&OPS, ptr, size, false))                           \
            slow_free_sized(ptr, size);                                                 \
    }                                                                                   \
    static ZM_NOINLINE struct zm_block slow_alloc(size_t size)                          \
    {                                                                                   \
        return zm_block_or_enomem(zm_front_alloc(&OPS, size, true));                    \
    }                                                                                   \
    ZM_FRONT_LINKAGE struct zm_block ZM_FRONT(alloc)(size_t size)                       \
    {                                                                                   \
        struct zm_block b = zm_front_hot(&OPS, size, true);                             \
        if (ZM_UNLIKELY(!b.ptr))                                                        \
            return slow_alloc(size);                                                    \
        if (ZM_UNLIKELY(b.usable == ZM_ASK))                                            \
            b.usable = OPS.usable(b.ptr);                                               \
        return b;                                                                       \
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
        return ptr ? zm_front_free(&OPS, ptr) : 0;                                      \
    }                                                                                   \
    static const struct zm_front front = {ZM_FRONT_FUNCTIONS(ZM_ENTRY, ZM_ENTRY_VOID)}; \
    ZMALLOC_BEGIN extern const struct zm_backend zm_backend_##NAME;                     \
    ZMALLOC_END const struct zm_backend zm_backend_##NAME = {&OPS, &front}

#endif
