/* The front of a backend in a process that has several, in two forms: `noting` is what its own
 * blocks are sent to, and sees to it that the map of owners knows whose they are; `running` is what
 * all calls go to as long as new blocks are this backend's, whoever's the blocks in them are.
 *
 * front_tmpl.h includes this for every module of the build. The module's own functions are inlined
 * into these, and nothing is live over a call.
 *
 * Where the allocator tells of the pages that it gets (ZM_PAGES_NOTED), they are noted then, and a
 * block costs nothing. Else whatever gives a block notes it, so that a block which lies where
 * others of the same backend do costs a look at the map and no more.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "accounting/owners.h"

#ifdef ZM_PAGES_NOTED

static bool note_pages(void *start, size_t bytes, bool got)
{
    return zm_owners_note(start, bytes, got ? ZM_MODULE_CODE : 0);
}

static void begin_noting(void)
{
    __atomic_store_n(ZM_OPS.note_pages, &note_pages, __ATOMIC_RELEASE);
}

#    define ZM_NOTING       front
#    define ZM_BEGIN_NOTING begin_noting

#else

/* What the functions below do where the note is not there yet: each returns what they return. If
 * there is no memory for a note, the block is given back; but a resized one, whose old block is no
 * more, can't be. */

static ZM_NOINLINE void *note_ENOMEM(void *given, bool resized)
{
    if (!given || zm_owner_set(given, ZM_MODULE_CODE, resized))
        return given;
    if (resized)
        zm_no_note();
    ZM_FRONT(zfree)(given);
    return zm_enomem();
}

static ZM_NOINLINE void *note_OOM(void *given, bool resized)
{
    ZM_OR(note_ENOMEM(given, resized), given ? zm_oom(ZM_OWNERS_LEAF_BYTES) : NULL);
}

static ZM_NOINLINE void *note_told_ENOMEM(void *given, size_t *usable)
{
    void *kept = note_ENOMEM(given, false);
    if (!kept && usable)
        *usable = 0;
    return kept;
}

static ZM_NOINLINE void *note_told_OOM(void *given, size_t *usable)
{
    ZM_OR(note_told_ENOMEM(given, usable), given ? zm_oom(ZM_OWNERS_LEAF_BYTES) : NULL);
}

static ZM_NOINLINE struct zm_block note_block(struct zm_block given, bool resized)
{
    return note_ENOMEM(given.ptr, resized) ? given : (struct zm_block){NULL, 0};
}

#    define ZM_NOTED_POINTER(FAILED, resized) \
        (zm_owner_is(result, ZM_MODULE_CODE) ? result : note##FAILED(result, resized))
#    define ZM_NOTED_TOLD(FAILED, resized) \
        (zm_owner_is(result, ZM_MODULE_CODE) ? result : note_told##FAILED(result, usable))
#    define ZM_NOTED_BLOCK(FAILED, resized) \
        (zm_owner_is(result.ptr, ZM_MODULE_CODE) ? result : note_block(result, resized))

#    define ZM_NOTING_ALLOC(RESULT, name, parameters, arguments, align, bytes, attempt, FAILURE) \
        static ZM_TYPE_##RESULT noting_##name parameters                                         \
        {                                                                                        \
            ZM_TYPE_##RESULT result = front.name arguments;                                      \
            return ZM_NOTED_##RESULT(_##FAILURE, false);                                         \
        }
#    define ZM_NOTING_RESIZE(RESULT, name, parameters, arguments, attempt, FAILURE) \
        static ZM_TYPE_##RESULT noting_##name parameters                            \
        {                                                                           \
            ZM_TYPE_##RESULT result = front.name arguments;                         \
            return ZM_NOTED_##RESULT(_##FAILURE, ptr != NULL);                      \
        }
#    define ZM_NO_ROW(...)
ZM_FRONT_FUNCTIONS(ZM_NOTING_ALLOC, ZM_NOTING_RESIZE, ZM_NO_ROW, ZM_NO_ROW, ZM_NO_ROW)

#    define ZM_NOTING_ENTRY(RESULT, name, ...) noting_##name,
static const struct zm_front noting = {
    ZM_FRONT_FUNCTIONS(ZM_NOTING_ENTRY, ZM_NOTING_ENTRY, ZM_ENTRY, ZM_ENTRY, ZM_ENTRY)};

#    define ZM_NOTING                          noting
#    define ZM_BEGIN_NOTING                    NULL

#endif

/* ---- while this backend runs ----
 *
 * A block is nearly always its own, and where its own lookup tells that for sure (find_any) nothing
 * else is asked. Whatever the hot half leaves goes to a function of its own, which asks the map: it
 * is a jump, as in front_tmpl.h. A size is trusted only where the map has been asked. */

ZM_INLINE bool running_free_hot(void *ptr)
{
    if (ZM_OPS.find_any && !ZM_OPS.totals)
        return zm_front_free_found(&ZM_OPS, ptr, ZM_OPS.find_any(ptr));
    return zm_owner_is(ptr, ZM_MODULE_CODE) && zm_front_free_hot(&ZM_OPS, ptr);
}

ZM_INLINE bool running_free_sized_hot(void *ptr, size_t size, bool raise)
{
    if (ZM_OPS.find_any && !ZM_OPS.totals)
        return running_free_hot(ptr);
    return zm_owner_is(ptr, ZM_MODULE_CODE) && zm_front_free_sized_hot(&ZM_OPS, ptr, size, raise);
}

static ZM_NOINLINE void far_zfree(void *ptr)
{
    if (zm_owner_is(ptr, ZM_MODULE_CODE))
        slow_zfree(ptr);
    else
        zm_front_strays->zfree(ptr);
}

static void running_zfree(void *ptr)
{
    if (!running_free_hot(ptr))
        far_zfree(ptr);
}

static ZM_NOINLINE void far_zfree_with_size(void *ptr, size_t size)
{
    if (zm_owner_is(ptr, ZM_MODULE_CODE))
        slow_zfree_with_size(ptr, size);
    else
        zm_front_strays->zfree_with_size(ptr, size);
}

static void running_zfree_with_size(void *ptr, size_t size)
{
    if (!running_free_sized_hot(ptr, size, true))
        far_zfree_with_size(ptr, size);
}

static ZM_NOINLINE void far_free_sized(void *ptr, size_t size)
{
    if (zm_owner_is(ptr, ZM_MODULE_CODE))
        slow_free_sized(ptr, size);
    else
        zm_front_strays->free_sized(ptr, size);
}

static void running_free_sized(void *ptr, size_t size)
{
    if (!running_free_sized_hot(ptr, size, false))
        far_free_sized(ptr, size);
}

static size_t running_release(void *ptr)
{
    if (ZM_UNLIKELY(!zm_owner_is(ptr, ZM_MODULE_CODE)))
        return zm_front_strays->release(ptr);
    return ZM_FRONT(release)(ptr);
}

static size_t running_usable(const void *ptr)
{
    if (ZM_UNLIKELY(!zm_owner_is(ptr, ZM_MODULE_CODE)))
        return zm_front_strays->usable(ptr);
    return ZM_FRONT(usable)(ptr);
}

#define ZM_RUNNING_RESIZE(RESULT, name, parameters, arguments, attempt, FAILURE) \
    static ZM_TYPE_##RESULT running_##name parameters                            \
    {                                                                            \
        if (ZM_UNLIKELY(ptr && !zm_owner_is(ptr, ZM_MODULE_CODE)))               \
            return zm_front_strays->name arguments;                              \
        return ZM_NOTING.name arguments;                                         \
    }
#define ZM_NO_RUNNING(...)
ZM_FRONT_FUNCTIONS(ZM_NO_RUNNING, ZM_RUNNING_RESIZE, ZM_NO_RUNNING, ZM_NO_RUNNING, ZM_NO_RUNNING)

#ifdef ZM_PAGES_NOTED
#    define ZM_RUNNING_GIVER ZM_ENTRY_RESULT
#else
#    define ZM_RUNNING_GIVER ZM_NOTING_ENTRY
#endif
#define ZM_RUNNING_RESIZER(RESULT, name, ...) running_##name,
#define ZM_RUNNING_ENTRY(name, ...)           running_##name,
static const struct zm_front running = {ZM_FRONT_FUNCTIONS(
    ZM_RUNNING_GIVER, ZM_RUNNING_RESIZER, ZM_RUNNING_ENTRY, ZM_RUNNING_ENTRY, ZM_RUNNING_ENTRY)};
