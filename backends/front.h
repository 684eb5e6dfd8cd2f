/* The front of a backend: the functions that the public API calls, policy and accounting included.
 *
 * Each module makes its own from its ops (front_tmpl.h), and each layer over a backend makes one
 * from the front below it (layer_tmpl.h). Which front runs is the business of runtime/.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_FRONT_H
#define ZM_BACKENDS_FRONT_H

#include "backend.h"
#include "base/failure.h"

/* The list of a front's functions, a row for each, by kind:
 *
 *     ALLOC(RESULT, name, parameters, arguments, align, bytes, attempt, FAILURE)
 *     RESIZE(RESULT, name, parameters, arguments, attempt, FAILURE)    of ptr and size
 *     FREE(name, parameters, arguments)       of ptr; returns nothing
 *     RELEASE(name, parameters, arguments)    of ptr; returns the usable bytes given back
 *     ASK(name, parameters, arguments)        of ptr; returns a size
 *
 * RESULT is POINTER, BLOCK, or TOLD: a pointer, and the usable bytes to a parameter `usable`, which
 * may be NULL, and is passed on so that a block costs no second function. `align` is 0 where any
 * block will do. FAILURE is OOM, through the handler, or ENOMEM, as a NULL with errno. `attempt` is
 * the same call without the handler, for a layer that can do something about a failure. All `ptr`
 * may be NULL; the size of a resize to a BLOCK is above 0.
 *
 * Under -Dsymbol_prefix= some of these names are macros. So a macro that is given for a kind of row
 * must paste the name itself: if it hands the name on to another macro, that gets it expanded. */
#define ZM_FRONT_FUNCTIONS(ALLOC, RESIZE, FREE, RELEASE, ASK)                                    \
    ALLOC(POINTER, zmalloc, (size_t size), (size), 0, size, ztrymalloc(size), OOM)               \
    ALLOC(POINTER, ztrymalloc, (size_t size), (size), 0, size, ztrymalloc(size), ENOMEM)         \
    ALLOC(POINTER, zcalloc, (size_t size), (size), 0, size, alloc_zeroed(size).ptr, OOM)         \
    ALLOC(TOLD, zmalloc_usable, (size_t size, size_t * usable), (size, usable), 0, size,         \
          ztrymalloc_usable(size, usable), OOM)                                                  \
    ALLOC(TOLD, ztrymalloc_usable, (size_t size, size_t * usable), (size, usable), 0, size,      \
          ztrymalloc_usable(size, usable), ENOMEM)                                               \
    RESIZE(POINTER, zrealloc, (void *ptr, size_t size), (ptr, size), resize(ptr, size).ptr, OOM) \
    FREE(zfree, (void *ptr), (ptr))                                                              \
    FREE(zfree_with_size, (void *ptr, size_t size), (ptr, size))                                 \
    ZM_FRONT_LIBC(ALLOC, RESIZE, FREE)                                                           \
    ZM_FRONT_BLOCKS(ALLOC, RESIZE, RELEASE, ASK)

/* For libc's names: the allocator's own smallest sizes. */
#define ZM_FRONT_LIBC(ALLOC, RESIZE, FREE)                                                      \
    ALLOC(POINTER, malloc, (size_t size), (size), 0, size, malloc(size), ENOMEM)                \
    ALLOC(POINTER, calloc, (size_t num, size_t size), (num, size), 0, zm_product(num, size),    \
          calloc(num, size), ENOMEM)                                                            \
    RESIZE(POINTER, realloc, (void *ptr, size_t size), (ptr, size), realloc(ptr, size), ENOMEM) \
    ALLOC(POINTER, memalign, (size_t align, size_t size), (align, size), align, size,           \
          memalign(align, size), ENOMEM)                                                        \
    FREE(free_sized, (void *ptr, size_t size), (ptr, size))

/* With the usable size. */
#define ZM_FRONT_BLOCKS(ALLOC, RESIZE, RELEASE, ASK)                                        \
    ALLOC(BLOCK, alloc, (size_t size), (size), 0, size, alloc(size), ENOMEM)                \
    ALLOC(BLOCK, alloc_zeroed, (size_t size), (size), 0, size, alloc_zeroed(size), ENOMEM)  \
    ALLOC(BLOCK, alloc_aligned, (size_t align, size_t size), (align, size), align, size,    \
          alloc_aligned(align, size), ENOMEM)                                               \
    RESIZE(BLOCK, resize, (void *ptr, size_t size), (ptr, size), resize(ptr, size), ENOMEM) \
    RELEASE(release, (void *ptr), (ptr))                                                    \
    ASK(usable, (const void *ptr), (ptr))

/* What RESULT and FAILURE stand for. */
#define ZM_TYPE_POINTER                void *
#define ZM_TYPE_BLOCK                  struct zm_block
#define ZM_TYPE_TOLD                   void *
#define ZM_POINTER_OF(block)           ((block).ptr)
#define ZM_BLOCK_OF(block)             (block)
#define ZM_TOLD_OF(block)              zm_tell(block, usable)
#define ZM_IS_POINTER(result)          (result)
#define ZM_IS_BLOCK(result)            ((result).ptr)
#define ZM_IS_TOLD(result)             (result)
#define ZM_POINTER_FAILED(FAIL, bytes) FAIL(bytes)
#define ZM_BLOCK_FAILED(FAIL, bytes)   zm_block_or_enomem((struct zm_block){NULL, 0})
#define ZM_TOLD_FAILED(FAIL, bytes)    (zm_tell((struct zm_block){NULL, 0}, usable), FAIL(bytes))
#define ZM_FAIL_OOM(bytes)             zm_oom(bytes)
#define ZM_FAIL_ENOMEM(bytes)          zm_enomem()

/* The bytes of `num` elements; if they overflow, SIZE_MAX, which no allocator can serve. */
static inline size_t zm_product(size_t num, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(num, size, &bytes) ? SIZE_MAX : bytes;
}

static inline struct zm_block zm_block_or_enomem(struct zm_block b)
{
    if (ZM_UNLIKELY(!b.ptr))
        zm_enomem();
    return b;
}

/* The pointer; the usable bytes, 0 where there is no block, go to whoever wants to know them. */
static inline void *zm_tell(struct zm_block b, size_t *usable)
{
    if (usable)
        *usable = b.usable;
    return b.ptr;
}

ZMALLOC_BEGIN

#define ZM_FIELD_RESULT(RESULT, name, parameters, ...) ZM_TYPE_##RESULT(*name) parameters;
#define ZM_FIELD_VOID(name, parameters, arguments)     void(*name) parameters;
#define ZM_FIELD_SIZE(name, parameters, arguments)     size_t(*name) parameters;
struct zm_front {
    ZM_FRONT_FUNCTIONS(ZM_FIELD_RESULT, ZM_FIELD_RESULT, ZM_FIELD_VOID, ZM_FIELD_SIZE,
                       ZM_FIELD_SIZE)
};

/* In a process that has several backends: where the front of the one that runs sends blocks that
 * are not its own, or not for sure. Set before any other than that one has given a block. */
extern ZM_HIDDEN const struct zm_front *zm_front_strays;

#ifdef ZM_FIXED_BACKEND
/* In a build with one backend its functions have names of their own, so that they can be called
 * without a table. */
#    define ZM_FIXED_RESULT(RESULT, name, parameters, ...) \
        ZM_HIDDEN ZM_TYPE_##RESULT zm_fixed_##name parameters;
#    define ZM_FIXED_VOID(name, parameters, arguments) ZM_HIDDEN void zm_fixed_##name parameters;
#    define ZM_FIXED_SIZE(name, parameters, arguments) ZM_HIDDEN size_t zm_fixed_##name parameters;
ZM_FRONT_FUNCTIONS(ZM_FIXED_RESULT, ZM_FIXED_RESULT, ZM_FIXED_VOID, ZM_FIXED_SIZE, ZM_FIXED_SIZE)
#endif

ZMALLOC_END

#endif
