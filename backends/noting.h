/* The front of a backend in a process that has several: whatever gives a block notes whose it is.
 *
 * front_tmpl.h includes this for every module of the build. The module's own functions are inlined
 * into these, and nothing is live over a call, so that a block which lies where others of the same
 * backend do costs a look at the map of owners and no more.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "accounting/owners.h"

/* What the functions below do where the note is not there yet: each returns what they return. If
 * there is no memory for a note, the block is given back; but a resized one, whose old block is no
 * more, can't be. */

static ZM_NOINLINE void *note_ENOMEM(void *given, bool resized)
{
    if (!given || zm_owner_set(given, ZM_MODULE_CODE, resized))
        return given;
    if (resized) {
        zm_complain("zmalloc: no memory to note whose a resized block is", (char *)NULL);
        abort();
    }
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

#define ZM_NOTED_POINTER(FAILED, resized) \
    (zm_owner_is(result, ZM_MODULE_CODE) ? result : note##FAILED(result, resized))
#define ZM_NOTED_TOLD(FAILED, resized) \
    (zm_owner_is(result, ZM_MODULE_CODE) ? result : note_told##FAILED(result, usable))
#define ZM_NOTED_BLOCK(FAILED, resized) \
    (zm_owner_is(result.ptr, ZM_MODULE_CODE) ? result : note_block(result, resized))

#define ZM_NOTING_ALLOC(RESULT, name, parameters, arguments, align, bytes, attempt, FAILURE) \
    static ZM_TYPE_##RESULT noting_##name parameters                                         \
    {                                                                                        \
        ZM_TYPE_##RESULT result = front.name arguments;                                      \
        return ZM_NOTED_##RESULT(_##FAILURE, false);                                         \
    }
#define ZM_NOTING_RESIZE(RESULT, name, parameters, arguments, attempt, FAILURE) \
    static ZM_TYPE_##RESULT noting_##name parameters                            \
    {                                                                           \
        ZM_TYPE_##RESULT result = front.name arguments;                         \
        return ZM_NOTED_##RESULT(_##FAILURE, ptr != NULL);                      \
    }
#define ZM_NO_ROW(...)
ZM_FRONT_FUNCTIONS(ZM_NOTING_ALLOC, ZM_NOTING_RESIZE, ZM_NO_ROW, ZM_NO_ROW, ZM_NO_ROW)

#define ZM_NOTING_ENTRY(RESULT, name, ...) noting_##name,
static const struct zm_front noting = {
    ZM_FRONT_FUNCTIONS(ZM_NOTING_ENTRY, ZM_NOTING_ENTRY, ZM_ENTRY, ZM_ENTRY, ZM_ENTRY)};
