/* The front of one backend, made from its ops: policy first, then the op, then the count.
 *
 * A module includes this at its end, once, having defined ZM_OPS as its table of ops, which is a
 * constant there: so every op is inlined, and the exported zmalloc is one jump to a function that
 * calls nothing but the allocator. ZM_MODULE, the backend's name, comes from the build, so that one
 * module can be compiled for several versions of its allocator.
 *
 * A function that has a hot half ends with a jump to its slow half, which is a function of its own.
 * So the compiler need not keep any registers over it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "counted.h"
#include "front.h"

#ifdef ZM_FIXED_MODULE
#    define ZM_FRONT(function) zm_fixed_##function
#    define ZM_FRONT_LINKAGE
#    define ZM_FRONT_GIVER
#    define ZM_ENTRY_RESULT(RESULT, name, ...) zm_fixed_##name,
#    define ZM_ENTRY(name, ...)                zm_fixed_##name,
#else
#    define ZM_FRONT(function)                 front_##function
#    define ZM_FRONT_LINKAGE                   static
#    define ZM_FRONT_GIVER                     ZM_INLINE /* into the form that notes, too */
#    define ZM_ENTRY_RESULT(RESULT, name, ...) front_##name,
#    define ZM_ENTRY(name, ...)                front_##name,
#endif

/* Before an op that takes a block the first notes what `usable` says of it; the second asserts that
 * the op says the same, and the third that a size given for the block can be its own. Left out
 * where `ptr` may be no block of ours (ZM_REPORTS_MISUSE): the wraps are there to report that. */
#if defined(NDEBUG) || defined(ZM_REPORTS_MISUSE)
#    define ZM_NOTE_USABLE(ops, ptr) (void)0
#    define ZM_ASSERT_USABLE(bytes)  (void)0
#    define ZM_ASSERT_FITS(size)     (void)0
#else
#    define ZM_NOTE_USABLE(ops, ptr) size_t noted_usable = (ops)->usable(ptr)
#    define ZM_ASSERT_USABLE(bytes)  assert((bytes) == noted_usable)
#    define ZM_ASSERT_FITS(size)     assert((size) <= noted_usable)
#endif

/* A block has room for the size that it was made for, which is none above PTRDIFF_MAX. */
#define ZM_ASSERT_ROOM(b, size) assert(!(b).ptr || ((size) <= (b).usable && (size) <= PTRDIFF_MAX))

/* `raise`: whether requests below min_size are raised; a constant in every call. */

ZM_INLINE struct zm_block zm_front_alloc(const struct zm_ops *ops, size_t size, bool raise)
{
    struct zm_block b = ops->alloc(raise ? zm_raise(ops, size) : size);
    ZM_ASSERT_ROOM(b, size);
    return zm_counted(ops, b);
}

/* A whole malloc, without a call, if all goes well; with `aligned`, a constant, an aligned one. If
 * it returns ptr NULL, zm_front_alloc or zm_front_aligned must be called. */
ZM_INLINE struct zm_block zm_front_either_hot(const struct zm_ops *ops, bool aligned, size_t align,
                                              size_t size, bool raise)
{
    if (aligned ? !ops->aligned_hot || ZM_UNLIKELY(size - 1 >= ZM_ALIGNED_HOT) : !ops->alloc_hot)
        return (struct zm_block){NULL, 0};
    struct zm_slot *me = ops->alloc_passes ? zm_me : NULL; /* or it is loaded twice */
    struct zm_block b =
        aligned ? ops->aligned_hot(align, size, raise) : ops->alloc_hot(size, raise);
    if (ZM_UNLIKELY(!b.ptr))
        return b;
    assert(b.usable == ops->usable(b.ptr));
    ZM_ASSERT_ROOM(b, size);
    assert(!aligned || (uintptr_t)b.ptr % align == 0);
    if (!ops->alloc_passes)
        me = zm_me;
    if (ops->totals)
        zm_count_native_alloc_hot(me);
    else if (ops->alloc_pauses)
        zm_count_alloc_hot(me, b.usable);
    else
        b.ptr = zm_count_alloc_in(me, b.ptr, b.usable);
    return b;
}

ZM_INLINE struct zm_block zm_front_hot(const struct zm_ops *ops, size_t size, bool raise)
{
    return zm_front_either_hot(ops, false, 0, size, raise);
}

ZM_INLINE struct zm_block zm_front_aligned_hot(const struct zm_ops *ops, size_t align, size_t size,
                                               bool raise)
{
    return zm_front_either_hot(ops, true, align, size, raise);
}

ZM_INLINE struct zm_block zm_front_zeroed(const struct zm_ops *ops, size_t size, bool raise)
{
    struct zm_block b = ops->alloc_zeroed(raise ? zm_raise(ops, size) : size);
    ZM_ASSERT_ROOM(b, size);
    return zm_counted(ops, b);
}

ZM_INLINE struct zm_block zm_front_aligned(const struct zm_ops *ops, size_t align, size_t size)
{
    assert(align && !(align & (align - 1)));
    struct zm_block b = ops->alloc_aligned(align, size);
    ZM_ASSERT_ROOM(b, size);
    assert((uintptr_t)b.ptr % align == 0);
    return zm_counted(ops, b);
}

/* ptr is not NULL. */
ZM_INLINE size_t zm_front_free(const struct zm_ops *ops, void *ptr)
{
    ZM_NOTE_USABLE(ops, ptr);
    size_t usable = ops->release(ptr);
    ZM_ASSERT_USABLE(usable);
    zm_count_released(ops, usable);
    return usable;
}

ZM_INLINE bool zm_front_free_found(const struct zm_ops *ops, void *ptr, struct zm_found found)
{
    assert(!found.usable || found.usable == ops->usable(ptr));
    if (!zm_count_free_hot(found.usable, ops->find_passes))
        return false;
    ops->release_found(ptr, found);
    return true;
}

/* Whether a hot half may take a block from the thread whose slot that is, or finds out by itself.
 */
ZM_INLINE bool zm_front_may_take(const struct zm_ops *ops, const struct zm_slot *me)
{
    return ops->find_passes || ZM_LIKELY(me->look_at != 0);
}

/* A whole free if all goes well, ending in a jump if it calls anything. If it returns false nothing
 * was done, and zm_front_free must be called unless ptr is NULL. */
ZM_INLINE bool zm_front_free_hot(const struct zm_ops *ops, void *ptr)
{
    if (!ops->totals)
        return ops->find && zm_front_free_found(ops, ptr, ops->find(ptr));
    struct zm_slot *me = zm_me;
    if (!ops->release_hot || ZM_UNLIKELY(!zm_front_may_take(ops, me) || !ops->release_hot(ptr)))
        return false;
    zm_count_native_free_hot(me);
    return true;
}

/* ptr is not NULL. */
ZM_INLINE void zm_front_free_sized(const struct zm_ops *ops, void *ptr, size_t size, bool raise)
{
    ZM_NOTE_USABLE(ops, ptr);
    ZM_ASSERT_FITS(size);
    size_t usable = ops->release_sized(ptr, raise ? zm_raise(ops, size) : size);
    ZM_ASSERT_USABLE(usable);
    zm_count_released(ops, usable);
}

/* The same with the size, where a module has a use for it. */
ZM_INLINE bool zm_front_free_sized_hot(const struct zm_ops *ops, void *ptr, size_t size, bool raise)
{
    if (!(ops->totals ? ops->release_sized_hot != NULL : ops->find_sized != NULL))
        return zm_front_free_hot(ops, ptr);
    if (!ops->totals)
        return zm_front_free_found(ops, ptr, ops->find_sized(ptr, size, raise));
    struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(!zm_front_may_take(ops, me) || !ops->release_sized_hot(ptr, size, raise)))
        return false;
    zm_count_native_free_hot(me);
    return true;
}

ZM_INLINE struct zm_block zm_front_resize(const struct zm_ops *ops, void *ptr, size_t size,
                                          bool raise)
{
    if (!ptr)
        return zm_front_alloc(ops, size, raise);
    assert(size);
    size_t old = 0;
    ZM_NOTE_USABLE(ops, ptr);
    struct zm_block b = ops->resize(ptr, raise ? zm_raise(ops, size) : size, &old);
    if (ZM_UNLIKELY(!b.ptr)) {
        ZM_ASSERT_USABLE(ops->usable(ptr)); /* a failure leaves the block as it was */
        return b;
    }
    ZM_ASSERT_USABLE(old);
    ZM_ASSERT_ROOM(b, size);
    if (ops->totals) {
        zm_count_native(1, 1);
        return b;
    }
    zm_count_free(old);
    return zm_counted(ops, b);
}

/* ---- the public functions ---- */

static ZM_NOINLINE void *slow_zmalloc(size_t size)
{
    ZM_OR(zm_front_alloc(&ZM_OPS, size, true).ptr, zm_oom(size));
}

ZM_FRONT_GIVER void *ZM_FRONT(zmalloc)(size_t size)
{
    if (!ZM_OPS.alloc_hot)
        ZM_OR(zm_front_alloc(&ZM_OPS, size, true).ptr, zm_oom(size));
    ZM_OR(zm_front_hot(&ZM_OPS, size, true).ptr, slow_zmalloc(size));
}

static ZM_NOINLINE void *slow_ztrymalloc(size_t size)
{
    ZM_OR(zm_front_alloc(&ZM_OPS, size, true).ptr, zm_enomem());
}

ZM_FRONT_GIVER void *ZM_FRONT(ztrymalloc)(size_t size)
{
    if (!ZM_OPS.alloc_hot)
        ZM_OR(zm_front_alloc(&ZM_OPS, size, true).ptr, zm_enomem());
    ZM_OR(zm_front_hot(&ZM_OPS, size, true).ptr, slow_ztrymalloc(size));
}

ZM_FRONT_GIVER void *ZM_FRONT(zcalloc)(size_t size)
{
    ZM_OR(zm_front_zeroed(&ZM_OPS, size, true).ptr, zm_oom(size));
}

static ZM_NOINLINE void slow_zfree(void *ptr)
{
    if (ptr)
        zm_front_free(&ZM_OPS, ptr);
}

ZM_FRONT_LINKAGE void ZM_FRONT(zfree)(void *ptr)
{
    if (!zm_front_free_hot(&ZM_OPS, ptr))
        slow_zfree(ptr);
}

ZM_FRONT_GIVER void *ZM_FRONT(zrealloc)(void *ptr, size_t size)
{
    if (ZM_UNLIKELY(ptr && size == 0)) {
        ZM_FRONT(zfree)(ptr);
        return NULL;
    }
    ZM_OR(zm_front_resize(&ZM_OPS, ptr, size, true).ptr, zm_oom(size));
}

static ZM_NOINLINE void slow_zfree_with_size(void *ptr, size_t size)
{
    if (ptr)
        zm_front_free_sized(&ZM_OPS, ptr, size, true);
}

ZM_FRONT_LINKAGE void ZM_FRONT(zfree_with_size)(void *ptr, size_t size)
{
    if (!zm_front_free_sized_hot(&ZM_OPS, ptr, size, true))
        slow_zfree_with_size(ptr, size);
}

/* ---- for libc's names ---- */

static ZM_NOINLINE void *slow_malloc(size_t size)
{
    ZM_OR(zm_front_alloc(&ZM_OPS, size, false).ptr, zm_enomem());
}

ZM_FRONT_GIVER void *ZM_FRONT(malloc)(size_t size)
{
    if (!ZM_OPS.alloc_hot)
        ZM_OR(zm_front_alloc(&ZM_OPS, size, false).ptr, zm_enomem());
    ZM_OR(zm_front_hot(&ZM_OPS, size, false).ptr, slow_malloc(size));
}

ZM_FRONT_GIVER void *ZM_FRONT(calloc)(size_t num, size_t size)
{
    size_t bytes;
    if (ZM_UNLIKELY(__builtin_mul_overflow(num, size, &bytes)))
        return zm_enomem();
    ZM_OR(zm_front_zeroed(&ZM_OPS, bytes, false).ptr, zm_enomem());
}

ZM_FRONT_GIVER void *ZM_FRONT(realloc)(void *ptr, size_t size)
{
    if (ZM_UNLIKELY(ptr && size == 0)) {
        ZM_FRONT(zfree)(ptr);
        return NULL;
    }
    ZM_OR(zm_front_resize(&ZM_OPS, ptr, size, false).ptr, zm_enomem());
}

static ZM_NOINLINE void *slow_memalign(size_t align, size_t size)
{
    ZM_OR(zm_front_aligned(&ZM_OPS, align, size).ptr, zm_enomem());
}

ZM_FRONT_GIVER void *ZM_FRONT(memalign)(size_t align, size_t size)
{
    ZM_OR(zm_front_aligned_hot(&ZM_OPS, align, size, false).ptr, slow_memalign(align, size));
}

static ZM_NOINLINE void slow_free_sized(void *ptr, size_t size)
{
    if (ptr)
        zm_front_free_sized(&ZM_OPS, ptr, size, false);
}

ZM_FRONT_LINKAGE void ZM_FRONT(free_sized)(void *ptr, size_t size)
{
    if (!zm_front_free_sized_hot(&ZM_OPS, ptr, size, false))
        slow_free_sized(ptr, size);
}

/* ---- with the usable size ---- */

static ZM_NOINLINE struct zm_block slow_alloc(size_t size)
{
    return zm_block_or_enomem(zm_front_alloc(&ZM_OPS, size, true));
}

ZM_FRONT_GIVER struct zm_block ZM_FRONT(alloc)(size_t size)
{
    struct zm_block b = zm_front_hot(&ZM_OPS, size, true);
    return ZM_LIKELY(b.ptr) ? b : slow_alloc(size);
}

static ZM_NOINLINE void *slow_zmalloc_usable(size_t size, size_t *usable)
{
    ZM_OR(zm_tell(zm_front_alloc(&ZM_OPS, size, true), usable), zm_oom(size));
}

ZM_FRONT_GIVER void *ZM_FRONT(zmalloc_usable)(size_t size, size_t *usable)
{
    struct zm_block b = zm_front_hot(&ZM_OPS, size, true);
    return ZM_LIKELY(b.ptr) ? zm_tell(b, usable) : slow_zmalloc_usable(size, usable);
}

static ZM_NOINLINE void *slow_ztrymalloc_usable(size_t size, size_t *usable)
{
    ZM_OR(zm_tell(zm_front_alloc(&ZM_OPS, size, true), usable), zm_enomem());
}

ZM_FRONT_GIVER void *ZM_FRONT(ztrymalloc_usable)(size_t size, size_t *usable)
{
    struct zm_block b = zm_front_hot(&ZM_OPS, size, true);
    return ZM_LIKELY(b.ptr) ? zm_tell(b, usable) : slow_ztrymalloc_usable(size, usable);
}

ZM_FRONT_GIVER struct zm_block ZM_FRONT(alloc_zeroed)(size_t size)
{
    return zm_block_or_enomem(zm_front_zeroed(&ZM_OPS, size, true));
}

static ZM_NOINLINE struct zm_block slow_alloc_aligned(size_t align, size_t size)
{
    return zm_block_or_enomem(zm_front_aligned(&ZM_OPS, align, zm_raise(&ZM_OPS, size)));
}

ZM_FRONT_GIVER struct zm_block ZM_FRONT(alloc_aligned)(size_t align, size_t size)
{
    struct zm_block b = zm_front_aligned_hot(&ZM_OPS, align, size, true);
    return ZM_LIKELY(b.ptr) ? b : slow_alloc_aligned(align, size);
}

ZM_FRONT_GIVER struct zm_block ZM_FRONT(resize)(void *ptr, size_t size)
{
    return zm_block_or_enomem(zm_front_resize(&ZM_OPS, ptr, size, true));
}

ZM_FRONT_LINKAGE size_t ZM_FRONT(usable)(const void *ptr)
{
    return ptr ? ZM_OPS.usable(ptr) : 0;
}

static ZM_NOINLINE size_t slow_release(void *ptr)
{
    return ptr ? zm_front_free(&ZM_OPS, ptr) : 0;
}

/* What the block had is what the hot half has found, or what the allocator's own total of this
 * thread has grown by. */
ZM_FRONT_LINKAGE size_t ZM_FRONT(release)(void *ptr)
{
    const struct zm_slot *me = zm_me;
    if (!ZM_OPS.totals && ZM_OPS.find) {
        struct zm_found found = ZM_OPS.find(ptr);
        if (zm_front_free_found(&ZM_OPS, ptr, found))
            return found.usable;
    }
    if (ZM_OPS.totals && ZM_OPS.release_hot && ZM_LIKELY(me->look_at)) {
        uint64_t before = *me->native_freed;
        if (zm_front_free_hot(&ZM_OPS, ptr))
            return (size_t)(*me->native_freed - before);
    }
    return slow_release(ptr);
}

static const struct zm_front front = {
    ZM_FRONT_FUNCTIONS(ZM_ENTRY_RESULT, ZM_ENTRY_RESULT, ZM_ENTRY, ZM_ENTRY, ZM_ENTRY)};

/* The build numbers the modules; what is no module of its own has no blocks of its own. */
#include "marking.h"
#ifdef ZM_MODULE_CODE
#    include "noting.h"
#    define ZM_BACKEND_NOTING &ZM_NOTING, &running, ZM_BEGIN_NOTING, ZM_MODULE_CODE
#else
#    define ZM_BACKEND_NOTING NULL, NULL, NULL, 0
#endif

#define ZM_PASTE(a, b)         a##b
#define ZM_BACKEND_NAMED(name) ZM_PASTE(zm_backend_, name)
#ifndef ZM_BACKEND
#    define ZM_BACKEND ZM_BACKEND_NAMED(ZM_MODULE)
#endif
#ifndef ZM_BACKEND_COUNTED
#    define ZM_BACKEND_COUNTED NULL
#endif
ZMALLOC_BEGIN
extern const struct zm_backend ZM_BACKEND;
ZMALLOC_END
const struct zm_backend ZM_BACKEND = {&ZM_OPS, &front, &marking, ZM_BACKEND_COUNTED,
                                      ZM_BACKEND_NOTING};
